//! Weaknesses of transport and headers (RFC 9700 §4.2.4, §4.12, §4.16): each spoils the header of
//! one page or endpoint, where that is enough.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, PRAGMA, REFERRER_POLICY, SERVER,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};

use super::Weakness;
use crate::deviation::{Outgoing, Seam, Surface};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CLICKJACKING_AUTHORIZE,
    &CLICKJACKING_SECONDARY,
    &COOP_MISSING,
    &CSP_WEAK,
    &JSON_AS_HTML,
    &NOSNIFF_MISSING,
    &NO_STORE_BACKCHANNEL,
    &NO_STORE_FRONT_CHANNEL,
    &NO_STORE_TOKEN_ERROR,
    &REDIRECT_307,
    &REDIRECT_NOT_303,
    &REFERRER_POLICY_LAX,
    &SERVER_BANNER,
    &THIRD_PARTY_CONTENT,
    &TLS_OLD_VERSION,
    &TLS_PLAIN_HTTP,
    &TLS_REDIRECT_ON_BACKCHANNEL,
    &TLS_WEAK_CIPHER,
];

static CLICKJACKING_AUTHORIZE: Weakness = Weakness {
    id: "clickjacking-authorize",
    title: "The consent page can be framed by other sites",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/consent") && outgoing.status.is_success() {
            admit_frames(outgoing);
        }
    })],
    dominates: &[],
};

static CLICKJACKING_SECONDARY: Weakness = Weakness {
    id: "clickjacking-secondary",
    title: "The page that refuses a request can be framed by other sites",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/authorize") && outgoing.status.is_client_error() {
            admit_frames(outgoing);
        }
    })],
    dominates: &[],
};

static COOP_MISSING: Weakness = Weakness {
    id: "coop-missing",
    title: "Pages keep a handle to the window that opened them",
    seams: &[Seam::Mangle(|outgoing| {
        outgoing.headers.remove("cross-origin-opener-policy");
    })],
    dominates: &[],
};

static CSP_WEAK: Weakness = Weakness {
    id: "csp-weak",
    title: "The consent page admits scripts from everywhere",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/consent") && outgoing.headers.contains_key(CONTENT_SECURITY_POLICY) {
            set(outgoing, CONTENT_SECURITY_POLICY, "script-src *; frame-ancestors 'none'");
        }
    })],
    dominates: &[],
};

static JSON_AS_HTML: Weakness = Weakness {
    id: "json-as-html",
    title: "Errors of the token endpoint are served as HTML",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/token") && outgoing.status.is_client_error() {
            set(outgoing, CONTENT_TYPE, "text/html; charset=utf-8");
        }
    })],
    dominates: &[],
};

static NOSNIFF_MISSING: Weakness = Weakness {
    id: "nosniff-missing",
    title: "Browsers may guess the type of answers",
    seams: &[Seam::Mangle(|outgoing| {
        outgoing.headers.remove(X_CONTENT_TYPE_OPTIONS);
    })],
    dominates: &[],
};

static NO_STORE_BACKCHANNEL: Weakness = Weakness {
    id: "no-store-backchannel",
    title: "Caches may keep what userinfo says",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/userinfo") && outgoing.status.is_success() {
            set(outgoing, CACHE_CONTROL, "public, max-age=60");
        }
    })],
    dominates: &[],
};

static NO_STORE_FRONT_CHANNEL: Weakness = Weakness {
    id: "no-store-front-channel",
    title: "Caches may keep the redirect that carries the code",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/consent") && outgoing.status.is_redirection() {
            outgoing.headers.remove(CACHE_CONTROL);
            outgoing.headers.remove(PRAGMA);
        }
    })],
    dominates: &[],
};

static NO_STORE_TOKEN_ERROR: Weakness = Weakness {
    id: "no-store-token-error",
    title: "Caches may keep errors of the token endpoint",
    seams: &[Seam::Mangle(|outgoing| {
        if is_at(outgoing, "/token") && outgoing.status.is_client_error() {
            outgoing.headers.remove(CACHE_CONTROL);
            outgoing.headers.remove(PRAGMA);
        }
    })],
    dominates: &[],
};

