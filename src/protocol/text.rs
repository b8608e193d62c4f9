//! Untrusted text that people read.

/// Control, direction and invisible characters: with them a text can pose as another one.
pub fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_honest_and_what_turns_them_is_not() {
        assert!(!"Grüße, 世界, שלום, مرحبا".chars().any(deceives));
        for character in ['\0', '\n', '\u{85}', '\u{200b}', '\u{2028}', '\u{202e}', '\u{2066}'] {
            assert!(deceives(character), "{}", character.escape_unicode());
        }
    }
}
