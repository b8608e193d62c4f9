//! The decision `resource`: each rule broken, stages that block, and what a waiver opens.

mod certificate;
mod jwt;
mod weakness;

use serde_json::{Value, json};

use super::fixture::{Fake, ISSUER, NOTES, NOW, active, configured, server, weakened};
use super::{Access, Effect, Presented, ResourceServer};
use crate::config::{Config, TokenValidation};
use crate::protocol::jose::{JwkSet, SigningKey};
use crate::protocol::{Algorithm, Audience, IntrospectionResponse, ResourceUri};
use crate::rule::*;

fn bearer(token: &str) -> Presented {
    Presented::new([format!("Bearer {token}").as_bytes()], None)
}

async fn notes_reading(server: &ResourceServer, presented: &Presented) -> Decision<Access, Effect> {
    let api = &server.apis()[0];
    server.authorize(api, presented, &api.reading()).await
}

fn broken(decision: &Decision<Access, Effect>) -> &'static str {
    decision.outcome.as_ref().map_or_else(|refusal| refusal.rule.id, |_| "nothing")
}

fn verdict(decision: &Decision<Access, Effect>, rule: &'static Rule) -> Verdict {
    decision.record.rulings.iter().find(|ruling| ruling.rule == rule).unwrap().verdict
}

struct Local {
    fake: Fake,
    key: SigningKey,
    server: ResourceServer,
}

fn local() -> Local {
    let mut config = Config::builtin().unwrap();
    config.apis[0].validation = TokenValidation::Jwt;
    let (fake, key) = (Fake::default(), SigningKey::generate(Algorithm::Es256).unwrap());
    fake.publish(JwkSet { keys: vec![key.jwk().clone()] });
    let server = configured(&config, &fake);
    Local { fake, key, server }
}

fn claims(change: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": NOTES, "exp": NOW.secs() + 600, "iat": NOW.secs(),
        "jti": "1", "client_id": "web", "scope": "notes:read",
    });
    let Value::Object(change) = change else { return claims };
    claims.as_object_mut().unwrap().extend(change);
    claims
}

#[tokio::test]
async fn a_good_token_opens_the_api_and_every_rule_has_its_ruling() {
    let fake = Fake::default();
    fake.know("good", active("alice", "web", "notes:read"));
    let decision = notes_reading(&server(&fake), &bearer("good")).await;
    assert_eq!(decision.record.rulings.len(), RESOURCE.rules.len());
    assert_eq!(verdict(&decision, &RESOURCE_ACTIVE), Verdict::Holds);
    assert_eq!(verdict(&decision, &RESOURCE_SIGNATURE), Verdict::NotApplicable);
    let access = decision.outcome.unwrap();
    assert_eq!((access.user(), access.client_id.as_deref()), (Some("alice"), Some("web")));
}

#[tokio::test]
async fn a_request_of_wrong_form_is_refused_and_the_issuer_is_never_asked() {
    let (two, basic): (Presented, Presented) = (
        Presented::new([&b"Bearer good"[..], b"Bearer good"], None),
        Presented::new([&b"Basic Z29vZDpnb29k"[..]], None),
    );
    let both = Presented::new([&b"Bearer good"[..]], Some("access_token=good"));
    let fake = Fake::default();
    fake.know("good", active("alice", "web", "notes:read"));
    for (presented, rule) in [
        (Presented::default(), "bearer.presented"),
        (basic, "bearer.presented"),
        (Presented::new([], Some("access_token=good")), "bearer.not_in_query"),
        (both, "bearer.not_in_query"),
        (two, "bearer.once"),
        (bearer("go od"), "bearer.form"),
    ] {
        let decision = notes_reading(&server(&fake), &presented).await;
        assert_eq!(broken(&decision), rule);
        let blocked = verdict(&decision, &RESOURCE_ACTIVE);
        assert!(matches!(blocked, Verdict::NotEvaluated(by) if by.id == rule));
    }
    assert_eq!(fake.calls(), 0);
}

