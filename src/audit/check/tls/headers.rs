//! Headers of every kind of answer: transport, caches, types, banners.

use url::{Host, Url};

use super::super::{Check, Text};
use super::row::{Look, judge, row};
use crate::audit::evidence::{Evidence, Role, View};
use crate::audit::finding::{Judgement, Need, Severity};
use crate::audit::probe::Probe;

const BOTH: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static HSTS_MISSING: Check = Check {
    seeded: super::super::Seeded::Otherwise(
        "a lab on this machine never sends it, since browsers would take it for every port of localhost",
    ),
    ..row(
        ("hsts-missing", "Browsers are not told to use TLS and nothing else", Severity::Medium),
        &[],
        &["OWASP ASVS 5.0 3.4.1", "RFC 6797 §6.1"],
        Text {
            does: "Looks at Strict-Transport-Security of every answer, unless the host is this machine or an address.",
            why: "Somebody on the way can keep a browser on http, and read the password and the code.",
            shown: "The header is missing, or its max-age is below one year.",
            fix: "Send Strict-Transport-Security: max-age=31536000 with every answer over TLS.",
        },
        |probe, evidence| {
            Box::pin(async {
                Ok(if is_here(&evidence.issuer) {
                    Judgement::not_applicable(
                        "the header binds names of the network: this host is an address or this machine",
                    )
                } else {
                    judge(probe, evidence, &HSTS).await
                })
            })
        },
    )
};

pub(in crate::audit::check) static JSON_AS_HTML: Check = row(
    ("json-as-html", "An endpoint for clients answers with HTML", Severity::Medium),
    &[Need::MachineClient],
    &["OWASP ASVS 5.0 4.1.1", "RFC 6749 §5.1"],
    Text {
        does: "Looks at Content-Type of successes and errors of the token endpoint, and of the endpoints beside it.",
        why: "A browser renders the answer: whatever a request can put into it becomes a script on the issuer's origin.",
        shown: "An answer that should be JSON has the type text/html.",
        fix: "Answer with application/json, errors included.",
    },
    |probe, evidence| run(probe, evidence, &JSON),
);

pub(in crate::audit::check) static NOSNIFF_MISSING: Check = row(
    ("nosniff-missing", "Browsers may guess the type of answers", Severity::Low),
    &[],
    &["OWASP ASVS 5.0 3.4.4"],
    Text {
        does: "Looks for X-Content-Type-Options: nosniff in every answer.",
        why: "A browser that guesses may take text which an attacker chose for a script or a page.",
        shown: "The header is missing, or says something else.",
        fix: "Send X-Content-Type-Options: nosniff with every answer.",
    },
    |probe, evidence| run(probe, evidence, &NOSNIFF),
);

pub(in crate::audit::check) static NO_STORE_BACKCHANNEL: Check = row(
    (
        "no-store-backchannel",
        "Answers with secrets or personal data may be kept by caches",
        Severity::Medium,
    ),
    BOTH,
    &["RFC 7591 §3.2.1", "RFC 9126 §2.2", "OWASP ASVS 5.0 14.3.2"],
    Text {
        does: "Looks at Cache-Control of the answers of userinfo, introspection, registration and pushed requests.",
        why: "A proxy that keeps them hands one user's data, or one client's secret, to the next who asks.",
        shown: "Cache-Control is missing, or does not say no-store.",
        fix: "Send Cache-Control: no-store with every answer that holds secrets or personal data.",
    },
    |probe, evidence| run(probe, evidence, &BACK_CHANNEL),
);

pub(in crate::audit::check) static NO_STORE_FRONT_CHANNEL: Check = row(
    (
        "no-store-front-channel",
        "Login, consent, or the redirect with the code may be kept by caches",
        Severity::Medium,
    ),
    BOTH,
    &["RFC 9700 §4.3", "OWASP ASVS 5.0 14.3.2"],
    Text {
        does: "Looks at Cache-Control of the login page, the consent page and the redirect that carries the code.",
        why: "Who uses the browser next finds the code, or a form that still works, in its cache.",
        shown: "Cache-Control is missing, or does not say no-store.",
        fix: "Send Cache-Control: no-store with every page and every redirect of the flow.",
    },
    |probe, evidence| run(probe, evidence, &FRONT_CHANNEL),
);

pub(in crate::audit::check) static NO_STORE_TOKEN_ERROR: Check = row(
    ("no-store-token-error", "Errors of the token endpoint may be kept by caches", Severity::Low),
    &[Need::MachineClient],
    &["RFC 6749 §5.2", "RFC 6749 §5.1"],
    Text {
        does: "Looks at Cache-Control of an error of the token endpoint.",
        why: "A kept error is repeated to clients whose request was good.",
        shown: "Cache-Control is missing, or does not say no-store.",
        fix: "Send Cache-Control: no-store with every answer of the token endpoint.",
    },
    |probe, evidence| run(probe, evidence, &TOKEN_ERROR),
);

pub(in crate::audit::check) static SERVER_BANNER: Check = row(
    ("server-banner", "Headers tell the version of the server", Severity::Info),
    &[],
    &["OWASP ASVS 5.0 13.4.6"],
    Text {
        does: "Looks for a number in Server and X-Powered-By of every answer.",
        why: "Known faults are looked up by version: the answer saves an attacker the search.",
        shown: "One of the headers has a digit in it.",
        fix: "Leave the headers out, or name a product without its version.",
    },
    |probe, evidence| run(probe, evidence, &BANNER),
);

