//! The log: what it says at each level, and that no secret is ever in it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauthlab::clock::Clock;
use oauthlab::protocol::Algorithm;
use oauthlab::protocol::jose::SigningKey;
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request, encoded};
use super::super::support::lab::{CALLBACK, CHALLENGE, VERIFIER, parameter};
use super::super::support::proof::ProofKey;

use super::super::support::user::Browser;
use super::printed::Printed;

const PASSWORD: &str = "canary-password-of-alice-7Qz4";
const WRONG_PASSWORD: &str = "canary-wrong-password-m3Xv";
const CLIENT_SECRET: &str = "canary-client-secret-T9hLw2";
const INITIAL_TOKEN: &str = "canary-initial-access-token-R5";
const METRICS_TOKEN: &str = "canary-metrics-token-b8Nc0Pd";
const STRAY: &str = "canary-of-a-place-where-none-belongs-K1";
const STATE: &str = "canary-state-0fWq";

const LAB: &str = r#"
resources:
  - { name: notes, path: /notes, validation: introspection, scopes: { "notes:read": Read, "notes:write": Write } }
clients:
  - { id: ci, secret: "canary-client-secret-T9hLw2", grants: [client_credentials], scopes: ["notes:read"] }
  - { id: web, public: true, redirect_uris: ["http://127.0.0.1/callback"], grants: [authorization_code, refresh_token], scopes: ["openid", "offline_access", "notes:read"] }
  - { id: tv, public: true, grants: [device_code, refresh_token], scopes: ["notes:read"] }
users:
  - { name: alice, password: "canary-password-of-alice-7Qz4" }
registration: { mode: initial-access-token, token: "canary-initial-access-token-R5" }
inspector: { metrics_token: "canary-metrics-token-b8Nc0Pd" }
"#;

/// A lab in use, and every secret that it was sent or gave.
struct Use {
    lab: Printed,
    secrets: BTreeMap<&'static str, Vec<String>>,
}

impl Use {
    fn of(arguments: &[&str]) -> Self {
        Self { lab: Printed::start(LAB, arguments), secrets: BTreeMap::new() }
    }

    fn secret(&mut self, name: &'static str, value: impl Into<String>) -> String {
        let value = value.into();
        assert!(value.len() >= 8, "{name} {value}");
        self.secrets.entry(name).or_default().push(value.clone());
        value
    }

    /// Of a JWT the signature is what must not be shown: its claims say what happened.
    fn jwt(&mut self, name: &'static str, token: &str) -> String {
        let signature = token.rsplit('.').next().unwrap();
        self.secret(name, signature);
        token.to_owned()
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.lab.send(&Request::form(self.lab.at(path), fields))
    }

    fn as_ci(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pair = STANDARD.encode(format!("ci:{CLIENT_SECRET}"));
        self.secret("basic credentials", &pair[4..]);
        self.lab.send(&Request::form(self.lab.at(path), fields).basic("ci", CLIENT_SECRET))
    }

    /// The page where Alice logs in, after a wrong password and with the right one.
    fn log_in(&mut self, browser: &mut Browser, url: &str) -> Answer {
        let page = browser.open(url).expect(200);
        let form = page.form();
        for (name, value) in form.fields.iter().filter(|(_, value)| value.len() >= 16) {
            let name = if name == "csrf" { "form token" } else { "interaction" };
            self.secret(name, value);
        }
        let fields = |password| [("username", "alice"), ("password", password)];
        browser.submit(&form, &fields(WRONG_PASSWORD)).expect(401);
        let consent = browser.submit_and_follow(&form, &fields(PASSWORD)).expect(200);
        for value in browser.cookies().values() {
            self.secrets.entry("cookie").or_default().push(value.clone());
        }
        consent
    }

