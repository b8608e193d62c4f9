//! CORS: documents for everyone, endpoints for browser clients, pages for nobody (RFC 9700 §2.6).

use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use super::reply::DPOP_NONCE;
use crate::config::Config;

/// The CORS policy of a lab.
#[derive(Clone, Debug)]
pub(super) struct Cors {
    endpoints: AllowOrigin,
}

const MCP_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const DPOP: HeaderName = HeaderName::from_static("dpop");
const TRACE: HeaderName = HeaderName::from_static("x-oauthlab-trace");

impl Cors {
    /// Endpoints carry no cookies, so that any origin is safe; `--strict` admits the listed ones.
    pub(super) fn of(config: &Config) -> Self {
        let listed =
            config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let endpoints = if config.strict { AllowOrigin::list(listed) } else { AllowOrigin::any() };
        Self { endpoints }
    }

    /// Metadata and keys.
    pub(super) fn documents() -> CorsLayer {
        CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET])
            .allow_headers([MCP_VERSION])
            .expose_headers([TRACE])
    }

    /// Token, revocation, registration and userinfo.
    pub(super) fn endpoints(&self) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(self.endpoints.clone())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, MCP_VERSION, DPOP])
            .expose_headers([WWW_AUTHENTICATE, TRACE, DPOP_NONCE])
    }
}
