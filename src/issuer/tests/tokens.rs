//! What is minted, who may introspect and revoke it, and what userinfo releases.

use super::*;
use crate::protocol::jose::Jws;
use crate::protocol::{AccessTokenClaims, Algorithm, IdTokenClaims, TokenQuery};
use crate::rule;

fn query(token: &Secret) -> TokenQuery {
    TokenQuery { token: Some(token.clone()), hint: None }
}

#[tokio::test]
async fn a_jwt_access_token_follows_rfc_9068() {
    let (issuer, _) = issuer();
    let tokens = tokens(&issuer, "openid notes:read").await;
    let jws = Jws::decode(tokens.access_token.expose()).unwrap();
    jws.verify(&issuer.keys().jwks().await.unwrap(), &[Algorithm::Es256]).unwrap();
    assert_eq!(jws.header.typ.as_deref(), Some("at+jwt"));
    let claims: AccessTokenClaims = jws.claims().unwrap();
    assert_eq!(claims.iss, issuer.url().as_str());
    assert_eq!(claims.sub, "alice");
    assert_eq!(claims.client_id, "web");
    assert_eq!(claims.exp - claims.iat, 600);
    let notes = issuer.config().identifier(&issuer.config().apis[0]);
    assert_eq!(claims.aud.as_slice(), [notes, issuer.url().as_str().to_owned()]);
}

#[tokio::test]
async fn an_id_token_is_bound_to_client_nonce_and_access_token() {
    let (issuer, _) = issuer();
    let tokens = tokens(&issuer, "openid").await;
    let id_token = tokens.id_token.unwrap();
    let jws = Jws::decode(id_token.expose()).unwrap();
    jws.verify(&issuer.keys().jwks().await.unwrap(), &[Algorithm::Es256]).unwrap();
    let claims: IdTokenClaims = jws.claims().unwrap();
    assert_eq!(claims.aud.as_slice(), ["web"]);
    assert_eq!(claims.nonce.as_deref(), Some("n1"));
    let hash = crate::protocol::jose::half_hash(tokens.access_token.expose(), Algorithm::Es256);
    assert_eq!(claims.at_hash, Some(hash));
}

#[tokio::test]
async fn no_openid_no_id_token_and_no_userinfo() {
    let (issuer, _) = issuer();
    let tokens = tokens(&issuer, "notes:read").await;
    assert!(tokens.id_token.is_none());
    let header = Secret::new(format!("Bearer {}", tokens.access_token.expose()));
    let presented = PresentedBearer { headers: vec![header], ..PresentedBearer::default() };
    let decision = issuer.userinfo(&presented).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::USERINFO_AUDIENCE);
}

#[tokio::test]
async fn userinfo_releases_what_the_scope_covers() {
    let (issuer, clock) = issuer();
    let tokens = tokens(&issuer, "openid profile").await;
    let header = Secret::new(format!("Bearer {}", tokens.access_token.expose()));
    let presented = PresentedBearer { headers: vec![header], ..PresentedBearer::default() };
    let info = issuer.userinfo(&presented).await.unwrap().outcome.unwrap();
    assert_eq!(info.sub, "alice");
    assert!(info.claims.contains_key("name") && !info.claims.contains_key("email"));
    clock.advance(Duration::from_secs(600));
    let decision = issuer.userinfo(&presented).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::TOKEN_FRESH);
}

#[tokio::test]
async fn introspection_is_for_authenticated_callers_whose_token_it_is() {
    let (issuer, _) = issuer();
    let tokens = tokens(&issuer, "notes:read").await;
    let asked = query(&tokens.access_token);
    let public_caller = issuer.introspect(&asked, &public("web")).await.unwrap();
    assert_eq!(public_caller.caller.outcome.unwrap_err().rule, &rule::INTROSPECT_CONFIDENTIAL);
    let stranger = basic("ci", "ci-secret-for-the-lab-only");
    let foreign = issuer.introspect(&asked, &stranger).await.unwrap();
    assert_eq!(foreign.token.unwrap().outcome.unwrap_err().rule, &rule::INTROSPECT_AUDIENCE);
    let api = basic("notes-api", "resource-secret");
    let response = issuer.introspect(&asked, &api).await.unwrap().token.unwrap().outcome.unwrap();
    assert!(response.active);
    assert_eq!(response.sub.as_deref(), Some("alice"));
    assert_eq!(response.aud.as_slice().len(), 1);
}

