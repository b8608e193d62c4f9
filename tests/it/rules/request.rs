//! Rules about HTTP itself.

use std::sync::Arc;
use std::time::Duration;

use oauthlab::clock::Clock;
use oauthlab::rule;
use oauthlab::store::{
    Answer as StoreAnswer, Content, Key, Kind, MemoryStore, Page, Record, Store, StoreError,
    Trouble,
};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::TestLab;
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row};

fn token(scene: &Scene<'_>, body: impl Into<Vec<u8>>) -> Answer {
    scene.send(Request::form(scene.at("/token"), &[]).body(body))
}

pub(super) static REQUEST: Table = Table {
    docket: &rule::REQUEST,
    rows: &[
        row(&rule::REQUEST_RATE, Json, |s| {
            s.send(Request::get(s.at("/health"))).expect(200);
            s.send(Request::get(s.at("/health")))
        })
        .on(Setting::Flooded),
        row(&rule::REQUEST_ENDPOINT, Json, |s| s.send(Request::get(s.at("/nowhere")))),
        row(&rule::REQUEST_METHOD, Json, |s| s.send(Request::get(s.at("/token")))),
        row(&rule::REQUEST_MEDIA_TYPE, Json, |s| {
            let request = Request::new("POST", s.at("/token")).body("grant_type=password");
            s.send(request.header("Content-Type", "text/plain"))
        }),
        row(&rule::REQUEST_SIZE, Json, |s| token(s, vec![b'a'; 64 * 1024 + 1])),
        row(&rule::REQUEST_ENCODING, Json, |s| token(s, "grant_type=%ff")),
        row(&rule::REQUEST_PARAMETER_ONCE, Json, |s| token(s, "code=a&code=b")),
        row(&rule::REQUEST_NO_SECRET_IN_URL, Json, |s| {
            let url = s.at(&format!("/token?client_secret={CANARY}"));
            s.send(Request::form(url, &[("grant_type", "client_credentials")]))
        }),
        row(&rule::SERVER_CAPACITY, Json, |s| {
            s.post_as_ci("/token", &[("grant_type", "client_credentials")])
        })
        .on(Setting::Full),
        row(&rule::SERVER_STORE, Json, |s| {
            s.post_as_ci("/token", &[("grant_type", "client_credentials")])
        })
        .on(Setting::StoreGone),
    ],
};

/// Records of the store that is filled.
pub(super) const ROOM: usize = 1000;

/// Fills the lab's store to its bound.
pub(super) fn fill(lab: &TestLab) {
    let engine: Arc<dyn Store> = Arc::clone(lab.lab().store().engine());
    let expires = Clock::system().now().plus(Duration::from_secs(86_400));
    lab.run(async {
        for n in 0..ROOM {
            let key = Key::of(&["filler", &n.to_string()]);
            let kind = Kind::Note;
            if engine.put_new(kind, key, Content::new(Vec::new(), expires)).await.is_err() {
                return;
            }
        }
        panic!("the store takes more than its bound");
    });
}

/// An engine that goes out of reach once the lab has its keys: without them it would not start.
#[derive(Debug)]
struct Gone(MemoryStore);

pub(super) fn gone() -> Arc<dyn Store> {
    Arc::new(Gone(MemoryStore::new(Clock::system())))
}

fn never<'a, T: Send + 'a>() -> StoreAnswer<'a, T> {
    Box::pin(std::future::ready(Err(StoreError::Unavailable(Trouble::Busy))))
}

impl Store for Gone {
    fn get(&self, kind: Kind, key: Key) -> StoreAnswer<'_, Option<Record>> {
        if kind == Kind::SigningKeys { self.0.get(kind, key) } else { never() }
    }

    fn put(&self, _: Kind, _: Key, _: Content) -> StoreAnswer<'_, ()> {
        never()
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> StoreAnswer<'_, bool> {
        if kind != Kind::SigningKeys {
            return never();
        }
        self.0.put_new(kind, key, new)
    }

    fn take(&self, _: Kind, _: Key) -> StoreAnswer<'_, Option<Record>> {
        never()
    }

    fn replace(&self, _: Kind, _: Key, _: u64, _: Content) -> StoreAnswer<'_, bool> {
        never()
    }

    fn scan(&self, _: Kind, _: Option<Key>, _: usize) -> StoreAnswer<'_, Page> {
        never()
    }

    fn scan_label(&self, _: Kind, _: Key, _: Option<Key>, _: usize) -> StoreAnswer<'_, Page> {
        never()
    }

    fn sweep(&self, _: usize) -> StoreAnswer<'_, usize> {
        never()
    }
}

#[test]
fn rules_of_http() {
    prove(&[&REQUEST]);
}
