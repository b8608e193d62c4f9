//! Weaknesses of published documents (RFC 8414, RFC 7517, RFC 9728). They change text only: what a
//! document says, never what an endpoint does.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Weakness, json};
use crate::deviation::{Outgoing, Seam};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &JWKS_PRIVATE_KEY,
    &METADATA_ALG_NONE,
    &METADATA_ALG_WEAK,
    &METADATA_CONTENT_TYPE,
    &METADATA_DOCUMENTS_DISAGREE,
    &METADATA_FOREIGN_HOST,
    &METADATA_HIDDEN_GRANT,
    &METADATA_HOST_INJECTION,
    &METADATA_IMPLICIT,
    &METADATA_INSECURE_ENDPOINT,
    &METADATA_INTERNAL_LEAK,
    &METADATA_ISSUER_FORM,
    &METADATA_ISSUER_MISMATCH,
    &METADATA_ISS_PARAM,
    &METADATA_NO_ASYMMETRIC_AUTH,
    &METADATA_PKCE_NOT_ADVERTISED,
    &METADATA_PKCE_PLAIN,
    &METADATA_ROPC,
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

static METADATA_ALG_WEAK: Weakness = Weakness {
    id: "metadata-alg-weak",
    title: "The metadata offers to sign ID tokens with a shared secret",
    seams: &[Seam::Mangle(|outgoing| {
        in_list(outgoing, "id_token_signing_alg_values_supported", |list| {
            list.push(json!("HS256"));
        });
    })],
    dominates: &[],
};

static METADATA_CONTENT_TYPE: Weakness = Weakness {
    id: "metadata-content-type",
    title: "The metadata is served as HTML",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.contains(OAUTH) {
            outgoing.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        }
    })],
    dominates: &[],
};

static METADATA_DOCUMENTS_DISAGREE: Weakness = Weakness {
    id: "metadata-documents-disagree",
    title: "The OpenID Connect document names an old token endpoint",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, OPENID, |metadata| {
            if let Some(Value::String(endpoint)) = metadata.get_mut("token_endpoint") {
                endpoint.push_str("/v1");
            }
        });
    })],
    dominates: &[],
};

static METADATA_FOREIGN_HOST: Weakness = Weakness {
    id: "metadata-foreign-host",
    title: "The metadata names a session frame at an unrelated host",
    seams: &[Seam::Mangle(|outgoing| {
        both(outgoing, "check_session_iframe", &json!("https://session.other.example/"));
    })],
    dominates: &[],
};

static METADATA_HIDDEN_GRANT: Weakness = Weakness {
    id: "metadata-hidden-grant",
    title: "A grant works that the metadata does not list",
    seams: &[Seam::Mangle(|outgoing| {
        in_list(outgoing, "grant_types_supported", |list| {
            list.retain(|grant| grant.as_str() != Some("client_credentials"));
        });
    })],
    dominates: &["dcr-privileged-grant"],
};

static METADATA_HOST_INJECTION: Weakness = Weakness {
    id: "metadata-host-injection",
    title: "The URLs of the metadata follow X-Forwarded-Host",
    seams: &[Seam::Mangle(|outgoing| {
        let Some(host) = outgoing.asked.header("x-forwarded-host").map(str::to_owned) else {
            return;
        };
        for document in [OAUTH, OPENID] {
            json::change(outgoing, document, |metadata| {
                for url in metadata.values_mut() {
                    let moved = url.as_str().and_then(|text| moved_to(text, &host));
                    if let Some(moved) = moved {
                        *url = Value::from(moved);
                    }
                }
            });
        }
    })],
    dominates: &[],
};

