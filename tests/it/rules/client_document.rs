//! Rules of clients that are known by the address of their metadata.

use oauthlab::config::{ClientIdMetadata, Config};
use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::document_host::{DocumentHost, ok};
use super::super::support::http::{Answer, Request};
use super::wire::Wire::Page;
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

fn changed(scene: &Scene<'_>, changes: Value) -> Answer {
    ask(scene, &DocumentHost::document(changes).at("/client.json"))
}

pub(super) static AUTHORIZE: Table = Table {
    docket: &rule::AUTHORIZE,
    rows: &[
        row(&rule::CIMD_URL, Page, |s| ask(s, "https://app.test/a/../client.json"))
            .on(Setting::ClientDocuments),
        row(&rule::CIMD_ALLOWED, Page, |s| ask(s, "https://other.test/client.json"))
            .on(Setting::ClientDocumentsOfOneHost),
        row(&rule::CIMD_FETCHED, Page, |s| {
            let host = DocumentHost::serve(|_, _| ok("text/html", "no-store", "<p>Not here</p>"));
            ask(s, &host.at("/client.json"))
        })
        .on(Setting::ClientDocuments),
        row(&rule::CIMD_IDENTITY, Page, |s| {
            changed(s, json!({ "client_id": "https://app.test/client.json" }))
        })
        .on(Setting::ClientDocuments),
        row(&rule::CIMD_AUTH_METHOD, Page, |s| changed(s, json!({ "client_secret": CANARY })))
            .on(Setting::ClientDocuments),
        row(&rule::CIMD_DOCUMENT, Page, |s| changed(s, json!({ "redirect_uris": [] })))
            .on(Setting::ClientDocuments),
        // An inner address is refused before anything is sent, but counts.
        row(&rule::CIMD_RATE, Page, |s| {
            for _ in 0..60 {
                ask(s, "https://10.0.0.1/client.json");
            }
            ask(s, "https://10.0.0.1/client.json")
        })
        .on(Setting::ClientDocuments),
    ],
};

#[test]
fn rules_of_clients_that_are_known_by_an_address() {
    prove(&[&AUTHORIZE]);
}
