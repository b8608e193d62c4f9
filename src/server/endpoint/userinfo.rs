//! The userinfo endpoint (OpenID Connect Core §5.3).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::AUTHORIZATION;

use crate::issuer::PresentedBearer;
use crate::protocol::Secret;
use crate::server::authorization::AuthorizationServer;
use crate::server::listener::read_body;
use crate::server::reply::{bearer_refusal, json, with_decisions};

/// GET.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    answer(&server, &presented(&request)).await
}

/// POST, with the token in the header as well.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let mut presented = presented(&request);
    let body = read_body(request.into_body()).await.unwrap_or_default();
    presented.in_body = body.split(|&b| b == b'&').any(|pair| pair.starts_with(b"access_token="));
    answer(&server, &presented).await
}

fn presented(request: &Request) -> PresentedBearer {
    let headers = request.headers().get_all(AUTHORIZATION).iter();
    let query = request.uri().query().unwrap_or_default();
    PresentedBearer {
        headers: headers.map(|value| Secret::new(value.to_str().unwrap_or_default())).collect(),
        in_query: query.split('&').any(|pair| pair.starts_with("access_token=")),
        in_body: false,
    }
}

async fn answer(server: &AuthorizationServer, presented: &PresentedBearer) -> Response {
    match server.issuer().userinfo(presented).await {
        Err(fault) => server.fault(&fault),
        Ok(decision) => match decision.outcome {
            Ok(claims) => with_decisions(json(StatusCode::OK, &claims), vec![decision.record]),
            Err(refused) => bearer_refusal(server.url(), refused, vec![decision.record]),
        },
    }
}
