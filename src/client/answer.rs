//! An answer, and the three ways to read it: the success that was asked for, the OAuth error, or
//! neither. Errors of other servers are read leniently, and cut.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{ClientError, ErrorResponse};
use super::summary::cut;
use crate::fetch::Response;

/// An answer to a recorded request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer itself.
    pub response: Response,
    /// The URL that was asked, without query.
    pub endpoint: String,
    /// Its step, if steps are recorded.
    pub(super) step: Option<usize>,
}

impl Answer {
    /// The body of a success.
    pub fn success<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        if !self.response.is_success() {
            return Err(self.refusal());
        }
        self.json().map_err(|malformed| match self.error_response() {
            // Some servers put errors under status 200.
            Some(error) => error.into(),
            None => malformed,
        })
    }

    /// The body as a JSON object, whatever the status. Members that are null count as left out: other
    /// servers write them where a specification says to omit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let malformed = |detail| ClientError::Malformed { endpoint: self.endpoint.clone(), detail };
        // The values of an array would be read in the order of our members.
        let first = self.response.body.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'[') {
            return Err(malformed("it is a JSON array, and no object".to_owned()));
        }
        self.response.json().or_else(|error| {
            let detail = error.to_string();
            let Ok(mut members) = self.response.json::<Map<String, Value>>() else {
                return Err(malformed(detail));
            };
            let sent = members.len();
            members.retain(|_, value| !value.is_null());
            if members.len() == sent {
                // No null is in the way: the fault is another one, such as a member that comes twice.
                return Err(malformed(detail));
            }
            serde_json::from_value(Value::Object(members)).map_err(|_| malformed(detail))
        })
    }

    /// An answer that is no success, as an error.
    pub fn refusal(&self) -> ClientError {
        match self.error_response() {
            Some(error) => error.into(),
            None => ClientError::Status {
                endpoint: self.endpoint.clone(),
                status: self.response.status,
                excerpt: cut(&self.response.text()),
                trace_id: self.response.trace_id().map(str::to_owned),
            },
        }
    }

    /// The OAuth error in the body, if there is one.
    pub fn error_response(&self) -> Option<Box<ErrorResponse>> {
        let members: Map<String, Value> = self.response.json().ok()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(cut);
        Some(Box::new(ErrorResponse {
            endpoint: self.endpoint.clone(),
            status: Some(self.response.status),
            error: text("error").filter(|error| !error.is_empty())?,
            description: text("error_description"),
            uri: text("error_uri"),
            trace_id: self.response.trace_id().map(str::to_owned),
        }))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::protocol::TokenResponse;

    fn reads(body: &str) -> bool {
        let response = Response { status: 200, headers: HeaderMap::new(), body: body.into() };
        let endpoint = "https://as.example/token".to_owned();
        Answer { response, endpoint, step: None }.json::<TokenResponse>().is_ok()
    }

    #[test]
    fn an_answer_is_an_object_with_each_member_once() {
        assert!(reads(r#"{"access_token":"a","token_type":"Bearer"}"#));
        assert!(reads(
            r#" {"access_token":"a","token_type":"Bearer","scope":null,"id_token":null}"#
        ));
        assert!(!reads(r#"["a","Bearer",60]"#));
        assert!(!reads(r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#));
    }
}
