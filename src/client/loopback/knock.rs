//! What a request to the redirect URI is: an answer, a browser whose answer is still in its address,
//! or something that nobody waits for. No origin is asked for: the server that posts a form is
//! another one than ours, and `state` tells whose answer it is (RFC 6749 §10.12).

use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::{Expected, HEADER_TIMEOUT};
use crate::client::arrival::{Arrival, Carrier, MAX_ANSWER, answers};
use crate::protocol::Form;

/// Who knocks.
pub(super) enum Knock {
    /// An answer, which nobody has judged yet.
    Answer(Arrival),
    /// A browser that has to be asked for the fragment of its address.
    ForFragment,
    /// Anything else.
    Stray,
}

/// The field in which our own page passes a fragment on.
pub(super) const FRAGMENT_FIELD: &str = "fragment";
/// Percent signs of a fragment are encoded once more on the way.
const MAX_BODY: usize = 3 * MAX_ANSWER;

impl Expected {
    /// Only our path, exactly, and only in the way that was asked for, or in the query.
    pub(super) async fn knock(&self, request: Request<Incoming>) -> Knock {
        if request.uri().path() != self.path {
            return Knock::Stray;
        }
        match (request.method(), self.carrier) {
            (&Method::GET, carrier) => self.visit(request.uri().query(), carrier),
            (&Method::POST, Carrier::Form | Carrier::Fragment) => self.posted(request).await,
            _ => Knock::Stray,
        }
    }

    fn visit(&self, query: Option<&str>, carrier: Carrier) -> Knock {
        match query {
            Some(query) if answers(query) => {
                Knock::Answer(Arrival::address(format!("{}?{query}", self.redirect_uri)))
            }
            None | Some("") if carrier == Carrier::Fragment => Knock::ForFragment,
            _ => Knock::Stray,
        }
    }

    async fn posted(&self, request: Request<Incoming>) -> Knock {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Knock::Stray;
        }
        let body = Limited::new(request.into_body(), MAX_BODY).collect();
        let Ok(Ok(body)) = tokio::time::timeout(HEADER_TIMEOUT, body).await else {
            return Knock::Stray;
        };
        let Ok(body) = String::from_utf8(body.to_bytes().into()) else { return Knock::Stray };
        if self.carrier == Carrier::Form {
            return if answers(&body) {
                Knock::Answer(Arrival::posted(body))
            } else {
                Knock::Stray
            };
        }
        let form = Form::parse(body.as_bytes()).unwrap_or_default();
        match form.get(FRAGMENT_FIELD).filter(|fragment| answers(fragment)) {
            Some(fragment) => {
                Knock::Answer(Arrival::address(format!("{}#{fragment}", self.redirect_uri)))
            }
            None => Knock::Stray,
        }
    }
}
