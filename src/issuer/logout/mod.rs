//! Logout at a client's or the user's own wish (OpenID Connect RP-Initiated Logout 1.0).
//!
//! §2 wants the user to be asked, and demands it where no ID token of this very session is shown.
//! Who shows one is a client that the user just asked to log out: that one is not asked again.

mod deliver;
mod ending;
mod hint;
mod session_end;

pub(super) use deliver::Notices;
pub use deliver::{LogoutNotice, NoticeResult};
pub use ending::{Ending, Withdrawal};
pub(super) use session_end::MAX_FAMILIES;
#[cfg(test)]
pub(super) use session_end::participants_key;

use super::consent::judge_csrf;
use super::fault::{Outcome, conclude};
use super::session::form_token;
use super::{Browser, Client, Decided, Issuer};
use crate::deviation::Leniency;
use crate::protocol::{IdTokenClaims, LogoutRequest, RedirectUri, Secret, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;

/// How a logout request came, beside its parameters.
#[derive(Clone, Debug, Default)]
pub struct LogoutAnswer {
    /// The token of our page.
    pub csrf: Option<Secret>,
    /// Which button of our page was pressed; `None` if a client sent the request.
    pub decision: Option<String>,
    /// Whether it is a POST that may have crossed sites, where browsers leave our cookies out.
    pub may_lack_cookies: bool,
}

/// What comes next for a browser at the logout endpoint.
#[derive(Clone, Debug)]
pub enum LogoutNext {
    /// Ask the user.
    Ask(Box<LogoutPage>),
    /// Nobody is logged in any more.
    Done(LoggedOut),
}

/// What the page shows that asks. Texts of clients are untrusted.
#[derive(Clone, Debug)]
pub struct LogoutPage {
    /// The token that its form must send back; `None` where the session could not be seen.
    pub csrf: Option<Secret>,
    /// The client that asks, if it is known.
    pub client: Option<Client>,
    /// Who is logged in.
    pub subject: Option<Subject>,
    /// Where the browser will go.
    pub return_to: Option<RedirectUri>,
}

/// What is left to do in the browser.
#[derive(Clone, Debug, Default)]
pub struct LoggedOut {
    /// Whether a session ended, and its cookies are of no more use.
    pub ended: bool,
    /// Where to go, with `state`.
    pub location: Option<String>,
    /// Whether the browser may go there by itself: a client or the user has shown to mean it.
    pub automatic: bool,
    /// What is to be loaded in frames, so that clients end their own sessions.
    pub frames: Vec<LogoutFrame>,
}

/// A frame of the logged-out page (OpenID Connect Front-Channel Logout §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutFrame {
    /// What it loads.
    pub url: String,
    /// Its origin, for the content security policy.
    pub origin: String,
}

