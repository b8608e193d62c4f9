//! What a client of the file wants of the lab, and how it learns of a logout.

use crate::config::fault::{Faults, Span};
use crate::config::file::{Client, Field};
use crate::config::suggest;
use crate::protocol::{
    ClientLogout, ClientWishes, DETAIL_TYPES, Disagreement, RedirectUri, deceives,
};

pub(super) fn wishes(shape: &Client, faults: &Faults) -> ClientWishes {
    let flag = |field: &Field<bool>| field.value.unwrap_or_default();
    ClientWishes {
        id_token_signed_response_alg: shape.id_token_alg.value.map(Into::into),
        authorization_signed_response_alg: shape
            .authorization_signed_response_alg
            .value
            .map(Into::into),
        introspection_signed_response_alg: shape
            .introspection_signed_response_alg
            .value
            .map(Into::into),
        tls_client_certificate_bound_access_tokens: flag(
            &shape.tls_client_certificate_bound_access_tokens,
        ),
        dpop_bound_access_tokens: flag(&shape.dpop_bound_access_tokens),
        require_pushed_authorization_requests: flag(&shape.require_pushed_authorization_requests),
        require_signed_request_object: flag(&shape.require_signed_request_object),
        authorization_details_types: faults.each(&shape.authorization_details_types, details_type),
        default_max_age: shape.default_max_age.value,
        require_auth_time: shape.require_auth_time.value,
        default_acr_values: faults.each(&shape.default_acr_values, word),
    }
}

fn details_type(text: &str) -> Result<String, String> {
    if DETAIL_TYPES.contains(&text) {
        return Ok(text.to_owned());
    }
    let help = suggest::help(text, DETAIL_TYPES, DETAIL_TYPES);
    Err(format!("unknown type of authorization details; {help}"))
}

fn word(text: &str) -> Result<String, &'static str> {
    let fits = (1..=200).contains(&text.len()) && !text.chars().any(deceives);
    if fits { Ok(text.to_owned()) } else { Err("a name has 1 to 200 visible characters") }
}

pub(super) fn logout(
    shape: &Client,
    redirect_uris: &[RedirectUri],
    place: Option<Span>,
    faults: &Faults,
) -> ClientLogout {
    let text = |field: &Field<String>| field.value.clone();
    let flag = |field: &Field<bool>| field.value.unwrap_or_default();
    let logout = ClientLogout {
        post_logout_redirect_uris: faults
            .each(&shape.post_logout_redirect_uris, RedirectUri::parse),
        backchannel_logout_uri: text(&shape.backchannel_logout_uri),
        backchannel_logout_session_required: flag(&shape.backchannel_logout_session_required),
        frontchannel_logout_uri: text(&shape.frontchannel_logout_uri),
        frontchannel_logout_session_required: flag(&shape.frontchannel_logout_session_required),
    };
    if let Err(why) = logout.agree(redirect_uris) {
        let span = match why {
            Disagreement::LogoutUri("backchannel_logout_uri") => shape.backchannel_logout_uri.span,
            Disagreement::LogoutUri(_) | Disagreement::FrontChannelOrigin => {
                shape.frontchannel_logout_uri.span
            }
            _ => place,
        };
        faults.add(span, why.to_string());
    }
    logout
}
