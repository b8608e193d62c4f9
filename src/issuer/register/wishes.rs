//! What a client authenticates with, wants of the server, and how it learns of a logout: judged
//! member by member.

use super::members::Members;
use crate::issuer::Issuer;
use crate::protocol::jose::JwkSet;
use crate::protocol::{
    Algorithm, AuthMethod, ClientKeys, ClientLogout, ClientWishes, DETAIL_TYPES, RedirectUri,
    deceives,
};
use crate::rule::{self, Fact, Judge};

const MAX_LIST: usize = 20;
const MAX_TEXT: usize = 200;

/// Keys by value or by reference, and what the authentication method needs of them.
pub(super) fn judge_keys(
    judge: &mut Judge<'_>,
    members: &Members,
    method: AuthMethod,
) -> ClientKeys {
    let set = members.value("jwks").map(JwkSet::of_client);
    let refused = set.as_ref().and_then(|set| set.as_ref().err().cloned());
    let keys = ClientKeys {
        jwks: set.and_then(Result::ok),
        jwks_uri: members.owned("jwks_uri"),
        token_endpoint_auth_signing_alg: members.owned("token_endpoint_auth_signing_alg"),
        tls_client_auth_subject_dn: members.owned("tls_client_auth_subject_dn"),
        tls_client_auth_san_dns: members.owned("tls_client_auth_san_dns"),
        tls_client_auth_san_uri: members.owned("tls_client_auth_san_uri"),
        tls_client_auth_san_ip: members.owned("tls_client_auth_san_ip"),
        tls_client_auth_san_email: members.owned("tls_client_auth_san_email"),
        request_object_signing_alg: members.owned("request_object_signing_alg"),
    };
    match members.any(&["jwks", "jwks_uri"]) {
        None => judge.not_applicable(&rule::REGISTRATION_KEYS),
        Some(named) => {
            let why = refused.as_ref().map(ToString::to_string);
            let why = why.or_else(|| keys.agree().err().map(|why| why.to_string()));
            judge.check(&rule::REGISTRATION_KEYS, why.is_none(), || {
                (Fact::optional(why), Fact::fixed(named))
            });
        }
    }
    // Keys that are refused are not missing as well.
    let served = if refused.is_some() { Ok(()) } else { keys.serve(method) };
    judge.check(&rule::REGISTRATION_AUTH_KEYS, served.is_ok(), || {
        (Fact::optional(served.err()), Fact::fixed(method.as_str()))
    });
    let certified = keys.certify(method);
    if method != AuthMethod::TlsClientAuth && certified.is_ok() {
        judge.not_applicable(&rule::REGISTRATION_CERTIFICATE);
    } else {
        judge.check(&rule::REGISTRATION_CERTIFICATE, certified.is_ok(), || {
            let got = Fact::any_of(keys.subjects().map(|(name, _)| name));
            (Fact::optional(certified.err()), got)
        });
    }
    keys
}

impl Issuer {
    /// The algorithms of what is signed for the client and by it. RS256 is what a client of the code
    /// grant gets when it names none (OpenID Connect Dynamic Client Registration §2), and the answer
    /// says so.
    pub(super) fn judge_algorithms(
        &self,
        judge: &mut Judge<'_>,
        members: &Members,
        code: bool,
    ) -> [Option<Algorithm>; 3] {
        let ours: Vec<_> = self.keys.algorithms().collect();
        let theirs = self.config.profile.client_algorithms();
        let of_server = [
            "id_token_signed_response_alg",
            "authorization_signed_response_alg",
            "introspection_signed_response_alg",
        ];
        let of_client = ["request_object_signing_alg", "token_endpoint_auth_signing_alg"];
        let known = |name: &str, all: &[Algorithm]| {
            let named = members.text(name)?;
            // A MAC under the secret is judged together with the method that uses it.
            let mac = name == "token_endpoint_auth_signing_alg" && named == "HS256";
            let fits = mac || Algorithm::parse(named).is_some_and(|alg| all.contains(&alg));
            (!fits).then_some((all.to_vec(), named))
        };
        let odd = of_server.iter().find_map(|name| known(name, &ours));
        let odd = odd.or_else(|| of_client.iter().find_map(|name| known(name, theirs)));
        if members.any(&of_server).is_none() && members.any(&of_client).is_none() {
            judge.not_applicable(&rule::REGISTRATION_ALGORITHM);
        } else {
            judge.check(&rule::REGISTRATION_ALGORITHM, odd.is_none(), || match odd {
                Some((all, named)) => {
                    (Fact::public(self.config.profile.offers(&all)), Fact::public(named))
                }
                None => (Fact::any_of(ours), Fact::fixed("supported algorithms")),
            });
        }
        let [id_token, others @ ..] =
            of_server.map(|name| members.text(name).and_then(Algorithm::parse));
        let [authorization, introspection] = others;
        [id_token.or(code.then(|| self.registered_alg())), authorization, introspection]
    }

