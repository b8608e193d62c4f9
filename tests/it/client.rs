//! The product's own client against the product's own server: they never import each other, so
//! that this joins them over the wire, with TLS, cookies, pages and all.

use std::time::Duration;

use oauthlab::client::{
    self, ApiCall, Arrival, AuthorizationServer, Browser, Caller, Carrier, ClientError, CodeFlow,
    CodeSettings, Consent, Credentials, ExitClass, Expectation, Granted, Jwks, Keyring,
    LoopbackListener, Outcome, Person, Prover, Steps, TokenTarget, Verified,
};
use oauthlab::config::DpopNonce;
use oauthlab::fetch::{Http, Request, Roots};
use oauthlab::protocol::{ChallengeMethod, ResponseMode, Scope, Secret};
use oauthlab::random::Random;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use crate::support::lab::{CALLBACK, CI_SECRET, TestLab};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A client that trusts the lab's CA and nothing else, with what it did.
struct Client<'l> {
    lab: &'l TestLab,
    http: Http,
    steps: Steps,
    server: AuthorizationServer,
    prover: Option<Prover>,
}

/// What a code flow asks for.
fn settings(scope: &str, resources: &[String]) -> CodeSettings {
    CodeSettings {
        credentials: Credentials::public("web"),
        redirect_uri: CALLBACK.to_owned(),
        target: TokenTarget {
            scope: Some(Scope::parse(scope).unwrap()),
            resources: resources.to_vec(),
        },
        pkce: Some(ChallengeMethod::S256),
        response_mode: None,
        extra: Vec::new(),
    }
}

fn alice(consent: Consent) -> Person {
    Person { username: "alice".into(), password: Secret::new("alice"), consent }
}

impl<'l> Client<'l> {
    fn of(lab: &'l TestLab) -> Self {
        let pem = &lab.lab().ca().unwrap().pem;
        let ca = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let http = Http::new(Roots::Lab(vec![ca]), TIMEOUT).unwrap();
        let steps = Steps::new();
        let server = lab.run(client::discover((&http, &steps), lab.issuer())).unwrap();
        Self { lab, http, steps, server, prover: None }
    }

    fn caller(&self) -> Caller<'_> {
        Caller::from((&self.http, &self.steps)).proving(self.prover.as_ref())
    }

    /// The same client, with this key alone.
    fn with_key(self, prover: Option<Prover>) -> Self {
        Self { prover, ..self }
    }

    fn flow(&self, settings: CodeSettings) -> CodeFlow {
        CodeFlow::begin(&self.server, settings, &Random::system()).unwrap()
    }

    fn redirect(&self, flow: &CodeFlow, person: &Person) -> Result<Arrival, ClientError> {
        let mut browser = Browser::new(self.lab.clock().clone());
        let uri = &flow.settings.redirect_uri;
        self.lab.run(browser.authorize(self.caller(), &flow.url()?, uri, person))
    }

    fn redeem(&self, flow: &CodeFlow, back: &Arrival) -> Result<(Granted, Verified), ClientError> {
        let clock = self.lab.clock();
        let keys = Jwks::new(self.http.clone(), self.server.jwks_uri()?, clock.clone());
        let keyring = Keyring { keys: Some(&keys), now: clock.now() };
        let code = self.lab.run(flow.receive(self.caller(), back, keyring))?;
        let granted = self.lab.run(flow.redeem(self.caller(), &self.server, &code))?;
        let expectation = Expectation {
            server: &self.server,
            client_id: &flow.settings.credentials.client_id,
            nonce: flow.nonce.as_ref(),
            openid: flow.nonce.is_some(),
            resources: &flow.settings.target.resources,
            acr_values: &[],
            max_age: None,
            now: clock.now(),
        };
        let verifying = client::verify_tokens(self.caller(), Some(&keys), &granted, &expectation);
        let verified = self.lab.run(verifying)?;
        Ok((granted, verified))
    }

    fn whole(&self, settings: CodeSettings) -> Result<(Granted, Verified), ClientError> {
        let flow = self.flow(settings);
        let redirect = self.redirect(&flow, &alice(Consent::Approve))?;
        self.redeem(&flow, &redirect)
    }
}

