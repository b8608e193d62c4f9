//! A host of client metadata: a plain HTTP server on loopback that says what a test wants, and
//! counts who asks.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

/// A running host.
pub(crate) struct DocumentHost {
    origin: String,
    hits: Arc<AtomicUsize>,
}

impl DocumentHost {
    /// Serves `answer(origin, path)`; an empty answer is never given, and the connection stays open.
    pub(crate) fn serve(answer: impl Fn(&str, &str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let hits = Arc::new(AtomicUsize::new(0));
        let (own, count) = (origin.clone(), Arc::clone(&hits));
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer(&own, &path(&mut stream));
                if answer.is_empty() {
                    open.push(stream);
                } else {
                    // Whoever refuses a large answer hangs up.
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        Self { origin, hits }
    }

    /// Serves one document at every path: what an application of one redirect URI needs, changed.
    pub(crate) fn document(changes: Value) -> Self {
        Self::serve(move |origin, path| {
            let mut document = json!({
                "client_id": format!("{origin}{path}"),
                "client_name": "An application",
                "redirect_uris": ["http://127.0.0.1/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "none",
            });
            document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            ok("application/json", "max-age=120", &document.to_string())
        })
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// An answer with status 200.
pub(crate) fn ok(media_type: &str, cache: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nCache-Control: {cache}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn path(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().split(' ').nth(1).unwrap_or("/").to_owned()
}
