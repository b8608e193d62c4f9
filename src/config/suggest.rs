//! “Did you mean …?”

/// Longer words are no typing errors, and comparing them costs more than it helps.
const LONGEST: usize = 64;

/// The candidate that looks most like a word, if any does.
pub(super) fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let folded = word.to_lowercase();
    similar::get_close_matches(folded.as_str(), candidates, 1, 0.65).first().copied()
}

/// Whether a word is nearly one of these.
pub(super) fn resembles(word: &str, words: &[&str]) -> bool {
    word.len() <= LONGEST && !similar::get_close_matches(word, words, 1, 0.7).is_empty()
}

/// A help line for an unknown word: the likely one, else all that there are.
pub(super) fn help(word: &str, likely: &[&str], all: &[&str]) -> String {
    match closest(word, likely).or_else(|| closest(word, all)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => one_of(all),
    }
}

/// A help line that lists words.
pub(super) fn one_of(words: &[&str]) -> String {
    const SHOWN: usize = 24;
    let mut list: Vec<String> = words.iter().take(SHOWN).map(|word| format!("`{word}`")).collect();
    if words.len() > SHOWN {
        list.push(format!("and {} more", words.len() - SHOWN));
    }
    match list.len() {
        0 => "there are none".to_owned(),
        _ => format!("known: {}", list.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_has_a_likely_meaning() {
        let words = ["redirect_uris", "grants", "scopes", "secret"];
        assert_eq!(closest("redirect_uri", &words), Some("redirect_uris"));
        assert_eq!(closest("Scopes", &words), Some("scopes"));
        assert_eq!(closest("scpoes", &words), Some("scopes"));
        assert_eq!(closest("colour", &words), None);
        assert_eq!(help("colour", &words, &["a", "b"]), "known: `a`, `b`");
        assert_eq!(closest(&"secret".repeat(1000), &words), None);
    }
}
