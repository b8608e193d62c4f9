//! Guessing: many tries at once get no further than the same tries one after the other.

use super::*;
use crate::config::Password;
use crate::rule;

/// A hash of no known password at the lowest cost, so that a test waits for nothing.
const HASHED: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";

fn hashed(config: &mut Config) {
    config.users[0].password = Password::Argon2id(HASHED.to_owned());
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
