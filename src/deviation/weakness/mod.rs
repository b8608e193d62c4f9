//! Weaknesses: each has the id of the audit check that finds it, and changes as little as it can,
//! so that exactly one check fails. Where that cannot be, `dominates` says which others do.

mod access_token;
mod authorization;
mod client_assertion;
mod client_auth;
mod code;
mod consent;
mod cors;
mod device;
mod dpop;
mod grant;
mod introspection;
mod json;
mod leak;
mod logout;
mod metadata;
mod pkce;
mod pushed;
mod rate;
mod redirect_form;
mod redirect_response;
mod redirect_uri;
mod refresh;
mod registration;
mod resource;
mod revocation;
mod session;
mod ssrf;
mod tls;
mod token;

use std::sync::LazyLock;

use super::Seam;

/// One weakness.
#[derive(Debug)]
pub struct Weakness {
    /// The id of the check that finds it.
    pub id: &'static str,
    /// What the server does wrong.
    pub title: &'static str,
    /// What it changes.
    pub seams: &'static [Seam],
    /// Checks that fail with it because they cannot be told apart from it.
    pub dominates: &'static [&'static str],
}

/// Every weakness, sorted by id.
pub static WEAKNESSES: LazyLock<Vec<&'static Weakness>> = LazyLock::new(|| {
    let mut weaknesses = FILES.concat();
    weaknesses.sort_unstable_by_key(|weakness| weakness.id);
    weaknesses
});

/// The weaknesses of each file.
static FILES: &[&[&Weakness]] = &[
    access_token::WEAKNESSES,
    authorization::WEAKNESSES,
    client_assertion::WEAKNESSES,
    client_auth::WEAKNESSES,
    code::WEAKNESSES,
    consent::WEAKNESSES,
    cors::WEAKNESSES,
    device::WEAKNESSES,
    dpop::WEAKNESSES,
    grant::WEAKNESSES,
    introspection::WEAKNESSES,
    leak::WEAKNESSES,
    logout::WEAKNESSES,
    metadata::WEAKNESSES,
    pkce::WEAKNESSES,
    pushed::WEAKNESSES,
    rate::WEAKNESSES,
    redirect_form::WEAKNESSES,
    redirect_response::WEAKNESSES,
    redirect_uri::WEAKNESSES,
    refresh::WEAKNESSES,
    registration::WEAKNESSES,
    resource::WEAKNESSES,
    revocation::WEAKNESSES,
    session::WEAKNESSES,
    ssrf::WEAKNESSES,
    tls::WEAKNESSES,
    token::WEAKNESSES,
];

/// The canonical id of a weakness.
pub fn weakness_id(id: &str) -> Option<&'static str> {
    WEAKNESSES.iter().find(|weakness| weakness.id == id).map(|weakness| weakness.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::DOCKETS;

    #[test]
    fn ids_are_unique_and_sorted() {
        for pair in WEAKNESSES.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
        }
    }

    /// A waiver of a rule that is never judged there would change nothing.
    #[test]
    fn waived_rules_are_judged_where_they_are_waived() {
        for weakness in WEAKNESSES.iter() {
            for seam in weakness.seams {
                match seam {
                    Seam::Waive(rule, _) => {
                        let judged = DOCKETS.iter().any(|docket| docket.rules.contains(rule));
                        assert!(judged, "{} waives {}", weakness.id, rule.id);
                    }
                    Seam::WaiveAt(docket, rule, _) => {
                        let judged = docket.rules.contains(rule);
                        assert!(judged, "{} waives {} at {}", weakness.id, rule.id, docket.id);
                    }
                    Seam::DropEffect(_)
                    | Seam::Draft(_)
                    | Seam::Read(_)
                    | Seam::Surface(_)
                    | Seam::Mangle(_) => {}
                }
            }
        }
    }

    #[test]
    fn every_weakness_changes_something_and_says_what() {
        for weakness in WEAKNESSES.iter() {
            assert!(!weakness.seams.is_empty(), "{}", weakness.id);
            assert!(weakness.title.len() > 20, "{}", weakness.id);
            assert!(!weakness.dominates.contains(&weakness.id), "{}", weakness.id);
        }
    }
}
