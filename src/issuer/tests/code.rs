//! The authorization code at the token endpoint, and the five lines by which decisions run.

use super::*;
use crate::rule;

#[tokio::test]
async fn a_code_works_once_and_its_replay_revokes_what_it_gave() {
    let (issuer, _) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    let exchange = exchange_request(&code, VERIFIER);
    let tokens = granted(&issuer, &exchange).await;
    assert!(is_active(&issuer, &tokens.access_token).await);
    assert_eq!(refused(&issuer, &exchange, &public("web")).await, &rule::CODE_UNSPENT);
    assert!(!is_active(&issuer, &tokens.access_token).await);
    let refresh = refresh_request(&tokens.refresh_token.unwrap(), None);
    assert_eq!(refused(&issuer, &refresh, &public("web")).await, &rule::GRANT_LIVE);
}

#[tokio::test]
async fn a_replay_by_somebody_else_revokes_nothing() {
    let (issuer, _) = issuer_with(
        |config| {
            let mut other = config.clients[0].clone();
            other.id = crate::protocol::ClientId::parse("other").unwrap();
            config.clients.push(other);
        },
        &[],
    );
    let code = code(&issuer, &request("notes:read")).await;
    let exchange = exchange_request(&code, VERIFIER);
    let tokens = granted(&issuer, &exchange).await;
    assert_eq!(refused(&issuer, &exchange, &public("other")).await, &rule::CODE_CLIENT);
    let wrong = exchange_request(&code, &"x".repeat(43));
    assert_eq!(refused(&issuer, &wrong, &public("web")).await, &rule::CODE_UNSPENT);
    assert!(is_active(&issuer, &tokens.access_token).await);
}

#[tokio::test]
async fn a_wrong_verifier_burns_the_code_and_revokes_nothing() {
    let (issuer, _) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    let wrong = exchange_request(&code, &"x".repeat(43));
    assert_eq!(refused(&issuer, &wrong, &public("web")).await, &rule::PKCE_VERIFIER);
    let right = exchange_request(&code, VERIFIER);
    assert_eq!(refused(&issuer, &right, &public("web")).await, &rule::CODE_UNSPENT);
}

#[tokio::test]
async fn a_further_fault_does_not_save_a_code_from_burning() {
    let (issuer, _) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    let guess = TokenRequest::AuthorizationCode(CodeRequest {
        code: Some(code.clone()),
        redirect_uri: None,
        code_verifier: Some(Secret::new("x".repeat(43))),
        resources: vec!["https://elsewhere.test/".into()],
        ..CodeRequest::default()
    });
    assert_eq!(refused(&issuer, &guess, &public("web")).await, &rule::PKCE_VERIFIER);
    let right = exchange_request(&code, VERIFIER);
    assert_eq!(refused(&issuer, &right, &public("web")).await, &rule::CODE_UNSPENT);
}

#[tokio::test]
async fn another_client_cannot_burn_a_code() {
    let (issuer, _) = issuer_with(
        |config| {
            let mut other = config.clients[0].clone();
            other.id = crate::protocol::ClientId::parse("other").unwrap();
            config.clients.push(other);
        },
        &[],
    );
    let code = code(&issuer, &request("notes:read")).await;
    let wrong = exchange_request(&code, &"x".repeat(43));
    assert_eq!(refused(&issuer, &wrong, &public("other")).await, &rule::CODE_CLIENT);
    granted(&issuer, &exchange_request(&code, VERIFIER)).await;
}

#[tokio::test]
async fn a_code_expires_when_the_clock_says_so() {
    let (issuer, clock) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    clock.advance(Duration::from_secs(60));
    let exchange = exchange_request(&code, VERIFIER);
    assert_eq!(refused(&issuer, &exchange, &public("web")).await, &rule::CODE_FRESH);
}

#[tokio::test]
async fn of_fifty_redeemers_exactly_one_wins() {
    let (issuer, _) = issuer();
    let issuer = Arc::new(issuer);
    let code = code(&issuer, &request("notes:read")).await;
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let (issuer, request) = (Arc::clone(&issuer), exchange_request(&code, VERIFIER));
            tokio::spawn(async move { issuer.exchange(&request, &public("web")).await })
        })
        .collect();
    let mut won = Vec::new();
    for one in tries {
        won.extend(one.await.unwrap().unwrap().outcome.ok());
    }
    assert_eq!(won.len(), 1);
    // The losers were replays: what the winner got is revoked, however the race went.
    assert!(!is_active(&issuer, &won[0].access_token).await);
}

/// Line 2: a failed stage leaves the later ones unevaluated, and no grant is read.
#[tokio::test]
async fn a_stranger_reaches_no_grant() {
    let (issuer, _) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    let exchange = exchange_request(&code, VERIFIER);
    let decision = issuer.exchange(&exchange, &public("nobody")).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::CLIENT_KNOWN);
    let rulings = &decision.record.rulings;
    let blocked = Verdict::NotEvaluated(&rule::CLIENT_KNOWN);
    assert_eq!(verdict(rulings, &rule::CODE_KNOWN), blocked);
    assert_eq!(verdict(rulings, &rule::PKCE_VERIFIER), blocked);
    assert!(decision.effects.is_empty());
    granted(&issuer, &exchange).await;
}

/// Line 1: every rule whose facts are there is judged, not only the first broken one.
#[tokio::test]
async fn all_rulings_are_collected() {
    let (issuer, clock) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    clock.advance(Duration::from_secs(61));
    let wrong = exchange_request(&code, &"x".repeat(43));
    let decision = issuer.exchange(&wrong, &public("web")).await.unwrap();
    let rulings = &decision.record.rulings;
    assert_eq!(verdict(rulings, &rule::CODE_FRESH), Verdict::Broken);
    assert_eq!(verdict(rulings, &rule::PKCE_VERIFIER), Verdict::Broken);
    assert_eq!(verdict(rulings, &rule::CODE_REDIRECT_URI), Verdict::Holds);
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::CODE_FRESH);
}

/// Line 4: all look-up refusals of a grant wear one face.
#[tokio::test]
async fn the_wire_does_not_tell_unknown_from_spent_or_expired() {
    let faces = [&rule::CODE_KNOWN, &rule::CODE_UNSPENT, &rule::CODE_FRESH, &rule::CODE_CLIENT];
    for rule in faces {
        assert_eq!(rule.face, rule::REFRESH_KNOWN.face, "{}", rule.id);
    }
}

/// Line 5: secrets of a ruling are typed so.
#[tokio::test]
async fn codes_and_verifiers_are_secret_facts() {
    let (issuer, _) = issuer();
    let code = code(&issuer, &request("notes:read")).await;
    let decision =
        issuer.exchange(&exchange_request(&code, VERIFIER), &public("web")).await.unwrap();
    let shown = format!("{:?}", decision.record);
    assert!(!shown.contains(code.expose()) && !shown.contains(VERIFIER));
}

#[tokio::test]
async fn a_seeded_weakness_waives_one_rule_and_says_so() {
    let (issuer, _) = issuer_with(|_| {}, &["pkce-verifier-wrong"]);
    let code = code(&issuer, &request("notes:read")).await;
    let wrong = exchange_request(&code, &"x".repeat(43));
    let decision = issuer.exchange(&wrong, &public("web")).await.unwrap();
    assert!(decision.outcome.is_ok());
    assert_eq!(verdict(&decision.record.rulings, &rule::PKCE_VERIFIER), Verdict::Waived);
}
