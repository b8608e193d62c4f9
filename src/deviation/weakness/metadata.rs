//! Weaknesses of published documents (RFC 8414, RFC 7517, RFC 9728). They change text only: what a
//! document says, never what an endpoint does.

use serde_json::{Value, json};

use super::{Weakness, json};
use crate::deviation::{Outgoing, Seam};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &JWKS_PRIVATE_KEY,
    &METADATA_ALG_NONE,
    &METADATA_INSECURE_ENDPOINT,
    &METADATA_ISSUER_MISMATCH,
    &PRM_AS_MISMATCH,
    &PRM_RESOURCE_MISMATCH,
];

static JWKS_PRIVATE_KEY: Weakness = Weakness {
    id: "jwks-private-key",
    title: "The published key set has a private member",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/jwks", |set| {
            let keys = set.get_mut("keys").and_then(Value::as_array_mut);
            for key in keys.into_iter().flatten().filter_map(Value::as_object_mut) {
                // Not the real one: a weak lab does not give away the keys of a strict one.
                key.insert("d".to_owned(), json!("bm90IHRoZSByZWFsIHByaXZhdGUga2V5"));
            }
        });
    })],
    dominates: &[],
};

static METADATA_ALG_NONE: Weakness = Weakness {
    id: "metadata-alg-none",
    title: "The metadata offers the signature algorithm none",
    seams: &[Seam::Mangle(|outgoing| {
        both(outgoing, "request_object_signing_alg_values_supported", &json!(["none", "ES256"]));
    })],
    dominates: &[],
};

static METADATA_INSECURE_ENDPOINT: Weakness = Weakness {
    id: "metadata-insecure-endpoint",
    title: "The metadata names an endpoint without TLS",
    seams: &[Seam::Mangle(|outgoing| {
        let aliases = json!({ "token_endpoint": "http://mtls.lab.example/token" });
        both(outgoing, "mtls_endpoint_aliases", &aliases);
    })],
    dominates: &[],
};

static METADATA_ISSUER_MISMATCH: Weakness = Weakness {
    id: "metadata-issuer-mismatch",
    title: "The metadata names another issuer than the one that was asked",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, OPENID, |metadata| {
            metadata.get_mut("issuer").map(append_slash);
        });
    })],
    dominates: &[],
};

static PRM_AS_MISMATCH: Weakness = Weakness {
    id: "prm-as-mismatch",
    title: "An API names an authorization server that is not its issuer",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, PROTECTED, |metadata| {
            let servers = metadata.get_mut("authorization_servers");
            servers.and_then(|servers| servers.get_mut(0)).map(append_slash);
        });
    })],
    dominates: &[],
};

static PRM_RESOURCE_MISMATCH: Weakness = Weakness {
    id: "prm-resource-mismatch",
    title: "An API's metadata names another resource than the one that was asked",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, PROTECTED, |metadata| {
            let Some(resource) = metadata.get_mut("resource") else { return };
            let url = resource.as_str().and_then(|text| url::Url::parse(text).ok());
            if let Some(url) = url {
                *resource = Value::from(url.origin().ascii_serialization());
            }
        });
    })],
    dominates: &[],
};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const PROTECTED: &str = "/.well-known/oauth-protected-resource";

fn both(outgoing: &mut Outgoing<'_>, member: &str, value: &Value) {
    for document in [OAUTH, OPENID] {
        json::change(outgoing, document, |metadata| {
            metadata.insert(member.to_owned(), value.clone());
        });
    }
}

fn append_slash(value: &mut Value) {
    if let Value::String(text) = value {
        text.push('/');
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::tests::changed;
    use super::*;

    #[test]
    fn documents_are_changed_at_their_own_paths() {
        let metadata = json!({ "issuer": "https://a" });
        let seen = changed(METADATA_ISSUER_MISMATCH.seams, OPENID, &metadata);
        assert_eq!(seen["issuer"], "https://a/");
        assert_eq!(changed(METADATA_ISSUER_MISMATCH.seams, OAUTH, &metadata), metadata);
        let keys = json!({ "keys": [{ "kty": "EC" }] });
        assert!(changed(JWKS_PRIVATE_KEY.seams, "/jwks", &keys)["keys"][0]["d"].is_string());
        let path = "/.well-known/oauth-protected-resource/notes";
        let prm =
            json!({ "resource": "https://a:1/notes", "authorization_servers": ["https://b"] });
        assert_eq!(changed(PRM_RESOURCE_MISMATCH.seams, path, &prm)["resource"], "https://a:1");
        let seen = changed(PRM_AS_MISMATCH.seams, path, &prm);
        assert_eq!(seen["authorization_servers"][0], "https://b/");
    }
}
