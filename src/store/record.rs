//! The records, typed. None of them holds a secret that can be a hash. Two cannot: the secret of a
//! client that authenticates with a MAC, and the private keys that sign. What leaves the memory of
//! the lab is sealed as a whole.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod device;
mod keys;
mod labels;

pub use device::{DeviceAnswer, DeviceRecord, DeviceVisitRecord, UserCodeRecord};
pub use keys::{ClientKeyRecord, SigningKeyRecord, SigningKeysRecord};

use super::{Kind, Label, Stored};
use crate::clock::Timestamp;
use crate::protocol::{
    AuthorizationRequest, ClientId, ClientMetadata, CodeChallenge, Confirmation, RedirectUri,
    ResourceUri, ResponseMode, ResponseType, Scope, Secret, Subject,
};

macro_rules! stored {
    ($($name:ident => $kind:ident $(by $labels:ident)?),+ $(,)?) => {
        $(impl Stored for $name {
            const KIND: Kind = Kind::$kind;
            $(fn labels(&self) -> Vec<Label<'_>> {
                labels::$labels(self)
            })?
        })+
        #[cfg(test)]
        const KINDS: &[Kind] = &[$(Kind::$kind),+];
    };
}

stored! {
    CodeRecord => Code by of_code, RefreshTokenRecord => RefreshToken by of_refresh_token,
    FamilyRecord => Family by of_family, SessionRecord => Session by of_session,
    ConsentRecord => Consent by of_consent, DeviceRecord => Device by of_device,
    AccessTokenRecord => AccessToken, InteractionRecord => Interaction,
    ClientRecord => Client, CounterRecord => Counter,
    ReplayRecord => Replay, PushedRequestRecord => PushedRequest, ParticipantsRecord => Participants,
    UserCodeRecord => UserCode, DeviceVisitRecord => DeviceVisit,
    KnownBrowserRecord => KnownBrowser, IdTokenRecord => IdToken, SigningKeysRecord => SigningKeys,
    ClientKeyRecord => ClientKey,
}

/// Identifies a family: 128 random bits, base64url. Not a secret.
pub type FamilyId = String;

/// What a user (or a client for itself) granted. Carried from code to tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who may redeem it.
    pub client_id: ClientId,
    /// Whose access it is; `None` when a client acts for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What was granted.
    pub scope: Scope,
    /// The audiences that tokens get: configured identifiers, and the issuer with `openid`.
    pub audience: Vec<String>,
    /// When the user logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// The authentication request's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The family that everything issued belongs to.
    pub family: FamilyId,
    /// How well the user was authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How the user was authenticated (RFC 8176 §2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The session that it was granted in, as logout names it. Not a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The key that tokens are bound to: that of the access token, and, for public clients, of the
    /// refresh token (RFC 9449 §5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// Claims that were asked for one by one (OpenID Connect Core §5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    /// What was granted in detail (RFC 9396 §2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Value>,
}

impl Grant {
    /// What a client may do for itself.
    pub const fn of_client(
        client_id: ClientId,
        scope: Scope,
        audience: Vec<String>,
        family: FamilyId,
    ) -> Self {
        Self {
            client_id,
            subject: None,
            scope,
            audience,
            auth_time: None,
            nonce: None,
            family,
            acr: None,
            amr: Vec::new(),
            sid: None,
            confirmation: None,
            claims: None,
            authorization_details: Vec::new(),
            actor: None,
        }
    }
}

/// An authorization code, live or spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRecord {
    /// What it stands for.
    pub grant: Grant,
    /// As sent in the authorization request; `None` if it was left out there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<RedirectUri>,
    /// The PKCE challenge; only a weakness can leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<CodeChallenge>,
    /// The `DPoP` key that alone may redeem it (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// When it stops being redeemable. The record itself outlives it as a tombstone.
    pub fresh_until: Timestamp,
    /// When it was redeemed or burnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_at: Option<Timestamp>,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenRecord {
    /// What it stands for.
    pub grant: Grant,
    /// Its `jti`.
    pub jti: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires. The record outlives it, so that expiry is told apart from never issued.
    pub fresh_until: Timestamp,
    /// When it alone was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// An ID token that its client may exchange (RFC 8693 §2.1). Others are not remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenRecord {
    /// The login that it stands for.
    pub grant: Grant,
    /// When it expires.
    pub fresh_until: Timestamp,
}

