//! Keys of one issuer, and of several on one store.

use super::*;
use crate::config::Config;
use crate::store::MemoryStore;

const TTL: Duration = Duration::from_secs(600);

async fn open(store: &View, clock: &Clock) -> Keys {
    let config = Config::builtin().unwrap();
    Keys::open(&config.tokens, config.profile, clock.clone(), store.clone()).await.unwrap()
}

async fn keys() -> (Keys, Clock) {
    let clock = Clock::manual(Timestamp::from_secs(1_000_000));
    let config = Config::builtin().unwrap();
    assert_eq!(config.tokens.access_ttl, TTL);
    let store = View::new(Arc::new(MemoryStore::new(clock.clone())));
    (open(&store, &clock).await, clock)
}

async fn kids(keys: &Keys) -> Vec<String> {
    let list = keys.list().await.unwrap().into_iter();
    list.filter(|key| key.alg == Algorithm::Es256).map(|key| key.kid).collect()
}

async fn signing(keys: &Keys) -> String {
    keys.signing(Algorithm::Es256).await.unwrap().jwk().kid.clone().unwrap()
}

#[tokio::test]
async fn the_old_key_stays_until_its_last_token_has_expired() {
    let (keys, clock) = keys().await;
    let old = signing(&keys).await;
    let new = keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
    assert_eq!(signing(&keys).await, new);
    assert_eq!(kids(&keys).await, [old.clone(), new.clone()]);
    clock.advance(Duration::from_millis(599_999));
    assert_eq!(kids(&keys).await, [old, new.clone()]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(kids(&keys).await, [new]);
}

#[tokio::test]
async fn an_announced_key_is_published_before_it_signs() {
    let (keys, clock) = keys().await;
    let old = signing(&keys).await;
    let dropped = keys.rotate(Algorithm::Es256, Begin::Announced).await.unwrap();
    let new = keys.rotate(Algorithm::Es256, Begin::Announced).await.unwrap();
    assert_eq!(kids(&keys).await, [old.clone(), new.clone()], "not {dropped}");
    assert_eq!(signing(&keys).await, old);
    clock.advance(JWKS_MAX_AGE);
    assert_eq!(signing(&keys).await, new);
    assert_eq!(kids(&keys).await, [old, new]);
}

#[tokio::test]
async fn rotations_are_bounded_and_recover() {
    let (keys, clock) = keys().await;
    for _ in 1..MAX_GENERATIONS {
        keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
    }
    let refused = keys.rotate(Algorithm::Es256, Begin::Now).await;
    assert!(matches!(refused, Err(RotationRefused::TooMany(Algorithm::Es256))));
    assert_eq!(kids(&keys).await.len(), MAX_GENERATIONS);
    clock.advance(TTL);
    keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
    assert_eq!(kids(&keys).await.len(), 2);
    let unknown = keys.rotate(Algorithm::MlDsa44, Begin::Now).await;
    assert!(matches!(unknown, Err(RotationRefused::NoSuchKey(Algorithm::MlDsa44))));
}

#[tokio::test]
async fn a_second_issuer_on_one_store_has_the_same_keys() {
    let clock = Clock::manual(Timestamp::from_secs(1_000_000));
    let store = View::new(Arc::new(MemoryStore::new(clock.clone())));
    let (one, other) = (open(&store, &clock).await, open(&store, &clock).await);
    for &alg in &[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let kid = |key: SigningKey| key.jwk().kid.clone();
        let first = kid(one.signing(alg).await.unwrap());
        assert_eq!(first, kid(other.signing(alg).await.unwrap()), "{alg}");
    }
    let old = signing(&one).await;
    let new = one.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
    // Published at once, so that no verifier misses it; signed with when it is seen.
    assert_eq!(kids(&other).await, [old, new.clone()]);
    clock.advance(REREAD);
    assert_eq!(signing(&other).await, new);
    // Both at once: neither is lost.
    let (a, b) = tokio::join!(
        one.rotate(Algorithm::Es256, Begin::Now),
        other.rotate(Algorithm::Es256, Begin::Now)
    );
    let published = kids(&open(&store, &clock).await).await;
    assert_eq!(published.len(), 4);
    assert!(published.contains(&a.unwrap()) && published.contains(&b.unwrap()));
}
