//! The protected APIs as the configuration names them, and what their operations need.

use super::details::NoteNeed;
use crate::config::{Api, Config, StepUp, TokenValidation};
use crate::protocol::{NoteAction, ResourceUri, ResourceUriError, ScopeToken};

/// One protected API.
#[derive(Clone, Debug)]
pub struct ProtectedApi {
    name: String,
    path: String,
    kind: ApiKind,
    identifier: ResourceUri,
    aliases: Vec<ResourceUri>,
    scopes: Vec<ScopeToken>,
    validation: TokenValidation,
    bound_for: Option<String>,
    step_up: StepUp,
}

const WRITING: &str = ":write";

/// What an API does; its name in the configuration decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// Notes of each user: the API named `notes`.
    Notes,
    /// A Model Context Protocol endpoint: the API named `mcp`.
    Mcp,
    /// Says who called: every other API.
    Echo,
}

/// What an operation needs: one of some scopes (with none in it, any valid token will do), and a
/// login that is good enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    scopes: Vec<ScopeToken>,
    step_up: StepUp,
    pub(super) notes: Option<NoteNeed>,
}

impl ProtectedApi {
    pub(super) fn of(config: &Config, api: &Api) -> Result<Self, ResourceUriError> {
        let kind = match api.name.as_str() {
            "notes" => ApiKind::Notes,
            "mcp" => ApiKind::Mcp,
            _ => ApiKind::Echo,
        };
        Ok(Self {
            name: api.name.clone(),
            path: if api.path.is_empty() { "/".to_owned() } else { api.path.clone() },
            kind,
            identifier: ResourceUri::parse(&config.identifier(api))?,
            aliases: api.identifiers.clone(),
            scopes: api.scopes.iter().map(|(token, _)| token.clone()).collect(),
            validation: api.validation,
            bound_for: api.requires_bound_tokens.then(|| {
                let profile = config.demands_bound_tokens().then(|| config.profile.as_str());
                profile.map_or("the API".to_owned(), |name| format!("the profile {name}"))
            }),
            step_up: api.step_up.clone(),
        })
    }

    /// Its short name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path on this server, beginning with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it does.
    pub const fn kind(&self) -> ApiKind {
        self.kind
    }

    /// Its identifier, the exact string of its metadata and of audiences.
    pub fn identifier(&self) -> &str {
        self.identifier.as_str()
    }

    /// Every identifier that an audience may name: its own, and further ones of the configuration.
    pub fn identifiers(&self) -> impl Iterator<Item = &ResourceUri> {
        std::iter::once(&self.identifier).chain(&self.aliases)
    }

    /// Where its metadata stands (RFC 9728 §3.1).
    pub fn metadata_url(&self) -> String {
        self.identifier.metadata_url()
    }

    /// The path of [`ProtectedApi::metadata_url`].
    pub fn metadata_path(&self) -> String {
        let url = self.metadata_url();
        url.get(self.identifier.origin().len()..).unwrap_or_default().to_owned()
    }

    /// Whether it takes only tokens that are bound to a key of their sender.
    pub const fn requires_bound_tokens(&self) -> bool {
        self.bound_for.is_some()
    }

    /// Who wants that.
    pub(super) fn bound_for(&self) -> Option<&str> {
        self.bound_for.as_deref()
    }

    /// The URL of one of its paths, as clients see it.
    pub fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.identifier.origin())
    }

    /// How it checks tokens.
    pub const fn validation(&self) -> TokenValidation {
        self.validation
    }

    /// The scopes that its operations need. `offline_access` is none of them: it is between client
    /// and issuer (MCP 2026-07-28, Authorization, Refresh Tokens).
    pub fn scopes_supported(&self) -> Vec<String> {
        let scopes = self.scopes.iter().map(ScopeToken::as_str);
        scopes.filter(|scope| *scope != "offline_access").map(str::to_owned).collect()
    }

    /// What reading needs: the first scope that ends in `:read`, else any scope of the API.
    pub fn reading(&self) -> Need {
        self.named(":read", StepUp::default(), NoteAction::Read)
    }

    /// What writing needs: the first scope that ends in `:write`, else any scope of the API.
    pub fn writing(&self) -> Need {
        self.named(WRITING, self.step_up.clone(), NoteAction::Write)
    }

    /// What deleting needs: the scope of writing.
    pub fn deleting(&self) -> Need {
        self.named(WRITING, self.step_up.clone(), NoteAction::Delete)
    }

    /// Any scope of the API.
    pub fn using(&self) -> Need {
        let writes = !self.scopes.iter().any(|scope| scope.as_str().ends_with(WRITING));
        let step_up = if writes { self.step_up.clone() } else { StepUp::default() };
        Need { scopes: self.scopes.clone(), step_up, notes: None }
    }

    fn named(&self, ending: &str, step_up: StepUp, action: NoteAction) -> Need {
        let named = self.scopes.iter().find(|scope| scope.as_str().ends_with(ending));
        let scopes = named.map_or_else(|| self.scopes.clone(), |scope| vec![scope.clone()]);
        let of_notes = self.kind == ApiKind::Notes;
        Need { scopes, step_up, notes: of_notes.then_some(NoteNeed { action, note: None }) }
    }
}

impl Need {
    /// The scopes, one of which suffices.
    pub fn any_of(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(ScopeToken::as_str)
    }

    /// How the user must be authenticated.
    pub const fn step_up(&self) -> &StepUp {
        &self.step_up
    }

    /// The scope that a challenge asks for: one that suffices, not all that exist.
    pub fn challenge(&self) -> Option<&str> {
        self.any_of().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apis() -> Vec<ProtectedApi> {
        let config = Config::builtin().unwrap();
        config.apis.iter().map(|api| ProtectedApi::of(&config, api).unwrap()).collect()
    }

    #[test]
    fn scopes_follow_from_their_endings() {
        let [notes, mcp] = &apis()[..] else { panic!("two APIs") };
        assert_eq!(notes.reading().any_of().collect::<Vec<_>>(), ["notes:read"]);
        assert_eq!(notes.writing().any_of().collect::<Vec<_>>(), ["notes:write"]);
        assert_eq!(mcp.reading(), mcp.using());
        assert_eq!(mcp.using().challenge(), Some("mcp:tools"));
    }

    #[test]
    fn metadata_stands_at_the_inserted_path_and_at_the_root_only_without_a_path() {
        let mut config = Config::builtin().unwrap();
        config.apis[0].path = "/".to_owned();
        let root = ProtectedApi::of(&config, &config.apis[0]).unwrap();
        assert_eq!(root.metadata_path(), "/.well-known/oauth-protected-resource");
        assert_eq!(apis()[1].metadata_path(), "/.well-known/oauth-protected-resource/mcp");
    }
}
