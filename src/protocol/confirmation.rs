//! `cnf`: the key that a token is bound to (RFC 7800 §3.1).

use serde::{Deserialize, Serialize};

/// The key of a sender-constrained token, by its thumbprint. Members of methods that we do not know
/// are read over; a confirmation without any known one confirms nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// SHA-256 thumbprint of a `DPoP` key, base64url (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// SHA-256 of a client certificate in DER, base64url (RFC 8705 §3.1).
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
}

impl Confirmation {
    /// Bound to a `DPoP` key.
    pub fn of_key(jkt: impl Into<String>) -> Self {
        Self { jkt: Some(jkt.into()), x5t_s256: None }
    }

    /// Bound to a client certificate.
    pub fn of_certificate(x5t_s256: impl Into<String>) -> Self {
        Self { jkt: None, x5t_s256: Some(x5t_s256.into()) }
    }

    /// `DPoP` or `Bearer` (RFC 9449 §5, RFC 8705 §3): how such a token is presented.
    pub const fn token_type(&self) -> &'static str {
        if self.jkt.is_some() { "DPoP" } else { "Bearer" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes of RFC 9449 §6.1 and RFC 8705 §3.1.
    #[test]
    fn the_published_members() {
        let text = |cnf: Confirmation| serde_json::to_string(&cnf).unwrap();
        let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(text(Confirmation::of_key(jkt)), format!("{{\"jkt\":\"{jkt}\"}}"));
        let x5t = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";
        let bound = Confirmation::of_certificate(x5t);
        assert_eq!(bound.token_type(), "Bearer");
        assert_eq!(text(bound), format!("{{\"x5t#S256\":\"{x5t}\"}}"));
    }
}
