//! The decision `resource`: each rule broken, stages that block, and what a waiver opens.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fixture::{Fake, ISSUER, NOTES, NOW, active, configured, server, weakened};
use super::verify::Verification;
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
async fn a_jwt_is_checked_without_asking_about_it() {
    let lab = local();
    for (typ, change, rule) in [
        ("at+jwt", json!({}), "nothing"),
        ("application/at+JWT", json!({}), "nothing"),
        ("JWT", json!({}), "resource.type"),
        ("at+jwt", json!({ "iss": "https://localhost:9443/" }), "resource.issuer"),
        ("at+jwt", json!({ "exp": NOW.secs() }), "resource.fresh"),
        ("at+jwt", json!({ "exp": null }), "resource.fresh"),
        ("at+jwt", json!({ "exp": "tomorrow" }), "resource.type"),
        ("at+jwt", json!({ "nbf": NOW.secs() + 1 }), "resource.fresh"),
        ("at+jwt", json!({ "aud": [] }), "resource.audience"),
        ("at+jwt", json!({ "aud": ["https://x", NOTES] }), "nothing"),
        ("at+jwt", json!({ "scope": "notes:write" }), "resource.scope"),
    ] {
        let token = lab.key.sign(typ, &claims(change.clone())).unwrap();
        let decision = notes_reading(&lab.server, &bearer(token.expose())).await;
        assert_eq!(broken(&decision), rule, "{typ} {change}");
    }
}

#[tokio::test]
async fn forgeries_break_the_signature_rule_and_the_record_tells_them_apart() {
    let lab = local();
    let good = lab.key.sign("at+jwt", &claims(json!({}))).unwrap();
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let foreign = stranger.sign("at+jwt", &claims(json!({}))).unwrap();
    let (input, _) = good.expose().rsplit_once('.').unwrap();
    let payload = input.split_once('.').unwrap().1;
    // Header {"alg":"none","typ":"at+jwt"}.
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}.");
    for (token, got) in [
        (unsigned, "alg none"),
        (format!("{input}.{}", "A".repeat(86)), "the signature does not verify"),
        (foreign.expose().to_owned(), "no key of the set fits the header"),
        // Header {"alg":"ES256","jwk":{}}.
        (
            format!("eyJhbGciOiJFUzI1NiIsImp3ayI6e319.{payload}.{}", "A".repeat(86)),
            "the signature does not verify, and the header brings a key",
        ),
        ("opaque".to_owned(), "not a compact JWS"),
    ] {
        let decision = notes_reading(&lab.server, &bearer(&token)).await;
        assert_eq!(broken(&decision), "resource.signature");
        let mut rulings = decision.record.rulings.iter();
        let ruling = rulings.find(|ruling| *ruling.rule == RESOURCE_SIGNATURE).unwrap();
        assert_eq!(ruling.got.text(), Some(got));
    }
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_fetched_when_a_token_names_it() {
    let lab = local();
    let (calls, next) = (lab.fake.calls(), SigningKey::generate(Algorithm::Es256).unwrap());
    let token = next.sign("at+jwt", &claims(json!({}))).unwrap();
    let decision = notes_reading(&lab.server, &bearer(token.expose())).await;
    assert_eq!(broken(&decision), "resource.signature");
    assert_eq!(lab.fake.calls(), calls + 2);
    lab.fake.publish(JwkSet { keys: vec![next.jwk().clone()] });
    let decision = notes_reading(&lab.server, &bearer(token.expose())).await;
    assert_eq!(broken(&decision), "nothing");
}

#[tokio::test]
async fn an_opaque_token_at_a_jwt_api_asks_nobody() {
    let lab = local();
    notes_reading(&lab.server, &bearer("opaque")).await.outcome.unwrap_err();
    assert_eq!(lab.fake.calls(), 0);
}

struct Waiving(&'static Rule, &'static str);

impl Waivers for Waiving {
    fn waives(&self, rule: &'static Rule, _: &Fact, got: &Fact) -> bool {
        (self.0 == rule) && (self.1.is_empty() || got.text() == Some(self.1))
    }
}

