//! What a device may fetch, and how often (RFC 8628 §3.4, §3.5).

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Trouble};
use crate::protocol::Secret;

const NEEDS: &[Need] = &[Need::Device, Need::DeviceClient, Need::User];

pub(in crate::audit::check) static DEVICE_CLIENT_SWAP: Check = Check {
    id: "device-client-swap",
    group: Group::Device,
    title: "A device code of one client is redeemed by another",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Device, Need::DeviceClient, Need::SecondDeviceClient, Need::User],
    references: &["RFC 8628 §3.4", "RFC 6749 §5.2"],
    text: Text {
        does: "Lets a user allow a device of one client, and polls as another client with its own credential.",
        why: "What a user granted to one client goes to another that learned the code.",
        shown: "The other client received a token.",
        fix: "Keep with each device code which client it was issued to, and answer any other with invalid_grant.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(client_swap(probe, evidence)),
};

pub(in crate::audit::check) static DEVICE_REUSE: Check = Check {
    id: "device-reuse",
    group: Group::Device,
    title: "A device code is redeemed a second time",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8628 §3.5", "RFC 6749 §4.1.2"],
    text: Text {
        does: "Redeems the code of an allowed device, and polls again.",
        why: "A device code from a log gives tokens again, for as long as it lives.",
        shown: "The second poll gave a token.",
        fix: "Spend a device code with the first token, and revoke what it gave when it comes again.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reuse(probe, evidence)),
};

pub(in crate::audit::check) static DEVICE_SLOW_DOWN: Check = Check {
    id: "device-slow-down",
    group: Group::Device,
    title: "A device that polls too fast is never slowed down",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8628 §3.5"],
    text: Text {
        does: "Polls five times without a pause.",
        why: "Devices that ask all the time wear the server out, and guesses of device codes go unnoticed.",
        shown: "Every poll was answered with authorization_pending.",
        fix: "Answer a poll that comes before the interval is over with slow_down, and lengthen the interval by five seconds.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(slow_down(probe, evidence)),
};

/// The code of a device that its user allowed.
pub(super) async fn allowed(probe: &Probe, evidence: &Evidence) -> Result<Secret, Trouble> {
    let client = evidence.device()?;
    let scope = evidence.reading_scope(client);
    let codes = probe.device(&evidence.endpoints, client, &scope).await?;
    probe.allow_device(&codes, evidence.session()?).await?;
    Ok(codes.device_code)
}

/// The control: a device that its user allowed gets a token.
pub(super) async fn flow(probe: &Probe, evidence: &Evidence) -> Result<Outcome, Trouble> {
    let code = allowed(probe, evidence).await?;
    Ok(probe.poll(&evidence.endpoints, evidence.device()?, &code).await?.poll_outcome())
}

pub(super) const FLOW: &str = "a device that its user allowed";

async fn client_swap(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("400 invalid_grant");
    probe.step("control");
    bracket.control(FLOW, flow(probe, evidence).await?);
    let code = allowed(probe, evidence).await?;
    probe.step("probe");
    let answer = probe.poll(&evidence.endpoints, evidence.second_device()?, &code).await?;
    bracket.probe("the same, polled by another client", answer.poll_outcome());
    Ok(bracket.judge())
}

async fn reuse(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.device()?);
    let mut bracket = Bracket::new("400 invalid_grant");
    let code = allowed(probe, evidence).await?;
    probe.step("control");
    bracket.control(FLOW, probe.poll(at, client, &code).await?.poll_outcome());
    probe.step("probe");
    bracket.probe("the second poll", probe.poll(at, client, &code).await?.poll_outcome());
    Ok(bracket.judge())
}

const POLLS: usize = 5;

async fn slow_down(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.device()?);
    let scope = evidence.reading_scope(client);
    let codes = probe.device(at, client, &scope).await?;
    let mut errors = Vec::new();
    for _ in 0..POLLS {
        errors.push(said(&probe.poll(at, client, &codes.device_code).await?));
    }
    Ok(judge_polls(&errors))
}

fn said(answer: &Answer) -> String {
    answer.error().unwrap_or_else(|| answer.summary())
}

fn judge_polls(errors: &[String]) -> Judgement {
    let expected = "slow_down";
    let got = errors.join(", ");
    if errors.iter().any(|error| error == expected) {
        Judgement::read(true, expected, got)
    } else if errors.iter().all(|error| error == "authorization_pending") {
        Judgement::read(false, expected, got)
    } else {
        Judgement::inconclusive(expected, got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn only_patience_without_end_fails() {
        let verdict = |errors: &[&str]| {
            let errors: Vec<_> = errors.iter().map(|error| (*error).to_owned()).collect();
            judge_polls(&errors).verdict
        };
        assert_eq!(verdict(&["authorization_pending", "slow_down"]), Verdict::Pass);
        assert_eq!(verdict(&["authorization_pending", "authorization_pending"]), Verdict::Fail);
        assert_eq!(verdict(&["authorization_pending", "429"]), Verdict::Inconclusive);
        assert_eq!(verdict(&["invalid_client", "invalid_client"]), Verdict::Inconclusive);
    }
}
