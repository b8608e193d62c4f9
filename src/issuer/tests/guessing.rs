//! Guessing: many tries at once get no further than the same tries one after the other.

use super::*;
use crate::config::Password;
use crate::rule;

/// A hash of no known password at the lowest cost, so that a test waits for nothing.
const HASHED: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";

fn hashed(config: &mut Config) {
    config.users[0].password = Password::Argon2id(HASHED.to_owned());
}

fn three_a_minute(config: &mut Config) {
    config.limits.token.events = 3;
}

async fn introspected(issuer: &Issuer, caller: &PresentedClient) -> Option<&'static Rule> {
    let query = crate::protocol::TokenQuery { token: Some(Secret::new("t")) };
    let introspection = issuer.introspect(&query, caller).await.unwrap();
    introspection.caller.outcome.err().map(|refusal| refusal.rule)
}

/// RFC 6749 §2.3.1: whatever takes a client's password is protected against brute force.
#[tokio::test]
async fn guesses_of_a_chosen_client_secret_are_limited_wherever_they_are_made() {
    let (issuer, clock) = issuer_with(three_a_minute, &[]);
    let asked = ScopeRequest { scope: Some("notes:read".into()), ..ScopeRequest::default() };
    let machine = TokenRequest::ClientCredentials(asked);
    let (wrong, right) = (basic("ci", "wrong"), basic("ci", "ci-secret-for-the-lab-only"));
    assert_eq!(refused(&issuer, &machine, &wrong).await, &rule::CLIENT_SECRET);
    let query = crate::protocol::TokenQuery { token: Some(Secret::new("t")) };
    let revocation = issuer.revoke(&query, &wrong).await.unwrap();
    assert_eq!(revocation.caller.outcome.unwrap_err().rule, &rule::CLIENT_SECRET);
    assert_eq!(introspected(&issuer, &wrong).await, Some(&rule::CLIENT_SECRET));
    // From here on a guess learns nothing, be it wrong or right.
    assert_eq!(introspected(&issuer, &wrong).await, Some(&rule::CLIENT_RATE));
    assert_eq!(introspected(&issuer, &right).await, Some(&rule::CLIENT_RATE));
    assert_eq!(refused(&issuer, &machine, &right).await, &rule::CLIENT_RATE);
    clock.advance(Duration::from_secs(60));
    assert_eq!(introspected(&issuer, &right).await, None);
}

/// 256 random bits cannot be guessed, so that nobody is locked out by those who try.
#[tokio::test]
async fn strangers_cannot_lock_out_a_client_with_a_random_secret() {
    let (issuer, _) = issuer_with(three_a_minute, &[]);
    let api = issuer.config().resource.client_id.as_str();
    for _ in 0..9 {
        let guess = introspected(&issuer, &basic(api, "wrong")).await;
        assert_eq!(guess, Some(&rule::CLIENT_SECRET));
    }
    assert_eq!(introspected(&issuer, &basic(api, "resource-secret")).await, None);
}

#[tokio::test]
async fn parallel_guesses_of_a_password_are_counted_like_any_other() {
    let (issuer, _) = issuer_with(hashed, &[]);
    let issuer = Arc::new(issuer);
    let authorization = issuer.authorize(&request("openid"), &browser()).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let csrf = csrf_token(browser().secret.as_ref().unwrap(), &interaction);
    let guesses: Vec<_> = (0..30)
        .map(|n| {
            let answer = LoginAnswer {
                interaction: Some(interaction.clone()),
                csrf: Some(csrf.clone()),
                username: Some("alice".into()),
                password: Some(Secret::new(format!("guess {n}"))),
            };
            let issuer = Arc::clone(&issuer);
            tokio::spawn(async move { issuer.login(&answer, &browser()).await })
        })
        .collect();
    let mut judged = 0;
    for guess in guesses {
        let refusal = guess.await.unwrap().unwrap().outcome.map(|_| ()).unwrap_err();
        judged += usize::from(*refusal.rule == rule::LOGIN_PASSWORD);
    }
    assert_eq!(judged, 5);
}
