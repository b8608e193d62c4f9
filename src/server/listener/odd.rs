//! A listener that misbehaves before TLS begins, on purpose. What a TLS library of today cannot do
//! (old versions, weak ciphers) is played: one answer, as if the handshake went on, and the end.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::deviation::{Deviations, Surface};

/// The surfaces that are at a listener.
pub const SURFACES: &[Surface] =
    &[Surface::OldTls, Surface::PlainHttp, Surface::RedirectToTls, Surface::WeakCiphers];

/// How a connection goes on.
pub(super) enum Course {
    /// With TLS, as usual.
    Tls(TcpStream),
    /// With HTTP, without TLS.
    Plain(TcpStream),
    /// Not at all: it was answered.
    Over,
}

/// What is needed of a hello: 512 bytes hold the suites of every client.
const PEEKED: usize = 512;

/// Looks at the first bytes, and leaves them to whoever goes on.
pub(super) async fn course(stream: TcpStream, deviations: &Deviations, limit: Duration) -> Course {
    let looked = timeout(limit, look(stream, deviations)).await;
    looked.map_or(Course::Over, |course| course.unwrap_or(Course::Over))
}

async fn look(mut stream: TcpStream, deviations: &Deviations) -> io::Result<Course> {
    let mut first = [0; PEEKED];
    let length = stream.peek(&mut first).await?;
    let first = first.get(..length).unwrap_or_default();
    let answer = match played(first, deviations) {
        Played::Nothing => return Ok(Course::Tls(stream)),
        Played::Plain => return Ok(Course::Plain(stream)),
        Played::Answer(answer) => answer,
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await?;
    Ok(Course::Over)
}

enum Played {
    Nothing,
    Plain,
    Answer(Vec<u8>),
}

fn played(first: &[u8], deviations: &Deviations) -> Played {
    if first.first().is_some_and(u8::is_ascii_alphabetic) {
        if deviations.opens(Surface::PlainHttp) {
            return Played::Plain;
        }
        if deviations.opens(Surface::RedirectToTls) {
            return Played::Answer(redirect(first));
        }
        return Played::Nothing;
    }
    let Some((version, suites)) = hello(first) else { return Played::Nothing };
    let old = version < TLS_1_2 && deviations.opens(Surface::OldTls);
    let sound = |suite: &u16| (0x1301..=0x1303).contains(suite) || SOUND.contains(suite);
    let weak = version == TLS_1_2 && !suites.iter().any(sound);
    if old || weak && deviations.opens(Surface::WeakCiphers) {
        let suite = suites.first().copied().unwrap_or_default();
        return Played::Answer(server_hello(version, suite));
    }
    Played::Nothing
}

const TLS_1_2: u16 = 0x0303;

/// The suites of TLS 1.2 with ECDHE and an AEAD.
const SOUND: &[u16] =
    &[0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x009e, 0x009f, 0xccaa, 0xc0ac, 0xc0ad];

/// Version and suites of a client's hello (RFC 5246 §7.4.1.2).
fn hello(first: &[u8]) -> Option<(u16, Vec<u16>)> {
    let [22, _, _, _, _, 1, _, _, _, high, low, rest @ ..] = first else { return None };
    let (&session, rest) = rest.get(32..)?.split_first()?;
    let [length_high, length_low, rest @ ..] = rest.get(usize::from(session)..)? else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
    let (pairs, _) = rest.get(..length.min(rest.len()))?.as_chunks::<2>();
    let suites = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    Some((u16::from_be_bytes([*high, *low]), suites))
}

/// The beginning of a handshake that goes no further. Its random is none: nothing is encrypted.
fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let [high, low] = version.to_be_bytes();
    let mut record = vec![22, high, low, 0, 42, 2, 0, 0, 38, high, low];
    record.extend([0x6f; 32]);
    record.push(0);
    record.extend(suite.to_be_bytes());
    record.push(0);
    record
}

fn redirect(first: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(first);
    let path = text.split(' ').nth(1).filter(|path| path.starts_with('/')).unwrap_or("/");
    let host = text.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or("localhost");
    let head = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    format!("HTTP/1.1 308 Permanent Redirect\r\nLocation: https://{}{path}\r\n{head}", host.trim())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_hello(version: u16, suites: &[u16]) -> Vec<u8> {
        let mut bytes = vec![22, 3, 1, 0, 0, 1, 0, 0, 0];
        bytes.extend(version.to_be_bytes());
        bytes.extend([7; 32]);
        bytes.extend([2, 9, 9]);
        bytes.extend(u16::try_from(suites.len() * 2).unwrap().to_be_bytes());
        bytes.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
        bytes
    }

    fn answers(id: &str, first: &[u8]) -> bool {
        matches!(played(first, &Deviations::of(&[id])), Played::Answer(_))
    }

    #[test]
    fn only_the_hello_that_should_be_refused_is_answered() {
        let (old, weak) = (client_hello(0x0302, &[0x002f]), client_hello(TLS_1_2, &[0x002f]));
        let good = client_hello(TLS_1_2, &[0x002f, 0xc02b]);
        assert!(answers("tls-old-version", &old) && !answers("tls-old-version", &weak));
        assert!(answers("tls-weak-cipher", &weak) && !answers("tls-weak-cipher", &old));
        for id in ["tls-old-version", "tls-weak-cipher", "tls-plain-http"] {
            assert!(!answers(id, &good) && !answers(id, &[]) && !answers(id, &good[..40]), "{id}");
        }
    }

    #[test]
    fn plain_http_is_redirected_to_the_same_path() {
        let request = b"POST /token HTTP/1.1\r\nHost: localhost:9443\r\n\r\n";
        assert!(answers("tls-redirect-on-backchannel", request));
        let answer = String::from_utf8(redirect(request)).unwrap();
        assert!(answer.contains("\r\nLocation: https://localhost:9443/token\r\n"), "{answer}");
    }
}
