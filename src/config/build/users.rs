//! `users`: accounts, and how their passwords are known.

use std::collections::BTreeSet;

use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use serde_json::{Map, Value};

use super::GENERATED;
use super::literal::user_name;
use crate::config::fault::{Faults, Span};
use crate::config::file::{Field, Lab, User};
use crate::config::{Password, UserConfig};
use crate::protocol::{Secret, Subject};

/// Claims that the issuer alone sets (OpenID Connect Core §2, RFC 9068 §2.2).
const RESERVED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "azp",
    "acr",
    "amr",
    "auth_time",
    "at_hash",
    "c_hash",
    "client_id",
    "scope",
    "sid",
];
/// Checking one hash may use this much memory, in KiB: one login must not exhaust the machine.
const MOST_MEMORY: u32 = 256 * 1024;

pub(super) fn users(lab: &Lab, faults: &Faults) -> Vec<UserConfig> {
    let mut seen = Seen::default();
    lab.users.items().filter_map(|item| user(item, &mut seen, faults)).collect()
}

#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    subjects: BTreeSet<String>,
}

fn user(item: &Field<User>, seen: &mut Seen, faults: &Faults) -> Option<UserConfig> {
    let shape = item.value.as_ref()?;
    let name = faults.required(&shape.name, item.span, "a user needs a `name`", user_name);
    let password = password(shape, shape.name.span.or(item.span), faults);
    claims(&shape.claims, faults);
    let name = name?;
    let subject = faults.parsed(&shape.subject, &name, Subject::parse);
    if !seen.names.insert(name.clone()) {
        faults.add(shape.name.span, format!("two users are named `{name}`"));
    } else if let Some(subject) = &subject
        && !seen.subjects.insert(subject.as_str().to_owned())
    {
        let place = shape.subject.span.or(shape.name.span);
        faults.add(place, format!("two users have the subject `{subject}`"));
    }
    let claims = shape.claims.or_default();
    Some(UserConfig { name, subject: subject?, password: password?, claims })
}

fn password(shape: &User, place: Option<Span>, faults: &Faults) -> Option<Password> {
    faults.secret(&shape.password);
    let (plain, hash) = (&shape.password, &shape.password_hash);
    match (plain.is_given(), hash.is_given()) {
        (true, true) => {
            faults.add(hash.span, "a user has a `password` or a `password_hash`, not both");
            None
        }
        (false, false) => {
            let help = "write `password: generated` for a random one";
            faults.add_with_help(place, "a user needs a `password` or a `password_hash`", help);
            None
        }
        (true, false) => plain.value.clone().map(|text| match text.expose() {
            GENERATED => Password::Generated,
            _ => Password::Plain(text),
        }),
        (false, true) => {
            let text = hash.value.as_ref()?;
            if let Err(why) = argon2id(text) {
                let help = "it looks like `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`";
                faults.add_with_help(hash.span, why, help);
                return None;
            }
            Some(Password::Argon2id(text.expose().to_owned()))
        }
    }
}

fn argon2id(text: &Secret) -> Result<(), &'static str> {
    let hash = PasswordHash::new(text.expose()).map_err(|_| "this is no PHC string")?;
    if hash.algorithm.as_str() != "argon2id" || hash.salt.is_none() || hash.hash.is_none() {
        return Err("only argon2id hashes with salt and hash are understood");
    }
    let cost = Params::try_from(&hash).map_err(|_| "its argon2 parameters are not valid")?;
    if cost.m_cost() > MOST_MEMORY || cost.t_cost() > 16 || cost.p_cost() > 16 {
        return Err("it costs too much: at most m=262144, t=16, p=16");
    }
    Ok(())
}

fn claims(field: &Field<Map<String, Value>>, faults: &Faults) {
    let claims = field.or_default();
    for reserved in RESERVED.iter().filter(|name| claims.contains_key(**name)) {
        let message = format!("the claim `{reserved}` is set by the issuer alone");
        let help =
            if *reserved == "sub" { "write `subject: …` beside `claims`" } else { "remove it" };
        faults.add_with_help(field.span, message, help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_affordable_argon2id_hashes_are_taken() {
        let hash = |cost: &str| {
            Secret::new(format!("$argon2id$v=19${cost}$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng"))
        };
        assert_eq!(argon2id(&hash("m=19456,t=2,p=1")), Ok(()));
        assert!(argon2id(&hash("m=4000000,t=2,p=1")).is_err());
        assert!(argon2id(&hash("m=19456,t=1000,p=1")).is_err());
        assert!(argon2id(&hash("m=1,t=2,p=1")).is_err());
        assert!(argon2id(&Secret::new("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ")).is_err());
        assert!(argon2id(&Secret::new("$2b$12$abcdefghijklmnopqrstuv")).is_err());
        assert!(argon2id(&Secret::new("bob")).is_err());
    }
}
