//! Weaknesses of redirect URI matching (RFC 9700 §2.1, §4.1). Each accepts one shape of a foreign
//! URI and refuses every other, so that one check fails and its neighbours do not.

use url::Url;

use super::Weakness;
use crate::deviation::Seam;
use crate::protocol::RedirectUri;
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &REDIRECT_FOREIGN_HOST,
    &REDIRECT_PATH_APPEND,
    &REDIRECT_PATH_TRAVERSAL,
    &REDIRECT_PORT,
    &REDIRECT_SUBDOMAIN,
    &REDIRECT_SUFFIX_HOST,
    &REDIRECT_TOKEN_MISMATCH,
];

static REDIRECT_FOREIGN_HOST: Weakness = Weakness {
    id: "redirect-foreign-host",
    title: "A redirect URI with the registered path is accepted on any host",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let (host, other) = hosts(own, asked);
            let related = other.starts_with(host) || other.ends_with(host);
            asked.scheme() == "https" && asked.port().is_none() && !related && same_path(own, asked)
        })
    })],
    dominates: &[],
};

static REDIRECT_PATH_APPEND: Weakness = Weakness {
    id: "redirect-path-append",
    title: "A redirect URI that only begins like the registered one is accepted",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        registered.alternatives().iter().any(|own| {
            let suffix = requested.text().and_then(|asked| asked.strip_prefix(own));
            suffix.is_some_and(|suffix| suffix.bytes().all(|b| b.is_ascii_lowercase() || b == b'/'))
        })
    })],
    dominates: &[],
};

static REDIRECT_PATH_TRAVERSAL: Weakness = Weakness {
    id: "redirect-path-traversal",
    title: "Redirect URIs are compared after their dot segments were resolved",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        let text = requested.text().unwrap_or_default().to_ascii_lowercase();
        let dotted = text.contains("/..") || text.contains("%2e");
        dotted && differs(registered, requested, |own, asked| own == asked)
    })],
    dominates: &[],
};

static REDIRECT_PORT: Weakness = Weakness {
    id: "redirect-port",
    title: "The port of a redirect URI is ignored on hosts other than loopback",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let (host, other) = hosts(own, asked);
            let same = own.scheme() == asked.scheme() && host == other && same_path(own, asked);
            same && own.port() != asked.port()
        })
    })],
    dominates: &[],
};

static REDIRECT_SUBDOMAIN: Weakness = Weakness {
    id: "redirect-subdomain",
    title: "A redirect URI on any subdomain of the registered host is accepted",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let (host, other) = hosts(own, asked);
            let below = other.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'));
            below && same_path(own, asked)
        })
    })],
    dominates: &[],
};

static REDIRECT_SUFFIX_HOST: Weakness = Weakness {
    id: "redirect-suffix-host",
    title: "A redirect URI whose host only begins like the registered host is accepted",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let (host, other) = hosts(own, asked);
            let behind = other.strip_prefix(host).is_some_and(|rest| !matches!(rest, "" | "."));
            behind && same_path(own, asked)
        })
    })],
    dominates: &[],
};

static REDIRECT_TOKEN_MISMATCH: Weakness = Weakness {
    id: "redirect-token-mismatch",
    title: "A code is redeemed with another redirect URI than it was sent to",
    seams: &[Seam::Waive(&rule::CODE_REDIRECT_URI, |_, _| true)],
    dominates: &[],
};

/// Whether a well-formed URI differs from a registered one in the accepted way.
fn differs(registered: &Fact, requested: &Fact, accept: impl Fn(&Url, &Url) -> bool) -> bool {
    let sound = requested.text().filter(|text| RedirectUri::parse(text).is_ok());
    let Some(asked) = sound.and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let own = registered.alternatives().into_iter().filter_map(|text| Url::parse(text).ok());
    own.into_iter().any(|own| accept(&own, &asked))
}

fn hosts<'a>(own: &'a Url, asked: &'a Url) -> (&'a str, &'a str) {
    (own.host_str().unwrap_or_default(), asked.host_str().unwrap_or_default())
}

fn same_path(own: &Url, asked: &Url) -> bool {
    own.path() == asked.path() && own.query() == asked.query()
}

#[cfg(test)]
mod tests {
    use super::*;

    static ALL: &[&Weakness] = &[
        &REDIRECT_FOREIGN_HOST,
        &REDIRECT_PATH_APPEND,
        &REDIRECT_PATH_TRAVERSAL,
        &REDIRECT_PORT,
        &REDIRECT_SUBDOMAIN,
        &REDIRECT_SUFFIX_HOST,
    ];

    fn accepting(requested: &str) -> Vec<&'static str> {
        let registered = Fact::any_of(["https://app.example/cb"]);
        let requested = Fact::public(requested);
        let accepts = |weakness: &&&Weakness| {
            weakness.seams.iter().any(|seam| match seam {
                Seam::Waive(_, when) => when(&registered, &requested),
                _ => false,
            })
        };
        ALL.iter().filter(accepts).map(|weakness| weakness.id).collect()
    }

    #[test]
    fn each_shape_is_accepted_by_exactly_one_weakness() {
        for (requested, id) in [
            ("https://attacker.test/cb", "redirect-foreign-host"),
            ("https://app.example/cb/x", "redirect-path-append"),
            ("https://app.example/cbx", "redirect-path-append"),
            ("https://app.example/x/../cb", "redirect-path-traversal"),
            ("https://app.example/x/%2e%2e/cb", "redirect-path-traversal"),
            ("https://app.example:8443/cb", "redirect-port"),
            ("https://evil.app.example/cb", "redirect-subdomain"),
            ("https://app.example.attacker.test/cb", "redirect-suffix-host"),
        ] {
            assert_eq!(accepting(requested), [id], "{requested}");
        }
    }

    #[test]
    fn other_shapes_are_accepted_by_none() {
        for requested in [
            "https://attacker.test/other",
            "https://app.example/cb?x=1",
            "https://app.example/cb/../x",
            "https://app.example/cb/%2e%2e/x",
            "http://attacker.test/cb",
            "not a URL",
        ] {
            assert_eq!(accepting(requested), [""; 0], "{requested}");
        }
    }
}
