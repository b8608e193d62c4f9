//! A registered client as an answer.

use serde_json::{Value, json};

use super::{Args, Output};
use crate::cli::context::Context;
use crate::cli::{env, escape};
use crate::client::Registration;
use crate::error::Error;
use crate::protocol::Secret;

pub(super) fn print(context: &Context, args: &Args, client: &Registration) -> Result<(), Error> {
    let terminal = &context.terminal;
    let secrets = client.client_secret.iter().chain(&client.registration_access_token);
    if matches!(args.output, Output::Json | Output::Env | Output::Yaml) {
        secrets.for_each(|secret| terminal.mask(secret));
    }
    match args.output {
        Output::Json => terminal.answer_json(client),
        Output::ClientId => terminal.answer(&escape::line(&client.client_id)),
        Output::Env => terminal.answer(&exports(&args.name, client)),
        Output::Yaml => terminal.answer(&(yaml(client)? + "\n")),
        Output::Text => terminal.answer(&text(args, client)),
    }
}

fn text(args: &Args, client: &Registration) -> String {
    let mut rows = vec![("client", client.client_id.clone())];
    rows.extend(client.token_endpoint_auth_method.iter().map(|method| ("method", method.clone())));
    rows.push(("grants", client.list("grant_types").join(" ")));
    rows.extend(client.list("redirect_uris").iter().map(|uri| ("redirect", (*uri).to_owned())));
    rows.extend(client.text("scope").map(|scope| ("scope", scope.to_owned())));
    rows.push(match (args.no_store, &client.client_secret) {
        (true, _) => ("kept", "no".to_owned()),
        (false, Some(_)) => ("kept", format!("with its secret, as {}", args.name)),
        (false, None) => ("kept", format!("as {}", args.name)),
    });
    let line = |(name, value): &(&str, String)| format!("{name:<9} {}\n", escape::line(value));
    rows.iter().map(line).collect()
}

fn exports(name: &str, client: &Registration) -> String {
    let id = Secret::new(client.client_id.as_str());
    env::of_client(name, &id, client.client_secret.as_ref()).join("\n")
}

/// Members that the lab file has as they are, and the key of each.
const MEMBERS: &[(&str, &str)] = &[
    ("client_name", "name"),
    ("client_uri", "uri"),
    ("response_types", "response_types"),
    ("jwks", "jwks"),
    ("jwks_uri", "jwks_uri"),
    ("token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg"),
    ("tls_client_auth_subject_dn", "tls_client_auth_subject_dn"),
    ("tls_client_auth_san_dns", "tls_client_auth_san_dns"),
    ("tls_client_auth_san_uri", "tls_client_auth_san_uri"),
    ("tls_client_auth_san_ip", "tls_client_auth_san_ip"),
    ("tls_client_auth_san_email", "tls_client_auth_san_email"),
    ("id_token_signed_response_alg", "id_token_alg"),
    ("authorization_signed_response_alg", "authorization_signed_response_alg"),
    ("introspection_signed_response_alg", "introspection_signed_response_alg"),
    ("request_object_signing_alg", "request_object_signing_alg"),
    ("require_signed_request_object", "require_signed_request_object"),
    ("require_pushed_authorization_requests", "require_pushed_authorization_requests"),
    ("dpop_bound_access_tokens", "dpop_bound_access_tokens"),
    ("tls_client_certificate_bound_access_tokens", "tls_client_certificate_bound_access_tokens"),
    ("authorization_details_types", "authorization_details_types"),
    ("default_max_age", "default_max_age"),
    ("require_auth_time", "require_auth_time"),
    ("default_acr_values", "default_acr_values"),
    ("post_logout_redirect_uris", "post_logout_redirect_uris"),
    ("backchannel_logout_uri", "backchannel_logout_uri"),
    ("backchannel_logout_session_required", "backchannel_logout_session_required"),
    ("frontchannel_logout_uri", "frontchannel_logout_uri"),
    ("frontchannel_logout_session_required", "frontchannel_logout_session_required"),
];

/// One entry of `clients`, in YAML's flow style, which JSON is.
fn yaml(client: &Registration) -> Result<String, Error> {
    let mut entry = json!({ "id": client.client_id, "grants": client.list("grant_types") });
    let Value::Object(members) = &mut entry else { return Ok(String::new()) };
    match &client.client_secret {
        Some(secret) => {
            members.insert("secret".to_owned(), json!(secret));
            let method = client.token_endpoint_auth_method.as_ref();
            members.extend(method.map(|method| ("auth_method".to_owned(), json!(method))));
        }
        None => match client.token_endpoint_auth_method.as_deref() {
            None | Some("none") => {
                members.insert("public".to_owned(), true.into());
            }
            Some(method) => {
                members.insert("auth_method".to_owned(), json!(method));
            }
        },
    }
    let more = MEMBERS.iter().filter_map(|(registered, key)| {
        Some(((*key).to_owned(), client.other.get(*registered)?.clone()))
    });
    members.extend(more);
    let redirect_uris = client.list("redirect_uris");
    if !redirect_uris.is_empty() {
        members.insert("redirect_uris".to_owned(), json!(redirect_uris));
    }
    if let Some(scope) = client.text("scope") {
        let tokens: Vec<&str> = scope.split(' ').collect();
        members.insert("scopes".to_owned(), json!(tokens));
    }
    let json = serde_json::to_string(&entry).map_err(Error::Json)?;
    Ok(format!("- {}", escape::json(&json)))
}
