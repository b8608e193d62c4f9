//! HTTP/1.1 over TLS by hand: what is sent is exactly what the test says, redirects are not
//! followed, and what comes back is kept as it came.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;

/// A connection that a test drives itself.
pub(crate) type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A server that says nothing for so long has hung.
const SILENCE: Duration = Duration::from_secs(60);

/// The network, with trust in one CA alone.
#[derive(Clone)]
pub(crate) struct Net {
    tls: Arc<ClientConfig>,
}

/// A request under construction.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, url: impl Into<String>) -> Self {
        Self { method: method.to_owned(), url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// POST of a form.
    pub(crate) fn form(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        Self::new("POST", url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(encoded(fields))
    }

    /// A JSON body.
    pub(crate) fn json(method: &str, url: impl Into<String>, value: &Value) -> Self {
        let request = Self::new(method, url).header("Content-Type", "application/json");
        request.body(value.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn basic(self, id: &str, secret: &str) -> Self {
        let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect();
        let pair: [String; 2] = [encode(id), encode(secret)];
        self.header("Authorization", &format!("Basic {}", STANDARD.encode(pair.join(":"))))
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The bytes on the wire. A header that the test set is not set again.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (_, authority, target) = split(&self.url);
        let mut head = format!("{} {target} HTTP/1.1\r\n", self.method);
        let length = self.body.len().to_string();
        let sends_body = !self.body.is_empty() || self.method == "POST";
        for (name, value, wanted) in [
            ("Host", authority, true),
            ("Connection", "close", true),
            ("Content-Length", length.as_str(), sends_body),
        ] {
            if wanted && !self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
                let _ = write!(head, "{name}: {value}\r\n");
            }
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        [head.into_bytes(), self.body.clone()].concat()
    }
}

impl Net {
    pub(crate) fn new(tls: ClientConfig) -> Self {
        Self { tls: Arc::new(tls) }
    }

    /// Sends a request that must be answered.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        let received = self.exchange(&request.url, &request.bytes());
        match Answer::parse(&received) {
            Some(answer) => answer,
            None => {
                panic!("{request:?} was answered with {:?}", String::from_utf8_lossy(&received))
            }
        }
    }

    /// Sends a request to a server that may die meanwhile: the whole answer, or none.
    pub(crate) fn attempt(&self, request: &Request) -> Option<Answer> {
        let (_, authority, _) = split(&request.url);
        let mut stream = self.secured(&request.url, TcpStream::connect(authority).ok()?);
        let mut received = Vec::new();
        stream.write_all(&request.bytes()).ok()?;
        // Without the end of TLS it may have been cut short.
        stream.read_to_end(&mut received).ok()?;
        Answer::parse(&received)
    }

    /// Sends any bytes to the origin of a URL and reads until the server closes.
    pub(crate) fn exchange(&self, url: &str, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect(url);
        // The server may close while it is still being sent to: its answer counts, not ours.
        let _ = stream.write_all(bytes).and_then(|()| stream.flush());
        let mut received = Vec::new();
        let mut chunk = [0; 16 * 1024];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return received,
                Ok(n) => received.extend_from_slice(&chunk[..n]),
                Err(error)
                    if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) =>
                {
                    panic!(
                        "no end after {SILENCE:?}; so far: {:?}",
                        String::from_utf8_lossy(&received)
                    )
                }
                Err(_) => return received,
            }
        }
    }

    /// A connection whose handshake is made on first use.
    pub(crate) fn connect(&self, url: &str) -> Stream {
        let (_, authority, _) = split(url);
        self.secured(url, TcpStream::connect(authority).unwrap())
    }

    fn secured(&self, url: &str, tcp: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
        let (_, authority, _) = split(url);
        let (host, _) = authority.rsplit_once(':').unwrap();
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        tcp.set_read_timeout(Some(SILENCE)).unwrap();
        tcp.set_write_timeout(Some(SILENCE)).unwrap();
        tcp.set_nodelay(true).unwrap();
        let name = ServerName::try_from(name).unwrap();
        StreamOwned::new(ClientConnection::new(Arc::clone(&self.tls), name).unwrap(), tcp)
    }

    /// Sends some bytes and leaves without waiting.
    pub(crate) fn hang_up(&self, url: &str, bytes: &[u8]) {
        let mut stream = self.connect(url);
        let _ = stream.write_all(bytes).and_then(|()| stream.flush());
        let _ = stream.sock.shutdown(Shutdown::Both);
    }
}

/// Scheme, authority and request target of a URL. No normalisation: tests send odd paths.
fn split(url: &str) -> (&str, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap();
    match rest.find('/') {
        Some(at) => (scheme, &rest[..at], &rest[at..]),
        None => (scheme, rest, "/"),
    }
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Answer {
    /// Reads one response that ends with the connection.
    pub(crate) fn parse(received: &[u8]) -> Option<Self> {
        let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&received[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        assert!(!headers.iter().any(|(name, _)| name == "transfer-encoding"), "{head}");
        Some(Self { status, headers, body: received[end + 4..].to_vec() })
    }

    /// The value of a header that occurs at most once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(own, _)| own == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} occurs twice: {:?}", self.headers);
        value
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} is no JSON: {error}: {}", self.status, self.text()),
        }
    }

    /// A string member of the JSON body.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> String {
        match self.json()[name].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{} has no {name}: {}", self.status, self.text()),
        }
    }

    /// Where a redirect leads.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        match self.header("location") {
            Some(location) => location,
            None => panic!("{} has no location: {}", self.status, self.text()),
        }
    }

    /// Everything that reaches the client, as text: for what must not be in it.
    pub(crate) fn whole(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        headers.chain([self.text()]).collect()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.whole());
        self
    }
}
