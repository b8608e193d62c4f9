//! How a client of the file authenticates, and the keys for it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::Ground;
use crate::config::fault::{Faults, Span};
use crate::config::file::{Client, Field};
use crate::config::suggest;
use crate::protocol::jose::{Jwk, JwkSet};
use crate::protocol::{Algorithm, AuthMethod, ClientKeys};

/// The client's keys and the subject of its certificate.
pub(super) fn keys(shape: &Client, ground: &Ground<'_>) -> ClientKeys {
    let faults = ground.faults;
    let text =
        |field: &Field<String>| faults.optional(field, |text| Ok::<_, String>(text.to_owned()));
    let keys = ClientKeys {
        jwks: jwk_set((&shape.jwks, &shape.jwks_file), ground.base, faults),
        jwks_uri: text(&shape.jwks_uri),
        token_endpoint_auth_signing_alg: text(&shape.token_endpoint_auth_signing_alg),
        tls_client_auth_subject_dn: text(&shape.tls_client_auth_subject_dn),
        tls_client_auth_san_dns: text(&shape.tls_client_auth_san_dns),
        tls_client_auth_san_uri: text(&shape.tls_client_auth_san_uri),
        tls_client_auth_san_ip: text(&shape.tls_client_auth_san_ip),
        tls_client_auth_san_email: text(&shape.tls_client_auth_san_email),
        request_object_signing_alg: shape
            .request_object_signing_alg
            .value
            .map(|word| Algorithm::from(word).as_str().to_owned()),
    };
    if let Err(why) = keys.agree() {
        faults.add(shape.jwks_uri.span, why.to_string());
    }
    keys
}

/// The keys of somebody else whose signatures count: an issuer of assertions or of statements.
pub(in crate::config::build) struct GivenKeys<'f> {
    pub(in crate::config::build) jwks: &'f Field<Map<String, Value>>,
    pub(in crate::config::build) jwks_file: &'f Field<String>,
    pub(in crate::config::build) jwks_uri: &'f Field<String>,
    /// Where the issuer stands in the file.
    pub(in crate::config::build) place: Option<Span>,
}

impl GivenKeys<'_> {
    /// The keys, or where they are. A fault is noted if there are none.
    pub(in crate::config::build) fn keys(&self, base: &Path, faults: &Faults) -> ClientKeys {
        let keys = ClientKeys {
            jwks: jwk_set((self.jwks, self.jwks_file), base, faults),
            jwks_uri: self.jwks_uri.value.clone(),
            ..ClientKeys::default()
        };
        if let Err(why) = keys.agree() {
            faults.add(self.jwks_uri.span, why.to_string());
        }
        if !self.jwks.is_given() && !self.jwks_file.is_given() && !self.jwks_uri.is_given() {
            faults.add(self.place, "it needs `jwks`, `jwks_file` or `jwks_uri`");
        }
        keys
    }
}

/// A JWK Set, inline or in a file.
fn jwk_set(
    (inline, file): (&Field<Map<String, Value>>, &Field<String>),
    base: &Path,
    faults: &Faults,
) -> Option<JwkSet> {
    if inline.is_given() && file.is_given() {
        faults.add(file.span, "`jwks` and `jwks_file` exclude each other");
    }
    let set = inline.value.clone().and_then(|set| {
        let set = JwkSet::of_client(&Value::Object(set));
        set.map_err(|why| faults.add(inline.span, why.to_string())).ok()
    });
    set.or_else(|| {
        faults.optional(file, |name| {
            let set = read(&base.join(name));
            let set = set.map_err(|error| format!("it cannot be read: {error}"))?;
            JwkSet::of_client(&set).map_err(|why| why.to_string())
        })
    })
}

/// Longer than any set that is accepted, whatever its spaces.
const LONGEST: u64 = 64 * 1024;

fn read(path: &Path) -> Result<Value, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))
}

/// A client has a credential, or is public; saying neither is a mistake that must not become a
/// choice.
pub(super) fn method(
    shape: &Client,
    keys: &ClientKeys,
    place: Option<Span>,
    ground: &Ground<'_>,
) -> AuthMethod {
    let faults = ground.faults;
    faults.secret(&shape.secret);
    let (public, secret) = (shape.public.value == Some(true), shape.secret.is_given());
    let certified = keys.subjects().next().is_some();
    let keyed = shape.keys.is_given() || has_keys(shape);
    if public && secret {
        let help = "remove `public: true`, or remove the secret";
        faults.add_with_help(shape.secret.span, "a public client has no secret", help);
    } else if !public && !secret && !certified && !keyed {
        let help = "write `public: true` for an application on a device or in a browser, else `secret: …`, `keys: generated`, `jwks: …` or `tls_client_auth_subject_dn: …`";
        faults.add_with_help(
            place,
            "a client is public, or has a secret, keys or a certificate",
            help,
        );
        return AuthMethod::ClientSecretBasic;
    }
    let natural = match (public, secret, certified) {
        (true, ..) => AuthMethod::None,
        (false, true, _) => AuthMethod::ClientSecretBasic,
        (false, false, true) => AuthMethod::TlsClientAuth,
        (false, false, false) => AuthMethod::PrivateKeyJwt,
    };
    let asked = faults.optional(&shape.auth_method, |text| asked(text, ground));
    let method = asked.unwrap_or(natural);
    if asked.is_none() && !shape.auth_method.is_given() {
        offered(natural, place, ground);
    }
    if shape.keys.value.is_some() {
        made(shape, method, keys, faults);
        fits(shape, method, &to_be(keys), ground);
    } else {
        fits(shape, method, keys, ground);
    }
    method
}

