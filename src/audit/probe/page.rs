//! Forms of a page, read without a browser: enough of HTML for login and consent (WHATWG HTML
//! §4.10). Untrusted and bounded; what cannot be read is left out.

use crate::audit::target::Login;

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// Where it is sent, as written; empty for the page itself.
    pub(super) action: String,
    /// Its controls, in order.
    pub(super) controls: Vec<Control>,
}

/// An input or a button with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) value: String,
    checked: bool,
}

const MAX_TAGS: usize = 5000;

impl Form {
    /// The forms of a page.
    pub(super) fn all(html: &str) -> Vec<Self> {
        let mut forms: Vec<Self> = Vec::new();
        let mut open = false;
        for tag in tags(html).take(MAX_TAGS) {
            match tag.name.as_str() {
                "form" => {
                    forms.push(Self { action: tag.text("action"), controls: Vec::new() });
                    open = true;
                }
                "/form" => open = false,
                "input" | "button" if open => {
                    if let Some(form) = forms.last_mut() {
                        form.controls.push(Control::of(&tag));
                    }
                }
                _ => {}
            }
        }
        forms
    }

    /// Whether a password is asked for.
    pub(super) fn asks_for_password(&self) -> bool {
        self.controls.iter().any(|control| control.kind == "password")
    }

    /// What a browser sends without any button: hidden fields, texts, checked boxes.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let sent = |control: &&Control| match control.kind.as_str() {
            "submit" | "button" | "image" | "reset" => false,
            "checkbox" | "radio" => control.checked,
            _ => true,
        };
        let named = self.controls.iter().filter(|control| !control.name.is_empty());
        named.filter(sent).map(|c| (c.name.clone(), c.value.clone())).collect()
    }

    /// The name of the field for the user's name: the one that says so, else the first text.
    pub(super) fn user_field(&self) -> Option<&str> {
        let texts =
            || self.controls.iter().filter(|c| matches!(c.kind.as_str(), "text" | "email" | "tel"));
        let says = |control: &&Control| {
            let name = control.name.to_ascii_lowercase();
            ["user", "login", "email", "identifier"].iter().any(|word| name.contains(word))
        };
        texts().find(says).or_else(|| texts().next()).map(|control| control.name.as_str())
    }

    /// Whether the form has what a step of a login script fills and presses.
    pub(super) fn takes(&self, step: &Login) -> bool {
        let has = |name: &String| self.controls.iter().any(|control| control.name == *name);
        let pressed = |button: &String| self.button(button).is_some();
        step.fill.keys().all(has) && step.press.iter().all(pressed)
    }

    /// The button of this name or value.
    pub(super) fn button(&self, named: &str) -> Option<(&str, &str)> {
        let mut buttons = self.controls.iter().filter(|control| control.kind == "submit");
        let button = buttons.find(|button| button.name == named || button.value == named)?;
        Some((button.name.as_str(), button.value.as_str()))
    }

    /// The name of the password field.
    pub(super) fn password_field(&self) -> Option<&str> {
        let password = self.controls.iter().find(|control| control.kind == "password");
        password.map(|control| control.name.as_str())
    }

    /// The button that says yes: by its name or value, else the first one that does not say no.
    pub(super) fn yes(&self) -> Option<(&str, &str)> {
        let yes = self.buttons().find(|button| button.says(&YES) && !button.says(&NO));
        yes.or_else(|| self.buttons().find(|button| !button.says(&NO)))?.pair()
    }

    /// The button that says no.
    pub(super) fn no(&self) -> Option<(&str, &str)> {
        self.buttons().find(|button| button.says(&NO))?.pair()
    }

    fn buttons(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(|control| control.kind == "submit")
    }
}

const YES: [&str; 8] =
    ["allow", "approve", "accept", "authorize", "grant", "yes", "consent", "continue"];
const NO: [&str; 5] = ["deny", "cancel", "reject", "refuse", "decline"];