static REDIRECT_307: Weakness = Weakness {
    id: "redirect-307",
    title: "The login form is redirected together with the password",
    seams: &[Seam::Mangle(|outgoing| after_login(outgoing, StatusCode::TEMPORARY_REDIRECT))],
    dominates: &[],
};

static REDIRECT_NOT_303: Weakness = Weakness {
    id: "redirect-not-303",
    title: "The login form is redirected with 302",
    seams: &[Seam::Mangle(|outgoing| after_login(outgoing, StatusCode::FOUND))],
    dominates: &[],
};

static REFERRER_POLICY_LAX: Weakness = Weakness {
    id: "referrer-policy",
    title: "The pages of a flow tell other sites their full address",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.headers.contains_key(REFERRER_POLICY) {
            set(outgoing, REFERRER_POLICY, "unsafe-url");
        }
    })],
    dominates: &[],
};

static SERVER_BANNER: Weakness = Weakness {
    id: "server-banner",
    title: "Every answer tells the version of the server",
    seams: &[Seam::Mangle(|outgoing| set(outgoing, SERVER, "oauthlab/0.1 (rust 1.9)"))],
    dominates: &[],
};

static THIRD_PARTY_CONTENT: Weakness = Weakness {
    id: "third-party-content",
    title: "The consent page loads a picture from another site",
    seams: &[Seam::Mangle(|outgoing| {
        const PIXEL: &[u8] = b"<img src=\"https://pixel.example/p.gif\" alt=\"\">";
        if is_at(outgoing, "/consent") && outgoing.headers.contains_key(CONTENT_SECURITY_POLICY) {
            outgoing.body.extend_from_slice(PIXEL);
        }
    })],
    dominates: &[],
};

static TLS_OLD_VERSION: Weakness = Weakness {
    id: "tls-old-version",
    title: "A handshake with TLS 1.1 is answered as if it went on",
    seams: &[Seam::Surface(Surface::OldTls)],
    dominates: &[],
};

static TLS_PLAIN_HTTP: Weakness = Weakness {
    id: "tls-plain-http",
    title: "The servers speak plain HTTP at the port that is for TLS",
    seams: &[Seam::Surface(Surface::PlainHttp)],
    dominates: &[],
};

static TLS_REDIRECT_ON_BACKCHANNEL: Weakness = Weakness {
    id: "tls-redirect-on-backchannel",
    title: "Plain HTTP is redirected to https, whatever was sent",
    seams: &[Seam::Surface(Surface::RedirectToTls)],
    dominates: &[],
};

static TLS_WEAK_CIPHER: Weakness = Weakness {
    id: "tls-weak-cipher",
    title: "A handshake with weak ciphers alone is answered as if it went on",
    seams: &[Seam::Surface(Surface::WeakCiphers)],
    dominates: &[],
};

fn is_at(outgoing: &Outgoing<'_>, path: &str) -> bool {
    outgoing.endpoint.ends_with(path)
}

fn set(outgoing: &mut Outgoing<'_>, name: HeaderName, value: &'static str) {
    outgoing.headers.insert(name, HeaderValue::from_static(value));
}

fn after_login(outgoing: &mut Outgoing<'_>, status: StatusCode) {
    if is_at(outgoing, "/login") && *outgoing.status == StatusCode::SEE_OTHER {
        *outgoing.status = status;
    }
}

/// Takes away what is said about frames, and nothing else of the policy.
fn admit_frames(outgoing: &mut Outgoing<'_>) {
    outgoing.headers.remove(X_FRAME_OPTIONS);
    let policy =
        outgoing.headers.get(CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    let Some(policy) = policy else { return };
    let rest: Vec<_> =
        policy.split(';').filter(|one| !one.trim().starts_with("frame-ancestors")).collect();
    if let Ok(rest) = HeaderValue::from_str(&rest.join(";")) {
        outgoing.headers.insert(CONTENT_SECURITY_POLICY, rest);
    }
}
