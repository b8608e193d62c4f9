//! The device authorization grant (RFC 8628): ask for codes, show one to the user, and poll with
//! the other one until the user has answered.

use std::time::Duration;

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::{AuthorizationServer, is_protected};
use super::error::ClientError;
use super::token_request::{Granted, TokenTarget, ask};
use crate::clock::{Clock, Timestamp};
use crate::fetch::Request;
use crate::protocol::{DeviceAuthorizationResponse, GrantType, Secret};

const BEGIN: Lesson = Lesson {
    title: "Ask for a device code and a user code",
    why: "This device shows no login page: its user logs in elsewhere, and types the user code there.",
    spec: "RFC 8628 §3.1",
};

const POLL: Lesson = Lesson {
    title: "Ask whether the user has answered",
    why: "The device code is the device's own secret: who has it gets the tokens once the user says yes.",
    spec: "RFC 8628 §3.4",
};

/// What `slow_down` adds (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// No server makes us wait longer between two polls.
const LONGEST: Duration = Duration::from_secs(60);
/// No server makes us wait longer for its user.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// A device that waits for its user.
#[derive(Clone, Debug)]
pub struct DeviceFlow {
    /// The codes, and where the user goes with one of them.
    pub codes: DeviceAuthorizationResponse,
    credentials: Credentials,
    target: TokenTarget,
    clock: Clock,
    until: Timestamp,
    interval: Duration,
}

impl DeviceFlow {
    /// Asks for the codes.
    pub async fn begin<'a>(
        caller: impl Into<Caller<'a>>,
        server: &AuthorizationServer,
        credentials: &Credentials,
        target: &TokenTarget,
        clock: &Clock,
    ) -> Result<Self, ClientError> {
        let endpoint = server.device_authorization_endpoint()?;
        let request = target.add_to(Request::post_form(endpoint, &[]));
        let request = credentials.decorate(request).accept("application/json");
        let answer = caller.into().send(&BEGIN, request).await?;
        let codes: DeviceAuthorizationResponse = answer.success()?;
        let complete = codes.verification_uri_complete.as_ref().map(Secret::expose);
        if ![Some(codes.verification_uri.as_str()), complete]
            .into_iter()
            .flatten()
            .all(is_protected)
        {
            // The user will type a password there.
            let detail = "its verification_uri is no https URL".to_owned();
            return Err(ClientError::Malformed { endpoint: answer.endpoint, detail });
        }
        let life = Duration::from_secs(codes.expires_in).min(LONGEST_LIFE);
        Ok(Self {
            // A server that names zero would be asked without end.
            interval: Duration::from_secs(codes.interval.max(1)).min(LONGEST),
            until: clock.now().plus(life),
            credentials: credentials.clone(),
            target: target.clone(),
            clock: clock.clone(),
            codes,
        })
    }

    /// Polls until the user has answered, or the codes are over. `answered` says that the user is
    /// done already, so that the first poll need not wait.
    pub async fn tokens<'a>(
        mut self,
        caller: impl Into<Caller<'a>>,
        server: &AuthorizationServer,
        answered: bool,
    ) -> Result<Granted, ClientError> {
        let caller = caller.into();
        let mut first = answered;
        loop {
            if !std::mem::take(&mut first) {
                tokio::time::sleep(self.interval).await;
            }
            let form = [
                ("grant_type", GrantType::DeviceCode.as_str()),
                ("device_code", self.codes.device_code.expose()),
            ];
            let request = Request::post_form(server.token_endpoint()?, &form);
            let asked = self.target.scope.as_ref();
            let refused = match ask(caller, &POLL, request, &self.credentials, asked).await {
                Err(ClientError::OAuth(refused)) => refused,
                granted_or_failed => return granted_or_failed,
            };
            match refused.error.as_str() {
                "authorization_pending" => {}
                "slow_down" => self.interval = (self.interval + SLOWER).min(LONGEST),
                _ => return Err(refused.into()),
            }
            if self.clock.now().plus(self.interval) >= self.until {
                let verification_uri = self.codes.verification_uri;
                let after = Duration::from_secs(self.codes.expires_in);
                return Err(ClientError::NobodyAnswered { verification_uri, after });
            }
        }
    }
}
