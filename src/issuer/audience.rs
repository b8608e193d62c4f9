//! From scope and resources to audiences (RFC 8707 §2): never required of a client, always there.

use super::{Client, Issuer};
use crate::config::{Api, ResourceIndicators, openid_scopes};
use crate::protocol::{ResourceUri, Scope};
use crate::rule::{self, Blocked, Fact, Judge};

/// A judged request for access: what may be granted.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The scope, defaulted if none was asked for.
    pub(super) scope: Scope,
    /// The resources that were named, and are honoured.
    pub(super) resources: Vec<ResourceUri>,
}

/// What was asked for, as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The scope parameter; [`Asked::NO_SCOPE`] where a missing one has no default.
    pub(super) scope: Option<&'a str>,
    /// The resource parameters.
    pub(super) resources: &'a [String],
    /// Whether a user is behind the grant, so that `OpenID` scopes make sense.
    pub(super) user: bool,
}

impl Asked<'_> {
    /// No scope at all, which no parameter can say: an empty one counts as omitted.
    pub(super) const NO_SCOPE: &'static str = "";
}

impl Issuer {
    /// Judges scope and resource: well-formed, known, allowed for the client, of one API or of the
    /// named ones.
    pub(super) fn judge_target(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        asked: Asked<'_>,
    ) -> Result<Target, Blocked> {
        let resources = self.judge_resources(judge, asked.resources);
        let scope = asked.scope.map(Scope::parse).transpose();
        let well_formed = scope.is_ok();
        judge.check(&rule::SCOPE_FORM, well_formed, || {
            let got = Fact::optional(asked.scope);
            (Fact::fixed("printable ASCII tokens, separated by single spaces"), got)
        });
        let (Some(resources), Ok(scope)) = (resources, scope) else {
            judge.stage()?;
            // Waived forms have no substitute: nothing can be granted for what cannot be read.
            return Ok(Target { scope: Scope::empty(), resources: Vec::new() });
        };
        let scope = scope.unwrap_or_else(|| self.default_scope(client, &resources, asked.user));
        // An audience without any of its scopes is access to whatever asks for no more.
        let wanted = asked.scope != Some(Asked::NO_SCOPE);
        let empty = wanted && scope.is_empty() && self.have_scopes(&resources);
        self.judge_scope(judge, client, &scope, empty);
        self.judge_apis(judge, &scope, &resources);
        Ok(Target { scope, resources })
    }

    fn judge_resources(&self, judge: &mut Judge<'_>, asked: &[String]) -> Option<Vec<ResourceUri>> {
        if asked.is_empty() || self.config.resource_indicators == ResourceIndicators::Off {
            judge.not_applicable(&rule::TARGET_FORM);
            judge.not_applicable(&rule::TARGET_KNOWN);
            return Some(Vec::new());
        }
        let parsed: Result<Vec<_>, _> = asked.iter().map(|text| ResourceUri::parse(text)).collect();
        judge.check(&rule::TARGET_FORM, parsed.is_ok(), || {
            (Fact::fixed("absolute URIs without fragment"), Fact::any_of(asked))
        });
        let resources = parsed.ok()?;
        let known = resources.iter().all(|one| self.config.api_of_resource(one).is_some());
        judge.check(&rule::TARGET_KNOWN, known, || {
            let identifiers = self.config.apis.iter().map(|api| self.config.identifier(api));
            (Fact::any_of(identifiers), Fact::any_of(&resources))
        });
        Some(resources)
    }

    /// Whether any of these resources has scopes.
    fn have_scopes(&self, resources: &[ResourceUri]) -> bool {
        let mut named = resources.iter().filter_map(|one| self.config.api_of_resource(one));
        named.any(|api| !api.scopes.is_empty())
    }

    fn judge_scope(&self, judge: &mut Judge<'_>, client: &Client, scope: &Scope, empty: bool) {
        let all = self.config.scopes();
        judge.check(&rule::SCOPE_KNOWN, scope.is_subset(&all), || {
            (Fact::any_of(all.iter()), Fact::any_of(scope.difference(&all).iter()))
        });
        let allowed = client.allowed_scope(&all);
        // What no API knows is the business of the rule above.
        let beyond = scope.intersection(&all).difference(&allowed);
        judge.check(&rule::SCOPE_CLIENT, beyond.is_empty() && !empty, || {
            let got = if beyond.is_empty() { scope } else { &beyond };
            (Fact::any_of(allowed.iter()), Fact::any_of(got.iter()))
        });
    }

