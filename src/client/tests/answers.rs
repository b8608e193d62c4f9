//! Answers that nobody sent: whatever comes to the redirect URI, in whatever mode, nothing panics,
//! and no code is taken that did not come with our own state.

use proptest::prelude::*;

use super::server::{NOW, http};
use crate::client::{
    Arrival, AuthorizationServer, ClientError, CodeFlow, CodeSettings, Credentials, Keyring,
    TokenTarget,
};
use crate::protocol::{AuthorizationServerMetadata, IssuerUrl, ResponseMode, Secret};
use crate::random::Random;

const CALLBACK: &str = "https://rp.test/cb";

fn flow(mode: ResponseMode) -> CodeFlow {
    let metadata = AuthorizationServerMetadata {
        authorization_endpoint: Some("https://as.test/authorize".to_owned()),
        ..AuthorizationServerMetadata::default()
    };
    let server = AuthorizationServer::known(IssuerUrl::parse("https://as.test").unwrap(), metadata);
    let settings = CodeSettings {
        credentials: Credentials::public("app"),
        redirect_uri: CALLBACK.to_owned(),
        target: TokenTarget::default(),
        pkce: None,
        response_mode: Some(mode),
        extra: Vec::new(),
    };
    CodeFlow::begin(&server, settings, &Random::seeded("answers")).unwrap()
}

fn received(mode: ResponseMode, arrival: &Arrival) -> Result<Secret, ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let keyring = Keyring { keys: None, now: NOW };
    runtime.block_on(flow(mode).receive(&http(), arrival, keyring))
}

/// The same parameters in each of the three places.
fn arrivals(parameters: &str) -> [Arrival; 3] {
    [
        Arrival::address(format!("{CALLBACK}?{parameters}")),
        Arrival::address(format!("{CALLBACK}#{parameters}")),
        Arrival::posted(parameters),
    ]
}

#[test]
fn the_right_state_in_the_right_place_is_taken_and_in_any_other_refused() {
    let state = flow(ResponseMode::Query).state.expose().to_owned();
    let taken = arrivals(&format!("code=c&state={state}"));
    for (at, mode) in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost]
        .into_iter()
        .enumerate()
    {
        for (came, arrival) in taken.iter().enumerate() {
            assert_eq!(received(mode, arrival).is_ok(), at == came, "{mode} {arrival:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_made_up_answer_is_taken(
        text in "((code|state|iss|error|response|code%)(=|==)?[a-z%0-9+.]{0,12}[&?#]?){0,6}|\\PC{0,60}",
        mode in prop::sample::select(ResponseMode::ALL),
    ) {
        for arrival in arrivals(&text) {
            prop_assert!(received(mode, &arrival).is_err());
        }
        prop_assert!(received(mode, &Arrival::address(text)).is_err());
    }

    /// Neither a JWT without a signature, nor bytes that look like one.
    #[test]
    fn no_made_up_jwt_is_taken(
        alg in "(none|NONE|ES256|HS256|RS256|)",
        signature in "[A-Za-z0-9_-]{0,40}",
        parts in 0_usize..5,
        mode in prop::sample::select(ResponseMode::ALL),
    ) {
        use base64::Engine as _;
        let encode = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let state = flow(mode).state;
        let claims = serde_json::json!({
            "iss": "https://as.test", "aud": "app", "exp": NOW.secs() + 60, "code": "c",
            "state": state.expose(),
        });
        let header = encode(serde_json::json!({ "alg": alg }).to_string());
        let whole = [header, encode(claims.to_string()), signature, String::new()];
        let jwt = whole[..parts.min(4)].join(".");
        for arrival in arrivals(&format!("response={jwt}")) {
            prop_assert!(received(mode, &arrival).is_err());
        }
    }
}
