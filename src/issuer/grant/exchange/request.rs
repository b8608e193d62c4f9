//! What a token exchange asks for, as far as it can be judged without looking at any token
//! (RFC 8693 §2.1).

use crate::config::{AccessTokenFormat, Api};
use crate::issuer::Issuer;
use crate::protocol::{ExchangeRequest, Scope, Secret, TokenType};
use crate::rule::{self, Blocked, Fact, Judge};

/// Types of tokens that can stand for a subject or an actor.
const EXCHANGED: &[TokenType] = &[TokenType::AccessToken, TokenType::Jwt, TokenType::IdToken];

/// A request whose form is judged.
pub(super) struct Asked<'r> {
    /// On whose behalf.
    pub(super) subject: (&'r Secret, TokenType),
    /// Who acts, if somebody else than the client.
    pub(super) actor: Option<(&'r Secret, TokenType)>,
    /// What kind of token is wanted.
    pub(super) wanted: TokenType,
    /// For which APIs; none leaves it to the scope.
    pub(super) targets: Vec<&'r Api>,
    /// With which scope; `None` leaves it to us.
    pub(super) scope: Option<Scope>,
    /// With which authorization details; `None` leaves it to us.
    pub(super) details: Option<&'r str>,
}

impl Issuer {
    pub(super) fn judge_exchange_form<'r>(
        &'r self,
        judge: &mut Judge<'_>,
        request: &'r ExchangeRequest,
    ) -> Result<Asked<'r>, Blocked> {
        let token = request.subject_token.as_ref();
        let named = request.subject_token_type.as_deref();
        let actor = judge_actor_form(judge, request);
        let wanted = self.judge_wanted(judge, request.requested_token_type.as_deref());
        let targets = self.judge_targets(judge, request);
        let scope = request.narrowed.scope.as_deref().map(Scope::parse).transpose();
        judge.check(&rule::SCOPE_FORM, scope.is_ok(), || {
            let got = Fact::optional(request.narrowed.scope.as_deref());
            (Fact::fixed("printable ASCII tokens, separated by single spaces"), got)
        });
        let (token, named) =
            judge.require(&rule::EXCHANGE_SUBJECT_PRESENTED, token.zip(named), || {
                let got =
                    if token.is_some() { "no subject_token_type" } else { "no subject_token" };
                (Fact::fixed("subject_token and subject_token_type"), Fact::fixed(got))
            })?;
        let kind = TokenType::parse(named).filter(|kind| EXCHANGED.contains(kind));
        let kind = judge.require(&rule::EXCHANGE_SUBJECT_TYPE, kind, || {
            (Fact::any_of(EXCHANGED), type_named(named))
        })?;
        let details = request.narrowed.authorization_details.as_deref();
        let scope = scope.ok().flatten();
        Ok(Asked { subject: (token, kind), actor, wanted, targets, scope, details })
    }

    /// The kind of token that is wanted. Ours are JWTs or opaque, as the lab file says.
    fn judge_wanted(&self, judge: &mut Judge<'_>, named: Option<&str>) -> TokenType {
        let Some(named) = named else {
            judge.not_applicable(&rule::EXCHANGE_REQUESTED_TYPE);
            return TokenType::AccessToken;
        };
        let issued: &[TokenType] = match self.config.tokens.access_format {
            AccessTokenFormat::Jwt => &[TokenType::AccessToken, TokenType::Jwt],
            AccessTokenFormat::Opaque => &[TokenType::AccessToken],
        };
        let wanted = TokenType::parse(named).filter(|kind| issued.contains(kind));
        judge.check(&rule::EXCHANGE_REQUESTED_TYPE, wanted.is_some(), || {
            (Fact::any_of(issued), type_named(named))
        });
        wanted.unwrap_or(TokenType::AccessToken)
    }

    fn judge_targets<'r>(
        &'r self,
        judge: &mut Judge<'_>,
        request: &'r ExchangeRequest,
    ) -> Vec<&'r Api> {
        let named: Vec<&String> =
            request.audiences.iter().chain(&request.narrowed.resources).collect();
        if named.is_empty() {
            judge.not_applicable(&rule::EXCHANGE_TARGET_KNOWN);
            return Vec::new();
        }
        let targets: Option<Vec<_>> =
            named.iter().map(|name| self.config.api_of_audience(name)).collect();
        judge.check(&rule::EXCHANGE_TARGET_KNOWN, targets.is_some(), || {
            (Fact::any_of(self.config.apis.iter().map(|api| &api.name)), Fact::any_of(&named))
        });
        targets.unwrap_or_default()
    }
}

/// RFC 8693 §2.1: the type is required with the token, and must not be there without it.
fn judge_actor_form<'r>(
    judge: &mut Judge<'_>,
    request: &'r ExchangeRequest,
) -> Option<(&'r Secret, TokenType)> {
    let (token, named) = (&request.actor_token, request.actor_token_type.as_deref());
    if token.is_none() && named.is_none() {
        judge.not_applicable(&rule::EXCHANGE_ACTOR_FORM);
        return None;
    }
    let kind = named.and_then(TokenType::parse).filter(|kind| EXCHANGED.contains(kind));
    let actor = token.as_ref().zip(kind);
    judge.check(&rule::EXCHANGE_ACTOR_FORM, actor.is_some(), || {
        let got = match named {
            _ if token.is_none() => Fact::fixed("no actor_token"),
            Some(named) => type_named(named),
            None => Fact::Absent,
        };
        (Fact::any_of(EXCHANGED), got)
    });
    actor
}

/// What a request calls a type. Clients mix the parameters up: what is neither a type nor its short
/// name, such as `access_token`, may be the token.
fn type_named(named: &str) -> Fact {
    let is_word =
        named.len() <= 20 && named.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word || named.starts_with("urn:ietf:params:oauth:token-type:") {
        Fact::public(named)
    } else {
        Fact::secret(Some(&Secret::new(named)))
    }
}
