//! Keys and certificates of clients on the command line: from files, or as `register` kept them.

use std::path::PathBuf;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::keep::{Contents, KeptKey};
use super::secret_input;
use super::target::Target;
use crate::client::{AssertionMaker, Credentials, RequestSigner};
use crate::error::Error;
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthMethod, Secret};
use crate::tls::ClientIdentity;

const KEY_HINT: &str = "name its private key with --client-key FILE, or register it here: \
                        oauthlab register NAME --auth-method private_key_jwt";
const CERTIFICATE_HINT: &str = "name both with --client-cert FILE --client-key FILE, or register \
                                it here: oauthlab register NAME --auth-method tls_client_auth";

/// A client's own key and certificate.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Client")]
pub(super) struct KeyFiles {
    /// The client's private key: PEM, PKCS#8
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// The client's certificate: PEM
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
}

impl KeyFiles {
    /// Whether a key was named.
    pub(super) const fn are_given(&self) -> bool {
        self.client_key.is_some()
    }

    fn read(&self) -> Result<Option<KeptKey>, Error> {
        let Some(key) = &self.client_key else { return Ok(None) };
        let certificate =
            self.client_cert.as_deref().map(secret_input::text_of_file).transpose()?;
        Ok(Some(KeptKey { private_key: secret_input::from_file(key)?, certificate }))
    }
}

/// Gives credentials what their method needs: something to sign with, or a certificate for the
/// connections of this command.
pub(super) fn equip(
    files: &KeyFiles,
    target: &Target,
    kept: &Contents,
    credentials: &mut Credentials,
) -> Result<(), Error> {
    let own = files.read()?.or_else(|| known(target, kept, &credentials.client_id));
    let own = own.as_ref();
    let method = credentials.method;
    // A certificate that was named is shown in any case: tokens can be bound to it (RFC 8705 §3).
    if let Some(key) = own.filter(|_| method.is_tls() || files.client_cert.is_some()) {
        present(target, key)?;
    }
    if method.is_tls() && own.is_none_or(|key| key.certificate.is_none()) {
        let message = format!("no certificate of the client {} is known", credentials.client_id);
        return Err(Error::usage(message, CERTIFICATE_HINT));
    }
    if method.is_assertion() {
        let (clock, random) = (target.clock.clone(), target.random.clone());
        let mut maker = AssertionMaker::new(target.issuer.as_str(), clock, random);
        if method == AuthMethod::PrivateKeyJwt {
            let Some(key) = own else {
                let message = format!("no key of the client {} is known", credentials.client_id);
                return Err(Error::usage(message, KEY_HINT));
            };
            maker = maker.with_key(signing_key(&key.private_key)?);
        }
        credentials.assertions = Some(maker);
    }
    Ok(())
}

/// What signs the requests of a client, whatever its method of authentication.
pub(super) fn request_signer(
    files: &KeyFiles,
    target: &Target,
    client_id: &str,
) -> Result<RequestSigner, Error> {
    let kept = target.kept.read()?;
    let Some(own) = files.read()?.or_else(|| known(target, &kept, client_id)) else {
        let message = format!("no key of the client {client_id} is known, so it cannot sign");
        return Err(Error::usage(message, KEY_HINT));
    };
    let key = signing_key(&own.private_key)?;
    Ok(RequestSigner::new(target.issuer.as_str(), target.clock.clone(), key))
}

/// What the running lab made for a client, or what `register` kept of one.
fn known(target: &Target, kept: &Contents, client_id: &str) -> Option<KeptKey> {
    let made = target.lab.as_ref().and_then(|lab| lab.client_keys.get(client_id));
    made.or_else(|| kept.keys.get(client_id)).cloned()
}

/// Shows the certificate that is known of a client, unless one was named, which is shown anyway; true
/// if there is one.
pub(super) fn certify(files: &KeyFiles, target: &Target, client_id: &str) -> Result<bool, Error> {
    if files.client_cert.is_some() {
        return Ok(true);
    }
    let key = known(target, &target.kept.read()?, client_id);
    let Some(key) = key.filter(|key| key.certificate.is_some()) else { return Ok(false) };
    present(target, &key)?;
    Ok(true)
}

/// For a call with a token: the certificate that was named, else that of the token's own client.
pub(super) fn present_for(
    files: &KeyFiles,
    target: &Target,
    token: Option<&Secret>,
) -> Result<(), Error> {
    let kept = target.kept.read()?;
    let owner = token.and_then(|token| kept.holding(token)).map(|kept| &kept.client_id);
    let own = || owner.and_then(|id| known(target, &kept, id));
    let key = files.read()?.or_else(own);
    match key.filter(|key| key.certificate.is_some()) {
        Some(key) => present(target, &key),
        None => Ok(()),
    }
}

fn present(target: &Target, key: &KeptKey) -> Result<(), Error> {
    let Some(certificate) = &key.certificate else { return Ok(()) };
    let identity = ClientIdentity::from_pem(certificate, key.private_key.expose())?;
    Ok(target.http.present(identity)?)
}

/// The key tells its kind. An RSA key signs PS256, which all profiles admit.
pub(super) fn signing_key(pem: &Secret) -> Result<SigningKey, Error> {
    let unusable = || {
        let message = "the client's private key cannot be used";
        Error::usage(message, "give an unencrypted PKCS#8 key: P-256, Ed25519 or RSA, as PEM")
    };
    let key = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| unusable())?;
    let PrivateKeyDer::Pkcs8(der) = key else { return Err(unusable()) };
    let kinds = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256];
    let of = |alg: &Algorithm| SigningKey::from_pkcs8(*alg, der.secret_pkcs8_der().to_vec()).ok();
    kinds.iter().find_map(of).ok_or_else(unusable)
}
