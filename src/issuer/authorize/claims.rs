//! What a request wishes of the login and its claims: `claims` (OpenID Connect Core §5.5),
//! `acr_values` (§3.1.2.1), and the user whom it expects.

use super::Valid;
use crate::issuer::fault::Stop;
use crate::issuer::{Client, Issuer, LoggedIn};
use crate::protocol::{AuthorizationRequest, ClaimsRequest, Prompt, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::record::InteractionRecord;

/// What a request wishes of the login and its claims.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Claims, one by one.
    pub(super) claims: Option<ClaimsRequest>,
    /// The way of authentication that the login is to count as.
    pub(super) acr: Option<String>,
    /// The only user who may answer.
    pub(super) expected: Option<Subject>,
}

impl Issuer {
    pub(super) async fn judge_login_wishes(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &AuthorizationRequest,
    ) -> Result<Wishes, Stop> {
        let (claims, named) = judge_claims(judge, request.claims.as_deref());
        let hinted = self
            .judge_expected(judge, client, request.id_token_hint.as_ref(), named.as_ref())
            .await?;
        let acr = self.judge_acr(judge, client, request, claims.as_ref());
        Ok(Wishes { claims, acr, expected: named.or(hinted) })
    }

    /// The way of authentication that the login will count as: an essential one must be ours, of
    /// the others the first one that is (OpenID Connect Core §5.5.1.1).
    fn judge_acr(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        request: &AuthorizationRequest,
        claims: Option<&ClaimsRequest>,
    ) -> Option<String> {
        let ours = &self.config.acr_values;
        let wish = claims.and_then(ClaimsRequest::acr);
        let named: Vec<&str> =
            wish.into_iter().flat_map(|wish| &wish.values).filter_map(|one| one.as_str()).collect();
        let first = |asked: &[&str]| {
            asked.iter().find(|one| ours.iter().any(|own| own == *one)).map(ToString::to_string)
        };
        if let Some(wish) = wish.filter(|wish| wish.essential && !wish.values.is_empty()) {
            let met = first(&named);
            judge.check(&rule::ACR_ESSENTIAL, met.is_some(), || {
                (Fact::any_of(ours), Fact::any_of(&wish.values))
            });
            return met;
        }
        judge.not_applicable(&rule::ACR_ESSENTIAL);
        if !named.is_empty() {
            return first(&named);
        }
        match request.acr_values.as_deref() {
            Some(text) => first(&text.split(' ').collect::<Vec<_>>()),
            None => first(
                &client
                    .metadata
                    .wishes
                    .default_acr_values
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ),
        }
    }

    /// Whether a way of authentication needs a login of its own: all but the first one of the lab,
    /// which every session is.
    fn needs_login(&self, acr: &str) -> bool {
        self.config.acr_values.first().is_none_or(|own| own != acr)
    }
}

impl Valid {
    /// The only user who may answer.
    pub(in crate::issuer) fn expected(self) -> Option<Subject> {
        self.wishes.expected
    }

    /// The way of authentication that is worth asking for: a silent request can have a wish that
    /// needs a page only if it is essential, and then fails for want of a login.
    pub(super) fn acr(&self, issuer: &Issuer) -> (Option<String>, bool) {
        let fresh = self.wishes.acr.as_deref().is_some_and(|acr| issuer.needs_login(acr));
        let silent = self.prompts.contains(&Prompt::None);
        let wish = self.wishes.claims.as_ref().and_then(ClaimsRequest::acr);
        let essential = wish.is_some_and(|wish| wish.essential);
        if fresh && silent && !essential {
            return (None, false);
        }
        (self.wishes.acr.clone(), fresh)
    }
}

/// Whether this user may answer the request.
pub(in crate::issuer) fn is_expected(interaction: &InteractionRecord, session: &LoggedIn) -> bool {
    interaction.expected.as_ref().is_none_or(|subject| *subject == session.subject)
}

fn judge_claims(
    judge: &mut Judge<'_>,
    text: Option<&str>,
) -> (Option<ClaimsRequest>, Option<Subject>) {
    let Some(text) = text else {
        judge.not_applicable(&rule::CLAIMS_FORM);
        return (None, None);
    };
    let read = ClaimsRequest::parse(text).ok();
    // A user who cannot exist is no reason to give the claims of another one.
    let named = read.as_ref().and_then(ClaimsRequest::subject).map(Subject::parse);
    let holds = read.is_some() && !matches!(named, Some(Err(_)));
    judge.check(&rule::CLAIMS_FORM, holds, || {
        (Fact::fixed("an object of claims within its bounds"), Fact::public(text))
    });
    (read, named.and_then(Result::ok))
}
