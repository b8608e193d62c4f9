//! The authorization code grant at the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::deviation::Leniency;
use crate::issuer::commit::Swap;
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::mint::{Issuance, TOMBSTONE};
use crate::issuer::sender::judge_code_key;
use crate::issuer::{Client, Effect, Issuer, PresentedClient, PresentedSender};
use crate::protocol::{
    ChallengeMethod, CodeRequest, CodeVerifier, GrantType, RedirectUri, Scope, TokenResponse,
};
use crate::rule::{self, Blocked, Fact, Judge, Rule};
use crate::store::record::{CodeRecord, FamilyRecord};
use crate::store::{Key, Versioned};

/// Rules about the code that its own client can break by mistake or on purpose. A live code whose
/// right client breaks one of them is burnt: guessing goes on with a new code only.
static BURNING: &[&Rule] = &[
    &rule::CODE_REDIRECT_URI,
    &rule::PKCE_VERIFIER_PRESENTED,
    &rule::PKCE_DOWNGRADE,
    &rule::PKCE_VERIFIER,
];

/// Rules whose breach shows that there is no live code of this client to burn.
static SPARING: &[&Rule] =
    &[&rule::CODE_CLIENT, &rule::CODE_UNSPENT, &rule::CODE_FRESH, &rule::GRANT_LIVE];

impl Issuer {
    pub(super) async fn decide_code(
        &self,
        judge: &mut Judge<'_>,
        request: &CodeRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::AuthorizationCode).await?;
        judge.stage()?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let (key, found) =
            self.judge_redemption(judge, &client, request, &presented.sender).await?;
        let grant = &found.value.grant;
        let granted = (&grant.scope, grant.audience.as_slice());
        let (scope, audience) = self.judge_narrowing(judge, granted, &request.resources);
        let scope = self.enlarged(request).unwrap_or(scope);
        let details = self.judge_details_granted(
            judge,
            request.authorization_details.as_deref(),
            &grant.authorization_details,
            &audience,
        );
        if let Err(blocked) = judge.stage() {
            return Err(self.refused_code(judge, key, &found, blocked, count));
        }
        let spent = CodeRecord { spent_at: Some(self.now()), ..found.value.clone() };
        let swap = Swap { key, version: found.version, value: spent, expires: found.expires };
        let (response, minted) = self
            .mint(Issuance {
                client: &client,
                grant,
                scope,
                audience,
                details,
                confirmation,
                granted_at: self.now(),
                refresh: self.refreshes(&client),
            })
            .await?;
        let mut effects = vec![Effect::SpendCode(swap), count];
        effects.extend(proved);
        effects.extend(minted);
        Ok((response, effects))
    }

    /// The scope of the token request, which counts for nothing (RFC 6749 §4.1.3) unless a deviation
    /// reads it.
    fn enlarged(&self, request: &CodeRequest) -> Option<Scope> {
        let text = request.scope.as_deref()?;
        self.deviations.reads(Leniency::ScopeForCode).then(|| Scope::parse(text).ok())?
    }

    /// Judges the code itself, and whether this request may redeem it.
    async fn judge_redemption(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &CodeRequest,
        sender: &PresentedSender,
    ) -> Result<(Key, Versioned<CodeRecord>), Stop> {
        let code = judge.require(&rule::CODE_PRESENTED, request.code.as_ref(), || {
            (Fact::fixed("a code"), Fact::secret(request.code.as_ref()))
        })?;
        let verifier = judge_verifier_form(judge, request);
        Self::judge_target_form(judge, &request.resources);
        judge.stage()?;
        let key = Key::of_secret(code);
        let found = self.store.get::<CodeRecord>(key).await?;
        let found = judge.require(&rule::CODE_KNOWN, found, || {
            (Fact::fixed("a code of this server"), Fact::secret(Some(code)))
        })?;
        let family = self.store.get::<FamilyRecord>(Key::of(&[&found.value.grant.family])).await?;
        self.judge_code(judge, client, &found.value);
        judge_live(judge, &rule::GRANT_LIVE, family.as_ref());
        judge_redirect_uri(judge, &found.value, request.redirect_uri.as_deref());
        judge_verifier(judge, &found.value, verifier.as_ref());
        judge_code_key(judge, found.value.dpop_jkt.as_deref(), sender);
        Ok((key, found))
    }

    fn judge_code(&self, judge: &mut Judge<'_>, client: &Client, code: &CodeRecord) {
        let owner = &code.grant.client_id;
        judge.check(&rule::CODE_CLIENT, *owner == client.id, || {
            (Fact::public(owner), Fact::public(&client.id))
        });
        judge.check(&rule::CODE_UNSPENT, code.spent_at.is_none(), || {
            let spent = code.spent_at.map(|at| format!("used at {} s", at.secs()));
            (Fact::fixed("not used before"), Fact::optional(spent))
        });
        let now = self.now();
        judge.check(&rule::CODE_FRESH, now < code.fresh_until, || {
            let expected = format!("before {} s", code.fresh_until.secs());
            (Fact::public(expected), Fact::public(format!("{} s", now.secs())))
        });
    }

    /// A replay that is right in every other way revokes what the code gave; the right client with
    /// a wrong verifier burns the code and revokes nothing; anything else changes nothing.
    fn refused_code(
        &self,
        judge: &Judge<'_>,
        key: Key,
        found: &Versioned<CodeRecord>,
        blocked: Blocked,
        count: Effect,
    ) -> Stop {
        let broken = judge.broken();
        let otherwise_right =
            broken.iter().all(|r| **r == rule::CODE_UNSPENT || **r == rule::CODE_FRESH);
        let replayed = broken.contains(&&rule::CODE_UNSPENT)
            && (otherwise_right || self.deviations.reads(Leniency::AnyReplay));
        // What else is wrong with the request saves no code: it would make guessing free.
        let live = !broken.iter().any(|rule| SPARING.contains(rule));
        let burnt = live && broken.iter().any(|rule| BURNING.contains(rule));
        let mut effects = vec![count];
        if replayed {
            let family = found.value.grant.family.clone();
            effects.push(Effect::RevokeFamily(family, &rule::CODE_UNSPENT));
        } else if burnt {
            let value = CodeRecord { spent_at: Some(self.now()), ..found.value.clone() };
            let expires = found.expires.max(self.now().plus(TOMBSTONE));
            let swap = Swap { key, version: found.version, value, expires };
            effects.insert(0, Effect::BurnCode(swap));
        }
        Stop::Refused(blocked, effects)
    }
}

