//! What a browser saw on its way: one answer, and what it had done to get it. Pure readings.

use super::Answer;
use super::page::Form;

/// One answer on a browser's way.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What the browser had done.
    pub step: Step,
    /// What it had asked for.
    pub url: String,
    /// What came back.
    pub answer: Answer,
}

/// What a browser did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Opened the first URL.
    Opened,
    /// Followed a redirect.
    Followed,
    /// Sent the form with the password.
    LoggedIn,
    /// Sent the form that allows.
    Consented,
}

/// What a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// For a password.
    Login,
    /// For something else: in a flow, for consent.
    Question,
    /// For nothing.
    Text,
}

impl Answer {
    /// What a page asks for; `None` when it is no page.
    pub fn page(&self) -> Option<PageKind> {
        if !self.is_html() || self.location().is_some() {
            return None;
        }
        let forms = Form::all(&self.text());
        Some(if forms.iter().any(Form::asks_for_password) {
            PageKind::Login
        } else if forms.is_empty() {
            PageKind::Text
        } else {
            PageKind::Question
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::tests::answer;
    use super::*;

    #[test]
    fn a_page_is_known_by_its_form() {
        let html = [("content-type", "text/html; charset=utf-8")];
        let kind = |body: &str| answer(200, &html, body).page();
        assert_eq!(kind("<form><input type=password name=p></form>"), Some(PageKind::Login));
        assert_eq!(kind("<form><button name=a>x</button></form>"), Some(PageKind::Question));
        assert_eq!(kind("<p>no"), Some(PageKind::Text));
        assert_eq!(answer(200, &[("content-type", "application/json")], "{}").page(), None);
        let sent = [("content-type", "text/html"), ("location", "/x")];
        assert_eq!(answer(303, &sent, "").page(), None);
    }
}
