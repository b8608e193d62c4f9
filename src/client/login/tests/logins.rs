//! Whole logins against a small server that behaves, or does not.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use tokio::net::TcpListener;

use crate::client::{Arrival, Browser, ClientError, Consent, ExitClass, Person, Steps};
use crate::clock::Clock;
use crate::fetch::{Http, Roots};
use crate::protocol::{Form, Secret};

const CALLBACK: &str = "http://127.0.0.1:1/cb";

const LOGIN: &str = "<title>Log in</title><form method=post action=/login><input name=username>\
    <input type=password name=password><button>Log in</button></form>";
const AGAIN: &str = "<title>Log in</title><p role=alert>Wrong password</p>\
    <form method=post action=/login><input name=username><input type=password name=password></form>";
const ASK: &str = "<form method=post action=/consent><button name=d value=allow>Allow</button>\
    <button name=d value=deny>Deny</button></form>";

fn logged_in(headers: &HeaderMap) -> bool {
    headers.get("cookie").is_some_and(|cookie| cookie == "__Host-s=1")
}

async fn login(body: String) -> Response {
    let form = Form::parse(body.as_bytes()).unwrap();
    if form.get("username") == Some("alice") && form.get("password") == Some("pw") {
        let cookie = [("set-cookie", "__Host-s=1; Secure; Path=/; HttpOnly")];
        (cookie, Redirect::to("/authorize")).into_response()
    } else {
        (StatusCode::FORBIDDEN, Html(AGAIN)).into_response()
    }
}

async fn authorize(headers: HeaderMap) -> Response {
    if logged_in(&headers) {
        Html(ASK).into_response()
    } else {
        Redirect::to("/login").into_response()
    }
}

async fn consent(headers: HeaderMap, body: String) -> Response {
    assert!(logged_in(&headers), "the cookie comes along");
    let answer = if body == "d=allow" { "code=c" } else { "error=access_denied" };
    Redirect::to(&format!("{CALLBACK}?{answer}&state=s")).into_response()
}

