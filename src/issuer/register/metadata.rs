//! Client metadata as a stranger sends it (RFC 7591 §2), judged member by member.

use url::Url;

use super::members::Members;
use super::wishes::{judge_keys, judge_logout, odd_context};
use crate::issuer::Issuer;
use crate::issuer::fault::Stop;
use crate::protocol::{
    ApplicationType, AuthMethod, ClientMetadata, GrantType, RedirectUri, ResponseType, Scope,
    Secret, deceives,
};
use crate::rule::{self, Fact, Judge};

/// Who the body says it is about (RFC 7592 §2.2).
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret>,
    /// A member that only the server writes.
    pub(super) servers_own: Option<&'static str>,
}

const MAX_REDIRECT_URIS: usize = 20;
const MAX_TEXT: usize = 200;

impl Issuer {
    /// Judges a metadata body. Unknown members are ignored (RFC 7591 §2); null counts as absent.
    pub(super) async fn judge_metadata(
        &self,
        judge: &mut Judge<'_>,
        body: &[u8],
    ) -> Result<(ClientMetadata, Identity), Stop> {
        let members = Members::read(body);
        let mut members = judge.require(&rule::REGISTRATION_JSON, members, || {
            (
                Fact::fixed("a JSON object, members of the right types"),
                Fact::fixed("something else"),
            )
        })?;
        self.judge_statement(judge, &mut members).await?;
        let metadata = self.judge_members(judge, &members)?;
        let identity = Identity {
            client_id: members.text("client_id").map(str::to_owned),
            client_secret: members.text("client_secret").map(Secret::new),
            servers_own: members.any(&[
                "registration_access_token",
                "registration_client_uri",
                "client_secret_expires_at",
                "client_id_issued_at",
            ]),
        };
        Ok((metadata, identity))
    }

    /// Judges members that were read: those of a body, or of a document.
    pub(in crate::issuer) fn judge_members(
        &self,
        judge: &mut Judge<'_>,
        members: &Members,
    ) -> Result<ClientMetadata, Stop> {
        let redirect_uris = judge_redirect_uris(judge, members);
        let method = self.judge_method(judge, members);
        let (grants, responses) = self.judge_grants(judge, members);
        let code = grants.contains(&GrantType::AuthorizationCode);
        let redirects = code || grants.contains(&GrantType::Implicit);
        judge.check(
            &rule::REGISTRATION_REDIRECT_PRESENT,
            !redirects || !redirect_uris.is_empty(),
            || (Fact::fixed("redirect_uris"), Fact::any_of(&redirect_uris)),
        );
        let acts_alone = method.is_public() && grants.contains(&GrantType::ClientCredentials);
        judge.check(&rule::REGISTRATION_GRANT_CLIENT, !acts_alone, || {
            (Fact::fixed("a client with a credential"), Fact::fixed(method.as_str()))
        });
        let scope = self.judge_registered_scope(judge, members);
        let algs = self.judge_algorithms(judge, members, code);
        let keys = judge_keys(judge, members, method);
        let wishes = Self::judge_wishes(judge, members, algs);
        let logout = judge_logout(judge, members, &redirect_uris);
        judge_texts(judge, members);
        judge.stage()?;
        Ok(ClientMetadata {
            redirect_uris,
            token_endpoint_auth_method: method,
            grant_types: grants,
            response_types: responses,
            scope,
            client_name: members.owned("client_name"),
            client_uri: members.owned("client_uri"),
            application_type: members.text("application_type").map(application_type),
            software_id: members.owned("software_id"),
            software_version: members.owned("software_version"),
            software_statement: members.owned("software_statement"),
            keys,
            wishes,
            logout,
        })
    }

    fn judge_method(&self, judge: &mut Judge<'_>, members: &Members) -> AuthMethod {
        let named = members.text("token_endpoint_auth_method");
        let offered = self.config.auth_methods();
        let method = named.map_or_else(|| Some(self.default_auth_method()), AuthMethod::parse);
        let method = method.filter(|method| offered.contains(method));
        judge.check(&rule::REGISTRATION_AUTH_METHOD, method.is_some(), || {
            (Fact::public(self.config.profile.offers(offered)), Fact::optional(named))
        });
        method.unwrap_or(AuthMethod::ClientSecretBasic)
    }

    fn judge_registered_scope(&self, judge: &mut Judge<'_>, members: &Members) -> Option<Scope> {
        let Some(text) = members.text("scope") else {
            // No scope registered: the client may ask for every configured one.
            judge.not_applicable(&rule::REGISTRATION_SCOPE);
            return None;
        };
        let all = self.config.scopes();
        let scope = Scope::parse(text).ok();
        let holds = scope.as_ref().is_some_and(|scope| scope.is_subset(&all));
        judge.check(&rule::REGISTRATION_SCOPE, holds, || {
            (Fact::any_of(all.iter()), Fact::public(text))
        });
        scope
    }