#[tokio::test]
async fn what_the_issuer_says_decides() {
    let good = || active("alice", "web", "notes:read");
    let aud = |aud: &str| Audience::One(aud.to_owned());
    for (answer, rule) in [
        (IntrospectionResponse::default(), "resource.active"),
        (IntrospectionResponse { exp: Some(NOW.secs()), ..good() }, "resource.fresh"),
        (IntrospectionResponse { iss: Some("https://x".into()), ..good() }, "resource.issuer"),
        // What a refresh token looks like.
        (IntrospectionResponse { token_type: None, ..good() }, "resource.type"),
        (IntrospectionResponse { aud: Audience::None, ..good() }, "resource.audience"),
        (
            IntrospectionResponse { aud: aud("https://localhost:9444/mcp"), ..good() },
            "resource.audience",
        ),
        (
            IntrospectionResponse { aud: aud("https://localhost:9444/notes/"), ..good() },
            "resource.audience",
        ),
        (
            IntrospectionResponse { aud: aud("https://localhost:9444/not"), ..good() },
            "resource.audience",
        ),
        (IntrospectionResponse { scope: Some("notes:write".into()), ..good() }, "resource.scope"),
        (IntrospectionResponse { scope: Some("notes:readers".into()), ..good() }, "resource.scope"),
        (IntrospectionResponse { scope: Some("Notes:read".into()), ..good() }, "resource.scope"),
        (IntrospectionResponse { scope: None, ..good() }, "resource.scope"),
        (IntrospectionResponse { iss: None, exp: None, ..good() }, "nothing"),
    ] {
        let fake = Fake::default();
        fake.know("t", answer.clone());
        let decision = notes_reading(&server(&fake), &bearer("t")).await;
        assert_eq!(broken(&decision), rule, "{answer:?}");
    }
}

#[tokio::test]
async fn an_audience_of_several_needs_one_that_is_ours() {
    let fake = Fake::default();
    let several = Audience::Many(vec![ISSUER.to_owned(), NOTES.to_owned()]);
    fake.know("t", IntrospectionResponse { aud: several, ..active("alice", "web", "notes:read") });
    assert_eq!(broken(&notes_reading(&server(&fake), &bearer("t")).await), "nothing");
}

#[tokio::test]
async fn a_further_identifier_and_an_empty_path_are_audiences_too() {
    let mut config = Config::builtin().unwrap();
    config.apis[0].identifiers = vec![ResourceUri::parse("https://notes.example").unwrap()];
    for aud in ["https://notes.example", "https://notes.example/"] {
        let fake = Fake::default();
        let aud = Audience::One(aud.to_owned());
        fake.know("t", IntrospectionResponse { aud, ..active("alice", "web", "notes:read") });
        assert_eq!(
            broken(&notes_reading(&configured(&config, &fake), &bearer("t")).await),
            "nothing"
        );
    }
}

#[tokio::test]
async fn the_wire_names_the_audience_before_the_scope_and_the_record_has_both() {
    let fake = Fake::default();
    let aud = Audience::One("https://localhost:9444/mcp".to_owned());
    fake.know("t", IntrospectionResponse { aud, ..active("alice", "web", "mcp:tools") });
    let decision = notes_reading(&server(&fake), &bearer("t")).await;
    assert_eq!(broken(&decision), "resource.audience");
    assert_eq!(verdict(&decision, &RESOURCE_SCOPE), Verdict::Broken);
}

#[tokio::test]
async fn an_issuer_that_is_down_opens_nothing() {
    let fake = Fake::default();
    fake.know("good", active("alice", "web", "notes:read"));
    fake.go_down();
    let decision = notes_reading(&server(&fake), &bearer("good")).await;
    assert_eq!(broken(&decision), "resource.issuer_reachable");
    assert_eq!(decision.outcome.unwrap_err().rule.face.status, 503);
}
