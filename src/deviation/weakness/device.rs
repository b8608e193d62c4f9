//! Weaknesses of the device authorization grant (RFC 8628).

use super::Weakness;
use crate::deviation::{Draft, Leniency, Outgoing, Seam};
use crate::protocol::Secret;
use crate::rule;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &DEVICE_AUTO_APPROVE,
    &DEVICE_CLIENT_SWAP,
    &DEVICE_CODE_ENTROPY,
    &DEVICE_PAGE_UNINFORMATIVE,
    &DEVICE_REUSE,
    &DEVICE_SLOW_DOWN,
    &DEVICE_USER_CODE_WEAK,
];

static DEVICE_AUTO_APPROVE: Weakness = Weakness {
    id: "device-auto-approve",
    title: "A link with the user code connects a device without a question",
    seams: &[Seam::Read(Leniency::DeviceByLink)],
    dominates: &[],
};

static DEVICE_CLIENT_SWAP: Weakness = Weakness {
    id: "device-client-swap",
    title: "A device code of one client is redeemed by another",
    seams: &[Seam::Waive(&rule::DEVICE_CODE_CLIENT, |_, _| true)],
    dominates: &[],
};

static DEVICE_CODE_ENTROPY: Weakness = Weakness {
    id: "device-code-entropy",
    title: "A device code has so few characters that it can be guessed",
    seams: &[Seam::Draft(|draft| {
        if let Draft::DeviceCode(code) = draft {
            let short: String = code.expose().chars().take(8).collect();
            **code = Secret::new(short);
        }
    })],
    dominates: &[],
};

static DEVICE_PAGE_UNINFORMATIVE: Weakness = Weakness {
    id: "device-page-uninformative",
    title: "The page that connects a device does not show the code",
    seams: &[Seam::Mangle(without_code)],
    dominates: &[],
};

static DEVICE_REUSE: Weakness = Weakness {
    id: "device-reuse",
    title: "A device code gives tokens as often as it is polled",
    seams: &[Seam::Waive(&rule::DEVICE_CODE_UNSPENT, |_, _| true)],
    dominates: &[],
};

static DEVICE_SLOW_DOWN: Weakness = Weakness {
    id: "device-slow-down",
    title: "A device may poll as fast as it likes",
    seams: &[Seam::Waive(&rule::DEVICE_CODE_INTERVAL, |_, _| true)],
    dominates: &[],
};

static DEVICE_USER_CODE_WEAK: Weakness = Weakness {
    id: "device-user-code-weak",
    title: "Of the eight letters of a user code only three change",
    seams: &[Seam::Draft(|draft| {
        if let Draft::UserCode(number) = draft {
            **number %= 20_u64.pow(3);
        }
    })],
    dominates: &[],
};

/// The page without what it shows between these tags: the code, and nothing else.
fn without_code(outgoing: &mut Outgoing<'_>) {
    const TAGS: [&str; 2] = ["<strong><code>", "</code></strong>"];
    if outgoing.endpoint != "/device/confirm" {
        return;
    }
    let page = String::from_utf8_lossy(outgoing.body).into_owned();
    let [open, close] = TAGS;
    if let Some((before, rest)) = page.split_once(open)
        && let Some((_, after)) = rest.split_once(close)
    {
        *outgoing.body = format!("{before}{open}{close}{after}").into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::deviation::Asked;

    #[test]
    fn the_code_alone_is_taken_off_the_page() {
        let page = "<p>It shows <strong><code>A-B</code></strong>.</p><code>client</code>";
        for (endpoint, expected) in [
            (
                "/device/confirm",
                "<p>It shows <strong><code></code></strong>.</p><code>client</code>",
            ),
            ("/device", page),
        ] {
            let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
            let mut body = page.as_bytes().to_vec();
            let (status, headers) = (&mut status, &mut headers);
            let asked = &Asked::default();
            without_code(&mut Outgoing {
                asked,
                endpoint,
                status,
                headers,
                body: &mut body,
                broken: None,
            });
            assert_eq!(String::from_utf8_lossy(&body), expected);
        }
    }
}
