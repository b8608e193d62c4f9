//! The six seams, and what each of them may touch.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::protocol::{AccessTokenClaims, Algorithm, ClientId, IdTokenClaims, Secret};
use crate::rule::{Docket, Fact, Rule};

/// One thing that a weakness changes.
#[derive(Debug)]
pub enum Seam {
    /// A broken rule is let pass when the predicate over (expected, got) says so.
    Waive(&'static Rule, fn(&Fact, &Fact) -> bool),
    /// As `Waive`, at one decision point only.
    WaiveAt(&'static Docket, &'static Rule, fn(&Fact, &Fact) -> bool),
    /// An effect is not applied.
    DropEffect(EffectName),
    /// Something is changed before it is signed and stored.
    Draft(fn(&mut Draft<'_>)),
    /// A request is read leniently.
    Read(Leniency),
    /// A part of the outside is open.
    Surface(Surface),
    /// An outgoing response is changed.
    Mangle(fn(&mut Outgoing<'_>)),
}

/// Effects of the issuer that a weakness can drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectName {
    /// A code becomes a tombstone.
    SpendCode,
    /// A wrong verifier burns the code.
    BurnCode,
    /// A refresh token becomes a tombstone and a new one is issued.
    RotateRefreshToken,
    /// A replay of a refresh token revokes everything of that authorization.
    RevokeFamily,
    /// A replay of a code revokes everything that it gave.
    RevokeCodeFamily,
    /// A revocation request revokes an access token.
    RevokeToken,
    /// A revocation request revokes a refresh token, and its authorization with it.
    RevokeRefreshToken,
    /// The authorization ends with its refresh token, and not that token alone.
    RevokeGrant,
    /// Logout ends the session at the server, and not in the browser alone.
    EndSession,
    /// The session id changes at login.
    RotateSession,
    /// A pushed request ends when it is answered.
    ForgetRequest,
    /// A failed login, a token request or a registration is counted.
    Count,
}

/// What is about to be signed, stored or handed out.
#[derive(Debug)]
pub enum Draft<'a> {
    /// An authorization code.
    Code(&'a mut CodeDraft),
    /// An access token.
    AccessToken(&'a mut AccessTokenDraft),
    /// An ID token.
    IdToken(&'a mut IdTokenDraft),
    /// A refresh token's value.
    RefreshToken(&'a mut Secret),
    /// How long a refresh token lives.
    RefreshLife(&'a mut Duration),
    /// A registered client's secret.
    ClientSecret(&'a mut Secret),
    /// A registered client's identifier.
    ClientId(&'a mut ClientIdDraft),
    /// A client that registers.
    Registration(&'a mut RegistrationDraft),
    /// The reference of a pushed request.
    RequestUri(&'a mut Secret),
    /// A device code.
    DeviceCode(&'a mut Secret),
    /// The number of a user code.
    UserCode(&'a mut u64),
}

/// A client's identifier before it is registered.
#[derive(Debug)]
pub struct ClientIdDraft {
    /// The identifier that was made for it.
    pub id: ClientId,
    /// The one that the request asked for.
    pub wished: Option<ClientId>,
}

/// An authorization code before it is stored.
#[derive(Debug)]
pub struct CodeDraft {
    /// The code.
    pub code: Secret,
    /// How long it may be redeemed.
    pub ttl: Duration,
    /// The challenge that it is bound to.
    pub challenge: Option<String>,
}

/// An access token before it is signed or, opaque, stored.
#[derive(Debug)]
pub struct AccessTokenDraft {
    /// Its claims.
    pub claims: AccessTokenClaims,
    /// Header `typ`.
    pub typ: &'static str,
    /// Signature algorithm.
    pub alg: Algorithm,
    /// The audience of the whole authorization, of which this token may be for a part.
    pub granted_audience: Vec<String>,
    /// The string of an opaque token; `None` for a JWT.
    pub opaque: Option<Secret>,
}

/// An ID token before it is signed.
#[derive(Debug)]
pub struct IdTokenDraft {
    /// Its claims.
    pub claims: IdTokenClaims,
    /// Signature algorithm.
    pub alg: Algorithm,
}

/// A client that registers, before it is stored.
#[derive(Debug)]
pub struct RegistrationDraft {
    /// Its identifier.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<Secret>,
    /// The identifier that it asked for.
    pub asked_client_id: Option<String>,
    /// The secret that it asked for.
    pub asked_client_secret: Option<Secret>,
}

/// Ways to read a request more leniently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// Of repeated parameters of a body the first one counts.
    RepeatedInBody,
    /// The token endpoint answers GET.
    TokenByGet,
    /// A client's id and secret in the URL are read.
    SecretsInUrl,
    /// Whatever else stands in the URL of a request with a body is read.
    ParametersInUrl,
    /// The API reads `access_token` from the query.
    BearerInQuery,
    /// In the front channel the first of repeated parameters counts, `redirect_uri` excepted.
    RepeatedInFront,
    /// In the front channel the first of several `redirect_uri` counts.
    RepeatedRedirectUri,
    /// An empty code verifier is filled up with tildes.
    EmptyVerifier,
    /// A space behind a code verifier is cut.
    SpacedVerifier,
    /// A `scope` of the token request counts for a code.
    ScopeForCode,
    /// A replay of a code is one whatever else is wrong with it.
    AnyReplay,
    /// `prompt=none` is read as the user's consent.
    SilenceAsConsent,
    /// `prompt=login` and `max_age` are not read.
    StaleLogin,
    /// A remembered consent stands for whatever the client asks later.
    ConsentToAnything,
    /// A consent to a public client is remembered, too.
    PublicConsent,
    /// The token endpoint overlooks `DPoP` headers.
    ProofsIgnored,
    /// A client certificate is read from a header, whoever sends it.
    CertificateInHeader,
    /// `client_id` of the body says as whom a client acts that authenticated in the header.
    BodyNamesClient,
    /// Introspection looks a JWT up by its `jti`, and does not verify it.
    UnverifiedIntrospection,
    /// A token is looked for as `token_type_hint` says, and nowhere else.
    HintAlone,
    /// Parameters beside the reference of a pushed request count.
    BesidePushed,
    /// Parameters beside a request object count.
    BesideObject,
    /// A software statement counts whoever signed it.
    AnyStatement,
    /// A link with a user code connects the device.
    DeviceByLink,
    /// Space behind a client secret is cut.
    TrimmedSecret,
    /// A client assertion may say that it is a JWT of another kind.
    AssertionOfAnyType,
    /// A form is read whatever its media type is.
    AnyMediaType,
    /// Introspection answers GET.
    IntrospectionByGet,
    /// Revocation looks a JWT up by its `jti`, and does not verify it.
    UnverifiedRevocation,
    /// What stands behind a dot in a refresh token is not looked at.
    SuffixedRefreshToken,
    /// Nobody is asked before a session ends.
    LogoutUnasked,
    /// The signature of `id_token_hint` at logout is not verified.
    UnverifiedHint,
    /// The login form is read from the URL.
    LoginByGet,
    /// After a login the browser is sent to wherever `return_to` says.
    ReturnAnywhere,
    /// A waiting request belongs to whoever names it.
    AnybodysInteraction,
    /// A browser has one waiting request: a new one takes the place of the last.
    OneInteraction,
    /// Fields of the consent form stand in the place of the request's.
    FormOverRequest,
}

/// Parts of the outside that can be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Anyone may introspect.
    AnonymousIntrospection,
    /// Anyone may register.
    OpenRegistration,
    /// A failed login says that there is no such user.
    UnknownUsers,
    /// The servers speak plain HTTP at the port that is for TLS.
    PlainHttp,
    /// Plain HTTP at the port that is for TLS is redirected, whatever was sent.
    RedirectToTls,
    /// A handshake with TLS 1.1 is answered as if it went on.
    OldTls,
    /// A handshake with weak ciphers alone is answered as if it went on.
    WeakCiphers,
    /// Clients that registered themselves need no consent where somebody is logged in.
    RegisteredWithoutConsent,
    /// A HEAD request answers the consent page.
    ConsentByHead,
    /// The APIs believe what a JWT says, checked by themselves, whatever way is configured.
    LocalValidation,
    /// The password grant works, whatever the profile says.
    PasswordGrant,
    /// Client credentials give refresh tokens.
    MachineRefreshToken,
    /// Every client gets refresh tokens, whatever it registered for.
    RefreshForEveryone,
}

/// The request that a response answers.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The query, without the question mark.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body. It may hold secrets.
    pub body: Secret,
}

impl Asked {
    /// The value of a header that is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A response on its way out.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// What it answers.
    pub asked: &'a Asked,
    /// The endpoint's path pattern, such as `/token` or `/.well-known/oauth-authorization-server`.
    pub endpoint: &'a str,
    /// The id of the first broken rule, if the request was judged.
    pub broken: Option<&'static str>,
    /// Status.
    pub status: &'a mut StatusCode,
    /// Headers.
    pub headers: &'a mut HeaderMap,
    /// Body.
    pub body: &'a mut Vec<u8>,
}