#[test]
fn a_user_logs_in_and_the_tokens_hold_work_refresh_and_end() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    let notes = lab.api("/notes");
    let (granted, verified) =
        client.whole(settings("openid profile notes:read", std::slice::from_ref(&notes))).unwrap();
    let id_token = verified.id_token.unwrap();
    assert!(verified.checks.iter().all(|check| check.outcome != Outcome::Broken));
    let told = client.steps.snapshot();
    assert!(told.iter().any(|step| step.title == "Log in" && step.trace_id.is_some()));
    let shown = format!("{told:?}");
    assert!(!shown.contains(granted.tokens.access_token.expose()), "secrets are typed");

    let access = &granted.tokens.access_token;
    let called = lab.run(client::call(client.caller(), &ApiCall::get(&*notes), Some(access)));
    assert_eq!(called.unwrap().answer.response.status, 200);
    let endpoint = client.server.userinfo_endpoint().unwrap();
    let claims = client::userinfo(client.caller(), endpoint, access, Some(&id_token.sub));
    assert_eq!(lab.run(claims).unwrap().sub, id_token.sub);

    let web = Credentials::public("web");
    let first = granted.tokens.refresh_token.as_ref().unwrap();
    let refresh = |token: &Secret| {
        let target = TokenTarget::default();
        lab.run(client::refresh(client.caller(), &client.server, &web, token, &target))
    };
    let second = refresh(first).unwrap().tokens.refresh_token.unwrap();
    assert_ne!(&second, first, "refresh tokens rotate");

    let endpoint = client.server.revocation_endpoint().unwrap();
    lab.run(client::revoke(client.caller(), endpoint, &web, &second, None)).unwrap();
    let error = refresh(&second).unwrap_err();
    let ClientError::OAuth(response) = &error else { panic!("{error:?}") };
    assert_eq!(response.error, "invalid_grant");
    assert!(error.hint().contains("oauthlab why"), "{}", error.hint());
}

#[test]
fn no_an_unknown_password_and_an_unknown_client_are_told_apart() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    let flow = client.flow(settings("openid", &[]));
    let denied = client.redirect(&flow, &alice(Consent::Deny)).unwrap();
    let error = client.redeem(&flow, &denied).unwrap_err();
    let ClientError::OAuth(response) = &error else { panic!("{error:?}") };
    assert_eq!((response.error.as_str(), response.status), ("access_denied", None));

    let wrong = Person { password: Secret::new("wrong"), ..alice(Consent::Approve) };
    let error = client.redirect(&flow, &wrong).unwrap_err();
    let ClientError::WrongPassword { says: Some(_), trace_id: Some(_), .. } = &error else {
        panic!("{error:?}")
    };

    let mut unknown = settings("openid", &[]);
    unknown.credentials.client_id = "nobody".into();
    let error = client.whole(unknown).unwrap_err();
    let ClientError::Status { status, excerpt, .. } = &error else { panic!("{error:?}") };
    assert!((400..500).contains(status) && excerpt.contains("refused"), "{error:?}");
    assert_eq!(error.class(), ExitClass::OAuthError);
    assert!(error.trace_id().is_some());
}

#[test]
fn the_redirect_reaches_a_listener_as_from_a_browser() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    let listener = lab.run(LoopbackListener::bind("/callback")).unwrap();
    let mut chosen = settings("openid notes:read", &[]);
    listener.redirect_uri().clone_into(&mut chosen.redirect_uri);
    let flow = client.flow(chosen);
    let redirect = client.redirect(&flow, &alice(Consent::Approve)).unwrap();
    let address = redirect.as_address().unwrap();
    let arrived = lab.run(async {
        let visit = async { client.http.send(Request::get(address)).await.unwrap() };
        let (arrived, page) = tokio::join!(listener.wait(TIMEOUT), visit);
        assert_eq!(page.status, 200);
        arrived.unwrap()
    });
    assert_eq!(arrived, redirect);
    client.redeem(&flow, &arrived).unwrap();
}

