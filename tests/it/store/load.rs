//! Clients at work: each gets code after code, and tokens for them, until something happens.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::super::support::http::{Answer, Net, Request};
use super::super::support::lab::{CALLBACK, VERIFIER, parameter};
use super::super::support::served::{Served, Site as _};
use super::Registered;

/// Nobody has to be asked, so that every request is one for the store.
pub(super) const LAB: &str = "
registration: { mode: open }
users: [{ name: alice, password: alice }]
login: { automatic: alice }
consent: { mode: automatic }
limits: { token: 1000000/1m per client }
resources: [{ name: notes, path: /notes, scopes: { 'notes:read': Read your notes } }]
";

const CLIENTS: usize = 6;

/// All of what a client received.
pub(super) struct Received {
    pub(super) code: String,
    pub(super) access: String,
    pub(super) refresh: String,
}

/// Where they work.
pub(super) struct Place {
    authorize: String,
    token: String,
    net: Net,
    /// Requests that were answered.
    answered: AtomicUsize,
}

impl Place {
    pub(super) fn of(lab: &Served, client: &Registered) -> Self {
        let authorize = client.authorize_url(lab);
        let (token, net) = (lab.at("/token"), lab.net().clone());
        Self { authorize, token, net, answered: AtomicUsize::new(0) }
    }
}

/// Clients at work until `end`, which comes after so many answered requests: what they received, and
/// what it gave.
pub(super) fn at_work<T>(
    place: &Place,
    client: &Registered,
    answers: usize,
    end: impl FnOnce() -> T,
) -> (Vec<Received>, T) {
    let received = Mutex::new(Vec::new());
    let answers = place.answered.load(Ordering::SeqCst) + answers;
    let over = AtomicBool::new(false);
    let (enough, wait) = mpsc::channel();
    let ended = thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let enough = enough.clone();
            let (received, over) = (&received, &over);
            scope.spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let Some(one) = once(place, client) else { continue };
                    received.lock().unwrap().push(one);
                    if place.answered.load(Ordering::SeqCst) >= answers {
                        // Whoever waits hears the first of them.
                        let _ = enough.send(());
                    }
                }
            });
        }
        // None of them left: they panicked, and the scope says so.
        drop(enough);
        let _ = wait.recv();
        let ended = end();
        over.store(true, Ordering::SeqCst);
        ended
    });
    (received.into_inner().unwrap(), ended)
}

fn asked(place: &Place, request: &Request) -> Option<Answer> {
    let answer = place.net.attempt(request)?;
    place.answered.fetch_add(1, Ordering::SeqCst);
    Some(answer)
}

/// A code, and its tokens. None if the lab died meanwhile.
fn once(place: &Place, client: &Registered) -> Option<Received> {
    let url = &place.authorize;
    let mut answer = asked(place, &Request::get(url))?;
    let mut cookies = Vec::new();
    // Login and consent take a redirect each.
    while let Some(next) = answer.header("location").filter(|next| !next.starts_with(CALLBACK)) {
        let next = next.to_owned();
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            cookies.push(value.split(';').next().unwrap().to_owned());
        }
        let origin = url.split("/authorize").next().unwrap();
        let next = if next.starts_with('/') { format!("{origin}{next}") } else { next };
        let request = Request::get(next).header("Cookie", &cookies.join("; "));
        answer = asked(place, &request)?;
    }
    let code = parameter(answer.expect(303).location(), "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let request = Request::form(&place.token, &fields).basic(&client.id, &client.secret);
    let answer = asked(place, &request)?.expect(200);
    let (access, refresh) = (answer.member("access_token"), answer.member("refresh_token"));
    Some(Received { code, access, refresh })
}
