//! Whose a record is: the labels that lead from a user to what the account page shows and takes
//! back, and from a session to what its end takes with it.

use super::{
    CodeRecord, ConsentRecord, DeviceRecord, FamilyRecord, Grant, RefreshTokenRecord, SessionRecord,
};
use crate::store::Label;

pub(super) fn of_session(session: &SessionRecord) -> Vec<Label<'_>> {
    vec![Label::User(&session.subject)]
}

pub(super) fn of_consent(consent: &ConsentRecord) -> Vec<Label<'_>> {
    vec![Label::User(&consent.subject)]
}

pub(super) fn of_family(family: &FamilyRecord) -> Vec<Label<'_>> {
    family.subject.iter().map(Label::User).collect()
}

/// No user is shown a rotated one, of which there may be many.
pub(super) fn of_refresh_token(token: &RefreshTokenRecord) -> Vec<Label<'_>> {
    let user = token.grant.subject.iter().filter(|_| token.rotated_at.is_none()).map(Label::User);
    user.chain(session(&token.grant)).collect()
}

pub(super) fn of_code(code: &CodeRecord) -> Vec<Label<'_>> {
    session(&code.grant).collect()
}

/// Of a device that was allowed.
pub(super) fn of_device(device: &DeviceRecord) -> Vec<Label<'_>> {
    device.grant().into_iter().flat_map(session).collect()
}

fn session(grant: &Grant) -> impl Iterator<Item = Label<'_>> {
    grant.sid.iter().map(|sid| Label::Session(sid))
}
