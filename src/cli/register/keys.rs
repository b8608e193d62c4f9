//! The keys of a client that is about to be registered: given, or made here and kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Args;
use crate::cli::ca;
use crate::cli::keep::KeptKey;
use crate::cli::secret_input;
use crate::cli::session::Session;
use crate::error::Error;
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthMethod, Secret, common_name};
use crate::tls::ClientIdentity;

/// Adds public keys, or what the server shall know of a certificate, to the metadata. What was made
/// for it comes back.
pub(super) fn equip(
    args: &Args,
    session: &Session<'_>,
    metadata: &mut Value,
) -> Result<Option<KeptKey>, Error> {
    let method = metadata["token_endpoint_auth_method"].as_str().and_then(AuthMethod::parse);
    if let Some(path) = &args.jwks {
        let text = secret_input::text_of_file(path)?;
        metadata["jwks"] = serde_json::from_str(&text).map_err(|error| {
            let message = format!("{} is not a JWK Set: {error}", path.display());
            Error::usage(message, "write public keys as RFC 7517 section 5 has them")
        })?;
        return Ok(None);
    }
    // Keys that the metadata already names are the user's own affair.
    if !metadata["jwks"].is_null() || !metadata["jwks_uri"].is_null() {
        return Ok(None);
    }
    match method {
        Some(AuthMethod::PrivateKeyJwt) => key_pair(args, session, metadata).map(Some),
        Some(AuthMethod::SelfSignedTlsClientAuth) => {
            let key = generated()?;
            let (pem, now) = (key.pem(), session.context.clock.now());
            let identity = ClientIdentity::self_signed_with(pem.expose(), &args.name, now)?;
            let mut jwk = json!(key.jwk());
            jwk["x5c"] = json!([STANDARD.encode(identity.certificate())]);
            metadata["jwks"] = json!({ "keys": [jwk] });
            Ok(Some(kept(&identity)))
        }
        Some(AuthMethod::TlsClientAuth) if metadata.get("tls_client_auth_subject_dn").is_none() => {
            let identity = vouched(args, session)?;
            metadata["tls_client_auth_subject_dn"] = common_name(&args.name).into();
            Ok(Some(kept(&identity)))
        }
        Some(
            AuthMethod::None
            | AuthMethod::ClientSecretBasic
            | AuthMethod::ClientSecretPost
            | AuthMethod::ClientSecretJwt
            | AuthMethod::TlsClientAuth,
        )
        | None => Ok(None),
    }
}

/// A key, and a certificate of it: for tokens that must be bound to one (RFC 8705 §3).
fn key_pair(args: &Args, session: &Session<'_>, metadata: &mut Value) -> Result<KeptKey, Error> {
    let key = generated()?;
    let (pem, now) = (key.pem(), session.context.clock.now());
    let identity = ClientIdentity::self_signed_with(pem.expose(), &args.name, now)?;
    metadata["jwks"] = json!({ "keys": [key.jwk()] });
    metadata["token_endpoint_auth_signing_alg"] = json!(Algorithm::Es256);
    Ok(kept(&identity))
}

fn generated() -> Result<SigningKey, Error> {
    SigningKey::generate(Algorithm::Es256).map_err(|error| {
        Error::usage(error.to_string(), "register keys of your own with --jwks FILE")
    })
}

/// A certificate of the running lab's CA, whose key this user has.
fn vouched(args: &Args, session: &Session<'_>) -> Result<ClientIdentity, Error> {
    let authority = ca::issuing(session.context)?;
    Ok(ClientIdentity::issue(&authority, &args.name, session.context.clock.now())?)
}

fn kept(identity: &ClientIdentity) -> KeptKey {
    KeptKey {
        private_key: Secret::new(identity.key_pem.as_str()),
        certificate: Some(identity.certificate_pem.clone()),
    }
}
