//! Registration: what other servers answer can be read, and the management URL stays at home.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::server::http;
use crate::client::{
    ClientError, Credentials, REGISTRATION_ORIGIN, delete_registration, read_registration,
    register, update_registration,
};
use crate::protocol::Secret;

async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let at = origin.clone();
    let answer = move |method: Method, headers: HeaderMap, body: String| async move {
        let asked: Value = serde_json::from_str(&body).unwrap_or_default();
        let home = if asked["client_name"] == "stray" { "https://other.test" } else { &at };
        let managed = headers.get("authorization").is_some_and(|value| value == "Bearer rat");
        let known = json!({
            "client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "client_secret_post",
            "registration_access_token": "rat", "registration_client_uri": format!("{home}/c"),
            "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "client_name": asked["client_name"],
        });
        match method {
            Method::POST => (StatusCode::CREATED, Json(known)).into_response(),
            _ if !managed => {
                let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
                (StatusCode::UNAUTHORIZED, challenge).into_response()
            }
            Method::DELETE => StatusCode::NO_CONTENT.into_response(),
            _ => Response::new(known.to_string().into()),
        }
    };
    let router = Router::new().route("/c", any(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

#[tokio::test]
async fn a_registration_is_made_read_replaced_and_deleted() {
    let (http, endpoint) = (http(), format!("{}/c", server().await));
    let made = register(&http, &endpoint, &json!({ "client_name": "a" }), None).await.unwrap();
    assert_eq!(made.credentials(), Some(Credentials::post("c", Secret::new("s"))));
    assert_eq!(made.other["client_name"], "a");
    let (uri, token) =
        (made.registration_client_uri.unwrap(), made.registration_access_token.unwrap());
    assert_eq!(read_registration(&http, &uri, &token).await.unwrap().client_id, "c");
    let metadata = json!({ "client_id": "c", "client_name": "b" });
    let updated = update_registration(&http, &uri, &token, &metadata).await.unwrap();
    assert_eq!(updated.other["client_name"], "b");
    delete_registration(&http, &uri, &token).await.unwrap();

    let error = read_registration(&http, &uri, &Secret::new("other")).await.unwrap_err();
    let ClientError::OAuth(response) = error else { panic!("{error:?}") };
    assert_eq!(response.error, "invalid_token");
}

#[tokio::test]
async fn a_management_url_at_another_server_is_refused() {
    let endpoint = format!("{}/c", server().await);
    let asked = json!({ "client_name": "stray" });
    let error = register(&http(), &endpoint, &asked, None).await.unwrap_err();
    let ClientError::Unverified(unverified) = error else { panic!("{error:?}") };
    assert_eq!(unverified.failed.criterion, &REGISTRATION_ORIGIN);
}
