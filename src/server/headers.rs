//! Headers that every answer of a server has, whatever it says: no guessing of types, and TLS from
//! now on (RFC 6797) where the server has a name of its own in the network.

use axum::Router;
use axum::middleware;
use axum::response::Response;
use http::header::{STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use url::{Host, Url};

use super::reply::set;

const YEAR: &str = "max-age=31536000";

/// Adds them. `url` is that of the server.
pub(super) fn around(router: Router, url: &str) -> Router {
    let strict = binds(url);
    router.layer(middleware::map_response(move |mut response: Response| async move {
        set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
        if strict {
            set(&mut response, STRICT_TRANSPORT_SECURITY, YEAR);
        }
        response
    }))
}

/// Browsers keep no address in mind (RFC 6797 §8.3), and would refuse plain HTTP at every port of
/// localhost, which is not the lab's alone.
fn binds(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let named = match url.host() {
        Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    url.scheme() == "https" && named
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn strict(url: &str) -> Option<String> {
        let router = around(Router::new().route("/", get(async || "x")), url);
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let value = response.headers().get("strict-transport-security");
        value.map(|value| value.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn names_of_the_network_are_bound_to_tls_and_nothing_else_is() {
        assert_eq!(strict("https://login.example.com/t").await.as_deref(), Some(YEAR));
        for url in [
            "https://localhost:9443",
            "https://a.localhost",
            "https://10.0.0.1",
            "http://a.example",
        ] {
            assert_eq!(strict(url).await, None, "{url}");
        }
    }
}
