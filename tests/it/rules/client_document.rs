//! Rules of clients that are known by the address of their metadata.

use oauthlab::config::{ClientIdMetadata, Config};
use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::document_host::{DocumentHost, ok};
use super::super::support::http::{Answer, Request};
use super::wire::Wire::{Json, Page};
use super::{CANARY, Scene, Setting, Table, prove, row};

pub(super) fn admit(config: &mut Config) {
    config.client_id_metadata = ClientIdMetadata::On;
}

pub(super) fn admit_one_host(config: &mut Config) {
    config.client_id_metadata = ClientIdMetadata::Hosts(vec!["app.test".to_owned()]);
}

fn ask(scene: &Scene<'_>, client_id: &str) -> Answer {
    let changes = [("client_id", client_id), ("scope", "notes:read")];
    scene.browser().send(Request::get(scene.authorize_url(&changes)))
}

fn push(scene: &Scene<'_>, client_id: &str) -> Answer {
    scene.post("/par", &[("client_id", client_id), ("scope", "notes:read")])
}

/// The address of a document with some members changed.
fn changed(changes: Value) -> String {
    DocumentHost::document(changes).at("/client.json")
}

/// The same rows, wherever a client can be seen for the first time.
macro_rules! rows {
    ($wire:expr, $ask:path) => {
        &[
        row(&rule::CIMD_URL, $wire, |s| $ask(s, "https://app.test/a/../client.json"))
            .on(Setting::ClientDocuments),
        row(&rule::CIMD_ALLOWED, $wire, |s| $ask(s, "https://other.test/client.json"))
            .on(Setting::ClientDocumentsOfOneHost),
        row(&rule::CIMD_FETCHED, $wire, |s| {
            let host = DocumentHost::serve(|_, _| ok("text/html", "no-store", "<p>Not here</p>"));
            $ask(s, &host.at("/client.json"))
        })
        .on(Setting::ClientDocuments),
        row(&rule::CIMD_IDENTITY, $wire, |s| {
            $ask(s, &changed(json!({ "client_id": "https://app.test/client.json" })))
        })
        .on(Setting::ClientDocuments),
        row(&rule::CIMD_AUTH_METHOD, $wire, |s| $ask(s, &changed(json!({ "client_secret": CANARY }))))
            .on(Setting::ClientDocuments),
        row(&rule::CIMD_DOCUMENT, $wire, |s| $ask(s, &changed(json!({ "redirect_uris": [] }))))
            .on(Setting::ClientDocuments),
        // An inner address is refused before anything is sent, but counts.
        row(&rule::CIMD_RATE, $wire, |s| {
            for _ in 0..60 {
                $ask(s, "https://10.0.0.1/client.json");
            }
            $ask(s, "https://10.0.0.1/client.json")
        })
        .on(Setting::ClientDocuments),
        ]
    };
}

pub(super) static AUTHORIZE: Table = Table { docket: &rule::AUTHORIZE, rows: rows!(Page, ask) };

pub(super) static PAR: Table = Table { docket: &rule::PAR, rows: rows!(Json, push) };

#[test]
fn rules_of_clients_that_are_known_by_an_address() {
    prove(&[&AUTHORIZE]);
    prove(&[&PAR]);
}
