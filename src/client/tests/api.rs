//! Calls to an API, its challenges, its metadata; and claims of the user.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use super::server::http;
use crate::client::{
    ApiCall, ClientError, RESOURCE_METADATA, USERINFO_SUB, call, resource_metadata, userinfo,
};
use crate::protocol::Secret;

async fn notes(headers: HeaderMap) -> Response {
    if headers.get("authorization").is_some_and(|value| value == "Bearer good") {
        return Json(json!({ "sub": "alice", "email": "a@b.test" })).into_response();
    }
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"notes:read\", \
        resource_metadata=\"https://api.test/m\"";
    (StatusCode::FORBIDDEN, [("www-authenticate", challenge)]).into_response()
}

async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let resource = format!("{origin}/notes");
    let router = Router::new().route("/notes", get(notes)).route(
        "/.well-known/oauth-protected-resource/{*path}",
        get(|| async move { Json(json!({ "resource": resource })) }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_its_challenge() {
    let (http, url) = (http(), format!("{}/notes", server().await));
    let good = call(&http, &ApiCall::get(&*url), Some(&Secret::new("good"))).await.unwrap();
    assert!(good.refusal().is_none() && good.answer.response.status == 200);
    let bad = call(&http, &ApiCall::get(&*url), None).await.unwrap();
    assert_eq!(bad.resource_metadata(), Some("https://api.test/m"));
    assert_eq!(bad.bearer().unwrap().get("scope"), Some("notes:read"));
    let Some(ClientError::OAuth(error)) = bad.refusal() else { panic!("{:?}", bad.refusal()) };
    assert_eq!((error.error.as_str(), error.status), ("insufficient_scope", Some(403)));
}

#[tokio::test]
async fn metadata_must_be_that_of_the_api() {
    let (http, origin) = (http(), server().await);
    let notes = format!("{origin}/notes");
    assert_eq!(resource_metadata(&http, &notes, None).await.unwrap().resource, notes);
    let error = resource_metadata(&http, &format!("{origin}/other"), None).await.unwrap_err();
    let ClientError::Unverified(unverified) = error else { panic!("{error:?}") };
    assert_eq!(unverified.failed.criterion, &RESOURCE_METADATA);
}

#[tokio::test]
async fn claims_of_another_user_are_refused() {
    let (http, url) = (http(), format!("{}/notes", server().await));
    let good = Secret::new("good");
    let claims = userinfo(&http, &url, &good, Some("alice")).await.unwrap();
    assert_eq!(claims.claims["email"], "a@b.test");
    let error = userinfo(&http, &url, &good, Some("bob")).await.unwrap_err();
    let ClientError::Unverified(unverified) = error else { panic!("{error:?}") };
    assert_eq!(unverified.failed.criterion, &USERINFO_SUB);
    let error = userinfo(&http, &url, &Secret::new("bad"), None).await.unwrap_err();
    assert!(matches!(error, ClientError::OAuth(_)), "{error:?}");
}
