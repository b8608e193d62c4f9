//! Weaknesses of the authorization endpoint and of what its users are asked (RFC 6749 §3.1, §4.1.1,
//! §4.1.2; RFC 9207; OpenID Connect Core §3.1.2.1).

use http::HeaderValue;
use http::header::LOCATION;
use url::form_urlencoded;

use super::Weakness;
use crate::deviation::{Leniency, Outgoing, Seam};
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CONSENT_SCOPE_CREEP,
    &CONSENT_SKIPPED_PUBLIC,
    &CONSENT_UNINFORMATIVE,
    &DUPLICATE_PARAMS,
    &HYBRID_TOKEN_ENABLED,
    &IMPLICIT_ENABLED,
    &ISS_MISSING,
    &ISS_MISSING_ON_ERROR,
    &PROMPT_LOGIN_IGNORED,
    &PROMPT_NONE_GRANTS,
    &REFLECTED_INPUT,
    &RESPONSE_MODE_QUERY_TOKEN,
    &RESPONSE_MODE_SWITCH,
    &RESPONSE_POLLUTION,
    &RESPONSE_TYPE_NOT_BOUND,
    &STATE_MANGLED,
];

static CONSENT_SCOPE_CREEP: Weakness = Weakness {
    id: "consent-scope-creep",
    title: "A remembered consent covers whatever the client asks for later",
    seams: &[Seam::Read(Leniency::ConsentToAnything)],
    dominates: &[],
};

static CONSENT_SKIPPED_PUBLIC: Weakness = Weakness {
    id: "consent-skipped-public",
    title: "Consent to a public client is remembered",
    seams: &[Seam::Read(Leniency::PublicConsent)],
    dominates: &[],
};

static CONSENT_UNINFORMATIVE: Weakness = Weakness {
    id: "consent-uninformative",
    title: "The consent page speaks of an application, whichever it is",
    seams: &[Seam::Mangle(hide_names)],
    dominates: &[],
};

static DUPLICATE_PARAMS: Weakness = Weakness {
    id: "duplicate-params",
    title: "Of a repeated parameter of an authorization request the first one counts",
    seams: &[Seam::Read(Leniency::RepeatedInFront)],
    dominates: &[],
};

static HYBRID_TOKEN_ENABLED: Weakness = Weakness {
    id: "hybrid-token-enabled",
    title: "Hybrid response types hand out access tokens",
    seams: &[
        Seam::Waive(&rule::PROFILE_RESPONSE_TYPE, |_, got| is_hybrid(got)),
        Seam::Waive(&rule::AUTHORIZE_CLIENT_GRANT, |needed, _| is_implicit(needed)),
        Seam::Waive(&rule::RESPONSE_TYPE_CLIENT, |_, got| is_hybrid(got)),
    ],
    dominates: &[],
};

static IMPLICIT_ENABLED: Weakness = Weakness {
    id: "implicit-enabled",
    title: "The implicit grant hands out access tokens",
    seams: &[
        Seam::Waive(&rule::PROFILE_RESPONSE_TYPE, |_, got| got.text() == Some("token")),
        Seam::Waive(&rule::AUTHORIZE_CLIENT_GRANT, |needed, _| is_implicit(needed)),
        Seam::Waive(&rule::RESPONSE_TYPE_CLIENT, |_, got| got.text() == Some("token")),
    ],
    dominates: &[],
};

static ISS_MISSING: Weakness = Weakness {
    id: "iss-missing",
    title: "Authorization responses with a code do not name their issuer",
    seams: &[Seam::Mangle(|outgoing| {
        answer(outgoing, |pairs| without_issuer(pairs, "code"));
    })],
    dominates: &[],
};

static ISS_MISSING_ON_ERROR: Weakness = Weakness {
    id: "iss-missing-on-error",
    title: "Error responses of the authorization endpoint do not name their issuer",
    seams: &[Seam::Mangle(|outgoing| {
        answer(outgoing, |pairs| without_issuer(pairs, "error"));
    })],
    dominates: &[],
};

static PROMPT_LOGIN_IGNORED: Weakness = Weakness {
    id: "prompt-login-ignored",
    title: "A request for a fresh login is answered with the old one",
    seams: &[Seam::Read(Leniency::StaleLogin)],
    dominates: &[],
};

static PROMPT_NONE_GRANTS: Weakness = Weakness {
    id: "prompt-none-grants",
    title: "prompt=none stands in for the consent of a user who is logged in",
    seams: &[Seam::Read(Leniency::SilenceAsConsent)],
    dominates: &[],
};

static REFLECTED_INPUT: Weakness = Weakness {
    id: "reflected-input",
    title: "The login page shows the login hint as markup",
    seams: &[Seam::Mangle(|outgoing| {
        let page = std::str::from_utf8(outgoing.body).unwrap_or_default();
        if outgoing.endpoint.ends_with("/login") && page.contains("type=\"password\"") {
            unescape(outgoing);
        }
    })],
    dominates: &[],
};

static RESPONSE_MODE_QUERY_TOKEN: Weakness = Weakness {
    id: "response-mode-query-token",
    title: "An ID token is sent in the query when the request says so",
    seams: &[
        Seam::Waive(&rule::PROFILE_RESPONSE_TYPE, |_, got| got.text() == Some("id_token")),
        Seam::Waive(&rule::AUTHORIZE_CLIENT_GRANT, |needed, _| is_implicit(needed)),
        Seam::Waive(&rule::RESPONSE_TYPE_CLIENT, |_, got| got.text() == Some("id_token")),
        Seam::Waive(&rule::RESPONSE_MODE_SUPPORTED, |_, got| got.text() == Some("query")),
    ],
    dominates: &["response-type-not-bound"],
};

