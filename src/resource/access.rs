//! What a valid token allows.

use crate::protocol::{NotesAccess, Scope};

/// Who calls, through which client, with what scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The issuer that vouches for all of this.
    pub issuer: String,
    /// `sub`: the user, or the client itself where no user is involved (RFC 9068 §2.2).
    pub subject: Option<String>,
    /// The client that the token was issued to.
    pub client_id: Option<String>,
    /// What was granted.
    pub scope: Scope,
    /// What was granted in detail.
    pub details: Vec<NotesAccess>,
    /// Expiry, in seconds since the Unix epoch.
    pub expires: Option<u64>,
}

impl Access {
    /// The user that the token stands for; `None` when a client acts for itself. Without a user
    /// `sub` is the client id (RFC 9068 §2.2), or it is left out of an introspection answer.
    pub fn user(&self) -> Option<&str> {
        let subject = self.subject.as_deref()?;
        (self.client_id.as_deref() != Some(subject)).then_some(subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_acts_for_itself_is_no_user() {
        let access = |sub: Option<&str>, client: &str| Access {
            issuer: "https://localhost:9443".to_owned(),
            subject: sub.map(str::to_owned),
            client_id: Some(client.to_owned()),
            scope: Scope::empty(),
            details: Vec::new(),
            expires: None,
        };
        assert_eq!(access(Some("alice"), "web").user(), Some("alice"));
        assert_eq!(access(Some("ci"), "ci").user(), None);
        assert_eq!(access(None, "ci").user(), None);
    }
}
