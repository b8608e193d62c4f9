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
    let query = crate::protocol::TokenQuery { token: Some(Secret::new("t")), hint: None };
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
    let query = crate::protocol::TokenQuery { token: Some(Secret::new("t")), hint: None };
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

/// Where somebody sits, and with what.
fn at(address: &str, known: Option<&Secret>) -> Browser {
    let from = Some(address.parse().unwrap());
    Browser { from, known: known.cloned(), ..browser() }
}

/// Tries a password on a fresh login page.
async fn tried(issuer: &Issuer, at: &Browser, password: &str) -> Result<Secret, &'static Rule> {
    let authorization = issuer.authorize(&request("openid"), at).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let answer = LoginAnswer {
        csrf: Some(csrf_token(at.secret.as_ref().unwrap(), &interaction)),
        interaction: Some(interaction),
        username: Some("alice".into()),
        password: Some(Secret::new(password)),
    };
    let decision = issuer.login(&answer, at).await.unwrap();
    decision.outcome.map(|(_, begun)| begun.known).map_err(|refused| refused.rule)
}

#[tokio::test]
async fn failures_from_one_address_keep_out_nobody_elsewhere() {
    let (issuer, _) = issuer();
    let (attacker, victim) = (at("203.0.113.66", None), at("198.51.100.7", None));
    for _ in 0..20 {
        assert!(tried(&issuer, &attacker, "guess").await.is_err());
    }
    assert_eq!(tried(&issuer, &attacker, "alice").await, Err(&rule::LOGIN_RATE));
    assert!(tried(&issuer, &victim, "alice").await.is_ok());
    // Nor do they get further from another address of their network.
    let neighbour = |n: usize| at(&format!("2001:db8::{n}"), None);
    for n in 0..5 {
        assert_eq!(tried(&issuer, &neighbour(n), "guess").await, Err(&rule::LOGIN_PASSWORD));
    }
    assert_eq!(tried(&issuer, &neighbour(9), "alice").await, Err(&rule::LOGIN_RATE));
}

#[tokio::test]
async fn whoever_fails_from_everywhere_meets_a_limit_that_known_browsers_pass() {
    let (issuer, clock) = issuer();
    let known = tried(&issuer, &at("198.51.100.7", None), "alice").await.unwrap();
    for n in 0..50 {
        let attacker = at(&format!("203.0.113.{n}"), None);
        assert_eq!(tried(&issuer, &attacker, "guess").await, Err(&rule::LOGIN_PASSWORD), "{n}");
    }
    let elsewhere = "192.0.2.1";
    assert_eq!(tried(&issuer, &at(elsewhere, None), "alice").await, Err(&rule::LOGIN_RATE));
    let made_up = Secret::new("made-up");
    assert_eq!(
        tried(&issuer, &at(elsewhere, Some(&made_up)), "alice").await,
        Err(&rule::LOGIN_RATE)
    );
    assert!(tried(&issuer, &at(elsewhere, Some(&known)), "alice").await.is_ok());
    // A known browser is counted by itself: it is no way to guess on.
    for _ in 0..5 {
        let guess = tried(&issuer, &at(elsewhere, Some(&known)), "guess").await;
        assert_eq!(guess, Err(&rule::LOGIN_PASSWORD));
    }
    assert_eq!(tried(&issuer, &at(elsewhere, Some(&known)), "alice").await, Err(&rule::LOGIN_RATE));
    clock.advance(Duration::from_secs(60));
    assert!(tried(&issuer, &at(elsewhere, None), "alice").await.is_ok());
}

/// Bob's browser is not Alice's, though both have logged in from it.
#[tokio::test]
async fn a_browser_is_known_to_the_accounts_that_were_logged_in_from_it() {
    let (issuer, _) = issuer();
    let known = tried(&issuer, &at("203.0.113.1", None), "alice").await.unwrap();
    let again = tried(&issuer, &at("203.0.113.1", Some(&known)), "alice").await.unwrap();
    assert!(again.matches(&known), "one browser, one secret");
    let key = |name: &str| Key::of(&["known browser", name, known.expose()]);
    let store = &issuer.store;
    assert!(
        store
            .get::<crate::store::record::KnownBrowserRecord>(key("alice"))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store.get::<crate::store::record::KnownBrowserRecord>(key("bob")).await.unwrap().is_none()
    );
}

#[tokio::test]
async fn one_address_gets_half_of_the_registrations() {
    let (issuer, _) = issuer_with(|config| config.limits.registration.events = 4, &[]);
    let register = async |from: &str| {
        let body = br#"{"redirect_uris":["https://app.example/cb"]}"#.to_vec();
        let from = Some(from.parse().unwrap());
        let request = crate::issuer::RegistrationRequest { bearer: None, body, from };
        let decision = issuer.register(&request).await.unwrap();
        let again_in = decision.record.again_in;
        decision.outcome.map(|_| ()).map_err(|refused| (refused.rule, again_in))
    };
    let hour = Some(Duration::from_secs(3600));
    for _ in 0..2 {
        assert_eq!(register("203.0.113.1").await, Ok(()));
    }
    assert_eq!(register("203.0.113.1").await, Err((&rule::REGISTRATION_RATE, hour)));
    for _ in 0..2 {
        assert_eq!(register("203.0.113.2").await, Ok(()));
    }
    assert_eq!(register("203.0.113.3").await, Err((&rule::REGISTRATION_RATE, hour)));
}