    fn judge_apis(&self, judge: &mut Judge<'_>, scope: &Scope, resources: &[ResourceUri]) {
        let of_apis = scope.difference(&openid_scopes());
        let apis = self.apis_of(&of_apis);
        let named: Vec<_> =
            resources.iter().filter_map(|one| self.config.api_of_resource(one)).collect();
        if named.is_empty() {
            judge.not_applicable(&rule::SCOPE_TARGET);
            judge.check(&rule::SCOPE_ONE_API, apis.len() <= 1, || {
                (Fact::fixed("scopes of one API"), Fact::any_of(apis.iter().map(|api| &api.name)))
            });
            return;
        }
        judge.not_applicable(&rule::SCOPE_ONE_API);
        let foreign = apis.iter().filter(|api| !named.iter().any(|own| own.name == api.name));
        let foreign: Vec<_> = foreign.map(|api| api.name.clone()).collect();
        judge.check(&rule::SCOPE_TARGET, foreign.is_empty(), || {
            let expected = Fact::any_of(named.iter().map(|api| &api.name));
            (expected, Fact::any_of(apis.iter().map(|api| &api.name)))
        });
    }

    fn apis_of(&self, scope: &Scope) -> Vec<&Api> {
        let mut apis: Vec<&Api> = Vec::new();
        for token in scope.iter() {
            if let Some(api) = self.config.api_of_scope(token)
                && !apis.iter().any(|known| known.name == api.name)
            {
                apis.push(api);
            }
        }
        apis
    }

    /// Without a scope parameter: all that the client may have at the named resources, or all that
    /// it may have at all (RFC 6749 §3.3 asks for a documented default).
    fn default_scope(&self, client: &Client, resources: &[ResourceUri], user: bool) -> Scope {
        let allowed = client.allowed_scope(&self.config.scopes());
        let openid = openid_scopes();
        let named: Vec<_> =
            resources.iter().filter_map(|one| self.config.api_of_resource(one)).collect();
        allowed.filtered(|token| {
            if openid.contains(token) {
                return user && named.is_empty() && client.metadata.scope.is_some();
            }
            named.is_empty()
                || named.iter().any(|api| api.scopes.iter().any(|(own, _)| own.as_str() == token))
        })
    }

    /// The audiences of a granted scope: the named resources, else the API of the scopes; and the
    /// issuer, whenever `openid` is granted, so that userinfo can tell its tokens.
    pub(super) fn audience(&self, scope: &Scope, resources: &[ResourceUri]) -> Vec<String> {
        let named = resources.iter().filter_map(|one| self.config.api_of_resource(one));
        let mut apis: Vec<&Api> = named.collect();
        if apis.is_empty() {
            apis = self.apis_of(scope);
        }
        let mut audience: Vec<String> = Vec::new();
        for identifier in apis.into_iter().map(|api| self.config.identifier(api)) {
            if !audience.contains(&identifier) {
                audience.push(identifier);
            }
        }
        if scope.contains("openid") {
            audience.push(self.url().as_str().to_owned());
        }
        audience
    }

    /// Narrows a granted audience to the resources of a token request (RFC 8707 §2.2), and the
    /// scope with it. The issuer stays, whenever `openid` does.
    pub(super) fn judge_narrowing(
        &self,
        judge: &mut Judge<'_>,
        granted: (&Scope, &[String]),
        asked: &[String],
    ) -> (Scope, Vec<String>) {
        let (scope, audience) = granted;
        if asked.is_empty() || self.config.resource_indicators == ResourceIndicators::Off {
            judge.not_applicable(&rule::TARGET_GRANTED);
            return (scope.clone(), audience.to_vec());
        }
        let parsed: Vec<_> =
            asked.iter().filter_map(|text| ResourceUri::parse(text).ok()).collect();
        let identifiers: Vec<_> = parsed
            .iter()
            .map(|one| match self.config.api_of_resource(one) {
                Some(api) => self.config.identifier(api),
                None => one.as_str().to_owned(),
            })
            .collect();
        let openid = openid_scopes();
        let narrowed = scope.filtered(|token| {
            openid.contains(token)
                || self
                    .config
                    .api_of_scope(token)
                    .is_some_and(|api| identifiers.contains(&self.config.identifier(api)))
        });
        let empty = narrowed.is_empty() && !scope.is_empty() && self.have_scopes(&parsed);
        let holds = !empty && identifiers.iter().all(|one| audience.contains(one));
        judge.check(&rule::TARGET_GRANTED, holds, || (Fact::any_of(audience), Fact::any_of(asked)));
        (narrowed.clone(), self.audience(&narrowed, &parsed))
    }

    /// Judges the form of resources at the token endpoint.
    pub(super) fn judge_target_form(judge: &mut Judge<'_>, asked: &[String]) {
        if asked.is_empty() {
            judge.not_applicable(&rule::TARGET_FORM);
            return;
        }
        let holds = asked.iter().all(|text| ResourceUri::parse(text).is_ok());
        judge.check(&rule::TARGET_FORM, holds, || {
            (Fact::fixed("absolute URIs without fragment"), Fact::any_of(asked))
        });
    }
}
