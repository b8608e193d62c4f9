//! Client assertions (RFC 7523 §3): each probe is a good assertion with one thing wrong.

mod audience;
mod claims;
mod cross;
mod header;
mod replay;
mod signature;

pub(super) use audience::{ASSERTION_AUD_NOT_ISSUER, ASSERTION_AUD_WRONG};
pub(super) use claims::{ASSERTION_EXPIRY, ASSERTION_ISS_SUB};
pub(super) use cross::ASSERTION_CROSS_JWT;
pub(super) use header::ASSERTION_HEADER_KEY;
pub(super) use replay::ASSERTION_REPLAY;
pub(super) use signature::{ASSERTION_ALG_CONFUSION, ASSERTION_ALG_NONE, ASSERTION_SIGNATURE};

use serde_json::{Value, json};

use crate::audit::evidence::{Asserting, Evidence};
use crate::audit::finding::{Bracket, Judgement, Need, Outcome};
use crate::audit::probe::{Params, Probe, Trouble, for_itself};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::KeyError;
use crate::protocol::{CLIENT_ASSERTION_TYPE, Secret};

const NEEDS: &[Need] = &[Need::AssertingClient];
const REFUSAL: &str = "401 invalid_client";
const SHOWN: &str =
    "The token endpoint gave an access token for such an assertion, and that token works.";

/// What was tried, in words, and the assertion.
type Forged = Vec<(&'static str, Secret)>;

/// Makes assertions of the audit's client.
struct Assertions<'a> {
    probe: &'a Probe,
    evidence: &'a Evidence,
    own: &'a Asserting,
}

impl<'a> Assertions<'a> {
    fn of(probe: &'a Probe, evidence: &'a Evidence) -> Result<Self, Trouble> {
        Ok(Self { probe, evidence, own: evidence.asserting()? })
    }

    /// A good assertion, of which a probe changes one thing.
    fn good(&self) -> Result<Secret, Trouble> {
        self.with(&json!({}))
    }

    /// A good assertion with these claims in the place of its own; `null` leaves one out.
    fn with(&self, changes: &Value) -> Result<Secret, Trouble> {
        self.typed("JWT", changes)
    }

    /// As [`Assertions::with`], under another `typ`.
    fn typed(&self, typ: &str, changes: &Value) -> Result<Secret, Trouble> {
        let (id, now) = (self.own.client.id(), self.probe.now().secs());
        let mut claims = json!({
            "iss": id,
            "sub": id,
            "aud": self.evidence.issuer,
            "iat": now,
            "exp": now.saturating_add(60),
            "jti": self.probe.random()?.expose(),
        });
        if let (Some(claims), Some(changes)) = (claims.as_object_mut(), changes.as_object()) {
            claims.extend(changes.clone());
            claims.retain(|_, value| !value.is_null());
        }
        self.own.key.sign(typ, &claims).map_err(unsigned)
    }

    /// As [`Assertions::good`], taken apart.
    fn genuine(&self) -> Result<Genuine, Trouble> {
        let apart = Genuine::of(&self.good()?);
        apart.ok_or_else(|| Trouble::Basis("the assertion cannot be taken apart".to_owned()))
    }

    /// What the token endpoint makes of an assertion.
    async fn outcome(&self, assertion: &Secret) -> Result<Outcome, Trouble> {
        let client = &self.own.client;
        let params = for_itself(&self.evidence.machine_scope(client));
        let params = asserted(params, assertion);
        self.evidence.token_effect(self.probe, client, None, &params).await
    }

    /// Judges forged assertions beside a good one.
    async fn judged(&self, expected: &'static str, forged: Forged) -> Result<Judgement, Trouble> {
        let mut bracket = Bracket::new(expected);
        self.probe.step("control");
        bracket.control("a good assertion", self.outcome(&self.good()?).await?);
        self.probe.step("probe");
        for (what, assertion) in forged {
            bracket.probe(what, self.outcome(&assertion).await?);
        }
        Ok(bracket.judge())
    }
}

/// Adds a client assertion to a request (RFC 7521 §4.2).
fn asserted(params: Params, assertion: &Secret) -> Params {
    let params = params.with("client_assertion_type", CLIENT_ASSERTION_TYPE);
    params.with("client_assertion", assertion.expose())
}

fn unsigned(error: KeyError) -> Trouble {
    Trouble::Basis(error.to_string())
}
