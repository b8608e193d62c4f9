//! The answer that comes back (RFC 6749 §4.1.2), in whatever response mode was asked for: nothing in
//! it is believed before it is known to be the answer to our own request, from the server that we
//! asked.

use super::arrival::{Arrival, Carrier};
use super::caller::{Caller, Lesson};
use super::check::{Checks, Criterion};
use super::code::CodeFlow;
use super::error::{ClientError, ErrorResponse};
use super::jwks::Jwks;
use super::summary::{self, cut};
use crate::clock::Timestamp;
use crate::protocol::{Form, ResponseMode, ResponseType, Secret};
use crate::rule::Fact;

const ARRIVE: Lesson = Lesson {
    title: "The browser comes back",
    why: "The answer came through the user's browser, where others may have put it: it is checked before it is used.",
    spec: "RFC 6749 §4.1.2",
};

/// Each parameter stands once.
pub const RESPONSE_ONCE: Criterion = Criterion {
    id: "response.once",
    title: "each parameter stands once",
    spec: "RFC 6749 §3.1",
    stops: "two values let two readers of one answer see different things",
};

/// The answer came the way that was asked for.
pub const RESPONSE_MODE: Criterion = Criterion {
    id: "response.mode",
    title: "the answer came the way that was asked for",
    spec: "OAuth 2.0 Multiple Response Type Encoding Practices §2.1",
    stops: "an answer in another place may come from somebody else, or stay where it can be read: in a history, in a log",
};

/// The answer belongs to our request.
pub const RESPONSE_STATE: Criterion = Criterion {
    id: "response.state",
    title: "state is the one that was sent",
    spec: "RFC 6749 §4.1.2, §10.12",
    stops: "an attacker could slip an answer of another flow into this browser (CSRF), and log the user in as somebody else",
};

/// The answer comes from the server that was asked.
pub const RESPONSE_ISS: Criterion = Criterion {
    id: "response.iss",
    title: "iss is the issuer that was asked, byte for byte",
    spec: "RFC 9207 §2.4",
    stops: "a code of one server could be sent to another one (mix-up)",
};

/// There is a code.
pub const RESPONSE_CODE: Criterion = Criterion {
    id: "response.code",
    title: "there is a code",
    spec: "RFC 6749 §4.1.2",
    stops: "without a code there is nothing to redeem",
};

/// What a signed answer is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Keyring<'k> {
    /// The keys of the server that was asked; `None` if it publishes none.
    pub keys: Option<&'k Jwks>,
    /// The time.
    pub now: Timestamp,
}

impl CodeFlow {
    /// The response mode that the answer must have.
    pub fn response_mode(&self) -> ResponseMode {
        ResponseType::Code.mode(self.settings.response_mode)
    }

    /// Judges the answer, and takes the code out of it. An error response ends the flow.
    pub async fn receive<'a>(
        &self,
        caller: impl Into<Caller<'a>>,
        arrival: &Arrival,
        keyring: Keyring<'_>,
    ) -> Result<Secret, ClientError> {
        let caller = caller.into();
        let mode = self.response_mode();
        let wanted = Carrier::of(mode);
        let (carrier, text) = arrival.parameters(wanted)?;
        let step = caller.arrived(&ARRIVE, text);
        let strict = Form::parse(text.as_bytes());
        let mut form = match &strict {
            Ok(form) => form.clone(),
            Err(_) => Form::parse_lenient(text.as_bytes()).unwrap_or_default(),
        };
        let mut checks = Checks::default();
        let got = strict.as_ref().map_or_else(Fact::public, |_| Fact::fixed("once each"));
        checks.note(&RESPONSE_ONCE, strict.is_ok(), Fact::fixed("once each"), got);
        let place = |carrier: Carrier| Fact::fixed(carrier.as_str());
        checks.equal(&RESPONSE_MODE, place(wanted), place(carrier));
        if mode.is_signed() {
            form = self.check_signed(caller, &form, keyring, &mut checks).await?;
        }
        let error = self.error_response(&form);
        self.check_origin(&form, &mut checks);
        let code = form.secret("code");
        if error.is_some() {
            checks.skip(&RESPONSE_CODE, "this is an error response");
        } else {
            checks.note(&RESPONSE_CODE, code.is_some(), Fact::fixed("a code"), Fact::secret(code));
        }
        caller.checked(step, checks.as_slice());
        checks.verdict_beside("the redirect", None, error.clone())?;
        match (error, code) {
            (Some(error), _) => Err(error.into()),
            (None, Some(code)) => Ok(code.clone()),
            (None, None) => Err(ClientError::Malformed {
                endpoint: "the redirect".to_owned(),
                detail: "it has neither a code nor an error".to_owned(),
            }),
        }
    }

    fn check_origin(&self, form: &Form, checks: &mut Checks) {
        checks.equal(
            &RESPONSE_STATE,
            Fact::secret(Some(&self.state)),
            Fact::secret(form.secret("state")),
        );
        match form.get("iss") {
            _ if self.response_mode().is_signed() => {
                checks.skip(&RESPONSE_ISS, "the iss of a signed answer is that of its JWT");
            }
            None if !self.iss_promised => {
                checks.skip(&RESPONSE_ISS, "the server does not say that it sends iss");
            }
            iss => {
                checks.equal(&RESPONSE_ISS, Fact::public(&self.issuer), Fact::optional(iss));
            }
        }
    }

    fn error_response(&self, form: &Form) -> Option<Box<ErrorResponse>> {
        let text = |name: &str| form.get(name).map(cut);
        Some(Box::new(ErrorResponse {
            endpoint: summary::endpoint(&self.authorization_endpoint),
            status: None,
            error: text("error")?,
            description: text("error_description"),
            uri: text("error_uri"),
            trace_id: None,
        }))
    }
}
