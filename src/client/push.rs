//! Pushed authorization requests (RFC 9126): the request goes straight to the server, and the
//! browser carries a reference alone.

use super::caller::{Caller, Lesson};
use super::check::{Checks, Criterion};
use super::code::CodeFlow;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{Form, PushedResponse};
use crate::rule::Fact;

/// Why a request is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushReason {
    /// Somebody wanted to.
    Asked,
    /// The server takes no other requests.
    Server,
    /// The client registered that it makes no other requests.
    Client,
}

const TITLE: &str = "Push the authorization request";

static ASKED: Lesson = Lesson {
    title: TITLE,
    why: "The server takes the request from the client itself, not from a browser: nobody on the way reads or changes it, and a mistake is told at once.",
    spec: "RFC 9126 §2.1",
};

static SERVER: Lesson = Lesson {
    title: TITLE,
    why: "The server's metadata says require_pushed_authorization_requests, so it takes no other request: one that comes from the client itself is read and changed by nobody on the way.",
    spec: "RFC 9126 §5",
};

static CLIENT: Lesson = Lesson {
    title: TITLE,
    why: "The client's registration says require_pushed_authorization_requests, so the server takes no other request of it: a forged one cannot come through a browser.",
    spec: "RFC 9126 §6",
};

impl PushReason {
    const fn lesson(self) -> &'static Lesson {
        match self {
            Self::Asked => &ASKED,
            Self::Server => &SERVER,
            Self::Client => &CLIENT,
        }
    }
}

/// The status says that a reference was made.
pub const PUSHED_STATUS: Criterion = Criterion {
    id: "pushed.status",
    title: "the status is 201",
    spec: "RFC 9126 §2.2",
    stops: "a page or another endpoint could be taken for a pushed request",
};

/// A reference is there.
pub const PUSHED_REFERENCE: Criterion = Criterion {
    id: "pushed.reference",
    title: "a request_uri was issued",
    spec: "RFC 9126 §2.2",
    stops: "without a reference the browser has nothing to carry",
};

/// The reference lives for some time.
pub const PUSHED_LIFETIME: Criterion = Criterion {
    id: "pushed.lifetime",
    title: "expires_in is positive",
    spec: "RFC 9126 §2.2",
    stops: "the browser would come with a reference that is over",
};

impl CodeFlow {
    /// Pushes the request, as [`CodeFlow::sign`] left it. From then on the URL carries the client's
    /// identifier and the reference alone.
    pub async fn push<'a>(
        &mut self,
        caller: impl Into<Caller<'a>>,
        server: &AuthorizationServer,
        reason: PushReason,
    ) -> Result<(), ClientError> {
        let caller = caller.into();
        let endpoint = server.pushed_authorization_request_endpoint()?;
        // A proof here binds the code to the key before the user is asked (RFC 9449 §10.1).
        let answer = caller.send_proven(reason.lesson(), || self.pushing(endpoint), None).await?;
        let pushed: PushedResponse = answer.success()?;
        let mut checks = Checks::default();
        let status = answer.response.status;
        checks.equal(&PUSHED_STATUS, Fact::fixed("201"), Fact::public(status));
        let there = !pushed.request_uri.is_empty();
        let got = if there { Fact::secret(Some(&pushed.request_uri)) } else { Fact::Absent };
        checks.note(&PUSHED_REFERENCE, there, Fact::fixed("a reference"), got);
        let life = pushed.expires_in;
        checks.note(&PUSHED_LIFETIME, life > 0, Fact::fixed("1 s or more"), Fact::public(life));
        caller.checked(answer.step, checks.as_slice());
        checks.verdict(&answer.endpoint, answer.response.trace_id())?;
        self.request_uri = Some(pushed.request_uri);
        Ok(())
    }

    /// `client_id` is always a parameter of the request, and must not stand there twice: some
    /// methods of authentication bring it along.
    fn pushing(&self, endpoint: &str) -> Request {
        let client = &self.settings.credentials;
        let own = self.carried();
        let own: Vec<(&str, &str)> = own
            .iter()
            .filter(|(name, _)| *name != "client_id")
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = client.decorate(Request::post_form(endpoint, &own));
        let named = Form::parse(&request.body).is_ok_and(|form| form.get("client_id").is_some());
        let request =
            if named { request } else { request.form_field("client_id", &client.client_id) };
        request.accept("application/json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{CodeSettings, Credentials, TokenTarget};
    use crate::protocol::{AuthorizationServerMetadata, IssuerUrl, Secret};
    use crate::random::Random;

    fn flow(credentials: Credentials) -> CodeFlow {
        let metadata = AuthorizationServerMetadata {
            authorization_endpoint: Some("https://as.test/authorize?own=1".to_owned()),
            ..AuthorizationServerMetadata::default()
        };
        let server =
            AuthorizationServer::known(IssuerUrl::parse("https://as.test").unwrap(), metadata);
        let settings = CodeSettings {
            credentials,
            redirect_uri: "https://rp.test/cb".to_owned(),
            target: TokenTarget::default(),
            pkce: None,
            response_mode: None,
            extra: Vec::new(),
        };
        CodeFlow::begin(&server, settings, &Random::seeded("push")).unwrap()
    }

    #[test]
    fn a_pushed_request_names_its_client_once_whatever_the_method() {
        let secret = || Secret::new("s");
        for client in [
            Credentials::public("c"),
            Credentials::basic("c", secret()),
            Credentials::post("c", secret()),
        ] {
            let request = flow(client).pushing("https://as.test/par");
            let body = String::from_utf8(request.body).unwrap();
            assert_eq!(body.matches("client_id=c").count(), 1, "{body}");
            assert!(body.contains("redirect_uri=https%3A%2F%2Frp.test%2Fcb"), "{body}");
        }
    }

    #[test]
    fn the_url_of_a_pushed_request_carries_a_reference_alone() {
        let mut flow = flow(Credentials::public("c"));
        flow.request_object = Some(Secret::new("a.b.c"));
        let own = "https://as.test/authorize?own=1&client_id=c";
        assert_eq!(flow.url().unwrap(), format!("{own}&request=a.b.c"));
        flow.request_uri = Some(Secret::new("urn:x"));
        assert_eq!(flow.url().unwrap(), format!("{own}&request_uri=urn%3Ax"));
    }

    #[test]
    fn a_server_without_the_endpoint_is_said_with_the_flag_to_leave_out() {
        let issuer = IssuerUrl::parse("https://as.test").unwrap();
        let server = AuthorizationServer::known(issuer, AuthorizationServerMetadata::default());
        let error = server.pushed_authorization_request_endpoint().unwrap_err();
        let offers = "https://as.test does not offer pushed_authorization_request_endpoint";
        assert_eq!(error.to_string(), offers);
        assert!(error.hint().contains("--par"), "{}", error.hint());
    }
}
