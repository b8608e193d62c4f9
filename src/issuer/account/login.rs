//! A login for the account page alone: no client asked for it.

use crate::issuer::consent::judge_csrf;
use crate::issuer::fault::{Outcome, conclude};
use crate::issuer::session::csrf_token;
use crate::issuer::{Begun, Browser, Decided, Issuer, LoginAnswer};
use crate::protocol::Secret;
use crate::rule::{self, Judge};

impl Issuer {
    /// The token that the account's login form must send back.
    pub fn account_login_csrf(&self, browser: &Browser) -> Option<Secret> {
        browser.secret.as_ref().map(|secret| csrf_token(secret, &Secret::new("account")))
    }

    /// Decides a login at the account page; gives what the browser gets.
    pub async fn account_login(&self, answer: &LoginAnswer, browser: &Browser) -> Decided<Begun> {
        let _turn = self.users.turn(answer.username.as_deref().unwrap_or_default()).await;
        self.settle(async || {
            let mut judge = Judge::new(&rule::ACCOUNT_LOGIN, &*self.deviations);
            let outcome = self.judge_account_login(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_account_login(
        &self,
        judge: &mut Judge<'_>,
        answer: &LoginAnswer,
        browser: &Browser,
    ) -> Outcome<Begun> {
        let expected = self.account_login_csrf(browser);
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        let (subject, forgiven) = self.judge_password(judge, answer, browser).await?;
        let (id, _, mut effects) = self.begin_session(browser, &subject).await?;
        effects.extend(forgiven);
        let begun = self.recognise(browser, answer, id, &mut effects)?;
        Ok((begun, effects))
    }
}
