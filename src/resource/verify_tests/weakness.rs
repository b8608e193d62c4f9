//! What a waiver opens, and what it leaves shut.

use crate::resource::verify::Verification;

use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::store::{MemoryStore, View};

struct Waiving(&'static Rule, &'static str);

impl Waivers for Waiving {
    fn waives(&self, rule: &'static Rule, _: &Fact, got: &Fact) -> bool {
        (self.0 == rule) && (self.1.is_empty() || got.text() == Some(self.1))
    }
}

async fn waived(lab: &Local, waivers: Waiving, presented: &Presented) -> Decision<Access, Effect> {
    let api = &lab.server.apis()[0];
    let store = View::new(Arc::new(MemoryStore::new(Clock::manual(NOW))));
    let verification = Verification {
        issuer: ISSUER,
        api,
        validation: api.validation(),
        checker: &lab.fake,
        waivers: &waivers,
        now: NOW,
        store: &store,
        nonces: None,
        profile: crate::config::Profile::OAuth21,
        proof_taken: false,
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
    let id_token = json!({ "iss": ISSUER, "sub": "alice", "aud": "web", "exp": NOW.secs() + 600 });
    let id_token = lab.key.sign("JWT", &id_token).unwrap();
    for (weakness, presented) in [
        ("rs-alg-none", bearer(&unsigned)),
        ("rs-id-token", bearer(id_token.expose())),
        ("rs-signature", bearer(&format!("{input}.{}", "A".repeat(86)))),
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
