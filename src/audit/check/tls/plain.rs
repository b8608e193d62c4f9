//! Plain HTTP where TLS is due (RFC 6749 §3.1, §3.2; RFC 9700 §2.6). No secret is sent.

use url::Url;

use super::super::{Check, Running, Text};
use super::row::row;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static TLS_PLAIN_HTTP: Check = row(
    ("tls-plain-http", "Endpoints answer requests without TLS", Severity::Critical),
    &[Need::PublicClient],
    &["RFC 6749 §3.1", "RFC 6749 §3.2", "RFC 9700 §2.6"],
    Text {
        does: "Sends an authorization request and a token request without a secret over plain HTTP, to the port of the issuer, and to port 80 where that is 443.",
        why: "Codes, passwords and tokens travel in clear to whoever sits between.",
        shown: "The server answered as the endpoint does, instead of refusing or pointing to https.",
        fix: "Serve the endpoints over TLS alone.",
    },
    |probe, evidence| run(probe, evidence, processed),
);

pub(in crate::audit::check) static TLS_REDIRECT_ON_BACKCHANNEL: Check = row(
    (
        "tls-redirect-on-backchannel",
        "Plain HTTP to the token endpoint is redirected instead of refused",
        Severity::Medium,
    ),
    &[Need::PublicClient],
    &["OWASP ASVS 5.0 4.1.2"],
    Text {
        does: "Sends a token request without a secret over plain HTTP, and looks for a redirect.",
        why: "A client that is set up wrongly keeps working, and sends its secret in clear each time before it is redirected.",
        shown: "The answer is a redirect with 301, 302, 307 or 308.",
        fix: "Refuse plain HTTP at endpoints that are for clients, so that the mistake is noticed.",
    },
    |probe, evidence| run(probe, evidence, redirected),
);

type Judge = fn(&Asked, &[u8]) -> Outcome;

/// A request over plain HTTP.
struct Asked {
    what: &'static str,
    url: String,
    text: String,
    is_token: bool,
}

fn run<'a>(probe: &'a Probe, evidence: &'a Evidence, judge: Judge) -> Running<'a> {
    Box::pin(async move {
        if !evidence.issuer.starts_with("https://") {
            return Ok(Judgement::not_applicable("the server has no TLS"));
        }
        let client = evidence.public()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let all = requests(evidence, &asking.query());
        let mut bracket = Bracket::new("a refusal, or no answer");
        bracket.controls.push(evidence.controls.of_public());
        probe.step("probe");
        for asked in &all {
            let outcome =
                match probe.raw(&asked.url, asked.what, asked.text.as_bytes(), whole).await {
                    Ok(answer) => judge(asked, &answer),
                    Err(trouble @ Trouble::Budget(_)) => return Err(trouble),
                    // Nobody listens there: nobody answers.
                    Err(trouble) => Outcome::Refused(trouble.to_string()),
                };
            bracket.probe(format!("{} at {}", asked.what, asked.url), outcome);
        }
        Ok(bracket.judge())
    })
}

/// The end of a connection is the end of an answer.
const fn whole(_: &[u8]) -> bool {
    false
}

fn requests(evidence: &Evidence, query: &str) -> Vec<Asked> {
    let at = &evidence.endpoints;
    let body = "grant_type=authorization_code&code=of-nobody&client_id=of-nobody";
    let mut all = Vec::new();
    for (place, what, is_token) in
        [(&at.authorization, "GET authorize", false), (&at.token, "POST token", true)]
    {
        let Ok(url) = Url::parse(place) else { continue };
        let (path, host) = (url.path().to_owned(), url.host_str().unwrap_or_default().to_owned());
        let port = url.port_or_known_default().unwrap_or(443);
        let ports = if port == 443 { vec![443, 80] } else { vec![port] };
        for port in ports {
            let head = format!("Host: {host}:{port}\r\nConnection: close\r\n");
            let text = if is_token {
                let kind = "Content-Type: application/x-www-form-urlencoded";
                let length = body.len();
                format!(
                    "POST {path} HTTP/1.1\r\n{head}{kind}\r\nContent-Length: {length}\r\n\r\n{body}"
                )
            } else {
                format!("GET {path}?{query} HTTP/1.1\r\n{head}\r\n")
            };
            all.push(Asked { what, url: format!("http://{host}:{port}{path}"), text, is_token });
        }
    }
    all
}

/// The status and the lower-case rest of an HTTP/1 answer.
fn read(answer: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(answer).into_owned();
    let status = text.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, text.to_ascii_lowercase()))
}

fn location(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("location:")).map(str::trim)
}

/// Accepted when the endpoint itself answered.
fn processed(asked: &Asked, answer: &[u8]) -> Outcome {
    let Some((status, text)) = read(answer) else {
        return Outcome::Refused("no HTTP answer".to_owned());
    };
    let to_https = location(&text).is_some_and(|place| place.starts_with("https://"));
    let said = format!("{status} over plain HTTP");
    match status {
        300..=399 if asked.is_token || to_https => Outcome::Refused(format!("{said}, a redirect")),
        200..=399 => Outcome::Accepted(said),
        400 | 401 if text.contains("\"error\"") => {
            Outcome::Accepted(format!("{said}, an OAuth error"))
        }
        400..=499 => Outcome::Refused(said),
        _ => Outcome::Unclear(said),
    }
}

fn redirected(asked: &Asked, answer: &[u8]) -> Outcome {
    let status = read(answer).map(|(status, _)| status);
    match status {
        Some(status @ (301 | 302 | 307 | 308)) if asked.is_token => {
            Outcome::Accepted(format!("{status} over plain HTTP"))
        }
        Some(status) => Outcome::Refused(format!("{status} over plain HTTP")),
        None => Outcome::Refused("no HTTP answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(is_token: bool) -> Asked {
        Asked { what: "x", url: "http://a/x".to_owned(), text: String::new(), is_token }
    }

    #[test]
    fn an_endpoint_is_known_by_how_it_answers() {
        let accepted =
            |is_token, answer: &str| processed(&asked(is_token), answer.as_bytes()).is_accepted();
        assert!(accepted(true, "HTTP/1.1 401 Unauthorized\r\n\r\n{\"error\":\"invalid_client\"}"));
        assert!(accepted(false, "HTTP/1.1 303 See Other\r\nLocation: /login?x\r\n\r\n"));
        assert!(accepted(false, "HTTP/1.1 200 OK\r\n\r\n<form>"));
        assert!(!accepted(
            false,
            "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://a/x\r\n\r\n"
        ));
        assert!(!accepted(true, "HTTP/1.1 400 Bad Request\r\n\r\nuse https"));
        assert!(!accepted(true, "") && !accepted(false, "\u{15}\u{3}\u{1}"));
    }

    #[test]
    fn a_redirect_counts_at_the_token_endpoint_alone() {
        let answer = b"HTTP/1.1 308 Permanent Redirect\r\nLocation: https://a/x\r\n\r\n";
        assert!(redirected(&asked(true), answer).is_accepted());
        assert!(!redirected(&asked(false), answer).is_accepted());
        assert!(!redirected(&asked(true), b"HTTP/1.1 400 x\r\n\r\n").is_accepted());
    }
}
