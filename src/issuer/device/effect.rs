//! What the device authorization grant writes.

use crate::clock::Timestamp;
use crate::issuer::commit::{Committed, Swap};
use crate::issuer::{Fault, Issuer};
use crate::store::Key;
use crate::store::record::{DeviceRecord, DeviceVisitRecord, UserCodeRecord};

/// An effect of the device authorization grant.
#[derive(Clone, Debug)]
pub enum DeviceEffect {
    /// A user code that leads to a new device. Where another device has it: decide again.
    NewUserCode(Key, UserCodeRecord, Timestamp),
    /// A device that waits for its user.
    Wait(Key, DeviceRecord, Timestamp),
    /// Compare-and-swap a device into an answered or a spent one. Losing it means: decide again.
    Update(Swap<DeviceRecord>),
    /// A device that has polled. Lost races do not matter: an answer given meanwhile stays.
    Touch(Swap<DeviceRecord>),
    /// A browser whose user typed a user code.
    Visit(Key, DeviceVisitRecord, Timestamp),
}

impl Issuer {
    pub(in crate::issuer) async fn apply_device(
        &self,
        effect: &DeviceEffect,
    ) -> Result<Committed, Fault> {
        match effect {
            DeviceEffect::NewUserCode(key, code, until) => {
                if !self.store.put_new(*key, code, *until).await? {
                    return Ok(Committed::LostRace);
                }
            }
            DeviceEffect::Wait(key, device, until) => self.store.put(*key, device, *until).await?,
            DeviceEffect::Update(swap) => {
                if let Some(grant) = swap.value.grant()
                    && let Some(sid) = &grant.sid
                {
                    // Whoever gets tokens of a session is told when it ends.
                    self.join_session(sid, &grant.client_id).await?;
                }
                return self.swap(swap).await;
            }
            DeviceEffect::Touch(swap) => drop(self.swap(swap).await?),
            DeviceEffect::Visit(key, visit, until) => self.store.put(*key, visit, *until).await?,
        }
        Ok(Committed::Yes)
    }
}
