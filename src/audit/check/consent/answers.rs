//! In which ways a consent page can be answered: with whose token, by which method, how often.

use http::{HeaderName, Method};

use super::super::{Check, Group, Seeded, Text};
use super::page;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Asks, Params, Probe, Request, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static CONSENT_HEAD: Check = Check {
    id: "consent-head",
    group: Group::Consent,
    title: "A request that is not the form's POST answers the consent page",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.5.3", "OWASP ASVS 5.0 4.1.4"],
    text: Text {
        does: "Answers the consent page with HEAD, GET and PUT, and with a GET that claims to be a POST.",
        why: "Protections against other sites look at POST alone: a HEAD or GET that runs the same code is one link or image away from a consent that nobody gave.",
        shown: "One of these requests gave a code.",
        fix: "Run the answer for POST alone, and answer every other method with 405.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(other_methods(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_REPLAY: Check = Check {
    id: "consent-replay",
    group: Group::Consent,
    title: "A consent can be sent again for a second code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 2.3.1", "RFC 6749 §4.1.2"],
    text: Text {
        does: "Sends the same consent form twice.",
        why: "A form that is found in a cache, or sent again by the back button, gives access without a new decision of the user.",
        shown: "The second time gave a code as well.",
        fix: "Mark a request as answered together with issuing its code, and refuse every later answer.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(replay(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_TOKEN_UNBOUND: Check = Check {
    id: "consent-token-unbound",
    group: Group::Consent,
    title: "The token of another session's consent page is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::SecondUser],
    references: &["OWASP ASVS 5.0 3.5.1"],
    text: Text {
        does: "Answers a user's consent page with the hidden token of a page that another user was shown, and of one in another browser of the same user.",
        why: "An attacker has pages of the same server, and so such tokens: one that is not tied to the session keeps nobody out.",
        shown: "The form with the foreign token gave a code.",
        fix: "Tie the token to the session, or derive it from a secret of the session, and compare it with that.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(foreign_tokens(probe, evidence)),
};

async fn other_methods(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let (mut session, open) = page(probe, evidence, evidence.session()?).await?;
    let mut bracket = Bracket::new("405, and no code");
    let override_by = HeaderName::from_static("x-http-method-override");
    let query = open.fields.behind(&open.action);
    let with_method = |method: Method| {
        let form = open.request(&open.fields);
        Request { method, url: query.clone(), ..form }
    };
    probe.step("probe");
    for (what, request) in [
        ("HEAD", Request::new(Method::HEAD, &query)),
        ("GET", Request::get(&query)),
        ("GET as POST", Request::get(&query).header(override_by, "POST".to_owned())),
        ("PUT", with_method(Method::PUT)),
        ("POST without a body", open.request(&Params::default())),
    ] {
        let end = probe.go_on(&mut session, request, Asks::Consent).await?;
        bracket.probe(what, super::answered(&end, &client.redirect_uri));
    }
    probe.step("control");
    let end = probe.go_on(&mut session, open.request(&open.fields), Asks::Consent).await?;
    bracket.control("the form by POST", end.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}

async fn replay(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let (mut session, open) = page(probe, evidence, evidence.session()?).await?;
    let mut bracket = Bracket::new("a refusal, and no second code");
    probe.step("control");
    let end = probe.go_on(&mut session, open.request(&open.fields), Asks::Consent).await?;
    bracket.control("the form, the first time", end.outcome(&client.redirect_uri));
    probe.step("probe");
    let end = probe.go_on(&mut session, open.request(&open.fields), Asks::Consent).await?;
    bracket.probe("the form, the second time", super::answered(&end, &client.redirect_uri));
    Ok(bracket.judge())
}

async fn foreign_tokens(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let (mut session, own) = page(probe, evidence, evidence.session()?).await?;
    let (_, others) = page(probe, evidence, evidence.second_session()?).await?;
    let (_, elsewhere) = page(probe, evidence, evidence.session()?).await?;
    let mut bracket = Bracket::new("a refusal, and no code");
    for (what, foreign) in
        [("the token of another user", others), ("the token of another browser", elsewhere)]
    {
        let Some(fields) = own.with_tokens_of(&foreign) else {
            let none = "the consent form holds no token of its own";
            return Ok(Judgement::not_applicable(none));
        };
        probe.step("probe");
        let end = probe.go_on(&mut session, own.request(&fields), Asks::Consent).await?;
        bracket.probe(what, super::answered(&end, &client.redirect_uri));
    }
    probe.step("control");
    let end = probe.go_on(&mut session, own.request(&own.fields), Asks::Consent).await?;
    let outcome = end.outcome(&client.redirect_uri);
    let spent = bracket.probes.iter().any(|probe| probe.outcome.is_accepted());
    if !spent {
        bracket.control("its own token", outcome);
    }
    Ok(bracket.judge())
}
