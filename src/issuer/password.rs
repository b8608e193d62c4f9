//! Passwords. A plain one is kept as a keyed hash and compared in constant time; an argon2id string
//! is verified off the async threads. Nothing slow happens at start.

use std::collections::HashMap;
use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordVerifier as _};
use aws_lc_rs::hmac;
use serde_json::{Map, Value};
use tokio::sync::{Mutex, MutexGuard, Semaphore};

use super::Fault;
use crate::config::{Password, UserConfig};
use crate::protocol::{Secret, Subject};
use crate::random::Random;
use crate::store::Key;

/// The accounts of a lab.
#[derive(Debug)]
pub(super) struct Users {
    by_name: HashMap<String, User>,
    key: hmac::Key,
    // Each verification takes tens of MiB and of milliseconds: two at a time.
    argon2: Arc<Semaphore>,
    // Who tries an account has it alone meanwhile; accounts share these by the hash of their name.
    turns: [Mutex<()>; TURNS],
    // Verified for names without an argon2id string, so that time does not tell which ones exist.
    dummy: Option<String>,
}

const TURNS: usize = 64;

#[derive(Debug)]
struct User {
    subject: Subject,
    verifier: Verifier,
    claims: Map<String, Value>,
}

#[derive(Debug)]
enum Verifier {
    Keyed(hmac::Tag),
    Argon2id(String),
}

impl Users {
    pub(super) fn of(users: &[UserConfig], random: &Random) -> Result<Self, Fault> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random.bytes::<32>("password")?);
        let mut by_name = HashMap::with_capacity(users.len());
        let mut dummy = None;
        for user in users {
            let verifier = match &user.password {
                Password::Plain(password) => {
                    Verifier::Keyed(hmac::sign(&key, password.expose().as_bytes()))
                }
                Password::Argon2id(phc) => {
                    dummy = Some(phc.clone());
                    Verifier::Argon2id(phc.clone())
                }
                // The lab makes these before it makes the issuer; nobody knows this one.
                Password::Generated => {
                    Verifier::Keyed(hmac::sign(&key, &random.bytes::<32>("unknown")?))
                }
            };
            let (subject, claims) = (user.subject.clone(), user.claims.clone());
            by_name.insert(user.name.clone(), User { subject, verifier, claims });
        }
        let argon2 = Arc::new(Semaphore::new(2));
        let turns = std::array::from_fn(|_| Mutex::new(()));
        Ok(Self { by_name, key, argon2, turns, dummy })
    }

    /// Waits until nobody else tries the account of this name.
    pub(super) async fn turn(&self, name: &str) -> Option<MutexGuard<'_, ()>> {
        let [first, ..] = *Key::of(&[name]).as_bytes();
        Some(self.turns.get(usize::from(first) % TURNS)?.lock().await)
    }

    /// The subject, if name and password are right.
    pub(super) async fn verify(
        &self,
        name: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, Fault> {
        let user = self.by_name.get(name);
        let right = match user.map(|user| &user.verifier) {
            Some(Verifier::Keyed(tag)) => {
                self.take_as_long(password).await?;
                hmac::verify(&self.key, password.expose().as_bytes(), tag.as_ref()).is_ok()
            }
            Some(Verifier::Argon2id(phc)) => self.verify_argon2(phc, password).await?,
            None => {
                self.take_as_long(password).await?;
                let _ = hmac::sign(&self.key, password.expose().as_bytes());
                false
            }
        };
        Ok(user.filter(|_| right).map(|user| user.subject.clone()))
    }

    /// Where one account costs an argon2, each name does, known or not.
    async fn take_as_long(&self, password: &Secret) -> Result<(), Fault> {
        match &self.dummy {
            Some(phc) => self.verify_argon2(phc, password).await.map(drop),
            None => Ok(()),
        }
    }

    /// The subject of a name, for logins without a page.
    pub(super) fn subject(&self, name: &str) -> Option<&Subject> {
        self.by_name.get(name).map(|user| &user.subject)
    }

    /// The name and claims of a subject.
    pub(super) fn of_subject(&self, subject: &Subject) -> Option<(&str, &Map<String, Value>)> {
        let found = self.by_name.iter().find(|(_, user)| user.subject == *subject);
        found.map(|(name, user)| (name.as_str(), &user.claims))
    }

    async fn verify_argon2(&self, phc: &str, password: &Secret) -> Result<bool, Fault> {
        let permit = Arc::clone(&self.argon2).acquire_owned().await.map_err(|_| Fault::Task)?;
        let (phc, password) = (phc.to_owned(), password.clone());
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let hash = PasswordHash::new(&phc).ok()?;
            Argon2::default().verify_password(password.expose().as_bytes(), &hash).ok()
        });
        Ok(verified.await.map_err(|_| Fault::Task)?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn user(name: &str, password: Password) -> UserConfig {
        let subject = Subject::parse(name).unwrap();
        UserConfig { name: name.to_owned(), subject, password, claims: Map::new() }
    }

    /// Where one account costs an argon2, a name that is answered without one would show that it
    /// exists. Here no argon2 is let run, so that each name waits.
    #[tokio::test]
    async fn each_name_costs_the_same_where_passwords_are_kept_differently() {
        let phc = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";
        let mixed = [
            user("hashed", Password::Argon2id(phc.to_owned())),
            user("plain", Password::Plain(Secret::new("plain"))),
        ];
        let users = Users::of(&mixed, &Random::system()).unwrap();
        let _busy = users.argon2.acquire_many(2).await.unwrap();
        for name in ["hashed", "plain", "nobody"] {
            let password = Secret::new("plain");
            let guess = tokio::time::timeout(Duration::ZERO, users.verify(name, &password)).await;
            assert!(guess.is_err(), "{name} is answered at once");
        }
    }
}
