//! Dockets of a session's end, and of what its user may see and take back.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;

docket!(
    LOGOUT,
    "logout",
    "Does this user want to log out, and where may the browser go then?",
    [LOGOUT_HINT, LOGOUT_CLIENT, LOGOUT_REDIRECT_URI, STATE_FORM, FORM_CSRF, LOGOUT_CONFIRMED,]
);

docket!(ACCOUNT, "account", "Whose account is this?", [SESSION_LIVE]);

docket!(
    ACCOUNT_LOGIN,
    "account.login",
    "Is this the user whose account it is?",
    [FORM_CSRF, LOGIN_RATE, LOGIN_PASSWORD]
);

docket!(
    ACCOUNT_REVOKE,
    "account.revoke",
    "Does this user take back something of their own?",
    [SESSION_LIVE, FORM_CSRF, ACCOUNT_TARGET]
);
