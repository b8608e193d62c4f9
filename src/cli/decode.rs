//! A JWT, read and not verified (RFC 7519 section 3): for looking, never for deciding.

use serde::Serialize;
use serde_json::{Map, Value};

use super::escape;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::protocol::jose::Jws;
use crate::protocol::{Audience, IntrospectionResponse, Secret};

/// Header and claims (`oauthlab.jwt/v1`).
#[derive(Debug, Serialize)]
pub(super) struct Decoded {
    schema: &'static str,
    verified: bool,
    header: Value,
    claims: Map<String, Value>,
}

/// Reads a token that is a JWT.
pub(super) fn jwt(token: &Secret) -> Result<Decoded, Error> {
    let opaque = |_| {
        let hint = "an opaque token can only be asked about: leave --local out";
        Error::usage("this token is not a JWT", hint)
    };
    let jws = Jws::decode(token.expose()).map_err(opaque)?;
    let claims: Map<String, Value> = jws.claims().map_err(opaque)?;
    let mut header = Map::new();
    header.insert("alg".to_owned(), jws.header.alg.into());
    for (name, value) in [("kid", jws.header.kid), ("typ", jws.header.typ)] {
        header.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    }
    if let Some(critical) = jws.header.crit {
        header.insert("crit".to_owned(), critical.into());
    }
    Ok(Decoded { schema: "oauthlab.jwt/v1", verified: false, header: header.into(), claims })
}

/// Both parts for people, with times in words.
pub(super) fn text(jwt: &Decoded, now: Timestamp) -> String {
    let claims = Value::Object(jwt.claims.clone());
    let expired =
        jwt.claims.get("exp").and_then(Value::as_u64).is_some_and(|exp| exp <= now.secs());
    let note = if expired { "\nexpired\n" } else { "" };
    format!("header\n{}\nclaims\n{}{note}", table(&jwt.header, "  "), table(&claims, "  "))
}

/// The members of an object, one a line.
pub(super) fn table(members: &Value, indent: &str) -> String {
    let Value::Object(members) = members else { return String::new() };
    let widest = members.keys().map(String::len).max().unwrap_or(0);
    let line = |(name, value): (&String, &Value)| {
        let name = format!("{:widest$}", escape::line(name));
        format!("{indent}{name}  {}\n", shown(name.trim(), value))
    };
    members.iter().map(line).collect()
}

fn shown(name: &str, value: &Value) -> String {
    let time = matches!(name, "exp" | "iat" | "nbf" | "auth_time");
    match value {
        Value::String(text) => escape::line(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            escape::line(&items.join(" "))
        }
        Value::Number(number) => match number.as_u64().filter(|_| time).and_then(date) {
            Some(date) => format!("{number} ({date})"),
            None => number.to_string(),
        },
        other => escape::line(&other.to_string()),
    }
}

/// RFC 3339 of seconds since the epoch, within the years that it can write.
fn date(secs: u64) -> Option<String> {
    const YEAR_9999: u64 = 253_402_300_799;
    let since = std::time::Duration::from_secs(secs);
    (secs <= YEAR_9999)
        .then(|| humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string())
}

/// The claims in the shape of an introspection answer; active means not expired.
pub(super) fn as_introspection(jwt: &Decoded, now: Timestamp) -> IntrospectionResponse {
    let text = |name: &str| jwt.claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| jwt.claims.get(name).and_then(Value::as_u64);
    let audience = jwt.claims.get("aud").cloned().map(serde_json::from_value::<Audience>);
    IntrospectionResponse {
        active: number("exp").is_some_and(|exp| exp > now.secs()),
        scope: text("scope"),
        client_id: text("client_id"),
        exp: number("exp"),
        iat: number("iat"),
        sub: text("sub"),
        aud: audience.and_then(Result::ok).unwrap_or_default(),
        iss: text("iss"),
        jti: text("jti"),
        ..IntrospectionResponse::default()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn token(claims: &str) -> Secret {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Secret::new(format!(
            "{}.{}.c2ln",
            encode(r#"{"alg":"ES256","typ":"at+jwt"}"#),
            encode(claims)
        ))
    }

    #[test]
    fn a_jwt_is_shown_with_its_times_and_without_its_signature() {
        let jwt = jwt(&token(r#"{"sub":"a\u001b[2Jb","exp":1300819380,"aud":["x","y"]}"#)).unwrap();
        let text = text(&jwt, Timestamp::from_secs(1_300_819_381));
        assert!(text.contains("exp  1300819380 (2011-03-22T18:43:00Z)"), "{text}");
        assert!(text.contains("aud  x y") && text.ends_with("expired\n"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("c2ln"));
    }

    #[test]
    fn expiry_and_audience_are_read_for_the_exit_code() {
        let jwt = jwt(&token(r#"{"exp":100,"scope":"a b","aud":"x"}"#)).unwrap();
        let at = |secs| as_introspection(&jwt, Timestamp::from_secs(secs));
        assert!(at(99).active && !at(100).active);
        assert_eq!(at(1).aud.as_slice(), ["x"]);
    }

    #[test]
    fn an_opaque_token_is_no_jwt() {
        assert_eq!(jwt(&Secret::new("opaque")).unwrap_err().exit().code(), 2);
    }
}
