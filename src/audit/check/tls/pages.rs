//! Pages for people: frames, scripts, referrers, strangers (RFC 9700 §4.2.4, §4.16).

use url::Url;

use super::super::{Check, Running, Text};
use super::policy;
use super::row::{Look, judge, row};
use crate::audit::evidence::{Evidence, Role, View};
use crate::audit::finding::{Need, Severity};
use crate::audit::probe::Probe;

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];
const FRAME_WHY: &str =
    "Another site lays the page, unseen, under its own: the user clicks there and allows here.";
const FRAME_SHOWN: &str = "The page has neither frame-ancestors in its Content-Security-Policy nor X-Frame-Options, or they admit everybody.";
const FRAME_FIX: &str = "Send Content-Security-Policy with frame-ancestors 'none', and X-Frame-Options: DENY for old browsers, with every page.";

pub(in crate::audit::check) static CLICKJACKING_AUTHORIZE: Check = row(
    ("clickjacking-authorize", "The consent page can be framed by other sites", Severity::High),
    NEEDS,
    &["RFC 9700 §4.16", "OWASP ASVS 5.0 3.4.6"],
    Text {
        does: "Looks at what the consent page of a flow says about frames.",
        why: FRAME_WHY,
        shown: FRAME_SHOWN,
        fix: FRAME_FIX,
    },
    |probe, evidence| run(probe, evidence, &CONSENT_FRAMES),
);

pub(in crate::audit::check) static CLICKJACKING_SECONDARY: Check = row(
    (
        "clickjacking-secondary",
        "The login, error or logout page can be framed by other sites",
        Severity::Medium,
    ),
    NEEDS,
    &["RFC 9700 §4.16"],
    Text {
        does: "Looks at what the login page, the error page and the logout page say about frames.",
        why: "These pages often come from other code than the consent page: framed, they lend the issuer's name to an attacker's site.",
        shown: FRAME_SHOWN,
        fix: FRAME_FIX,
    },
    |probe, evidence| run(probe, evidence, &OTHER_FRAMES),
);

pub(in crate::audit::check) static COOP_MISSING: Check = row(
    ("coop-missing", "Pages keep a handle to the window that opened them", Severity::Info),
    NEEDS,
    &["OWASP ASVS 5.0 3.4.8"],
    Text {
        does: "Looks for Cross-Origin-Opener-Policy with every page of the flow.",
        why: "A site that opened the page in a window of its own can navigate that window while the user reads it.",
        shown: "The header is missing, or is neither same-origin nor same-origin-allow-popups.",
        fix: "Send Cross-Origin-Opener-Policy: same-origin with every page.",
    },
    |probe, evidence| run(probe, evidence, &OPENERS),
);

pub(in crate::audit::check) static CSP_WEAK: Check = row(
    ("csp-weak", "The content security policy lets any script run", Severity::Medium),
    NEEDS,
    &["RFC 9700 §4.16", "OWASP ASVS 5.0 3.4.3"],
    Text {
        does: "Reads the Content-Security-Policy of every page of the flow: scripts, plug-ins, and base.",
        why: "With a policy that admits every script one slip in a template is enough to steal passwords and to consent in the user's name.",
        shown: "There is no policy, or it admits inline or foreign scripts, plug-ins, or a foreign base.",
        fix: "Start from default-src 'none' and base-uri 'none', and name what a page needs; scripts by 'self', nonce or hash.",
    },
    |probe, evidence| run(probe, evidence, &SCRIPTS),
);

pub(in crate::audit::check) static REFERRER_POLICY: Check = row(
    ("referrer-policy", "Pages of the flow tell other sites their full address", Severity::Medium),
    NEEDS,
    &["RFC 9700 §4.2.4", "OWASP ASVS 5.0 3.4.5"],
    Text {
        does: "Looks at Referrer-Policy of every page of the flow.",
        why: "The address holds the authorization request, or a code: a link or a picture takes it to whoever it leads to.",
        shown: "The policy is missing, or sends more than the origin to other sites.",
        fix: "Send Referrer-Policy: no-referrer with every page of the flow.",
    },
    |probe, evidence| run(probe, evidence, &REFERRERS),
);

pub(in crate::audit::check) static THIRD_PARTY_CONTENT: Check = row(
    ("third-party-content", "Pages of the flow load from or link to other sites", Severity::Medium),
    NEEDS,
    &["RFC 9700 §4.2.4"],
    Text {
        does: "Looks for scripts, pictures, style sheets, frames and links of other origins in every page of the flow.",
        why: "What comes from elsewhere learns of the flow, and a script from there owns the page.",
        shown: "An element of a page names a URL of another origin.",
        fix: "Serve everything that the pages need from the issuer's own origin, and link nowhere else.",
    },
    |probe, evidence| run(probe, evidence, &STRANGERS),
);

const CONSENT_FRAMES: Look =
    Look { roles: &[Role::Consent], expected: "no frames of other sites", fault: framable };
