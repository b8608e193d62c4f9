//! “Did you mean …?” for names that only a running lab knows: clients, users, scopes, rules.

/// Longer words are no typing errors.
const LONGEST: usize = 64;
/// Longer lists help nobody.
const SHOWN: usize = 12;

/// A help line for an unknown word: the likely one, else those that there are.
pub(super) fn help(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => list(known),
    }
}

/// The known word that looks most like this one.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    similar::get_close_matches(word.to_lowercase().as_str(), known, 1, 0.6).first().copied()
}

fn list(known: &[&str]) -> String {
    let mut names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if known.len() > SHOWN {
        names.push(format!("and {} more", known.len() - SHOWN));
    }
    if names.is_empty() {
        "there are none".to_owned()
    } else {
        format!("known: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_understood_and_anything_else_lists_what_there_is() {
        assert_eq!(help("alise", &["alice", "bob"]), "did you mean `alice`?");
        assert_eq!(help("Alice", &["alice", "bob"]), "did you mean `alice`?");
        assert_eq!(help("x", &["alice", "bob"]), "known: `alice`, `bob`");
        assert_eq!(help("x", &[]), "there are none");
    }
}
