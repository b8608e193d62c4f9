//! The TLS handshake of one connection, and what a client hears that speaks plain HTTP instead.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A handshake record starts with 22 (RFC 8446 section 5.1), an HTTP method with a letter.
const ADVICE: &str = "This port speaks HTTPS. Use https:// instead of http:// in the URL.\n";
/// What is read of a refused request, so that closing does not destroy the answer on its way.
const DISCARD: u64 = 64 * 1024;

/// Runs the handshake. The caller bounds its time.
pub(super) async fn accept(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic() {
        advise(stream).await?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    acceptor.accept(stream).await
}

async fn advise(mut stream: TcpStream) -> io::Result<()> {
    let length = ADVICE.len();
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{ADVICE}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut discarded = [0; 1024];
    let mut rest = stream.take(DISCARD);
    while rest.read(&mut discarded).await? > 0 {}
    Ok(())
}
