//! Tokens that the API verifies itself (RFC 9068 §4).

use super::*;

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
