//! Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7523 §2.2; RFC 8705 §2): the first stage of
//! every back-channel request. No grant is read for a client that has not shown who it is.

use super::client_assertion::ReadAssertion;
use super::fault::Stop;
use super::{Client, Effect, Issuer, PresentedSender};
use crate::deviation::Leniency;
use crate::protocol::{
    AuthMethod, BasicError, ClientAssertion, ClientCredentials, ClientSecretBasic, Form, Secret,
};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;

/// What a request carries about its client, as it came.
#[derive(Clone, Debug, Default)]
pub struct PresentedClient {
    /// The `Authorization` header, if there is one.
    pub header: Option<Result<ClientSecretBasic, BasicError>>,
    /// `client_id` of the body.
    pub body_id: Option<String>,
    /// `client_secret` of the body.
    pub body_secret: Option<Secret>,
    /// `client_assertion_type` of the body (RFC 7521 §4.2).
    pub assertion_type: Option<String>,
    /// `client_assertion` of the body.
    pub assertion: Option<Secret>,
    /// What the request shows of its sender's key: `DPoP` proofs, and the certificate of its
    /// connection.
    pub sender: PresentedSender,
}

impl PresentedClient {
    /// Reads header and form; `sender` comes from the connection and further headers.
    pub fn read(authorization: Option<&str>, form: &Form, sender: PresentedSender) -> Self {
        Self {
            header: authorization.map(ClientSecretBasic::parse),
            body_id: form.get("client_id").map(str::to_owned),
            body_secret: form.secret("client_secret").cloned(),
            assertion_type: form.get("client_assertion_type").map(str::to_owned),
            assertion: form.secret("client_assertion").cloned(),
            sender,
        }
    }

    fn credentials(&self, assertion: &ReadAssertion<'_>) -> ClientCredentials {
        if let Some(Ok(basic)) = &self.header {
            return ClientCredentials::Basic(basic.clone());
        }
        if let Some(read) = assertion {
            let read = read.as_ref().ok();
            let named = read.and_then(|read| read.client_id()).or(self.body_id.as_deref());
            return ClientCredentials::Assertion {
                client_id: named.map(str::to_owned),
                method: read.map_or(AuthMethod::PrivateKeyJwt, ClientAssertion::method),
            };
        }
        match (&self.body_id, &self.body_secret) {
            (Some(id), Some(secret)) => {
                ClientCredentials::Post { client_id: id.clone(), secret: secret.clone() }
            }
            (Some(id), None) => ClientCredentials::Public { client_id: id.clone() },
            (None, _) => ClientCredentials::Missing,
        }
    }

    /// The ways in which it says who it is, beside naming itself.
    fn ways(&self) -> Vec<&'static str> {
        let ways = [
            (self.header.is_some(), "an Authorization header"),
            (self.body_secret.is_some(), "client_secret"),
            (self.assertion.is_some(), "client_assertion"),
        ];
        ways.iter().filter(|(is_there, _)| *is_there).map(|(_, name)| *name).collect()
    }
}

impl Issuer {
    /// Judges the rules of docket `client`, which every back-channel docket begins with.
    pub(super) async fn authenticate(
        &self,
        judge: &mut Judge<'_>,
        presented: &PresentedClient,
    ) -> Result<Client, Stop> {
        let any_type = self.deviations.reads(Leniency::AssertionOfAnyType);
        let assertion = presented.assertion(any_type);
        let credentials = presented.credentials(&assertion);
        judge_form(judge, presented, &credentials);
        self.judge_client_assertion(judge, presented, &assertion);
        judge.stage()?;
        let assertion = assertion.and_then(Result::ok);
        let id = credentials.client_id().unwrap_or_default();
        let client = self.client(id).await?;
        if client.is_none() {
            // As much work as for a known client, so that time does not tell them apart.
            let _ = secret_matches(&credentials, &[0; 32]);
            self.verify_for_nobody(assertion.as_ref()).await?;
        }
        let client = judge.require(&rule::CLIENT_KNOWN, client, || {
            (Fact::fixed("a registered client"), Fact::public(id))
        })?;
        if client.guessable {
            self.judge_guesses(judge, &client).await?;
        }
        judge_method(judge, &client, &credentials);
        self.judge_secret(judge, &client, &credentials);
        let certificate = presented.sender.certificate.as_ref();
        self.judge_certificate(judge, &client, certificate).await;
        let by_assertion = client.metadata.token_endpoint_auth_method.is_assertion();
        if by_assertion && judge.stage().is_ok() {
            self.judge_signature(judge, &client, assertion.as_ref()).await;
            if let Some(assertion) = assertion.as_ref().filter(|_| judge.stage().is_ok()) {
                self.judge_unused(judge, &client, &assertion.claims).await?;
            }
        }
        match judge.stage() {
            Ok(()) => {
                self.judge_profile(judge, &client);
                judge.stage()?;
                self.acting(client, presented).await
            }
            Err(blocked) => {
                let guessed = client.guessable && credentials.proves_secret();
                let count = Effect::Count(guesses_key(&client), self.config.limits.token.per);
                Err(Stop::Refused(blocked, guessed.then_some(count).into_iter().collect()))
            }
        }
    }

    fn judge_secret(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        credentials: &ClientCredentials,
    ) {
        // The registered method decides whether a secret is needed, not the presence of one.
        if !client.metadata.token_endpoint_auth_method.sends_secret() {
            judge.not_applicable(&rule::CLIENT_SECRET);
            return;
        }
        let hash = client.secret_sha256.unwrap_or([0; 32]);
        let lenient = self.deviations.reads(Leniency::TrimmedSecret);
        let matches = secret_matches(credentials, &hash)
            || (lenient && is_trimmed(credentials.secret(), &hash));
        let holds = matches && client.secret_sha256.is_some();
        judge.check(&rule::CLIENT_SECRET, holds, || {
            (Fact::fixed("the registered secret"), Fact::secret(credentials.secret()))
        });
    }

