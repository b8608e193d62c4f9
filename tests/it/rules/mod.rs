//! Every rule, driven to *broken* over the wire. One row a rule and decision point: a request that
//! breaks it. The wire must say what the rule's public face says and nothing more, and the
//! inspector must name the rule.

mod authorize;
mod certificate;
mod client;
mod client_document;
mod code;
mod device;
mod exchange;
mod inspector;
mod jwt_bearer;
mod logout;
mod machine;
mod mcp;
mod other_issuer;
mod pages;
mod password;
mod profile;
mod pushed_proof;
mod refresh;
mod register;
mod request;
mod request_object;
mod resource;
mod sender;
mod statement;
mod status;
mod wire;
mod wish;

use std::collections::BTreeSet;
use std::ops::Deref;
use std::time::Duration;

use oauthlab::config::{
    AccessTokenFormat, Config, ConsentMode, Profile, Rate, RegistrationMode, StoreConfig,
    TokenValidation,
};
use oauthlab::lab::LabOptions;
use oauthlab::protocol::{GrantType, ResponseType, Secret};
use oauthlab::rule::{self, DOCKETS, Docket, RULES, Rule};

use super::support::http::Answer;
use super::support::keyed;
use super::support::lab::TestLab;
use wire::{Wire, judge};

/// Planted where a request sends a secret: it must come back nowhere, the record included.
const CANARY: &str = "leak-canary-0123456789-0123456789-0123456789";

/// One way to break one rule.
struct Row {
    rule: &'static Rule,
    wire: Wire,
    setting: Setting,
    /// The rule whose face the wire shows, where an earlier rule of the docket is broken as well.
    shown: &'static Rule,
    drive: fn(&Scene<'_>) -> Answer,
}

/// The rows of one decision point.
struct Table {
    docket: &'static Docket,
    rows: &'static [Row],
}

/// The lab that a row needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Builtin,
    ConsentDenied,
    /// A public client that is configured for the grants of machines.
    PublicMachine,
    /// Alice has named another actor than the machine client.
    MayAct,
    /// Assertions of an issuer are taken.
    TrustedIssuer,
    NoTokenRequests,
    NoRegistrations,
    /// An address may send one request.
    Flooded,
    RegistrationOff,
    RegistrationByToken,
    /// Clients are known by the address of their metadata.
    ClientDocuments,
    ClientDocumentsOfOneHost,
    /// Registration wants a statement of somebody whom the lab trusts.
    SoftwareStatements,
    /// A code can be had without a challenge.
    ChallengeOptional,
    /// The APIs check signatures themselves.
    LocalValidation,
    Opaque,
    /// The rule book with the grants that others left out, and clients that may use them: the
    /// public one gets ID tokens in the front channel, and no access tokens.
    Legacy,
    /// The rule book that has the fewest grants.
    HighSecurity,
    /// One API alone, whose issuer does not answer.
    IssuerGone,
    /// One API alone, whose issuer vouches for tokens of somebody else.
    OtherIssuer,
    /// The machine client may use every grant, as in the three settings that follow.
    EveryGrant,
    /// Every proof needs a nonce.
    NonceRequired,
    /// The machine client always uses `DPoP`.
    ProofRequired,
    /// The tokens of the public and of the machine client are always bound to a certificate.
    CertificateRequired,
    /// The APIs take bound tokens only.
    BoundTokensOnly,
    /// Writing notes needs a better or a newer login.
    StepUp,
    /// A store without room for one more record.
    Full,
    /// A store that cannot be reached.
    StoreGone,
}

/// A row at work.
struct Scene<'a> {
    lab: &'a TestLab,
    docket: &'static Docket,
}

const fn row(rule: &'static Rule, wire: Wire, drive: fn(&Scene<'_>) -> Answer) -> Row {
    Row { rule, wire, setting: Setting::Builtin, shown: rule, drive }
}

impl Row {
    const fn on(self, setting: Setting) -> Self {
        Self { setting, ..self }
    }

    const fn shown_as(self, shown: &'static Rule) -> Self {
        Self { shown, ..self }
    }
}

impl Deref for Scene<'_> {
    type Target = TestLab;

    fn deref(&self) -> &TestLab {
        self.lab
    }
}

impl Setting {
    fn lab(self) -> TestLab {
        let configure = |config: &mut Config| {
            self.configure(config);
            keyed::add(config);
            if self == Self::HighSecurity {
                profile::allow(config);
            }
        };
        let lab = TestLab::launch(configure, |options| self.choose(options));
        if self == Self::Full {
            request::fill(&lab);
        }
        lab
    }