#[test]
fn every_response_mode_reaches_a_client_with_and_without_a_browser() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    for &mode in ResponseMode::ALL {
        let listener = lab.run(LoopbackListener::bind("/callback")).unwrap();
        let listener = listener.expecting(Carrier::of(mode));
        let mut chosen = settings("openid notes:read", &[]);
        listener.redirect_uri().clone_into(&mut chosen.redirect_uri);
        chosen.response_mode = Some(mode);
        let flow = client.flow(chosen);
        let back = client.redirect(&flow, &alice(Consent::Approve)).unwrap();
        // What a browser does with it.
        let uri = flow.settings.redirect_uri.clone();
        let request = match &back {
            Arrival::Posted(body) => {
                let mut request = Request::post_form(uri, &[]);
                request.body = body.expose().as_bytes().to_vec();
                request
            }
            Arrival::Address(url) => match url.expose().split_once('#') {
                Some((_, fragment)) => Request::post_form(uri, &[("fragment", fragment)]),
                None => Request::get(url.expose()),
            },
        };
        let arrived = lab.run(async {
            let visit = async { client.http.send(request).await.unwrap() };
            let (arrived, page) = tokio::join!(listener.wait(TIMEOUT), visit);
            assert_eq!(page.status, 200, "{mode}");
            arrived.unwrap()
        });
        assert_eq!(arrived, back, "{mode}");
        client.redeem(&flow, &arrived).unwrap();
        // The user's no comes back the same way, and is told as such.
        let flow = client.flow(CodeSettings {
            response_mode: Some(mode),
            extra: vec![("prompt".to_owned(), "consent".to_owned())],
            ..settings("openid", &[])
        });
        let denied = client.redirect(&flow, &alice(Consent::Deny)).unwrap();
        let error = client.redeem(&flow, &denied).unwrap_err();
        let ClientError::OAuth(response) = &error else { panic!("{mode}: {error:?}") };
        assert_eq!(response.error, "access_denied", "{mode}");
    }
}

#[test]
fn a_machine_registers_itself_or_is_known_and_its_tokens_are_looked_at() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    let target =
        TokenTarget { scope: Some(Scope::parse("notes:read").unwrap()), resources: Vec::new() };
    let ci = Credentials::basic("ci", Secret::new(CI_SECRET));
    let asked = client::client_credentials(client.caller(), &client.server, &ci, &target);
    let token = lab.run(asked).unwrap().tokens.access_token;
    let endpoint = client.server.introspection_endpoint().unwrap();
    let looked = lab.run(client::introspect(&client.http, endpoint, &ci, &token, None)).unwrap();
    assert!(looked.active && looked.client_id.as_deref() == Some("ci"));

    let endpoint = client.server.registration_endpoint().unwrap();
    let mut metadata = json!({
        "client_name": "A job", "grant_types": ["client_credentials"], "response_types": [],
        "token_endpoint_auth_method": "client_secret_post", "scope": "notes:read",
    });
    let token = lab.lab().ready().registration_token.clone();
    let registering = client::register(client.caller(), endpoint, &metadata, token.as_ref());
    let registered = lab.run(registering).unwrap();
    let job = registered.credentials().unwrap();
    let asked = client::client_credentials(client.caller(), &client.server, &job, &target);
    lab.run(asked).unwrap();

    let uri = registered.registration_client_uri.unwrap();
    let token = registered.registration_access_token.unwrap();
    let read = lab.run(client::read_registration(client.caller(), &uri, &token)).unwrap();
    assert_eq!(read.client_id, job.client_id);
    metadata["client_id"] = json!(job.client_id);
    metadata["client_name"] = json!("Another job");
    let updating = client::update_registration(client.caller(), &uri, &token, &metadata);
    let updated = lab.run(updating).unwrap();
    assert_eq!(updated.other["client_name"], "Another job");
    let token = updated.registration_access_token.unwrap_or(token);
    lab.run(client::delete_registration(client.caller(), &uri, &token)).unwrap();
    let asked = client::client_credentials(client.caller(), &client.server, &job, &target);
    let ClientError::OAuth(response) = lab.run(asked).unwrap_err() else { panic!() };
    assert_eq!(response.error, "invalid_client");
}