    /// As whom an authenticated client acts: as itself, except at a lab that is weak on purpose.
    async fn acting(&self, client: Client, presented: &PresentedClient) -> Result<Client, Stop> {
        match &presented.body_id {
            Some(named) if self.deviations.reads(Leniency::BodyNamesClient) => {
                Ok(self.client(named).await?.unwrap_or(client))
            }
            Some(_) | None => Ok(client),
        }
    }

    /// Judged last, so that only who proved to be the client learns how it is registered. The
    /// bundled resource server is exempt: it only introspects, and no client of the profile.
    fn judge_profile(&self, judge: &mut Judge<'_>, client: &Client) {
        if !judge.has(&rule::PROFILE_CLIENT_AUTH) {
            return;
        }
        if client.id == self.config.resource.client_id {
            return judge.not_applicable(&rule::PROFILE_CLIENT_AUTH);
        }
        let (profile, method) = (self.config.profile, client.metadata.token_endpoint_auth_method);
        let offered = profile.auth_methods();
        judge.check(&rule::PROFILE_CLIENT_AUTH, offered.contains(&method), || {
            (Fact::public(profile.offers(offered)), Fact::fixed(method.as_str()))
        });
    }

    /// Judges before the secret is looked at: beyond the limit a guess learns nothing.
    async fn judge_guesses(&self, judge: &mut Judge<'_>, client: &Client) -> Result<(), Stop> {
        let rate = self.config.limits.token;
        let window = self.window(guesses_key(client), rate).await?;
        let wrong = window.count;
        if !window.admits(judge) {
            judge.check(&rule::CLIENT_RATE, false, || {
                let (events, secs) = (rate.events, rate.per.as_secs());
                let expected = format!("fewer than {events} wrong secrets in {secs} s");
                (Fact::public(expected), Fact::public(wrong))
            });
        }
        Ok(judge.stage()?)
    }
}

fn guesses_key(client: &Client) -> Key {
    Key::of(&["rate.secret", client.id.as_str()])
}

fn judge_form(judge: &mut Judge<'_>, presented: &PresentedClient, read: &ClientCredentials) {
    // A header or an assertion that cannot be read is its own rule; here it counts as an attempt.
    let attempted =
        read.client_id().is_some() || presented.header.is_some() || presented.assertion.is_some();
    judge.check(&rule::CLIENT_PRESENTED, attempted, || {
        let expected = "client_id, HTTP Basic credentials, or a client assertion";
        (Fact::fixed(expected), Fact::optional(read.client_id()))
    });
    match &presented.header {
        None => judge.not_applicable(&rule::CLIENT_HEADER_FORM),
        Some(header) => {
            judge.check(&rule::CLIENT_HEADER_FORM, header.is_ok(), || {
                (
                    Fact::fixed("Basic base64(client_id:client_secret)"),
                    Fact::fixed("another header"),
                )
            });
        }
    }
    let ways = presented.ways();
    judge.check(&rule::CLIENT_ONE_METHOD, ways.len() <= 1, || {
        let got = match ways.as_slice() {
            [] | [_] => Fact::fixed(read.method().as_str()),
            many => Fact::public(many.join(" and ")),
        };
        (Fact::fixed("one method"), got)
    });
    let named = match read {
        ClientCredentials::Basic(basic) => Some(basic.client_id.as_str()),
        ClientCredentials::Assertion { client_id, .. } => client_id.as_deref(),
        ClientCredentials::Missing
        | ClientCredentials::Public { .. }
        | ClientCredentials::Post { .. } => None,
    };
    match (named, presented.body_id.as_deref()) {
        (Some(named), Some(body)) => {
            judge.check(&rule::CLIENT_BODY_ID, named == body, || {
                (Fact::public(named), Fact::public(body))
            });
        }
        (None, _) | (_, None) => judge.not_applicable(&rule::CLIENT_BODY_ID),
    }
}

fn judge_method(judge: &mut Judge<'_>, client: &Client, credentials: &ClientCredentials) {
    let registered = client.metadata.token_endpoint_auth_method;
    // Beside a certificate a request has nothing but the client's name (RFC 8705 §2).
    let presented = match credentials.method() {
        AuthMethod::None if registered.is_tls() => registered,
        other => other,
    };
    judge.check(&rule::CLIENT_METHOD, presented == registered, || {
        (Fact::fixed(registered.as_str()), Fact::fixed(presented.as_str()))
    });
}

/// Whether a secret is right but for space behind it.
fn is_trimmed(secret: Option<&Secret>, hash: &[u8; 32]) -> bool {
    let trimmed = secret.map(|secret| Secret::new(secret.expose().trim_end()));
    trimmed.is_some_and(|trimmed| trimmed.matches_sha256(hash))
}

/// Constant-time; always does both comparisons of a Basic credential.
fn secret_matches(credentials: &ClientCredentials, hash: &[u8; 32]) -> bool {
    match credentials {
        ClientCredentials::Missing
        | ClientCredentials::Public { .. }
        | ClientCredentials::Assertion { .. } => {
            let _ = Secret::default().matches_sha256(hash);
            false
        }
        ClientCredentials::Basic(basic) => {
            basic.secret.matches_sha256(hash) | basic.raw_secret.matches_sha256(hash)
        }
        ClientCredentials::Post { secret, .. } => secret.matches_sha256(hash),
    }
}
