//! The keys of a client that is about to be registered: given, or made here and kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::Args;
use crate::cli::ca;
use crate::cli::keep::KeptKey;
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
        let failed = |reason| Error::File { verb: "read", path: path.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(failed)?;
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
        Some(AuthMethod::PrivateKeyJwt) => key_pair(metadata).map(Some),
        Some(AuthMethod::SelfSignedTlsClientAuth) => {
            let identity = ClientIdentity::self_signed(&args.name, session.context.clock.now())?;
            let mut jwk = json!(es256(&identity.key_pem)?.jwk());
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

fn key_pair(metadata: &mut Value) -> Result<KeptKey, Error> {
    let failed = |error: crate::protocol::jose::KeyError| {
        Error::usage(error.to_string(), "register keys of your own with --jwks FILE")
    };
    let key = SigningKey::generate(Algorithm::Es256).map_err(failed)?;
    metadata["jwks"] = json!({ "keys": [key.jwk()] });
    metadata["token_endpoint_auth_signing_alg"] = json!(Algorithm::Es256);
    Ok(KeptKey { private_key: pem(key.pkcs8()), certificate: None })
}

fn es256(key_pem: &str) -> Result<SigningKey, Error> {
    let unreadable = || Error::usage("the new key cannot be read", "please report this");
    let der = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| unreadable())?;
    SigningKey::from_pkcs8(Algorithm::Es256, der.secret_der().to_vec()).map_err(|_| unreadable())
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

/// The textual encoding of RFC 7468 §10.
fn pem(pkcs8: &[u8]) -> Secret {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let body = zeroize::Zeroizing::new(STANDARD.encode(pkcs8));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    Secret::new(text)
}
