//! The APIs of a running lab, over TLS, with tokens of its issuer.

use std::time::Duration;

use oauthlab::clock::{Clock, Timestamp};
use oauthlab::config::{Config, ConsentConfig, ConsentMode, LoginMode, Ports, TokenValidation};
use oauthlab::fetch::{Http, Request, Response, Roots};
use oauthlab::lab::{Lab, LabOptions};
use oauthlab::protocol::{ChallengeMethod, CodeVerifier, Secret};
use oauthlab::tls::DataDir;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

struct Running {
    lab: Lab,
    clock: Clock,
    http: Http,
    _data: tempfile::TempDir,
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A lab that logs alice in and consents by itself.
async fn lab(change: impl FnOnce(&mut Config)) -> Running {
    let zero = Ports { issuer: Some(0), resource: Some(0), inspector: Some(0) };
    let mut config = Config::builtin().unwrap().with_ports(zero);
    config.login = LoginMode::Automatic("alice".to_owned());
    config.consent = ConsentConfig { mode: ConsentMode::Automatic, ..config.consent };
    config.clients[0].metadata.scope = None;
    change(&mut config);
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().as_os_str().to_owned();
    let dir =
        DataDir::locate(|name| (name == "OAUTHLAB_DATA_DIR").then(|| folder.clone())).unwrap();
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let options = LabOptions { clock: clock.clone(), ..LabOptions::new(dir, "resource") };
    let lab = Lab::start(config, options).await.unwrap();
    let ca = CertificateDer::from_pem_slice(lab.ca().unwrap().pem.as_bytes()).unwrap();
    let http = Http::new(Roots::Lab(vec![ca]), Duration::from_secs(10)).unwrap();
    Running { lab, clock, http, _data: data }
}

impl Running {
    fn issuer(&self, path: &str) -> String {
        format!("{}{path}", self.lab.ready().issuer)
    }

    fn api(&self, path: &str) -> String {
        format!("{}{path}", self.lab.ready().resource.as_deref().unwrap())
    }

    async fn token(&self, scope: &str) -> Secret {
        member(&self.tokens(scope).await, "access_token")
    }

    /// Alice's tokens by code and PKCE.
    async fn tokens(&self, scope: &str) -> Value {
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        let mut url = url::Url::parse(&self.issuer("/authorize")).unwrap();
        let redirect = "http://127.0.0.1/callback";
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "web")
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", scope)
            .append_pair("code_challenge", verifier.challenge(ChallengeMethod::S256).as_str())
            .append_pair("code_challenge_method", "S256");
        let answer = self.http.send(Request::get(url.as_str())).await.unwrap();
        let location = answer.location().unwrap_or_else(|| panic!("{}", answer.text()));
        let back = url::Url::parse(location).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("code", code.as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", VERIFIER),
        ];
        self.exchange(Request::post_form(self.issuer("/token"), &form)).await
    }

    async fn machine_token(&self) -> Secret {
        let request =
            Request::post_form(self.issuer("/token"), &[("grant_type", "client_credentials")]);
        let secret = Secret::new("ci-secret-for-the-lab-only");
        member(&self.exchange(request.basic("ci", &secret)).await, "access_token")
    }

    async fn exchange(&self, request: Request) -> Value {
        self.http.send(request).await.unwrap().json().unwrap()
    }

    async fn get(&self, path: &str, token: &Secret) -> Response {
        self.http.send(Request::get(self.api(path)).bearer(token)).await.unwrap()
    }

    async fn revoke(&self, token: &Secret) {
        let form = [("client_id", "web"), ("token", token.expose())];
        let answer = self.http.send(Request::post_form(self.issuer("/revoke"), &form)).await;
        assert_eq!(answer.unwrap().status, 200);
    }
}

fn member(tokens: &Value, name: &str) -> Secret {
    Secret::new(tokens[name].as_str().unwrap_or_else(|| panic!("{name} in {tokens}")))
}

fn challenge(response: &Response) -> &str {
    response.header("www-authenticate").unwrap_or_default()
}

#[tokio::test]
async fn a_user_writes_notes_with_a_token_of_the_issuer() {
    let lab = lab(|_| {}).await;
    let token = lab.token("notes:read notes:write").await;
    let note = Request::post_json(lab.api("/notes"), &json!({ "text": "milk" })).bearer(&token);
    assert_eq!(lab.http.send(note).await.unwrap().status, 201);
    let listed: Value = lab.get("/notes", &token).await.json().unwrap();
    assert_eq!(listed["notes"][0]["text"], "milk");
}

