//! Whether a user is asked again when that matters: for public clients, for more scope, without an
//! earlier consent, and for a fresh login (OpenID Connect Core §3.1.2.1; RFC 8252 §8.6).

use serde_json::json;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::evidence::{Client, NAME, Temporary};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Params, Probe, Session, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User, Need::Registration];

pub(in crate::audit::check) static CONSENT_SKIPPED_PUBLIC: Check = Check {
    id: "consent-skipped-public",
    group: Group::Authorization,
    title: "A public client gets a second code without asking the user",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8252 §8.6"],
    text: Text {
        does: "Registers a public client, has the user consent to it, and sends the same request once more in the same browser.",
        why: "Nobody proves to be a public client: another program that names it gets a code silently.",
        shown: "The second code came back without any page.",
        fix: "Show the consent page to users of public clients each time, or recognise the client by something that cannot be copied.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(public(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_SCOPE_CREEP: Check = Check {
    id: "consent-scope-creep",
    group: Group::Authorization,
    title: "An old consent covers scope that the user never saw",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §3.3"],
    text: Text {
        does: "Registers a confidential client, has the user consent to reading, and then asks for writing as well in the same browser.",
        why: "A client begins with a harmless scope and takes the rest later: the user agreed to something else.",
        shown: "The code for more scope came back without any page.",
        fix: "Remember which scopes a user consented to, and ask again when one more is requested.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(creep(probe, evidence)),
};

pub(in crate::audit::check) static PROMPT_NONE_GRANTS: Check = Check {
    id: "prompt-none-grants",
    group: Group::Authorization,
    title: "prompt=none stands in for the user's consent",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OpenID Connect Core §3.1.2.1"],
    text: Text {
        does: "Registers a client and asks with prompt=none in a browser that is logged in, before anybody consented to this client.",
        why: "A hidden frame on any page gets a code for a client of the attacker, and the user sees nothing.",
        shown: "A code was issued, though the same browser is shown a consent page without prompt=none.",
        fix: "Answer prompt=none with consent_required or interaction_required unless the user consented to this client and scope before.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(silent(probe, evidence)),
};

pub(in crate::audit::check) static PROMPT_LOGIN_IGNORED: Check = Check {
    id: "prompt-login-ignored",
    group: Group::Authorization,
    title: "A request for a fresh login is ignored",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["OpenID Connect Core §3.1.2.1"],
    text: Text {
        does: "Asks in a browser that is logged in with prompt=login, and with max_age=0.",
        why: "A client that wants the password once more before something dangerous gets the old login: whoever sits at the open browser passes.",
        shown: "A code was issued, and no password was asked for.",
        fix: "Show the login page whenever prompt holds login, or the last login is older than max_age.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(login(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_UNINFORMATIVE: Check = Check {
    id: "consent-uninformative",
    group: Group::Authorization,
    title: "The consent page does not say who asks",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §10.2", "OpenID Connect Core §3.1.2.4"],
    text: Text {
        does: "Looks for the client's name and for the host of its redirect URI in the consent page.",
        why: "A user who cannot see who asks, and where the answer goes, cannot refuse an impostor.",
        shown: "The page does not hold the name or the host.",
        fix: "Show the client's name and the host of the redirect URI, and in words what is asked for.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(uninformative(probe, evidence)),
};

async fn public(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    if let Some(none) = evidence.without_public_clients() {
        return Ok(none);
    }
    let Some(own) = evidence.temporary(probe, json!({})).await?.1 else {
        return Ok(Judgement::not_applicable("no public client can be registered"));
    };
    let scope = evidence.reading_scope(&own.client);
    let judged = twice(probe, evidence, &own.client, [&scope, &scope]).await;
    own.delete(probe).await;
    judged
}

async fn creep(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(own) = confidential(probe, evidence).await? else {
        return Ok(Judgement::not_applicable("no confidential client can be registered"));
    };
    let little = evidence.reading_scope(&own.client);
    let all = own.client.scope.to_string();
    let judged = if little == all {
        Ok(Judgement::not_applicable("there is no further scope to ask for"))
    } else {
        twice(probe, evidence, &own.client, [&little, &all]).await
    };
    own.delete(probe).await;
    judged
}

async fn confidential(probe: &Probe, evidence: &Evidence) -> Result<Option<Temporary>, Trouble> {
    let changes = json!({ "token_endpoint_auth_method": "client_secret_basic" });
    Ok(evidence.temporary(probe, changes).await?.1)
}

/// Asks twice in one browser, each time for a scope of its own.
async fn twice(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    scopes: [&str; 2],
) -> Result<Judgement, Trouble> {
    let mut session = evidence.session()?;
    probe.step("control");
    let first =
        ask(probe, evidence, client, &mut session, |asking| asking.with("scope", scopes[0]));
    let first = Asked::of(&first.await?, client, &session);
    session.begin_anew();
    probe.step("probe");
    let second =
        ask(probe, evidence, client, &mut session, |asking| asking.with("scope", scopes[1]));
    let second = Asked::of(&second.await?, client, &session);
    Ok(judge(first, second))
}

async fn silent(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(own) = confidential(probe, evidence).await? else {
        return Ok(Judgement::not_applicable("no confidential client can be registered"));
    };
    let judged = silently(probe, evidence, &own.client).await;
    own.delete(probe).await;
    judged
}

async fn silently(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
) -> Result<Judgement, Trouble> {
    let mut session = evidence.session()?;
    // Another client's request logs the user in.
    ask(probe, evidence, evidence.public()?, &mut session, |asking| asking).await?;
    session.begin_anew();
    probe.step("probe");
    let none = |asking: Params| asking.with("prompt", "none");
    let probed = ask(probe, evidence, client, &mut session, none).await?;
    let probed = Asked::of(&probed, client, &session);
    session.begin_anew();
    probe.step("control");
    let plain = ask(probe, evidence, client, &mut session, |asking| asking).await?;
    Ok(judge(Asked::of(&plain, client, &session), probed))
}

async fn login(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("the login page, whoever is logged in");
    probe.step("control");
    let first = ask(probe, evidence, client, &mut session, |asking| asking).await?;
    if !session.gave_password() {
        return Ok(Judgement::not_applicable("no password is asked for"));
    }
    bracket.control("the first request", first.outcome(&client.redirect_uri));
    probe.step("probe");
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        session.begin_anew();
        let change = |asking: Params| asking.with(name, value);
        let authorized = ask(probe, evidence, client, &mut session, change).await?;
        let outcome = authorized.outcome(&client.redirect_uri);
        let outcome = match outcome {
            Outcome::Accepted(_) if session.gave_password() => {
                Outcome::Refused("a password was asked for".to_owned())
            }
            other => other,
        };
        bracket.probe(format!("{name}={value}"), outcome);
    }
    Ok(bracket.judge())
}

async fn uninformative(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let authorized = ask(probe, evidence, client, &mut session, |asking| asking).await?;
    if !session.was_asked() {
        return Ok(Judgement::not_applicable("no consent page was shown"));
    }
    let rest = client.redirect_uri.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let page = session.pages().last().map(|page| page.text().into_owned()).unwrap_or_default();
    let mut bracket = Bracket::new("the client's name and the host of its redirect URI");
    bracket.control("the page leads to a code", authorized.outcome(&client.redirect_uri));
    for words in [NAME, host] {
        let outcome = if page.contains(words) {
            Outcome::Refused("it is shown".to_owned())
        } else {
            Outcome::Accepted("it is not shown".to_owned())
        };
        bracket.probe(format!("a page without {words}"), outcome);
    }
    Ok(bracket.judge())
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    session: &mut Session,
    change: impl Fn(Params) -> Params,
) -> Result<Authorized, Trouble> {
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    probe.authorize(&evidence.endpoints, session, &change(asking)).await
}

/// A request, and whether its user saw a page.
struct Asked {
    outcome: Outcome,
    page: bool,
}

impl Asked {
    fn of(authorized: &Authorized, client: &Client, session: &Session) -> Self {
        Self { outcome: authorized.outcome(&client.redirect_uri), page: session.was_asked() }
    }
}

/// `plain` is a request for which the user must be asked; `probed` one that must not go silently.
fn judge(plain: Asked, probed: Asked) -> Judgement {
    if plain.outcome.is_accepted() && !plain.page {
        return Judgement::not_applicable("no consent page was shown");
    }
    let mut bracket = Bracket::new("a consent page, or an error");
    bracket.control("a request with a consent page", plain.outcome);
    let outcome = match probed.outcome {
        Outcome::Accepted(_) if probed.page => Outcome::Refused("the page was shown".to_owned()),
        other => other,
    };
    bracket.probe("a request without one", outcome);
    bracket.judge()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn only_a_silent_code_beside_a_page_fails() {
        let yes = |page| Asked { outcome: Outcome::Accepted("a code".to_owned()), page };
        let no = || Asked { outcome: Outcome::Refused("an error".to_owned()), page: false };
        assert_eq!(judge(yes(true), yes(false)).verdict, Verdict::Fail);
        assert_eq!(judge(yes(true), yes(true)).verdict, Verdict::Pass);
        assert_eq!(judge(yes(true), no()).verdict, Verdict::Pass);
        assert_eq!(judge(yes(false), yes(false)).verdict, Verdict::NotApplicable);
        assert_eq!(judge(no(), no()).verdict, Verdict::Inconclusive);
    }
}
