//! Weaknesses around the redirect itself: which request leads to one, and what is sent (RFC 6749
//! §3.1.2, §4.1.2.1; RFC 8252 §7.3; RFC 9700 §4.1.3, §4.11.2).

use http::header::LOCATION;
use http::{HeaderName, HeaderValue, StatusCode};
use url::form_urlencoded;

use super::Weakness;
use super::authorization::unescape;
use crate::deviation::{Leniency, Outgoing, Seam};
use crate::rule;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &REDIRECT_CRLF,
    &REDIRECT_DUPLICATE,
    &REDIRECT_EMITTED_DIFFERS,
    &REDIRECT_ERROR_OPEN,
    &REDIRECT_FORM_POST_XSS,
    &REDIRECT_LOOPBACK_PORT_REFUSED,
    &REDIRECT_OMITTED,
];

static REDIRECT_CRLF: Weakness = Weakness {
    id: "redirect-crlf",
    title: "A line break of an authorization request is written into the response header",
    seams: &[Seam::Mangle(split_header)],
    dominates: &[],
};

static REDIRECT_DUPLICATE: Weakness = Weakness {
    id: "redirect-duplicate",
    title: "Of several redirect URIs in a request the first one counts",
    seams: &[Seam::Read(Leniency::RepeatedRedirectUri)],
    dominates: &[],
};

static REDIRECT_EMITTED_DIFFERS: Weakness = Weakness {
    id: "redirect-emitted-differs",
    title: "A redirect URI is decoded before the browser is sent there",
    seams: &[Seam::Mangle(decode_place)],
    dominates: &[],
};

static REDIRECT_ERROR_OPEN: Weakness = Weakness {
    id: "redirect-error-open",
    title: "The error for an unknown client is sent to whatever URI the request names",
    seams: &[Seam::Mangle(redirect_stranger)],
    dominates: &[],
};

static REDIRECT_FORM_POST_XSS: Weakness = Weakness {
    id: "redirect-form-post-xss",
    title: "The page that posts an answer to the client does not escape it",
    seams: &[Seam::Mangle(|outgoing| {
        let posts = std::str::from_utf8(outgoing.body).is_ok_and(|page| page.contains("submit.js"));
        if posts {
            unescape(outgoing);
        }
    })],
    dominates: &[],
};

static REDIRECT_LOOPBACK_PORT_REFUSED: Weakness = Weakness {
    id: "redirect-loopback-port-refused",
    title: "The port of a loopback redirect URI is compared like everything else",
    seams: &[Seam::Mangle(refuse_port)],
    dominates: &[],
};

static REDIRECT_OMITTED: Weakness = Weakness {
    id: "redirect-omitted",
    title: "Without a redirect URI the first registered one is used",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_PRESENTED, |_, _| true)],
    dominates: &[],
};

/// What the authorization request said; `None` for any other endpoint.
fn asked(outgoing: &Outgoing<'_>, name: &str) -> Option<String> {
    if !outgoing.endpoint.ends_with("/authorize") {
        return None;
    }
    let mut pairs = form_urlencoded::parse(outgoing.asked.query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn split_header(outgoing: &mut Outgoing<'_>) {
    for name in ["redirect_uri", "state"] {
        let value = asked(outgoing, name).unwrap_or_default();
        let Some((_, field)) = value.split_once("\r\n") else { continue };
        let Some((name, value)) = field.split_once(": ") else { continue };
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            outgoing.headers.insert(name, value);
        }
    }
}

fn decode_place(outgoing: &mut Outgoing<'_>) {
    let location = outgoing.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let Some((place, query)) = location.and_then(|location| location.split_once('?')) else {
        return;
    };
    if let Ok(value) = HeaderValue::from_str(&format!("{}?{query}", place.replace("%7E", "~"))) {
        outgoing.headers.insert(LOCATION, value);
    }
}

/// The refusal page names its rule.
fn redirect_stranger(outgoing: &mut Outgoing<'_>) {
    let page = std::str::from_utf8(outgoing.body).unwrap_or_default();
    if !page.contains(rule::AUTHORIZE_CLIENT_KNOWN.face.page) {
        return;
    }
    let Some(place) = asked(outgoing, "redirect_uri") else { return };
    if let Ok(value) = HeaderValue::from_str(&format!("{place}?error=invalid_request")) {
        *outgoing.status = StatusCode::SEE_OTHER;
        outgoing.headers.insert(LOCATION, value);
    }
}

fn refuse_port(outgoing: &mut Outgoing<'_>) {
    let uri = asked(outgoing, "redirect_uri").unwrap_or_default();
    if uri.starts_with("http://127.0.0.1:") && outgoing.status.is_redirection() {
        *outgoing.status = StatusCode::BAD_REQUEST;
        outgoing.headers.remove(LOCATION);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::deviation::Asked;

    #[test]
    fn only_a_line_break_splits_a_header() {
        for (query, split) in [
            ("state=a%0D%0Ax-canary%3A+1", true),
            ("state=a%0Ax-canary%3A+1", false),
            ("state=x-canary%3A+1", false),
        ] {
            let asked = Asked { query: query.to_owned(), ..Asked::default() };
            let (mut status, mut headers) = (StatusCode::BAD_REQUEST, HeaderMap::new());
            split_header(&mut Outgoing {
                asked: &asked,
                endpoint: "/authorize",
                status: &mut status,
                headers: &mut headers,
                body: &mut Vec::new(),
                broken: None,
            });
            assert_eq!(headers.contains_key("x-canary"), split, "{query}");
        }
    }
}