fn judge_verifier_form(judge: &mut Judge<'_>, request: &CodeRequest) -> Option<CodeVerifier> {
    let Some(text) = &request.code_verifier else {
        judge.not_applicable(&rule::PKCE_VERIFIER_FORM);
        return None;
    };
    let parsed = CodeVerifier::parse(text.expose());
    let passes = judge.check(&rule::PKCE_VERIFIER_FORM, parsed.is_ok(), || {
        let length = format!("{} characters", text.expose().chars().count());
        (Fact::fixed("43 to 128 characters of A-Z a-z 0-9 - . _ ~"), Fact::public(length))
    });
    // Waived, it is taken as it came.
    passes.then(|| parsed.unwrap_or_else(|_| CodeVerifier::unchecked(text.expose())))
}

/// Judges that the authorization behind a token or code has not been revoked.
pub(in crate::issuer) fn judge_live(
    judge: &mut Judge<'_>,
    rule: &'static Rule,
    family: Option<&Versioned<FamilyRecord>>,
) {
    let live = family.is_some_and(|found| found.value.revoked_at.is_none());
    judge.check(rule, live, || {
        let revoked = family.and_then(|found| {
            let at = found.value.revoked_at?;
            let by = found.value.revoked_by.as_deref().unwrap_or("revocation");
            Some(format!("revoked at {} s by {by}", at.secs()))
        });
        (Fact::fixed("not revoked"), Fact::optional(revoked))
    });
}

/// RFC 6749 §4.1.3 wants the same `redirect_uri` again; OAuth 2.1 §10.2 drops it, but what is sent
/// is compared.
fn judge_redirect_uri(judge: &mut Judge<'_>, code: &CodeRecord, sent: Option<&str>) {
    let Some(sent) = sent else {
        judge.not_applicable(&rule::CODE_REDIRECT_URI);
        return;
    };
    let expected = code.redirect_uri.as_ref().map(RedirectUri::as_str);
    judge.check(&rule::CODE_REDIRECT_URI, expected == Some(sent), || {
        (Fact::optional(expected), Fact::public(sent))
    });
}

fn judge_verifier(judge: &mut Judge<'_>, code: &CodeRecord, verifier: Option<&CodeVerifier>) {
    match (&code.challenge, verifier) {
        (Some(challenge), Some(verifier)) => {
            judge.check(&rule::PKCE_VERIFIER_PRESENTED, true, || {
                (Fact::fixed("a code_verifier"), Fact::secret(Some(verifier.secret())))
            });
            judge.not_applicable(&rule::PKCE_DOWNGRADE);
            judge.check(&rule::PKCE_VERIFIER, challenge.verify(verifier), || {
                let derived = verifier.challenge(challenge.method());
                let got = match challenge.method() {
                    ChallengeMethod::S256 => Fact::public(derived.as_str()),
                    ChallengeMethod::Plain => Fact::secret(Some(verifier.secret())),
                };
                (Fact::public(challenge.as_str()), got)
            });
        }
        (Some(_), None) => {
            judge.check(&rule::PKCE_VERIFIER_PRESENTED, false, || {
                (Fact::fixed("a code_verifier"), Fact::Absent)
            });
            judge.not_applicable(&rule::PKCE_DOWNGRADE);
        }
        (None, Some(verifier)) => {
            judge.not_applicable(&rule::PKCE_VERIFIER_PRESENTED);
            judge.check(&rule::PKCE_DOWNGRADE, false, || {
                (Fact::fixed("no code_verifier"), Fact::secret(Some(verifier.secret())))
            });
        }
        (None, None) => {
            judge.not_applicable(&rule::PKCE_VERIFIER_PRESENTED);
            judge.not_applicable(&rule::PKCE_DOWNGRADE);
            judge.not_applicable(&rule::PKCE_VERIFIER);
        }
    }
}