    /// What the client wants of the server, but for algorithms.
    pub(super) fn judge_wishes(
        judge: &mut Judge<'_>,
        members: &Members,
        [id_token, authorization, introspection]: [Option<Algorithm>; 3],
    ) -> ClientWishes {
        let flag = |name| members.flag(name).unwrap_or_default();
        let list = |name| -> Vec<String> {
            members.list(name).unwrap_or_default().into_iter().map(str::to_owned).collect()
        };
        let types = list("authorization_details_types");
        if types.is_empty() {
            judge.not_applicable(&rule::REGISTRATION_DETAILS);
        } else {
            let holds = types.len() <= MAX_LIST
                && types.iter().all(|kind| DETAIL_TYPES.contains(&kind.as_str()));
            judge.check(&rule::REGISTRATION_DETAILS, holds, || {
                (Fact::any_of(DETAIL_TYPES), Fact::any_of(&types))
            });
        }
        ClientWishes {
            id_token_signed_response_alg: id_token,
            authorization_signed_response_alg: authorization,
            introspection_signed_response_alg: introspection,
            tls_client_certificate_bound_access_tokens: flag(
                "tls_client_certificate_bound_access_tokens",
            ),
            dpop_bound_access_tokens: flag("dpop_bound_access_tokens"),
            require_pushed_authorization_requests: flag("require_pushed_authorization_requests"),
            require_signed_request_object: flag("require_signed_request_object"),
            authorization_details_types: types,
            default_max_age: members.number("default_max_age"),
            require_auth_time: members.flag("require_auth_time"),
            default_acr_values: list("default_acr_values"),
        }
    }
}

/// Where and how the client takes part in logout.
pub(super) fn judge_logout(
    judge: &mut Judge<'_>,
    members: &Members,
    redirect_uris: &[RedirectUri],
) -> ClientLogout {
    let texts = members.list("post_logout_redirect_uris").unwrap_or_default();
    let parsed: Vec<_> = texts.iter().map(|text| (*text, RedirectUri::parse(text))).collect();
    let odd = parsed.iter().find_map(|(text, uri)| Some((*text, uri.as_ref().err()?.to_string())));
    let logout = ClientLogout {
        post_logout_redirect_uris: parsed.iter().filter_map(|(_, uri)| uri.clone().ok()).collect(),
        backchannel_logout_uri: members.owned("backchannel_logout_uri"),
        backchannel_logout_session_required: members
            .flag("backchannel_logout_session_required")
            .unwrap_or_default(),
        frontchannel_logout_uri: members.owned("frontchannel_logout_uri"),
        frontchannel_logout_session_required: members
            .flag("frontchannel_logout_session_required")
            .unwrap_or_default(),
    };
    let named = members.any(&[
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
        "frontchannel_logout_uri",
        "frontchannel_logout_session_required",
    ]);
    if named.is_none() {
        judge.not_applicable(&rule::REGISTRATION_LOGOUT_URI);
        return logout;
    }
    let agreed = logout.agree(redirect_uris);
    let holds = odd.is_none() && texts.len() <= MAX_LIST && agreed.is_ok();
    judge.check(&rule::REGISTRATION_LOGOUT_URI, holds, || match (odd, agreed) {
        (Some((text, why)), _) => (Fact::public(why), Fact::public(text)),
        (None, Err(why)) => (Fact::public(why), Fact::optional(named)),
        (None, Ok(())) => (Fact::fixed("at most 20 URIs"), Fact::public(texts.len())),
    });
    logout
}

/// The first authentication context that cannot be one.
pub(super) fn odd_context(members: &Members) -> Option<&'static str> {
    let values = members.list("default_acr_values")?;
    let odd =
        |value: &&str| value.is_empty() || value.len() > MAX_TEXT || value.chars().any(deceives);
    (values.len() > MAX_LIST || values.iter().any(odd)).then_some("default_acr_values")
}
