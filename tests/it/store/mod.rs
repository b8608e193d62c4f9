//! What a database keeps: over a restart, over `kill -9`, and from whoever reads the file.

mod backup;
mod crash;
mod leaving;
mod load;
pub(crate) mod races;
mod rekey;
mod restart;
mod secrets;

use serde_json::{Value, json};

use super::support::http::{Answer, Request};
use super::support::lab::{CALLBACK, CHALLENGE, VERIFIER, parameter};
use super::support::run::Home;
use super::support::served::Site;
use super::support::user::Browser;

/// Where the lab of these tests remembers.
const STORE: &[&str] = &["--store", "sqlite:lab.db"];

/// A confidential client that a test registered.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) secret: String,
    management: String,
}

impl Registered {
    #[track_caller]
    pub(crate) fn new(lab: &impl Site, more: &Value) -> Self {
        let mut metadata = json!({
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid notes:read offline_access",
        });
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let answer = lab.net().send(&Request::json("POST", lab.at("/register"), &metadata));
        let answer = answer.expect(201);
        Self {
            id: answer.member("client_id"),
            secret: answer.member("client_secret"),
            management: answer.member("registration_access_token"),
        }
    }

    /// The authorization URL with which it asks.
    pub(crate) fn authorize_url(&self, lab: &impl Site) -> String {
        let fields = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid notes:read offline_access"),
            ("state", "the-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        lab.at(&format!("/authorize?{}", super::support::http::encoded(&fields)))
    }

    /// A code: `user` logs in and allows, as far as the pages ask.
    #[track_caller]
    pub(crate) fn code(
        &self,
        lab: &impl Site,
        browser: &mut Browser,
        user: (&str, &str),
    ) -> String {
        let mut answer = browser.open(&self.authorize_url(lab));
        if answer.status == 200 && answer.text().contains("name=\"password\"") {
            let (name, password) = user;
            let answers = [("username", name), ("password", password)];
            answer = browser.submit_and_follow(&answer.form(), &answers);
        }
        if answer.status == 200 {
            answer = browser.submit(&answer.form(), &[("decision", "allow")]);
        }
        parameter(answer.expect(303).location(), "code").unwrap()
    }

    /// A form of its own, with its secret.
    #[track_caller]
    pub(crate) fn post(&self, lab: &impl Site, path: &str, fields: &[(&str, &str)]) -> Answer {
        lab.net().send(&Request::form(lab.at(path), fields).basic(&self.id, &self.secret))
    }

    #[track_caller]
    pub(crate) fn redeem(&self, lab: &impl Site, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        self.post(lab, "/token", &fields)
    }

    #[track_caller]
    pub(crate) fn refresh(&self, lab: &impl Site, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post(lab, "/token", &fields)
    }

    #[track_caller]
    pub(crate) fn is_active(&self, lab: &impl Site, token: &str) -> bool {
        let answer = self.post(lab, "/introspect", &[("token", token)]).expect(200);
        answer.json()["active"] == true
    }
}

/// Writes the lab's file into the folder where the program runs.
fn write_lab(home: &Home, yaml: &str) {
    std::fs::write(home.path().join("oauthlab.yaml"), yaml).unwrap();
}