    fn judge_grants(
        &self,
        judge: &mut Judge<'_>,
        members: &Members,
    ) -> (Vec<GrantType>, Vec<ResponseType>) {
        let offered = self.config.grants();
        let named = members.list("grant_types");
        let grants: Option<Vec<_>> = match &named {
            None => Some(vec![GrantType::AuthorizationCode]),
            Some(names) => names.iter().map(|name| GrantType::parse(name)).collect(),
        };
        let known = grants.as_ref().is_some_and(|grants| {
            !grants.is_empty() && grants.iter().all(|grant| offered.contains(grant))
        });
        judge.check(&rule::REGISTRATION_GRANTS, known, || {
            (Fact::any_of(offered), Fact::any_of(named.unwrap_or_default()))
        });
        let grants = distinct(grants.unwrap_or_default());
        let types = self.judge_response_types(judge, members, &grants);
        (grants, types)
    }

    fn judge_response_types(
        &self,
        judge: &mut Judge<'_>,
        members: &Members,
        grants: &[GrantType],
    ) -> Vec<ResponseType> {
        let offered = self.config.response_types();
        let named = members.list("response_types");
        let types: Option<Vec<_>> = match &named {
            None if grants.contains(&GrantType::AuthorizationCode) => {
                Some(vec![ResponseType::Code])
            }
            None => Some(Vec::new()),
            Some(names) => names
                .iter()
                .map(|name| ResponseType::read(name).filter(|kind| offered.contains(kind)))
                .collect(),
        };
        let fits = types.as_ref().is_some_and(|types| ResponseType::agree(types, grants));
        judge.check(&rule::REGISTRATION_RESPONSE_TYPES, fits, || {
            let expected = "supported types, with code exactly for authorization_code and tokens exactly for implicit";
            (Fact::fixed(expected), Fact::any_of(named.unwrap_or_default()))
        });
        distinct(types.unwrap_or_default())
    }
}

fn judge_redirect_uris(judge: &mut Judge<'_>, members: &Members) -> Vec<RedirectUri> {
    let texts = members.list("redirect_uris").unwrap_or_default();
    let parsed: Vec<_> = texts.iter().map(|text| (*text, RedirectUri::parse(text))).collect();
    let refused =
        parsed.iter().find_map(|(text, result)| Some((*text, result.as_ref().err().copied()?)));
    let holds = refused.is_none() && texts.len() <= MAX_REDIRECT_URIS;
    let acceptable = judge.check(&rule::REGISTRATION_REDIRECT_URI, holds, || match refused {
        Some((text, why)) => (Fact::public(why), Fact::public(text)),
        None => (Fact::fixed("at most 20 redirect URIs"), Fact::public(texts.len())),
    });
    if !acceptable {
        return Vec::new();
    }
    // Waived, what was refused is registered as it was written.
    let taken = |(text, result): (&str, Result<_, _>)| {
        result.unwrap_or_else(|_| RedirectUri::unchecked(text))
    };
    parsed.into_iter().map(taken).take(MAX_REDIRECT_URIS).collect()
}

fn judge_texts(judge: &mut Judge<'_>, members: &Members) {
    let names = ["client_name", "software_id", "software_version"];
    let odd_name = names.into_iter().find(|name| {
        members
            .text(name)
            .is_some_and(|text| text.chars().count() > MAX_TEXT || text.chars().any(deceives))
    });
    let uris = ["client_uri", "logo_uri", "tos_uri", "policy_uri"];
    let odd_uri = uris.into_iter().find(|name| {
        members.text(name).is_some_and(|text| {
            let web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            !web || text.len() > 2048
        })
    });
    let odd_type =
        members.text("application_type").filter(|kind| !matches!(*kind, "web" | "native"));
    let odd = odd_name.or(odd_uri).or(odd_type.map(|_| "application_type"));
    let odd = odd.or_else(|| odd_context(members));
    judge.check(&rule::REGISTRATION_TEXT, odd.is_none(), || {
        (Fact::fixed("short printable names, web URLs"), Fact::optional(odd))
    });
}

fn distinct<T: PartialEq + Copy>(values: Vec<T>) -> Vec<T> {
    let mut seen = Vec::with_capacity(values.len());
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn application_type(name: &str) -> ApplicationType {
    if name == "native" { ApplicationType::Native } else { ApplicationType::Web }
}
