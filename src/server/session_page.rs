//! Pages about the session of a user: whether to end it, that it ended, and what lives in it.

use askama::Template;

use super::page::Frame;
use crate::issuer::{Account, LogoutFrame};

/// The page that asks.
#[derive(Template)]
#[template(path = "pages/logout.html")]
pub(super) struct AskLogoutPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) client: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) host: Option<String>,
    pub(super) fields: Vec<(&'static str, &'a str)>,
}

/// The page afterwards.
#[derive(Template)]
#[template(path = "pages/logged-out.html")]
pub(super) struct LoggedOutPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) location: Option<&'a str>,
    pub(super) host: String,
    /// Where the browser goes by itself, after the frames have had their time.
    pub(super) refresh: Option<&'a str>,
    pub(super) frames: &'a [LogoutFrame],
}

/// The page that asks for a password where the account is to be shown.
#[derive(Template)]
#[template(path = "pages/account-login.html")]
pub(super) struct AccountLoginPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) csrf: &'a str,
    pub(super) problem: &'static str,
}

/// The account page.
#[derive(Template)]
#[template(path = "pages/account.html")]
pub(super) struct AccountPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) account: &'a Account,
    pub(super) csrf: &'a str,
}
