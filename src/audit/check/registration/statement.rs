//! Software statements count only when somebody who is trusted signed them (RFC 7591 §2.3).

use serde_json::json;

use super::identity::said;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::{KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};

pub(super) static DCR_SOFTWARE_STATEMENT: Check = Check {
    id: "dcr-software-statement",
    group: Group::Registration,
    title: "A software statement that nobody signed is believed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 7591 §2.3", "RFC 7591 §5"],
    text: Text {
        does: "Registers clients whose software statement is unsigned, or signed by a key that nobody knows, and gives another name.",
        why: "A statement vouches for a client: one that anybody can write makes every client look like a known product.",
        shown: "The client was registered under the name of the statement.",
        fix: "Verify statements with keys of publishers that you trust, and refuse or ignore the others.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const NAME: &str = "A well-known product";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("invalid_software_statement, or a client without its name");
    probe.step("control");
    bracket.control("without a statement", evidence.registers(probe).await?);
    probe.step("probe");
    let forged = statements(probe).map_err(|error| Trouble::Basis(error.to_string()))?;
    for (what, statement) in forged {
        let changes = json!({ "software_statement": statement.expose() });
        let outcome = match evidence.register_own(probe, &changes).await {
            Err(Trouble::Basis(why)) => Outcome::Refused(why),
            Err(trouble) => return Err(trouble),
            Ok(own) if said(&own, "client_name") == Some(NAME) => {
                Outcome::Accepted("the client has its name".to_owned())
            }
            Ok(_) => Outcome::Refused("the client does not have its name".to_owned()),
        };
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}

fn statements(probe: &Probe) -> Result<[(&'static str, Secret); 2], KeyError> {
    let key = SigningKey::generate(Algorithm::Es256)?;
    let now = probe.now().secs();
    let claims = json!({
        "iss": "https://publisher.example", "software_id": "audit", "client_name": NAME,
        "iat": now, "exp": now + 300,
    });
    let signed = key.sign("JWT", &claims)?;
    let unsigned = Genuine::of(&signed).map(|genuine| genuine.unsigned("none"));
    let unsigned = unsigned.unwrap_or_default();
    Ok([("an unsigned statement", unsigned), ("a statement of a stranger", signed)])
}
