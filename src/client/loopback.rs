//! The redirect URI of a native app (RFC 8252 §7.3): a listener on loopback that exists before the
//! authorization URL does, takes one answer, and ignores everything else that knocks.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::error::ClientError;
use crate::protocol::Form;

/// A listener that waits for one redirect.
#[derive(Debug)]
pub struct LoopbackListener {
    listeners: Vec<TcpListener>,
    path: String,
    redirect_uri: String,
}

/// A browser opens a few connections; more wait.
const MAX_CONNECTIONS: usize = 16;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_TARGET: usize = 16 * 1024;

const DONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Done</title>\
<h1>Done</h1><p>The answer has arrived. You may close this window.</p></html>";
const NOTHING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Nothing here</title><h1>Nothing here</h1></html>";

impl LoopbackListener {
    /// Opens a free port of both loopback addresses, the IPv6 one if there is one. The redirect
    /// URI names `127.0.0.1`, since a name could resolve to somewhere else (RFC 8252 §8.3).
    pub async fn bind(path: &str) -> Result<Self, ClientError> {
        let first = open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let port = first.local_addr().map_err(|error| refused("127.0.0.1", &error))?.port();
        let second = open(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await.ok();
        let listeners = std::iter::once(first).chain(second).collect();
        Ok(Self::new(listeners, &format!("127.0.0.1:{port}"), path))
    }

    /// Opens exactly this address, or fails. Only loopback: codes travel here without TLS.
    pub async fn bind_to(address: SocketAddr, path: &str) -> Result<Self, ClientError> {
        if !address.ip().is_loopback() {
            let detail = format!("{address} is not a loopback address");
            return Err(ClientError::Input { what: "the callback", detail });
        }
        let listener = open(address).await?;
        let bound = listener.local_addr().map_err(|error| refused(&address.to_string(), &error))?;
        Ok(Self::new(vec![listener], &bound.to_string(), path))
    }

    fn new(listeners: Vec<TcpListener>, authority: &str, path: &str) -> Self {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Self { listeners, redirect_uri: format!("http://{authority}{path}"), path }
    }

    /// The redirect URI that leads here.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The port.
    pub fn port(&self) -> u16 {
        let address = self.listeners.first().and_then(|listener| listener.local_addr().ok());
        address.map_or(0, |address| address.port())
    }

    /// Waits for the first redirect that carries a code or an error, and hands it back whole. The
    /// port is closed afterwards.
    pub async fn wait(self, timeout: Duration) -> Result<String, ClientError> {
        let Self { listeners, path, redirect_uri } = self;
        let (send, mut arrivals) = mpsc::channel(1);
        let expected = Arc::new(Expected { path, redirect_uri: redirect_uri.clone(), send });
        // Dropped at the end, and with it every listener and connection.
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept(listener, Arc::clone(&expected)));
        }
        drop(expected);
        match tokio::time::timeout(timeout, arrivals.recv()).await {
            Ok(Some(Arrival { redirect, answered })) => {
                // The page is on its way: a moment for the browser to read it.
                let _ = tokio::time::timeout(Duration::from_secs(1), answered).await;
                Ok(redirect)
            }
            Ok(None) | Err(_) => Err(ClientError::NobodyCame { redirect_uri, after: timeout }),
        }
    }
}

struct Expected {
    path: String,
    redirect_uri: String,
    send: mpsc::Sender<Arrival>,
}

struct Arrival {
    redirect: String,
    answered: tokio::sync::oneshot::Receiver<Infallible>,
}

async fn accept(listener: TcpListener, expected: Arc<Expected>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or a connection that is gone already.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let expected = Arc::clone(&expected);
        connections.spawn(async move {
            serve(stream, &expected).await;
            drop(place);
        });
    }
}

/// One exchange. When the connection is done, `answered` is dropped, and the waiter goes on.
async fn serve(stream: TcpStream, expected: &Expected) {
    let (keep, answered) = tokio::sync::oneshot::channel::<Infallible>();
    let answered = std::sync::Mutex::new(Some(answered));
    let service = service_fn(|request: Request<Incoming>| {
        let redirect = expected.redirect(&request);
        let arrived = redirect.is_some_and(|redirect| {
            let answered = answered.lock().ok().and_then(|mut answered| answered.take());
            // Full: another one came first.
            answered.is_some_and(|answered| {
                expected.send.try_send(Arrival { redirect, answered }).is_ok()
            })
        });
        let (status, page) =
            if arrived { (StatusCode::OK, DONE) } else { (StatusCode::NOT_FOUND, NOTHING) };
        async move { Ok::<_, Infallible>(answer(status, page)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(false)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), service);
    // A browser that leaves early has its answer, or does not want one.
    let _ = connection.await;
    drop(keep);
}

impl Expected {
    /// The whole redirect, if this request is one: GET, our path, and a code or an error in it.
    fn redirect(&self, request: &Request<Incoming>) -> Option<String> {
        let uri = request.uri();
        let query = uri.query().filter(|query| query.len() <= MAX_TARGET)?;
        if request.method() != Method::GET || uri.path() != self.path {
            return None;
        }
        let form = Form::parse_lenient(query.as_bytes()).ok()?;
        let answers = form.get("code").or_else(|| form.get("error")).is_some();
        answers.then(|| format!("{}?{query}", self.redirect_uri))
    }
}

/// A static page: nothing of the request is in it, and nothing can be loaded by it.
fn answer(status: StatusCode, page: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(page.as_bytes())));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    response
}