const OTHER_FRAMES: Look = Look {
    roles: &[Role::Login, Role::Error, Role::Logout],
    expected: "no frames of other sites",
    fault: framable,
};
const OPENERS: Look =
    Look { roles: Role::PAGES, expected: "Cross-Origin-Opener-Policy: same-origin", fault: opened };
const SCRIPTS: Look = Look {
    roles: Role::PAGES,
    expected: "a policy without inline and foreign scripts",
    fault: |view| policy::weakness(view.answer.headers("content-security-policy")),
};
const REFERRERS: Look =
    Look { roles: Role::PAGES, expected: "at most the origin for other sites", fault: referring };
const STRANGERS: Look =
    Look { roles: Role::PAGES, expected: "nothing of other origins", fault: foreign };

fn run<'a>(probe: &'a Probe, evidence: &'a Evidence, look: &'static Look) -> Running<'a> {
    Box::pin(async move { Ok(judge(probe, evidence, look).await) })
}

fn framable(view: &View) -> Option<String> {
    match policy::ancestors(view.answer.headers("content-security-policy")) {
        Some(true) => None,
        Some(false) => Some("frame-ancestors admits everybody".to_owned()),
        None => {
            let option = view.answer.header("x-frame-options").unwrap_or("nothing").trim();
            let sound = ["deny", "sameorigin"].iter().any(|one| option.eq_ignore_ascii_case(one));
            (!sound).then(|| format!("no frame-ancestors, and X-Frame-Options says {option}"))
        }
    }
}

fn opened(view: &View) -> Option<String> {
    let value = view.answer.header("cross-origin-opener-policy").unwrap_or("nothing");
    let name = value.split(';').next().unwrap_or_default().trim();
    let sound = ["same-origin", "same-origin-allow-popups", "noopener-allow-popups"];
    (!sound.contains(&name)).then(|| format!("Cross-Origin-Opener-Policy: {value}"))
}

/// Of several values the last one that is known counts (Referrer Policy §8.1).
fn referring(view: &View) -> Option<String> {
    const SOUND: &[&str] =
        &["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
    const OTHERS: &[&str] =
        &["no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "unsafe-url"];
    let values = view.answer.headers("referrer-policy").flat_map(|value| value.split(','));
    let names = values.map(|value| value.trim().to_ascii_lowercase());
    let known = |name: &String| [SOUND, OTHERS].concat().contains(&name.as_str());
    match names.filter(known).last() {
        Some(name) if SOUND.contains(&name.as_str()) => None,
        Some(name) => Some(name),
        None => Some("no Referrer-Policy".to_owned()),
    }
}

fn foreign(view: &View) -> Option<String> {
    let own = Url::parse(&view.url).ok()?;
    let elsewhere = |(tag, url): (String, String)| {
        let full = own.join(&url).ok()?;
        let web = matches!(full.scheme(), "http" | "https");
        (web && full.origin() != own.origin())
            .then(|| format!("{tag} of {}", full.origin().ascii_serialization()))
    };
    view.answer.urls().into_iter().find_map(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::view;
    use super::*;

    fn bad(fault: fn(&View) -> Option<String>, headers: &[(&str, &str)]) -> bool {
        fault(&view(Role::Consent, headers, "")).is_some()
    }

    #[test]
    fn either_header_forbids_frames_and_the_policy_comes_first() {
        const POLICY: &str = "content-security-policy";
        assert!(!bad(framable, &[(POLICY, "default-src 'none'; frame-ancestors 'none'")]));
        assert!(!bad(framable, &[("x-frame-options", "Deny")]));
        assert!(bad(framable, &[(POLICY, "default-src 'none'")]));
        assert!(bad(framable, &[(POLICY, "frame-ancestors *"), ("x-frame-options", "DENY")]));
        assert!(bad(framable, &[("x-frame-options", "ALLOW-FROM https://x")]));
        assert!(bad(framable, &[]));
    }

    #[test]
    fn the_last_known_referrer_policy_counts() {
        let with = |value| bad(referring, &[("referrer-policy", value)]);
        assert!(
            !with("no-referrer") && !with("unsafe-url, strict-origin") && !with("same-origin, new")
        );
        assert!(
            with("unsafe-url") && with("no-referrer, origin") && with("new") && bad(referring, &[])
        );
    }

    #[test]
    fn openers_are_cut_off_by_name() {
        let with = |value| bad(opened, &[("cross-origin-opener-policy", value)]);
        assert!(!with("same-origin; report-to=\"x\"") && with("unsafe-none") && bad(opened, &[]));
    }

    #[test]
    fn what_is_of_another_origin_is_a_stranger() {
        let html = [("content-type", "text/html")];
        let stranger = |body| foreign(&view(Role::Login, &html, body));
        assert_eq!(stranger("<link href=/lab.css><a href='mailto:x@y'>x</a><form action=x>"), None);
        let pixel = stranger("<img src='//t.example/p.gif'>");
        assert_eq!(pixel.as_deref(), Some("img of https://t.example"));
        assert!(stranger("<a href='http://a/x'>x</a>").is_some());
    }
}
