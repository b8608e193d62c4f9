//! What a client says about itself ends at nginx.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::super::store::Registered;
use super::super::support::http::{Net, Request};
use super::super::support::served::Site as _;
use super::nodes::{Cluster, WEB_SECRET};

fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["worker".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// A client that authenticates with this certificate.
fn registered(cluster: &Cluster, pem: &str) -> String {
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let metadata = json!({
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "scope": "notes:read",
        "tls_client_certificate_bound_access_tokens": true,
        "jwks": { "keys": [key_of(pem, &der)] },
    });
    let request = Request::json("POST", cluster.at("/register"), &metadata);
    cluster.net().send(&request).expect(201).member("client_id")
}

fn key_of(pem: &str, der: &str) -> serde_json::Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use x509_parser::prelude::FromDer as _;
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(&block.contents).unwrap();
    let point = parsed.public_key().subject_public_key.data.clone();
    let half = |range| URL_SAFE_NO_PAD.encode(&point[range]);
    json!({ "kty": "EC", "crv": "P-256", "x": half(1..33), "y": half(33..65), "x5c": [der] })
}

#[test]
fn a_certificate_counts_when_it_was_shown_and_not_when_it_is_written_in_a_header() {
    let cluster = Cluster::start();
    let (pem, key) = certificate();
    let id = registered(&cluster, &pem);
    let fields = [("grant_type", "client_credentials"), ("client_id", &id)];
    let request = || Request::form(cluster.at("/token"), &fields);
    let escaped = utf8_percent_encode(&pem, NON_ALPHANUMERIC).to_string();
    for name in ["Client-Cert", "client-cert", "X-Client-Cert", "Client-Cert-Chain"] {
        let forged = cluster.net().send(&request().header(name, &escaped)).expect(401);
        assert_eq!(forged.member("error"), "invalid_client", "{name}");
    }
    let ca = cluster.home.oauthlab(["ca", "path"]).output().ok().stdout;
    let roots = oauthlab::tls::root_store(&std::fs::read(ca.trim()).unwrap()).unwrap();
    let identity = oauthlab::tls::ClientIdentity::from_pem(&pem, &key).unwrap();
    let showing = Net::new(oauthlab::tls::client_config_as(roots, &identity).unwrap());
    let token = showing.send(&request()).expect(200).member("access_token");
    // Bound to the certificate: without it, or with its picture in a header, it is refused.
    let notes = || Request::get(cluster.resource("/notes")).bearer(&token);
    assert_eq!(cluster.net().send(&notes()).status, 401);
    let forged = notes().header("Client-Cert", &escaped);
    assert_eq!(cluster.net().send(&forged).status, 401);
    // A client's token names no user, so the notes of nobody are asked for: the token is good.
    let answer = showing.send(&notes());
    assert_ne!(answer.status, 401, "{}", answer.whole());
}

#[test]
fn tls_that_is_passed_through_ends_at_the_nodes() {
    let cluster = Cluster::passed_through();
    let client = Registered::new(&cluster, &json!({}));
    let code = client.code(&cluster, &mut cluster.browser(), ("alice", "alice"));
    let token = client.redeem(&cluster, &code).expect(200).member("access_token");
    for _ in 0..4 {
        assert!(client.is_active(&cluster, &token));
        let notes = Request::get(cluster.resource("/notes")).bearer(&token);
        cluster.net().send(&notes).expect(200);
    }
    // No header says which certificate a client showed.
    let (pem, _) = certificate();
    let id = registered(&cluster, &pem);
    let fields = [("grant_type", "client_credentials"), ("client_id", &id)];
    let escaped = utf8_percent_encode(&pem, NON_ALPHANUMERIC).to_string();
    let forged = Request::form(cluster.at("/token"), &fields).header("Client-Cert", &escaped);
    assert_eq!(cluster.net().send(&forged).expect(401).member("error"), "invalid_client");
}

#[test]
fn forwarded_headers_change_no_url_and_no_limit() {
    let cluster = Cluster::start();
    let plain = Request::get(cluster.at("/.well-known/oauth-authorization-server"));
    let forged = plain
        .clone()
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "http")
        .header("X-Forwarded-Port", "80")
        .header("Forwarded", "for=203.0.113.7;host=evil.example;proto=http");
    let honest = cluster.net().send(&plain).expect(200);
    let answer = cluster.net().send(&forged).expect(200);
    assert_eq!(answer.json(), honest.json());
    assert_eq!(honest.member("issuer"), cluster.issuer());
}

#[test]
fn a_configured_secret_is_good_at_both_nodes() {
    let cluster = Cluster::start();
    let client = Registered::new(&cluster, &json!({}));
    for node in [cluster.node(0), cluster.node(1)] {
        let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
        let request = Request::form(node.at("/token"), &fields).basic("web", WEB_SECRET);
        let token = node.net().send(&request).expect(200).member("access_token");
        assert!(!client.is_active(&node, &token), "somebody else's token is none of its business");
    }
    let log = std::fs::read_to_string(cluster.path().join("node-0.log")).unwrap();
    assert!(!log.contains(WEB_SECRET), "{log}");
}
