//! Tokens that are bound to a client certificate (RFC 8705 §3, §4).

use super::*;
use crate::protocol::PeerCertificate;
use crate::rule;

fn with_certificate(der: Option<&[u8]>) -> PresentedClient {
    let certificate = der.and_then(|der| PeerCertificate::new(vec![der.to_vec()]));
    let sender = PresentedSender { certificate, ..PresentedSender::default() };
    PresentedClient { sender, ..public("web") }
}

fn bound() -> Issuer {
    let wish = |config: &mut Config| {
        let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
        web.metadata.wishes.tls_client_certificate_bound_access_tokens = true;
    };
    issuer_with(wish, &[]).0
}

async fn redeemed(issuer: &Issuer) -> TokenResponse {
    let code = code(issuer, &request("openid notes:read")).await;
    let asked = exchange_request(&code, VERIFIER);
    issuer.exchange(&asked, &with_certificate(Some(b"own"))).await.unwrap().outcome.unwrap()
}

#[tokio::test]
async fn userinfo_takes_a_bound_token_with_its_certificate_only() {
    let issuer = bound();
    let tokens = redeemed(&issuer).await;
    assert_eq!(tokens.token_type, "Bearer");
    let header = Secret::new(format!("Bearer {}", tokens.access_token.expose()));
    for (der, refused) in [
        (Some(&b"own"[..]), None),
        (Some(b"other"), Some(&rule::MTLS_TOKEN_KEY)),
        (None, Some(&rule::MTLS_TOKEN_KEY)),
    ] {
        let sender = with_certificate(der).sender;
        let headers = vec![header.clone()];
        let presented = PresentedBearer { headers, sender, ..PresentedBearer::default() };
        let outcome = issuer.userinfo(&presented).await.unwrap().outcome;
        assert_eq!(outcome.err().map(|refusal| refusal.rule), refused);
    }
}

#[tokio::test]
async fn a_public_client_refreshes_with_the_same_certificate_only() {
    let issuer = bound();
    let tokens = redeemed(&issuer).await;
    let asked = TokenRequest::RefreshToken {
        refresh_token: tokens.refresh_token,
        narrowed: ScopeRequest::default(),
    };
    for (der, refused) in [
        (None, Some(&rule::MTLS_REQUIRED)),
        (Some(&b"other"[..]), Some(&rule::MTLS_REFRESH_KEY)),
        (Some(b"own"), None),
    ] {
        let outcome = issuer.exchange(&asked, &with_certificate(der)).await.unwrap().outcome;
        assert_eq!(outcome.err().map(|refusal| refusal.rule), refused);
    }
}
