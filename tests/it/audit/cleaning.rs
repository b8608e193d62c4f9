//! An audit takes back what it made: clients are deleted, tokens revoked, notes removed.

use oauthlab::store::record::{AccessTokenRecord, FamilyRecord};
use oauthlab::store::{Key, Kind};

use super::labs::{Running, data, strict};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_could_be_used_is_left_behind() {
    let lab = Running::start(strict(), &data()).await;
    let report = lab.audit().await;
    assert_eq!(report.left_behind, 0);
    let engine = lab.store().engine();
    assert_eq!(engine.scan(Kind::Client, None, 10).await.unwrap().records.len(), 0);
    // Of a user's notes there stays the list of them, which is empty.
    for (_, record) in engine.scan(Kind::Note, None, 10).await.unwrap().records {
        let list: serde_json::Value = serde_json::from_slice(&record.value).unwrap();
        assert_eq!(list, serde_json::json!({ "entries": [] }));
    }
    let tokens = engine.scan(Kind::AccessToken, None, 1000).await.unwrap();
    assert!(tokens.records.len() > 30, "{} tokens", tokens.records.len());
    for (_, record) in tokens.records {
        let token: AccessTokenRecord = serde_json::from_slice(&record.value).unwrap();
        let family = Key::of(&[&token.grant.family]);
        let family = lab.store().get::<FamilyRecord>(family).await.unwrap().unwrap().value;
        assert!(token.revoked_at.or(family.revoked_at).is_some(), "{token:?}");
    }
}