impl Issuer {
    /// Decides a logout request and applies what follows.
    pub async fn logout(
        &self,
        request: &LogoutRequest,
        answer: &LogoutAnswer,
        browser: &Browser,
    ) -> Decided<LogoutNext> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::LOGOUT, &*self.deviations);
            let outcome = self.judge_logout(&mut judge, request, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_logout(
        &self,
        judge: &mut Judge<'_>,
        request: &LogoutRequest,
        answer: &LogoutAnswer,
        browser: &Browser,
    ) -> Outcome<LogoutNext> {
        let hint = self.judge_hint(judge, request.id_token_hint.as_ref()).await?;
        let client = self.judge_logout_client(judge, request, hint.as_ref()).await?;
        let return_to = judge_return(judge, request, client.as_ref());
        judge_state(judge, request.state.as_deref());
        judge.stage()?;
        let location = return_to.as_ref().map(|uri| {
            let state = request.state.as_deref().map(|state| ("state", state));
            state.map_or_else(|| uri.as_str().to_owned(), |state| uri.with_query(&[state]))
        });
        let page = LogoutPage { csrf: None, client, subject: None, return_to };
        self.judge_wish(judge, answer, browser, (page, location, hint)).await
    }

    /// Judges whether the user means it, and ends the session if so.
    async fn judge_wish(
        &self,
        judge: &mut Judge<'_>,
        answer: &LogoutAnswer,
        browser: &Browser,
        (page, location, hint): (LogoutPage, Option<String>, Option<IdTokenClaims>),
    ) -> Outcome<LogoutNext> {
        let (session, touched) = self.session(browser).await?;
        // Where the lab logs everyone in, nobody has a session that could end.
        let Some(session) = session.filter(|session| !session.sid.is_empty()) else {
            judge.not_applicable(&rule::FORM_CSRF);
            judge.not_applicable(&rule::LOGOUT_CONFIRMED);
            if answer.may_lack_cookies && answer.decision.is_none() {
                return Ok((LogoutNext::Ask(Box::new(page)), Vec::new()));
            }
            let automatic = hint.is_some();
            let done = LoggedOut { location, automatic, ..LoggedOut::default() };
            return Ok((LogoutNext::Done(done), Vec::new()));
        };
        let csrf = form_token("logout", browser, &session.subject);
        if let Some(decision) = &answer.decision {
            judge_csrf(judge, answer.csrf.as_ref(), csrf.as_ref());
            judge.check(&rule::LOGOUT_CONFIRMED, decision == "logout", || {
                (Fact::fixed("logout"), Fact::public(decision))
            });
            judge.stage()?;
        } else {
            judge.not_applicable(&rule::FORM_CSRF);
            judge.not_applicable(&rule::LOGOUT_CONFIRMED);
            let of_this_session = hint.as_ref().is_some_and(|hint| {
                hint.sub == session.subject.as_str() && hint.sid.as_deref() == Some(&session.sid)
            });
            let unasked = hint.is_none() && self.deviations.reads(Leniency::LogoutUnasked);
            if !of_this_session && !unasked {
                let subject = Some(session.subject);
                return Ok((
                    LogoutNext::Ask(Box::new(LogoutPage { csrf, subject, ..page })),
                    touched,
                ));
            }
        }
        let key = browser.session.as_ref().map(Key::of_secret).ok_or(super::Fault::Task)?;
        let (frames, effects) = self.end_session(key, &session).await?;
        let done = LoggedOut { ended: true, location, automatic: true, frames };
        Ok((LogoutNext::Done(done), effects))
    }

    async fn judge_logout_client(
        &self,
        judge: &mut Judge<'_>,
        request: &LogoutRequest,
        hint: Option<&IdTokenClaims>,
    ) -> Result<Option<Client>, super::fault::Stop> {
        let audience = hint.and_then(|hint| hint.aud.as_slice().first());
        let Some(named) = request.client_id.as_ref().or(audience) else {
            judge.not_applicable(&rule::LOGOUT_CLIENT);
            return Ok(None);
        };
        let client = self.client(named).await?;
        let same = audience.is_none_or(|audience| audience == named);
        let client = judge.require(&rule::LOGOUT_CLIENT, client.filter(|_| same), || {
            let expected = audience.map_or(Fact::fixed("a client of this lab"), Fact::public);
            (expected, Fact::public(named))
        })?;
        Ok(Some(client))
    }
}

/// Nothing of the URI is normalised before it is compared, and no port may differ (§3.1).
fn judge_return(
    judge: &mut Judge<'_>,
    request: &LogoutRequest,
    client: Option<&Client>,
) -> Option<RedirectUri> {
    let Some(wanted) = &request.post_logout_redirect_uri else {
        judge.not_applicable(&rule::LOGOUT_REDIRECT_URI);
        return None;
    };
    let registered =
        client.map(|client| client.metadata.logout.post_logout_redirect_uris.as_slice());
    let registered = registered.unwrap_or_default();
    let found = registered.iter().find(|uri| uri.as_str() == wanted).cloned();
    let passes = judge.check(&rule::LOGOUT_REDIRECT_URI, found.is_some(), || {
        (Fact::any_of(registered), Fact::public(wanted))
    });
    // Waived, the browser goes where the request says.
    found.or_else(|| RedirectUri::parse(wanted).ok().filter(|_| passes))
}

fn judge_state(judge: &mut Judge<'_>, state: Option<&str>) {
    let Some(state) = state else {
        judge.not_applicable(&rule::STATE_FORM);
        return;
    };
    let holds = state.len() <= 2048 && state.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    judge.check(&rule::STATE_FORM, holds, || {
        let got = format!("{} bytes", state.len());
        (Fact::fixed("at most 2048 printable ASCII characters"), Fact::public(got))
    });
}
