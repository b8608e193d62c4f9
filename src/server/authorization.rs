//! The authorization server's routes: which path leads to which endpoint, and what surrounds them.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::cookie::CookieNames;
use super::cors::Cors;
use super::endpoint::{
    account, authorize, consent, device, device_authorization, introspect, jwks, login, logout,
    metadata, par, public, register, revoke, token, userinfo,
};
use super::headers;
use super::mangle::mangle;
use super::page::Frame;
use super::reply::{asked_path, method_not_allowed, refuse_request};
use super::request::Reader;
use crate::config::{Profile, TlsMode};
use crate::deviation::Surface;
use crate::issuer::{Fault, Issuer};
use crate::protocol::IssuerUrl;
use crate::rule::{self, Fact};

/// The authorization server behind its routes.
#[derive(Clone, Debug)]
pub struct AuthorizationServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: Issuer,
    cookies: CookieNames,
    frame: Frame,
}

impl AuthorizationServer {
    /// Around an issuer.
    pub fn new(issuer: Issuer) -> Self {
        let plain = issuer.config().tls == TlsMode::Off;
        let cookies = CookieNames::of(issuer.url(), !plain);
        let frame = Frame {
            lab: issuer.config().lab.clone(),
            issuer: issuer.url().as_str().to_owned(),
            base: issuer.url().path().to_owned(),
            weaknesses: issuer.deviations().ids().collect(),
            legacy: issuer.config().profile == Profile::Legacy,
        };
        Self(Arc::new(Inner { issuer, cookies, frame }))
    }

    /// The issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    pub(super) fn url(&self) -> &IssuerUrl {
        self.0.issuer.url()
    }

    pub(super) fn cookies(&self) -> &CookieNames {
        &self.0.cookies
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.0.frame
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { issuer: self.url(), deviations: self.0.issuer.deviations() }
    }

    /// A fault of ours as a response: the rule on the wire, nothing of the inside.
    pub(super) fn fault(&self, fault: &Fault) -> Response {
        match fault.rule() {
            // Told at every request of a flood.
            rule if *rule == rule::SERVER_CAPACITY => {
                tracing::debug!(%fault, "a request was put off");
            }
            _ => tracing::error!(%fault, "a fault of the lab"),
        }
        let facts = (Fact::fixed("no fault of the lab"), Fact::public(fault));
        refuse_request(self.url(), fault.rule(), facts)
    }
}

/// All routes.
pub fn router(server: AuthorizationServer) -> Router {
    let issuer = server.issuer();
    let base = server.frame().base.clone();
    let cors = Cors::of(issuer.config());
    let apis = Router::new()
        .route("/token", only("POST", post(token::post).get(token::get)))
        .route("/device_authorization", only("POST", post(device_authorization::post)))
        .route("/par", only("POST", post(par::post)))
        .route("/revoke", only("POST", post(revoke::post)))
        .route("/register", only("POST", post(register::post)))
        .route(
            "/register/{client_id}",
            only(
                "GET, PUT, DELETE",
                get(register::read).put(register::update).delete(register::delete),
            ),
        )
        .route("/userinfo", only("GET, POST", get(userinfo::get).post(userinfo::post)))
        .layer(cors.endpoints());
    let documents = metadata::routes(&base).layer(Cors::documents());
    let keys = Router::new().route("/jwks", get(jwks::get)).layer(Cors::documents());
    let consent_by_head = issuer.deviations().opens(Surface::ConsentByHead);
    let below = pages(consent_by_head).merge(apis).merge(keys);
    let placed = if base.is_empty() { below } else { Router::new().nest(&base, below) };
    let mangled = server.clone();
    let panicked = server.clone();
    let origin = server.url().as_str().to_owned();
    let routes = placed
        .merge(documents)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .with_state(server);
    headers::around(routes, &origin)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let server = mangled.clone();
            async move { mangle(server.issuer().deviations(), request, next).await }
        }))
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| panicked.fault(&Fault::Task)))
}

/// What browsers open, and what has no CORS headers.
fn pages(consent_by_head: bool) -> Router<AuthorizationServer> {
    let consent = get(consent::get).post(consent::post);
    let consent =
        if consent_by_head { consent.head(consent::head) } else { only("GET, POST", consent) };
    Router::new()
        .route("/authorize", only("GET, POST", get(authorize::get).post(authorize::post)))
        .route("/login", only("GET, POST", get(login::get).post(login::post)))
        .route("/consent", consent)
        .route("/logout", only("GET, POST", get(logout::get).post(logout::post)))
        .route("/account", only("GET", get(account::get)))
        .route("/account/login", only("POST", post(account::login)))
        .route("/account/revoke", only("POST", post(account::revoke)))
        .route("/device", only("GET, POST", get(device::get).post(device::post)))
        .route("/device/confirm", only("GET, POST", get(device::ask).post(device::answer)))
        .route("/introspect", only("POST", post(introspect::post).get(introspect::get)))
        .route("/rules", get(public::rules))
        .route("/rules/{page}", get(public::rule))
        .route("/assets/lab.css", get(public::style))
        .route("/assets/submit.js", get(public::submit_script))
        .route("/clients/cli.json", get(public::command_line_client))
        .route("/health", get(public::health))
        .route("/", get(public::start))
}

/// Answers every other method with 405, HEAD included: a HEAD that runs a GET handler can consent.
fn only(
    allow: &'static str,
    methods: MethodRouter<AuthorizationServer>,
) -> MethodRouter<AuthorizationServer> {
    let refuse = move |State(server): State<AuthorizationServer>, request: Request| async move {
        method_not_allowed(server.url(), allow, request.method().as_str())
    };
    if allow.contains("GET") {
        methods.head(refuse).fallback(refuse)
    } else {
        methods.fallback(refuse)
    }
}

async fn wrong_method(State(server): State<AuthorizationServer>, request: Request) -> Response {
    method_not_allowed(server.url(), "GET, HEAD", request.method().as_str())
}

async fn not_found(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let got = asked_path(request.uri().path());
    let expected = Fact::fixed("a path of the metadata document");
    refuse_request(server.url(), &rule::REQUEST_ENDPOINT, (expected, got))
}