async fn open(address: SocketAddr) -> Result<TcpListener, ClientError> {
    TcpListener::bind(address).await.map_err(|error| refused(&address.to_string(), &error))
}

fn refused(address: &str, error: &std::io::Error) -> ClientError {
    ClientError::Listen { address: address.to_owned(), reason: error.to_string() }
}

/// Reads `ADDR:PORT/PATH`, `ADDR:PORT` or `PORT`, as a callback is named on the command line.
pub fn parse_callback(text: &str) -> Result<(SocketAddr, String), ClientError> {
    let (address, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let path = if path.is_empty() { "/callback" } else { path };
    let port = address.parse::<u16>().ok();
    let address = match port {
        Some(port) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        None => address.parse().ok(),
    };
    match address {
        Some(address) => Ok((address, path.to_owned())),
        None => Err(ClientError::Input {
            what: "the callback",
            detail: "write 127.0.0.1:PORT or 127.0.0.1:PORT/PATH".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use http::header::ACCEPT;

    use super::*;
    use crate::fetch::{self, Http, Roots};

    const LONG: Duration = Duration::from_secs(10);

    fn http() -> Http {
        Http::new(Roots::System, LONG).unwrap()
    }

    #[tokio::test]
    async fn strays_are_ignored_and_the_first_answer_is_taken() {
        let listener = LoopbackListener::bind("/callback").await.unwrap();
        let (uri, port) = (listener.redirect_uri().to_owned(), listener.port());
        let waiting = tokio::spawn(listener.wait(LONG));
        let http = http();
        let strays = [
            fetch::Request::get(format!("http://127.0.0.1:{port}/favicon.ico")),
            fetch::Request::get(&*uri),
            fetch::Request::get(format!("{uri}?code=")),
            fetch::Request::get(format!("{uri}x?code=c")),
            fetch::Request::post_form(format!("{uri}?code=c"), &[]),
        ];
        for stray in strays {
            let answer = http.send(stray.header(ACCEPT, "*/*")).await.unwrap();
            assert_eq!(answer.status, 404);
            assert!(!waiting.is_finished());
        }
        let redirect = format!("{uri}?code=c%2B1&state=s");
        let answer = http.send(fetch::Request::get(&*redirect)).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("close this window"));
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert_eq!(waiting.await.unwrap().unwrap(), redirect);
        assert!(http.send(fetch::Request::get(&*redirect)).await.is_err(), "the port is closed");
    }

    #[tokio::test]
    async fn an_error_is_an_answer_and_nobody_is_an_error() {
        let listener = LoopbackListener::bind("cb").await.unwrap();
        let redirect = format!("{}?error=access_denied&state=s", listener.redirect_uri());
        let waiting = tokio::spawn(listener.wait(LONG));
        http().send(fetch::Request::get(&*redirect)).await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), redirect);

        let listener = LoopbackListener::bind("/").await.unwrap();
        let error = listener.wait(Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(error, ClientError::NobodyCame { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_named_port_is_taken_as_named_or_not_at_all() {
        let taken = LoopbackListener::bind("/").await.unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, taken.port()));
        let error = LoopbackListener::bind_to(address, "/").await.unwrap_err();
        assert!(matches!(error, ClientError::Listen { .. }), "{error:?}");
        let open = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let error = LoopbackListener::bind_to(open, "/").await.unwrap_err();
        assert!(matches!(error, ClientError::Input { .. }), "{error:?}");
    }

    #[test]
    fn a_callback_is_a_port_an_address_or_both_with_a_path() {
        let parsed = |text| parse_callback(text).map(|(address, path)| format!("{address}{path}"));
        assert_eq!(parsed("8080").unwrap(), "127.0.0.1:8080/callback");
        assert_eq!(parsed("127.0.0.1:8080").unwrap(), "127.0.0.1:8080/callback");
        assert_eq!(parsed("[::1]:8080/cb/x").unwrap(), "[::1]:8080/cb/x");
        assert!(parsed("localhost").is_err());
        assert!(parsed("99999").is_err());
    }
}
