//! More variants of the registered redirect URI: those that are not of its form, and those that are
//! read in two ways.

use url::Url;

use super::super::Check;
use super::variants::{host, row, run};
use crate::audit::finding::Severity;

pub(in crate::audit::check) static REDIRECT_FRAGMENT: Check = row(
    ("redirect-fragment", "A redirect URI with a fragment is accepted"),
    Severity::Medium,
    (
        "Asks with fragments behind the registered URI (RFC 6749 section 3.1.2 forbids them).",
        "What stands behind the fragment never reaches the client's server, and response parameters end up in places where scripts read them.",
    ),
    |probe, evidence| run(probe, evidence, fragment),
);

pub(in crate::audit::check) static REDIRECT_NORMALISED: Check = row(
    ("redirect-normalised", "Another spelling of the registered redirect URI is accepted"),
    Severity::Low,
    (
        "Asks with upper case in scheme and host, with the default port, with a dot behind the host and with a percent-encoded letter.",
        "Whoever normalises before comparing normalises in another way than browsers and clients do: one difference more, and the code goes elsewhere.",
    ),
    |probe, evidence| run(probe, evidence, normalised),
);

pub(in crate::audit::check) static REDIRECT_PARSER_DIFFERENTIAL: Check = row(
    ("redirect-parser-differential", "A redirect URI that is read in two ways is accepted"),
    Severity::Critical,
    (
        "Asks with backslashes, tabs, a full-width slash and brackets, so that one reader sees the registered host and another one a foreign host.",
        "The server checks one host, and the browser goes to the other one with the code.",
    ),
    |probe, evidence| run(probe, evidence, differential),
);

pub(in crate::audit::check) static REDIRECT_QUERY_APPEND: Check = row(
    ("redirect-query-append", "A redirect URI with a further query is accepted"),
    Severity::Medium,
    (
        "Asks with parameters appended to the registered URI, plain and percent-encoded.",
        "Parameters that the client trusts, such as where to go next, come from whoever made the link, and carry the code on.",
    ),
    |probe, evidence| run(probe, evidence, query_append),
);

pub(in crate::audit::check) static REDIRECT_SCHEME_DOWNGRADE: Check = row(
    ("redirect-scheme-downgrade", "An https redirect URI is accepted as http"),
    Severity::High,
    (
        "Asks with the registered URI, but over http.",
        "The code travels in the clear, and anybody on the way reads it.",
    ),
    |probe, evidence| run(probe, evidence, downgrade),
);

pub(in crate::audit::check) static REDIRECT_SCRIPT_SCHEME: Check = row(
    ("redirect-script-scheme", "A redirect URI that browsers execute is accepted"),
    Severity::Critical,
    (
        "Asks with javascript, data, vbscript, blob and file URIs, also in mixed case.",
        "A browser that is sent there runs the attacker's script or shows the attacker's page, with the code in its hands.",
    ),
    |probe, evidence| run(probe, evidence, script),
);

pub(in crate::audit::check) static REDIRECT_USERINFO: Check = row(
    ("redirect-userinfo", "User info in a redirect URI hides a foreign host"),
    Severity::Critical,
    (
        "Asks with the registered host in front of an at sign and a foreign host behind it, plain, doubled and percent-encoded.",
        "What stands before the at sign is a user name: the browser goes to the host behind it with the code.",
    ),
    |probe, evidence| run(probe, evidence, userinfo),
);

/// The registered URI as it was written: a library would write some of it anew.
fn text(registered: &Url) -> String {
    registered.to_string()
}

fn fragment(registered: &Url) -> Vec<String> {
    ["#", "#x", "#x=1"].iter().map(|suffix| format!("{registered}{suffix}")).collect()
}

fn normalised(registered: &Url) -> Vec<String> {
    let (host, path) = (host(registered), registered.path());
    let encoded = path.char_indices().find(|(_, c)| c.is_ascii_lowercase()).map(|(at, c)| {
        let (before, after) = path.split_at(at);
        format!("{before}%{:02x}{}", u32::from(c), after.get(1..).unwrap_or_default())
    });
    let mut variants = vec![
        text(registered).replacen("https", "HTTPS", 1),
        format!("https://{}{path}", host.to_ascii_uppercase()),
        format!("https://{host}:443{path}"),
        format!("https://{host}.{path}"),
    ];
    variants.extend(encoded.map(|path| format!("https://{host}{path}")));
    variants
}

fn query_append(registered: &Url) -> Vec<String> {
    ["?x=1", "&x=1", "%3Fx=1", ";x=1"].iter().map(|tail| format!("{registered}{tail}")).collect()
}

fn downgrade(registered: &Url) -> Vec<String> {
    vec![text(registered).replacen("https:", "http:", 1)]
}

fn userinfo(registered: &Url) -> Vec<String> {
    let (host, path) = (host(registered), registered.path());
    [
        format!("{host}@attacker.example"),
        format!("{host}:443@attacker.example"),
        format!("{host}@@attacker.example"),
        format!("{host}%2F@attacker.example"),
        format!("{host}%25@attacker.example"),
        format!("attacker.example@{host}"),
    ]
    .iter()
    .map(|authority| format!("https://{authority}{path}"))
    .collect()
}

fn differential(registered: &Url) -> Vec<String> {
    let (host, path) = (host(registered), registered.path());
    [
        format!("https://attacker.example\\@{host}{path}"),
        format!("https://attacker.example\\.{host}{path}"),
        format!("https:\\\\{host}{path}"),
        format!("https://attacker.example\t.{host}{path}"),
        format!("https://attacker.example\u{ff0f}.{host}{path}"),
        format!("https://[{host}]{path}"),
        format!("https:///attacker.example/{host}{path}"),
    ]
    .to_vec()
}

fn script(_: &Url) -> Vec<String> {
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://attacker.example/x",
        "file:///etc/hosts",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_from_the_registered_uri() {
        let registered = "https://app.example/cb";
        let url = Url::parse(registered).unwrap();
        for variants in
            [fragment, normalised, query_append, downgrade, userinfo, differential, script]
        {
            assert!(!variants(&url).is_empty());
            assert!(variants(&url).iter().all(|variant| variant != registered));
        }
        assert!(normalised(&url).contains(&"https://app.example/%63b".to_owned()));
        assert_eq!(downgrade(&url), ["http://app.example/cb"]);
        assert_eq!(userinfo(&url)[0], "https://app.example@attacker.example/cb");
    }
}
