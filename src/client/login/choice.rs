//! What to do with a page: which form asks for a password, which button says yes, which says no.
//! Nothing here knows one server: names, values and words decide.

use super::form::{Button, Control, Form, Kind};
use super::html::Page;

/// What a page asks for.
#[derive(Debug)]
pub(super) enum Asked<'p> {
    /// A user name, if it is not filled in, and a password.
    Password(&'p Form),
    /// A user name alone; the password is asked for on the next page.
    UserName(&'p Form),
    /// A decision, or merely to go on.
    Decision,
    /// Something that only a person can do, and why.
    Person(&'static str),
}

const YES: &[&str] = &[
    "allow",
    "approve",
    "approved",
    "authorize",
    "authorise",
    "accept",
    "yes",
    "continue",
    "grant",
    "confirm",
    "agree",
    "consent",
    "ok",
    "proceed",
];
const NO: &[&str] = &[
    "deny", "denied", "decline", "cancel", "no", "not", "don", "reject", "rejected", "refuse",
    "disallow", "abort",
];
const OUT: &[&str] = &["logout", "signout", "register", "signup", "reset", "forgot"];

impl Page {
    pub(super) fn asks(&self) -> Asked<'_> {
        let passwords = |form: &Form| form.of_kind(Kind::Password).count();
        if let Some(form) = self.forms.iter().find(|form| passwords(form) == 1) {
            return Asked::Password(form);
        }
        if self.forms.iter().any(|form| passwords(form) > 1) {
            return Asked::Person("it asks for a new password, or for more than one");
        }
        let names_user = |form: &&Form| form.user_field().is_some_and(|at| form.is_user_field(at));
        if let Some(form) = self.forms.iter().find(names_user) {
            return Asked::UserName(form);
        }
        match (self.forms.is_empty(), self.has_script) {
            (false, _) => Asked::Decision,
            (true, true) => Asked::Person("it has no form: it seems to be built by JavaScript"),
            (true, false) => Asked::Person("it has no form"),
        }
    }

    /// The form and the button that approve, or deny.
    pub(super) fn decide(&self, approve: bool) -> Option<(Form, Option<Button>)> {
        let candidates: Vec<_> = self.forms.iter().filter(|form| !form.leads_out()).collect();
        let pressable = |form: &Form| -> Vec<Option<Button>> {
            let enabled = form.buttons.iter().filter(|button| !button.disabled);
            let buttons: Vec<_> = enabled.cloned().map(Some).collect();
            // A form without a button submits itself by script.
            if buttons.is_empty() && form.is_hidden() { vec![None] } else { buttons }
        };
        let mut ways = Vec::new();
        for form in candidates {
            for button in pressable(form) {
                ways.push((form, meaning(form, button.as_ref()), button));
            }
        }
        let wanted = if approve { Meaning::Yes } else { Meaning::No };
        let neutral = ways.iter().filter(|(_, meaning, _)| *meaning == Meaning::Neutral).count();
        let found = ways.into_iter().find(|(_, meaning, _)| {
            *meaning == wanted || (approve && *meaning == Meaning::Neutral && neutral == 1)
        });
        let Some((form, _, button)) = found else {
            return if approve { None } else { self.cancelling_link() };
        };
        let mut form = form.clone();
        if approve {
            // Scopes to tick.
            form.controls.iter_mut().filter(|c| c.kind == Kind::Checkbox).for_each(Control::tick);
        }
        Some((form, button))
    }
}

impl Page {
    /// Some pages have a button for yes and a link for no.
    fn cancelling_link(&self) -> Option<(Form, Option<Button>)> {
        let says_no = |link: &&Form| {
            let no = |button| meaning(&Form::default(), Some(button)) == Meaning::No;
            !link.leads_out() && link.buttons.first().is_some_and(no)
        };
        self.links.iter().find(says_no).map(|link| (link.clone(), None))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Yes,
    No,
    Neutral,
}

/// The button's words decide; if they say nothing, the form's hidden values do.
fn meaning(form: &Form, button: Option<&Button>) -> Meaning {
    let own = button.map(|b| words(&[&b.text, &b.value, &b.name])).unwrap_or_default();
    match of_words(&own) {
        Meaning::Neutral => {
            let hidden: Vec<_> = form.of_kind(Kind::Hidden).map(|c| c.value.as_str()).collect();
            of_words(&words(&hidden))
        }
        said => said,
    }
}

fn of_words(words: &[String]) -> Meaning {
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if any(NO) {
        Meaning::No
    } else if any(YES) {
        Meaning::Yes
    } else {
        Meaning::Neutral
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    let split = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

impl Control {
    fn tick(&mut self) {
        self.checked = true;
    }
}

impl Form {
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(move |control| control.kind == kind && !control.disabled)
    }

    /// The field for the user's name: the one that says so, else the last text before the password.
    fn user_field(&self) -> Option<usize> {
        let is_text = |control: &Control| {
            matches!(control.kind, Kind::Text | Kind::Email) && !control.disabled
        };
        let password = self.controls.iter().position(|c| c.kind == Kind::Password);
        let before = self.controls.get(..password.unwrap_or(self.controls.len()))?;
        let named = (0..before.len()).find(|&at| self.is_user_field(at));
        named.or_else(|| before.iter().rposition(is_text))
    }

    fn is_user_field(&self, at: usize) -> bool {
        self.controls.get(at).is_some_and(|control| {
            let is_text = matches!(control.kind, Kind::Text | Kind::Email) && !control.disabled;
            let names = format!("{} {}", control.name, control.id).to_lowercase();
            let says = ["user", "login", "email", "identifier", "account"];
            let autocomplete = matches!(control.autocomplete.as_str(), "username" | "email");
            // A device's code is no user's name, whatever its field is called.
            let code = names.contains("code");
            is_text && !code && (autocomplete || says.iter().any(|word| names.contains(word)))
        })
    }

    /// This form, filled in.
    pub(super) fn filled(&self, user: &str, password: Option<&str>) -> Self {
        let mut form = self.clone();
        if let Some(control) = self.user_field().and_then(|at| form.controls.get_mut(at)) {
            user.clone_into(&mut control.value);
        }
        for control in form.controls.iter_mut().filter(|c| c.kind == Kind::Password) {
            password.unwrap_or_default().clone_into(&mut control.value);
        }
        form
    }

    /// The button that goes on: the first one that does not cancel.
    pub(super) fn default_button(&self) -> Option<Button> {
        let goes_on = |button: &&Button| {
            !button.disabled && meaning(&Self::default(), Some(button)) != Meaning::No
        };
        self.buttons.iter().find(goes_on).cloned()
    }

    fn leads_out(&self) -> bool {
        let action = self.action.to_lowercase().replace(['-', '_'], "");
        OUT.iter().any(|word| action.contains(word))
    }
}