    fn code_flow(&mut self) {
        let query = encoded(&[
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid offline_access notes:read"),
            ("state", STATE),
            ("nonce", "of-the-client"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let mut browser = self.lab.browser();
        let consent = self.log_in(&mut browser, &self.lab.at(&format!("/authorize?{query}")));
        let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
        let code = self.secret("code", parameter(back.location(), "code").unwrap());
        self.secret("verifier", VERIFIER);
        let redeem = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        let tokens = self.post("/token", &redeem).expect(200);
        let access = self.jwt("access token", &tokens.member("access_token"));
        self.jwt("ID token", &tokens.member("id_token"));
        let refresh = self.secret("refresh token", tokens.member("refresh_token"));
        let refreshed =
            [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &refresh)];
        let next = self.post("/token", &refreshed).expect(200).member("refresh_token");
        self.secret("refresh token", next);
        self.lab.send(&Request::get(self.lab.api("/notes")).bearer(&access)).expect(200);
        self.lab.send(&Request::get(self.lab.at("/userinfo")).bearer(&access)).expect(200);
        self.as_ci("/introspect", &[("token", &access)]);
        self.post("/revoke", &[("token", &refresh), ("client_id", "web")]);
        // Again, which revokes everything; and what was revoked.
        self.post("/token", &redeem).expect(400);
        self.lab.send(&Request::get(self.lab.api("/notes")).bearer(&access));
        browser.open(&self.lab.at("/account"));
    }

    fn machines(&mut self) {
        let grant = [("grant_type", "client_credentials"), ("scope", "notes:read")];
        let key = ProofKey::new();
        let url = self.lab.at("/token");
        let proof = key.sign(&key.proof("POST", &url, Clock::system().now().secs()));
        let proof = self.jwt("DPoP proof", &proof);
        let request = Request::form(&url, &grant).basic("ci", CLIENT_SECRET);
        let bound = self.lab.send(&request.header("DPoP", &proof)).expect(200);
        self.jwt("bound token", &bound.member("access_token"));
        self.as_ci("/token", &[("grant_type", "client_credentials"), ("scope", "nothing")])
            .expect(400);
        let in_body = [("client_id", "ci"), ("client_secret", STRAY)];
        self.post("/token", &[&grant[..], &in_body].concat());
    }

    fn registration(&mut self) {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let metadata = |method: &str| {
            json!({
                "token_endpoint_auth_method": method, "grant_types": ["client_credentials"],
                "scope": "notes:read",
            })
        };
        let mut signer = metadata("private_key_jwt");
        signer["jwks"] = json!({ "keys": [key.jwk()] });
        let mut register = |metadata: &Value| {
            let request = Request::json("POST", self.lab.at("/register"), metadata);
            let answer = self.lab.send(&request.bearer(INITIAL_TOKEN)).expect(201).json();
            let token = answer["registration_access_token"].as_str().unwrap().to_owned();
            self.secret("registration token", &token);
            if let Some(secret) = answer["client_secret"].as_str() {
                self.secret("registered secret", secret);
            }
            let at = answer["registration_client_uri"].as_str().unwrap();
            self.lab.send(&Request::get(at).bearer(&token)).expect(200);
            answer["client_id"].as_str().unwrap().to_owned()
        };
        register(&metadata("client_secret_basic"));
        let id = register(&signer);
        let now = Clock::system().now().secs();
        let claims = json!({ "iss": id, "sub": id, "aud": self.lab.at(""), "iat": now, "exp": now + 60, "jti": "one" });
        let assertion = key.sign("JWT", &claims).unwrap().expose().to_owned();
        let assertion = self.jwt("assertion", &assertion);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let token = self.post("/token", &fields).expect(200).member("access_token");
        self.jwt("access token", &token);
        self.post("/token", &fields).expect(401);
    }

    fn device(&mut self) {
        let asked =
            self.post("/device_authorization", &[("client_id", "tv"), ("scope", "notes:read")]);
        let asked = asked.expect(200);
        let device = self.secret("device code", asked.member("device_code"));
        let user_code = self.secret("user code", asked.member("user_code"));
        let poll = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", "tv"),
            ("device_code", device.as_str()),
        ];
        self.post("/token", &poll).expect(400);
        self.lab.browser().open(&asked.member("verification_uri_complete"));
        self.lab.browser().open(&self.lab.at(&format!("/device?user_code={user_code}")));
    }

    /// Where a careless client puts them.
    fn stray(&mut self) {
        let (at, api) = (|path: &str| self.lab.at(path), |path: &str| self.lab.api(path));
        let get = Request::get;
        for request in [
            get(at(&format!("/token?client_id=ci&client_secret={STRAY}&{STRAY}&{STRAY}=1"))),
            get(at(&format!("/authorize?client_id=web&{STRAY}={STRAY}&scope=openid"))),
            get(at(&format!("/register/{STRAY}"))).bearer(STRAY),
            get(at(&format!("/{STRAY}/{STRAY}#{STRAY}"))),
            get(api(&format!("/notes?access_token={STRAY}"))).bearer(STRAY),
            get(api(&format!("/notes/{STRAY}"))).header("Cookie", &format!("a={STRAY}; {STRAY}")),
            get(at("/userinfo")).header("Authorization", &format!("Basic {STRAY}")),
            get(at("/userinfo")).header("Authorization", STRAY).header("X-Api-Key", STRAY),
            get(self.lab.inspector(&format!("/api/traces/{STRAY}"))).bearer(STRAY),
            get(self.lab.inspector("/metrics")).bearer(METRICS_TOKEN),
            Request::new("POST", at("/register"))
                .header("Content-Type", "application/json")
                .bearer(INITIAL_TOKEN)
                .body(format!(r#"{{"client_secret":"{STRAY}","{STRAY}":"#)),
            Request::new("POST", at("/token")).header("Content-Type", "text/plain").body(STRAY),
            Request::new("POST", at("/token"))
                .header("DPoP", STRAY)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(format!("%{STRAY}")),
        ] {
            self.lab.send(&request);
        }
        self.secret("stray", STRAY);
    }

    /// Uses all of it, and gives what was printed meanwhile, and every secret.
    fn everything(mut self) -> (String, BTreeMap<&'static str, Vec<String>>) {
        for (name, value) in [
            ("password", PASSWORD),
            ("wrong password", WRONG_PASSWORD),
            ("client secret", CLIENT_SECRET),
            ("initial access token", INITIAL_TOKEN),
            ("metrics token", METRICS_TOKEN),
            ("state", STATE),
        ] {
            self.secret(name, value);
        }
        self.code_flow();
        self.machines();
        self.registration();
        self.device();
        self.stray();
        let inspector = self.lab.live()["inspector_token"].as_str().unwrap().to_owned();
        let rotate = Request::json("POST", self.lab.inspector("/api/keys/rotate"), &json!({}));
        self.lab.send(&rotate.bearer(&inspector));
        self.secret("inspector token", inspector);
        for path in private_keys(&self.lab) {
            let pem = std::fs::read_to_string(path).unwrap();
            for line in pem.lines().filter(|line| !line.starts_with("---")) {
                self.secrets.entry("private key").or_default().push(line.to_owned());
            }
        }
        (self.lab.stop(), self.secrets)
    }
}

/// Files of the lab that hold a private key.
fn private_keys(lab: &Printed) -> Vec<std::path::PathBuf> {
    let folder = lab.home().path().join(".local/share/oauthlab");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("PRIVATE KEY"))
    };
    files.filter(|path| path.is_file()).filter(holds).collect()
}

/// The secret, or a part of it that would be of use.
fn leaked<'s>(text: &str, secret: &'s str) -> Option<&'s str> {
    let length = secret.len().min(12);
    (0..=secret.len() - length).map(|at| &secret[at..at + length]).find(|part| text.contains(part))
}

