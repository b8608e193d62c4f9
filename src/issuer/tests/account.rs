//! What the pages of one user cost: what others have is not read.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::issuer::session::form_token;
use crate::protocol::{LogoutRequest, Scope, Subject};
use crate::store::record::{ConsentRecord, FamilyRecord, Grant, RefreshTokenRecord, SessionRecord};
use crate::store::{Answer, Content, Kind, Page, Record, Store, StoreError};

/// Counts the records that leave an engine.
#[derive(Debug)]
struct Counting {
    engine: Arc<dyn Store>,
    read: AtomicUsize,
}

impl Counting {
    /// A store in memory answers at once, so that nothing need be awaited.
    fn counted<'a, T: Send + 'a>(
        &self,
        answer: Answer<'a, T>,
        count: impl FnOnce(&T) -> usize,
    ) -> Answer<'a, T> {
        let answer: Result<T, StoreError> = at_once(answer);
        self.read.fetch_add(answer.as_ref().map_or(0, count), Ordering::SeqCst);
        Box::pin(std::future::ready(answer))
    }

    fn take_count(&self) -> usize {
        self.read.swap(0, Ordering::SeqCst)
    }
}

impl Store for Counting {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        self.counted(self.engine.get(kind, key), |_| 1)
    }
    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        self.engine.put(kind, key, new)
    }
    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        self.engine.put_new(kind, key, new)
    }
    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        self.counted(self.engine.take(kind, key), |_| 1)
    }
    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        self.engine.replace(kind, key, version, new)
    }
    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        self.counted(self.engine.scan(kind, after, limit), |page| page.records.len())
    }
    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        let page = self.engine.scan_label(kind, label, after, limit);
        self.counted(page, |page| page.records.len())
    }
    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        self.engine.sweep(budget)
    }
}

/// One of each kind that an account shows or takes back.
async fn furnish(issuer: &Issuer, user: &Subject, client: &str, sid: &str) {
    let (now, until) = (issuer.now(), issuer.now().plus(Duration::from_secs(3600)));
    let client_id = ClientId::parse(client).unwrap();
    let key = |what: &str| Key::of(&["furnish", what, sid, client]);
    let family = format!("family-{sid}-{client}");
    let store = &issuer.store;
    let session = SessionRecord {
        subject: user.clone(),
        auth_time: now,
        idle_until: until,
        absolute_until: until,
        sid: sid.to_owned(),
    };
    store.put(key("session"), &session, until).await.unwrap();
    let scope = Scope::default();
    let consent = ConsentRecord {
        client_id: client_id.clone(),
        subject: user.clone(),
        scope: scope.clone(),
        audience: Vec::new(),
    };
    store.put(crate::issuer::consent::consent_key(client, user), &consent, until).await.unwrap();
    let record = FamilyRecord {
        client_id: client_id.clone(),
        subject: Some(user.clone()),
        revoked_at: None,
        revoked_by: None,
    };
    store.put(Key::of(&[&family]), &record, until).await.unwrap();
    let grant = Grant::of_client(client_id, scope, Vec::new(), family);
    let token = RefreshTokenRecord {
        grant: Grant { subject: Some(user.clone()), sid: Some(sid.to_owned()), ..grant },
        granted_at: now,
        issued_at: now,
        fresh_until: until,
        rotated_at: None,
        successor: None,
    };
    store.put(key("token"), &token, until).await.unwrap();
}

#[tokio::test]
async fn the_pages_of_a_user_read_nothing_of_fifty_thousand_others() {
    let (mut issuer, _) = issuer();
    let engine = Arc::clone(issuer.store.engine());
    let counting = Arc::new(Counting { engine, read: AtomicUsize::new(0) });
    issuer.store = View::new(Arc::<Counting>::clone(&counting));
    for n in 0..12_500 {
        let user = Subject::parse(&format!("user-{n}")).unwrap();
        furnish(&issuer, &user, "web", &format!("sid-{n}")).await;
    }
    let alice = Subject::parse("alice").unwrap();
    let (id, session, begun) = issuer.begin_session(&browser(), &alice).await.unwrap();
    apply(&issuer, &begun).await.unwrap();
    for client in ["web", "cli"] {
        furnish(&issuer, &alice, client, &session.sid).await;
    }
    let mine = Browser { session: Some(id), ..browser() };
    let csrf = form_token("account", &mine, &alice);

    counting.take_count();
    let account = issuer.account(&mine).await.unwrap().outcome.unwrap();
    assert_eq!((account.sessions.len(), account.consents.len(), account.grants.len()), (3, 2, 2));
    let read = counting.take_count();
    assert!((10..30).contains(&read), "{read} records read for the account page");

    let answer = AccountAnswer { csrf, client: Some("cli".to_owned()), ..AccountAnswer::default() };
    issuer.revoke_own(&answer, &mine).await.unwrap().outcome.unwrap();
    let read = counting.take_count();
    assert!(read < 30, "{read} records read to revoke a client");
    let account = issuer.account(&mine).await.unwrap().outcome.unwrap();
    assert_eq!((account.consents.len(), account.grants.len()), (1, 1));

    counting.take_count();
    let csrf = form_token("logout", &mine, &alice);
    let answer = LogoutAnswer { csrf, decision: Some("logout".into()), may_lack_cookies: false };
    let ended = issuer.logout(&LogoutRequest::default(), &answer, &mine).await.unwrap().outcome;
    assert!(matches!(ended, Ok(LogoutNext::Done(done)) if done.ended));
    let read = counting.take_count();
    assert!(read < 30, "{read} records read to log out");
    let family = Key::of(&[&format!("family-{}-web", session.sid)]);
    let family = issuer.store.get::<FamilyRecord>(family).await.unwrap().unwrap();
    assert!(family.value.revoked_at.is_some(), "its tokens end with the session");
}
