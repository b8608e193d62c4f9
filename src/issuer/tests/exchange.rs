//! Token exchange: who acts, how much is left, how long it lives.

use super::*;
use crate::protocol::jose::Jws;
use crate::protocol::{
    AccessTokenClaims, AuthMethod, ExchangeRequest, GrantType, Scope, TokenType,
};
use crate::rule;
use proptest::prelude::*;

const SECRET: &str = "ci-secret-for-the-lab-only";

fn exchange(token: &Secret, kind: TokenType) -> ExchangeRequest {
    ExchangeRequest {
        subject_token: Some(token.clone()),
        subject_token_type: Some(kind.as_str().into()),
        ..ExchangeRequest::default()
    }
}

async fn as_ci(issuer: &Issuer, request: ExchangeRequest) -> TokenResponse {
    let decision = issuer.exchange(&TokenRequest::Exchange(request), &basic("ci", SECRET)).await;
    decision.unwrap().outcome.unwrap()
}

async fn refused_ci(issuer: &Issuer, request: ExchangeRequest) -> &'static Rule {
    refused(issuer, &TokenRequest::Exchange(request), &basic("ci", SECRET)).await
}

fn claims(response: &TokenResponse) -> AccessTokenClaims {
    Jws::decode(response.access_token.expose()).unwrap().claims().unwrap()
}

async fn machine_token(issuer: &Issuer) -> Secret {
    let request = TokenRequest::ClientCredentials(ScopeRequest::default());
    let decision = issuer.exchange(&request, &basic("ci", SECRET)).await.unwrap();
    decision.outcome.unwrap().access_token
}

/// The public client made confidential, so that it may exchange its own tokens.
fn confidential(config: &mut Config) {
    let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
    web.secret = Some(Secret::new("web-secret"));
    web.metadata.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    web.metadata.grant_types.push(GrantType::TokenExchange);
}

#[tokio::test]
async fn whoever_exchanges_the_token_of_another_client_is_named_as_actor() {
    let (issuer, _) = issuer();
    let first = tokens(&issuer, "openid notes:read notes:write").await;
    let second = as_ci(&issuer, exchange(&first.access_token, TokenType::AccessToken)).await;
    let claims = claims(&second);
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), ("alice", "ci"));
    assert_eq!(claims.act, Some(serde_json::json!({ "sub": "ci" })));
    assert_eq!(claims.scope, "notes:read");
    assert_eq!(second.issued_token_type.as_deref(), Some(TokenType::AccessToken.as_str()));
    assert!(second.refresh_token.is_none() && second.id_token.is_none());
}

#[tokio::test]
async fn who_acted_before_stays_inside() {
    let (issuer, _) = issuer();
    let first = tokens(&issuer, "notes:read").await;
    let second = as_ci(&issuer, exchange(&first.access_token, TokenType::Jwt)).await;
    let actor = machine_token(&issuer).await;
    let third = ExchangeRequest {
        actor_token: Some(actor),
        actor_token_type: Some(TokenType::AccessToken.as_str().into()),
        ..exchange(&second.access_token, TokenType::AccessToken)
    };
    let chained = serde_json::json!({ "sub": "ci", "act": { "sub": "ci" } });
    assert_eq!(claims(&as_ci(&issuer, third).await).act, Some(chained));
    // Narrowing an own token adds nobody, and hides nobody.
    let narrowed = as_ci(&issuer, exchange(&second.access_token, TokenType::AccessToken)).await;
    assert_eq!(claims(&narrowed).act, Some(serde_json::json!({ "sub": "ci" })));
}

#[tokio::test]
async fn only_the_lab_file_lets_a_client_impersonate() {
    let impersonate = |config: &mut Config| {
        let ci = config.clients.iter_mut().find(|client| client.id.as_str() == "ci").unwrap();
        ci.exchange.impersonate = true;
    };
    let (issuer, _) = issuer_with(impersonate, &[]);
    let first = tokens(&issuer, "notes:read").await;
    let second = as_ci(&issuer, exchange(&first.access_token, TokenType::AccessToken)).await;
    assert_eq!(claims(&second).act, None);
}

