//! Discovery: the right document, or a reason.

use super::server::{Fault, Server, http};
use crate::client::{ClientError, ExitClass, METADATA_ISSUER, METADATA_TLS, Steps, discover};

#[tokio::test]
async fn either_document_is_found() {
    let http = http();
    for fault in [Fault::None, Fault::OnlyOpenId] {
        let server = Server::start(fault).await;
        let steps = Steps::new();
        let found = discover((&http, &steps), &server.origin).await.unwrap();
        assert_eq!(found.token_endpoint().unwrap(), format!("{}/token", server.origin));
        assert_eq!(steps.len(), if fault == Fault::None { 1 } else { 2 });
        assert_eq!(steps.snapshot().last().unwrap().checked.len(), 2);
        let missing = found.registration_endpoint().unwrap_err();
        assert!(missing.to_string().contains("registration_endpoint"), "{missing}");
    }
}

#[tokio::test]
async fn metadata_of_somebody_else_or_without_tls_is_refused() {
    let http = http();
    for (fault, criterion) in
        [(Fault::OtherIssuer, &METADATA_ISSUER), (Fault::PlainEndpoint, &METADATA_TLS)]
    {
        let server = Server::start(fault).await;
        let error = discover(&http, &server.origin).await.unwrap_err();
        let ClientError::Unverified(unverified) = &error else { panic!("{error:?}") };
        assert_eq!(unverified.failed.criterion, criterion);
        assert_eq!(error.class(), ExitClass::Unverified);
    }
}

#[tokio::test]
async fn no_metadata_names_every_place_that_was_tried() {
    let http = http();
    for fault in [Fault::NoMetadata, Fault::NotJson] {
        let server = Server::start(fault).await;
        let error = discover(&http, &server.origin).await.unwrap_err();
        let ClientError::NoMetadata { tried, .. } = &error else { panic!("{error:?}") };
        assert_eq!(tried.len(), 2);
        assert!(error.hint().contains("oauth-authorization-server"), "{}", error.hint());
    }
    let error = discover(&http, "not a url").await.unwrap_err();
    assert_eq!(error.class(), ExitClass::Usage);
}
