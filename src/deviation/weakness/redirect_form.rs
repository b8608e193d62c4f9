//! More weaknesses of redirect URI matching: URIs that no parser should have let in, and what is
//! registered that should not be (RFC 9700 §2.1, §4.1; RFC 8252 §7).

use super::Weakness;
use crate::deviation::Seam;
use crate::protocol::RedirectUri;
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &REDIRECT_EMPTY_LIST,
    &REDIRECT_FRAGMENT,
    &REDIRECT_HTTP,
    &REDIRECT_LOOPBACK_LOOKALIKE,
    &REDIRECT_NORMALISED,
    &REDIRECT_OTHER_CLIENT,
    &REDIRECT_PARSER_DIFFERENTIAL,
    &REDIRECT_PRIVATE_SCHEME,
    &REDIRECT_QUERY_APPEND,
    &REDIRECT_SCHEME_DOWNGRADE,
    &REDIRECT_SCRIPT_SCHEME,
    &REDIRECT_USERINFO,
    &REDIRECT_WILDCARD,
];

static REDIRECT_EMPTY_LIST: Weakness = Weakness {
    id: "redirect-empty-list",
    title: "A client without redirect URIs may use any",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        requested.text().is_some() && registered.alternatives().is_empty()
    })],
    dominates: &[],
};

static REDIRECT_FRAGMENT: Weakness = Weakness {
    id: "redirect-fragment",
    title: "The fragment of a redirect URI is ignored",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            asked.split_once('#').is_some_and(|(before, _)| before == own)
        })
    })],
    dominates: &[],
};

static REDIRECT_HTTP: Weakness = Weakness {
    id: "redirect-http",
    title: "http is taken for a host without a dot, as if it were near",
    seams: &[
        Seam::Waive(&rule::REGISTRATION_REDIRECT_URI, |_, got| begins(got, NEAR)),
        Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
            begins(requested, NEAR) && differs(registered, requested, |own, asked| own == asked)
        }),
    ],
    dominates: &[],
};

static REDIRECT_LOOPBACK_LOOKALIKE: Weakness = Weakness {
    id: "redirect-loopback-lookalike",
    title: "A host that only begins like the loopback address counts as loopback",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        begins(requested, "http://127.0.0.1.")
            && differs(registered, requested, |own, asked| {
                own.starts_with("http://127.0.0.1") && path(own) == path(asked)
            })
    })],
    dominates: &[],
};

static REDIRECT_NORMALISED: Weakness = Weakness {
    id: "redirect-normalised",
    title: "Redirect URIs are compared in lower case and without the default port",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            own != asked && asked.to_ascii_lowercase().replacen(":443/", "/", 1) == own
        })
    })],
    dominates: &[],
};

static REDIRECT_OTHER_CLIENT: Weakness = Weakness {
    id: "redirect-other-client",
    title: "Redirect URIs of other clients under the same domain are accepted",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let (host, other) = (authority(own), authority(asked));
            let parent = |host: &str| host.split_once('.').map(|(_, parent)| parent.to_owned());
            let siblings = host != other && parent(host) == parent(other);
            siblings && path(own) != path(asked) && RedirectUri::parse(asked).is_ok()
        })
    })],
    dominates: &[],
};

static REDIRECT_PARSER_DIFFERENTIAL: Weakness = Weakness {
    id: "redirect-parser-differential",
    title: "A backslash in a redirect URI is taken for a part of the host",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            asked.contains('\\') && asked.contains(authority(own)) && asked.ends_with(path(own))
        })
    })],
    dominates: &[],
};

static REDIRECT_PRIVATE_SCHEME: Weakness = Weakness {
    id: "redirect-private-scheme",
    title: "A redirect URI with a scheme of a single word is registered",
    seams: &[Seam::Waive(&rule::REGISTRATION_REDIRECT_URI, |_, got| begins(got, "oauthlabaudit:"))],
    dominates: &[],
};

static REDIRECT_QUERY_APPEND: Weakness = Weakness {
    id: "redirect-query-append",
    title: "The query of a redirect URI is ignored",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let same = asked.split_once('?').is_some_and(|(before, _)| before == own);
            same && RedirectUri::parse(asked).is_ok()
        })
    })],
    dominates: &[],
};

static REDIRECT_SCHEME_DOWNGRADE: Weakness = Weakness {
    id: "redirect-scheme-downgrade",
    title: "http and https are the same to the comparison of redirect URIs",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let rest = asked.strip_prefix("http://");
            rest.is_some() && rest == own.strip_prefix("https://")
        })
    })],
    dominates: &[],
};

