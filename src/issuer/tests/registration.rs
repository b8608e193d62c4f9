//! Dynamic registration and its management.

use super::*;
use crate::config::RegistrationMode;
use crate::protocol::ClientInformation;
use crate::rule;

fn registration(body: &str) -> RegistrationRequest {
    RegistrationRequest { bearer: None, body: body.as_bytes().to_vec(), from: None }
}

pub(super) async fn registered(issuer: &Issuer, body: &str) -> ClientInformation {
    issuer.register(&registration(body)).await.unwrap().outcome.unwrap()
}

pub(super) fn managed(client: &ClientInformation, action: ManageAction) -> ManageRequest {
    ManageRequest {
        client_id: client.client_id.as_str().to_owned(),
        bearer: client.registration_access_token.clone(),
        action,
    }
}

pub(super) async fn delete(issuer: &Issuer, client: &ClientInformation) {
    let decision = issuer.manage(&managed(client, ManageAction::Delete)).await.unwrap();
    assert!(decision.outcome.unwrap().is_none());
}

/// RFC 7592 §2.3: what a deleted client was given ends with it.
#[tokio::test]
async fn tokens_of_a_deleted_client_are_dead() {
    let (issuer, _) = issuer();
    let body = r#"{"grant_types":["client_credentials"],"scope":"notes:read"}"#;
    let client = registered(&issuer, body).await;
    let secret = client.client_secret.clone().unwrap();
    let presented = basic(client.client_id.as_str(), secret.expose());
    let asked = ScopeRequest { scope: Some("notes:read".into()), ..ScopeRequest::default() };
    let request = TokenRequest::ClientCredentials(asked);
    let tokens = issuer.exchange(&request, &presented).await.unwrap().outcome.unwrap();
    assert!(is_active(&issuer, &tokens.access_token).await);
    delete(&issuer, &client).await;
    assert!(!is_active(&issuer, &tokens.access_token).await);
}

