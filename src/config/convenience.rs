//! What a lab makes easier than a strict one would: listed with its reason, so that an audit may
//! show it as accepted instead of as a surprise.

use super::{
    Config, ConsentMode, IntrospectionCallers, LoginMode, Password, Profile, RegistrationMode,
    ResourceIndicators, Rotation, TlsMode,
};
use crate::protocol::RedirectUri;

/// One thing that the lab makes easier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convenience {
    /// A stable id.
    pub id: &'static str,
    /// What is easier.
    pub what: String,
    /// Why a lab may.
    pub reason: &'static str,
}

impl Config {
    /// Every convenience of this lab. A strict lab has none.
    pub fn conveniences(&self) -> Vec<Convenience> {
        if self.strict {
            return Vec::new();
        }
        let mut list = Vec::new();
        let mut add = |id, what: String, reason| list.push(Convenience { id, what, reason });
        if matches!(self.registration, RegistrationMode::Open) {
            let reason = "clients and SDKs that register themselves work at once";
            add("registration.open", "anyone may register a client".to_owned(), reason);
        }
        self.known_secrets(&mut add);
        self.missing_questions(&mut add);
        self.missing_protection(&mut add);
        list
    }

    fn known_secrets(&self, add: &mut impl FnMut(&'static str, String, &'static str)) {
        for client in self.clients.iter().filter(|client| client.secret.is_some()) {
            let reason = "examples and tests can use it without reading it from anywhere first";
            add(
                "client.known-secret",
                format!("the secret of client `{}` is known", client.id),
                reason,
            );
        }
        if self.resource.client_secret.is_some() {
            let what = format!("the secret of client `{}` is known", self.resource.client_id);
            add("client.known-secret", what, "somebody may introspect by hand");
        }
        for user in &self.users {
            if let Password::Plain(_) = user.password {
                let what = format!("the password of user `{}` is known", user.name);
                add("user.known-password", what, "anyone at this machine can log in and try");
            }
        }
        for client in &self.clients {
            if client.metadata.redirect_uris.iter().any(RedirectUri::is_loopback) {
                let what = format!("client `{}` receives codes on any loopback port", client.id);
                let reason =
                    "native applications choose their port at run time (RFC 8252 section 7.3)";
                add("client.loopback-redirect", what, reason);
            }
        }
    }

    fn missing_questions(&self, add: &mut impl FnMut(&'static str, String, &'static str)) {
        if let LoginMode::Automatic(user) = &self.login {
            let what = format!("everyone is logged in as `{user}`");
            add("login.automatic", what, "tests need no login form");
        }
        if self.consent.mode == ConsentMode::Automatic {
            let reason = "tests need no consent page";
            add("consent.automatic", "consent is granted without a page".to_owned(), reason);
        }
        if self.introspection == IntrospectionCallers::Anonymous {
            let reason = "some SDK examples introspect without a credential";
            add("introspection.anonymous", "anyone may introspect a token".to_owned(), reason);
        }
    }

    fn missing_protection(&self, add: &mut impl FnMut(&'static str, String, &'static str)) {
        if self.tls == TlsMode::Off {
            let reason = "nothing leaves this machine";
            add("tls.off", "connections are not encrypted".to_owned(), reason);
        }
        if self.resource_indicators == ResourceIndicators::Off {
            let reason = "older clients send no `resource` parameter";
            add("resource-indicators.off", "resource indicators are ignored".to_owned(), reason);
        }
        match (self.tokens.rotation, self.profile) {
            (Rotation::Grace(_), _) => {
                let what = "a used refresh token works a little longer".to_owned();
                add("refresh.grace", what, "a client that lost the answer may ask again");
            }
            (Rotation::Off, Profile::OAuth21 | Profile::Mcp) => {
                let what = "a used refresh token stays good".to_owned();
                add("refresh.no-rotation", what, "a simple client need not store a new one");
            }
            (Rotation::Off | Rotation::Strict, _) => {}
        }
        if !self.inspector.redact {
            let reason = "a lesson may show a whole token";
            add("inspector.clear", "the inspector shows secrets in clear".to_owned(), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_lab_lists_exactly_its_conveniences() {
        let list = Config::builtin().unwrap().conveniences();
        let ids: Vec<_> = list.iter().map(|convenience| convenience.id).collect();
        let expected = [
            "registration.open",
            "client.known-secret",
            "user.known-password",
            "user.known-password",
            "client.loopback-redirect",
        ];
        assert_eq!(ids, expected);
    }
}
