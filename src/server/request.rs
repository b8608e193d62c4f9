//! Requests: from HTTP to a form, judged by the rules of docket `request` on the way.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode, Uri};

use super::listener::{BodyError, MAX_BODY, read_body};
use super::reply::{refuse_request, set};
use super::spoofed;
use crate::deviation::{Deviations, Leniency};
use crate::issuer::PresentedSender;
use crate::protocol::{Form, FormError, IssuerUrl, PeerCertificate, Secret};
use crate::rule::{self, Fact, Rule};

/// A request whose form was read.
#[derive(Debug)]
pub(super) struct FormRequest {
    /// Headers.
    pub(super) headers: HeaderMap,
    /// Parameters of the body, or of the query for GET.
    pub(super) form: Form,
    /// What it shows of its sender's key.
    pub(super) sender: PresentedSender,
    /// The address that it comes from.
    pub(super) from: Option<IpAddr>,
}

/// The address that a request comes from, as the listener has it.
pub(super) fn from(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip())
}

/// What a request shows of its sender's key. `base` is the path of the issuer.
pub(super) fn sender(parts: &Parts, base: &str) -> PresentedSender {
    let proofs = parts.headers.get_all("dpop").iter();
    let path = parts.uri.path();
    PresentedSender {
        dpop: proofs.map(|value| Secret::new(value.to_str().unwrap_or_default())).collect(),
        certificate: parts.extensions.get::<PeerCertificate>().cloned(),
        method: parts.method.as_str().to_owned(),
        path: path.strip_prefix(base).unwrap_or(path).to_owned(),
    }
}

/// Who reads, and how leniently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// For error pages.
    pub(super) issuer: &'a IssuerUrl,
    /// The reading seam.
    pub(super) deviations: &'a Deviations,
}

/// Parameters that must not stand in a URL (RFC 6749 §2.3.1, RFC 9700 §4.3.2).
const SECRET_PARAMETERS: &[&str] = &[
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "device_code",
    "token",
    "password",
    "access_token",
];