static RESPONSE_MODE_SWITCH: Weakness = Weakness {
    id: "response-mode-switch",
    title: "A response mode that is not offered is answered by a page that posts the code",
    seams: &[Seam::Waive(&rule::RESPONSE_MODE_SUPPORTED, |_, got| {
        got.text() == Some("web_message")
    })],
    dominates: &[],
};

static RESPONSE_POLLUTION: Weakness = Weakness {
    id: "response-pollution",
    title: "A code of the request is copied into the error response",
    seams: &[Seam::Mangle(copy_code)],
    dominates: &[],
};

static RESPONSE_TYPE_NOT_BOUND: Weakness = Weakness {
    id: "response-type-not-bound",
    title: "A client gets an ID token in the front channel without being registered for it",
    seams: &[
        Seam::Waive(&rule::PROFILE_RESPONSE_TYPE, |_, got| got.text() == Some("id_token")),
        Seam::Waive(&rule::AUTHORIZE_CLIENT_GRANT, |needed, _| is_implicit(needed)),
        Seam::Waive(&rule::RESPONSE_TYPE_CLIENT, |_, got| got.text() == Some("id_token")),
    ],
    dominates: &[],
};

static STATE_MANGLED: Weakness = Weakness {
    id: "state-mangled",
    title: "The state is decoded twice before it is returned",
    seams: &[Seam::Mangle(|outgoing| answer(outgoing, decode_state))],
    dominates: &[],
};

fn is_hybrid(kind: &Fact) -> bool {
    let text = kind.text().unwrap_or_default();
    text.contains(' ') && text.split(' ').any(|word| word == "token")
}

fn is_implicit(needed: &Fact) -> bool {
    needed.alternatives().contains(&"implicit")
}

type Pairs = Vec<(String, String)>;

/// Changes the parameters of an authorization response that is a redirect; `None` leaves it as it is.
fn answer(outgoing: &mut Outgoing<'_>, change: impl FnOnce(Pairs) -> Option<Pairs>) {
    let location = outgoing.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let Some((place, query)) = location.and_then(|location| location.split_once('?')) else {
        return;
    };
    let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if !pairs.iter().any(|(name, _)| name == "code" || name == "error") {
        return;
    }
    let Some(pairs) = change(pairs) else { return };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if let Ok(value) = HeaderValue::from_str(&format!("{place}?{query}")) {
        outgoing.headers.insert(LOCATION, value);
    }
}

fn without_issuer(mut pairs: Pairs, beside: &str) -> Option<Pairs> {
    pairs.iter().any(|(name, _)| name == beside).then(|| {
        pairs.retain(|(name, _)| name != "iss");
        pairs
    })
}

fn decode_state(mut pairs: Pairs) -> Option<Pairs> {
    let (_, state) = pairs.iter_mut().find(|(name, _)| name == "state")?;
    let text = format!("state={}", state.replace('&', "%26"));
    let (_, again) = form_urlencoded::parse(text.as_bytes()).next()?;
    let again = again.into_owned();
    if again == *state {
        return None;
    }
    *state = again;
    Some(pairs)
}

fn copy_code(outgoing: &mut Outgoing<'_>) {
    let asked = form_urlencoded::parse(outgoing.asked.query.as_bytes()).into_owned();
    let Some(code) = asked.into_iter().find(|(name, _)| name == "code") else { return };
    answer(outgoing, |mut pairs| {
        pairs.push(code);
        Some(pairs)
    });
}

/// Puts the characters back that a template escaped.
pub(super) fn unescape(outgoing: &mut Outgoing<'_>) {
    let Ok(page) = std::str::from_utf8(outgoing.body) else { return };
    let raw = [("&#60;", "<"), ("&lt;", "<"), ("&#62;", ">"), ("&gt;", ">"), ("&#34;", "\"")];
    let page = raw.iter().fold(page.to_owned(), |page, (entity, c)| page.replace(entity, c));
    *outgoing.body = page.into_bytes();
}

/// Names of client, user and host stand in bold on the consent page.
fn hide_names(outgoing: &mut Outgoing<'_>) {
    let page = String::from_utf8_lossy(outgoing.body).into_owned();
    if !outgoing.endpoint.ends_with("/consent") || !page.contains("<strong>") {
        return;
    }
    let mut parts = page.split("<strong>");
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once("</strong>").map_or(part, |(_, rest)| rest);
        hidden.push_str("<strong>an application</strong>");
        hidden.push_str(rest);
    }
    *outgoing.body = hidden.into_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Pairs {
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    #[test]
    fn the_issuer_leaves_only_the_named_kind_of_answer() {
        let query = "code=x&iss=https%3A%2F%2Fas.example";
        assert_eq!(without_issuer(pairs(query), "code"), Some(pairs("code=x")));
        assert_eq!(without_issuer(pairs(query), "error"), None);
    }

    #[test]
    fn only_a_state_with_escapes_is_changed() {
        assert_eq!(decode_state(pairs("code=x&state=abc-_")), None);
        assert_eq!(decode_state(pairs("state=a%2520b")), Some(pairs("state=a%20b")));
    }

    #[test]
    fn hybrid_types_are_those_with_a_token_beside_something() {
        for (kind, hybrid) in [
            ("token", false),
            ("code id_token", false),
            ("code token", true),
            ("code id_token token", true),
        ] {
            assert_eq!(is_hybrid(&Fact::public(kind)), hybrid, "{kind}");
        }
    }
}
