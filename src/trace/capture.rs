//! From the wire to typed fields. Bounded in every dimension: fields, names, values, depth.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::classify::{self, Class, HeaderClass};
use super::exchange::Field;
use super::text::Text;
use crate::protocol::Form;

/// At most this many fields of one query, form, document or header block.
const MAX_FIELDS: usize = 64;
/// Objects in a document are followed this deep.
const MAX_DEPTH: usize = 5;

/// The fields of a body, read as its media type says. Bodies of other types are not kept.
pub fn body(content_type: &str, bytes: &[u8]) -> Vec<Field> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if bytes.is_empty() {
        Vec::new()
    } else if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        form(bytes)
    } else if is_json(media_type) {
        json(bytes)
    } else {
        Vec::new()
    }
}

/// Whether a content type is JSON: `application/json` or `application/…+json`.
pub fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    let lower = media_type.trim().to_ascii_lowercase();
    lower == "application/json" || (lower.starts_with("application/") && lower.ends_with("+json"))
}

/// The path of a request.
pub fn path(path: &str) -> Text {
    Text::path(path)
}

/// The parameters of a query.
pub fn query(query: Option<&str>) -> Vec<Field> {
    query.map_or_else(Vec::new, |query| form(query.as_bytes()))
}

/// The parameters of a form. One that cannot be read is one secret.
fn form(body: &[u8]) -> Vec<Field> {
    let Ok(form) = Form::parse_lenient(body) else { return vec![unreadable(body)] };
    form.iter().take(MAX_FIELDS).map(|(name, value)| member(name, name, value.expose())).collect()
}

/// The members of a JSON document, those of inner objects with dotted names.
fn json(body: &[u8]) -> Vec<Field> {
    let Ok(document) = serde_json::from_slice::<Value>(body) else { return vec![unreadable(body)] };
    let mut fields = Vec::new();
    walk("", "", &document, 0, &mut fields);
    fields
}

fn walk(path: &str, name: &str, value: &Value, depth: usize, fields: &mut Vec<Field>) {
    if fields.len() >= MAX_FIELDS {
        return;
    }
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (key, value) in members {
                walk(&inside(key), key, value, depth + 1, fields);
            }
        }
        Value::Array(items) if depth < MAX_DEPTH && items.iter().any(Value::is_object) => {
            for (i, item) in items.iter().enumerate() {
                walk(&inside(&i.to_string()), name, item, depth + 1, fields);
            }
        }
        Value::String(text) => fields.push(member(path, name, text)),
        Value::Bool(_) | Value::Null => {
            fields.push(Field { name: dotted(path), value: Text::public(value.to_string()) });
        }
        Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            fields.push(member(path, name, &value.to_string()));
        }
    }
}

/// A dotted path, each of its names judged by itself.
fn dotted(path: &str) -> Text {
    let mut text = Text::default();
    for (i, name) in path.split('.').enumerate() {
        if i > 0 {
            text.push(Text::public("."));
        }
        text.push(Text::name(name));
    }
    text
}

fn member(path: &str, name: &str, value: &str) -> Field {
    let value = match classify::member(name) {
        Class::Public => Text::public(value),
        Class::Url => Text::url(value),
        Class::Secret(label) => Text::secret(label, value),
    };
    Field { name: dotted(path), value }
}

fn unreadable(body: &[u8]) -> Field {
    let value = Text::secret("body", String::from_utf8_lossy(body));
    Field { name: Text::public("(unreadable)"), value }
}

/// The chosen headers of a request.
pub fn request_headers(headers: &HeaderMap) -> Vec<Field> {
    chosen(headers, classify::request_header)
}

/// The chosen headers of a response.
pub fn response_headers(headers: &HeaderMap) -> Vec<Field> {
    chosen(headers, classify::response_header)
}

fn chosen(headers: &HeaderMap, class: fn(&str) -> Option<HeaderClass>) -> Vec<Field> {
    let mut fields = Vec::new();
    for (name, value) in headers {
        let Some(class) = class(name.as_str()) else { continue };
        if fields.len() == MAX_FIELDS {
            break;
        }
        let text = String::from_utf8_lossy(value.as_bytes());
        let value = match class {
            HeaderClass::Public => Text::public(text),
            HeaderClass::Url => Text::url(&text),
            HeaderClass::Secret(label) => Text::secret(label, text),
            HeaderClass::Authorization => authorization(&text),
            HeaderClass::Cookies => cookies(&text),
            HeaderClass::SetCookie => set_cookie(&text),
        };
        fields.push(Field { name: Text::public(name.as_str()), value });
    }
    fields
}

