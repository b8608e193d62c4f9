//! Raw bytes at a server's port: for what no careful client would send, such as plain HTTP where
//! TLS is due, or the hello of an old handshake (RFC 5246 §7.4.1.2).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::{Exchange, Probe, Trouble};

/// How a server answered a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// It goes on, with this version: 0x0302 is TLS 1.1.
    Hello(u16),
    /// An alert, by its number.
    Alert(u8),
    /// It hung up.
    Silence,
    /// Something else.
    Unreadable,
}

/// A hello: the version, and the cipher suites.
#[derive(Clone, Copy, Debug)]
pub struct Hello {
    /// 0x0303 is TLS 1.2.
    pub version: u16,
    /// By their numbers.
    pub suites: &'static [u16],
}

/// At most so much of an answer is read.
const MAX_ANSWER: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

impl Probe {
    /// Sends bytes to the host and port of a URL, and reads until the server ends or has said
    /// enough.
    pub async fn raw(
        &self,
        url: &str,
        what: &str,
        bytes: &[u8],
        enough: fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, Trouble> {
        let url = Url::parse(url).map_err(|_| Trouble::Basis(format!("{url} is no URL")))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let spoken =
            self.spend(async { timeout(PATIENCE, speak(&host, port, bytes, enough)).await });
        let answer = match spoken.await? {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no end within five seconds".to_owned()),
        };
        let said = match &answer {
            Ok(bytes) => format!("{} bytes", bytes.len()),
            Err(why) => why.clone(),
        };
        self.recall(Exchange::raw(what, &format!("{host}:{port}"), &said));
        answer.map_err(Trouble::Basis)
    }

    /// Says hello to the host and port of a URL.
    pub async fn greet(&self, url: &str, hello: Hello) -> Result<Greeting, Trouble> {
        let host = Url::parse(url).ok().and_then(|url| url.domain().map(str::to_owned));
        let random = self.random()?;
        let bytes = hello.bytes(host.as_deref(), random.sha256());
        let what = format!("hello {:#06x}", hello.version);
        let answer = self.raw(url, &what, &bytes, |answer| answer.len() >= 11).await?;
        Ok(Greeting::read(&answer))
    }
}

async fn speak(
    host: &str,
    port: u16,
    bytes: &[u8],
    enough: fn(&[u8]) -> bool,
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    let mut part = [0; 2048];
    while answer.len() < MAX_ANSWER && !enough(&answer) {
        let read = match stream.read(&mut part).await {
            Ok(read) => read,
            // Whoever hangs up on what it does not like has answered.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(error) => return Err(error),
        };
        if read == 0 {
            break;
        }
        answer.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    Ok(answer)
}

impl Hello {
    fn bytes(&self, host: Option<&str>, random: [u8; 32]) -> Vec<u8> {
        let mut extensions = Vec::new();
        if let Some(host) = host {
            let name = prefixed(host.as_bytes());
            extensions.extend(extension(0, &prefixed(&[&[0], name.as_slice()].concat())));
        }
        // Groups x25519, P-256, P-384; uncompressed points; the usual signatures.
        extensions.extend(extension(10, &prefixed(&[0, 29, 0, 23, 0, 24])));
        extensions.extend(extension(11, &[1, 0]));
        let signatures = [4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1, 2, 3, 2, 1];
        extensions.extend(extension(13, &prefixed(&signatures)));
        // The extended master secret (RFC 7627) and secure renegotiation (RFC 5746).
        extensions.extend(extension(23, &[]));
        extensions.extend(extension(0xff01, &[0]));
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let mut body = self.version.to_be_bytes().to_vec();
        body.extend(random);
        body.push(0);
        body.extend(prefixed(&suites));
        body.extend([1, 0]);
        body.extend(prefixed(&extensions));
        let mut message = vec![1, 0];
        message.extend(prefixed(&body));
        let mut record = vec![22, 3, 1];
        record.extend(prefixed(&message));
        record
    }
}

impl Greeting {
    fn read(answer: &[u8]) -> Self {
        match answer {
            [] => Self::Silence,
            [21, _, _, _, _, _, number, ..] => Self::Alert(*number),
            [22, _, _, _, _, 2, _, _, _, high, low, ..] => {
                Self::Hello(u16::from_be_bytes([*high, *low]))
            }
            _ => Self::Unreadable,
        }
    }
}

/// With its length in two bytes before it.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().as_slice(), bytes].concat()
}

fn extension(number: u16, content: &[u8]) -> Vec<u8> {
    [number.to_be_bytes().as_slice(), &prefixed(content)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODERN: Hello = Hello { version: 0x0303, suites: &[0xc02b, 0xc02f, 0xc013] };

    #[test]
    fn a_hello_is_one_that_a_server_can_read() {
        let bytes = MODERN.bytes(Some("localhost"), [7; 32]);
        let mut acceptor = rustls::server::Acceptor::default();
        acceptor.read_tls(&mut bytes.as_slice()).unwrap();
        let accepted = acceptor.accept().unwrap().expect("a whole hello");
        let hello = accepted.client_hello();
        assert_eq!(hello.server_name(), Some("localhost"));
        let suites: Vec<u16> = hello.cipher_suites().iter().map(|&suite| suite.into()).collect();
        assert_eq!(suites, MODERN.suites);
        assert!(!hello.signature_schemes().is_empty());
    }

    #[test]
    fn greetings_are_read_by_their_first_bytes() {
        let hello = [22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, 9];
        assert_eq!(Greeting::read(&hello), Greeting::Hello(0x0302));
        assert_eq!(Greeting::read(&[21, 3, 1, 0, 2, 2, 70]), Greeting::Alert(70));
        assert_eq!(Greeting::read(&[]), Greeting::Silence);
        assert_eq!(Greeting::read(b"HTTP/1.1 400 Bad"), Greeting::Unreadable);
    }
}
