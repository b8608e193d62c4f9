//! The device authorization grant (RFC 8628), as a device and as its user.

use super::{Answer, Authorized, Endpoints, Params, Probe, Session, Trouble};
use crate::audit::finding::Outcome;
use crate::audit::target::Client;
use crate::protocol::{DeviceAuthorizationResponse, GrantType, Secret};

impl Probe {
    /// Codes for a device (RFC 8628 §3.1).
    pub async fn device(
        &self,
        at: &Endpoints,
        client: &Client,
        scope: &str,
    ) -> Result<DeviceAuthorizationResponse, Trouble> {
        let params = Params::of([("scope", scope)]);
        let answer = self.form(&at.device, Some(&client.credentials), &params).await?;
        let refused = || Trouble::Basis(format!("no device code was issued: {}", answer.summary()));
        answer.is_success().then(|| answer.json()).flatten().ok_or_else(refused)
    }

    /// Allows a device, as its user does (RFC 8628 §3.3).
    pub async fn allow_device(
        &self,
        codes: &DeviceAuthorizationResponse,
        session: Session,
    ) -> Result<Authorized, Trouble> {
        let mut session = session.typing(&codes.user_code);
        let page = codes.verification_uri_complete.as_ref().map(Secret::expose);
        self.visit(&mut session, page.unwrap_or(&codes.verification_uri)).await
    }

    /// Asks whether the user has answered (RFC 8628 §3.4).
    pub async fn poll(
        &self,
        at: &Endpoints,
        client: &Client,
        device_code: &Secret,
    ) -> Result<Answer, Trouble> {
        self.token(at, Some(&client.credentials), &polling(device_code)).await
    }
}

impl Answer {
    /// What a poll came to. Too fast is neither a yes nor a no.
    pub fn poll_outcome(&self) -> Outcome {
        match self.error().as_deref() {
            Some("slow_down") => Outcome::Unclear(self.summary()),
            _ => self.token_outcome(),
        }
    }
}

/// A good poll.
pub fn polling(device_code: &Secret) -> Params {
    Params::of([
        ("grant_type", GrantType::DeviceCode.as_str()),
        ("device_code", device_code.expose()),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::answer_of;
    use super::*;

    #[test]
    fn too_fast_is_no_refusal() {
        let outcome =
            |error: &str| answer_of(400, &[], &format!(r#"{{"error":"{error}"}}"#)).poll_outcome();
        assert!(matches!(outcome("slow_down"), Outcome::Unclear(_)));
        assert!(matches!(outcome("authorization_pending"), Outcome::Refused(_)));
    }
}