impl Control {
    fn of(tag: &Tag) -> Self {
        let written = tag.text("type").to_ascii_lowercase();
        let default = if tag.name == "button" { "submit" } else { "text" };
        let kind = if written.is_empty() { default.to_owned() } else { written };
        let checked = tag.attributes.iter().any(|(name, _)| name == "checked");
        Self { kind, name: tag.text("name"), value: tag.text("value"), checked }
    }

    fn says(&self, words: &[&str]) -> bool {
        let text = format!("{} {}", self.name, self.value).to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    fn pair(&self) -> Option<(&str, &str)> {
        (!self.name.is_empty()).then_some((self.name.as_str(), self.value.as_str()))
    }
}

/// Where a page loads from or leads to: the element, and the URL as written.
pub(super) fn urls(html: &str) -> Vec<(String, String)> {
    let named = ["href", "src", "action", "data", "srcset", "formaction"];
    let mut found = Vec::new();
    for tag in tags(html).take(MAX_TAGS) {
        for (name, value) in tag.attributes {
            if named.contains(&name.as_str()) && !value.is_empty() {
                found.push((tag.name.clone(), value));
            }
        }
    }
    found
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn text(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn tags(html: &str) -> impl Iterator<Item = Tag> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find('<')?;
            let after = rest.get(start + 1..)?;
            if let Some(comment) = after.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let (inner, tail) = until_end(after);
            rest = tail;
            let name: String =
                inner.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
            let attributes = attributes(inner.get(name.len()..).unwrap_or_default());
            let name = name.trim_end_matches('/').to_ascii_lowercase();
            return Some(Tag { name, attributes });
        }
    })
}

/// Up to the `>` that is not inside of quotes.
fn until_end(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or("")),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    (text, "")
}

fn attributes(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() && rest.is_empty() {
            return found;
        }
        let rest = rest.trim_start();
        let (value, rest) = match rest.strip_prefix('=') {
            None => ("", rest),
            Some(rest) => value(rest.trim_start()),
        };
        found.push((name.to_ascii_lowercase(), unescaped(value)));
        text = rest;
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = r#"<!-- <form action="/no"> --><form method=post action='/login?a=1&amp;b'>
        <input type="hidden" name="csrf" value="a>b&quot;c"><INPUT name=username>
        <input type=password name=pw><input type=checkbox name=stay value=1>
        <button>Log in</button></form>"#;

    #[test]
    fn a_login_form_is_read() {
        let [form] = &Form::all(LOGIN)[..] else { panic!("one form") };
        assert_eq!(form.action, "/login?a=1&b");
        assert!(form.asks_for_password());
        assert_eq!(form.user_field(), Some("username"));
        assert_eq!(form.password_field(), Some("pw"));
        let fields = form.fields();
        assert_eq!(fields[0], ("csrf".to_owned(), "a>b\"c".to_owned()));
        assert!(!fields.iter().any(|(name, _)| name == "stay"));
    }

    #[test]
    fn the_button_that_says_yes_is_found() {
        let html = r#"<form><button name="decision" value="deny">No</button>
            <button name="decision" value="allow">Yes</button></form>
            <form><input type=submit name=a value=Go></form>
            <form><input type=submit name=cancel value=x></form>"#;
        let forms = Form::all(html);
        let yes: Vec<_> = forms.iter().map(Form::yes).collect();
        assert_eq!(yes, [Some(("decision", "allow")), Some(("a", "Go")), None]);
        let no: Vec<_> = forms.iter().map(Form::no).collect();
        assert_eq!(no, [Some(("decision", "deny")), None, Some(("cancel", "x"))]);
    }

    #[test]
    fn urls_of_a_page_are_listed_with_their_elements() {
        let html = r#"<a href="/x?a&amp;b">x</a><img src=//cdn.example/p.gif><p data-x=1>"#;
        let found = urls(html);
        let pair = |tag: &str, url: &str| (tag.to_owned(), url.to_owned());
        assert_eq!(found, [pair("a", "/x?a&b"), pair("img", "//cdn.example/p.gif")]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(html in "[<>a-z =\"'/!-]{0,200}") {
            let _ = Form::all(&html);
        }
    }
}