impl Reader<'_> {
    /// Reads the body of a back-channel request as a form.
    pub(super) async fn body(&self, request: Request) -> Result<FormRequest, Response> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        self.check_query(query)?;
        if !self.deviations.reads(Leniency::AnyMediaType) {
            self.check_media_type(&parts.headers, "application/x-www-form-urlencoded")?;
        }
        let mut bytes = self.bytes(body).await?.to_vec();
        self.add_query(&mut bytes, query);
        let lenient = self.deviations.reads(Leniency::RepeatedInBody);
        let form = self.parse(&self.verifier_mended(bytes), lenient)?;
        let mut sender = sender(&parts, self.issuer.path());
        if self.deviations.reads(Leniency::CertificateInHeader) {
            sender.certificate =
                sender.certificate.or_else(|| spoofed::certificate(&parts.headers));
        }
        let from = from(&parts.extensions);
        Ok(FormRequest { headers: parts.headers, form, sender, from })
    }

    /// Reads the query of a front-channel request.
    pub(super) fn query(&self, uri: &Uri) -> Result<Form, Response> {
        let bytes = uri.query().unwrap_or_default().as_bytes();
        if let Err(FormError::Duplicate(name)) = Form::parse(bytes) {
            let forgiven = match name.as_str() {
                "redirect_uri" => Leniency::RepeatedRedirectUri,
                _ => Leniency::RepeatedInFront,
            };
            if self.deviations.reads(forgiven)
                && let Ok(form) = Form::parse_lenient(bytes)
            {
                return Ok(form);
            }
        }
        self.parse(bytes, false)
    }

    /// A verifier that was sent empty or with a space behind it, if a deviation puts it right.
    fn verifier_mended(&self, body: Vec<u8>) -> Vec<u8> {
        let mends = |leniency| self.deviations.reads(leniency);
        if !mends(Leniency::EmptyVerifier) && !mends(Leniency::SpacedVerifier) {
            return body;
        }
        let mended = body.split(|&byte| byte == b'&').map(|pair| {
            let Some(value) = pair.strip_prefix(b"code_verifier=") else { return pair.to_vec() };
            if value.is_empty() && mends(Leniency::EmptyVerifier) {
                return [pair, &[b'~'; 43]].concat();
            }
            let cut = value.strip_suffix(b"+").filter(|_| mends(Leniency::SpacedVerifier));
            cut.map_or_else(|| pair.to_vec(), |cut| [b"code_verifier=", cut].concat())
        });
        mended.collect::<Vec<_>>().join(&b'&')
    }

    /// What is read from the URL of a request with a body: nothing, except by a lab that is weak on
    /// purpose.
    fn add_query(&self, body: &mut Vec<u8>, query: &str) {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            let of_client = ["client_id", "client_secret"].contains(&name);
            let leniency =
                if of_client { Leniency::SecretsInUrl } else { Leniency::ParametersInUrl };
            if self.deviations.reads(leniency) {
                body.push(b'&');
                body.extend_from_slice(pair.as_bytes());
            }
        }
    }

    /// Reads a JSON body.
    pub(super) async fn json(&self, request: Request) -> Result<(HeaderMap, Bytes), Response> {
        let (parts, body) = request.into_parts();
        self.check_media_type(&parts.headers, "application/json")?;
        let bytes = self.bytes(body).await?;
        Ok((parts.headers, bytes))
    }

    fn parse(&self, bytes: &[u8], lenient: bool) -> Result<Form, Response> {
        let form = if lenient { Form::parse_lenient(bytes) } else { Form::parse(bytes) };
        form.map_err(|error| {
            let (rule, expected): (&'static Rule, _) = match error {
                FormError::Duplicate(_) => (&rule::REQUEST_PARAMETER_ONCE, "each parameter once"),
                FormError::Percent | FormError::Utf8 | FormError::TooMany => {
                    (&rule::REQUEST_ENCODING, "percent-encoded UTF-8, at most 100 parameters")
                }
            };
            self.refuse(rule, Fact::fixed(expected), Fact::public(error))
        })
    }

    fn check_query(&self, query: &str) -> Result<(), Response> {
        if self.deviations.reads(Leniency::SecretsInUrl) {
            return Ok(());
        }
        let Ok(form) = Form::parse_lenient(query.as_bytes()) else { return Ok(()) };
        match SECRET_PARAMETERS.iter().find(|name| form.secret(name).is_some()) {
            None => Ok(()),
            Some(name) => {
                let rule = &rule::REQUEST_NO_SECRET_IN_URL;
                Err(self.refuse(rule, Fact::fixed("in the body"), Fact::fixed(name)))
            }
        }
    }

    fn check_media_type(&self, headers: &HeaderMap, wanted: &'static str) -> Result<(), Response> {
        let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = sent.and_then(|value| value.split(';').next()).map(str::trim);
        if media_type.is_some_and(|sent| sent.eq_ignore_ascii_case(wanted)) {
            return Ok(());
        }
        let rule = &rule::REQUEST_MEDIA_TYPE;
        Err(self.refuse(rule, Fact::fixed(wanted), Fact::optional(media_type)))
    }

    async fn bytes(&self, body: axum::body::Body) -> Result<Bytes, Response> {
        read_body(body).await.map_err(|error| match error {
            BodyError::TooLarge => {
                let expected = format!("at most {MAX_BODY} bytes");
                self.refuse(&rule::REQUEST_SIZE, Fact::public(expected), Fact::fixed("more"))
            }
            BodyError::TooSlow | BodyError::Broken => {
                let facts = (Fact::fixed("a whole body in time"), Fact::public(error));
                let mut response = refuse_request(self.issuer, &rule::REQUEST_ENCODING, facts);
                *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
                set(&mut response, http::header::CONNECTION, "close");
                response
            }
        })
    }

    fn refuse(&self, rule: &'static Rule, expected: Fact, got: Fact) -> Response {
        refuse_request(self.issuer, rule, (expected, got))
    }
}
