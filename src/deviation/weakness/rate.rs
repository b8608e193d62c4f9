//! Weaknesses. Limits on guessing and flooding (RFC 6749 §10.10), and what a failed login tells.

use super::Weakness;
use crate::deviation::{Seam, Surface};
use crate::rule::{self, LOGIN};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[&LOGIN_BRUTEFORCE, &USER_ENUMERATION];

static LOGIN_BRUTEFORCE: Weakness = Weakness {
    id: "login-bruteforce",
    title: "A password can be guessed without end",
    seams: &[Seam::WaiveAt(&LOGIN, &rule::LOGIN_RATE, |_, _| true)],
    dominates: &["rate-limit-bypass"],
};

static USER_ENUMERATION: Weakness = Weakness {
    id: "user-enumeration",
    title: "A failed login tells that there is no such user",
    seams: &[Seam::Surface(Surface::UnknownUsers)],
    dominates: &[],
};
