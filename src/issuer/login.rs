//! Login: name and password, a new session id, and on to consent.

use super::commit::Swap;
use super::consent::judge_csrf;
use super::device::Waiting;
use super::fault::{Outcome, Stop, conclude};
use super::session::csrf_token;
use super::{Browser, Decided, Effect, Fault, Issuer, Next};
use crate::protocol::{Secret, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::InteractionRecord;

/// The form of the login page.
#[derive(Clone, Debug, Default)]
pub struct LoginAnswer {
    /// The page's id.
    pub interaction: Option<Secret>,
    /// The page's token.
    pub csrf: Option<Secret>,
    /// The name, as typed.
    pub username: Option<String>,
    /// The password, as typed.
    pub password: Option<Secret>,
}

impl Issuer {
    /// Decides a login; the session id of the new session comes with what is next.
    ///
    /// A guess keeps its turn until it is counted: many at once are judged one after the other.
    pub async fn login(&self, answer: &LoginAnswer, browser: &Browser) -> Decided<(Next, Secret)> {
        let _turn = self.users.turn(answer.username.as_deref().unwrap_or_default()).await;
        self.settle(async || {
            let mut judge = Judge::new(&rule::LOGIN, &*self.deviations);
            let outcome = self.judge_login(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_login(
        &self,
        judge: &mut Judge<'_>,
        answer: &LoginAnswer,
        browser: &Browser,
    ) -> Outcome<(Next, Secret)> {
        let waiting = self.judge_waiting(judge, answer.interaction.as_ref(), browser).await?;
        let expected = match (&browser.secret, &answer.interaction) {
            (Some(secret), Some(id)) => Some(csrf_token(secret, id)),
            (None, _) | (_, None) => None,
        };
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        let (subject, forgiven) = self.judge_password(judge, answer).await?;
        if let Waiting::Request(open) = &waiting {
            let expected = open.value.expected.as_ref();
            judge.check(&rule::LOGIN_EXPECTED, expected.is_none_or(|one| *one == subject), || {
                (Fact::optional(expected), Fact::public(&subject))
            });
            judge.stage()?;
        } else {
            judge.not_applicable(&rule::LOGIN_EXPECTED);
        }
        let interaction = answer.interaction.clone().ok_or(Fault::Task)?;
        let (session_id, session, mut effects) = self.begin_session(browser, &subject).await?;
        effects.push(forgiven);
        let Waiting::Request(open) = waiting else {
            return Ok(((Next::Device { interaction }, session_id), effects));
        };
        let open = *open;
        let client = self.client(open.value.client_id.as_str()).await?.ok_or(Fault::Task)?;
        if self.has_consented(&open.value, &client, &session).await? {
            let (next, minted) = self.mint_answer(&client, &open.value, &session).await?;
            let value = InteractionRecord { answered_at: Some(self.now()), ..open.value };
            let key = Key::of_secret(&interaction);
            let swap = Swap { key, version: open.version, value, expires: open.expires };
            effects.insert(0, Effect::AnswerInteraction(swap));
            effects.extend(minted);
            return Ok(((next, session_id), effects));
        }
        Ok(((Next::Consent { interaction }, session_id), effects))
    }

    /// Judges rate, then name and password; gives the user, and what forgets the failures.
    pub(super) async fn judge_password(
        &self,
        judge: &mut Judge<'_>,
        answer: &LoginAnswer,
    ) -> Result<(Subject, Effect), Stop> {
        let name = answer.username.as_deref().unwrap_or_default();
        let failures = self.judge_failures(judge, name).await?;
        judge.stage()?;
        let password = answer.password.clone().unwrap_or_default();
        let subject = self.users.verify(name, &password).await?;
        let subject = judge.require(&rule::LOGIN_PASSWORD, subject, || {
            (Fact::fixed("a user of the lab and its password"), Fact::public(name))
        });
        let subject = match subject {
            Ok(subject) => subject,
            Err(blocked) => {
                let count = Effect::Count(failures, self.config.limits.login_failures.per);
                return Err(Stop::Refused(blocked, vec![count]));
            }
        };
        Ok((subject, Effect::ResetCount(failures)))
    }

    /// Judges that an account stays below its rate of failed logins: the counter of its failures.
    pub(super) async fn judge_failures(
        &self,
        judge: &mut Judge<'_>,
        name: &str,
    ) -> Result<Key, Fault> {
        let rate = self.config.limits.login_failures;
        let key = Key::of(&["rate.login", name]);
        let failures = self.counted(key, rate).await?;
        judge.check(&rule::LOGIN_RATE, failures < rate.events, || {
            let expected = format!("fewer than {} in {} s", rate.events, rate.per.as_secs());
            (Fact::public(expected), Fact::public(format!("{failures} failed")))
        });
        Ok(key)
    }
}