/// A refresh token, live or rotated away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshTokenRecord {
    /// What it stands for.
    pub grant: Grant,
    /// When the authorization was given: the absolute lifetime counts from here.
    pub granted_at: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires, by idleness or age.
    pub fresh_until: Timestamp,
    /// When it was exchanged for a newer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
    /// That newer one, where it is given out again for a while: sealed for whoever has this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

/// One authorization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyRecord {
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// When it was revoked, and nothing of it works any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Why: the id of the rule whose breach revoked it, or `revocation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
}

/// A login session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Who is logged in.
    pub subject: Subject,
    /// When the password was given: absolute lifetime and `auth_time` count from here.
    pub auth_time: Timestamp,
    /// Dies when unused until then.
    pub idle_until: Timestamp,
    /// Dies then in any case.
    pub absolute_until: Timestamp,
    /// What logout calls it (OpenID Connect Back-Channel Logout §2.1). Not a secret.
    #[serde(default)]
    pub sid: String,
}

/// The clients that were given something in a session, and are told when it ends (OpenID Connect
/// Back-Channel Logout §2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantsRecord {
    /// Each once, in the order in which they came.
    pub clients: Vec<ClientId>,
}

/// A valid authorization request that waits for login or consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionRecord {
    /// The client.
    pub client_id: ClientId,
    /// Where to return to.
    pub redirect_uri: RedirectUri,
    /// Whether the request named it, or it was the only one registered.
    pub redirect_uri_sent: bool,
    /// Returned as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The requested scope.
    pub scope: Scope,
    /// The requested resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceUri>,
    /// The PKCE challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<CodeChallenge>,
    /// The nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Whether the password must be given again, after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_after: Option<Timestamp>,
    /// Whether consent must be asked even if remembered.
    #[serde(default)]
    pub ask_consent: bool,
    /// What is returned.
    pub response_type: ResponseType,
    /// How it is returned; `None` is the default of the response type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_mode: Option<ResponseMode>,
    /// Claims that were asked for one by one (OpenID Connect Core §5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    /// Authentication contexts that were asked for, the preferred one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// The only user who may answer (OpenID Connect Core §3.1.2.1, §5.5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Subject>,
    /// What is asked for in detail (RFC 9396 §2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
    /// The `DPoP` key that alone may redeem the code (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// SHA-256 of the browser secret that this page was shown to.
    pub browser: [u8; 32],
    /// The pushed request behind it, which ends with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<[u8; 32]>,
    /// When the user answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
}

/// A pushed authorization request (RFC 9126).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequestRecord {
    /// Who pushed it.
    pub client_id: ClientId,
    /// Its parameters; those of its request object, if it had one. Neither that object nor an ID
    /// token is among them.
    pub request: AuthorizationRequest,
    /// The only user who may answer, by its hint or its claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Subject>,
    /// When it stops being usable.
    pub fresh_until: Timestamp,
    /// SHA-256 of the secret of the browser that opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<[u8; 32]>,
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRecord {
    /// Its id.
    pub client_id: ClientId,
    /// Its metadata.
    pub metadata: ClientMetadata,
    /// SHA-256 of its secret (256 random bits, so that a fast hash suffices).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_sha256: Option<[u8; 32]>,
    /// The secret itself, of clients with `client_secret_jwt` alone: a MAC needs its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac_secret: Option<Secret>,
    /// SHA-256 of its registration access token.
    pub management_sha256: [u8; 32],
    /// When it was registered.
    pub issued_at: Timestamp,
}

/// A remembered consent of one user to one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecord {
    /// To whom.
    pub client_id: ClientId,
    /// Whose.
    pub subject: Subject,
    /// What was granted.
    pub scope: Scope,
    /// For which audiences.
    pub audience: Vec<String>,
}

/// Events in a window of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRecord {
    /// How many so far.
    pub count: u32,
    /// When the window began.
    pub since: Timestamp,
}

/// A browser that an account was logged in from. That it is there is all that it says; its key is the
/// account with the browser's secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBrowserRecord {}

/// Something that must not be seen twice, such as the `jti` of an assertion. That it is there is all
/// that it says; its key is what was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayRecord {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Who looks for records of a label reads those of one kind.
    #[test]
    fn no_two_records_are_of_one_kind() {
        let kinds: BTreeSet<Kind> = KINDS.iter().copied().collect();
        assert_eq!(kinds.len(), KINDS.len());
    }
}
