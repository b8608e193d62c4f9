//! The lab without any file.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    AccessTokenFormat, Api, Bind, ClientConfig, Config, ConfigError, ConsentConfig, ConsentMode,
    InspectorConfig, IntrospectionCallers, IssuerConfig, LoginMode, Password, Profile, Rate,
    RateLimits, RegistrationMode, ResourceIndicators, ResourceServerConfig, Rotation,
    SessionConfig, StoreConfig, TlsMode, TokenValidation, Tokens, UserConfig,
};
use crate::protocol::{
    Algorithm, AuthMethod, ClientId, ClientMetadata, GrantType, IssuerUrl, RedirectUri,
    ResponseType, Scope, ScopeToken, Secret, Subject,
};

impl Config {
    /// The lab without any file.
    pub fn builtin() -> Result<Self, ConfigError> {
        Ok(Self {
            lab: "demo".to_owned(),
            profile: Profile::OAuth21,
            strict: false,
            issuer: IssuerConfig {
                url: IssuerUrl::parse("https://localhost:9443").map_err(ConfigError::of)?,
                aliases: vec![
                    IssuerUrl::parse("https://host.docker.internal:9443")
                        .map_err(ConfigError::of)?,
                ],
                bind: Bind::Loopback,
                port: 9443,
            },
            tls: TlsMode::SelfSigned,
            store: StoreConfig::Memory,
            tokens: tokens(),
            resource: ResourceServerConfig {
                url: "https://localhost:9444".to_owned(),
                port: 9444,
                client_id: ClientId::parse("notes-api").map_err(ConfigError::of)?,
                client_secret: None,
            },
            apis: apis()?,
            resource_indicators: ResourceIndicators::Optional,
            clients: clients()?,
            users: users()?,
            login: LoginMode::Form,
            consent: ConsentConfig { mode: ConsentMode::Ask, remember_confidential: true },
            registration: RegistrationMode::Open,
            cors_origins: vec!["https://app.localhost".to_owned()],
            limits: RateLimits {
                login_failures: Rate { events: 5, per: Duration::from_secs(60) },
                token: Rate { events: 600, per: Duration::from_secs(60) },
                registration: Rate { events: 200, per: Duration::from_secs(3600) },
            },
            sessions: SessionConfig {
                idle: Duration::from_secs(15 * 60),
                absolute: Duration::from_secs(8 * 3600),
            },
            introspection: IntrospectionCallers::Authenticated,
            weaknesses: Vec::new(),
            inspector: InspectorConfig { port: 9445, redact: true },
        })
    }
}

fn tokens() -> Tokens {
    Tokens {
        access_format: AccessTokenFormat::Jwt,
        access_alg: Algorithm::Es256,
        access_ttl: Duration::from_secs(600),
        id_token_alg: Algorithm::Es256,
        rotation: Rotation::Strict,
        refresh_idle: Duration::from_secs(30 * 60),
        refresh_ttl: Duration::from_secs(8 * 3600),
        code_ttl: Duration::from_secs(60),
    }
}

fn apis() -> Result<Vec<Api>, ConfigError> {
    let scope = |token: &str, meaning: &str| {
        let token = ScopeToken::parse(token).map_err(ConfigError::of)?;
        Ok::<_, ConfigError>((token, meaning.to_owned()))
    };
    Ok(vec![
        Api {
            name: "notes".to_owned(),
            path: "/notes".to_owned(),
            scopes: vec![
                scope("notes:read", "Read your notes")?,
                scope("notes:write", "Write your notes")?,
            ],
            validation: TokenValidation::Introspection,
            identifiers: Vec::new(),
        },
        Api {
            name: "mcp".to_owned(),
            path: "/mcp".to_owned(),
            scopes: vec![scope("mcp:tools", "Call tools")?],
            validation: TokenValidation::Introspection,
            identifiers: Vec::new(),
        },
    ])
}

fn clients() -> Result<Vec<ClientConfig>, ConfigError> {
    let web = ClientMetadata {
        redirect_uris: vec![
            RedirectUri::parse("http://127.0.0.1/callback").map_err(ConfigError::of)?,
        ],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseType::Code],
        ..metadata(AuthMethod::None, "openid profile notes:read notes:write")?
    };
    let ci = ClientMetadata {
        grant_types: vec![GrantType::ClientCredentials],
        ..metadata(AuthMethod::ClientSecretBasic, "notes:read")?
    };
    Ok(vec![
        ClientConfig {
            id: ClientId::parse("web").map_err(ConfigError::of)?,
            secret: None,
            generated_secret: false,
            metadata: web,
        },
        ClientConfig {
            id: ClientId::parse("ci").map_err(ConfigError::of)?,
            secret: Some(Secret::new("ci-secret-for-the-lab-only")),
            generated_secret: false,
            metadata: ci,
        },
    ])
}

fn metadata(method: AuthMethod, scope: &str) -> Result<ClientMetadata, ConfigError> {
    Ok(ClientMetadata {
        redirect_uris: Vec::new(),
        token_endpoint_auth_method: method,
        grant_types: Vec::new(),
        response_types: Vec::new(),
        scope: Some(Scope::parse(scope).map_err(ConfigError::of)?),
        client_name: None,
        client_uri: None,
        application_type: None,
        id_token_signed_response_alg: None,
        software_id: None,
        software_version: None,
    })
}

fn users() -> Result<Vec<UserConfig>, ConfigError> {
    let user = |name: &str, full: &str| {
        let claims: Map<String, Value> = Map::from_iter([
            ("name".to_owned(), json!(full)),
            ("email".to_owned(), json!(format!("{name}@example.com"))),
        ]);
        Ok(UserConfig {
            name: name.to_owned(),
            subject: Subject::parse(name).map_err(ConfigError::of)?,
            password: Password::Plain(Secret::new(name)),
            claims,
        })
    };
    Ok(vec![user("alice", "Alice Example")?, user("bob", "Bob Example")?])
}
