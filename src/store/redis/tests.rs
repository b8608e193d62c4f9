//! What the shared suite does not ask: the server's own failures, and what stands in it.

use super::testing::RedisServer;
use super::*;

const KIND: Kind = Kind::Interaction;

fn clock() -> Clock {
    Clock::manual(Timestamp::from_secs(1_800_000_000))
}

async fn open(server: &RedisServer, clock: &Clock) -> Result<RedisStore, RedisOpenError> {
    RedisStore::open(&Secret::new(server.url()), "https://localhost", clock.clone()).await
}

fn soon(clock: &Clock) -> Timestamp {
    clock.now().plus(Duration::from_secs(60))
}

#[test]
fn a_record_reads_back_and_rubbish_is_corrupt() {
    let record = parse(b"7 1800000000000\n{\"a\":\n1}").unwrap().0;
    assert_eq!((record.version, record.value.as_slice()), (7, b"{\"a\":\n1}".as_slice()));
    for rubbish in ["", "7", "7 8", "x 8\n", "7 y\n", "7\n8\n", " \n"] {
        assert_eq!(parse(rubbish.as_bytes()), Err(StoreError::Corrupt), "{rubbish:?}");
    }
}

#[tokio::test]
async fn two_nodes_of_one_issuer_share_records_and_another_issuer_has_its_own() {
    let (server, clock) = (RedisServer::with(&[]), clock());
    let (one, two) = (open(&server, &clock).await.unwrap(), open(&server, &clock).await.unwrap());
    let other =
        RedisStore::open(&Secret::new(server.url()), "https://other", clock.clone()).await.unwrap();
    let key = Key::of(&["a"]);
    one.put(KIND, key, Content::new(b"1".to_vec(), soon(&clock))).await.unwrap();
    assert!(other.get(KIND, key).await.unwrap().is_none());
    assert_eq!(two.take(KIND, key).await.unwrap().unwrap().value, b"1");
    assert!(one.get(KIND, key).await.unwrap().is_none());
}

#[tokio::test]
async fn what_never_expires_is_kept() {
    let (server, clock) = (RedisServer::with(&[]), clock());
    let store = open(&server, &clock).await.unwrap();
    let (key, never) = (Key::of(&["a"]), Timestamp::from_millis(u64::MAX));
    assert!(store.put_new(KIND, key, Content::new(b"1".to_vec(), never)).await.unwrap());
    store.sweep(10).await.unwrap();
    assert_eq!(store.get(KIND, key).await.unwrap().unwrap().value, b"1");
    assert!(!store.put_new(KIND, key, Content::new(b"2".to_vec(), never)).await.unwrap());
}

