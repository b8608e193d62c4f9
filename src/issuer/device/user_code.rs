//! The user's side (RFC 8628 §3.3): the user code is typed, and leads a browser to its device.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::effect::DeviceEffect;
use crate::config::Rate;
use crate::issuer::consent::judge_csrf;
use crate::issuer::fault::{Outcome, Stop, conclude};
use crate::issuer::session::{INTERACTION_TTL, csrf_token};
use crate::issuer::{Browser, Decided, Effect, Fault, Issuer, LoginPage, Next};
use crate::protocol::{Secret, UserCode, network};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{DeviceRecord, DeviceVisitRecord, InteractionRecord, UserCodeRecord};
use crate::store::{Key, Versioned};

/// The form of the device page.
#[derive(Clone, Debug, Default)]
pub struct UserCodeAnswer {
    /// The page's token.
    pub csrf: Option<Secret>,
    /// The code, as typed.
    pub user_code: Option<Secret>,
}

/// What a login page is there for.
#[derive(Debug)]
pub(in crate::issuer) enum Waiting {
    /// An authorization request.
    Request(Box<Versioned<InteractionRecord>>),
    /// A device.
    Device,
}

/// Wrong codes of the whole lab: browsers are free, so that a limit for each is not enough.
/// With a thousand devices that wait, an hour of guessing finds one in seven thousand cases.
const WRONG_CODES: Rate = Rate { events: 60, per: Duration::from_secs(60) };

/// The name under which guesses take turns, unlike any that a user can have.
const TURN: &str = "\u{0}user code";

/// The key of a user code.
pub(super) fn key_of(code: &UserCode) -> Key {
    Key::of(&["user_code", code.secret().expose()])
}

impl Issuer {
    /// The token that the device page must send back; `None` for a browser without a secret.
    pub fn user_code_csrf(&self, browser: &Browser) -> Option<Secret> {
        browser.secret.as_ref().map(|secret| csrf_token(secret, &Secret::new("device")))
    }

