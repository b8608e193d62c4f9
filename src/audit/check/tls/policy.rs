//! Content security policies, as far as the checks read them (CSP level 3 §6).

/// What makes policies weak against scripts. Of several policies each one must admit a script, so
/// that one sound policy is enough.
pub(super) fn weakness<'a>(policies: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut weak = None;
    for policy in policies.flat_map(|header| header.split(',')) {
        match weakness_of(policy) {
            Some(why) => weak = Some(why),
            None => return None,
        }
    }
    Some(weak.unwrap_or_else(|| "no Content-Security-Policy".to_owned()))
}

/// Whether frames of other sites are forbidden; `None` when no policy says anything of frames.
pub(super) fn ancestors<'a>(policies: impl Iterator<Item = &'a str>) -> Option<bool> {
    let mut found = None;
    for policy in policies.flat_map(|header| header.split(',')) {
        if let Some(sources) = directive(policy, "frame-ancestors") {
            found = Some(found == Some(true) || !sources.iter().any(|source| is_open(source)));
        }
    }
    found
}

fn weakness_of(policy: &str) -> Option<String> {
    let fallback = |name| directive(policy, name).or_else(|| directive(policy, "default-src"));
    let Some(scripts) = fallback("script-src") else {
        return Some("neither script-src nor default-src".to_owned());
    };
    let named = scripts.iter().any(|source| {
        ["'nonce-", "'sha256-", "'sha384-", "'sha512-"]
            .iter()
            .any(|start| source.starts_with(start))
    });
    if let Some(open) = scripts.iter().find(|source| is_open(source)) {
        // Browsers that know strict-dynamic ignore hosts and schemes beside it.
        if !(named && scripts.contains(&"'strict-dynamic'".to_owned())) {
            return Some(format!("scripts from {open}"));
        }
    }
    if scripts.contains(&"'unsafe-inline'".to_owned()) && !named {
        return Some("scripts by 'unsafe-inline'".to_owned());
    }
    match fallback("object-src") {
        None => return Some("neither object-src nor default-src".to_owned()),
        Some(sources) if sources.iter().any(|source| is_open(source)) => {
            return Some("plug-ins from everywhere".to_owned());
        }
        Some(_) => {}
    }
    match directive(policy, "base-uri") {
        None => Some("no base-uri".to_owned()),
        Some(sources) if sources.iter().any(|source| is_open(source)) => {
            Some("a base from everywhere".to_owned())
        }
        Some(_) => None,
    }
}

/// The sources of the first directive of a name, in lower case.
fn directive(policy: &str, name: &str) -> Option<Vec<String>> {
    policy.split(';').find_map(|one| {
        let mut words = one.split_ascii_whitespace();
        let found = words.next()?.eq_ignore_ascii_case(name);
        found.then(|| words.map(str::to_ascii_lowercase).collect())
    })
}

/// A source that anybody can be.
fn is_open(source: &str) -> bool {
    matches!(source, "*" | "http:" | "https:" | "data:" | "blob:" | "http://*" | "https://*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(policies: &[&str]) -> bool {
        weakness(policies.iter().copied()).is_some()
    }

    #[test]
    fn a_policy_is_sound_when_scripts_plugins_and_base_are_bound() {
        assert!(!weak(&["default-src 'none'; base-uri 'none'"]));
        assert!(!weak(&["script-src 'self'; object-src 'none'; base-uri 'self'"]));
        assert!(!weak(&[
            "default-src 'none'; script-src 'nonce-x' 'unsafe-inline'; base-uri 'none'"
        ]));
        let dynamic =
            "script-src 'nonce-x' 'strict-dynamic' https:; object-src 'none'; base-uri 'none'";
        assert!(!weak(&[dynamic]));
        assert!(!weak(&["script-src *", "default-src 'none'; base-uri 'none'"]));
        for policy in [
            "",
            "frame-ancestors 'none'",
            "default-src 'none'",
            "default-src *; base-uri 'none'",
            "script-src 'unsafe-inline'; object-src 'none'; base-uri 'none'",
            "script-src https:; object-src 'none'; base-uri 'none'",
            "script-src 'self'; base-uri 'none'",
            "script-src 'self'; object-src *; base-uri 'none'",
            "default-src 'none'; base-uri *",
        ] {
            assert!(weak(&[policy]), "{policy}");
        }
        assert!(weak(&[]));
    }

    #[test]
    fn frames_are_forbidden_by_any_policy_that_says_so() {
        let of = |policies: &[&str]| ancestors(policies.iter().copied());
        assert_eq!(of(&["default-src 'none'"]), None);
        assert_eq!(of(&["frame-ancestors 'self'"]), Some(true));
        assert_eq!(of(&["frame-ancestors https:"]), Some(false));
        assert_eq!(of(&["frame-ancestors *, frame-ancestors 'none'"]), Some(true));
        assert_eq!(of(&["frame-ancestors 'none'", "frame-ancestors *"]), Some(true));
    }
}
