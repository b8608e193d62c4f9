//! Notes: each rule broken, and the races.

use std::sync::Arc;

use super::fixture::{Fake, access, server};
use super::{Access, MAX_NOTES, ResourceServer};
use crate::rule::{Fact, NOTE_BOUND, NOTE_FORM, NOTE_KNOWN, NOTE_USER, Rule, Waivers};

const BODY: &[u8] = br#"{"text": "buy milk"}"#;

async fn write(server: &ResourceServer, access: &Access) -> String {
    server.notes().write(access, BODY).await.unwrap().outcome.unwrap().id
}

async fn listed(server: &ResourceServer, access: &Access) -> usize {
    server.notes().list(access).await.unwrap().outcome.unwrap().len()
}

#[tokio::test]
async fn a_user_writes_lists_reads_and_deletes() {
    let (server, alice) = (server(&Fake::default()), access("alice", "web"));
    let (first, second) = (write(&server, &alice).await, write(&server, &alice).await);
    let notes = server.notes().list(&alice).await.unwrap().outcome.unwrap();
    assert_eq!(notes.iter().map(|note| &note.id).collect::<Vec<_>>(), [&first, &second]);
    let read = server.notes().read(&alice, &first).await.unwrap().outcome.unwrap();
    assert_eq!(read.text, "buy milk");
    server.notes().delete(&alice, &first).await.unwrap().outcome.unwrap();
    let gone = server.notes().read(&alice, &first).await.unwrap();
    assert_eq!(gone.outcome.unwrap_err().rule, &NOTE_KNOWN);
    assert_eq!(listed(&server, &alice).await, 1);
}

#[tokio::test]
async fn nobody_reads_or_deletes_the_notes_of_others() {
    let (server, alice, bob) =
        (server(&Fake::default()), access("alice", "web"), access("bob", "web"));
    let id = write(&server, &alice).await;
    assert_eq!(listed(&server, &bob).await, 0);
    let read = server.notes().read(&bob, &id).await.unwrap();
    assert_eq!(read.outcome.unwrap_err().rule, &NOTE_KNOWN);
    let deleted = server.notes().delete(&bob, &id).await.unwrap();
    assert_eq!(deleted.outcome.unwrap_err().rule, &NOTE_KNOWN);
    assert_eq!(listed(&server, &alice).await, 1);
    // The same subject of another issuer is another user.
    let twin = Access { issuer: "https://other.example".into(), ..alice };
    assert_eq!(listed(&server, &twin).await, 0);
}

#[tokio::test]
async fn a_machine_has_no_notes() {
    let (server, ci) = (server(&Fake::default()), access("ci", "ci"));
    let refusal = server.notes().write(&ci, BODY).await.unwrap().outcome.unwrap_err();
    assert_eq!(refusal.rule, &NOTE_USER);
    assert_eq!(server.notes().list(&ci).await.unwrap().outcome.unwrap_err().rule, &NOTE_USER);
}

#[tokio::test]
async fn a_note_is_one_text_of_1_to_2000_characters() {
    let (server, alice) = (server(&Fake::default()), access("alice", "web"));
    let text = |length: usize| serde_json::json!({ "text": "ü".repeat(length) }).to_string();
    for bad in [
        "",
        "[]",
        "{}",
        "{\"text\": 1}",
        "{\"text\": \"\"}",
        "{\"text\": \"a\", \"owner\": \"bob\"}",
        "{\"text\": \"a\", \"text\": \"b\"}",
        &text(2001),
        "\"text\"",
    ] {
        let decision = server.notes().write(&alice, bad.as_bytes()).await.unwrap();
        assert_eq!(decision.outcome.unwrap_err().rule, &NOTE_FORM, "{bad}");
        assert!(decision.effects.is_empty());
    }
    assert!(server.notes().write(&alice, text(2000).as_bytes()).await.unwrap().outcome.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_racing_writers_exactly_a_hundred_win() {
    let server = Arc::new(server(&Fake::default()));
    let writers = (0..MAX_NOTES + 30).map(|_| {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let decision = server.notes().write(&access("alice", "web"), BODY).await.unwrap();
            decision.outcome.map_err(|refusal| refusal.rule)
        })
    });
    let (mut written, mut refused) = (0, 0);
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(_) => written += 1,
            Err(rule) => {
                assert_eq!(rule, &NOTE_BOUND);
                refused += 1;
            }
        }
    }
    assert_eq!((written, refused), (MAX_NOTES, 30));
    assert_eq!(listed(&server, &access("alice", "web")).await, MAX_NOTES);
}

#[tokio::test]
async fn two_decisions_about_the_last_place_fill_it_once() {
    let (server, alice) = (server(&Fake::default()), access("alice", "web"));
    for _ in 1..MAX_NOTES {
        write(&server, &alice).await;
    }
    let notes = server.notes();
    let first = notes.decide_to_write(&alice, BODY, "first").await.unwrap();
    let second = notes.decide_to_write(&alice, BODY, "second").await.unwrap();
    assert!(first.outcome.is_ok() && second.outcome.is_ok());
    assert!(notes.apply(&first.effects).await.unwrap());
    assert!(!notes.apply(&second.effects).await.unwrap());
    assert_eq!(listed(&server, &alice).await, MAX_NOTES);
    let again = notes.decide_to_write(&alice, BODY, "second").await.unwrap();
    assert_eq!(again.outcome.unwrap_err().rule, &NOTE_BOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_racing_deleters_exactly_one_wins_and_the_place_is_free_again() {
    let server = Arc::new(server(&Fake::default()));
    let alice = access("alice", "web");
    let mut last = String::new();
    for _ in 0..MAX_NOTES {
        last = write(&server, &alice).await;
    }
    let deleters = (0..20).map(|_| {
        let (server, id, alice) = (Arc::clone(&server), last.clone(), alice.clone());
        tokio::spawn(
            async move { server.notes().delete(&alice, &id).await.unwrap().outcome.is_ok() },
        )
    });
    let mut deleted = 0;
    for deleter in deleters.collect::<Vec<_>>() {
        deleted += usize::from(deleter.await.unwrap());
    }
    assert_eq!(deleted, 1);
    write(&server, &alice).await;
    let full = server.notes().write(&alice, BODY).await.unwrap();
    assert_eq!(full.outcome.unwrap_err().rule, &NOTE_BOUND);
}

struct Waiving(&'static Rule);

impl Waivers for Waiving {
    fn waives(&self, rule: &'static Rule, _: &Fact, _: &Fact) -> bool {
        rule == self.0
    }
}

#[tokio::test]
async fn a_waiver_opens_what_its_rule_guards() {
    let (server, alice, bob) =
        (server(&Fake::default()), access("alice", "web"), access("bob", "web"));
    let id = write(&server, &alice).await;
    let notes = super::Notes { waivers: &Waiving(&NOTE_KNOWN), ..server.notes() };
    assert_eq!(notes.read(&bob, &id).await.unwrap().outcome.unwrap().owner.subject, "alice");
    let none = notes.read(&bob, "AAAAAAAAAAAAAAAAAAAAAA").await.unwrap();
    assert_eq!(none.outcome.unwrap_err().rule, &NOTE_KNOWN);
    let notes = super::Notes { waivers: &Waiving(&NOTE_USER), ..server.notes() };
    assert!(notes.write(&access("ci", "ci"), BODY).await.unwrap().outcome.is_ok());
}