#[tokio::test]
async fn revocation_ends_an_access_token_alone_and_a_refresh_token_with_its_family() {
    let (issuer, _) = issuer();
    let first = tokens(&issuer, "notes:read").await;
    let refresh = first.refresh_token.unwrap();
    let second = granted(&issuer, &refresh_request(&refresh, None)).await;
    issuer.revoke(&query(&first.access_token), &public("web")).await.unwrap();
    assert!(!is_active(&issuer, &first.access_token).await);
    assert!(is_active(&issuer, &second.access_token).await);
    let stranger = basic("ci", "ci-secret-for-the-lab-only");
    let foreign = issuer.revoke(&query(&second.access_token), &stranger).await.unwrap();
    assert_eq!(foreign.token.unwrap().outcome.unwrap_err().rule, &rule::REVOKE_CLIENT);
    assert!(is_active(&issuer, &second.access_token).await);
    issuer.revoke(&query(second.refresh_token.as_ref().unwrap()), &public("web")).await.unwrap();
    assert!(!is_active(&issuer, &second.access_token).await);
}

/// A token without any scope would still carry the audience, and some APIs ask for no more.
#[tokio::test]
async fn naming_a_resource_gives_nothing_where_the_client_may_do_nothing() {
    let (issuer, _) = issuer();
    let mcp = issuer.config().identifier(&issuer.config().apis[1]);
    let asked =
        ScopeRequest { scope: None, resources: vec![mcp.clone()], ..ScopeRequest::default() };
    let ci = basic("ci", "ci-secret-for-the-lab-only");
    let machine = TokenRequest::ClientCredentials(asked);
    assert_eq!(refused(&issuer, &machine, &ci).await, &rule::SCOPE_CLIENT);

    // Granted for both APIs, but asked for the scope of one at the other.
    let both = AuthorizationRequest {
        scope: Some("notes:read mcp:tools".into()),
        resources: vec![issuer.config().identifier(&issuer.config().apis[0]), mcp.clone()],
        ..request("")
    };
    let (issuer, _) = issuer_with(|config| config.clients[0].metadata.scope = None, &[]);
    let code = code(&issuer, &both).await;
    let tokens = granted(&issuer, &exchange_request(&code, VERIFIER)).await;
    let narrowed = ScopeRequest {
        scope: Some("notes:read".into()),
        resources: vec![mcp],
        ..ScopeRequest::default()
    };
    let refresh = TokenRequest::RefreshToken { refresh_token: tokens.refresh_token, narrowed };
    assert_eq!(refused(&issuer, &refresh, &public("web")).await, &rule::TARGET_GRANTED);
}

#[tokio::test]
async fn a_machine_gets_no_scope_of_a_user_and_a_public_client_is_no_machine() {
    let (issuer, _) = issuer_with(
        |config| {
            config.clients[1].metadata.scope = None;
            let grants = &mut config.clients[0].metadata.grant_types;
            grants.push(crate::protocol::GrantType::ClientCredentials);
        },
        &[],
    );
    let ask = |scope: &str| {
        TokenRequest::ClientCredentials(ScopeRequest {
            scope: Some(scope.into()),
            ..ScopeRequest::default()
        })
    };
    let ci = basic("ci", "ci-secret-for-the-lab-only");
    assert_eq!(refused(&issuer, &ask("openid"), &ci).await, &rule::SCOPE_USER);
    assert_eq!(
        refused(&issuer, &ask("notes:read"), &public("web")).await,
        &rule::CLIENT_CONFIDENTIAL
    );
    assert_eq!(refused(&issuer, &ask("notes:read"), &public("ci")).await, &rule::CLIENT_METHOD);
    let wrong = basic("ci", "wrong");
    assert_eq!(refused(&issuer, &ask("notes:read"), &wrong).await, &rule::CLIENT_SECRET);
    assert!(issuer.exchange(&ask("notes:read"), &ci).await.unwrap().outcome.is_ok());
}
