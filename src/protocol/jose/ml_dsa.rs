//! ML-DSA keys and signatures (FIPS 204) as JOSE writes them (RFC 9964).

use aws_lc_rs::signature::{
    KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87,
    ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
    UnparsedPublicKey,
};

use crate::protocol::Algorithm;

/// One of the three parameter sets.
#[derive(Clone, Copy)]
pub(super) struct ParameterSet {
    signing: &'static PqdsaSigningAlgorithm,
    verification: &'static PqdsaVerificationAlgorithm,
}

impl ParameterSet {
    /// That of an algorithm; `None` for every other family.
    pub(super) const fn of(alg: Algorithm) -> Option<Self> {
        match alg {
            Algorithm::MlDsa44 => {
                Some(Self { signing: &ML_DSA_44_SIGNING, verification: &ML_DSA_44 })
            }
            Algorithm::MlDsa65 => {
                Some(Self { signing: &ML_DSA_65_SIGNING, verification: &ML_DSA_65 })
            }
            Algorithm::MlDsa87 => {
                Some(Self { signing: &ML_DSA_87_SIGNING, verification: &ML_DSA_87 })
            }
            Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::EdDsa => None,
        }
    }

    /// Makes a key: PKCS#8.
    pub(super) fn generate(self) -> Option<Vec<u8>> {
        let pair = PqdsaKeyPair::generate(self.signing).ok()?;
        Some(pair.to_pkcs8v1().ok()?.as_ref().to_vec())
    }

    /// Reads a key.
    pub(super) fn read(self, pkcs8: &[u8]) -> Option<PqdsaKeyPair> {
        PqdsaKeyPair::from_pkcs8(self.signing, pkcs8).ok()
    }

    /// The public key, as the member `pub` of a JWK holds it.
    pub(super) fn public(self, pkcs8: &[u8]) -> Option<Vec<u8>> {
        Some(self.read(pkcs8)?.public_key().as_ref().to_vec())
    }

    /// Whether a signature verifies, with an empty context as RFC 9964 wants.
    pub(super) fn verifies(self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.verification, public).verify(message, signature).is_ok()
    }
}

/// Signs with an empty context.
pub(super) fn sign(pair: &PqdsaKeyPair, message: &[u8]) -> Option<Vec<u8>> {
    let mut signature = vec![0; pair.algorithm().signature_len()];
    let length = pair.sign(message, &mut signature).ok()?;
    signature.truncate(length);
    Some(signature)
}
