//! Origins that no endpoint should admit: one row, one kind of origin, tried at every endpoint.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderName, Method};
use url::Url;

use super::super::{Check, Running, Text};
use super::{ATTACKER, of};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble, reading};

const NEEDS: &[Need] = &[Need::PublicClient];
const FIX: &str = "Compare Origin, as a whole string, with a list of origins, and send \
    Access-Control-Allow-Credentials only where cookies are needed.";

pub(in crate::audit::check) static CORS_NULL: Check = of(
    ("cors-null", "The origin null is admitted with credentials", Severity::High),
    NEEDS,
    &["OWASP ASVS 5.0 3.4.2"],
    Text {
        does: "Sends Origin: null to every endpoint and API, as a request and as a preflight.",
        why: "Sandboxed frames and local files have the origin null: every site can have it.",
        shown: "The answer admits null, with credentials.",
        fix: FIX,
    },
    |probe, evidence| run(probe, evidence, nobody, with_credentials),
);

pub(in crate::audit::check) static CORS_REFLECT_CREDENTIALS: Check = Check {
    dominates: &["cors-null", "cors-scheme", "cors-suffix"],
    ..of(
        ("cors-reflect-credentials", "Every origin is admitted with credentials", Severity::High),
        NEEDS,
        &["OWASP ASVS 5.0 3.4.2"],
        Text {
            does: "Sends the origin of a foreign site to every endpoint and API, as a request and as a preflight.",
            why: "Any page that a user visits can call the endpoints with the user's cookies and certificates, and read what they say.",
            shown: "The answer repeats the origin, and allows credentials.",
            fix: FIX,
        },
        |probe, evidence| run(probe, evidence, foreign, with_credentials),
    )
};

pub(in crate::audit::check) static CORS_SCHEME: Check = of(
    ("cors-scheme", "The http origin of a site that has https is admitted", Severity::Medium),
    NEEDS,
    &["OWASP ASVS 5.0 3.4.2"],
    Text {
        does: "Sends the origins of the client and of the issuer with http in place of https to every endpoint and API.",
        why: "Who sits between can answer for any http site, and runs scripts there that may read what the endpoints say.",
        shown: "The answer repeats the http origin.",
        fix: FIX,
    },
    |probe, evidence| run(probe, evidence, unsafe_scheme, repeated),
);

pub(in crate::audit::check) static CORS_SUFFIX: Check = of(
    ("cors-suffix", "Origins are compared by a part of their name", Severity::High),
    NEEDS,
    &["OWASP ASVS 5.0 3.4.2"],
    Text {
        does: "Sends origins that begin or end like those of the client and of the issuer, or have another letter for a dot.",
        why: "Whoever registers such a name is let in like the site that it resembles.",
        shown: "The answer repeats one of these origins.",
        fix: FIX,
    },
    |probe, evidence| run(probe, evidence, similar, repeated),
);

type Origins = fn(&Evidence) -> Vec<String>;

fn nobody(_: &Evidence) -> Vec<String> {
    vec!["null".to_owned()]
}

fn foreign(_: &Evidence) -> Vec<String> {
    vec![ATTACKER.to_owned()]
}

fn unsafe_scheme(evidence: &Evidence) -> Vec<String> {
    // On this machine nobody sits between.
    let far = hosts(evidence).into_iter().filter(|host| !crate::protocol::is_loopback_host(host));
    far.map(|host| format!("http://{host}")).collect()
}

fn similar(evidence: &Evidence) -> Vec<String> {
    hosts(evidence).iter().flat_map(|host| resembling(host)).collect()
}

/// Names that are not this one, but look so to a careless comparison.
fn resembling(host: &str) -> Vec<String> {
    let mut names = vec![format!("evil{host}"), format!("{host}.attacker.example")];
    if let Some((first, rest)) = host.split_once('.') {
        names.push(format!("{first}x{rest}"));
    }
    names.into_iter().map(|name| format!("https://{name}")).collect()
}

/// The names of the issuer and of the client.
fn hosts(evidence: &Evidence) -> Vec<String> {
    let client = evidence.clients.public.as_ref().map(|client| client.redirect_uri.as_str());
    let urls = [Some(evidence.issuer.as_str()), client];
    let named = |url: &str| match Url::parse(url).ok()?.host()? {
        url::Host::Domain(name) => Some(name.to_owned()),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    };
    let mut hosts: Vec<_> = urls.into_iter().flatten().filter_map(named).collect();
    hosts.dedup();
    hosts
}

