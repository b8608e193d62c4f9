//! Client metadata as a stranger sends it (RFC 7591 §2), judged member by member.

use serde_json::{Map, Value};
use url::Url;

use crate::issuer::Issuer;
use crate::issuer::fault::Stop;
use crate::protocol::{
    Algorithm, ApplicationType, AuthMethod, ClientMetadata, ClientWishes, GrantType, RedirectUri,
    ResponseType, Scope, Secret, deceives,
};
use crate::rule::{self, Fact, Judge};

/// Who the body says it is about (RFC 7592 §2.2).
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret>,
}

const MAX_REDIRECT_URIS: usize = 20;
const MAX_TEXT: usize = 200;

impl Issuer {
    /// Judges a metadata body. Unknown members are ignored (RFC 7591 §2); null counts as absent.
    pub(super) fn judge_metadata(
        &self,
        judge: &mut Judge<'_>,
        body: &[u8],
    ) -> Result<(ClientMetadata, Identity), Stop> {
        let members = Members::read(body);
        let members = judge.require(&rule::REGISTRATION_JSON, members, || {
            (
                Fact::fixed("a JSON object, members of the right types"),
                Fact::fixed("something else"),
            )
        })?;
        let redirect_uris = judge_redirect_uris(judge, &members);
        let method = self.judge_method(judge, &members);
        let (grants, responses) = judge_grants(judge, &members, self.config.grants());
        let code = grants.contains(&GrantType::AuthorizationCode);
        judge.check(
            &rule::REGISTRATION_REDIRECT_PRESENT,
            !code || !redirect_uris.is_empty(),
            || (Fact::fixed("redirect_uris"), Fact::any_of(&redirect_uris)),
        );
        let acts_alone = method.is_public() && grants.contains(&GrantType::ClientCredentials);
        judge.check(&rule::REGISTRATION_GRANT_CLIENT, !acts_alone, || {
            (Fact::fixed("a client with a credential"), Fact::fixed(method.as_str()))
        });
        let scope = self.judge_registered_scope(judge, &members);
        let alg = self.judge_algorithm(judge, &members, code);
        judge_texts(judge, &members);
        judge.stage()?;
        let metadata = ClientMetadata {
            redirect_uris,
            token_endpoint_auth_method: method,
            grant_types: grants,
            response_types: responses,
            scope,
            client_name: members.text("client_name").map(str::to_owned),
            client_uri: members.text("client_uri").map(str::to_owned),
            application_type: members.text("application_type").map(application_type),
            software_id: members.text("software_id").map(str::to_owned),
            software_version: members.text("software_version").map(str::to_owned),
            wishes: ClientWishes { id_token_signed_response_alg: alg, ..ClientWishes::default() },
            ..ClientMetadata::default()
        };
        let identity = Identity {
            client_id: members.text("client_id").map(str::to_owned),
            client_secret: members.text("client_secret").map(Secret::new),
        };
        Ok((metadata, identity))
    }

    fn judge_method(&self, judge: &mut Judge<'_>, members: &Members) -> AuthMethod {
        let named = members.text("token_endpoint_auth_method");
        let offered = self.config.auth_methods();
        let method = named.map_or_else(
            || Some(self.default_auth_method()),
            |named| AuthMethod::parse(named).filter(|method| offered.contains(method)),
        );
        judge.check(&rule::REGISTRATION_AUTH_METHOD, method.is_some(), || {
            (Fact::any_of(offered), Fact::optional(named))
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

    /// RS256 is what a client of the code grant gets when it names none (OpenID Connect Dynamic
    /// Client Registration §2), and the answer says so.
    fn judge_algorithm(
        &self,
        judge: &mut Judge<'_>,
        members: &Members,
        code: bool,
    ) -> Option<Algorithm> {
        let Some(named) = members.text("id_token_signed_response_alg") else {
            judge.not_applicable(&rule::REGISTRATION_ALGORITHM);
            return code.then_some(Algorithm::Rs256);
        };
        let supported: Vec<_> = self.keys.algorithms().collect();
        let alg = Algorithm::parse(named).filter(|alg| supported.contains(alg));
        judge.check(&rule::REGISTRATION_ALGORITHM, alg.is_some(), || {
            (Fact::any_of(&supported), Fact::public(named))
        });
        alg
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
    parsed.into_iter().filter_map(|(_, result)| result.ok()).take(MAX_REDIRECT_URIS).collect()
}

fn judge_grants(
    judge: &mut Judge<'_>,
    members: &Members,
    offered: &[GrantType],
) -> (Vec<GrantType>, Vec<ResponseType>) {
    let named = members.list("grant_types");
    let grants: Option<Vec<_>> = match &named {
        None => Some(vec![GrantType::AuthorizationCode]),
        Some(names) => names
            .iter()
            .map(|name| GrantType::parse(name).filter(|grant| offered.contains(grant)))
            .collect(),
    };
    judge.check(&rule::REGISTRATION_GRANTS, grants.as_ref().is_some_and(|g| !g.is_empty()), || {
        (Fact::any_of(offered), Fact::any_of(named.unwrap_or_default()))
    });
    let mut grants = grants.unwrap_or_default();
    grants.dedup();
    let code = grants.contains(&GrantType::AuthorizationCode);
    let responses = members.list("response_types");
    let fits = match &responses {
        None => true,
        Some(names) => {
            let all_known = names.iter().all(|name| *name == ResponseType::Code.as_str());
            all_known && (code != names.is_empty())
        }
    };
    judge.check(&rule::REGISTRATION_RESPONSE_TYPES, fits, || {
        let expected = Fact::fixed("code exactly when grant_types has authorization_code");
        (expected, Fact::any_of(responses.unwrap_or_default()))
    });
    let responses = if code { vec![ResponseType::Code] } else { Vec::new() };
    (grants, responses)
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
    judge.check(&rule::REGISTRATION_TEXT, odd.is_none(), || {
        (Fact::fixed("short printable names, web URLs"), Fact::optional(odd))
    });
}

fn application_type(name: &str) -> ApplicationType {
    if name == "native" { ApplicationType::Native } else { ApplicationType::Web }
}

/// The members of a JSON object, with the types that RFC 7591 §2 gives them.
struct Members(Map<String, Value>);

const TEXTS: &[&str] = &[
    "token_endpoint_auth_method",
    "scope",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "application_type",
    "id_token_signed_response_alg",
    "software_id",
    "software_version",
    "client_id",
    "client_secret",
];
const LISTS: &[&str] = &["redirect_uris", "grant_types", "response_types"];

impl Members {
    fn read(body: &[u8]) -> Option<Self> {
        let mut members: Map<String, Value> = serde_json::from_slice(body).ok()?;
        members.retain(|_, value| !value.is_null());
        let typed = members.iter().all(|(name, value)| {
            let text = !TEXTS.contains(&name.as_str()) || value.is_string();
            let list = !LISTS.contains(&name.as_str())
                || value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
            text && list
        });
        typed.then_some(Self(members))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.0.get(name)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }
}
