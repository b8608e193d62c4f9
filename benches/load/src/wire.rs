//! HTTP/1.1 over TLS on one kept connection.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Outcome;

/// A token request, ready to be sent.
pub struct Prepared {
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Prepared {
    pub fn form(body: &str) -> Self {
        Self { body: body.to_owned(), headers: Vec::new() }
    }

    pub fn header(&mut self, name: &'static str, value: &str) {
        self.headers.push((name, value.to_owned()));
    }

    pub fn basic(&mut self, id: &str, secret: &str) {
        let credentials = STANDARD.encode(format!("{id}:{secret}"));
        self.header("authorization", &format!("Basic {credentials}"));
    }

    pub fn assertion(&mut self, jwt: &str) {
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        self.body += &format!("&client_assertion_type={kind}&client_assertion={jwt}");
    }
}

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    pub async fn open(to: SocketAddr, roots: RootCertStore) -> Outcome<Self> {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connector.connect("localhost".try_into()?, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, host: format!("localhost:{}", to.port()) })
    }

    /// One request for a token; anything but a token is an error.
    pub async fn token(&mut self, prepared: Prepared) -> Outcome<String> {
        let body = self.post("/token", prepared).await?;
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        let token = answer["access_token"].as_str().ok_or("an answer without a token")?;
        Ok(token.to_owned())
    }

    /// Asks for a token that is live; anything else is an error.
    pub async fn introspect(&mut self, prepared: Prepared) -> Outcome<()> {
        let body = self.post("/introspect", prepared).await?;
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        if answer["active"] == true { Ok(()) } else { Err("a live token is not active".into()) }
    }

    async fn post(&mut self, path: &str, prepared: Prepared) -> Outcome<Bytes> {
        let mut request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in prepared.headers {
            request = request.header(name, value);
        }
        self.sender.ready().await?;
        let body = Full::new(Bytes::from(prepared.body));
        let response = self.sender.send_request(request.body(body)?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != 200 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }
}
