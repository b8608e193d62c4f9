//! Weaknesses of registration (RFC 7591) and its management (RFC 7592).

use super::Weakness;
use crate::deviation::{Draft, Leniency, Outgoing, Seam, Surface};
use crate::rule::{self, Fact, MANAGE_CLIENT, REGISTER};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &DCR_CHOSEN_CLIENT_ID,
    &DCR_CLIENT_NO_CONSENT,
    &DCR_HTTP_REDIRECT,
    &DCR_MANAGEMENT_IDOR,
    &DCR_MASS_ASSIGNMENT,
    &DCR_NAME_INJECTION,
    &DCR_NO_REDIRECTS,
    &DCR_OPEN,
    &DCR_PRIVILEGED_GRANT,
    &DCR_PRIVILEGED_SCOPE,
    &DCR_SCRIPT_SCHEME,
    &DCR_SOFTWARE_STATEMENT,
    &DCR_UPDATE_ESCALATION,
    &DCR_WILDCARD_FRAGMENT,
];

static DCR_CHOSEN_CLIENT_ID: Weakness = Weakness {
    id: "dcr-chosen-client-id",
    title: "A client gets the identifier that it asks for",
    seams: &[Seam::Draft(|draft| {
        if let Draft::Registration(client) = draft
            && let Some(asked) = client.asked_client_id.take()
        {
            client.client_id = asked;
        }
    })],
    // Among the identifiers that can be chosen are the subjects of users.
    dominates: &["client-user-namespace"],
};

static DCR_CLIENT_NO_CONSENT: Weakness = Weakness {
    id: "dcr-client-no-consent",
    title: "A client that registered itself gets a code of a logged-in user without a question",
    seams: &[Seam::Surface(Surface::RegisteredWithoutConsent)],
    dominates: &[],
};

static DCR_HTTP_REDIRECT: Weakness = Weakness {
    id: "dcr-http-redirect",
    title: "Redirect URIs without TLS are registered",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_REDIRECT_URI, is_insecure)],
    dominates: &[],
};

static DCR_MANAGEMENT_IDOR: Weakness = Weakness {
    id: "dcr-management-idor",
    title: "A registration is managed by anyone who knows its client_id",
    seams: &[Seam::Waive(&rule::MANAGE_TOKEN, |_, _| true)],
    dominates: &[],
};

static DCR_MASS_ASSIGNMENT: Weakness = Weakness {
    id: "dcr-mass-assignment",
    title: "A client gets the secret that it asks for",
    seams: &[Seam::Draft(|draft| {
        if let Draft::Registration(client) = draft
            && let Some(asked) = client.asked_client_secret.take()
        {
            client.client_secret = Some(asked);
        }
    })],
    dominates: &[],
};

static DCR_NAME_INJECTION: Weakness = Weakness {
    id: "dcr-name-injection",
    title: "The consent page shows what clients say as HTML",
    seams: &[Seam::Mangle(unescaped)],
    dominates: &[],
};

static DCR_NO_REDIRECTS: Weakness = Weakness {
    id: "dcr-no-redirects",
    title: "A client of the code grant is registered without a redirect URI",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_REDIRECT_PRESENT, |_, _| true)],
    dominates: &[],
};

static DCR_OPEN: Weakness = Weakness {
    id: "dcr-open",
    title: "Anyone may register a client",
    seams: &[Seam::Surface(Surface::OpenRegistration)],
    dominates: &[],
};

static DCR_PRIVILEGED_GRANT: Weakness = Weakness {
    id: "dcr-privileged-grant",
    title: "A client registers grants that nobody is offered",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_GRANTS, |_, _| true)],
    dominates: &[],
};

static DCR_PRIVILEGED_SCOPE: Weakness = Weakness {
    id: "dcr-privileged-scope",
    title: "A client registers any scope that it can name",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_SCOPE, |_, _| true)],
    dominates: &[],
};

static DCR_SCRIPT_SCHEME: Weakness = Weakness {
    id: "dcr-script-scheme",
    title: "Redirect URIs that run script are registered",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_REDIRECT_URI, is_script)],
    dominates: &[],
};

static DCR_SOFTWARE_STATEMENT: Weakness = Weakness {
    id: "dcr-software-statement",
    title: "A software statement is believed whoever signed it",
    seams: &[Seam::Read(Leniency::AnyStatement)],
    dominates: &[],
};

static DCR_UPDATE_ESCALATION: Weakness = Weakness {
    id: "dcr-update-escalation",
    title: "An update sets redirect URIs that a registration refuses",
    seams: &[Seam::WaiveAt(&MANAGE_CLIENT, &rule::REGISTRATION_REDIRECT_URI, |_, _| true)],
    dominates: &[],
};

static DCR_WILDCARD_FRAGMENT: Weakness = Weakness {
    id: "dcr-wildcard-fragment",
    title: "Redirect URIs with wildcards, with fragments and without a host are registered",
    seams: &[Seam::WaiveAt(&REGISTER, &rule::REGISTRATION_REDIRECT_URI, is_pattern)],
    dominates: &[],
};

fn is_insecure(_: &Fact, got: &Fact) -> bool {
    got.text().is_some_and(|uri| uri.starts_with("http://") && !is_loose(uri))
}

fn is_script(_: &Fact, got: &Fact) -> bool {
    let bare: String = got.text().unwrap_or_default().split_whitespace().collect();
    let scheme = bare.split(':').next().unwrap_or_default().to_ascii_lowercase();
    ["javascript", "data", "vbscript", "file"].contains(&scheme.as_str())
}

fn is_pattern(_: &Fact, got: &Fact) -> bool {
    got.text().is_some_and(is_loose)
}

fn is_loose(uri: &str) -> bool {
    uri.contains(['*', '#']) || uri.starts_with('/')
}

/// The consent page as a template engine without escaping would write it.
fn unescaped(outgoing: &mut Outgoing<'_>) {
    if outgoing.endpoint != "/consent" {
        return;
    }
    let page = String::from_utf8_lossy(outgoing.body);
    let pairs = [("&#60;", "<"), ("&lt;", "<"), ("&#62;", ">"), ("&gt;", ">")];
    let raw =
        pairs.iter().fold(page.into_owned(), |page, (entity, plain)| page.replace(entity, plain));
    *outgoing.body = raw.into_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_redirect_uri_has_its_own_weakness() {
        let kinds = |uri: &str| {
            let got = Fact::public(uri);
            [is_insecure, is_script, is_pattern].map(|is| is(&Fact::Absent, &got))
        };
        for uri in ["http://app.example/cb", "http://a"] {
            assert_eq!(kinds(uri), [true, false, false], "{uri}");
        }
        for uri in ["JavaScript:alert(1)", " data:text/html,x", "java\tscript:x", "file:///x"] {
            assert_eq!(kinds(uri), [false, true, false], "{uri}");
        }
        for uri in ["https://*.example/", "http://a/#b", "/callback"] {
            assert_eq!(kinds(uri), [false, false, true], "{uri}");
        }
        assert_eq!(kinds("https://app.example/cb"), [false; 3]);
    }
}