#[test]
fn no_secret_is_in_the_log_at_the_most_verbose_level() {
    for format in ["human", "json"] {
        let using = Use::of(&["-vv", "--log-level", "trace", "--log-format", format]);
        let (text, secrets) = using.everything();
        for (name, values) in &secrets {
            for secret in values {
                let part = leaked(&text, secret);
                let at = part.and_then(|part| text.find(part)).unwrap_or_default();
                let around = || {
                    String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(300)..]).into_owned()
                };
                assert!(part.is_none(), "{format}: {name} {secret}: {}", around());
            }
        }
        assert!(secrets.len() >= 20 && !secrets["private key"].is_empty(), "{:?}", secrets.keys());
        // It is the log of these flows, and says everything else.
        for said in
            ["code.unspent", "grant_type", "refresh_token", "alice", "web", "a new signing key"]
        {
            assert!(text.contains(said), "{format}: no {said}");
        }
        assert!(text.contains("this looks like an attack"), "{format}");
    }
}

#[test]
fn each_level_says_what_it_should() {
    let logged = |arguments: &[&str]| {
        let lab = Printed::start(LAB, arguments);
        lab.send(&Request::form(lab.at("/token"), &[("grant_type", "nothing")])).expect(400);
        lab.send(&Request::get(lab.at("/jwks"))).expect(200);
        lab.stop()
    };
    let json = ["--log-format", "json", "--log-level"];
    let schemas = |level: &str| -> Vec<String> {
        let text = logged(&[&json[..], &[level]].concat());
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["schema"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(schemas("off"), [""; 0]);
    // A new CA is told of as a warning is.
    let fresh_ca = "oauthlab.event/v1";
    assert_eq!(schemas("warn"), [fresh_ca]);
    assert_eq!(schemas("info"), [fresh_ca, "oauthlab.log/v1", "oauthlab.log/v1"]);
    let why = |schemas: &[String]| schemas.iter().filter(|s| *s == "oauthlab.why/v1").count();
    let debug = schemas("off,oauthlab::request=debug");
    assert_eq!((debug.len(), why(&debug)), (4, 2), "{debug:?}");
    let trace = schemas("trace");
    assert!(trace.iter().any(|s| s == "oauthlab.trace/v1"), "{trace:?}");
    assert!(trace.iter().any(|s| s == "oauthlab.event/v1"), "{trace:?}");
    let human = logged(&["--log-level", "debug"]);
    assert!(human.contains("POST /token → 400  grant_type.supported"), "{human}");
    assert!(human.contains("the lab serves"), "{human}");
}