const HSTS: Look = Look {
    roles: &[],
    expected: "Strict-Transport-Security with a max-age of a year or more",
    fault: short_hsts,
};
const JSON: Look = Look {
    roles: &[
        Role::Token,
        Role::TokenError,
        Role::Introspection,
        Role::Pushed,
        Role::Registration,
        Role::Userinfo,
    ],
    expected: "a type that no browser renders",
    fault: |view| view.answer.is_html().then(|| "text/html".to_owned()),
};
const NOSNIFF: Look =
    Look { roles: &[], expected: "X-Content-Type-Options: nosniff", fault: sniffable };
const NO_STORE: &str = "Cache-Control: no-store";
const BACK_CHANNEL: Look = Look {
    roles: &[Role::Introspection, Role::Pushed, Role::Registration, Role::Userinfo],
    expected: NO_STORE,
    fault: storable,
};
const TOKEN_ERROR: Look = Look { roles: &[Role::TokenError], expected: NO_STORE, fault: storable };
const FRONT_CHANNEL: Look = Look {
    roles: &[Role::Login, Role::Consent, Role::ToClient],
    expected: NO_STORE,
    fault: storable,
};
const BANNER: Look =
    Look { roles: &[], expected: "no version in Server and X-Powered-By", fault: versioned };

fn run<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    look: &'static Look,
) -> super::super::Running<'a> {
    Box::pin(async move { Ok(judge(probe, evidence, look).await) })
}

/// RFC 6797 §8.3: addresses are no known hosts; localhost is every developer's.
fn is_here(issuer: &str) -> bool {
    let Ok(url) = Url::parse(issuer) else { return true };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    }
}

const YEAR: u64 = 31_536_000;

fn short_hsts(view: &View) -> Option<String> {
    let Some(value) = view.answer.header("strict-transport-security") else {
        return Some("no Strict-Transport-Security".to_owned());
    };
    let mut directives = value.split(';').filter_map(|one| one.split_once('='));
    let age = directives.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"));
    let age = age.and_then(|(_, value)| value.trim().trim_matches('"').parse::<u64>().ok());
    (age.unwrap_or(0) < YEAR).then(|| value.to_owned())
}

fn sniffable(view: &View) -> Option<String> {
    let value = view.answer.header("x-content-type-options");
    let sound = value.is_some_and(|value| value.trim().eq_ignore_ascii_case("nosniff"));
    (!sound).then(|| value.map_or("no X-Content-Type-Options", |_| "not nosniff").to_owned())
}

fn storable(view: &View) -> Option<String> {
    let values: Vec<_> = view.answer.headers("cache-control").collect();
    let mut directives = values.iter().flat_map(|value| value.split(','));
    let sound = directives.any(|one| one.trim().eq_ignore_ascii_case("no-store"));
    let got = if values.is_empty() { "no Cache-Control".to_owned() } else { values.join(", ") };
    (!sound).then_some(got)
}

fn versioned(view: &View) -> Option<String> {
    let value = |name: &'static str| Some((name, view.answer.header(name)?));
    let both = [value("server"), value("x-powered-by")];
    let mut told = both.into_iter().flatten();
    let (name, value) = told.find(|(_, value)| value.bytes().any(|b| b.is_ascii_digit()))?;
    Some(format!("{name}: {value}"))
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::view;
    use super::*;

    fn bad(fault: fn(&View) -> Option<String>, headers: &[(&str, &str)]) -> bool {
        fault(&view(Role::Token, headers, "{}")).is_some()
    }

    #[test]
    fn a_year_of_tls_is_the_least() {
        let with = |value| bad(short_hsts, &[("strict-transport-security", value)]);
        assert!(
            !with("max-age=31536000; includeSubDomains") && !with("preload; Max-Age=\"63072000\"")
        );
        assert!(with("max-age=31535999") && with("max-age=0") && with("includeSubDomains"));
        assert!(bad(short_hsts, &[]));
    }

    #[test]
    fn names_of_the_network_need_it_alone() {
        for here in ["https://localhost:9443", "https://a.localhost", "https://192.168.1.2", "x"] {
            assert!(is_here(here), "{here}");
        }
        assert!(!is_here("https://login.example.com/tenant"));
    }

    #[test]
    fn each_header_has_its_sound_values() {
        assert!(!bad(sniffable, &[("x-content-type-options", "NoSniff")]));
        assert!(bad(sniffable, &[("x-content-type-options", "none")]) && bad(sniffable, &[]));
        assert!(!bad(storable, &[("cache-control", "private, no-store")]));
        assert!(bad(storable, &[("cache-control", "no-cache")]) && bad(storable, &[]));
        assert!(!bad(versioned, &[("server", "nginx")]) && !bad(versioned, &[]));
        assert!(bad(versioned, &[("server", "nginx/1.2")]));
        assert!(bad(versioned, &[("server", "x"), ("x-powered-by", "PHP/8")]));
        let html = view(Role::TokenError, &[("content-type", "text/html")], "{}");
        assert!((JSON.fault)(&html).is_some());
        let json = view(Role::TokenError, &[("content-type", "application/json")], "{}");
        assert!((JSON.fault)(&json).is_none());
    }
}
