//! What cannot be read is refused without a look inside.

use http::Method;
use http::header::CONTENT_TYPE;

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};

pub(in crate::audit::check) static STACK_TRACE: Check = of(
    ("stack-trace", "Malformed requests are answered with internals", Severity::Medium),
    &[],
    &["OWASP ASVS 5.0 16.5.1"],
    Text {
        does: "Sends broken JSON, broken encodings, null bytes, huge numbers and values of wrong types to every endpoint, and reads the answers.",
        why: "Stack traces, queries and paths tell an attacker what the server is made of, and where to push.",
        shown: "An answer contains a stack trace, a source location, a query or a path of the server.",
        fix: "Answer malformed requests with an error code and a fixed text, and keep the details in the log.",
    },
    |probe, evidence| Box::pin(run(probe, evidence)),
);

/// What internals look like, in lower case.
const SIGNS: &[&str] = &[
    "panicked at",
    "stack backtrace",
    "traceback (most recent call last)",
    "goroutine 1 [",
    "goroutine [",
    "unhandled exception",
    "nullpointerexception",
    "nullreferenceexception",
    "java.lang.",
    "javax.",
    "org.springframework",
    "at system.",
    "fatal error:",
    "node_modules/",
    "at object.<anonymous>",
    "typeerror:",
    "syntaxerror:",
    "referenceerror:",
    ".rs:",
    ".go:",
    ".php on line",
    ".java:",
    ".py\", line",
    "sqlstate",
    "ora-0",
    "syntax error at or near",
    "you have an error in your sql syntax",
    "/usr/local/",
    "/var/www/",
    "c:\\\\",
];

/// Bodies that no endpoint can read: what it is, its type, its bytes.
const BROKEN: &[(&str, &str, &[u8])] = &[
    ("JSON without an end", "application/json", b"{\"redirect_uris\": [\"https://a"),
    ("JSON of wrong types", "application/json", b"{\"redirect_uris\": 7, \"token\": {}, \"x\": null}"),
    ("a number without measure", "application/json", b"{\"default_max_age\": 1e999}"),
    ("a null byte", FORM, b"grant_type=%00&token=%00&code=%00"),
    ("broken percent-encoding", FORM, b"grant_type=%&token=%zz&code=%e2%28"),
    ("bytes that are no text", FORM, b"grant_type=\xff\xfe&token=\xc0\x80"),
    ("base64 that is none", FORM, b"grant_type=authorization_code&code=%3D%3D%3D&client_assertion=a.b.c&request=e30.e30.&token=e30.!.e30"),
    ("a huge number", FORM, b"grant_type=urn:ietf:params:oauth:grant-type:device_code&max_age=99999999999999999999&expires_in=-1"),
    ("an unknown type", "application/x-unheard-of", b"\x00\x01\x02"),
];

const FORM: &str = "application/x-www-form-urlencoded";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let at = &evidence.endpoints;
    let posts =
        [&at.token, &at.introspection, &at.revocation, &at.pushed, &at.registration, &at.device];
    let posts: Vec<_> = posts.into_iter().filter(|url| !url.is_empty()).collect();
    let mut bracket = Bracket::new("an error without internals");
    bracket.control("the metadata", metadata(evidence));
    probe.step("probe");
    for url in posts {
        for (what, media_type, body) in BROKEN {
            let request = Request { body: body.to_vec(), ..Request::new(Method::POST, url) };
            let answer = probe.send(request.header(CONTENT_TYPE, *media_type)).await?;
            bracket.probe(format!("{what} at {url}"), judge(&answer));
        }
    }
    if !at.authorization.is_empty() {
        for query in [
            "client_id=%00",
            "client_id=%zz",
            "client_id=a&max_age=1e999&claims=%7B",
            "request=a.b.c&client_id=%F0%28",
        ] {
            let url = format!("{}?response_type=code&{query}", at.authorization);
            bracket.probe(
                format!("{query} at the authorization endpoint"),
                judge(&probe.send(Request::get(url)).await?),
            );
        }
    }
    Ok(told(&bracket))
}

fn metadata(evidence: &Evidence) -> Outcome {
    if evidence.oauth.is_there() || evidence.openid.is_there() {
        Outcome::Accepted("it was read".to_owned())
    } else {
        Outcome::Unclear("it could not be read".to_owned())
    }
}

/// A pass over so many requests is told in one sentence.
fn told(bracket: &Bracket) -> Judgement {
    let judgement = bracket.judge();
    if judgement.verdict == crate::audit::finding::Verdict::Pass {
        let got = format!("{} malformed requests were answered without", bracket.probes.len());
        return Judgement { got, ..judgement };
    }
    judgement
}

/// Accepted when internals come back, whatever the status is.
fn judge(answer: &Answer) -> Outcome {
    let text = answer.text().to_ascii_lowercase();
    if let Some(sign) = SIGNS.iter().find(|sign| text.contains(*sign)) {
        return Outcome::Accepted(format!("{} with {sign}", answer.status()));
    }
    match answer.status() {
        429 => Outcome::Unclear(answer.summary()),
        _ => Outcome::Refused(answer.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn internals_are_recognised_whatever_the_status() {
        for body in [
            "thread 'main' panicked at src/main.rs:3:5",
            "Traceback (most recent call last):",
            "java.lang.NullPointerException",
            "SQLSTATE[42000]",
        ] {
            assert!(judge(&answer_of(500, &[], body)).is_accepted(), "{body}");
        }
        assert!(judge(&answer_of(200, &[], "at /usr/local/lib/x")).is_accepted());
        let plain = r#"{"error":"invalid_request","error_uri":"https://a/rules/request.encoding"}"#;
        assert!(matches!(judge(&answer_of(400, &[], plain)), Outcome::Refused(_)));
        assert!(matches!(judge(&answer_of(500, &[], "")), Outcome::Refused(_)));
    }

    #[test]
    fn signs_are_in_lower_case() {
        assert!(SIGNS.iter().all(|sign| !sign.bytes().any(|b| b.is_ascii_uppercase())));
    }
}
