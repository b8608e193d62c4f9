//! The guard in front of every route: the Host must be a name of this machine, so that a page
//! whose name was rebound to 127.0.0.1 gets nothing, and the token must be right.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{AUTHORIZATION, HOST};

use super::answer::{NotKept, refused_by, sealed};
use super::{Access, InspectorState};
use crate::protocol::Secret;
use crate::rule::{
    Blocked, Decision, Fact, INSPECT, INSPECTOR_HOST, INSPECTOR_KNOWN, INSPECTOR_TOKEN, Judge,
    NoWaivers,
};
use crate::server::health::{LIVE, READY};
use crate::server::reply::asked_path;

/// The names of this machine.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What needs no token.
const OPEN: [&str; 3] = ["/health", LIVE, READY];

/// Judges every request along docket `inspector`.
pub(super) async fn guard(
    State(state): State<InspectorState>,
    request: Request,
    next: Next,
) -> Response {
    let mut judge = Judge::new(&INSPECT, &NoWaivers);
    if let Err(blocked) = admit(&mut judge, &state.0.access, &request) {
        return sealed(refuse(judge, Err(blocked)));
    }
    let mut response = next.run(request).await;
    if let Some(NotKept(asked)) = response.extensions_mut().remove::<NotKept>() {
        let facts = || (Fact::fixed("a record that is kept"), asked_path(&asked));
        judge.check(&INSPECTOR_KNOWN, false, facts);
        let end = judge.stage();
        response = refuse(judge, end);
    }
    sealed(response)
}

fn admit(judge: &mut Judge<'_>, access: &Access, request: &Request) -> Result<(), Blocked> {
    let host = host(request);
    let known = host.as_deref().is_some_and(|host| is_ours(host, access.port));
    judge.check(&INSPECTOR_HOST, known, || {
        let names = NAMES.map(|name| format!("{name}:{}", access.port));
        (Fact::any_of(names), Fact::optional(host))
    });
    judge.stage()?;
    if OPEN.contains(&request.uri().path()) {
        judge.not_applicable(&INSPECTOR_TOKEN);
        return Ok(());
    }
    let token = bearer(request);
    let of_metrics = access.metrics.as_ref().filter(|_| request.uri().path() == "/metrics");
    let opens = |token: &Secret| {
        [Some(&access.token), of_metrics].into_iter().flatten().any(|own| token.matches(own))
    };
    let right = token.as_ref().is_some_and(opens);
    judge.check(&INSPECTOR_TOKEN, right, || {
        (Fact::fixed("the token of the live record"), Fact::secret(token.as_ref()))
    });
    judge.stage()
}

fn refuse(judge: Judge<'_>, end: Result<(), Blocked>) -> Response {
    let decision: Decision<(), ()> =
        judge.conclude(end.map(|()| ((), Vec::new())).map_err(|blocked| (blocked, Vec::new())));
    let rule = decision.outcome.err().map_or(&INSPECTOR_KNOWN, |refusal| refusal.rule);
    refused_by(rule, decision.record)
}

/// The one authority that the request names, in its target or its Host header (RFC 9110 §7.2).
fn host(request: &Request) -> Option<String> {
    let target = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let mut headers = request.headers().get_all(HOST).iter();
    let header = match (headers.next(), headers.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().ok()?.to_owned()),
        (Some(_), Some(_)) => return None,
    };
    match (target, header) {
        (Some(target), Some(header)) if !target.eq_ignore_ascii_case(&header) => None,
        (target, header) => target.or(header),
    }
}

/// Whether an authority is a name of this machine with the inspector's port. The port may be left
/// out only where it is the default one.
fn is_ours(host: &str, port: u16) -> bool {
    let suffix = format!(":{port}");
    let is_default = matches!(port, 80 | 443);
    let name = host.strip_suffix(&suffix).or(is_default.then_some(host));
    name.is_some_and(|name| NAMES.iter().any(|own| own.eq_ignore_ascii_case(name)))
}

/// The bearer token (RFC 6750 §2.1).
fn bearer(request: &Request) -> Option<Secret> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token))
}
