//! Metadata never lies: whatever the document says is done once with success and once with failure,
//! and what it does not say is refused. A member that nothing here proves fails the test.

mod endpoints;
mod switches;
mod values;

use oauthlab::config::{Config, Profile};
use serde_json::{Map, Value};

use super::support::http::{Answer, Request};
use super::support::lab::TestLab;

/// A lab, and what it says of itself.
struct Said {
    lab: TestLab,
    document: Map<String, Value>,
}

impl Said {
    fn under(profile: Profile) -> Self {
        let lab = TestLab::with(|config| {
            let open = config.registration.clone();
            *config = Config { registration: open, ..config.clone().under(profile) };
        });
        let url = lab.at("/.well-known/oauth-authorization-server");
        let document = lab.send(Request::get(url)).expect(200).json();
        let Value::Object(document) = document else { panic!("no object") };
        Self { lab, document }
    }

    fn text(&self, member: &str) -> &str {
        self.document[member].as_str().unwrap()
    }

    fn list(&self, member: &str) -> Vec<&str> {
        let values = self.document.get(member).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn says(&self, member: &str) -> bool {
        self.document.get(member).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// `error` of a JSON answer or of a redirect.
fn error(answer: &Answer) -> Option<String> {
    if answer.status == 303 {
        return super::support::lab::parameter(answer.location(), "error");
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body["error"].as_str().map(str::to_owned)
}

#[track_caller]
fn refused(answer: &Answer, status: u16, expected: &str) {
    assert_eq!((answer.status, error(answer).as_deref()), (status, Some(expected)));
}

/// Proves one member, or says that it cannot.
fn prove(said: &Said, member: &str) -> bool {
    endpoints::prove(said, member) || values::prove(said, member) || switches::prove(said, member)
}

#[test]
fn every_member_of_the_default_document_is_true() {
    let said = Said::under(Profile::OAuth21);
    let unproven: Vec<_> = said.document.keys().filter(|member| !prove(&said, member)).collect();
    assert!(unproven.is_empty(), "nothing proves {unproven:?}");
}

#[test]
fn both_documents_say_the_same() {
    let lab = TestLab::start();
    let read = |path| lab.send(Request::get(lab.at(path))).expect(200).json();
    let oauth: Value = read("/.well-known/oauth-authorization-server");
    assert_eq!(oauth, read("/.well-known/openid-configuration"));
}

#[test]
fn every_list_of_every_profile_is_exact() {
    for &profile in Profile::ALL {
        let said = Said::under(profile);
        for member in values::LISTS {
            assert!(values::prove(&said, member), "{member} under {}", profile.as_str());
        }
    }
}

/// What a profile adds to the usual document is proven as well.
#[test]
fn no_profile_says_what_nothing_proves() {
    let usual = Said::under(Profile::OAuth21).document;
    let mut added = 0;
    for &profile in Profile::ALL {
        let said = Said::under(profile);
        for member in said.document.keys().filter(|member| !usual.contains_key(*member)) {
            assert!(prove(&said, member), "nothing proves {member} under {}", profile.as_str());
            added += 1;
        }
    }
    assert!(added > 0, "fapi2 adds require_pushed_authorization_requests");
}
