//! What the tests of this module share: a fake issuer, and a resource server over it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{Access, Checked, IssuerUnreachable, KeysWanted, Means, ResourceServer, TokenChecker};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::deviation::Deviations;
use crate::protocol::jose::JwkSet;
use crate::protocol::{Audience, IntrospectionResponse, Scope, Secret};
use crate::random::Random;
use crate::store::{MemoryStore, View};

/// An issuer that knows what a test tells it, and counts how often it is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fake(Arc<State>);

#[derive(Debug, Default)]
struct State {
    answers: Mutex<HashMap<String, IntrospectionResponse>>,
    keys: Mutex<Arc<JwkSet>>,
    calls: AtomicUsize,
    is_down: Mutex<bool>,
}

impl Fake {
    pub(crate) fn know(&self, token: &str, answer: IntrospectionResponse) {
        self.0.answers.lock().unwrap().insert(token.to_owned(), answer);
    }

    pub(crate) fn forget(&self, token: &str) {
        self.0.answers.lock().unwrap().remove(token);
    }

    pub(crate) fn publish(&self, keys: JwkSet) {
        *self.0.keys.lock().unwrap() = Arc::new(keys);
    }

    pub(crate) fn go_down(&self) {
        *self.0.is_down.lock().unwrap() = true;
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn asked(&self) -> Result<(), IssuerUnreachable> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let down = *self.0.is_down.lock().unwrap();
        if down { Err(IssuerUnreachable { reason: "connection refused".into() }) } else { Ok(()) }
    }
}

impl TokenChecker for Fake {
    fn introspect<'a>(&'a self, token: &'a Secret) -> Checked<'a, IntrospectionResponse> {
        let found = self.0.answers.lock().unwrap().get(token.expose()).cloned();
        let answer = self.asked().map(|()| found.unwrap_or_default());
        Box::pin(std::future::ready(answer))
    }

    fn keys(&self, _: KeysWanted) -> Checked<'_, Arc<JwkSet>> {
        let keys = Arc::clone(&self.0.keys.lock().unwrap());
        Box::pin(std::future::ready(self.asked().map(|()| keys)))
    }
}

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const ISSUER: &str = "https://localhost:9443";
pub(crate) const NOTES: &str = "https://localhost:9444/notes";

/// An active token for the notes API.
pub(crate) fn active(sub: &str, client: &str, scope: &str) -> IntrospectionResponse {
    IntrospectionResponse {
        active: true,
        scope: Some(scope.to_owned()),
        client_id: Some(client.to_owned()),
        token_type: Some("Bearer".to_owned()),
        exp: Some(NOW.secs() + 600),
        sub: Some(sub.to_owned()),
        aud: Audience::One(NOTES.to_owned()),
        iss: Some(ISSUER.to_owned()),
        ..IntrospectionResponse::default()
    }
}

/// A resource server over a fake issuer, with the built-in lab's APIs.
pub(crate) fn server(fake: &Fake) -> ResourceServer {
    configured(&Config::builtin().unwrap(), fake)
}

pub(crate) fn configured(config: &Config, fake: &Fake) -> ResourceServer {
    deviating(config, fake, Deviations::none())
}

pub(crate) fn weakened(config: &Config, fake: &Fake, weakness: &str) -> ResourceServer {
    assert!(crate::deviation::weakness_id(weakness).is_some(), "{weakness}");
    deviating(config, fake, Deviations::of(&[weakness]))
}

fn deviating(config: &Config, fake: &Fake, deviations: Deviations) -> ResourceServer {
    let clock = Clock::manual(NOW);
    let means = Means {
        checker: Arc::new(fake.clone()),
        store: View::new(Arc::new(MemoryStore::new(clock.clone()))),
        clock,
        random: Random::seeded("resource tests"),
        lasting: Random::seeded("resource tests"),
        deviations: Arc::new(deviations),
    };
    ResourceServer::new(config, means).unwrap()
}

pub(crate) fn access(sub: &str, client: &str) -> Access {
    Access {
        issuer: ISSUER.to_owned(),
        subject: Some(sub.to_owned()),
        client_id: Some(client.to_owned()),
        scope: Scope::parse("notes:read notes:write").unwrap(),
        details: Vec::new(),
        expires: None,
    }
}