/// The scheme and, of Basic credentials, the client id are shown (RFC 6749 §2.3.1).
fn authorization(header: &str) -> Text {
    let Some((scheme, credentials)) = header.split_once(' ') else {
        return Text::secret("credentials", header);
    };
    let mut text = match scheme.to_ascii_lowercase().as_str() {
        "basic" | "bearer" | "dpop" => Text::public(format!("{scheme} ")),
        _ => return Text::secret("credentials", header),
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        text.push(Text::secret("access_token", credentials.trim()));
        return text;
    }
    match basic(credentials.trim()) {
        Some((id, secret)) => {
            text.push(Text::name(&id));
            text.push(Text::public(":"));
            text.push(Text::secret("client_secret", secret));
        }
        None => text.push(Text::secret("credentials", credentials)),
    }
    text
}

fn basic(credentials: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| crate::protocol::percent_decode(text.as_bytes()).ok();
    Some((decode(id)?, decode(secret)?))
}

fn cookies(header: &str) -> Text {
    let mut text = Text::default();
    for (i, cookie) in header.split(';').enumerate() {
        if i > 0 {
            text.push(Text::public("; "));
        }
        text.push(name_and_value(cookie.trim()));
    }
    text
}

/// Name and value, then attributes (RFC 6265 §4.1.1).
fn set_cookie(header: &str) -> Text {
    let (cookie, attributes) = header.split_once(';').unwrap_or((header, ""));
    let mut text = name_and_value(cookie);
    if !attributes.is_empty() {
        text.push(Text::public(format!(";{attributes}")));
    }
    text
}

fn name_and_value(cookie: &str) -> Text {
    let Some((name, value)) = cookie.split_once('=') else { return Text::secret("cookie", cookie) };
    let mut text = Text::name(name);
    text.push(Text::public("="));
    text.push(Text::secret("cookie", value));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Secret;
    use crate::trace::Part;

    fn field<'a>(fields: &'a [Field], name: &str) -> &'a Text {
        &fields.iter().find(|field| field.name.as_public() == Some(name)).unwrap().value
    }

    #[test]
    fn a_form_is_typed_by_the_names_of_its_parameters() {
        let fields = form(b"grant_type=authorization_code&code=c0de&client_id=web&other=x");
        assert_eq!(field(&fields, "grant_type").as_public(), Some("authorization_code"));
        assert_eq!(field(&fields, "client_id").as_public(), Some("web"));
        assert_eq!(field(&fields, "code").parts(), [Part::Secret("code", Secret::new("c0de"))]);
        assert_eq!(field(&fields, "other").as_public(), None);
    }

    #[test]
    fn members_of_inner_objects_are_typed_by_their_own_name() {
        let fields = json(br#"{"keys":[{"kty":"EC","d":"private"}],"redirect_uris":["a"],"n":7}"#);
        assert_eq!(field(&fields, "keys.0.kty").as_public(), Some("EC"));
        assert_eq!(field(&fields, "keys.0.d").as_public(), None);
        assert_eq!(field(&fields, "redirect_uris").as_public(), Some(r#"["a"]"#));
        assert_eq!(field(&fields, "n").as_public(), None);
    }

    #[test]
    fn the_secret_of_basic_credentials_is_decoded_and_the_client_shown() {
        let header = format!("Basic {}", STANDARD.encode("web:s%2Bt"));
        let expected =
            [Part::Public("Basic web:".into()), Part::Secret("client_secret", Secret::new("s+t"))];
        assert_eq!(authorization(&header).parts(), expected);
        for odd in ["Basic !", "Bearer", "Weird xyz", ""] {
            let shown = authorization(odd);
            let public = shown.parts().iter().filter(|part| matches!(part, Part::Public(_)));
            assert!(public.count() <= 1, "{odd}");
        }
    }

    #[test]
    fn cookies_show_their_names_only() {
        let text = cookies("__Host-session=abc; theme=dark");
        assert_eq!(text.secrets().count(), 2);
        let text = set_cookie("__Host-session=abc; Secure; Path=/");
        assert_eq!(text.parts().last(), Some(&Part::Public("; Secure; Path=/".into())));
    }

    #[test]
    fn floods_are_cut() {
        let body = "a=1&".repeat(90);
        assert_eq!(form(body.as_bytes()).len(), MAX_FIELDS);
        let wide = format!("[{}]", vec![r#"{"a":1}"#; 500].join(","));
        assert_eq!(json(wide.as_bytes()).len(), MAX_FIELDS);
        let deep = format!("{}1{}", r#"{"a":"#.repeat(60), "}".repeat(60));
        assert_eq!(json(deep.as_bytes()).len(), 1);
    }
}
