//! The rules of an authorization request, in three stages: who asks and where to answer; the form
//! of the request; scope and target.

use super::resolve::{Resolved, is_pushed};
use super::{ReturnTo, Valid};
use crate::issuer::audience::Asked;
use crate::issuer::fault::Stop;
use crate::issuer::{Browser, Client, Fault, Issuer};
use crate::protocol::{
    AuthorizationRequest, ChallengeMethod, CodeChallenge, GrantType, Prompt, RedirectUri,
    ResponseType, Subject, dpop,
};
use crate::rule::{self, Fact, Judge, Rule};

impl Issuer {
    pub(super) async fn judge_request(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<(Valid, Resolved), Stop> {
        let client = self.judge_client(judge, request).await?;
        let resolved = self.resolve(judge, &client, request, browser).await?;
        let expected = resolved.expected.as_ref();
        let valid = self.judge_parameters(judge, &client, &resolved.request, expected).await?;
        Ok((valid, resolved))
    }

    /// Judges the parameters themselves: at the authorization endpoint, and where they are pushed.
    /// `expected` is the user whom a pushed request was found to expect.
    pub(in crate::issuer) async fn judge_parameters(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &AuthorizationRequest,
        expected: Option<&Subject>,
    ) -> Result<Valid, Stop> {
        let redirect_uri = judge_redirect_uri(judge, client, request.redirect_uri.as_deref())?;
        judge.stage()?;
        judge.check(&rule::REGISTRATION_PARAMETER_ABSENT, !request.has_registration, || {
            let got = if request.has_registration { Fact::fixed("sent") } else { Fact::Absent };
            (Fact::fixed("not sent"), got)
        });
        let (response_type, response_mode) = self.judge_response(judge, request);
        judge_client_type(judge, client, response_type);
        let challenge = judge_challenge(judge, client, response_type, request);
        let prompts = judge_prompt(judge, request.prompt.as_deref());
        let max_age = judge_max_age(judge, request.max_age.as_deref())
            .or(client.metadata.wishes.default_max_age);
        judge_text(judge, &rule::STATE_FORM, request.state.as_deref(), 2048);
        judge_text(judge, &rule::NONCE_FORM, request.nonce.as_deref(), 1024);
        judge_dpop_jkt(judge, request.dpop_jkt.as_deref());
        judge_nonce(judge, response_type, request.nonce.as_deref());
        let details = request.authorization_details.as_deref();
        let scope = request.scope.as_deref().or(details.map(|_| Asked::NO_SCOPE));
        let asked = Asked { scope, resources: &request.resources, user: true };
        let target = self.judge_target(judge, client, asked)?;
        let details = self.judge_details(judge, client, details, &target.resources);
        let mut wishes = self.judge_login_wishes(judge, client, request).await?;
        wishes.expected = wishes.expected.or_else(|| expected.cloned());
        judge.stage()?;
        Ok(Valid {
            client: client.clone(),
            redirect_uri_sent: request.redirect_uri.is_some(),
            redirect_uri,
            scope: target.scope,
            resources: target.resources,
            challenge,
            response_type,
            response_mode,
            prompts,
            max_age,
            wishes,
            details,
        })
    }

    async fn judge_client(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
    ) -> Result<Client, Stop> {
        let id = request.client_id.as_deref();
        let id = judge.require(&rule::AUTHORIZE_CLIENT_PRESENTED, id, || {
            (Fact::fixed("client_id"), Fact::optional(id))
        })?;
        let client = self.client(id).await?;
        let client = judge.require(&rule::AUTHORIZE_CLIENT_KNOWN, client, || {
            (Fact::fixed("a registered client"), Fact::public(id))
        })?;
        Ok(client)
    }

    /// Where an answer may go, found apart from the judgement, so that refusals of later rules can
    /// be sent there. `None` unless client and redirect URI hold (or are waived).
    pub(super) async fn return_to(
        &self,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Option<ReturnTo>, Fault> {
        let Some(id) = request.client_id.as_deref() else { return Ok(None) };
        let Some(client) = self.client(id).await? else { return Ok(None) };
        let mut judge = Judge::new(&rule::AUTHORIZE, &*self.deviations);
        let request = &match self.resolve(&mut judge, &client, request, browser).await {
            Ok(resolved) => resolved.request,
            Err(Stop::Fault(fault)) => return Err(fault),
            // What was pushed cannot be read; a refused request object leaves what stands beside it.
            Err(Stop::Refused(..)) if is_pushed(request) => return Ok(None),
            Err(Stop::Refused(..)) => request.clone(),
        };
        let mut judge = Judge::new(&rule::AUTHORIZE, &*self.deviations);
        let redirect_uri = judge_redirect_uri(&mut judge, &client, request.redirect_uri.as_deref());
        let well_formed = |state: &String| is_printable(state, 2048);
        Ok(redirect_uri.ok().filter(|_| judge.stage().is_ok()).map(|redirect_uri| ReturnTo {
            redirect_uri,
            state: request.state.clone().filter(well_formed),
            mode: self.requested_mode(request),
            client_id: client.id.clone(),
            alg: self.response_alg(&client),
        }))
    }
}

fn judge_redirect_uri(
    judge: &mut Judge<'_>,
    client: &Client,
    sent: Option<&str>,
) -> Result<RedirectUri, Stop> {
    let registered = &client.metadata.redirect_uris;
    // A loopback URI is registered without its port: it cannot be the one to return to.
    let only = match registered.as_slice() {
        [only] if !only.is_loopback() => Some(only.as_str()),
        _ => None,
    };
    let text = judge.require_or(
        &rule::REDIRECT_URI_PRESENTED,
        sent.or(only),
        || registered.first().map(RedirectUri::as_str),
        || (Fact::any_of(registered), Fact::optional(sent)),
    )?;
    let requested = RedirectUri::parse(text).ok();
    let admitted = requested.filter(|uri| registered.iter().any(|own| own.admits(uri)));
    // Waived, the requested URI itself is where the answer goes, whatever it is.
    let redirect_uri = judge.require_or(
        &rule::REDIRECT_URI_REGISTERED,
        admitted,
        || Some(RedirectUri::unchecked(text)),
        || (Fact::any_of(registered), Fact::public(text)),
    )?;
    Ok(redirect_uri)
}

/// Which grants a response type is part of (OpenID Connect Dynamic Client Registration §2).
fn judge_client_type(judge: &mut Judge<'_>, client: &Client, kind: ResponseType) {
    judge_unbound(judge, client, kind);
    let front = kind.has_token() || kind.has_id_token();
    let needed = [(GrantType::AuthorizationCode, kind.has_code()), (GrantType::Implicit, front)];
    let needed: Vec<_> = needed.into_iter().filter(|(_, needs)| *needs).map(|(g, _)| g).collect();
    judge.check(
        &rule::AUTHORIZE_CLIENT_GRANT,
        needed.iter().all(|grant| client.allows(*grant)),
        || (Fact::any_of(&needed), Fact::any_of(&client.metadata.grant_types)),
    );
    if !front {
        judge.not_applicable(&rule::RESPONSE_TYPE_CLIENT);
        return;
    }
    let own = &client.metadata.response_types;
    judge.check(&rule::RESPONSE_TYPE_CLIENT, own.contains(&kind), || {
        (Fact::any_of(own), Fact::public(kind))
    });
}

/// Nobody proves a key in the front channel (RFC 9449 §5.2, RFC 8705 §3.4).
fn judge_unbound(judge: &mut Judge<'_>, client: &Client, kind: ResponseType) {
    if !kind.has_token() {
        judge.not_applicable(&rule::RESPONSE_TYPE_BOUND);
        return;
    }
    let wishes = &client.metadata.wishes;
    let wanted =
        wishes.dpop_bound_access_tokens || wishes.tls_client_certificate_bound_access_tokens;
    judge.check(&rule::RESPONSE_TYPE_BOUND, !wanted, || {
        let got = if wanted { "a client that wants bound tokens" } else { "bearer tokens will do" };
        (Fact::fixed("bearer tokens will do"), Fact::fixed(got))
    });
}

fn judge_nonce(judge: &mut Judge<'_>, kind: ResponseType, nonce: Option<&str>) {
    if !kind.has_id_token() {
        judge.not_applicable(&rule::NONCE_PRESENTED);
        return;
    }
    judge.check(&rule::NONCE_PRESENTED, nonce.is_some(), || {
        (Fact::fixed("a nonce"), Fact::optional(nonce))
    });
}

fn judge_challenge(
    judge: &mut Judge<'_>,
    client: &Client,
    kind: ResponseType,
    request: &AuthorizationRequest,
) -> Option<CodeChallenge> {
    if !kind.has_code() {
        let rules =
            [&rule::PKCE_CHALLENGE_PRESENTED, &rule::PKCE_METHOD, &rule::PKCE_CHALLENGE_FORM];
        for rule in rules {
            judge.not_applicable(rule);
        }
        return None;
    }
    let challenge = request.code_challenge.as_deref();
    judge.check(&rule::PKCE_CHALLENGE_PRESENTED, challenge.is_some(), || {
        let whose = if client.is_public() { "" } else { ", of a client with a secret as well" };
        (Fact::public(format!("code_challenge{whose}")), Fact::optional(challenge))
    });
    let challenge = challenge?;
    // RFC 7636 §4.3: a missing method means plain.
    let named = request.code_challenge_method.as_deref().unwrap_or("plain");
    judge.check(&rule::PKCE_METHOD, named == "S256", || {
        let got = request.code_challenge_method.as_deref();
        (Fact::fixed("S256"), got.map_or(Fact::fixed("none, which means plain"), Fact::public))
    });
    let method = if named == "S256" { ChallengeMethod::S256 } else { ChallengeMethod::Plain };
    let parsed = CodeChallenge::parse(challenge, method);
    judge.check(&rule::PKCE_CHALLENGE_FORM, parsed.is_ok(), || {
        (Fact::fixed("43 to 128 characters of A-Z a-z 0-9 - . _ ~"), Fact::public(challenge))
    });
    parsed.ok()
}

fn judge_prompt(judge: &mut Judge<'_>, prompt: Option<&str>) -> Vec<Prompt> {
    let Some(text) = prompt else {
        judge.not_applicable(&rule::PROMPT_FORM);
        return Vec::new();
    };
    let parsed: Option<Vec<_>> =
        text.split(' ').filter(|name| !name.is_empty()).map(Prompt::parse).collect();
    let sound = parsed.as_ref().is_some_and(|all| !all.contains(&Prompt::None) || all.len() == 1);
    judge.check(&rule::PROMPT_FORM, sound, || {
        (Fact::fixed("none alone, or login, consent and select_account"), Fact::public(text))
    });
    parsed.unwrap_or_default()
}

fn judge_max_age(judge: &mut Judge<'_>, max_age: Option<&str>) -> Option<u64> {
    let Some(text) = max_age else {
        judge.not_applicable(&rule::MAX_AGE_FORM);
        return None;
    };
    let digits = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = text.parse().ok().filter(|_| digits);
    judge.check(&rule::MAX_AGE_FORM, parsed.is_some(), || {
        (Fact::fixed("a number of seconds"), Fact::public(text))
    });
    parsed
}

fn judge_text(judge: &mut Judge<'_>, rule: &'static Rule, text: Option<&str>, most: usize) {
    let Some(text) = text else {
        judge.not_applicable(rule);
        return;
    };
    judge.check(rule, is_printable(text, most), || {
        let got = format!("{} bytes", text.len());
        (Fact::public(format!("at most {most} printable ASCII characters")), Fact::public(got))
    });
}

/// `VSCHAR` (RFC 6749 Appendix A.5), and not too many of them.
fn is_printable(text: &str, most: usize) -> bool {
    text.len() <= most && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// The key that alone may redeem the code (RFC 9449 §10).
fn judge_dpop_jkt(judge: &mut Judge<'_>, jkt: Option<&str>) {
    let Some(jkt) = jkt else { return judge.not_applicable(&rule::DPOP_JKT_FORM) };
    judge.check(&rule::DPOP_JKT_FORM, dpop::is_thumbprint(jkt), || {
        (Fact::fixed("43 characters of base64url"), Fact::public(jkt))
    });
}
