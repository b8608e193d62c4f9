//! `htu` (RFC 9449 §4.2): a URI without query and fragment, normalised by its syntax alone
//! (RFC 3986 §6.2.2) and by what `http` and `https` say of ports and empty paths (§6.2.3), since
//! clients and proxies write the same URI in different ways.

use std::fmt;

/// A normalised absolute URI without query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetUri(String);

/// A longer one is nobody's.
const MAX_LENGTH: usize = 4096;

impl TargetUri {
    /// Reads and normalises; `None` for anything but an `http` or `https` URI without user info.
    pub fn parse(text: &str) -> Option<Self> {
        let printable = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        if text.len() > MAX_LENGTH || !text.bytes().all(printable) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return None;
        }
        let (host, port) = host_and_port(authority)?;
        let port = match port.trim_start_matches('0') {
            "" => String::new(),
            given if given == default_port => String::new(),
            given => format!(":{given}"),
        };
        let host = percent_normalised(host)?.to_ascii_lowercase();
        let path = without_dots(&percent_normalised(path)?);
        Some(Self(format!("{scheme}://{host}{port}{path}")))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn host_and_port(authority: &str) -> Option<(&str, &str)> {
    let after_host = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
    let tail = authority.get(after_host..)?;
    let colon = tail.find(':').map(|at| after_host + at);
    let (host, port) = match colon {
        Some(at) => (authority.get(..at)?, authority.get(at + 1..)?),
        None => (authority, ""),
    };
    let is_number = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    (!host.is_empty() && is_number).then_some((host, port))
}

/// Unreserved characters are never encoded, and hexadecimal digits are upper case (RFC 3986
/// §6.2.2.1, §6.2.2.2).
fn percent_normalised(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after.get(..2).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        rest = after.get(2..).unwrap_or_default();
    }
    out.push_str(rest);
    Some(out)
}

/// Removes `.` and `..` (RFC 3986 §5.2.4); an empty path is `/` (§6.2.3).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (at, part) in parts.iter().enumerate() {
        let is_last = at + 1 == parts.len();
        match *part {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(a: &str, b: &str) -> bool {
        TargetUri::parse(a).is_some() && TargetUri::parse(a) == TargetUri::parse(b)
    }

    /// The pairs of RFC 3986 §6.2.2 and §6.2.3.
    #[test]
    fn spellings_of_one_uri_are_the_same() {
        for (a, b) in [
            ("https://a/b/c/%7Bfoo%7D", "HTTPS://A/./b/../b/%63/%7bfoo%7d"),
            ("https://server.example/token", "https://server.example:443/token"),
            ("http://example.com", "http://example.com:/"),
            ("http://example.com/", "http://example.com:80/"),
            ("https://h/a", "https://h/a?b=c#d"),
            ("https://[::1]:9443/token", "https://[::1]:09443/token"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn another_uri_is_another_one() {
        for (a, b) in [
            ("https://h/token", "http://h/token"),
            ("https://h/token", "https://h:8443/token"),
            ("https://h/token", "https://h/Token"),
            ("https://h/token", "https://h/token/"),
            ("https://h/a%2Fb", "https://h/a/b"),
            ("https://h/token", "https://h.evil/token"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "/token",
            "ftp://h/",
            "https:///x",
            "https://u@h/",
            "https://h/%zz",
            "https://h/a b",
            "https://h\\@e/",
            "https://h:x/",
            "https://[::1/",
            "https://h/é",
        ] {
            assert_eq!(TargetUri::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,64}") {
            let texts = [text.clone(), format!("https://{text}"), format!("https://h/{text}")];
            for text in texts {
                if let Some(once) = TargetUri::parse(&text) {
                    prop_assert_eq!(TargetUri::parse(once.as_str()), Some(once));
                }
            }
        }
    }
}
