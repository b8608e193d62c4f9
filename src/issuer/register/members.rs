//! The members of a metadata document, with the types that the specifications give them (RFC 7591
//! §2 and the registry that it opens).

use serde_json::{Map, Value};

/// A JSON object whose known members have the right types.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Members(Map<String, Value>);

const TEXTS: &[&str] = &[
    "token_endpoint_auth_method",
    "scope",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "application_type",
    "id_token_signed_response_alg",
    "software_id",
    "software_version",
    "software_statement",
    "client_id",
    "client_secret",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
];

const LISTS: &[&str] = &[
    "redirect_uris",
    "grant_types",
    "response_types",
    "authorization_details_types",
    "default_acr_values",
    "post_logout_redirect_uris",
];

const FLAGS: &[&str] = &[
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "require_auth_time",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
];

const NUMBERS: &[&str] = &["default_max_age"];
const OBJECTS: &[&str] = &["jwks"];

impl Members {
    /// Reads a document. Null counts as absent, and unknown members stay what they are (RFC 7591
    /// §2).
    pub(in crate::issuer) fn read(body: &[u8]) -> Option<Self> {
        Self::of(serde_json::from_slice(body).ok()?)
    }

    /// Members that were read elsewhere.
    pub(in crate::issuer) fn of(mut members: Map<String, Value>) -> Option<Self> {
        members.retain(|_, value| !value.is_null());
        members.iter().all(|(name, value)| typed(name, value)).then_some(Self(members))
    }

    /// Puts these members over its own (RFC 7591 §2.3).
    pub(super) fn override_with(&mut self, stronger: Self) {
        self.0.extend(stronger.0);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Which of these are there.
    pub(super) fn any<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| self.0.contains_key(*name))
    }

    pub(in crate::issuer) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(in crate::issuer) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.0.get(name)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

fn typed(name: &str, value: &Value) -> bool {
    let is = |names: &[&str]| names.contains(&name);
    if is(TEXTS) {
        value.is_string()
    } else if is(LISTS) {
        value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
    } else if is(FLAGS) {
        value.is_boolean()
    } else if is(NUMBERS) {
        value.is_u64()
    } else {
        !is(OBJECTS) || value.is_object()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_have_their_types() {
        for (name, good, bad) in [
            ("scope", json!("a"), json!(["a"])),
            ("redirect_uris", json!(["a"]), json!("a")),
            ("redirect_uris", json!([]), json!([1])),
            ("dpop_bound_access_tokens", json!(false), json!("false")),
            ("default_max_age", json!(60), json!(-1)),
            ("default_max_age", json!(0), json!("60")),
            ("jwks", json!({}), json!("{}")),
            ("something_else", json!([1, {}]), json!(null)),
        ] {
            assert!(Members::read(json!({ name: good }).to_string().as_bytes()).is_some());
            let read = Members::read(json!({ name: bad }).to_string().as_bytes());
            assert_eq!(read.is_some(), bad.is_null(), "{name}: {bad}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Members::read(&body);
        }

        #[test]
        fn null_is_absent(name in "[a-z_]{1,40}") {
            let members = Members::read(json!({ &name: null }).to_string().as_bytes()).unwrap();
            prop_assert!(members.any(&[&name]).is_none());
        }
    }
}
