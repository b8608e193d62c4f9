//! What a request really says: its own parameters, those of a signed request object (RFC 9101), or
//! those that were pushed before (RFC 9126).

use crate::config::Profile;
use crate::deviation::Leniency;
use crate::issuer::commit::Swap;
use crate::issuer::fault::Stop;
use crate::issuer::par::PushedEffect;
use crate::issuer::{Browser, Client, Effect, Issuer};
use crate::protocol::{Algorithm, AuthorizationRequest, RequestObject, Secret, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::PushedRequestRecord;

/// A request, resolved.
#[derive(Debug)]
pub(in crate::issuer) struct Resolved {
    /// Its parameters.
    pub(in crate::issuer) request: AuthorizationRequest,
    /// The only user who may answer, where that was found out when it was pushed.
    pub(in crate::issuer) expected: Option<Subject>,
    /// What using it changes.
    pub(in crate::issuer) effects: Vec<Effect>,
    /// The pushed request that ends when this one is answered.
    pub(in crate::issuer) pushed: Option<Key>,
}

/// How the references of pushed requests begin (RFC 9126 §2.2).
pub(in crate::issuer) const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// Types of a request object: its own, that of any JWT, or none (RFC 9101 §10.8).
const TYPES: [&str; 3] = ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT"];

/// A reference, as far as it may be shown: who has that of a pushed request can open it.
pub(in crate::issuer) fn shown(reference: Option<&str>) -> Fact {
    match reference {
        Some(uri) if uri.starts_with(PUSHED) => Fact::Secret(Secret::new(uri)),
        other => Fact::optional(other),
    }
}

/// Whether a request refers to a pushed one.
pub(super) fn is_pushed(request: &AuthorizationRequest) -> bool {
    request.request_uri.as_deref().is_some_and(|uri| uri.starts_with(PUSHED))
}

impl Issuer {
    /// Algorithms of request objects: the one that the client registered, or every asymmetric one
    /// that clients commonly have and the rule book admits.
    fn request_algorithms(&self, client: &Client) -> Vec<Algorithm> {
        let registered = client.metadata.keys.request_object_signing_alg.as_deref();
        let offered = self.config.profile.client_algorithms();
        let named = |alg: &&Algorithm| registered.is_none_or(|name| name == alg.as_str());
        offered.iter().filter(named).copied().collect()
    }

    /// Resolves what a browser brought.
    pub(super) async fn resolve(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Resolved, Stop> {
        let reference = request.request_uri.as_deref();
        judge.check(
            &rule::REQUEST_URI_PUSHED,
            reference.is_none_or(|uri| uri.starts_with(PUSHED)),
            || (Fact::fixed("the request_uri of a pushed request"), shown(reference)),
        );
        let both = reference.is_some() && request.request.is_some();
        judge.check(&rule::REQUEST_URI_ALONE, !both, || {
            let got = if both { "both" } else { "not both" };
            (Fact::fixed("request_uri or request"), Fact::fixed(got))
        });
        self.judge_par_required(judge, client, reference.is_some());
        judge.stage()?;
        if let Some(reference) = reference {
            judge.not_applicable(&rule::REQUEST_OBJECT_REQUIRED);
            judge.not_applicable(&rule::REQUEST_OBJECT_FORM);
            return self.pushed(judge, (client, reference), request, browser).await;
        }
        let request = self.unsigned(judge, client, request).await?;
        Ok(Resolved { request, expected: None, effects: Vec::new(), pushed: None })
    }

    fn judge_par_required(&self, judge: &mut Judge<'_>, client: &Client, pushed: bool) {
        let wanted_by = if self.config.profile == Profile::Fapi2 {
            Some("the profile fapi2")
        } else if self.config.par.required {
            Some("the lab")
        } else if client.metadata.wishes.require_pushed_authorization_requests {
            Some("the client's registration")
        } else {
            None
        };
        let Some(wanted_by) = wanted_by else { return judge.not_applicable(&rule::PAR_REQUIRED) };
        judge.check(&rule::PAR_REQUIRED, pushed, || {
            let expected = Fact::public(format!("a pushed request, as {wanted_by} wants"));
            (expected, Fact::fixed(if pushed { "a pushed request" } else { "parameters" }))
        });
    }

    async fn pushed(
        &self,
        judge: &mut Judge<'_>,
        (client, reference): (&Client, &str),
        beside: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Resolved, Stop> {
        let secret = Secret::new(reference);
        let key = Key::of_secret(&secret);
        let now = self.now();
        let found = self.store.get::<PushedRequestRecord>(key).await?;
        let found = found.filter(|found| now < found.value.fresh_until);
        let found = judge.require(&rule::REQUEST_URI_KNOWN, found, || {
            (Fact::fixed("a pushed request that is still open"), Fact::Secret(secret.clone()))
        })?;
        let owner = &found.value.client_id;
        judge.check(&rule::REQUEST_URI_CLIENT, *owner == client.id, || {
            (Fact::public(owner), Fact::public(&client.id))
        });
        let here = browser.secret.as_ref().map(Secret::sha256);
        let first = found.value.browser.is_none();
        judge.check(&rule::REQUEST_URI_BROWSER, first || found.value.browser == here, || {
            (
                Fact::fixed("one browser"),
                Fact::fixed(if first { "the first" } else { "another one" }),
            )
        });
        judge.stage()?;
        let (request, expected) = (found.value.request.clone(), found.value.expected.clone());
        let request = self.with_beside(Leniency::BesidePushed, request, beside);
        let value = PushedRequestRecord { browser: here, ..found.value };
        let swap = Swap { key, version: found.version, value, expires: found.expires };
        let effects =
            if first { vec![Effect::Pushed(PushedEffect::Open(swap))] } else { Vec::new() };
        Ok(Resolved { request, expected, effects, pushed: Some(key) })
    }

    /// The parameters of a request that may carry a request object. Parameters beside the object
    /// count for nothing (RFC 9101 §6.3).
    pub(in crate::issuer) async fn unsigned(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &AuthorizationRequest,
    ) -> Result<AuthorizationRequest, Stop> {
        let text = request.request.as_ref();
        let required = client.metadata.wishes.require_signed_request_object;
        if required {
            judge.check(&rule::REQUEST_OBJECT_REQUIRED, text.is_some(), || {
                (Fact::fixed("a request object"), Fact::secret(text))
            });
        } else {
            judge.not_applicable(&rule::REQUEST_OBJECT_REQUIRED);
        }
        judge.stage()?;
        let Some(text) = text else { return Ok(request.clone()) };
        let read = RequestObject::read(text.expose());
        let object = judge.require(&rule::REQUEST_OBJECT_FORM, read.as_ref().ok(), || {
            let got = read.as_ref().err().map_or(Fact::fixed("one"), Fact::public);
            (Fact::fixed("a signed JWT of at most 16 KiB"), got)
        })?;
        let typ = object.jws.header.typ.as_deref();
        let typed = typ.is_none_or(|typ| TYPES.iter().any(|one| one.eq_ignore_ascii_case(typ)));
        judge.check(&rule::REQUEST_OBJECT_TYPE, typed, || {
            (Fact::any_of(TYPES), Fact::optional(typ))
        });
        judge_claims(judge, client, object);
        self.judge_object(judge, object);
        judge.stage()?;
        self.judge_object_signature(judge, client, object).await?;
        judge.stage()?;
        let own = AuthorizationRequest {
            client_id: Some(client.id.as_str().to_owned()),
            ..object.request.clone()
        };
        Ok(self.with_beside(Leniency::BesideObject, own, request))
    }

    /// A request with what stands beside it in the link, if that is read.
    fn with_beside(
        &self,
        leniency: Leniency,
        own: AuthorizationRequest,
        beside: &AuthorizationRequest,
    ) -> AuthorizationRequest {
        if !self.deviations.reads(leniency) {
            return own;
        }
        AuthorizationRequest {
            redirect_uri: beside.redirect_uri.clone().or(own.redirect_uri),
            scope: beside.scope.clone().or(own.scope),
            ..own
        }
    }

    fn judge_object(&self, judge: &mut Judge<'_>, object: &RequestObject<'_>) {
        // FAPI 2.0 Message Signing §5.3.1 wants both; elsewhere they are only recommended.
        let exact_for = self.exact_for();
        let exact = exact_for.is_some();
        let wanted = exact_for.map(|who| format!(", as {who} wants")).unwrap_or_default();
        let issuer = self.url().as_str();
        let audience = object.aud.as_slice();
        let meant = audience.iter().any(|one| one == issuer) || (audience.is_empty() && !exact);
        judge.check(&rule::REQUEST_OBJECT_AUDIENCE, meant, || {
            (Fact::public(format!("{issuer}{wanted}")), Fact::any_of(audience))
        });
        let now = self.now().secs();
        let alive = object.exp.map_or(!exact, |exp| now < exp);
        let begun = object.nbf.is_none_or(|nbf| nbf <= now);
        judge.check(&rule::REQUEST_OBJECT_FRESH, alive && begun, || {
            let expected = format!("exp after and nbf not after {now} s{wanted}");
            let show = |time: Option<u64>| time.map_or("none".to_owned(), |time| time.to_string());
            let got = format!("exp {}, nbf {}", show(object.exp), show(object.nbf));
            (Fact::public(expected), Fact::public(got))
        });
    }

    async fn judge_object_signature(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        object: &RequestObject<'_>,
    ) -> Result<(), Stop> {
        let algorithms: Vec<_> = self.request_algorithms(client);
        let kid = object.jws.header.kid.as_deref();
        let verified = match self.client_keys_for(client, kid).await {
            Ok(keys) => object.jws.verify(&keys, &algorithms).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        judge.check(&rule::REQUEST_OBJECT_SIGNATURE, verified.is_ok(), || {
            let got = verified.err().unwrap_or_else(|| object.jws.header.alg.clone());
            // The one that is registered, or what the rule book has.
            (Fact::public(self.config.profile.offers(&algorithms)), Fact::public(got))
        });
        Ok(())
    }
}

fn judge_claims(judge: &mut Judge<'_>, client: &Client, object: &RequestObject<'_>) {
    let id = client.id.as_str();
    let iss = object.iss.as_deref();
    judge.check(&rule::REQUEST_OBJECT_ISSUER, iss.is_none_or(|iss| iss == id), || {
        (Fact::public(id), Fact::optional(iss))
    });
    let inner = object.request.client_id.as_deref();
    judge.check(&rule::REQUEST_OBJECT_CLIENT, inner.is_none_or(|inner| inner == id), || {
        (Fact::public(id), Fact::optional(inner))
    });
    judge.check(&rule::REQUEST_OBJECT_PLAIN, !object.nests, || {
        (Fact::fixed("neither request nor request_uri"), Fact::fixed("one of them"))
    });
}