    /// Decides what was typed at the device page. A guess keeps its turn until it is counted: many
    /// at once are judged one after the other.
    pub async fn enter_user_code(
        &self,
        answer: &UserCodeAnswer,
        browser: &Browser,
    ) -> Decided<Next> {
        let _turn = self.users.turn(TURN).await;
        self.settle(async || {
            let mut judge = Judge::new(&rule::DEVICE_USER_CODE, &*self.deviations);
            let outcome = self.judge_user_code(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_user_code(
        &self,
        judge: &mut Judge<'_>,
        answer: &UserCodeAnswer,
        browser: &Browser,
    ) -> Outcome<Next> {
        let expected = self.user_code_csrf(browser);
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        let limits = self.guess_limits(browser);
        let mut below = true;
        for (key, rate) in &limits {
            below &= self.window(*key, *rate).await?.admits(judge);
        }
        judge.check(&rule::USER_CODE_RATE, below, || {
            let (here, all) = (self.config.limits.login_failures.events, WRONG_CODES.events);
            let expected = format!("fewer than {here} here, {all} in all");
            (Fact::public(expected), Fact::fixed(if below { "fewer" } else { "more" }))
        });
        judge.stage()?;
        let visit = self.judge_typed(judge, answer.user_code.as_ref(), browser).await;
        let (id, visit) = match (visit, judge.stage()) {
            (Ok(visit), Ok(())) => visit,
            (Err(Stop::Fault(fault)), _) => return Err(Stop::Fault(fault)),
            (Ok(_), Err(blocked)) | (Err(Stop::Refused(blocked, _)), _) => {
                let counts = limits.iter().map(|(key, rate)| Effect::Count(*key, rate.per));
                return Err(Stop::Refused(blocked, counts.collect()));
            }
        };
        let (session, mut effects) = self.session(browser).await?;
        let until = self.now().plus(INTERACTION_TTL);
        effects.push(Effect::Device(DeviceEffect::Visit(Key::of_secret(&id), visit, until)));
        let next = match session {
            Some(_) => Next::Device { interaction: id },
            None => Next::Login { interaction: id, hint: None },
        };
        Ok((next, effects))
    }

    /// Judges the code itself: the page that it leads to.
    async fn judge_typed(
        &self,
        judge: &mut Judge<'_>,
        typed: Option<&Secret>,
        browser: &Browser,
    ) -> Result<(Secret, DeviceVisitRecord), Stop> {
        let code = typed.and_then(|typed| UserCode::parse(typed.expose()).ok());
        let found = match &code {
            Some(code) => self.store.get::<UserCodeRecord>(key_of(code)).await?,
            None => None,
        };
        let device = match found {
            Some(found) => self.device(found.value.device).await?,
            None => None,
        };
        let found = judge.require(&rule::USER_CODE_KNOWN, code.zip(device), || {
            (Fact::fixed("the code of a device that waits"), Fact::secret(typed))
        });
        let (code, (key, device)) = found?;
        self.judge_device_open(judge, &device.value);
        let id = Secret::new(self.random.token("interaction")?);
        let secret = browser.secret.as_ref().ok_or(Fault::Task)?;
        let visit = DeviceVisitRecord {
            device: *key.as_bytes(),
            client_id: device.value.client_id,
            masked_code: mask(&id) ^ code.number(),
            browser: secret.sha256(),
        };
        Ok((id, visit))
    }

    /// Judges that a device still waits for its user.
    pub(super) fn judge_device_open(&self, judge: &mut Judge<'_>, device: &DeviceRecord) {
        let now = self.now();
        judge.check(&rule::USER_CODE_FRESH, now < device.fresh_until, || {
            let expected = format!("before {} s", device.fresh_until.secs());
            (Fact::public(expected), Fact::public(format!("{} s", now.secs())))
        });
        judge.check(&rule::USER_CODE_UNANSWERED, device.answer.is_none(), || {
            let got = if device.answer.is_some() { "answered" } else { "not answered" };
            (Fact::fixed("not answered"), Fact::fixed(got))
        });
    }

    /// A device by the bytes of its key, unless its client is gone: nobody is left to answer then.
    pub(super) async fn device(
        &self,
        key: [u8; 32],
    ) -> Result<Option<(Key, Versioned<DeviceRecord>)>, Fault> {
        let key = Key::from_bytes(key);
        let Some(found) = self.store.get::<DeviceRecord>(key).await? else { return Ok(None) };
        let client = self.client(found.value.client_id.as_str()).await?;
        Ok(client.map(|_| (key, found)))
    }

    /// The visit of a page, if it belongs to this browser.
    pub(super) async fn visit(
        &self,
        id: Option<&Secret>,
        browser: &Browser,
    ) -> Result<Option<DeviceVisitRecord>, Fault> {
        let (Some(id), Some(secret)) = (id, &browser.secret) else { return Ok(None) };
        let found = self.store.get::<DeviceVisitRecord>(Key::of_secret(id)).await?;
        let own = found.filter(|found| secret.matches_sha256(&found.value.browser));
        Ok(own.map(|found| found.value))
    }

    /// What a login page shows, whatever it is there for; `None` where nothing waits in this
    /// browser.
    pub async fn login_page(
        &self,
        id: &Secret,
        browser: &Browser,
    ) -> Result<Option<LoginPage>, Fault> {
        if let Some(open) = self.interaction_page(id, browser).await? {
            let redirect_uri = Some(open.redirect_uri);
            return Ok(Some(LoginPage { csrf: open.csrf, client: open.client, redirect_uri }));
        }
        let Some(visit) = self.visit(Some(id), browser).await? else { return Ok(None) };
        let client = self.client(visit.client_id.as_str()).await?;
        let secret = browser.secret.as_ref().ok_or(Fault::Task)?;
        let csrf = csrf_token(secret, id);
        Ok(client.map(|client| LoginPage { csrf, client, redirect_uri: None }))
    }

    /// Judges that a login page belongs to something that waits in this browser.
    pub(in crate::issuer) async fn judge_waiting(
        &self,
        judge: &mut Judge<'_>,
        id: Option<&Secret>,
        browser: &Browser,
    ) -> Result<Waiting, Stop> {
        if self.visit(id, browser).await?.is_none() {
            let open = self.judge_interaction(judge, id, browser).await?;
            return Ok(Waiting::Request(Box::new(open)));
        }
        judge.check(&rule::INTERACTION_KNOWN, true, || {
            (Fact::fixed("an open request of this browser"), Fact::secret(id))
        });
        Ok(Waiting::Device)
    }

    /// The counters of wrong codes: of this browser, and of the lab.
    fn guess_limits(&self, browser: &Browser) -> Vec<(Key, Rate)> {
        let secret = browser.secret.as_ref().map(Secret::expose).unwrap_or_default();
        let of_browser = Key::of(&["rate.user_code", secret]);
        let of_lab = Key::of(&["rate.user_code"]);
        let mut limits =
            vec![(of_browser, self.config.limits.login_failures), (of_lab, WRONG_CODES)];
        // A third of them for one address, so that it cannot keep the codes of others out.
        if let Some(from) = browser.from.filter(|from| !from.is_loopback()) {
            let rate = Rate { events: WRONG_CODES.events / 3, ..WRONG_CODES };
            limits.push((Key::of(&["rate.user_code", "from", &network(from).to_string()]), rate));
        }
        limits
    }
}

/// What hides a user code in the store: only who has the page's id can take it off.
pub(super) fn mask(id: &Secret) -> u64 {
    let mut hash = Sha256::new();
    hash.update(b"oauthlab user code v1");
    hash.update(id.expose());
    let hash: [u8; 32] = hash.finalize().into();
    u64::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 8]))
}
