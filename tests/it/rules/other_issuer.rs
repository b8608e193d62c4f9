//! An authorization server that vouches for tokens of somebody else: the one thing that no real
//! issuer in these tests would do. It has a certificate of the lab's CA, and answers three paths.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use oauthlab::clock::Clock;
use oauthlab::lab::{LabOptions, Only};
use oauthlab::protocol::IssuerUrl;
use oauthlab::tls::{Authority, HostName, server_config};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

/// Makes the lab a resource server whose issuer is this one.
pub(super) fn trust(options: &mut LabOptions) {
    let now = Clock::system().now();
    // The names of the built-in lab, so that it keeps this CA.
    let names = ["localhost", "host.docker.internal"].map(|name| HostName::parse(name).unwrap());
    let (authority, _) = Authority::open(&options.data, &names, now).unwrap();
    let tls = server_config(&authority, now).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    options.only = Some(Only::Resource);
    options.issuer = Some(IssuerUrl::parse(&url).unwrap());
    // Ends with the process: it serves one lab of one test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (tls, url) = (tls.clone(), url.clone());
            thread::spawn(move || answer(stream, &tls, &url));
        }
    });
}

fn answer(stream: TcpStream, tls: &Arc<ServerConfig>, url: &str) -> Option<()> {
    // HTTP/1.1 alone.
    let mut tls = (**tls).clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connection = ServerConnection::new(Arc::new(tls)).ok()?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
    let body = if path.starts_with("/.well-known/") {
        json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "introspection_endpoint": format!("{url}/introspect"),
            "response_types_supported": ["code"],
        })
    } else {
        json!({ "active": true, "token_type": "Bearer", "iss": "https://elsewhere.example" })
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    reader.get_mut().write_all(head.as_bytes()).ok()?;
    reader.get_mut().conn.send_close_notify();
    reader.get_mut().flush().ok()
}
