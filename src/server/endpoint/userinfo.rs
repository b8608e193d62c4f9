//! The userinfo endpoint (OpenID Connect Core §5.3).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::issuer::PresentedBearer;
use crate::protocol::{BearerChallenge, Secret};
use crate::server::authorization::AuthorizationServer;
use crate::server::listener::read_body;
use crate::server::reply::{json, token_refusal, with_decisions, with_nonce};
use crate::server::request::sender;

/// GET.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    answer(&server, &presented(&parts, &server)).await
}

/// POST, with the token in the header as well.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut presented = presented(&parts, &server);
    let body = read_body(body).await.unwrap_or_default();
    presented.in_body = body.split(|&b| b == b'&').any(|pair| pair.starts_with(b"access_token="));
    answer(&server, &presented).await
}

fn presented(request: &Parts, server: &AuthorizationServer) -> PresentedBearer {
    let headers = request.headers.get_all(AUTHORIZATION).iter();
    let query = request.uri.query().unwrap_or_default();
    PresentedBearer {
        headers: headers.map(|value| Secret::new(value.to_str().unwrap_or_default())).collect(),
        in_query: query.split('&').any(|pair| pair.starts_with("access_token=")),
        in_body: false,
        sender: sender(request, server.url().path()),
    }
}

async fn answer(server: &AuthorizationServer, presented: &PresentedBearer) -> Response {
    let response = match server.issuer().userinfo(presented).await {
        Err(fault) => server.fault(&fault),
        Ok(decision) => match decision.outcome {
            Ok(claims) => with_decisions(json(StatusCode::OK, &claims), vec![decision.record]),
            Err(refused) => {
                let algs = server
                    .issuer()
                    .proof_algorithms()
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>();
                let challenge = BearerChallenge {
                    algs: Some(algs.join(" ")),
                    dpop: presented.is_dpop(),
                    ..BearerChallenge::default()
                };
                token_refusal(server.url(), refused, vec![decision.record], challenge)
            }
        },
    };
    with_nonce(response, server.issuer().dpop_nonce_due(&presented.sender))
}
