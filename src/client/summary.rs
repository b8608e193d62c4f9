//! From requests and answers to the fields of a step. Which values are secret is decided here, by
//! their names, and nowhere else.

use http::HeaderName;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE,
    WWW_AUTHENTICATE,
};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::parse;

use super::step::{Field, Received, Sent};
use crate::fetch::{FieldValue, Request, Response};
use crate::protocol::Secret;
use crate::rule::Fact;

/// How names are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privacy {
    /// OAuth messages: what is not known to be secret may be shown.
    Protocol,
    /// Pages of a login: what is not known to be public is secret, since a server may keep anything
    /// in its links and hidden fields.
    Page,
}

const SECRET: &[&str] = &[
    "access_token",
    "assertion",
    "actor_token",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "csrf",
    "device_code",
    "id_token",
    "id_token_hint",
    "interaction",
    "password",
    "refresh_token",
    "registration_access_token",
    "subject_token",
    "token",
    "user_code",
];

const PUBLIC: &[&str] = &[
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "decision",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    "username",
];

const SHOWN_HEADERS: &[HeaderName] = &[CONTENT_TYPE, CACHE_CONTROL, WWW_AUTHENTICATE, RETRY_AFTER];

/// At most this many fields of one message are kept.
const MAX_FIELDS: usize = 64;

impl Privacy {
    /// The value of a parameter or member, typed by its name.
    pub(super) fn field(self, name: &str, value: &str) -> Field {
        let lower = name.to_ascii_lowercase();
        let secret = match self {
            Self::Protocol => {
                SECRET.contains(&&*lower) || lower.contains("password") || lower.ends_with("secret")
            }
            Self::Page => !PUBLIC.contains(&&*lower),
        };
        let value = if secret && !value.is_empty() {
            Fact::Secret(Secret::new(value))
        } else {
            Fact::public(value)
        };
        Field { name: cut(name), value }
    }

    fn form(self, text: &[u8]) -> Vec<Field> {
        parse(text).take(MAX_FIELDS).map(|(name, value)| self.field(&name, &value)).collect()
    }

    /// A URL without its query, and the query's parameters.
    pub(super) fn url(self, text: &str) -> (String, Vec<Field>) {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let query = query.split('#').next().unwrap_or_default();
        (path.split('#').next().unwrap_or_default().to_owned(), self.form(query.as_bytes()))
    }

    fn json(self, body: &[u8]) -> Vec<Field> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => {
                let field = |(name, value): (&String, &Value)| match value {
                    Value::String(text) => self.field(name, text),
                    other => self.field(name, &other.to_string()),
                };
                members.iter().take(MAX_FIELDS).map(field).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a request sends.
    pub(super) fn sent(self, request: &Request) -> Sent {
        let (url, query) = self.url(&request.url);
        let named = |wanted: &HeaderName| {
            request.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
        };
        let is_form =
            matches!(named(&CONTENT_TYPE), Some(FieldValue::Public(kind)) if kind.contains("form"));
        let body = if is_form { self.form(&request.body) } else { self.json(&request.body) };
        let headers = request.headers.iter().map(|(name, value)| Field {
            name: name.to_string(),
            value: match value {
                FieldValue::Public(text) if *name != AUTHORIZATION && *name != COOKIE => {
                    Fact::public(text)
                }
                FieldValue::Public(text) => Fact::Secret(Secret::new(text.as_str())),
                FieldValue::Secret(secret) => Fact::Secret(secret.clone()),
            },
        });
        Sent { method: request.method.to_string(), url, query, headers: headers.collect(), body }
    }

    /// What an answer brings.
    pub(super) fn received(self, response: &Response) -> Received {
        let mut headers = Vec::new();
        for name in SHOWN_HEADERS {
            for value in response.header_all(name.as_str()).take(4) {
                headers.push(Field { name: name.to_string(), value: Fact::public(value) });
            }
        }
        for value in response.header_all(SET_COOKIE.as_str()).take(8) {
            headers.push(Field {
                name: SET_COOKIE.to_string(),
                value: Fact::Secret(Secret::new(value)),
            });
        }
        let location = response.header(LOCATION.as_str()).map(|target| self.url(target));
        let (location, fields) = match location {
            Some((target, query)) => (Some(cut(&target)), query),
            None => (None, self.json(&response.body)),
        };
        Received { status: Some(response.status), headers, location, fields }
    }
}

/// A URL for people: without query, fragment and user info, and not too long.
pub(super) fn endpoint(url: &str) -> String {
    let bare = Url::parse(url).map(|mut url| {
        url.set_query(None);
        url.set_fragment(None);
        // Fails only for URLs that have no host, and those have no user either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    });
    cut(&bare.unwrap_or_else(|_| url.split(['?', '#']).next().unwrap_or_default().to_owned()))
}

/// The beginning of an untrusted text.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(256).collect()
}