async fn odd(uri: Uri, headers: HeaderMap) -> Response {
    match uri.query().and_then(|query| query.strip_prefix("as=")).unwrap() {
        "loop" => Redirect::to("/odd?as=loop").into_response(),
        "script" => Html("<title>App</title><script src=x></script>").into_response(),
        "page" => (StatusCode::BAD_REQUEST, Html("<h1>Unknown client</h1>")).into_response(),
        "json" => {
            let error = serde_json::json!({ "error": "invalid_request" });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        "elsewhere" => Html(
            "<form method=post action=/move><input name=user><input type=password name=p>\
            </form>",
        )
        .into_response(),
        "pages" => Html(
            "<form action=/odd><input type=hidden name=as value=pages><button>Continue\
            </button></form>",
        )
        .into_response(),
        "near" => {
            let host = headers["host"].to_str().unwrap();
            Redirect::to(&format!("http://{host}/nearby?code=c")).into_response()
        }
        "astray" => Html(
            "<form method=post action=\"http://127.0.0.1:2/steal\"><input type=hidden name=code \
            value=c><input type=hidden name=state value=s><button>Continue</button></form>",
        )
        .into_response(),
        "astray-signed" => Html(
            "<form method=post action=\"http://127.0.0.1:2/steal\"><input type=hidden \
            name=response value=a.b.c></form>",
        )
        .into_response(),
        "federated" => Html(
            "<form method=post action=\"http://127.0.0.1:2/login\"><input type=hidden name=request \
            value=r><button>Continue</button></form>",
        )
        .into_response(),
        "post" => Html(format!(
            "<form method=post action=\"{CALLBACK}\"><input type=hidden name=code \
            value=c><input type=hidden name=state value=s></form>"
        ))
        .into_response(),
        other => panic!("{other}"),
    }
}

async fn server() -> String {
    let elsewhere = || async { Redirect::temporary("http://127.0.0.1:2/steal") };
    let router = Router::new()
        .route("/authorize", get(authorize))
        .route("/login", get(|| async { Html(LOGIN) }).post(login))
        .route("/consent", axum::routing::post(consent))
        .route("/odd", get(odd))
        .route("/nearby", get(|| async { (StatusCode::NOT_FOUND, Html("<h1>Nearby</h1>")) }))
        .route("/move", any(elsewhere));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

fn alice(password: &str, consent: Consent) -> Person {
    Person { username: "alice".into(), password: Secret::new(password), consent }
}

async fn go(path: &str, person: &Person) -> Result<Arrival, ClientError> {
    let http = Http::new(Roots::System, Duration::from_secs(5)).unwrap();
    let url = format!("{}{path}", server().await);
    Browser::new(Clock::system()).authorize(&http, &url, CALLBACK, person).await
}

#[tokio::test]
async fn a_login_ends_at_the_redirect_uri_with_yes_and_with_no() {
    let redirect = go("/authorize", &alice("pw", Consent::Approve)).await.unwrap();
    assert_eq!(redirect, Arrival::address(format!("{CALLBACK}?code=c&state=s")));
    let redirect = go("/authorize", &alice("pw", Consent::Deny)).await.unwrap();
    assert_eq!(redirect, Arrival::address(format!("{CALLBACK}?error=access_denied&state=s")));
}

#[tokio::test]
async fn a_second_flow_finds_the_user_logged_in_and_steps_hide_the_password() {
    let http = Http::new(Roots::System, Duration::from_secs(5)).unwrap();
    let url = format!("{}/authorize", server().await);
    let mut browser = Browser::new(Clock::system());
    let person = alice("pw", Consent::Approve);
    let steps = Steps::new();
    browser.authorize((&http, &steps), &url, CALLBACK, &person).await.unwrap();
    let titles: Vec<_> = steps.snapshot().iter().map(|step| step.title).collect();
    let (open, follow) = ("Open the authorization URL", "Follow a redirect");
    assert_eq!(titles, [open, follow, "Log in", follow, "Decide"]);
    let shown = format!("{:?}", steps.snapshot());
    assert!(!shown.contains("\"pw\"") && !shown.contains("__Host-s=1"), "{shown}");

    let again = Steps::new();
    browser.authorize((&http, &again), &url, CALLBACK, &person).await.unwrap();
    assert_eq!(again.len(), 2, "open and decide");
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_twice() {
    let error = go("/authorize", &alice("wrong", Consent::Approve)).await.unwrap_err();
    let ClientError::WrongPassword { says, user, .. } = &error else { panic!("{error:?}") };
    assert_eq!((says.as_deref(), user.as_str()), (Some("Wrong password"), "alice"));
    assert_eq!(error.class(), ExitClass::OAuthError);
}

#[tokio::test]
async fn each_way_to_get_lost_has_its_own_error() {
    let person = alice("pw", Consent::Approve);
    let class = async |how: &str| {
        let error = go(&format!("/odd?as={how}"), &person).await.unwrap_err();
        (error.class(), error.to_string())
    };
    assert_eq!(class("loop").await.0, ExitClass::Unverified);
    assert_eq!(class("pages").await.0, ExitClass::Unverified);
    let (script, text) = class("script").await;
    assert!(script == ExitClass::NeedsPerson && text.contains("JavaScript"), "{text}");
    assert_eq!(class("page").await.0, ExitClass::OAuthError);
    assert!(class("json").await.1.contains("invalid_request"));
    assert!(class("elsewhere").await.1.contains("another origin"));
}

#[tokio::test]
async fn a_uri_that_only_begins_like_the_redirect_uri_is_another_one() {
    let http = Http::new(Roots::System, Duration::from_secs(5)).unwrap();
    let origin = server().await;
    let (url, near) = (format!("{origin}/odd?as=near"), format!("{origin}/near"));
    let mut browser = Browser::new(Clock::system());
    let alice = alice("pw", Consent::Approve);
    let error = browser.authorize(&http, &url, &near, &alice).await.unwrap_err();
    let ClientError::Status { excerpt, .. } = &error else { panic!("{error:?}") };
    assert_eq!(excerpt, "Nearby", "it is visited, and not taken for the end");
    let exact = format!("{origin}/nearby");
    let redirect = browser.authorize(&http, &url, &exact, &alice).await.unwrap();
    assert_eq!(redirect, Arrival::address(format!("{exact}?code=c")));
}

#[tokio::test]
async fn an_answer_in_a_form_is_an_answer() {
    // Whatever the user says to pages that ask: this one does not.
    for consent in [Consent::Approve, Consent::Deny] {
        let arrival = go("/odd?as=post", &alice("pw", consent)).await.unwrap();
        assert_eq!(arrival, Arrival::posted("code=c&state=s"));
    }
}

#[tokio::test]
async fn an_answer_is_posted_to_the_redirect_uri_and_to_nobody_else() {
    for how in ["astray", "astray-signed"] {
        let error = go(&format!("/odd?as={how}"), &alice("pw", Consent::Approve)).await;
        let error = error.unwrap_err();
        assert!(error.to_string().contains("another address"), "{how}: {error}");
        assert_eq!(error.class(), ExitClass::Unverified);
    }
    // Forms of another server's own, such as a login elsewhere, are filled in as ever.
    let error = go("/odd?as=federated", &alice("pw", Consent::Approve)).await.unwrap_err();
    assert_eq!(error.class(), ExitClass::Unreachable, "{error}");
}