static METADATA_IMPLICIT: Weakness = Weakness {
    id: "metadata-implicit",
    title: "The metadata offers response types that put tokens into the URL",
    seams: &[Seam::Mangle(|outgoing| {
        in_list(outgoing, "response_types_supported", |list| list.push(json!("token")));
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

static METADATA_INTERNAL_LEAK: Weakness = Weakness {
    id: "metadata-internal-leak",
    title: "The metadata names a server of the inside",
    seams: &[Seam::Mangle(|outgoing| {
        both(outgoing, "x_debug_upstream", &json!("http://10.0.0.7:8080"));
    })],
    dominates: &[],
};

static METADATA_ISSUER_FORM: Weakness = Weakness {
    id: "metadata-issuer-form",
    title: "The issuer of the metadata has a query",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, OPENID, |metadata| {
            if let Some(Value::String(issuer)) = metadata.get_mut("issuer") {
                issuer.push_str("?v=1");
            }
        });
    })],
    dominates: &["metadata-issuer-mismatch"],
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

static METADATA_ISS_PARAM: Weakness = Weakness {
    id: "metadata-iss-param",
    title: "The metadata does not say that responses name their issuer",
    seams: &[Seam::Mangle(|outgoing| {
        without(outgoing, "authorization_response_iss_parameter_supported");
    })],
    dominates: &[],
};

static METADATA_NO_ASYMMETRIC_AUTH: Weakness = Weakness {
    id: "metadata-no-asymmetric-auth",
    title: "The metadata offers shared secrets alone",
    seams: &[Seam::Mangle(|outgoing| {
        let secrets = json!(["client_secret_basic", "client_secret_post", "none"]);
        both(outgoing, "token_endpoint_auth_methods_supported", &secrets);
    })],
    dominates: &[],
};

static METADATA_PKCE_NOT_ADVERTISED: Weakness = Weakness {
    id: "metadata-pkce-not-advertised",
    title: "The metadata does not offer PKCE",
    seams: &[Seam::Mangle(|outgoing| without(outgoing, "code_challenge_methods_supported"))],
    dominates: &[],
};

static METADATA_PKCE_PLAIN: Weakness = Weakness {
    id: "metadata-pkce-plain",
    title: "The metadata offers PKCE without a hash",
    seams: &[Seam::Mangle(|outgoing| {
        in_list(outgoing, "code_challenge_methods_supported", |list| list.push(json!("plain")));
    })],
    dominates: &[],
};

static METADATA_ROPC: Weakness = Weakness {
    id: "metadata-ropc",
    title: "The metadata offers the password grant",
    seams: &[Seam::Mangle(|outgoing| {
        in_list(outgoing, "grant_types_supported", |list| list.push(json!("password")));
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

fn without(outgoing: &mut Outgoing<'_>, member: &str) {
    for document in [OAUTH, OPENID] {
        json::change(outgoing, document, |metadata| {
            metadata.remove(member);
        });
    }
}

fn in_list(outgoing: &mut Outgoing<'_>, member: &str, change: fn(&mut Vec<Value>)) {
    for document in [OAUTH, OPENID] {
        json::change(outgoing, document, |metadata| {
            metadata.get_mut(member).and_then(Value::as_array_mut).map(change);
        });
    }
}

/// The same URL at another host.
fn moved_to(url: &str, host: &str) -> Option<String> {
    let mut url = url::Url::parse(url).ok().filter(url::Url::has_host)?;
    url.set_port(None).ok()?;
    url.set_host(Some(host)).ok()?;
    Some(url.into())
}

fn append_slash(value: &mut Value) {
    if let Value::String(text) = value {
        text.push('/');
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::tests::{answered, changed};
    use super::*;
    use crate::deviation::Asked;

    #[test]
    fn urls_follow_a_header_and_nothing_else() {
        let metadata = json!({ "issuer": "https://a:1", "jwks_uri": "https://a:1/jwks", "x": "y" });
        let seams = METADATA_HOST_INJECTION.seams;
        assert_eq!(changed(seams, OAUTH, &metadata), metadata);
        let mut asked = Asked::default();
        asked.headers.insert("x-forwarded-host", "evil.example".parse().unwrap());
        let seen = answered(seams, OAUTH, &metadata, &asked);
        assert_eq!(
            (&seen["jwks_uri"], &seen["x"]),
            (&json!("https://evil.example/jwks"), &json!("y"))
        );
    }

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