    fn configure(self, config: &mut Config) {
        let none = Rate { events: 0, per: Duration::from_secs(60) };
        match self {
            Self::Builtin | Self::IssuerGone | Self::OtherIssuer | Self::StoreGone => {}
            Self::Full => config.store = StoreConfig::Memory { capacity: Some(request::ROOM) },
            Self::ConsentDenied => config.consent.mode = ConsentMode::Deny,
            Self::PublicMachine => {
                let web = config.clients.iter_mut().find(|client| client.secret.is_none());
                let machine = [GrantType::ClientCredentials, GrantType::TokenExchange];
                web.unwrap().metadata.grant_types.extend(machine);
            }
            Self::NoTokenRequests => {
                config.limits.token = none;
                password::allow(config);
            }
            Self::Legacy => legacy(config),
            Self::HighSecurity => config.profile = Profile::Fapi2,
            Self::MayAct => {
                let other = serde_json::json!({ "sub": "somebody-else" });
                config.users[0].claims.insert("may_act".to_owned(), other);
            }
            Self::TrustedIssuer => jwt_bearer::trust(config),
            Self::Flooded => {
                config.limits.address = Rate { events: 1, per: Duration::from_secs(3600) };
                config.limits.loopback = true;
            }
            Self::NoRegistrations => config.limits.registration = none,
            Self::RegistrationOff => config.registration = RegistrationMode::Off,
            Self::RegistrationByToken => {
                let token = Secret::new("the-initial-access-token");
                config.registration = RegistrationMode::InitialAccessToken(Some(token));
            }
            Self::SoftwareStatements => statement::trust(config),
            Self::ClientDocuments => client_document::admit(config),
            Self::ClientDocumentsOfOneHost => client_document::admit_one_host(config),
            Self::ChallengeOptional => config.weaknesses = vec!["pkce-optional-public"],
            Self::LocalValidation => {
                for api in &mut config.apis {
                    api.validation = TokenValidation::Jwt;
                }
            }
            Self::EveryGrant
            | Self::NonceRequired
            | Self::ProofRequired
            | Self::CertificateRequired => sender::configure(self, config),
            Self::BoundTokensOnly | Self::StepUp => sender::guard(self, config),
            Self::Opaque => config.tokens.access_format = AccessTokenFormat::Opaque,
        }
    }

    fn choose(self, options: &mut LabOptions) {
        match self {
            Self::IssuerGone => resource::without_issuer(options),
            Self::OtherIssuer => other_issuer::trust(options),
            Self::StoreGone => options.engine = Some(request::gone()),
            _ => {}
        }
    }
}

/// The rule book with grants that others left out, for the clients of the lab.
fn legacy(config: &mut Config) {
    password::allow(config);
    let web = config.clients.iter_mut().find(|client| client.secret.is_none());
    let metadata = &mut web.unwrap().metadata;
    metadata.grant_types.push(GrantType::Implicit);
    metadata.response_types.push(ResponseType::IdToken);
}