async fn waived(lab: &Local, waivers: Waiving, presented: &Presented) -> Decision<Access, Effect> {
    let api = &lab.server.apis()[0];
    let checker: Arc<dyn super::TokenChecker> = Arc::new(lab.fake.clone());
    let verification = Verification {
        issuer: ISSUER,
        api,
        validation: api.validation(),
        checker: &*checker,
        waivers: &waivers,
        now: NOW,
    };
    verification.decide(presented, &api.reading()).await
}

#[tokio::test]
async fn a_weak_lab_accepts_the_forgery_that_it_is_weak_for_and_no_other() {
    let lab = local();
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let forged = stranger.sign("at+jwt", &claims(json!({ "sub": "mallory" }))).unwrap();
    let weak = || Waiving(&RESOURCE_SIGNATURE, "no key of the set fits the header");
    let decision = waived(&lab, weak(), &bearer(forged.expose())).await;
    assert_eq!(verdict(&decision, &RESOURCE_SIGNATURE), Verdict::Waived);
    assert_eq!(decision.outcome.unwrap().user(), Some("mallory"));
    let (input, _) = forged.expose().rsplit_once('.').unwrap();
    let unsigned =
        format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", input.split_once('.').unwrap().1);
    assert_eq!(broken(&waived(&lab, weak(), &bearer(&unsigned)).await), "resource.signature");
}

#[tokio::test]
async fn a_weak_lab_reads_the_token_from_the_url() {
    let lab = local();
    let token = lab.key.sign("at+jwt", &claims(json!({}))).unwrap();
    let query = format!("access_token={}", token.expose());
    let presented = Presented::new([], Some(&query));
    let decision = waived(&lab, Waiving(&BEARER_NOT_IN_QUERY, ""), &presented).await;
    assert_eq!(broken(&decision), "nothing");
    // Two ways at once stay refused.
    let both = Presented::new([&b"Bearer x"[..]], Some(&query));
    let decision = waived(&lab, Waiving(&BEARER_NOT_IN_QUERY, ""), &both).await;
    assert_eq!(broken(&decision), "bearer.once");
}

#[tokio::test]
async fn a_lab_that_ignores_revocation_still_ends_at_the_expiry() {
    let lab = Local { server: server(&Fake::default()), ..local() };
    let weak = || Waiving(&RESOURCE_ACTIVE, "inactive");
    let revoked = lab.key.sign("at+jwt", &claims(json!({}))).unwrap();
    assert_eq!(broken(&waived(&lab, weak(), &bearer(revoked.expose())).await), "nothing");
    let old = lab.key.sign("at+jwt", &claims(json!({ "exp": NOW.secs() - 1 }))).unwrap();
    assert_eq!(broken(&waived(&lab, weak(), &bearer(old.expose())).await), "resource.fresh");
    // Nothing can be made of an opaque token that the issuer does not know.
    assert_eq!(broken(&waived(&lab, weak(), &bearer("opaque")).await), "resource.active");
}

/// The weaknesses of the lab that are about this decision, as `--weaken` would turn them on.
#[tokio::test]
async fn weaknesses_of_the_lab_open_what_they_say() {
    let (lab, good) = (local(), || active("alice", "web", "notes:read"));
    let token = lab.key.sign("at+jwt", &claims(json!({}))).unwrap();
    let (input, _) = token.expose().rsplit_once('.').unwrap();
    let payload = input.split_once('.').unwrap().1;
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}.");
    let (fake, config) = (lab.fake.clone(), Config::builtin().unwrap());
    let mcp = Audience::One("https://localhost:9444/mcp".to_owned());
    fake.know("other", IntrospectionResponse { aud: mcp, ..active("alice", "web", "mcp:tools") });
    fake.know("refresh", IntrospectionResponse { token_type: None, ..good() });
    fake.know("writer", active("alice", "web", "notes:write"));
    fake.know("good", good());
    let in_query = Presented::new([], Some("access_token=good"));
    for (weakness, presented) in [
        ("rs-alg-none", bearer(&unsigned)),
        ("rs-audience", bearer("other")),
        ("rs-other-token", bearer("refresh")),
        ("rs-query-token", in_query),
        ("rs-scope", bearer("writer")),
    ] {
        let strict = notes_reading(&configured(&config, &fake), &presented).await;
        assert!(strict.outcome.is_err(), "{weakness}");
        let weak = weakened(&config, &fake, weakness);
        assert_eq!(broken(&notes_reading(&weak, &presented).await), "nothing", "{weakness}");
    }
}
