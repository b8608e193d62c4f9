//! How an answer goes back: in the query, in the fragment, in a form that the browser posts (OAuth
//! 2.0 Form Post Response Mode §2), or as one signed JWT in one of these (JARM §2). Errors go the
//! same way as codes.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::issuer::{Client, Fault, Issuer};
use crate::protocol::{
    Algorithm, AuthorizationRequest, ClientId, RedirectUri, ResponseMode, ResponseType,
};
use crate::rule::{self, Fact, Judge};
use crate::store::record::InteractionRecord;

/// How long a signed answer is good for (JARM §2.1 recommends at most ten minutes).
const SIGNED_TTL: Duration = Duration::from_secs(300);

/// Where and how an answer is sent: known as soon as client and redirect URI hold, also when
/// another rule is broken.
#[derive(Clone, Debug)]
pub struct ReturnTo {
    /// The validated redirect URI.
    pub redirect_uri: RedirectUri,
    /// The client's state, to be returned as it came.
    pub state: Option<String>,
    /// How parameters are returned.
    pub mode: ResponseMode,
    /// Audience of a signed answer.
    pub client_id: ClientId,
    /// Algorithm of a signed answer.
    pub alg: Algorithm,
}

/// An answer as the browser carries it.
#[derive(Debug)]
pub enum FrontChannel {
    /// A redirect to this location.
    Redirect(String),
    /// A form that is posted to the redirect URI.
    Form {
        /// The redirect URI.
        action: RedirectUri,
        /// Names and values.
        fields: Vec<(String, String)>,
    },
}

impl Issuer {
    /// Puts an answer into the form that its request asked for, with the client's `state` and our
    /// `iss` (RFC 9207 §2; in a signed answer it is a claim, JARM §2.1).
    pub async fn front_channel(
        &self,
        return_to: &ReturnTo,
        parameters: &[(&str, &str)],
    ) -> Result<FrontChannel, Fault> {
        let mut all = parameters.to_vec();
        all.extend(return_to.state.as_deref().map(|state| ("state", state)));
        let signed;
        if return_to.mode.is_signed() {
            signed = self.sign_response(return_to, &all).await?;
            all = vec![("response", signed.expose())];
        } else {
            all.push(("iss", self.url().as_str()));
        }
        let uri = &return_to.redirect_uri;
        Ok(match return_to.mode {
            ResponseMode::Query | ResponseMode::QueryJwt => {
                FrontChannel::Redirect(uri.with_query(&all))
            }
            ResponseMode::Fragment | ResponseMode::FragmentJwt | ResponseMode::Jwt => {
                FrontChannel::Redirect(uri.with_fragment(&all))
            }
            ResponseMode::FormPost | ResponseMode::FormPostJwt => {
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                FrontChannel::Form {
                    action: uri.clone(),
                    fields: all.into_iter().map(owned).collect(),
                }
            }
        })
    }

    /// The JWT of JARM §2.1.
    async fn sign_response(
        &self,
        return_to: &ReturnTo,
        parameters: &[(&str, &str)],
    ) -> Result<crate::protocol::Secret, Fault> {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), Value::from(*value));
        let mut claims: Map<_, _> = parameters.iter().map(text).collect();
        claims.insert("iss".to_owned(), self.url().as_str().into());
        claims.insert("aud".to_owned(), return_to.client_id.as_str().into());
        claims.insert("exp".to_owned(), self.now().plus(SIGNED_TTL).secs().into());
        Ok(self.keys.signing(return_to.alg).await?.sign("JWT", &claims)?)
    }

    /// Where the answer to an open request goes.
    pub(in crate::issuer) fn return_to_of(
        &self,
        client: &Client,
        interaction: &InteractionRecord,
    ) -> ReturnTo {
        ReturnTo {
            redirect_uri: interaction.redirect_uri.clone(),
            state: interaction.state.clone(),
            mode: interaction.response_type.mode(interaction.response_mode),
            client_id: client.id.clone(),
            alg: self.response_alg(client),
        }
    }

    /// The mode of a request, if it is one that we have for its type; else the default, so that
    /// even a refused request is answered where its client looks.
    pub(super) fn requested_mode(&self, request: &AuthorizationRequest) -> ResponseMode {
        let types = self.config.response_types();
        let kind = request.response_type.as_deref().and_then(ResponseType::read);
        let kind = kind.filter(|kind| types.contains(kind)).unwrap_or(ResponseType::Code);
        let mode = request.response_mode.as_deref().and_then(ResponseMode::parse);
        let modes = self.config.response_modes();
        kind.mode(mode.filter(|mode| modes.contains(mode) && kind.admits(*mode)))
    }

    /// Judges what is wanted back, and how.
    pub(super) fn judge_response(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
    ) -> (ResponseType, Option<ResponseMode>) {
        let (types, modes) = (self.config.response_types(), self.config.response_modes());
        let text = request.response_type.as_deref();
        judge.check(&rule::RESPONSE_TYPE_PRESENTED, text.is_some(), || {
            (Fact::any_of(types), Fact::optional(text))
        });
        let kind = text.and_then(ResponseType::read);
        if let Some(text) = text {
            judge.check(&rule::RESPONSE_TYPE_SUPPORTED, kind.is_some(), || {
                (Fact::any_of(types), Fact::public(text))
            });
        }
        let kind = if let Some(kind) = kind {
            let facts = || (Fact::any_of(types), Fact::public(kind));
            let passes = judge.check(&rule::PROFILE_RESPONSE_TYPE, types.contains(&kind), facts);
            passes.then_some(kind)
        } else {
            judge.not_applicable(&rule::PROFILE_RESPONSE_TYPE);
            None
        };
        let kind = kind.unwrap_or(ResponseType::Code);
        let Some(text) = request.response_mode.as_deref() else {
            judge.not_applicable(&rule::RESPONSE_MODE_SUPPORTED);
            return (kind, None);
        };
        let fits = |mode: &ResponseMode| modes.contains(mode) && kind.admits(*mode);
        let mode = ResponseMode::parse(text);
        let passes =
            judge.check(&rule::RESPONSE_MODE_SUPPORTED, mode.is_some_and(|m| fits(&m)), || {
                (Fact::any_of(modes.iter().filter(|mode| fits(mode))), Fact::public(text))
            });
        // Waived, a mode that we do not have is one of those that deliver by a page.
        (kind, passes.then(|| mode.unwrap_or(ResponseMode::FormPost)))
    }
}