const TABLES: &[&Table] = &[
    &authorize::AUTHORIZE,
    &authorize::PAR,
    &authorize::REQUEST,
    &certificate::RESOURCE,
    &certificate::TOKEN_REFRESH,
    &certificate::USERINFO,
    &client::PAR,
    &request_object::AUTHORIZE,
    &request_object::PAR,
    &request_object::PUSHED,
    &request_object::REFERENCES,
    &client::DEVICE,
    &client::INTROSPECT,
    &client_document::AUTHORIZE,
    &client_document::PAR,
    &client::REVOKE,
    &client::TOKEN_CLIENT_CREDENTIALS,
    &client::TOKEN_CODE,
    &client::TOKEN_DEVICE,
    &client::TOKEN_PASSWORD,
    &client::TOKEN_REFRESH,
    &code::TOKEN_ANY,
    &code::TOKEN_CODE,
    &device::DEVICE,
    &device::DEVICE_ANSWER,
    &device::DEVICE_USER_CODE,
    &device::TOKEN_DEVICE,
    &client::TOKEN_EXCHANGE,
    &client::TOKEN_JWT_BEARER,
    &exchange::TOKEN_EXCHANGE,
    &inspector::INSPECT,
    &logout::ACCOUNT,
    &logout::ACCOUNT_LOGIN,
    &logout::ACCOUNT_REVOKE,
    &logout::LOGOUT,
    &jwt_bearer::TOKEN_JWT_BEARER,
    &machine::TOKEN_CLIENT_CREDENTIALS,
    &mcp::MCP,
    &pages::CONSENT,
    &pages::LOGIN,
    &password::TOKEN_PASSWORD,
    &profile::INTROSPECT,
    &profile::PAR,
    &profile::REVOKE,
    &profile::TOKEN_CLIENT_CREDENTIALS,
    &profile::TOKEN_CODE,
    &profile::TOKEN_REFRESH,
    &pushed_proof::PAR,
    &refresh::TOKEN_REFRESH,
    &register::MANAGE_CLIENT,
    &register::MANAGE_METADATA,
    &register::REGISTER,
    &register::REGISTER_METADATA,
    &request::REQUEST,
    &resource::NOTE,
    &resource::RESOURCE,
    &sender::RESOURCE,
    &sender::TOKEN_CLIENT_CREDENTIALS,
    &sender::TOKEN_CODE,
    &sender::TOKEN_CODE_KEY,
    &sender::TOKEN_EXCHANGE,
    &sender::TOKEN_JWT_BEARER,
    &sender::TOKEN_DEVICE,
    &sender::TOKEN_PASSWORD,
    &sender::TOKEN_REFRESH,
    &sender::TOKEN_REFRESH_KEY,
    &sender::USERINFO,
    &statement::MANAGE_CLIENT,
    &statement::REGISTER,
    &status::INTROSPECT,
    &status::REVOKE,
    &status::REVOKE_TOKEN,
    &status::TOKEN_STATUS,
    &status::USERINFO,
    &wish::AUTHORIZE,
    &wish::PAR,
    &wish::LOGIN,
    &wish::TOKEN_CLIENT_CREDENTIALS,
    &wish::TOKEN_CODE,
    &wish::TOKEN_REFRESH,
];

/// What no request can reach, and why.
const UNREACHABLE: &[(&str, &str, &str)] = &[(
    "request",
    "server.condition",
    "it stands for a fault of ours: a request that reaches it is a bug",
)];

/// Dockets that begin others and are never judged alone.
const BEGINNINGS: &[&str] = &["client"];

/// Proves the rows of one file, with one lab a setting.
#[track_caller]
fn prove(tables: &[&Table]) {
    let rows: Vec<(&'static Docket, &'static Row)> =
        tables.iter().flat_map(|table| table.rows.iter().map(|row| (table.docket, row))).collect();
    let mut done: Vec<Setting> = Vec::new();
    for (_, first) in &rows {
        if done.contains(&first.setting) {
            continue;
        }
        done.push(first.setting);
        let lab = first.setting.lab();
        for (docket, row) in rows.iter().filter(|(_, row)| row.setting == first.setting) {
            let answer = (row.drive)(&Scene { lab: &lab, docket });
            judge(&lab, docket, row, &answer);
        }
    }
}

#[test]
fn every_rule_of_every_docket_has_a_row_or_a_reason() {
    let mut rows = BTreeSet::new();
    for table in TABLES {
        for row in table.rows {
            let (docket, rule) = (table.docket.id, row.rule.id);
            assert!(table.docket.rules.contains(&row.rule), "{rule} is not on {docket}");
            assert!(rows.insert((docket, rule)), "{docket} has two rows for {rule}");
        }
    }
    let reasons: BTreeSet<_> =
        UNREACHABLE.iter().map(|(docket, rule, _)| (*docket, *rule)).collect();
    let docked = DOCKETS.iter().filter(|docket| !BEGINNINGS.contains(&docket.id));
    let wanted: BTreeSet<_> =
        docked.flat_map(|docket| docket.rules.iter().map(|rule| (docket.id, rule.id))).collect();
    let missing: Vec<_> =
        wanted.iter().filter(|p| !rows.contains(p) && !reasons.contains(p)).collect();
    assert!(missing.is_empty(), "without a row: {missing:#?}");
    let idle: Vec<_> = reasons.iter().filter(|p| rows.contains(p) || !wanted.contains(p)).collect();
    assert!(idle.is_empty(), "reasons without need: {idle:?}");
    assert!(UNREACHABLE.len() <= 5);
    for rule in RULES {
        let proven = rows.iter().any(|(_, id)| *id == rule.id);
        let excused = reasons.iter().any(|(_, id)| *id == rule.id);
        assert!(proven || excused, "{} has no row", rule.id);
    }
    assert!(rule::find("pkce.verifier").is_some());
}
