//! Rules by which the high-security profile refuses clients and senders that others take.

use oauthlab::config::Config;
use oauthlab::protocol::GrantType;
use oauthlab::rule;

use super::super::support::http::Answer;
use super::super::support::keyed::{SIGNER, claims, signed};
use super::super::support::lab::CI_SECRET;
use super::wire::Wire::Json;
use super::{Scene, Setting, Table, client, prove, row};

/// Clients with a secret and with a key may use every grant that the profile has.
pub(super) fn allow(config: &mut Config) {
    let profile = config.profile;
    for client in &mut config.clients {
        if ["ci", SIGNER].contains(&client.id.as_str()) {
            client.metadata.grant_types = profile.grants().to_vec();
        }
    }
    assert!(profile.grants().contains(&GrantType::RefreshToken));
}

/// A client that shows its secret, and it is right.
fn with_secret(scene: &Scene<'_>) -> Answer {
    client::send(scene, &[], |request| request.basic("ci", CI_SECRET))
}

/// A client that the profile takes, without any key for its tokens.
fn unbound(scene: &Scene<'_>) -> Answer {
    client::asserted(scene, &signed(&claims(scene, SIGNER)), &[])
}

macro_rules! profile_table {
    ($name:ident, [$($more:expr),* $(,)?]) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$name,
            rows: &[
                row(&rule::PROFILE_CLIENT_AUTH, Json, with_secret).on(Setting::HighSecurity),
                $($more),*
            ],
        };
    };
}

macro_rules! bound_table {
    ($name:ident) => {
        profile_table!(
            $name,
            [row(&rule::PROFILE_SENDER_CONSTRAINED, Json, unbound).on(Setting::HighSecurity)]
        );
    };
}

profile_table!(INTROSPECT, []);
profile_table!(PAR, []);
profile_table!(REVOKE, []);
bound_table!(TOKEN_CLIENT_CREDENTIALS);
bound_table!(TOKEN_CODE);
bound_table!(TOKEN_REFRESH);

#[test]
fn rules_of_the_high_security_profile() {
    prove(&[&INTROSPECT, &PAR, &REVOKE]);
    prove(&[&TOKEN_CLIENT_CREDENTIALS, &TOKEN_CODE, &TOKEN_REFRESH]);
}
