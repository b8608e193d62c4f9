//! What ends with a session, or by its user's own wish, and how it is written.

use super::LogoutNotice;
use super::session_end::participants_key;
use crate::issuer::{Fault, Issuer};
use crate::store::Key;
use crate::store::record::{ConsentRecord, ParticipantsRecord, SessionRecord};

/// Why a user's authorization ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// The session that it was given in ended, and it was not meant to outlive it.
    Logout,
    /// The user took it back on the account page.
    Account,
}

impl Withdrawal {
    /// As the record of the authorization names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Account => "the user",
        }
    }
}

/// One thing that ends.
#[derive(Clone, Debug)]
pub enum Ending {
    /// A session. Of many who end it one does; the others decide again.
    Session(Key),
    /// The memory of who took part in the session of this `sid`.
    Participants(String),
    /// Everything of one authorization.
    Family(Key, Withdrawal),
    /// A remembered consent.
    Consent(Key),
    /// The sessions at clients, which are told.
    Elsewhere(Vec<LogoutNotice>),
}

impl Issuer {
    /// Writes it; false if somebody else did so before.
    pub(in crate::issuer) async fn apply_ending(&self, ending: &Ending) -> Result<bool, Fault> {
        match ending {
            Ending::Session(key) => {
                return Ok(self.store.take::<SessionRecord>(*key).await?.is_some());
            }
            Ending::Participants(sid) => {
                self.store.take::<ParticipantsRecord>(participants_key(sid)).await?;
            }
            Ending::Family(key, why) => self.revoke_family(*key, why.as_str()).await?,
            Ending::Elsewhere(notices) => self.notify(notices),
            Ending::Consent(key) => drop(self.store.take::<ConsentRecord>(*key).await?),
        }
        Ok(true)
    }
}