fn run<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    origins: Origins,
    admits: fn(&Answer, &str) -> bool,
) -> Running<'a> {
    Box::pin(async move {
        let origins = origins(evidence);
        if origins.is_empty() {
            return Ok(Judgement::not_applicable("issuer and client have no names"));
        }
        let mut bracket = Bracket::new("these origins are not admitted");
        bracket.controls.push(evidence.controls.of_public());
        probe.step("probe");
        for (what, request) in endpoints(evidence) {
            for origin in &origins {
                for request in [request.clone(), preflight(&request)] {
                    let kind = request.method.clone();
                    let outcome = ask(probe, request, origin, admits).await?;
                    bracket.probe(format!("{kind} {what} from {origin}"), outcome);
                }
            }
        }
        Ok(brief(&bracket))
    })
}

async fn ask(
    probe: &Probe,
    request: Request,
    origin: &str,
    admits: fn(&Answer, &str) -> bool,
) -> Result<Outcome, Trouble> {
    let answer = probe.send(request.header(ORIGIN, origin)).await?;
    Ok(if admits(&answer, origin) {
        Outcome::Accepted(format!("{}, admitted", answer.status()))
    } else if answer.status() >= 500 || answer.status() == 429 {
        Outcome::Unclear(answer.summary())
    } else {
        Outcome::Refused(format!("{}, not admitted", answer.status()))
    })
}

/// A pass over so many endpoints is told in one sentence.
fn brief(bracket: &Bracket) -> Judgement {
    let judgement = bracket.judge();
    if judgement.verdict == crate::audit::finding::Verdict::Pass {
        let got = format!("none of {} requests was admitted", bracket.probes.len());
        return Judgement { got, ..judgement };
    }
    judgement
}

/// A request for each endpoint and API, without credentials.
fn endpoints(evidence: &Evidence) -> Vec<(String, Request)> {
    let at = &evidence.endpoints;
    let forms = [&at.token, &at.introspection, &at.revocation, &at.pushed, &at.registration];
    let forms = forms.into_iter().filter(|url| !url.is_empty());
    let mut all: Vec<_> =
        forms.map(|url| (url.clone(), Request::post_form(url.as_str(), &[]))).collect();
    if !at.userinfo.is_empty() {
        all.push((at.userinfo.clone(), Request::get(&at.userinfo)));
    }
    all.extend(evidence.apis.iter().take(2).map(|api| (api.url.clone(), reading(api))));
    all
}

/// What a browser asks before it sends such a request.
fn preflight(request: &Request) -> Request {
    Request::new(Method::OPTIONS, &request.url)
        .header(ACCESS_CONTROL_REQUEST_METHOD, request.method.as_str())
        .header(HeaderName::from_static("access-control-request-headers"), "authorization")
}

/// Whether the answer names exactly this origin: `*` admits nobody who has cookies.
fn repeated(answer: &Answer, origin: &str) -> bool {
    answer.headers("access-control-allow-origin").any(|value| value.trim() == origin)
}

fn with_credentials(answer: &Answer, origin: &str) -> bool {
    let allowed = answer.header("access-control-allow-credentials");
    repeated(answer, origin) && allowed.is_some_and(|value| value.trim() == "true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn an_origin_is_admitted_by_its_own_name_and_with_credentials_by_a_second_header() {
        let of = |origin, credentials| {
            answer_of(
                200,
                &[
                    ("access-control-allow-origin", origin),
                    ("access-control-allow-credentials", credentials),
                ],
                "",
            )
        };
        assert!(with_credentials(&of(ATTACKER, "true"), ATTACKER));
        assert!(!with_credentials(&of(ATTACKER, "false"), ATTACKER));
        assert!(!with_credentials(&of("*", "true"), ATTACKER));
        assert!(with_credentials(&of("null", "true"), "null"));
        assert!(repeated(&of(ATTACKER, ""), ATTACKER) && !repeated(&of("*", ""), ATTACKER));
    }

    #[test]
    fn resembling_names_belong_to_others() {
        assert_eq!(
            resembling("app.example"),
            [
                "https://evilapp.example",
                "https://app.example.attacker.example",
                "https://appxexample"
            ]
        );
        assert_eq!(resembling("localhost").len(), 2);
    }
}
