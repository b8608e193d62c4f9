//! Refresh tokens: rotation, reuse, narrowing, lifetimes.

use super::*;
use crate::config::Rotation;
use crate::rule;

#[tokio::test]
async fn rotation_replaces_and_reuse_revokes_the_family() {
    let (issuer, _) = issuer();
    let first = tokens(&issuer, "notes:read").await;
    let old = first.refresh_token.unwrap();
    let second = granted(&issuer, &refresh_request(&old, None)).await;
    assert!(is_active(&issuer, &second.access_token).await);
    let reuse = refresh_request(&old, None);
    assert_eq!(refused(&issuer, &reuse, &public("web")).await, &rule::REFRESH_UNROTATED);
    assert!(!is_active(&issuer, &second.access_token).await);
    assert!(!is_active(&issuer, &first.access_token).await);
    let newest = refresh_request(&second.refresh_token.unwrap(), None);
    assert_eq!(refused(&issuer, &newest, &public("web")).await, &rule::GRANT_LIVE);
}

/// A thief rotated first and kept the family alive, while its owner was away for longer than a token
/// may idle: the owner's old token is stale as well, and still shows the theft.
#[tokio::test]
async fn reuse_shows_a_theft_however_long_the_owner_was_away() {
    let (issuer, clock) = issuer();
    let stolen = tokens(&issuer, "notes:read").await.refresh_token.unwrap();
    let mut thief = granted(&issuer, &refresh_request(&stolen, None)).await;
    for _ in 0..2 {
        clock.advance(Duration::from_secs(25 * 60));
        let next = refresh_request(&thief.refresh_token.unwrap(), None);
        thief = granted(&issuer, &next).await;
    }
    assert!(is_active(&issuer, &thief.access_token).await);
    let owner = refresh_request(&stolen, None);
    assert_eq!(refused(&issuer, &owner, &public("web")).await, &rule::REFRESH_UNROTATED);
    assert!(!is_active(&issuer, &thief.access_token).await);
}

#[tokio::test]
async fn of_many_refreshers_one_wins_and_the_theft_shows() {
    let (issuer, _) = issuer();
    let issuer = Arc::new(issuer);
    let old = tokens(&issuer, "notes:read").await.refresh_token.unwrap();
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (issuer, request) = (Arc::clone(&issuer), refresh_request(&old, None));
            tokio::spawn(async move { issuer.exchange(&request, &public("web")).await })
        })
        .collect();
    let mut won = Vec::new();
    for one in tries {
        won.extend(one.await.unwrap().unwrap().outcome.ok());
    }
    assert_eq!(won.len(), 1);
    assert!(!is_active(&issuer, &won[0].access_token).await);
}

#[tokio::test]
async fn grace_forgives_a_parallel_refresh_for_its_time_only() {
    let grace = Rotation::Grace(Duration::from_secs(30));
    let (issuer, clock) = issuer_with(|config| config.tokens.rotation = grace, &[]);
    let old = tokens(&issuer, "notes:read").await.refresh_token.unwrap();
    let first = granted(&issuer, &refresh_request(&old, None)).await;
    clock.advance(Duration::from_secs(29));
    let again = granted(&issuer, &refresh_request(&old, None)).await;
    // One successor, which works once: the family has no branches.
    let next = again.refresh_token.unwrap();
    assert_eq!(first.refresh_token, Some(next.clone()));
    assert!(!first.access_token.matches(&again.access_token));
    let third = granted(&issuer, &refresh_request(&next, None)).await.refresh_token.unwrap();
    assert!(!third.matches(&next));
    // Storing the successor again undoes nothing that happened to it.
    granted(&issuer, &refresh_request(&old, None)).await;
    let repeated = granted(&issuer, &refresh_request(&next, None)).await;
    assert_eq!(repeated.refresh_token, Some(third));
    clock.advance(Duration::from_secs(1));
    let late = refresh_request(&old, None);
    assert_eq!(refused(&issuer, &late, &public("web")).await, &rule::REFRESH_UNROTATED);
}

#[tokio::test]
async fn without_rotation_the_same_token_stays_and_idleness_counts_anew() {
    let (issuer, clock) = issuer_with(|config| config.tokens.rotation = Rotation::Off, &[]);
    let token = tokens(&issuer, "notes:read").await.refresh_token.unwrap();
    for _ in 0..3 {
        clock.advance(Duration::from_secs(20 * 60));
        let again = granted(&issuer, &refresh_request(&token, None)).await;
        assert!(again.refresh_token.is_none());
    }
    clock.advance(Duration::from_secs(30 * 60));
    let idle = refresh_request(&token, None);
    assert_eq!(refused(&issuer, &idle, &public("web")).await, &rule::REFRESH_FRESH);
}

#[tokio::test]
async fn the_absolute_lifetime_counts_from_the_grant() {
    let (issuer, clock) = issuer();
    let mut token = tokens(&issuer, "notes:read").await.refresh_token.unwrap();
    for _ in 0..19 {
        clock.advance(Duration::from_secs(25 * 60));
        let next = granted(&issuer, &refresh_request(&token, None)).await;
        token = next.refresh_token.unwrap();
    }
    clock.advance(Duration::from_secs(6 * 60));
    let old = refresh_request(&token, None);
    assert_eq!(refused(&issuer, &old, &public("web")).await, &rule::REFRESH_FRESH);
}

#[tokio::test]
async fn a_refresh_narrows_and_never_widens() {
    let (issuer, _) = issuer();
    let first = tokens(&issuer, "notes:read notes:write").await;
    let narrowed = refresh_request(&first.refresh_token.unwrap(), Some("notes:read"));
    let second = granted(&issuer, &narrowed).await;
    assert_eq!(second.scope.as_deref(), Some("notes:read"));
    // The refresh token still carries what was granted (RFC 6749 §6).
    let third = granted(&issuer, &refresh_request(&second.refresh_token.unwrap(), None)).await;
    assert_eq!(third.scope.as_deref(), Some("notes:read notes:write"));
    let wider = refresh_request(&third.refresh_token.unwrap(), Some("notes:read profile"));
    assert_eq!(refused(&issuer, &wider, &public("web")).await, &rule::REFRESH_SCOPE);
}
