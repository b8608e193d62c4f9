//! Tokens as the answer.

use serde_json::{Map, Value, json};

use super::Output;
use super::flow::Outcome;
use crate::cli::context::Context;
use crate::cli::{env, escape};
use crate::client::Granted;
use crate::error::Error;
use crate::protocol::{Secret, TokenResponse};

pub(super) fn print(context: &Context, output: Output, outcome: &Outcome) -> Result<(), Error> {
    let terminal = &context.terminal;
    let TokenResponse { access_token, refresh_token, id_token, .. } = &outcome.granted.tokens;
    let all = || std::iter::once(access_token).chain(refresh_token).chain(id_token);
    match output {
        Output::Json => {
            all().for_each(|token| terminal.mask(token));
            terminal.answer(&escape::json(document(&outcome.granted)?.expose()))
        }
        Output::Token => terminal.answer_secret(access_token),
        Output::IdToken => terminal.answer_secret(&present(id_token.as_ref(), "ID token")?),
        Output::RefreshToken => {
            terminal.answer_secret(&present(refresh_token.as_ref(), "refresh token")?)
        }
        Output::Header => {
            terminal.mask(access_token);
            let scheme = if outcome.granted.jkt.is_some() { "DPoP" } else { "Bearer" };
            let header = format!("Authorization: {scheme} {}", access_token.expose());
            terminal.answer_secret(&Secret::new(header))
        }
        Output::Env => {
            all().for_each(|token| terminal.mask(token));
            terminal.answer(&exports(&outcome.granted.tokens))
        }
        Output::Claims => terminal.answer_json(&claims(outcome)),
        Output::None => Ok(()),
    }
}

/// The server's answer, and of bound tokens the thumbprint of their key.
fn document(granted: &Granted) -> Result<Secret, Error> {
    let Some(jkt) = &granted.jkt else { return Ok(granted.body.clone()) };
    let mut members: Map<String, Value> =
        serde_json::from_str(granted.body.expose()).map_err(Error::Json)?;
    members.insert("jkt".to_owned(), json!(jkt));
    Ok(Secret::new(serde_json::to_string(&members).map_err(Error::Json)?))
}

fn present(token: Option<&Secret>, what: &str) -> Result<Secret, Error> {
    token.cloned().ok_or_else(|| Error::Token {
        message: format!("the server issued no {what}"),
        hint: "ask for more: --scope openid gives an ID token, offline_access a refresh token"
            .to_owned(),
    })
}

fn exports(tokens: &TokenResponse) -> String {
    let named = [
        ("OAUTHLAB_ACCESS_TOKEN", Some(&tokens.access_token)),
        ("OAUTHLAB_REFRESH_TOKEN", tokens.refresh_token.as_ref()),
        ("OAUTHLAB_ID_TOKEN", tokens.id_token.as_ref()),
    ];
    let lines: Vec<String> =
        named.iter().filter_map(|(name, value)| Some(env::export(name, (*value)?))).collect();
    lines.join("\n")
}

fn claims(outcome: &Outcome) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("schema".to_owned(), "oauthlab.claims/v1".into());
    document.insert("token_type".to_owned(), json!(outcome.granted.tokens.token_type));
    document.extend(outcome.granted.jkt.as_ref().map(|jkt| ("jkt".to_owned(), json!(jkt))));
    let verified = &outcome.verified;
    if let Some(claims) = &verified.id_token {
        document.insert("id_token".to_owned(), json!(claims));
    }
    if let Some(claims) = &verified.access_token {
        document.insert("access_token".to_owned(), json!(claims));
    }
    document
}
