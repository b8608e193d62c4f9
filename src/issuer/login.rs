//! Login: name and password, a new session id, and on to consent.

use std::time::Duration;

use super::commit::Swap;
use super::consent::judge_csrf;
use super::device::Waiting;
use super::fault::{Outcome, Stop, conclude};
use super::session::csrf_token;
use super::{Begun, Browser, Decided, Effect, Fault, Issuer, Next};
use crate::config::Rate;
use crate::protocol::{ClientId, Secret, Subject, network};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::{InteractionRecord, KnownBrowserRecord};

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
    pub async fn login(&self, answer: &LoginAnswer, browser: &Browser) -> Decided<(Next, Begun)> {
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
    ) -> Outcome<(Next, Begun)> {
        let waiting = self.judge_waiting(judge, answer.interaction.as_ref(), browser).await?;
        let expected = match (&browser.secret, &answer.interaction) {
            (Some(secret), Some(id)) => Some(csrf_token(secret, id)),
            (None, _) | (_, None) => None,
        };
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        let (subject, forgiven) = self.judge_password(judge, answer, browser).await?;
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
        effects.extend(forgiven);
        let begun = self.recognise(browser, answer, session_id, &mut effects)?;
        let Waiting::Request(open) = waiting else {
            return Ok(((Next::Device { interaction }, begun), effects));
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
            return Ok(((next, begun), effects));
        }
        Ok(((Next::Consent { interaction }, begun), effects))
    }

    /// Remembers that the account was logged in from this browser.
    pub(super) fn recognise(
        &self,
        browser: &Browser,
        answer: &LoginAnswer,
        session: Secret,
        effects: &mut Vec<Effect>,
    ) -> Result<Begun, Fault> {
        let known = match &browser.known {
            Some(known) => known.clone(),
            None => Secret::new(self.random.token("known_browser")?),
        };
        let key = known_key(answer.username.as_deref().unwrap_or_default(), &known);
        effects.push(Effect::KnowBrowser(key, self.now().plus(KNOWN_FOR)));
        Ok(Begun { session, known })
    }

    /// Whether there is a user of this name. No page may tell.
    pub fn knows(&self, name: &str) -> bool {
        self.users.subject(name).is_some()
    }

    /// Judges rate, then name and password; gives the user, and what forgets the failures.
    pub(super) async fn judge_password(
        &self,
        judge: &mut Judge<'_>,
        answer: &LoginAnswer,
        browser: &Browser,
    ) -> Result<(Subject, Vec<Effect>), Stop> {
        let name = answer.username.as_deref().unwrap_or_default();
        let counters = self.judge_failures(judge, name, Guesser::Browser(browser)).await?;
        judge.stage()?;
        let password = answer.password.clone().unwrap_or_default();
        let subject = self.users.verify(name, &password).await?;
        let subject = judge.require(&rule::LOGIN_PASSWORD, subject, || {
            (Fact::fixed("a user of the lab and its password"), Fact::public(name))
        });
        match subject {
            Ok(subject) => Ok((subject, counters.into_iter().map(Effect::ResetCount).collect())),
            Err(blocked) => Err(Stop::Refused(blocked, self.failed(counters))),
        }
    }

    /// Judges that an account stays below its rate of failed logins: the counters of its failures.
    ///
    /// Failures of one address do not keep the user of another out, and those of nobody keep out a
    /// browser that the account was logged in from before. Many addresses together have a limit,
    /// which only such browsers pass.
    pub(super) async fn judge_failures(
        &self,
        judge: &mut Judge<'_>,
        name: &str,
        guesser: Guesser<'_>,
    ) -> Result<Vec<Key>, Fault> {
        let rate = self.config.limits.login_failures;
        let everywhere = Rate { events: rate.events.saturating_mul(ADDRESSES), ..rate };
        let counter = |kind: &str, of: &str| (Key::of(&["rate.login", name, kind, of]), rate);
        let of_account = (Key::of(&["rate.login", name]), everywhere);
        let counters = match guesser {
            Guesser::Browser(browser) => {
                let known = self.known(name, browser).await?;
                let from = browser.from.map(|from| network(from).to_string()).unwrap_or_default();
                let stranger = || vec![counter("address", &from), of_account];
                known.map_or_else(stranger, |known| vec![counter("browser", known.expose())])
            }
            Guesser::Client(client) => vec![counter("client", client.as_str()), of_account],
        };
        let mut full = None;
        let mut most = 0;
        for (key, rate) in &counters {
            let window = self.window(*key, *rate).await?;
            most = most.max(window.count);
            if !window.admits(judge) {
                full = Some(window);
            }
        }
        judge.check(&rule::LOGIN_RATE, full.is_none(), || {
            let rate = full.map_or(rate, |full| full.rate);
            let expected = format!("fewer than {} in {} s", rate.events, rate.per.as_secs());
            (Fact::public(expected), Fact::public(format!("{most} failed")))
        });
        Ok(counters.into_iter().map(|(key, _)| key).collect())
    }

    /// One more failure for each counter.
    pub(super) fn failed(&self, counters: Vec<Key>) -> Vec<Effect> {
        let per = self.config.limits.login_failures.per;
        counters.into_iter().map(|key| Effect::Count(key, per)).collect()
    }

    /// By what this browser is known to the account.
    async fn known<'b>(
        &self,
        name: &str,
        browser: &'b Browser,
    ) -> Result<Option<&'b Secret>, Fault> {
        let Some(known) = &browser.known else { return Ok(None) };
        let found = self.store.get::<KnownBrowserRecord>(known_key(name, known)).await?;
        Ok(found.map(|_| known))
    }
}

/// Who tries passwords.
#[derive(Clone, Copy, Debug)]
pub(super) enum Guesser<'g> {
    /// Whoever sits in front of it.
    Browser(&'g Browser),
    /// A client that takes passwords itself.
    Client(&'g ClientId),
}

/// So many addresses may fail as often as one before all strangers wait.
const ADDRESSES: u32 = 10;
/// How long a browser stays known after a login.
const KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 3600);

fn known_key(name: &str, known: &Secret) -> Key {
    Key::of(&["known browser", name, known.expose()])
}
