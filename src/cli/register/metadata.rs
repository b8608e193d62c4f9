//! The metadata that is sent: what was there, what a file says, and what the flags say, in this
//! order.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Args;
use crate::client::Registration;
use crate::error::Error;
use crate::protocol::{AuthMethod, GrantType};

const LIMIT: u64 = 64 * 1024;
/// Any port of the loopback address is admitted for it (RFC 8252 section 7.3).
const CALLBACK: &str = "http://127.0.0.1/callback";

/// A JSON object of client metadata (RFC 7591 section 2). For an update that of the old
/// registration, changed: what is left out of it would be removed (RFC 7592 section 2.2).
pub(super) fn of(args: &Args, old: Option<&Registration>) -> Result<Value, Error> {
    let mut members = match old {
        Some(client) => registered(client)?,
        None => Map::new(),
    };
    if let Some(path) = &args.from {
        members.extend(from_file(path)?);
    }
    members.entry("client_name").or_insert_with(|| args.name.clone().into());
    if !args.redirect_uri.is_empty() {
        members.insert("redirect_uris".to_owned(), json!(args.redirect_uri));
    }
    if !args.grant.is_empty() {
        members.insert("grant_types".to_owned(), json!(args.grant));
    }
    if !args.scope.is_empty() {
        members.insert("scope".to_owned(), args.scope.join(" ").into());
    }
    if !args.post_logout_redirect_uri.is_empty() {
        let uris = json!(args.post_logout_redirect_uri);
        members.insert("post_logout_redirect_uris".to_owned(), uris);
    }
    if args.require_par {
        members.insert("require_pushed_authorization_requests".to_owned(), true.into());
    }
    if args.dpop_bound {
        members.insert("dpop_bound_access_tokens".to_owned(), true.into());
    }
    let public = args.public.then_some(AuthMethod::None);
    if let Some(method) = public.or(args.auth_method) {
        members.insert("token_endpoint_auth_method".to_owned(), json!(method));
    }
    complete(&mut members);
    Ok(Value::Object(members))
}

/// A client that says nothing wants the code flow, on this machine.
fn complete(members: &mut Map<String, Value>) {
    let grants = members
        .entry("grant_types")
        .or_insert_with(|| json!([GrantType::AuthorizationCode, GrantType::RefreshToken]));
    let code = json!(GrantType::AuthorizationCode);
    let has_code = grants.as_array().is_some_and(|grants| grants.contains(&code));
    if has_code {
        members.entry("redirect_uris").or_insert_with(|| json!([CALLBACK]));
    }
    // Without it the default is `code`, which a client without redirects cannot have
    // (RFC 7591 section 2.1).
    let types = if has_code { json!(["code"]) } else { json!([]) };
    members.entry("response_types").or_insert(types);
}

/// What is registered, without what only the server writes.
fn registered(client: &Registration) -> Result<Map<String, Value>, Error> {
    let Value::Object(mut members) = serde_json::to_value(client).map_err(Error::Json)? else {
        return Ok(Map::new());
    };
    for name in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        members.remove(name);
    }
    Ok(members)
}

fn from_file(path: &Path) -> Result<Map<String, Value>, Error> {
    let failed = |reason| Error::File { verb: "read", path: path.to_owned(), reason };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().take(LIMIT).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text))
    };
    read.map_err(failed)?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("{} is not a JSON object: {error}", path.display());
        Error::usage(message, "write client metadata as RFC 7591 section 2 names it")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn metadata(line: &str) -> Value {
        of(&Line::parse_from(line.split(' ')).args, None).unwrap()
    }

    #[test]
    fn a_client_that_says_nothing_gets_the_code_flow_on_this_machine() {
        assert_eq!(
            metadata("register app"),
            json!({
                "client_name": "app",
                "grant_types": ["authorization_code", "refresh_token"],
                "redirect_uris": [CALLBACK],
                "response_types": ["code"],
            })
        );
    }

    #[test]
    fn flags_name_what_the_client_requires_of_itself() {
        let line = "register app --require-par --dpop-bound --grant device-code --post-logout-redirect-uri https://a.test/bye";
        let members = metadata(line);
        assert_eq!(members["require_pushed_authorization_requests"], true);
        assert_eq!(members["dpop_bound_access_tokens"], true);
        assert_eq!(members["post_logout_redirect_uris"], json!(["https://a.test/bye"]));
        assert_eq!(members["grant_types"], json!([GrantType::DeviceCode]));
    }

    #[test]
    fn a_machine_client_has_no_redirect() {
        assert_eq!(
            metadata("register app --grant client-credentials --scope a --scope b --public"),
            json!({
                "client_name": "app",
                "grant_types": ["client_credentials"],
                "response_types": [],
                "scope": "a b",
                "token_endpoint_auth_method": "none",
            })
        );
    }
}
