//! Rules of the device authorization grant (RFC 8628), on the device's side and on the user's.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// What is said of a grant that cannot be used, whatever the reason.
const UNUSABLE: Face = Face::new(
    E::InvalidGrant,
    "grant.usable",
    "The grant is unknown, expired, revoked, or was issued to another client.",
);

/// What is said of a user code that cannot be used, whatever the reason.
const NO_SUCH_CODE: Face = Face::new(
    E::InvalidRequest,
    "user_code.usable",
    "No device waits for this code. Check it, or start again on the device.",
);

/// The request has a device code.
pub static DEVICE_CODE_PRESENTED: Rule = Rule {
    id: "device_code.presented",
    title: "The request has a device code",
    spec: "RFC 8628 §3.4",
    stops: "Nothing can be exchanged for nothing.",
    fix: "Add the device_code of the device authorization response.",
    face: Face::new(E::InvalidRequest, "device_code.presented", "The request has no device_code."),
};

/// The device code was issued by this server.
pub static DEVICE_CODE_KNOWN: Rule = Rule {
    id: "device_code.known",
    title: "The device code was issued by this server",
    spec: "RFC 8628 §3.5, RFC 6749 §5.2",
    stops: "Device codes could be made up.",
    fix: "Send the device_code exactly as it came, to the server that issued it.",
    face: UNUSABLE,
};

/// The device code was issued to this client.
pub static DEVICE_CODE_CLIENT: Rule = Rule {
    id: "device_code.client",
    title: "The device code was issued to this client",
    spec: "RFC 8628 §3.5, RFC 6749 §5.2",
    stops: "A client could fetch what a user granted to another one.",
    fix: "Poll with the client that asked for the device code.",
    face: UNUSABLE,
};

/// The device code was not used before.
pub static DEVICE_CODE_UNSPENT: Rule = Rule {
    id: "device_code.unspent",
    title: "The device code was not used before",
    spec: "RFC 6749 §4.1.2",
    stops: "A device code from a log would give tokens again. A second use revokes what the first one gave.",
    fix: "Stop polling once the tokens came; start again at the device authorization endpoint.",
    face: UNUSABLE,
};

/// The device code has not expired.
pub static DEVICE_CODE_FRESH: Rule = Rule {
    id: "device_code.fresh",
    title: "The device code has not expired",
    spec: "RFC 8628 §3.5",
    stops: "The longer a code waits, the more time there is to guess it or to talk somebody into it.",
    fix: "Ask for a new device code, and let the user start that: expires_in says how long it lives.",
    face: Face::new(E::ExpiredToken, "device_code.fresh", "The device code has expired."),
};

/// The user allowed the device.
pub static DEVICE_CODE_ALLOWED: Rule = Rule {
    id: "device_code.allowed",
    title: "The user allowed the device",
    spec: "RFC 8628 §3.5",
    stops: "The user decides.",
    fix: "Nothing to fix: the user said no. Stop polling.",
    face: Face::new(E::AccessDenied, "device_code.allowed", "The user denied the device.")
        .with_status(400),
};

/// The device waits for as long as it was told between two polls.
pub static DEVICE_CODE_INTERVAL: Rule = Rule {
    id: "device_code.interval",
    title: "The device waits for as long as it was told between two polls",
    spec: "RFC 8628 §3.5",
    stops: "Devices that ask all the time wear the server out, and they come in great numbers.",
    fix: "Wait for interval seconds after each answer, and for five seconds more after each slow_down.",
    face: Face::new(
        E::SlowDown,
        "device_code.interval",
        "The device polls too often. Wait five seconds longer from now on.",
    ),
};

/// The user has answered.
pub static DEVICE_CODE_ANSWERED: Rule = Rule {
    id: "device_code.answered",
    title: "The user has answered",
    spec: "RFC 8628 §3.5",
    stops: "Tokens before the answer would make the question pointless.",
    fix: "Nothing to fix: poll again after interval seconds, until the user has answered.",
    face: Face::new(
        E::AuthorizationPending,
        "device_code.answered",
        "The user has not answered yet.",
    ),
};

/// Wrong user codes stay below their rate.
pub static USER_CODE_RATE: Rule = Rule {
    id: "user_code.rate",
    title: "Wrong user codes stay below their rate",
    spec: "RFC 8628 §5.1",
    stops: "User codes are short: unlimited tries find a device that waits, and let a stranger answer for its user.",
    fix: "Wait a minute.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "user_code.rate",
        "Too many wrong codes. Try again in a minute.",
    )
    .with_status(429),
};

/// A device waits for this user code.
pub static USER_CODE_KNOWN: Rule = Rule {
    id: "user_code.known",
    title: "A device waits for this user code",
    spec: "RFC 8628 §3.3",
    stops: "Codes could be made up.",
    fix: "Type the eight letters as the device shows them; case and dashes do not matter.",
    face: NO_SUCH_CODE,
};

/// The user code has not expired.
pub static USER_CODE_FRESH: Rule = Rule {
    id: "user_code.fresh",
    title: "The user code has not expired",
    spec: "RFC 8628 §3.2",
    stops: "The longer a code waits, the more time there is to guess it or to talk somebody into it.",
    fix: "Start again on the device: it shows a new code.",
    face: NO_SUCH_CODE,
};

/// The device was not answered before.
pub static USER_CODE_UNANSWERED: Rule = Rule {
    id: "user_code.unanswered",
    title: "The device was not answered before",
    spec: "RFC 8628 §3.3",
    stops: "Whoever sends the form last would decide; one answer is final.",
    fix: "Start again on the device: it shows a new code.",
    face: NO_SUCH_CODE,
};