#[tokio::test]
async fn an_exchanged_token_dies_with_its_origin() {
    let (issuer, clock) = issuer();
    let first = tokens(&issuer, "notes:read").await;
    clock.advance(Duration::from_secs(8 * 60));
    let second = as_ci(&issuer, exchange(&first.access_token, TokenType::AccessToken)).await;
    assert_eq!(second.expires_in, Some(2 * 60));
    assert!(is_active(&issuer, &second.access_token).await);
    // A replayed refresh token revokes the whole authorization.
    let old = first.refresh_token.unwrap();
    granted(&issuer, &refresh_request(&old, None)).await;
    refused(&issuer, &refresh_request(&old, None), &public("web")).await;
    assert!(!is_active(&issuer, &second.access_token).await);
}

#[tokio::test]
async fn an_expired_token_cannot_be_exchanged_and_neither_can_a_refresh_token() {
    let (issuer, clock) = issuer();
    let first = tokens(&issuer, "notes:read").await;
    let refresh = exchange(first.refresh_token.as_ref().unwrap(), TokenType::AccessToken);
    assert_eq!(refused_ci(&issuer, refresh).await, &rule::EXCHANGE_SUBJECT_KNOWN);
    clock.advance(Duration::from_secs(10 * 60));
    let late = exchange(&first.access_token, TokenType::AccessToken);
    assert_eq!(refused_ci(&issuer, late).await, &rule::EXCHANGE_SUBJECT_LIVE);
}

#[tokio::test]
async fn an_id_token_is_exchanged_by_its_own_client_alone() {
    let (issuer, _) = issuer_with(confidential, &[]);
    let code = code(&issuer, &request("openid notes:read")).await;
    let web = basic("web", "web-secret");
    let first = issuer.exchange(&exchange_request(&code, VERIFIER), &web).await.unwrap();
    let id_token = first.outcome.unwrap().id_token.unwrap();
    let other = refused_ci(&issuer, exchange(&id_token, TokenType::IdToken)).await;
    assert_eq!(other, &rule::EXCHANGE_SUBJECT_CLIENT);
    let own = TokenRequest::Exchange(exchange(&id_token, TokenType::IdToken));
    let second = issuer.exchange(&own, &web).await.unwrap().outcome.unwrap();
    assert_eq!(claims(&second).sub, "alice");
    assert_eq!(second.scope.as_deref(), Some("notes:read"));
    let wrong = TokenRequest::Exchange(exchange(&id_token, TokenType::AccessToken));
    assert_eq!(refused(&issuer, &wrong, &web).await, &rule::EXCHANGE_SUBJECT_KNOWN);
}

#[tokio::test]
async fn a_token_without_a_user_is_exchanged_by_its_own_client_alone() {
    let with_web = |config: &mut Config| {
        confidential(config);
        let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
        web.exchange.from.push(ClientId::parse("ci").unwrap());
    };
    let (issuer, _) = issuer_with(with_web, &[]);
    let request = exchange(&machine_token(&issuer).await, TokenType::AccessToken);
    let web = basic("web", "web-secret");
    let rule = refused(&issuer, &TokenRequest::Exchange(request.clone()), &web).await;
    assert_eq!(rule, &rule::EXCHANGE_SUBJECT_CLIENT);
    assert_eq!(claims(&as_ci(&issuer, request).await).sub, "ci");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked for, what comes out is in the subject token and allowed to the client.
    #[test]
    fn an_exchange_never_widens(
        granted in "(notes:read|notes:write|notes:read notes:write)",
        asked in prop::option::of("(notes:read|notes:write|mcp:tools|openid)( (notes:read|mcp:tools))?"),
        audience in prop::option::of("(notes|mcp)"),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (issuer, _) = issuer();
            let first = tokens(&issuer, &granted).await;
            let request = ExchangeRequest {
                audiences: audience.into_iter().collect(),
                narrowed: ScopeRequest { scope: asked, ..ScopeRequest::default() },
                ..exchange(&first.access_token, TokenType::AccessToken)
            };
            let request = TokenRequest::Exchange(request);
            let decision = issuer.exchange(&request, &basic("ci", SECRET)).await.unwrap();
            if let Ok(second) = decision.outcome {
                let scope = Scope::parse(second.scope.as_deref().unwrap()).unwrap();
                assert!(scope.is_subset(&Scope::parse(&granted).unwrap()));
                assert_eq!(scope.to_string(), "notes:read");
                let aud = claims(&second).aud;
                assert_eq!(aud, claims(&first).aud);
            }
        });
    }
}