fn has_keys(shape: &Client) -> bool {
    shape.jwks.is_given() || shape.jwks_file.is_given() || shape.jwks_uri.is_given()
}

/// The keys as they will be when the lab has made one, with a certificate of it.
fn to_be(keys: &ClientKeys) -> ClientKeys {
    let key = Jwk { x5c: vec![String::new()], ..Jwk::default() };
    ClientKeys { jwks: Some(JwkSet { keys: vec![key] }), ..keys.clone() }
}

/// The lab makes what signs ES256, and has no authority vouch for it.
fn made(shape: &Client, method: AuthMethod, keys: &ClientKeys, faults: &Faults) {
    if has_keys(shape) {
        let help = "leave `keys` out, or `jwks`, `jwks_file` and `jwks_uri`";
        faults.add_with_help(shape.keys.span, "this client has keys of its own", help);
    }
    if method == AuthMethod::TlsClientAuth {
        let help = "write `auth_method: self_signed_tls_client_auth`, or leave `keys` out";
        faults.add_with_help(
            shape.keys.span,
            "a generated certificate signs itself: no authority vouches for it",
            help,
        );
    }
    let (assertions, objects) =
        (&keys.token_endpoint_auth_signing_alg, &keys.request_object_signing_alg);
    let asked = [
        (
            assertions.as_ref().filter(|_| method == AuthMethod::PrivateKeyJwt),
            shape.token_endpoint_auth_signing_alg.span,
        ),
        (objects.as_ref(), shape.request_object_signing_alg.span),
    ];
    for (alg, place) in asked {
        if alg.is_some_and(|alg| alg != Algorithm::Es256.as_str()) {
            faults.add_with_help(
                place,
                "generated keys sign ES256",
                "write `ES256`, or leave it out",
            );
        }
    }
}

fn asked(text: &str, ground: &Ground<'_>) -> Result<AuthMethod, String> {
    let offered = ground.profile.auth_methods();
    AuthMethod::parse(text).filter(|method| offered.contains(method)).ok_or_else(|| {
        let all: Vec<_> = offered.iter().map(|method| method.as_str()).collect();
        let (profile, known) = (ground.profile.as_str(), suggest::one_of(&all));
        format!("the profile `{profile}` does not offer this authentication method; {known}")
    })
}

fn offered(natural: AuthMethod, place: Option<Span>, ground: &Ground<'_>) {
    if !ground.profile.auth_methods().contains(&natural) {
        let profile = ground.profile.as_str();
        let message =
            format!("the profile `{profile}` does not offer the authentication method `{natural}`");
        let all: Vec<_> = ground.profile.auth_methods().iter().map(|own| own.as_str()).collect();
        ground.faults.add_with_help(place, message, suggest::one_of(&all));
    }
}

/// The method and the credential belong together.
fn fits(shape: &Client, method: AuthMethod, keys: &ClientKeys, ground: &Ground<'_>) {
    let faults = ground.faults;
    let public = shape.public.value == Some(true);
    let secret = shape.secret.is_given();
    let place = shape.auth_method.span.or(shape.id.span);
    let message = || format!("the method `{method}` does not fit this client");
    if method.is_public() != public {
        // With a secret as well, that is what is wrong.
        if public != secret {
            let help = "`none` is for public clients, and only for them";
            faults.add_with_help(place, message(), help);
        }
    } else if method.has_secret() && !secret {
        faults.add_with_help(place, message(), "it needs a `secret`");
    } else if secret && !public && !method.has_secret() {
        faults.add_with_help(place, message(), "it has no use for the `secret`");
    } else if (shape.keys.is_given() || shape.jwks.is_given() || shape.jwks_file.is_given())
        == keys.jwks.is_some()
        // Otherwise what is wrong with the keys was said.
        && let Err(why) = keys.serve(method).and_then(|()| keys.certify(method))
    {
        faults.add(place, why.to_string());
    }
    let alg = keys.token_endpoint_auth_signing_alg.as_deref().filter(|alg| *alg != "HS256");
    let known = ground.profile.client_algorithms();
    if alg.is_some_and(|alg| Algorithm::parse(alg).is_none_or(|alg| !known.contains(&alg))) {
        let all: Vec<_> = known.iter().map(|alg| alg.as_str()).collect();
        let span = shape.token_endpoint_auth_signing_alg.span;
        faults.add_with_help(span, "this algorithm is not supported", suggest::one_of(&all));
    }
}
