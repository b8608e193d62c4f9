//! What a record is: the kinds, with the names and numbers that stand in files.

/// What a record is. The kind separates key spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Authorization codes; spent ones stay as tombstones.
    Code,
    /// Access tokens.
    AccessToken,
    /// Refresh tokens; rotated ones stay as tombstones.
    RefreshToken,
    /// One authorization: everything issued from it lives only while its family does.
    Family,
    /// Login sessions.
    Session,
    /// Clients that took part in a session, to be told of its end.
    Participants,
    /// Authorization requests that wait for login or consent.
    Interaction,
    /// Registered clients.
    Client,
    /// Remembered consents.
    Consent,
    /// Rate counters.
    Counter,
    /// Notes of the bundled API.
    Note,
    /// Device authorizations that wait for their user (RFC 8628).
    Device,
    /// Ways from a user code to its device.
    UserCode,
    /// Browsers whose user typed a user code.
    DeviceVisit,
    /// Pushed authorization requests (RFC 9126).
    PushedRequest,
    /// What must not be seen twice: `jti` of assertions and proofs.
    Replay,
    /// ID tokens that their client may exchange (RFC 8693 §2.1).
    IdToken,
    /// The issuer's signing keys.
    SigningKeys,
    /// What a store says of itself: which key sealed it, and whether all of it has labels.
    Seal,
    /// Browsers that an account was logged in from before.
    KnownBrowser,
    /// Keys that a lab made for its own clients.
    ClientKey,
    /// By which a lab sees whether its store works.
    Probe,
}

impl Kind {
    /// Every kind. A number or a name is never given to another kind: files outlive programs.
    pub const ALL: &[Self] = &[
        Self::Code,
        Self::AccessToken,
        Self::RefreshToken,
        Self::Family,
        Self::Session,
        Self::Participants,
        Self::Interaction,
        Self::Client,
        Self::Consent,
        Self::Counter,
        Self::Note,
        Self::Device,
        Self::PushedRequest,
        Self::Replay,
        Self::IdToken,
        Self::SigningKeys,
        Self::Seal,
        Self::UserCode,
        Self::DeviceVisit,
        Self::KnownBrowser,
        Self::ClientKey,
        Self::Probe,
    ];

    /// Its number in a database.
    pub const fn number(self) -> u8 {
        match self {
            Self::Code => 1,
            Self::AccessToken => 2,
            Self::RefreshToken => 3,
            Self::Family => 4,
            Self::Session => 5,
            Self::Participants => 6,
            Self::Interaction => 7,
            Self::Client => 8,
            Self::Consent => 9,
            Self::Counter => 10,
            Self::Note => 11,
            Self::Device => 12,
            Self::PushedRequest => 13,
            Self::Replay => 14,
            Self::IdToken => 15,
            Self::SigningKeys => 16,
            Self::Seal => 17,
            Self::UserCode => 18,
            Self::DeviceVisit => 19,
            Self::KnownBrowser => 20,
            Self::ClientKey => 21,
            Self::Probe => 22,
        }
    }

    /// The kind of a number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::AccessToken => "access-token",
            Self::RefreshToken => "refresh-token",
            Self::Family => "family",
            Self::Session => "session",
            Self::Participants => "participants",
            Self::Interaction => "interaction",
            Self::Client => "client",
            Self::Consent => "consent",
            Self::Counter => "counter",
            Self::Note => "note",
            Self::Device => "device",
            Self::PushedRequest => "pushed-request",
            Self::Replay => "replay",
            Self::IdToken => "id-token",
            Self::SigningKeys => "signing-keys",
            Self::Seal => "seal",
            Self::UserCode => "user-code",
            Self::DeviceVisit => "device-visit",
            Self::KnownBrowser => "known-browser",
            Self::ClientKey => "client-key",
            Self::Probe => "probe",
        }
    }

    /// Whether anybody can make such records, without credentials: requests that wait for a user,
    /// and counters of names that anybody can type. They have a share of a store's room.
    pub const fn is_of_strangers(self) -> bool {
        match self {
            Self::Interaction
            | Self::Counter
            | Self::PushedRequest
            | Self::Device
            | Self::UserCode
            | Self::DeviceVisit => true,
            Self::Code
            | Self::AccessToken
            | Self::RefreshToken
            | Self::Family
            | Self::Session
            | Self::Participants
            | Self::Client
            | Self::Consent
            | Self::Note
            | Self::Replay
            | Self::IdToken
            | Self::SigningKeys
            | Self::Seal
            | Self::KnownBrowser
            | Self::ClientKey
            | Self::Probe => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_number_and_a_name_of_its_own() {
        let numbers: BTreeSet<u8> = Kind::ALL.iter().map(|kind| kind.number()).collect();
        let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((numbers.len(), names.len()), (Kind::ALL.len(), Kind::ALL.len()));
        // A kind that the list leaves out would leave a gap.
        assert_eq!(numbers.last().copied().map(usize::from), Some(Kind::ALL.len()));
    }
}