#[tokio::test]
async fn an_update_that_lost_to_a_deletion_brings_nothing_back() {
    let (issuer, _) = issuer();
    let client = registered(&issuer, r#"{"redirect_uris":["https://a.test/"]}"#).await;
    let body =
        format!(r#"{{"client_id":"{}","redirect_uris":["https://b.test/"]}}"#, client.client_id);
    let update = managed(&client, ManageAction::Update(body.into_bytes()));
    let mut judge = crate::rule::Judge::new(&rule::MANAGE_CLIENT, &NoWaivers);
    let (_, late) = issuer.judge_management(&mut judge, &update).await.unwrap();
    delete(&issuer, &client).await;
    let lost = apply(&issuer, &late).await;
    assert!(matches!(lost, Err(Fault::Contention)), "{lost:?}");
    let decision = issuer.manage(&managed(&client, ManageAction::Read)).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::MANAGE_TOKEN);
}

#[tokio::test]
async fn defaults_are_chosen_and_echoed_without_nulls() {
    let (issuer, _) = issuer();
    let client =
        registered(&issuer, r#"{"redirect_uris":["http://127.0.0.1/cb"],"scope":null}"#).await;
    let json = serde_json::to_value(&client).unwrap();
    assert_eq!(json["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(json["grant_types"], serde_json::json!(["authorization_code"]));
    assert_eq!(json["response_types"], serde_json::json!(["code"]));
    assert_eq!(json["id_token_signed_response_alg"], "RS256");
    assert_eq!(json["client_secret_expires_at"], 0);
    assert!(!json.to_string().contains("null"));
}

#[tokio::test]
async fn each_fault_has_its_rule() {
    let (issuer, _) = issuer();
    let cases: &[(&str, &'static Rule)] = &[
        ("[]", &rule::REGISTRATION_JSON),
        (r#"{"redirect_uris":"x"}"#, &rule::REGISTRATION_JSON),
        (r#"{"redirect_uris":["javascript:alert(1)"]}"#, &rule::REGISTRATION_REDIRECT_URI),
        (r#"{"redirect_uris":["http://example.com/"]}"#, &rule::REGISTRATION_REDIRECT_URI),
        ("{}", &rule::REGISTRATION_REDIRECT_PRESENT),
        (
            r#"{"redirect_uris":["https://a.test/"],"token_endpoint_auth_method":"telepathy"}"#,
            &rule::REGISTRATION_AUTH_METHOD,
        ),
        (
            r#"{"redirect_uris":["https://a.test/"],"grant_types":["password"]}"#,
            &rule::REGISTRATION_GRANTS,
        ),
        (
            r#"{"redirect_uris":["https://a.test/"],"response_types":["token"]}"#,
            &rule::REGISTRATION_RESPONSE_TYPES,
        ),
        (
            r#"{"grant_types":["client_credentials"],"token_endpoint_auth_method":"none"}"#,
            &rule::REGISTRATION_GRANT_CLIENT,
        ),
        (r#"{"redirect_uris":["https://a.test/"],"scope":"nope"}"#, &rule::REGISTRATION_SCOPE),
        (
            r#"{"redirect_uris":["https://a.test/"],"id_token_signed_response_alg":"none"}"#,
            &rule::REGISTRATION_ALGORITHM,
        ),
        (
            r#"{"redirect_uris":["https://a.test/"],"client_name":"a\u202eb"}"#,
            &rule::REGISTRATION_TEXT,
        ),
    ];
    for (body, rule) in cases {
        let decision = issuer.register(&registration(body)).await.unwrap();
        assert_eq!(decision.outcome.unwrap_err().rule, *rule, "{body}");
    }
}

#[tokio::test]
async fn an_initial_access_token_is_wanted_where_the_lab_says_so() {
    let closed = |config: &mut Config| {
        config.registration = RegistrationMode::InitialAccessToken(None);
    };
    let (issuer, _) = issuer_with(closed, &[]);
    let mut request = registration(r#"{"redirect_uris":["https://a.test/"]}"#);
    let decision = issuer.register(&request).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::REGISTRATION_TOKEN);
    request.bearer = Some(Secret::new("initial"));
    assert!(issuer.register(&request).await.unwrap().outcome.is_ok());
}

#[tokio::test]
async fn a_registration_is_managed_with_its_own_token_only() {
    let (issuer, _) = issuer();
    let client = registered(&issuer, r#"{"redirect_uris":["https://a.test/"]}"#).await;
    let id = client.client_id.as_str().to_owned();
    let manage =
        |bearer: Option<Secret>, action| ManageRequest { client_id: id.clone(), bearer, action };
    let wrong = manage(Some(Secret::new("wrong")), ManageAction::Read);
    let decision = issuer.manage(&wrong).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::MANAGE_TOKEN);
    let token = client.registration_access_token;
    let other = format!(r#"{{"client_id":"x{id}","redirect_uris":["https://b.test/"]}}"#);
    let update = manage(token.clone(), ManageAction::Update(other.into_bytes()));
    let decision = issuer.manage(&update).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::MANAGE_IDENTITY);
    let own = format!(r#"{{"client_id":"{id}","redirect_uris":["https://b.test/"]}}"#);
    let update = manage(token.clone(), ManageAction::Update(own.into_bytes()));
    let updated = issuer.manage(&update).await.unwrap().outcome.unwrap().unwrap();
    assert_eq!(updated.metadata.redirect_uris[0].as_str(), "https://b.test/");
    let delete = manage(token.clone(), ManageAction::Delete);
    assert!(issuer.manage(&delete).await.unwrap().outcome.unwrap().is_none());
    let gone = issuer.manage(&manage(token, ManageAction::Read)).await.unwrap();
    assert_eq!(gone.outcome.unwrap_err().rule, &rule::MANAGE_TOKEN);
}