#[test]
fn an_api_says_whom_it_trusts_and_what_it_needs() {
    let lab = TestLab::start();
    let client = Client::of(&lab);
    let notes = lab.api("/notes");
    let called = lab.run(client::call(client.caller(), &ApiCall::get(&*notes), None)).unwrap();
    let named = called.resource_metadata().unwrap();
    assert_eq!(called.bearer().unwrap().get("error"), None, "no token, no error");
    let reading = client::resource_metadata(client.caller(), &notes, Some(named));
    let metadata = lab.run(reading).unwrap();
    assert_eq!(metadata.authorization_servers, [lab.issuer()]);
}

#[test]
fn a_client_without_the_labs_ca_trusts_no_lab() {
    let lab = TestLab::start();
    let http = Http::new(Roots::Lab(Vec::new()), TIMEOUT).unwrap();
    let error = lab.run(client::discover(&http, lab.issuer())).unwrap_err();
    assert_eq!(error.class(), ExitClass::Unreachable);
    assert!(error.hint().contains("oauthlab ca path"), "{}", error.hint());
}

/// RFC 9449, with the nonces that the lab can demand: one key for code, token, API, userinfo and
/// refresh, and the same token with another key, and with none.
#[test]
fn a_bound_token_works_with_its_own_key_and_with_no_other() {
    let lab = TestLab::with(|config| config.tokens.dpop_nonce = DpopNonce::Required);
    let key = || Prover::generate(lab.clock().clone(), Random::system()).unwrap();
    let own = key();
    let client = Client::of(&lab).with_key(Some(own.clone()));
    let mut flow = client.flow(settings("openid notes:read", &[]));
    flow.announce(&own);
    let redirect = client.redirect(&flow, &alice(Consent::Approve)).unwrap();
    let (granted, verified) = client.redeem(&flow, &redirect).unwrap();
    let cnf = verified.access_token.unwrap().cnf.unwrap();
    assert_eq!(
        (cnf.jkt.as_ref(), granted.jkt.as_ref()),
        (Some(&own.thumbprint()), cnf.jkt.as_ref())
    );

    let notes = lab.api("/notes");
    let (token, web) = (&granted.tokens.access_token, Credentials::public("web"));
    let refresh_token = granted.tokens.refresh_token.as_ref().unwrap();
    let refused = |client: &Client<'_>| {
        let call = ApiCall::get(&*notes);
        let called = lab.run(client::call(client.caller(), &call, Some(token)));
        called.unwrap().refusal().map(|error| match error {
            ClientError::OAuth(response) => response.error,
            other => panic!("{other:?}"),
        })
    };
    let refresh = |client: &Client<'_>| {
        let (server, target) = (&client.server, TokenTarget::default());
        lab.run(client::refresh(client.caller(), server, &web, refresh_token, &target))
    };
    assert_eq!(refused(&client), None);
    let endpoint = client.server.userinfo_endpoint().unwrap();
    lab.run(client::userinfo(client.caller(), endpoint, token, None)).unwrap();
    let again = |step: &client::Step| step.title.starts_with("Ask again, with the server's nonce");
    // Once of the issuer, once of the API; each keeps its nonce from then on.
    assert_eq!(client.steps.snapshot().iter().filter(|step| again(step)).count(), 2);

    for thief in [Some(key()), None] {
        let thief = Client::of(&lab).with_key(thief);
        assert_eq!(refused(&thief).as_deref(), Some("invalid_token"));
        let ClientError::OAuth(response) = refresh(&thief).unwrap_err() else { panic!() };
        assert_eq!(response.error, "invalid_grant");
    }
    assert_eq!(refresh(&client).unwrap().jkt, granted.jkt);
}
