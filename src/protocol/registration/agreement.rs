//! What the members of client metadata must agree on (RFC 7591 §2, RFC 8705 §2): one place for
//! those that register and those of the lab file.

use super::{ClientKeys, ClientLogout};
use crate::protocol::{AuthMethod, GrantType, RedirectUri, ResponseType};

/// Where members of client metadata contradict each other, or what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Two sources of keys.
    #[error("jwks and jwks_uri exclude each other")]
    TwoSources,
    /// A URI that keys cannot be fetched from.
    #[error("jwks_uri is an https URL; http is for loopback only")]
    KeysUri,
    /// The method needs keys.
    #[error("the method {0} needs jwks or jwks_uri")]
    NoKeys(AuthMethod),
    /// The method needs a certificate.
    #[error(
        "the method {} needs jwks whose keys have x5c, or jwks_uri",
        AuthMethod::SelfSignedTlsClientAuth
    )]
    NoCertificate,
    /// An algorithm that the method has no use for.
    #[error("token_endpoint_auth_signing_alg does not fit the method {0}")]
    SigningAlgorithm(AuthMethod),
    /// Not exactly one subject.
    #[error(
        "the method {} needs exactly one of the tls_client_auth_ members",
        AuthMethod::TlsClientAuth
    )]
    Subjects,
    /// A subject without its method.
    #[error("the tls_client_auth_ members belong to the method {}", AuthMethod::TlsClientAuth)]
    SubjectUnused,
    /// A subject that cannot be one.
    #[error("{0} is malformed")]
    Subject(&'static str),
    /// A notice that cannot be delivered.
    #[error("{0} is an https URL without fragment; http is for loopback only")]
    LogoutUri(&'static str),
    /// A frame of a stranger.
    #[error("frontchannel_logout_uri has the scheme, host and port of a redirect URI")]
    FrontChannelOrigin,
    /// A session requirement without a place to tell it.
    #[error("{0} needs the URI beside it")]
    SessionUnused(&'static str),
}

impl ClientKeys {
    /// Keys come by value or by reference, not both.
    pub fn agree(&self) -> Result<(), Disagreement> {
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return Err(Disagreement::TwoSources);
        }
        match &self.jwks_uri {
            Some(uri) if !is_web(uri) => Err(Disagreement::KeysUri),
            Some(_) | None => Ok(()),
        }
    }

    /// The method finds the keys that it needs, and an algorithm that it can use.
    pub fn serve(&self, method: AuthMethod) -> Result<(), Disagreement> {
        let certified =
            self.jwks.as_ref().is_some_and(|set| set.keys.iter().any(|key| !key.x5c.is_empty()));
        let fetched = self.jwks_uri.is_some();
        let alg = self.token_endpoint_auth_signing_alg.as_deref();
        match method {
            AuthMethod::PrivateKeyJwt if self.jwks.is_none() && !fetched => {
                Err(Disagreement::NoKeys(method))
            }
            AuthMethod::SelfSignedTlsClientAuth if !certified && !fetched => {
                Err(Disagreement::NoCertificate)
            }
            AuthMethod::PrivateKeyJwt => match alg {
                Some(alg) if alg.starts_with("HS") || alg == "none" => {
                    Err(Disagreement::SigningAlgorithm(method))
                }
                Some(_) | None => Ok(()),
            },
            AuthMethod::ClientSecretJwt => match alg {
                Some("HS256") | None => Ok(()),
                Some(_) => Err(Disagreement::SigningAlgorithm(method)),
            },
            AuthMethod::None
            | AuthMethod::ClientSecretBasic
            | AuthMethod::ClientSecretPost
            | AuthMethod::TlsClientAuth
            | AuthMethod::SelfSignedTlsClientAuth => match alg {
                Some(_) => Err(Disagreement::SigningAlgorithm(method)),
                None => Ok(()),
            },
        }
    }

    /// The subjects of a certificate that are given, by their member.
    pub fn subjects(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("tls_client_auth_subject_dn", &self.tls_client_auth_subject_dn),
            ("tls_client_auth_san_dns", &self.tls_client_auth_san_dns),
            ("tls_client_auth_san_uri", &self.tls_client_auth_san_uri),
            ("tls_client_auth_san_ip", &self.tls_client_auth_san_ip),
            ("tls_client_auth_san_email", &self.tls_client_auth_san_email),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// Exactly one subject stands for the certificate (RFC 8705 §2.1.2), and only where it counts.
    pub fn certify(&self, method: AuthMethod) -> Result<(), Disagreement> {
        let count = self.subjects().count();
        if method == AuthMethod::TlsClientAuth && count != 1 {
            return Err(Disagreement::Subjects);
        }
        if method != AuthMethod::TlsClientAuth && count > 0 {
            return Err(Disagreement::SubjectUnused);
        }
        let malformed = self.subjects().find(|(name, value)| !is_subject(name, value));
        malformed.map_or(Ok(()), |(name, _)| Err(Disagreement::Subject(name)))
    }
}

impl ClientLogout {
    /// Notices go to the web, and frames come from where the client is (OpenID Connect Front-Channel
    /// Logout §2).
    pub fn agree(&self, redirect_uris: &[RedirectUri]) -> Result<(), Disagreement> {
        let (back, front) = (&self.backchannel_logout_uri, &self.frontchannel_logout_uri);
        if back.as_deref().is_some_and(|uri| !is_web(uri)) {
            return Err(Disagreement::LogoutUri("backchannel_logout_uri"));
        }
        if self.backchannel_logout_session_required && back.is_none() {
            return Err(Disagreement::SessionUnused("backchannel_logout_session_required"));
        }
        if self.frontchannel_logout_session_required && front.is_none() {
            return Err(Disagreement::SessionUnused("frontchannel_logout_session_required"));
        }
        let Some(front) = front else { return Ok(()) };
        if !is_web(front) {
            return Err(Disagreement::LogoutUri("frontchannel_logout_uri"));
        }
        let origin = origin(front);
        if redirect_uris.iter().any(|uri| self::origin(uri.as_str()) == origin) {
            Ok(())
        } else {
            Err(Disagreement::FrontChannelOrigin)
        }
    }
}

impl ResponseType {
    /// Whether response types and grants belong together: each part of a type needs its grant, and
    /// each grant of the authorization endpoint a type (RFC 7591 §2.1).
    pub fn agree(types: &[Self], grants: &[GrantType]) -> bool {
        let code = types.iter().any(|kind| kind.has_code());
        let token = types.iter().any(|kind| kind.has_token() || kind.has_id_token());
        code == grants.contains(&GrantType::AuthorizationCode)
            && token == grants.contains(&GrantType::Implicit)
    }
}

/// An https URL, or http on loopback, without fragment and user info.
fn is_web(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    web && RedirectUri::parse(text).is_ok()
}

fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    url.host_str().map(|_| url.origin().ascii_serialization())
}

fn is_subject(name: &str, value: &str) -> bool {
    let printable = !value.is_empty() && value.len() <= 512 && !value.chars().any(char::is_control);
    printable
        && match name {
            "tls_client_auth_subject_dn" => value.contains('='),
            "tls_client_auth_san_uri" => url::Url::parse(value).is_ok(),
            "tls_client_auth_san_ip" => value.parse::<std::net::IpAddr>().is_ok(),
            "tls_client_auth_san_email" => value.contains('@'),
            _ => !value.contains(['/', '@', ' ']),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::jose::{Jwk, JwkSet};

    fn keys(certified: bool) -> ClientKeys {
        let x5c = if certified { vec!["AAAA".to_owned()] } else { Vec::new() };
        let set = JwkSet { keys: vec![Jwk { x5c, ..Jwk::default() }] };
        ClientKeys { jwks: Some(set), ..ClientKeys::default() }
    }

    #[test]
    fn keys_have_one_source() {
        let uri =
            |uri: &str| ClientKeys { jwks_uri: Some(uri.to_owned()), ..ClientKeys::default() };
        assert_eq!(uri("https://a.test/jwks").agree(), Ok(()));
        assert_eq!(uri("http://127.0.0.1:9/jwks").agree(), Ok(()));
        for text in ["http://a.test/", "file:///etc/passwd", "com.a.test:/x", "https://a.test/#a"] {
            assert_eq!(uri(text).agree(), Err(Disagreement::KeysUri), "{text}");
        }
        let both = ClientKeys { jwks: keys(false).jwks, ..uri("https://a.test/jwks") };
        assert_eq!(both.agree(), Err(Disagreement::TwoSources));
    }

    #[test]
    fn each_method_has_what_it_needs_and_nothing_else() {
        use AuthMethod as M;
        let none = ClientKeys::default();
        assert_eq!(none.serve(M::PrivateKeyJwt), Err(Disagreement::NoKeys(M::PrivateKeyJwt)));
        assert_eq!(keys(false).serve(M::PrivateKeyJwt), Ok(()));
        assert_eq!(keys(false).serve(M::SelfSignedTlsClientAuth), Err(Disagreement::NoCertificate));
        assert_eq!(keys(true).serve(M::SelfSignedTlsClientAuth), Ok(()));
        let signing = |alg: &str, method| {
            let alg = Some(alg.to_owned());
            ClientKeys { token_endpoint_auth_signing_alg: alg, ..keys(false) }.serve(method).is_ok()
        };
        assert!(signing("ES256", M::PrivateKeyJwt) && signing("HS256", M::ClientSecretJwt));
        assert!(!signing("HS256", M::PrivateKeyJwt) && !signing("ES256", M::ClientSecretJwt));
        assert!(!signing("none", M::PrivateKeyJwt) && !signing("ES256", M::ClientSecretBasic));
    }

    #[test]
    fn a_certificate_has_exactly_one_subject() {
        let dns = |dns: &str| ClientKeys {
            tls_client_auth_san_dns: Some(dns.to_owned()),
            ..ClientKeys::default()
        };
        let method = AuthMethod::TlsClientAuth;
        assert_eq!(dns("app.test").certify(method), Ok(()));
        assert_eq!(ClientKeys::default().certify(method), Err(Disagreement::Subjects));
        let two = ClientKeys { tls_client_auth_san_ip: Some("::1".to_owned()), ..dns("app.test") };
        assert_eq!(two.certify(method), Err(Disagreement::Subjects));
        let elsewhere = dns("app.test").certify(AuthMethod::PrivateKeyJwt);
        assert_eq!(elsewhere, Err(Disagreement::SubjectUnused));
        let odd = dns("https://app.test/").certify(method);
        assert_eq!(odd, Err(Disagreement::Subject("tls_client_auth_san_dns")));
    }

    #[test]
    fn logout_frames_come_from_where_the_client_is() {
        let redirects = [RedirectUri::parse("https://app.test/cb").unwrap()];
        let front = |uri: &str| {
            let uri = Some(uri.to_owned());
            let logout = ClientLogout { frontchannel_logout_uri: uri, ..ClientLogout::default() };
            logout.agree(&redirects)
        };
        assert_eq!(front("https://app.test/bye?x=1"), Ok(()));
        for other in ["https://app.test:8443/bye", "https://b.test/bye", "http://127.0.0.1/bye"] {
            assert_eq!(front(other), Err(Disagreement::FrontChannelOrigin), "{other}");
        }
        let plain = front("http://app.test/bye");
        assert_eq!(plain, Err(Disagreement::LogoutUri("frontchannel_logout_uri")));
    }

    #[test]
    fn response_types_and_grants_belong_together() {
        use {GrantType as G, ResponseType as R};
        assert!(R::agree(&[R::Code], &[G::AuthorizationCode, G::RefreshToken]));
        assert!(R::agree(&[], &[G::ClientCredentials]));
        assert!(R::agree(&[R::CodeIdToken], &[G::AuthorizationCode, G::Implicit]));
        assert!(!R::agree(&[R::CodeIdToken], &[G::AuthorizationCode]));
        assert!(!R::agree(&[R::Token], &[G::AuthorizationCode]));
        assert!(!R::agree(&[R::Code], &[G::AuthorizationCode, G::Implicit]));
        assert!(!R::agree(&[], &[G::AuthorizationCode]));
    }
}
