//! Registration (RFC 7591) and its management (RFC 7592).

mod consent;
mod identity;
mod management;
mod open;
mod page;
mod privilege;
mod redirect;
mod statement;

use serde_json::Value;

use super::Check;
use crate::audit::finding::Outcome;
use crate::audit::probe::Answer;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &consent::DCR_CLIENT_NO_CONSENT,
    &identity::DCR_CHOSEN_CLIENT_ID,
    &identity::DCR_MASS_ASSIGNMENT,
    &management::DCR_MANAGEMENT_IDOR,
    &management::DCR_UPDATE_ESCALATION,
    &open::DCR_OPEN,
    &page::DCR_NAME_INJECTION,
    &privilege::DCR_PRIVILEGED_GRANT,
    &privilege::DCR_PRIVILEGED_SCOPE,
    &redirect::DCR_HTTP_REDIRECT,
    &redirect::DCR_NO_REDIRECTS,
    &redirect::DCR_SCRIPT_SCHEME,
    &redirect::DCR_WILDCARD_FRAGMENT,
    &statement::DCR_SOFTWARE_STATEMENT,
];

/// Whether a registration took a value. The answer names all that was registered (RFC 7591 §3.2.1):
/// a server may leave out what it does not like.
fn took(answer: &Answer, member: &str, is_it: impl Fn(&str) -> bool) -> Outcome {
    let said: Option<Value> = answer.is_success().then(|| answer.json()).flatten();
    let Some(said) = said else { return answer.access_outcome() };
    let found = match &said[member] {
        Value::String(text) => text.split(' ').chain([text.as_str()]).any(&is_it),
        Value::Array(all) => all.iter().filter_map(Value::as_str).any(&is_it),
        _ => false,
    };
    let status = answer.status();
    if found {
        Outcome::Accepted(format!("{status}, and the answer names it"))
    } else {
        Outcome::Refused(format!("{status}, but the answer does not name it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn only_what_the_answer_names_was_taken() {
        let outcome = |status, body: &str| {
            took(&answer_of(status, &[], body), "scope", |scope| scope == "admin")
        };
        assert!(outcome(201, r#"{"client_id":"a","scope":"openid admin"}"#).is_accepted());
        for body in [r#"{"client_id":"a","scope":"openid"}"#, r#"{"client_id":"a"}"#] {
            assert!(matches!(outcome(201, body), Outcome::Refused(_)), "{body}");
        }
        assert!(matches!(outcome(400, "{}"), Outcome::Refused(_)));
        assert!(matches!(outcome(500, "{}"), Outcome::Unclear(_)));
    }
}
