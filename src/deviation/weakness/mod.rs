//! Weaknesses: each has the id of the audit check that finds it, and changes as little as it can.

mod code;
mod pkce;
mod redirect_uri;

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
pub static WEAKNESSES: &[&Weakness] =
    &[&code::CODE_REUSE, &pkce::PKCE_VERIFIER_WRONG, &redirect_uri::REDIRECT_FOREIGN_HOST];

/// The canonical id of a weakness.
pub fn weakness_id(id: &str) -> Option<&'static str> {
    WEAKNESSES.iter().find(|weakness| weakness.id == id).map(|weakness| weakness.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sorted() {
        assert!(WEAKNESSES.is_sorted_by(|a, b| a.id < b.id));
    }
}