static REDIRECT_SCRIPT_SCHEME: Weakness = Weakness {
    id: "redirect-script-scheme",
    title: "Redirect URIs that browsers execute are not compared",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |_, requested| {
        let text = requested.text().unwrap_or_default().to_ascii_lowercase();
        ["javascript:", "data:", "vbscript:"].iter().any(|scheme| text.starts_with(scheme))
    })],
    dominates: &[],
};

static REDIRECT_USERINFO: Weakness = Weakness {
    id: "redirect-userinfo",
    title: "Of a redirect URI only what stands before an at sign is compared",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
        differs(registered, requested, |own, asked| {
            let before = authority(asked).split_once('@').map(|(before, _)| before);
            before == Some(authority(own)) && path(own) == path(asked)
        })
    })],
    dominates: &[],
};

static REDIRECT_WILDCARD: Weakness = Weakness {
    id: "redirect-wildcard",
    title: "An asterisk at the end of a registered redirect URI stands for anything",
    seams: &[
        Seam::Waive(&rule::REGISTRATION_REDIRECT_URI, |_, got| {
            got.text().is_some_and(|text| text.ends_with("/*"))
        }),
        Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |registered, requested| {
            differs(registered, requested, |own, asked| {
                let matches = own.strip_suffix('*').is_some_and(|start| asked.starts_with(start));
                matches && RedirectUri::parse(asked).is_ok()
            })
        }),
    ],
    dominates: &["dcr-wildcard-fragment"],
};

/// A host of an intranet.
const NEAR: &str = "http://intranet/";

fn begins(fact: &Fact, start: &str) -> bool {
    fact.text().is_some_and(|text| text.starts_with(start))
}

fn differs(registered: &Fact, requested: &Fact, accept: impl Fn(&str, &str) -> bool) -> bool {
    let asked = requested.text().unwrap_or_default();
    registered.alternatives().into_iter().any(|own| accept(own, asked))
}

/// `https://host:1/path?x` → `host:1`.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// `https://host:1/path?x` → `/path?x`.
fn path(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(registered: &str, requested: &str) -> Vec<&'static str> {
        let (registered, requested) = (Fact::any_of([registered]), Fact::public(requested));
        let accepts = |weakness: &&&Weakness| {
            weakness.seams.iter().any(|seam| match seam {
                Seam::Waive(rule, when) if **rule == rule::REDIRECT_URI_REGISTERED => {
                    when(&registered, &requested)
                }
                _ => false,
            })
        };
        WEAKNESSES.iter().filter(accepts).map(|weakness| weakness.id).collect()
    }

    #[test]
    fn each_shape_is_accepted_by_exactly_one_weakness() {
        let own = "https://app.example.org/cb";
        for (requested, id) in [
            ("https://app.example.org/cb#x", "redirect-fragment"),
            ("HTTPS://app.example.org/cb", "redirect-normalised"),
            ("https://app.example.org:443/cb", "redirect-normalised"),
            ("https://other.example.org/x", "redirect-other-client"),
            ("https://attacker.test\\@app.example.org/cb", "redirect-parser-differential"),
            ("https://app.example.org/cb?x=1", "redirect-query-append"),
            ("http://app.example.org/cb", "redirect-scheme-downgrade"),
            ("JavaScript:alert(1)", "redirect-script-scheme"),
            ("https://app.example.org@attacker.test/cb", "redirect-userinfo"),
        ] {
            assert_eq!(accepting(own, requested), [id], "{requested}");
        }
        let loopback = accepting("http://127.0.0.1/cb", "http://127.0.0.1.attacker.test/cb");
        assert_eq!(loopback, ["redirect-loopback-lookalike"]);
        let wild = accepting("https://app.example/cb/*", "https://app.example/cb/x");
        assert_eq!(wild, ["redirect-wildcard"]);
        assert_eq!(accepting("http://intranet/cb", "http://intranet/cb"), ["redirect-http"]);
    }

    #[test]
    fn other_shapes_are_accepted_by_none() {
        for requested in [
            "https://attacker.test/cb",
            "https://app.example.org/cbx",
            "https://app.example.org:8443/cb",
            "https://x.app.example.org/cb",
            "https://app.example.org/x/../cb",
        ] {
            assert_eq!(accepting("https://app.example.org/cb", requested), [""; 0], "{requested}");
        }
    }
}
