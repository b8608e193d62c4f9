//! A lab in this process: ports of its own, a data folder of its own, a clock that the test moves.

use std::borrow::Borrow;
use std::time::Duration;

use oauthlab::clock::Clock;
use oauthlab::config::{Config, Ports};
use oauthlab::lab::{Lab, LabOptions};
use oauthlab::tls::{ClientIdentity, DataDir};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::http::{Answer, Net, Request, encoded};
use super::user::Browser;

/// The registered redirect URI of the built-in public client, on the port that it listens on.
pub(crate) const CALLBACK: &str = "http://127.0.0.1:40404/callback";
/// A verifier and its challenge: RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The secret of the built-in machine client.
pub(crate) const CI_SECRET: &str = "ci-secret-for-the-lab-only";

/// A running lab. It ends when this is dropped.
pub(crate) struct TestLab {
    // Dropped first: the lab's tasks live on the runtime.
    lab: Lab,
    runtime: Runtime,
    clock: Clock,
    net: Net,
    data: DataDir,
    _home: TempDir,
}

/// What a token request gave.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id: Option<String>,
}

impl TestLab {
    /// The built-in lab.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    /// The built-in lab, changed.
    #[track_caller]
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::launch(change, |_| {})
    }

    /// The built-in lab, changed, with other options.
    #[track_caller]
    pub(crate) fn launch(
        change: impl FnOnce(&mut Config),
        options: impl FnOnce(&mut LabOptions),
    ) -> Self {
        let zero = Ports { issuer: Some(0), resource: Some(0), inspector: Some(0) };
        let mut config = Config::builtin().unwrap().with_ports(zero);
        change(&mut config);
        let home = tempfile::Builder::new().prefix("oauthlab-it-").tempdir().unwrap();
        let folder = home.path().join("data");
        let data = DataDir::locate(|name| {
            (name == "XDG_DATA_HOME").then(|| folder.clone().into_os_string())
        });
        let mut chosen = LabOptions::new(data.unwrap(), "test");
        // Certificates are judged by the system's time, so that ours begins there too.
        let clock = Clock::manual(Clock::system().now());
        chosen.clock = clock.clone();
        options(&mut chosen);
        let data = chosen.data.clone();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let lab = runtime.block_on(Lab::start(config, chosen)).unwrap();
        let pem = &lab.ca().unwrap().pem;
        let roots = oauthlab::tls::root_store(pem.as_bytes()).unwrap();
        let net = Net::new(oauthlab::tls::client_config(roots).unwrap());
        Self { lab, runtime, clock, net, data, _home: home }
    }

    pub(crate) fn lab(&self) -> &Lab {
        &self.lab
    }

    pub(crate) fn net(&self) -> &Net {
        &self.net
    }

    /// The network, for a client with a certificate.
    pub(crate) fn net_as(&self, identity: &ClientIdentity) -> Net {
        let roots = oauthlab::tls::root_store(self.lab.ca().unwrap().pem.as_bytes()).unwrap();
        Net::new(oauthlab::tls::client_config_as(roots, identity).unwrap())
    }

    /// The lab's data folder.
    pub(crate) fn data(&self) -> &DataDir {
        &self.data
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Moves the lab's time.
    pub(crate) fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Runs a future among the lab's own tasks.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.lab.ready().issuer
    }

    /// A URL of the authorization server.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// A URL of the resource server.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}{path}", self.lab.ready().resource.as_deref().unwrap())
    }

    /// A URL of the inspector.
    pub(crate) fn inspector(&self, path: &str) -> String {
        format!("{}{path}", self.lab.ready().inspector.as_deref().unwrap())
    }

    #[track_caller]
    pub(crate) fn send(&self, request: impl Borrow<Request>) -> Answer {
        self.net.send(request.borrow())
    }

    /// POST of a form to the authorization server.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Request::form(self.at(path), fields))
    }

    /// POST of a form to the authorization server by the machine client.
    #[track_caller]
    pub(crate) fn post_as_ci(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Request::form(self.at(path), fields).basic("ci", CI_SECRET))
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.net.clone(), self.issuer())
    }

    /// The authorization URL of the public client, with parameters replaced, added, or removed
    /// (an empty value removes).
    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid notes:read"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        fields.retain(|(name, _)| !changes.iter().any(|(own, _)| own == name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.at(&format!("/authorize?{}", encoded(&fields)))
    }

    /// Logs Alice in and lets her allow the request; gives where she is sent back to.
    #[track_caller]
    pub(crate) fn allow(&self, browser: &mut Browser, url: &str) -> Answer {
        assert!(url.starts_with(self.issuer()), "{url}");
        let login = browser.open(url).expect(200);
        let answers = [("username", "alice"), ("password", "alice")];
        let consent = browser.submit_and_follow(&login.form(), &answers).expect(200);
        browser.submit(&consent.form(), &[("decision", "allow")])
    }

    /// A fresh code of the public client.
    #[track_caller]
    pub(crate) fn code(&self, changes: &[(&str, &str)]) -> String {
        let sent_back = self.allow(&mut self.browser(), &self.authorize_url(changes)).expect(303);
        parameter(sent_back.location(), "code").unwrap()
    }

    /// The form that redeems a code of the public client, with changes as in
    /// [`TestLab::authorize_url`].
    #[track_caller]
    pub(crate) fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        fields.retain(|(name, _)| !changes.iter().any(|(own, _)| own == name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/token", &fields)
    }

    /// Tokens of Alice for the public client, by the whole flow.
    #[track_caller]
    pub(crate) fn tokens(&self, changes: &[(&str, &str)]) -> Tokens {
        Tokens::of(&self.redeem(&self.code(changes), &[]).expect(200))
    }

    /// Tokens of the machine client.
    #[track_caller]
    pub(crate) fn machine_token(&self) -> String {
        let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
        Tokens::of(&self.post_as_ci("/token", &fields).expect(200)).access
    }

    /// Registers a client; gives the whole answer.
    #[track_caller]
    pub(crate) fn register(&self, metadata: &Value) -> Value {
        let request = Request::json("POST", self.at("/register"), metadata);
        self.send(request).expect(201).json()
    }

    /// The page that an error names: it states rules, and nothing of the request.
    pub(crate) fn rule_page(&self, page: &str) -> String {
        self.at(&format!("/rules/{page}"))
    }

    /// What the inspector says about an answer.
    #[track_caller]
    pub(crate) fn record_of(&self, answer: &Answer) -> Value {
        let Some(trace) = answer.header("x-oauthlab-trace") else {
            panic!("no trace: {}", answer.whole())
        };
        let request = Request::get(self.inspector(&format!("/api/traces/{trace}")));
        let token = self.lab.inspector_token().expose();
        self.send(request.bearer(token)).expect(200).json()
    }
}

impl Tokens {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Self {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            id: text("id_token"),
        }
    }
}

/// A parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}
