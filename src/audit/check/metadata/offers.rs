//! What the metadata offers and should not, or should and does not: one row, one member.

use super::super::{Check, Group, Seeded, Text};
use super::documents;
use crate::audit::evidence::{Document, Evidence, Profile};
use crate::audit::finding::{Confidence, Judgement, Severity};

/// What is wrong with a document, in words.
type Fault = fn(&Document) -> Option<String>;

/// Title, severity and texts of a row.
#[derive(Clone, Copy)]
struct Words {
    title: &'static str,
    severity: Severity,
    does: &'static str,
    why: &'static str,
    shown: &'static str,
    fix: &'static str,
}

const fn row(
    id: &'static str,
    references: &'static [&'static str],
    words: Words,
    run: super::super::Run,
) -> Check {
    let Words { title, severity, does, why, shown, fix } = words;
    Check {
        id,
        group: Group::Metadata,
        title,
        severity,
        confidence: Confidence::Medium,
        needs: &[],
        references,
        text: Text { does, why, shown, fix },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(in crate::audit::check) static METADATA_ALG_WEAK: Check = row(
    "metadata-alg-weak",
    &["FAPI 2.0 Security Profile §5.4.1", "RFC 8725 §3.2"],
    Words {
        title: "The metadata offers weak signature algorithms",
        severity: Severity::Low,
        does: "Looks for HS256 and its kin among the algorithms of ID tokens; under the profile fapi2 for anything but PS256, ES256 and EdDSA in every list.",
        why: "A signature with a shared secret proves nothing to a third party, and PKCS #1 v1.5 is what high-security profiles leave behind.",
        shown: "A list of both metadata documents has such an algorithm.",
        fix: "Sign with ES256, PS256 or EdDSA, and offer nothing else.",
    },
    |_, evidence| {
        let strict = evidence.profile == Profile::Fapi2;
        let fault = if strict { beyond_fapi } else { symmetric };
        Box::pin(async move { Ok(judge(evidence, "no weak algorithm", fault)) })
    },
);

pub(in crate::audit::check) static METADATA_IMPLICIT: Check = row(
    "metadata-implicit",
    &["RFC 9700 §2.1.2"],
    Words {
        title: "The metadata offers response types that put tokens into the URL",
        severity: Severity::Medium,
        does: "Looks for token in response_types_supported of both metadata documents.",
        why: "Access tokens in the front channel leak through history, referrers and injected scripts, and cannot be bound to the client.",
        shown: "A response type contains token.",
        fix: "Offer code alone, and refuse the others at the authorization endpoint.",
    },
    |_, evidence| Box::pin(async { Ok(judge(evidence, "no response type with token", implicit)) }),
);

pub(in crate::audit::check) static METADATA_ISS_PARAM: Check = row(
    "metadata-iss-param",
    &["RFC 9207 §3", "RFC 9207 §2.3"],
    Words {
        title: "The metadata does not say that responses name their issuer",
        severity: Severity::Low,
        does: "Reads authorization_response_iss_parameter_supported in both metadata documents.",
        why: "A client that cannot rely on iss in the response cannot tell whose code it was sent, and may take it to another server's token endpoint.",
        shown: "The member is missing or not true.",
        fix: "Send iss with every authorization response, and say so with authorization_response_iss_parameter_supported: true.",
    },
    |_, evidence| {
        Box::pin(async { Ok(judge(evidence, "the parameter iss is promised", without_iss)) })
    },
);

pub(in crate::audit::check) static METADATA_NO_ASYMMETRIC_AUTH: Check = row(
    "metadata-no-asymmetric-auth",
    &["RFC 9700 §2.5", "OWASP ASVS 5.0 10.4.16"],
    Words {
        title: "The metadata offers no client authentication by key",
        severity: Severity::Low,
        does: "Looks for private_key_jwt, tls_client_auth and self_signed_tls_client_auth in token_endpoint_auth_methods_supported.",
        why: "A shared secret travels with every request and lies at the server: whoever reads either is the client.",
        shown: "A document lists methods for the token endpoint, and none of them uses a key.",
        fix: "Offer private_key_jwt or mutual TLS.",
    },
    |_, evidence| {
        Box::pin(async { Ok(judge(evidence, "a method with a key is offered", without_keys)) })
    },
);

pub(in crate::audit::check) static METADATA_PKCE_NOT_ADVERTISED: Check = row(
    "metadata-pkce-not-advertised",
    &["RFC 9700 §2.1.1"],
    Words {
        title: "The metadata does not offer PKCE with S256",
        severity: Severity::Medium,
        does: "Looks for S256 in code_challenge_methods_supported of both metadata documents.",
        why: "A client cannot know that PKCE protects its codes; careful ones refuse to go on.",
        shown: "The member is missing, or does not contain S256.",
        fix: "Publish code_challenge_methods_supported with S256 in every metadata document.",
    },
    |_, evidence| Box::pin(async { Ok(judge(evidence, "S256 is offered", without_s256)) }),
);

pub(in crate::audit::check) static METADATA_PKCE_PLAIN: Check = row(
    "metadata-pkce-plain",
    &["RFC 9700 §2.1.1", "OWASP ASVS 5.0 10.4.6"],
    Words {
        title: "The metadata offers PKCE without a hash",
        severity: Severity::Medium,
        does: "Looks for plain in code_challenge_methods_supported of both metadata documents.",
        why: "With plain the verifier itself stands in the authorization request: whoever sees that can redeem the code.",
        shown: "The list of challenge methods contains plain.",
        fix: "Offer S256 alone, and refuse requests with plain.",
    },
    |_, evidence| Box::pin(async { Ok(judge(evidence, "plain is not offered", with_plain)) }),
);

pub(in crate::audit::check) static METADATA_ROPC: Check = row(
    "metadata-ropc",
    &["RFC 9700 §2.4"],
    Words {
        title: "The metadata offers the password grant",
        severity: Severity::Medium,
        does: "Looks for password in grant_types_supported of both metadata documents.",
        why: "The grant teaches users to give their password to clients, and leaves no room for a second factor.",
        shown: "The list of grant types contains password.",
        fix: "Remove the password grant, and let its clients use the authorization code or the device grant.",
    },
    |_, evidence| {
        Box::pin(async { Ok(judge(evidence, "the password grant is not offered", with_password)) })
    },
);

fn implicit(document: &Document) -> Option<String> {
    let offered = document.list("response_types_supported");
    let bad: Vec<_> =
        offered.into_iter().filter(|kind| kind.split(' ').any(|part| part == "token")).collect();
    (!bad.is_empty()).then(|| format!("response types {}", bad.join(", ")))
}

fn without_iss(document: &Document) -> Option<String> {
    const NAME: &str = "authorization_response_iss_parameter_supported";
    match document.json.as_ref()?.get(NAME) {
        Some(value) if value.as_bool() == Some(true) => None,
        Some(_) => Some(format!("{NAME} is not true")),
        None => Some(format!("no {NAME}")),
    }
}

fn without_s256(document: &Document) -> Option<String> {
    let offered = document.list(METHODS);
    match offered.is_empty() {
        _ if offered.contains(&"S256") => None,
        true => Some(format!("no {METHODS}")),
        false => Some(format!("{METHODS} without S256")),
    }
}

fn with_plain(document: &Document) -> Option<String> {
    let plain = |method: &&str| method.eq_ignore_ascii_case("plain");
    document.list(METHODS).iter().any(plain).then(|| format!("{METHODS} with plain"))
}

fn with_password(document: &Document) -> Option<String> {
    let offered = document.list("grant_types_supported");
    offered.contains(&"password").then(|| "grant type password".to_owned())
}

fn symmetric(document: &Document) -> Option<String> {
    const NAME: &str = "id_token_signing_alg_values_supported";
    let found = document.list(NAME).into_iter().find(|alg| alg.starts_with("HS"))?;
    Some(format!("{NAME} with {found}"))
}

fn beyond_fapi(document: &Document) -> Option<String> {
    const SOUND: &[&str] = &["PS256", "ES256", "EdDSA", "Ed25519"];
    let names = document.json.iter().flat_map(|json| json.keys());
    let mut lists = names.filter(|name| name.ends_with("_signing_alg_values_supported"));
    lists.find_map(|name| {
        // What nobody signs at all is another check's.
        let weak = |alg: &&str| !SOUND.contains(alg) && *alg != "none";
        let found = document.list(name).into_iter().find(weak)?;
        Some(format!("{name} with {found}"))
    })
}

fn without_keys(document: &Document) -> Option<String> {
    const KEYED: &[&str] = &["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"];
    let offered = document.list("token_endpoint_auth_methods_supported");
    let keyed = offered.is_empty() || offered.iter().any(|method| KEYED.contains(method));
    (!keyed).then(|| format!("methods {}", offered.join(", ")))
}

const METHODS: &str = "code_challenge_methods_supported";

fn judge(evidence: &Evidence, expected: &'static str, fault: Fault) -> Judgement {
    judge_all(&documents(evidence), expected, fault)
}

fn judge_all(documents: &[&Document], expected: &'static str, fault: Fault) -> Judgement {
    if documents.is_empty() {
        return Judgement::not_applicable("there is no metadata document");
    }
    let told = |document: &&Document| Some(format!("{}: {}", document.url, fault(document)?));
    let faults: Vec<_> = documents.iter().filter_map(told).collect();
    let got = if faults.is_empty() { expected.to_owned() } else { faults.join("; ") };
    Judgement::read(faults.is_empty(), expected, got)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::audit::evidence::document_of;
    use crate::audit::finding::Verdict;

    fn bad(fault: Fault, value: &Value) -> bool {
        let document = document_of(value);
        judge_all(&[&document], "", fault).verdict == Verdict::Fail
    }

    #[test]
    fn response_types_are_read_word_by_word() {
        for (offered, expected) in [
            (json!(["code"]), false),
            (json!(["code", "id_token"]), false),
            (json!(["token"]), true),
            (json!(["code", "code id_token token"]), true),
            (json!("token"), false),
        ] {
            let document = json!({ "response_types_supported": offered });
            assert_eq!(bad(implicit, &document), expected, "{document}");
        }
    }

    #[test]
    fn the_promise_of_iss_is_true_or_none() {
        let named =
            |value: Value| json!({ "authorization_response_iss_parameter_supported": value });
        assert!(!bad(without_iss, &named(json!(true))));
        for value in [json!(false), json!("true"), json!(null)] {
            assert!(bad(without_iss, &named(value)));
        }
        assert!(bad(without_iss, &json!({})));
    }

    #[test]
    fn challenge_methods_are_s256_and_not_plain() {
        let methods = |list: &[&str]| json!({ "code_challenge_methods_supported": list });
        assert!(!bad(without_s256, &methods(&["plain", "S256"])));
        assert!(bad(without_s256, &methods(&["plain"])) && bad(without_s256, &json!({})));
        assert!(bad(with_plain, &methods(&["S256", "plain"])));
        assert!(!bad(with_plain, &methods(&["S256"])) && !bad(with_plain, &json!({})));
    }

    #[test]
    fn the_password_grant_is_one_of_a_list() {
        assert!(bad(with_password, &json!({ "grant_types_supported": ["password"] })));
        let other = json!({ "grant_types_supported": ["urn:example:password"] });
        assert!(!bad(with_password, &other));
    }

    #[test]
    fn algorithms_and_methods_are_read_by_the_profile() {
        let signing = |list: &[&str]| json!({ "id_token_signing_alg_values_supported": list });
        assert!(bad(symmetric, &signing(&["RS256", "HS256"])));
        assert!(!bad(symmetric, &signing(&["RS256"])) && bad(beyond_fapi, &signing(&["RS256"])));
        assert!(!bad(beyond_fapi, &signing(&["PS256", "ES256", "none"])));
        let methods = |list: &[&str]| json!({ "token_endpoint_auth_methods_supported": list });
        assert!(bad(without_keys, &methods(&["client_secret_basic", "none"])));
        assert!(!bad(without_keys, &methods(&["none", "private_key_jwt"])));
        assert!(!bad(without_keys, &json!({})));
    }

    #[test]
    fn without_a_document_there_is_nothing_to_judge() {
        assert_eq!(judge_all(&[], "", implicit).verdict, Verdict::NotApplicable);
    }
}
