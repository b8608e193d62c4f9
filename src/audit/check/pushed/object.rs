//! Request objects (RFC 9101): who signed them, for whom, and what stands beside them. Each check
//! registers a client with a key of its own; its rows differ by the object.

use serde_json::{Map, Value, json};

use super::reference::granted_to;
use crate::audit::check::{Check, Group, Running, Seeded, Text};
use crate::audit::evidence::{Evidence, Own};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Pkce, Probe, Session, Trouble};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::{KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};

const NEEDS: &[Need] = &[Need::Registration, Need::User, Need::Api];
const FIX: &str = "Verify a request object as any signed JWT: a signature by a registered key of the client, iss and client_id that name the client, aud, exp and nbf. Take parameters from it alone.";

/// One row.
const fn row(
    (id, title): (&'static str, &'static str),
    (severity, references): (Severity, &'static [&'static str]),
    (does, why): (&'static str, &'static str),
    run: crate::audit::check::Run,
) -> Check {
    Check {
        id,
        group: Group::Pushed,
        title,
        severity,
        confidence: Confidence::High,
        needs: NEEDS,
        references,
        text: Text { does, why, shown: "A code was issued for such a request.", fix: FIX },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(in crate::audit::check) static JAR_ALG_NONE: Check = row(
    ("jar-alg-none", "A request object without a good signature is accepted"),
    (Severity::High, &["RFC 9101 §6.2", "RFC 9101 §10.1"]),
    (
        "Sends request objects with the algorithm none in three spellings, and one signed by another key.",
        "Whoever writes the link signs what he likes: the object proves nothing about the client.",
    ),
    |probe, evidence| run(probe, evidence, forged),
);

pub(in crate::audit::check) static JAR_CLAIMS: Check = row(
    ("jar-claims", "A request object for another server or another time is accepted"),
    (Severity::Medium, &["RFC 9101 §4", "RFC 7519 §4.1"]),
    (
        "Sends request objects that are meant for another audience, that have expired, and that are not valid yet.",
        "An object from a log, or one that was signed for another server, starts a request that its client does not know of.",
    ),
    |probe, evidence| run(probe, evidence, misplaced),
);

pub(in crate::audit::check) static JAR_CLIENT_MISMATCH: Check = row(
    ("jar-client-mismatch", "A request object that names another client is accepted"),
    (Severity::High, &["RFC 9101 §5", "RFC 9101 §6.3"]),
    (
        "Sends request objects whose iss, or whose client_id, is that of another client.",
        "The two sides disagree about who asks: a check of one client is passed for the request of another.",
    ),
    |probe, evidence| run(probe, evidence, of_another),
);

pub(in crate::audit::check) static JAR_OUTER_PARAMS: Check = Check {
    id: "jar-outer-params",
    group: Group::Pushed,
    title: "Parameters beside a request object are used",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9101 §6.3"],
    text: Text {
        does: "Sends a signed request object with a small scope, and a larger scope beside it.",
        why: "Whoever can change the link that a user follows adds to what the client signed.",
        shown: "A token got the larger scope.",
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(outer(probe, evidence)),
};

/// A client with the key that it signs with.
struct Signer {
    own: Own,
    key: SigningKey,
    claims: Map<String, Value>,
    pkce: Pkce,
}

type Forged = Result<Vec<(&'static str, Secret)>, KeyError>;

fn run<'a>(probe: &'a Probe, evidence: &'a Evidence, forge: fn(&Signer) -> Forged) -> Running<'a> {
    Box::pin(async move {
        let Some(mut signer) = signer(probe, evidence).await? else { return Ok(unknown()) };
        let mut session = evidence.session()?;
        let mut bracket = Bracket::new("error=invalid_request_object, and no code");
        probe.step("control");
        let outcome = signer.send(probe, evidence, &mut session, &signer.sign()?).await?;
        bracket.control("a good request object", outcome);
        probe.step("probe");
        signer.renew(probe, evidence)?;
        for (what, object) in forge(&signer).map_err(no_key)? {
            let outcome = signer.send(probe, evidence, &mut session, &object).await?;
            bracket.probe(what, outcome);
        }
        Ok(bracket.judge())
    })
}

async fn outer(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(mut signer) = signer(probe, evidence).await? else { return Ok(unknown()) };
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("the signed parameters alone, or a refusal");
    probe.step("control");
    let outcome = signer.send(probe, evidence, &mut session, &signer.sign()?).await?;
    bracket.control("a good request object", outcome);
    probe.step("probe");
    signer.renew(probe, evidence)?;
    let client = &signer.own.client;
    let larger = signer.claims.insert("scope".to_owned(), json!("openid"));
    let larger = larger.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let object = signer.sign()?;
    let asking = Params::of([("client_id", client.id()), ("request", object.expose())]);
    let asking = asking.with("scope", &larger);
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let sent = (authorized, signer.pkce.clone());
    bracket.probe("a larger scope", granted_to(probe, evidence, client, sent).await?);
    Ok(bracket.judge())
}

fn unknown() -> Judgement {
    Judgement::not_applicable("the metadata does not say that request objects are taken")
}

fn no_key(error: KeyError) -> Trouble {
    Trouble::Basis(error.to_string())
}

async fn signer(probe: &Probe, evidence: &Evidence) -> Result<Option<Signer>, Trouble> {
    if evidence.metadata.request_parameter_supported != Some(true) {
        return Ok(None);
    }
    let key = SigningKey::generate(Algorithm::Es256).map_err(no_key)?;
    let changes = json!({
        "jwks": { "keys": [key.jwk()] },
        "request_object_signing_alg": key.alg().as_str(),
    });
    let own = evidence.register_own(probe, &changes).await?;
    let mut signer = Signer { own, key, claims: Map::new(), pkce: probe.pkce()? };
    signer.renew(probe, evidence)?;
    Ok(Some(signer))
}

impl Signer {
    /// New claims: a good request, meant for this server, good for some minutes.
    fn renew(&mut self, probe: &Probe, evidence: &Evidence) -> Result<(), Trouble> {
        let client = &self.own.client;
        self.pkce = probe.pkce()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &self.pkce)?;
        let pairs = asking.pairs().into_iter();
        self.claims = pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let now = probe.now().secs();
        for (name, value) in [
            ("iss", json!(client.id())),
            ("aud", json!(evidence.issuer)),
            ("iat", json!(now)),
            ("nbf", json!(now.saturating_sub(5))),
            ("exp", json!(now + 300)),
        ] {
            self.claims.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn sign(&self) -> Result<Secret, Trouble> {
        self.sign_with(&[]).map_err(no_key)
    }

    fn sign_with(&self, changes: &[(&str, Value)]) -> Result<Secret, KeyError> {
        let mut claims = self.claims.clone();
        for (name, value) in changes {
            claims.insert((*name).to_owned(), value.clone());
        }
        self.key.sign("oauth-authz-req+jwt", &claims)
    }

    async fn send(
        &self,
        probe: &Probe,
        evidence: &Evidence,
        session: &mut Session,
        object: &Secret,
    ) -> Result<Outcome, Trouble> {
        let client = &self.own.client;
        let asking = Params::of([("client_id", client.id()), ("request", object.expose())]);
        let authorized = probe.authorize(&evidence.endpoints, session, &asking).await?;
        Ok(authorized.outcome(&client.redirect_uri))
    }
}

fn forged(signer: &Signer) -> Forged {
    let signed = signer.sign_with(&[])?;
    let Some(genuine) = Genuine::of(&signed) else { return Ok(Vec::new()) };
    let stranger = SigningKey::generate(signer.key.alg())?;
    Ok(vec![
        ("alg none", genuine.unsigned("none")),
        ("alg None", genuine.unsigned("None")),
        ("alg none beside a signature", genuine.unsigned_but_kept("none")),
        ("the key of a stranger", genuine.signed_by(&stranger)?),
    ])
}

fn misplaced(signer: &Signer) -> Forged {
    let now = signer.claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
    let (past, future) = (now.saturating_sub(3600), now + 3600);
    Ok(vec![
        ("another audience", signer.sign_with(&[("aud", json!("https://as.attacker.example"))])?),
        ("expired an hour ago", signer.sign_with(&[("exp", json!(past)), ("nbf", json!(0))])?),
        ("valid in an hour", {
            signer.sign_with(&[("nbf", json!(future)), ("exp", json!(future + 300))])?
        }),
    ])
}

fn of_another(signer: &Signer) -> Forged {
    Ok(vec![
        ("iss of another client", signer.sign_with(&[("iss", json!("another-client"))])?),
        ("client_id of another client", {
            signer.sign_with(&[("client_id", json!("another-client"))])?
        }),
    ])
}
