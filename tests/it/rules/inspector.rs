//! Rules of the inspector.

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::wire::Wire::Inspector;
use super::{CANARY, Scene, Table, prove, row};

fn look(scene: &Scene<'_>, path: &str) -> Request {
    let token = scene.lab().inspector_token().expose();
    Request::get(scene.inspector(path)).bearer(token)
}

pub(super) static INSPECT: Table = Table {
    docket: &rule::INSPECT,
    rows: &[
        row(&rule::INSPECTOR_HOST, Inspector, |s| {
            s.send(look(s, "/api/flows").header("Host", "evil.example"))
        }),
        row(&rule::INSPECTOR_TOKEN, Inspector, wrong_token),
        row(&rule::INSPECTOR_KNOWN, Inspector, |s| s.send(look(s, "/api/flows/nothing"))),
    ],
};

fn wrong_token(scene: &Scene<'_>) -> Answer {
    scene.send(Request::get(scene.inspector("/api/flows")).bearer(CANARY))
}

#[test]
fn rules_of_the_inspector() {
    prove(&[&INSPECT]);
}
