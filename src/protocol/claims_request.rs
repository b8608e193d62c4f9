//! The `claims` parameter (OpenID Connect Core §5.5): claims that are asked for one by one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounded_json::{self, Bounds};

const BOUNDS: Bounds = Bounds { bytes: 8 * 1024, depth: 5, parts: 64 };

/// Claims that are asked for, by where they are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// From the userinfo endpoint.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, ClaimWish>,
    /// In the ID token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, ClaimWish>,
}

/// How one claim is wanted (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimWish {
    /// Whether the client cannot go on well without it.
    pub essential: bool,
    /// The values that will do, the preferred one first; none means any.
    pub values: Vec<Value>,
}

/// Not a claims request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "claims is a JSON object with userinfo and id_token, at most 8 KiB, 5 levels and 64 members"
)]
pub struct ClaimsMalformed;

impl ClaimsRequest {
    /// Parses the parameter. Members that we do not know are ignored, as §5.5 asks for.
    pub fn parse(text: &str) -> Result<Self, ClaimsMalformed> {
        let Some(Value::Object(mut all)) = bounded_json::parse(text, BOUNDS) else {
            return Err(ClaimsMalformed);
        };
        Ok(Self {
            userinfo: wishes(all.remove("userinfo"))?,
            id_token: wishes(all.remove("id_token"))?,
        })
    }

    /// As it is kept with a grant.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// From what was kept with a grant.
    pub fn of_value(value: Option<&Value>) -> Self {
        value.and_then(|value| Self::deserialize(value).ok()).unwrap_or_default()
    }

    /// The names of all claims that are asked for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.userinfo.keys().chain(self.id_token.keys()).map(String::as_str)
    }

    /// The user that is meant, where `sub` is asked for with a value (§5.5.1).
    pub fn subject(&self) -> Option<&str> {
        let wishes = [self.id_token.get("sub"), self.userinfo.get("sub")];
        wishes.into_iter().flatten().find_map(|wish| wish.values.first()).and_then(Value::as_str)
    }

    /// How `acr` is wanted in the ID token (§5.5.1.1).
    pub fn acr(&self) -> Option<&ClaimWish> {
        self.id_token.get("acr")
    }
}

fn wishes(members: Option<Value>) -> Result<BTreeMap<String, ClaimWish>, ClaimsMalformed> {
    match members {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(members)) => {
            members.into_iter().map(|(name, value)| Ok((name, wish(value)?))).collect()
        }
        Some(_) => Err(ClaimsMalformed),
    }
}

fn wish(value: Value) -> Result<ClaimWish, ClaimsMalformed> {
    let mut members = match value {
        Value::Null => Map::new(),
        Value::Object(members) => members,
        _ => return Err(ClaimsMalformed),
    };
    let essential = match members.remove("essential") {
        None => false,
        Some(value) => value.as_bool().ok_or(ClaimsMalformed)?,
    };
    let values = match (members.remove("value"), members.remove("values")) {
        (None, None) => Vec::new(),
        (Some(one), None) => vec![one],
        (None, Some(Value::Array(values))) => values,
        (_, Some(_)) => return Err(ClaimsMalformed),
    };
    Ok(ClaimWish { essential, values })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The shape of the example in OpenID Connect Core §5.5.
    #[test]
    fn the_shape_of_the_specification_is_read() {
        let text = r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,
            "http://example.info/claims/groups":null},
            "id_token":{"auth_time":{"essential":true},"acr":{"values":["one","two"]}},"other":1}"#;
        let read = ClaimsRequest::parse(text).unwrap();
        assert!(read.userinfo["given_name"].essential && !read.userinfo["nickname"].essential);
        assert_eq!(read.acr().unwrap().values, [json!("one"), json!("two")]);
        assert_eq!(read.names().count(), 5);
        assert_eq!(ClaimsRequest::of_value(Some(&read.to_value())), read);
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        for text in [
            "",
            "[]",
            "1",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":1}}"#,
            r#"{"userinfo":{"name":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"name":{"values":"a"}}}"#,
            r#"{"userinfo":{"name":{"value":1,"values":[1]}}}"#,
            r#"{"userinfo":{"name":null,"name":null}}"#,
            r#"{"userinfo":{"a":{"value":{"b":{"c":{"d":1}}}}}}"#,
        ] {
            assert_eq!(ClaimsRequest::parse(text), Err(ClaimsMalformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_read_survives_being_kept(
            names in prop::collection::vec("[a-z]{1,6}", 0..8),
            essential in any::<bool>(),
            noise in "\\PC{0,64}",
        ) {
            let _ = ClaimsRequest::parse(&noise);
            let members: Map<_, _> =
                names.into_iter().map(|name| (name, json!({ "essential": essential }))).collect();
            let text = json!({ "userinfo": members, "id_token": { "sub": { "value": noise } } });
            let read = ClaimsRequest::parse(&text.to_string()).unwrap();
            prop_assert_eq!(read.userinfo.len(), members.len());
            prop_assert_eq!(read.subject(), Some(noise.as_str()));
            prop_assert_eq!(ClaimsRequest::of_value(Some(&read.to_value())), read);
        }
    }
}
