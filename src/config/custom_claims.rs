//! Claims that the lab adds to its tokens: fixed values, and values taken from user and client.

use serde_json::{Map, Value};

/// Claims by name. A text may name parts of user and client in braces: `{user.email}`,
/// `{user.name}`, `{client.id}`. A text that is nothing but one such name becomes the claim's own
/// JSON value, and is left out where the user has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomClaims(Map<String, Value>);

/// Why a claim cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomClaimError {
    /// The server sets it itself.
    #[error("the claim `{0}` is the server's own")]
    Reserved(String),
    /// More than 32 of them, or more than 4 KiB.
    #[error("at most 32 claims of 4 KiB together")]
    TooMany,
    /// A name in braces that means nothing.
    #[error(
        "`{{{0}}}` names nothing; write {{user.CLAIM}}, {{user.name}}, {{user.subject}} or {{client.id}}"
    )]
    Unknown(String),
}

/// Set by the server alone (RFC 9068 §2.2, OpenID Connect Core §2).
const RESERVED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "cnf",
    "act",
    "may_act",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "authorization_details",
    "events",
];
const MAX_CLAIMS: usize = 32;
const MAX_BYTES: usize = 4096;

/// Where the names in braces are looked up.
#[derive(Clone, Copy, Debug)]
pub struct ClaimSources<'a> {
    /// Login name, subject and claims of the user, if there is one.
    pub user: Option<(&'a str, &'a str, &'a Map<String, Value>)>,
    /// The client.
    pub client_id: &'a str,
}

impl CustomClaims {
    /// Takes claims whose names are free and whose texts mean something.
    pub fn new(claims: Map<String, Value>) -> Result<Self, CustomClaimError> {
        let bytes = serde_json::to_vec(&claims).map_or(usize::MAX, |text| text.len());
        if claims.len() > MAX_CLAIMS || bytes > MAX_BYTES {
            return Err(CustomClaimError::TooMany);
        }
        for (name, value) in &claims {
            if RESERVED.contains(&name.as_str()) {
                return Err(CustomClaimError::Reserved(name.clone()));
            }
            check(value)?;
        }
        Ok(Self(claims))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The claims for one token.
    pub fn fill(&self, sources: ClaimSources<'_>) -> impl Iterator<Item = (String, Value)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.clone(), filled(value, sources)?)))
    }
}

fn check(value: &Value) -> Result<(), CustomClaimError> {
    match value {
        Value::String(text) => {
            let unknown = names(text).find(|name| !is_known(name));
            unknown.map_or(Ok(()), |name| Err(CustomClaimError::Unknown(name.to_owned())))
        }
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(members) => members.values().try_for_each(check),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn is_known(name: &str) -> bool {
    name == "client.id" || name.strip_prefix("user.").is_some_and(|claim| !claim.is_empty())
}

/// The names in braces of a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn filled(value: &Value, sources: ClaimSources<'_>) -> Option<Value> {
    match value {
        Value::String(text) => filled_text(text, sources),
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| filled(item, sources)).collect())
        }
        Value::Object(members) => {
            let each = members.iter();
            let all = each.filter_map(|(name, item)| Some((name.clone(), filled(item, sources)?)));
            Some(Value::Object(all.collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.clone()),
    }
}

fn filled_text(text: &str, sources: ClaimSources<'_>) -> Option<Value> {
    let whole = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.contains(['{', '}'])) {
        return sources.value(name);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match sources.value(name)? {
            Value::String(part) => out.push_str(&part),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(Value::String(out))
}

impl ClaimSources<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if name == "client.id" {
            return Some(self.client_id.into());
        }
        let (login, subject, claims) = self.user?;
        let claim = name.strip_prefix("user.")?;
        match claim {
            "subject" => Some(subject.into()),
            // The claim `name` is the person's; without one the login name stands for it.
            "name" => Some(claims.get("name").cloned().unwrap_or_else(|| login.into())),
            claim => claims.get(claim).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Result<CustomClaims, CustomClaimError> {
        let Value::Object(claims) = value else { panic!("an object") };
        CustomClaims::new(claims)
    }

    fn fill(value: Value, user: bool) -> Value {
        let Value::Object(own) = json!({ "email": "alice@example.com", "level": 3 }) else {
            panic!("an object")
        };
        let user = user.then_some(("alice", "a-1", &own));
        let sources = ClaimSources { user, client_id: "web" };
        Value::Object(claims(value).unwrap().fill(sources).collect())
    }

    #[test]
    fn texts_name_parts_of_user_and_client() {
        let asked = json!({
            "tenant": "acme", "mail": "{user.email}", "level": "{user.level}",
            "greeting": "{user.name} by {client.id}", "who": ["{user.subject}"], "open": "a{b",
        });
        let expected = json!({
            "tenant": "acme", "mail": "alice@example.com", "level": 3,
            "greeting": "alice by web", "who": ["a-1"], "open": "a{b",
        });
        assert_eq!(fill(asked, true), expected);
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let asked = json!({ "mail": "{user.email}", "note": "for {user.email}", "t": true });
        assert_eq!(fill(asked.clone(), false), json!({ "t": true }));
        assert_eq!(fill(json!({ "x": "{user.phone}" }), true), json!({}));
    }

    #[test]
    fn the_servers_own_claims_and_unknown_names_are_refused() {
        for name in RESERVED {
            assert_eq!(
                claims(json!({ *name: 1 })),
                Err(CustomClaimError::Reserved((*name).into()))
            );
        }
        let unknown = claims(json!({ "a": ["x {env.HOME}"] }));
        assert_eq!(unknown, Err(CustomClaimError::Unknown("env.HOME".into())));
        assert_eq!(claims(json!({ "a": "x".repeat(4096) })), Err(CustomClaimError::TooMany));
    }
}
