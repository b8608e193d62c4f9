//! What a person sees when the lab is ready: where it is, and what to try. No secret is in it.

use crate::cli::colour::Paint;
use crate::cli::escape;
use crate::config::Profile;
use crate::lab::Lab;
use crate::lab::ready::{ReadyClient, ReadyRecord};
use crate::tls::Origin;

/// What must be said in any case: a CA that nobody knows yet, holes, guessable secrets.
pub(super) fn warnings(paint: Paint, lab: &Lab, ready: &ReadyRecord) -> String {
    lab.ca().map(|ca| trust(paint, &ca.origin)).unwrap_or_default() + &dangers(paint, ready)
}

/// A new CA has to be trusted anew by whoever trusted the old one.
fn trust(paint: Paint, origin: &Origin) -> String {
    match origin {
        Origin::Existing => String::new(),
        Origin::Created => paint.dim("made a CA for this machine; nothing else trusts it") + "\n",
        Origin::Replaced { why } => {
            format!("{} the lab has a new CA: {why}\n", paint.warn("warning:"))
        }
    }
}

/// Where the lab is, without the last line break.
pub(super) fn text(paint: Paint, ready: &ReadyRecord) -> String {
    let mut marks = vec![ready.profile.clone()];
    marks.extend(ready.strict.then(|| "strict".to_owned()));
    let name = paint.bold(escape::line(&ready.name));
    let mut lines = vec![format!("{name} is ready ({})", marks.join(", ")), String::new()];
    let mut row = |label: &str, value: &str| {
        let label = paint.dim(format!("{label:<10}"));
        lines.push(format!("  {label} {value}"));
    };
    row("issuer", &paint.link(&ready.issuer));
    if let Some(resource) = &ready.resource {
        row("APIs", &paint.link(resource));
        for api in &ready.apis {
            row("", &format!("{}  {}", api.identifier, paint.dim(api.scopes.join(" "))));
        }
    }
    if let Some(inspector) = &ready.inspector {
        row("inspector", &paint.link(inspector));
    }
    if let Some(ca) = &ready.ca_file {
        row("CA", &ca.display().to_string());
    }
    for (at, client) in ready.clients.iter().enumerate() {
        row(if at == 0 { "clients" } else { "" }, &described(paint, client));
    }
    let users: Vec<_> = ready.users.iter().map(|user| escape::line(&user.name)).collect();
    if !users.is_empty() {
        row("users", &users.join(", "));
    }
    lines.extend(next(paint, ready));
    lines.join("\n")
}

fn dangers(paint: Paint, ready: &ReadyRecord) -> String {
    let mut text = String::new();
    if !ready.weaknesses.is_empty() {
        let holes = ready.weaknesses.join(", ");
        text += &paint.bad(format!("WEAK ON PURPOSE: {holes}\n"));
    }
    if ready.profile == Profile::Legacy.as_str() {
        text += &paint.bad(
            "FOR TEACHING ONLY: the profile legacy has grants and response types that must not be used any more\n",
        );
    }
    if ready.seeded {
        text += &paint.bad("SEEDED: every key and secret of this lab can be guessed\n");
    }
    text
}

fn described(paint: Paint, client: &ReadyClient) -> String {
    let kind = if client.client_secret.is_some() { "confidential" } else { "public" };
    let grants = client.grant_types.join(", ");
    format!("{}  {}", escape::line(&client.client_id), paint.dim(format!("{kind}: {grants}")))
}

/// Commands that work as they stand.
fn next(paint: Paint, ready: &ReadyRecord) -> Vec<String> {
    let mut lines = vec![String::new(), paint.dim("try, in another terminal:")];
    let mut add = |command: String| lines.push(format!("  {command}"));
    if let Some(user) = ready.users.first() {
        add(format!("oauthlab token --user {}", escape::line(&user.name)));
    }
    if let Some(api) = ready.apis.first().filter(|_| ready.resource.is_some()) {
        add(format!("oauthlab call {}", api.identifier));
    }
    add("oauthlab why last".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::ready::tests::record;

    #[test]
    fn it_says_where_the_lab_is_and_no_secret() {
        let text = text(Paint(false), &record("demo"));
        assert!(
            text.starts_with("demo is ready (oauth2.1)\n\n  issuer     https://localhost:40123")
        );
        assert!(text.ends_with("oauthlab token --user alice\n  oauthlab why last"), "{text}");
        assert!(!text.contains("canary"));
    }

    #[test]
    fn weak_and_seeded_labs_say_so_loudly() {
        let mut ready = record("demo");
        ready.weaknesses = vec!["code.reuse".to_owned()];
        ready.seeded = true;
        let text = dangers(Paint(false), &ready);
        assert!(text.starts_with("WEAK ON PURPOSE: code.reuse\nSEEDED: "), "{text}");
    }

    #[test]
    fn the_legacy_profile_says_that_it_is_for_teaching() {
        let mut ready = record("demo");
        assert_eq!(dangers(Paint(false), &ready), "");
        ready.profile = "legacy".to_owned();
        assert!(dangers(Paint(false), &ready).starts_with("FOR TEACHING ONLY: "));
    }
}