#[tokio::test]
async fn a_token_for_notes_is_refused_at_mcp_and_the_other_way_round() {
    let lab = lab(|_| {}).await;
    let (notes, tools) = (lab.token("notes:read").await, lab.token("mcp:tools").await);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let at_mcp = |token: &Secret| {
        let request = Request::post_json(lab.api("/mcp"), &ping).bearer(token);
        async { lab.http.send(request).await.unwrap() }
    };
    assert_eq!(at_mcp(&tools).await.status, 200);
    let confused = at_mcp(&notes).await;
    assert_eq!(confused.status, 401);
    assert!(challenge(&confused).starts_with("Bearer error=\"invalid_token\""));
    assert!(challenge(&confused).contains("/.well-known/oauth-protected-resource/mcp"));
    assert_eq!(lab.get("/notes", &notes).await.status, 200);
    assert_eq!(lab.get("/notes", &tools).await.status, 401);
}

#[tokio::test]
async fn the_challenge_leads_to_the_issuer() {
    let lab = lab(|_| {}).await;
    let refused = lab.http.send(Request::get(lab.api("/notes"))).await.unwrap();
    assert_eq!(refused.status, 401);
    let metadata = challenge(&refused).split("resource_metadata=\"").nth(1).unwrap();
    let metadata = Request::get(metadata.split('"').next().unwrap());
    let metadata: Value = lab.http.send(metadata).await.unwrap().json().unwrap();
    assert_eq!(metadata["resource"], lab.api("/notes"));
    assert_eq!(metadata["authorization_servers"], json!([lab.lab.ready().issuer]));
}

#[tokio::test]
async fn a_revoked_token_works_for_five_seconds_at_most_and_in_a_strict_lab_not_at_all() {
    for strict in [false, true] {
        let lab = lab(|config| config.strict = strict).await;
        let token = lab.token("notes:read").await;
        assert_eq!(lab.get("/notes", &token).await.status, 200);
        lab.revoke(&token).await;
        let at_once = if strict { 401 } else { 200 };
        assert_eq!(lab.get("/notes", &token).await.status, at_once, "strict: {strict}");
        lab.clock.advance(Duration::from_secs(5));
        assert_eq!(lab.get("/notes", &token).await.status, 401);
    }
}

#[tokio::test]
async fn an_api_that_verifies_jwts_itself_opens_to_them_until_they_expire() {
    let lab = lab(|config| config.apis[0].validation = TokenValidation::Jwt).await;
    let token = lab.token("notes:read").await;
    assert_eq!(lab.get("/notes", &token).await.status, 200);
    // Nobody asks the issuer: that is the price.
    lab.revoke(&token).await;
    assert_eq!(lab.get("/notes", &token).await.status, 200);
    lab.clock.advance(Duration::from_secs(600));
    assert_eq!(lab.get("/notes", &token).await.status, 401);
    let forged = format!("{}AA", token.expose().trim_end_matches(|c| c != '.'));
    assert_eq!(lab.get("/notes", &Secret::new(forged)).await.status, 401);
}

#[tokio::test]
async fn scopes_users_and_machines_are_told_apart() {
    let lab = lab(|_| {}).await;
    let reader = lab.token("notes:read").await;
    let note = Request::post_json(lab.api("/notes"), &json!({ "text": "x" })).bearer(&reader);
    let refused = lab.http.send(note).await.unwrap();
    assert_eq!(refused.status, 403);
    assert!(challenge(&refused).contains("scope=\"notes:write\""));
    let machine = lab.get("/notes", &lab.machine_token().await).await;
    assert_eq!(machine.status, 403);
    let body: Value = machine.json().unwrap();
    assert!(body["error_uri"].as_str().unwrap().ends_with("/rules/note.user"), "{body}");
}

#[tokio::test]
async fn a_refresh_token_and_an_id_token_open_nothing() {
    for validation in [TokenValidation::Introspection, TokenValidation::Jwt] {
        let lab = lab(|config| config.apis[0].validation = validation).await;
        let tokens = lab.tokens("openid offline_access notes:read").await;
        assert_eq!(lab.get("/notes", &member(&tokens, "access_token")).await.status, 200);
        for other in ["refresh_token", "id_token"] {
            let refused = lab.get("/notes", &member(&tokens, other)).await;
            assert_eq!(refused.status, 401, "{other} {validation:?}");
        }
    }
}
