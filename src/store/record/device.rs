//! Records of the device authorization grant (RFC 8628): the device that waits, the way from its
//! user code to it, and the page at which its user is.

use serde::{Deserialize, Serialize};

use super::Grant;
use crate::clock::Timestamp;
use crate::protocol::{ClientId, ResourceUri, Scope};

/// A device that waits for its user, or was answered. Its key is that of the device code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// Who asked.
    pub client_id: ClientId,
    /// The requested scope.
    pub scope: Scope,
    /// The requested resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceUri>,
    /// Seconds between two polls: grows with each `slow_down`.
    pub interval: u64,
    /// When the device polled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polled_at: Option<Timestamp>,
    /// When both codes stop working. The record itself outlives it as a tombstone.
    pub fresh_until: Timestamp,
    /// What the user said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DeviceAnswer>,
    /// When the tokens were fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_at: Option<Timestamp>,
}

/// What the user said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// No.
    Denied,
    /// Yes: this is what the device may have.
    Allowed(Box<Grant>),
}

impl DeviceRecord {
    /// What was granted, if the user said yes.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.answer {
            Some(DeviceAnswer::Allowed(grant)) => Some(grant),
            Some(DeviceAnswer::Denied) | None => None,
        }
    }
}

/// Leads from a user code to its device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCodeRecord {
    /// The key of the device's record.
    pub device: [u8; 32],
}

/// A browser whose user typed a user code, and that is on its way to the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceVisitRecord {
    /// The key of the device's record.
    pub device: [u8; 32],
    /// The client of the device.
    pub client_id: ClientId,
    /// The user code, to show it again, under a mask that follows from the page's id: the store
    /// alone does not tell it.
    pub masked_code: u64,
    /// SHA-256 of the secret of the browser that this page was shown to.
    pub browser: [u8; 32],
}