#[tokio::test]
async fn nothing_is_left_on_the_server_of_what_is_gone() {
    let (server, clock) = (RedisServer::with(&[]), clock());
    let store = open(&server, &clock).await.unwrap();
    for n in 0..20 {
        let key = Key::of(&[&n.to_string()]);
        let new = Content::new(vec![0; 100], soon(&clock)).labelled(vec![Key::of(&["label"])]);
        store.put(KIND, key, new).await.unwrap();
        if n % 2 == 0 {
            store.take(KIND, key).await.unwrap();
        }
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(store.sweep(100).await.unwrap(), 10);
    store.sweep(1).await.unwrap();
    let mut connection = store.connection.clone();
    let left: Vec<Vec<u8>> =
        ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut left: Vec<_> = left.iter().map(|key| String::from_utf8_lossy(key)).collect();
    left.sort();
    let names: Vec<_> = left.iter().filter_map(|key| key.split("}:").nth(1)).collect();
    assert_eq!(names, ["schema", "versions"]);
}

#[tokio::test]
async fn a_server_that_evicts_or_is_newer_is_refused_by_name() {
    let evicts = RedisServer::with(&["--maxmemory", "10mb", "--maxmemory-policy", "allkeys-lru"]);
    let refused = open(&evicts, &clock()).await.unwrap_err();
    assert!(matches!(&refused, RedisOpenError::Evicts { policy, .. } if policy == "allkeys-lru"));
    let newer = RedisServer::with(&[]);
    let store = open(&newer, &clock()).await.unwrap();
    let mut set = ::redis::cmd("SET");
    set.arg(store.places.schema()).arg(4711);
    set.query_async::<()>(&mut store.connection.clone()).await.unwrap();
    let refused = open(&newer, &clock()).await.unwrap_err();
    assert!(matches!(refused, RedisOpenError::Newer { found: 4711, .. }), "{refused}");
    assert!(refused.to_string().contains("schema 4711"), "{refused}");
}

#[tokio::test]
async fn a_full_server_refuses_and_forgets_nothing() {
    let server = RedisServer::with(&["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
    let clock = clock();
    let store = open(&server, &clock).await.unwrap();
    let key = |n: usize| Key::of(&[&n.to_string()]);
    let mut written = 0;
    let refused = loop {
        match store
            .put(Kind::Session, key(written), Content::new(vec![0; 32 * 1024], soon(&clock)))
            .await
        {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1000, "3 MB hold no 32 MB");
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused}");
    for n in 0..written {
        assert!(store.get(Kind::Session, key(n)).await.unwrap().is_some(), "{n} of {written}");
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_to_be() {
    let (mut server, clock) = (RedisServer::with(&[]), clock());
    let store = open(&server, &clock).await.unwrap();
    server.kill();
    let refused = store.get(KIND, Key::of(&["a"])).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    let refused = open(&server, &clock).await.unwrap_err();
    assert!(matches!(refused, RedisOpenError::Unreachable { .. }), "{refused}");
    server.restart();
    // The first request after it may find the old connection dead; it mends within a few.
    let mut tries = 0;
    while let Err(error) =
        store.put(KIND, Key::of(&["a"]), Content::new(Vec::new(), soon(&clock))).await
    {
        assert!(tries < 5, "{error}");
        tries += 1;
    }
}

#[tokio::test]
async fn a_password_is_used_and_never_shown() {
    let server = RedisServer::with(&["--requirepass", "canary-of-redis"]);
    let refused = open(&server, &clock()).await.unwrap_err();
    assert!(refused.to_string().contains("access refused"), "{refused}");
    let wrong = Secret::new(format!("{}?pass=canary-wrong", server.url()));
    let refused = RedisStore::open(&wrong, "https://localhost", clock()).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("canary"), "{refused:?}");
    let right = Secret::new(format!("{}?pass=canary-of-redis", server.url()));
    let store = RedisStore::open(&right, "https://localhost", clock()).await.unwrap();
    assert!(!format!("{store:?}").contains("canary"));
    let rubbish = Secret::new("https://canary@host".to_owned());
    let refused = RedisStore::open(&rubbish, "https://localhost", clock()).await.unwrap_err();
    assert!(!refused.to_string().contains("canary"), "{refused}");
}

/// A user of the lab's own, who reaches no keys but the lab's and administers nothing.
#[tokio::test]
async fn a_user_with_few_rights_is_enough() {
    let rights = ["worker", "on", ">canary-of-acl", "~{oauthlab:*", "-@all", "+@read", "+@write"];
    let more = ["+@scripting", "+@connection", "+info", "-keys", "-flushall"];
    let user = [&["--user"], rights.as_slice(), more.as_slice()].concat();
    let server = RedisServer::with(&[user.as_slice(), &["--requirepass", "other"]].concat());
    let url = Secret::new(format!("{}?user=worker&pass=canary-of-acl", server.url()));
    let clock = clock();
    let store = RedisStore::open(&url, "https://localhost", clock.clone()).await.unwrap();
    let key = Key::of(&["a"]);
    store.put(KIND, key, Content::new(b"1".to_vec(), soon(&clock))).await.unwrap();
    assert_eq!(store.scan(KIND, None, 10).await.unwrap().records.len(), 1);
    assert!(store.take(KIND, key).await.unwrap().is_some());
    store.sweep(10).await.unwrap();
    let mut stolen = ::redis::cmd("GET");
    let refused = stolen.arg("other-lab").query_async::<()>(&mut store.connection.clone()).await;
    assert_eq!(refused.unwrap_err().code(), Some("NOPERM"));
}

/// A record of schema 1 has no labels, and is one like the others.
#[tokio::test]
async fn a_record_of_the_first_schema_is_read_written_and_swept() {
    let (server, clock) = (RedisServer::with(&[]), clock());
    let store = open(&server, &clock).await.unwrap();
    let (key, label) = (Key::of(&["a"]), Key::of(&["label"]));
    let new = |value: &[u8]| Content::new(value.to_vec(), soon(&clock)).labelled(vec![label]);
    let age = async || {
        store.put(KIND, key, Content::new(b"1".to_vec(), soon(&clock))).await.unwrap();
        let mut connection = store.connection.clone();
        let raw = format!("1 {}\n1", soon(&clock).millis());
        let mut set = ::redis::cmd("SET");
        set.arg(store.places.record(KIND, key)).arg(raw);
        set.query_async::<()>(&mut connection).await.unwrap();
        let mut set = ::redis::cmd("SET");
        set.arg(store.places.schema()).arg(1);
        set.query_async::<()>(&mut connection).await.unwrap();
    };
    age().await;
    let newer = open(&server, &clock).await.unwrap();
    assert_eq!(newer.get(KIND, key).await.unwrap().unwrap().value, b"1");
    assert!(newer.replace(KIND, key, 1, new(b"2")).await.unwrap());
    assert_eq!(newer.scan_label(KIND, label, None, 10).await.unwrap().records.len(), 1);
    let mut get = ::redis::cmd("GET");
    get.arg(store.places.schema());
    let schema: u32 = get.query_async(&mut store.connection.clone()).await.unwrap();
    assert_eq!(schema, 2);
    age().await;
    assert_eq!(newer.take(KIND, key).await.unwrap().unwrap().value, b"1");
    age().await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(newer.sweep(10).await.unwrap(), 1);
}
