//! A call that wants a better or a newer login (RFC 9470 §3): what is wanted, and the command that
//! gets it.

use super::keep::KeptTokens;
use crate::client::ApiAnswer;

const ERROR: &str = "insufficient_user_authentication";
/// No challenge asks for more.
const LONGEST: usize = 1024;

/// What an API wants of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepUp {
    acr_values: Vec<String>,
    max_age: Option<u64>,
    scope: Option<String>,
}

impl StepUp {
    /// The challenge of an answer, if it is one of these. What a challenge says is cut down to what
    /// it can mean, since it becomes a part of a command.
    pub(super) fn of(answer: &ApiAnswer) -> Option<Self> {
        let asks = |challenge: &&crate::client::Challenge| challenge.get("error") == Some(ERROR);
        let challenge = answer.challenges.iter().find(asks)?;
        let words = |name| {
            let text = challenge.get(name).filter(|text| text.len() <= LONGEST).unwrap_or_default();
            let visible = |word: &&str| word.bytes().all(|byte| byte.is_ascii_graphic());
            text.split(' ').filter(|word| !word.is_empty()).filter(visible)
        };
        let scope: Vec<&str> = words("scope").collect();
        Some(Self {
            acr_values: words("acr_values").map(str::to_owned).collect(),
            max_age: challenge.get("max_age").and_then(|age| age.parse().ok()),
            scope: (!scope.is_empty()).then(|| scope.join(" ")),
        })
    }

    /// What it means, and what to do about it.
    pub(super) fn advice(&self, kept: Option<&KeptTokens>) -> String {
        format!(
            "the token is good, but its login is not enough: the API wants {}; log in again:\n{}",
            self.wish(),
            self.command(kept)
        )
    }

    fn wish(&self) -> String {
        let acr = (!self.acr_values.is_empty())
            .then(|| format!("one of the ways of login `{}`", self.acr_values.join("`, `")));
        let age = self.max_age.map(|age| format!("a login at most {age} seconds ago"));
        let both: Vec<String> = acr.into_iter().chain(age).collect();
        if both.is_empty() { "another login".to_owned() } else { both.join(", and ") }
    }

    /// As the token was asked for, and with what the API wants.
    fn command(&self, kept: Option<&KeptTokens>) -> String {
        let mut words = vec!["oauthlab".to_owned(), "token".to_owned()];
        let mut add = |flag: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                words.extend([flag.to_owned(), quoted(value)]);
            }
        };
        add("--client", kept.map(|kept| kept.client_id.as_str()));
        add("--user", kept.and_then(|kept| kept.user.as_deref()));
        let granted = kept.and_then(|kept| kept.response.scope.as_deref()).unwrap_or_default();
        let more = |word: &&str| granted.split(' ').all(|own| own != *word);
        let wanted = self.scope.iter().flat_map(|scope| scope.split(' ')).filter(more);
        let scope: Vec<&str> = granted.split(' ').filter(|s| !s.is_empty()).chain(wanted).collect();
        add("--scope", Some(&scope.join(" ")));
        let resources = kept.map(|kept| kept.resources.join(" "));
        add("--resource", resources.as_deref());
        add("--acr-values", Some(&self.acr_values.join(" ")));
        let max_age = self.max_age.map(|age| age.to_string());
        add("--max-age", max_age.as_deref());
        if kept.is_some_and(|kept| kept.dpop_key.is_some()) {
            words.push("--dpop".to_owned());
        }
        words.join(" ")
    }
}

/// A word for a shell: plain, or in single quotes, which keep everything but themselves.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
    if !word.starts_with('-') && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::protocol::{Secret, TokenResponse};

    fn kept() -> KeptTokens {
        KeptTokens {
            client_id: "web".to_owned(),
            user: Some("alice".to_owned()),
            at: Timestamp::from_secs(1),
            response: TokenResponse {
                scope: Some("openid notes:write".to_owned()),
                ..TokenResponse::default()
            },
            resources: vec!["https://localhost:9444/notes".to_owned()],
            dpop_key: Some(Secret::new("k")),
        }
    }

    #[test]
    fn the_command_asks_for_the_same_token_with_the_login_that_is_wanted() {
        let wish = StepUp {
            acr_values: vec!["urn:gold".to_owned(), "urn:silver".to_owned()],
            max_age: Some(60),
            scope: Some("notes:write notes:read".to_owned()),
        };
        let advice = wish.advice(Some(&kept()));
        let command = "oauthlab token --client web --user alice --scope 'openid notes:write notes:read' \
                       --resource https://localhost:9444/notes --acr-values 'urn:gold urn:silver' \
                       --max-age 60 --dpop";
        assert!(advice.ends_with(command), "{advice}");
        assert!(advice.contains("`urn:gold`, `urn:silver`"), "{advice}");
        assert!(advice.contains("at most 60 seconds ago"), "{advice}");
    }

    #[test]
    fn nothing_that_an_api_says_leaves_its_quotes() {
        for (word, shown) in [
            ("urn:gold", "urn:gold"),
            ("a b", "'a b'"),
            ("$(id)", "'$(id)'"),
            ("'; id; '", r"''\''; id; '\'''"),
            ("-x", "'-x'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
