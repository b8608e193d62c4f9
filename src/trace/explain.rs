//! The text page of a rule, of a public face, and of an error code: from the registry, as data and
//! as styled lines or Markdown. States rules and no facts, so that it may be shown to anyone.

use std::fmt::Write as _;

use serde::Serialize;

use super::table::{Line, Style};
use crate::protocol::ErrorCode;
use crate::rule::{DOCKETS, RULES, Rule, find};

/// The page of one rule (`oauthlab.rule/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// `oauthlab.rule/v1`.
    pub schema: &'static str,
    /// The rule's id.
    pub id: &'static str,
    /// What holds, as a sentence.
    pub title: &'static str,
    /// What it stops.
    pub stops: &'static str,
    /// How to put it right.
    pub fix: &'static str,
    /// Where it is written.
    pub spec: &'static str,
    /// The decision points that it stands at.
    pub dockets: Vec<DocketView>,
    /// What the wire says when it is broken.
    pub face: FaceView,
}

/// A decision point that a rule stands at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocketView {
    /// Its id.
    pub id: &'static str,
    /// What is decided, in words.
    pub title: &'static str,
    /// The rule's place in its order, from 1.
    pub place: usize,
}

/// What the wire says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaceView {
    /// The error code.
    pub error: ErrorCode,
    /// The status of a direct answer.
    pub status: u16,
    /// `error_description`.
    pub description: &'static str,
    /// The page that `error_uri` names.
    pub page: &'static str,
    /// The other rules that look the same from outside.
    pub shared_with: Vec<&'static str>,
}

/// The static page that `error_uri` names: all rules that share one face.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RulePage {
    /// `oauthlab.page/v1`.
    pub schema: &'static str,
    /// The page's id.
    pub page: &'static str,
    /// The error code.
    pub error: ErrorCode,
    /// The status of a direct answer.
    pub status: u16,
    /// `error_description`.
    pub description: &'static str,
    /// The rules, sorted by id: one of them was broken.
    pub rules: Vec<RuleView>,
}

/// What an id may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// A rule.
    Rule(Box<RuleView>),
    /// A public face.
    Page(RulePage),
    /// An error code, and the rules that answer with it.
    Error(ErrorCode, Vec<RuleView>),
}

/// The page of one rule.
pub fn rule(id: &str) -> Option<RuleView> {
    find(id).map(view)
}

/// Every rule, sorted by id.
pub fn rules() -> Vec<RuleView> {
    RULES.iter().map(|rule| view(rule)).collect()
}

/// The page of a public face.
pub fn page(id: &str) -> Option<RulePage> {
    let rules: Vec<&Rule> = RULES.iter().copied().filter(|rule| rule.face.page == id).collect();
    let face = &rules.first()?.face;
    Some(RulePage {
        schema: "oauthlab.page/v1",
        page: face.page,
        error: face.error,
        status: face.status,
        description: face.description,
        rules: rules.into_iter().map(view).collect(),
    })
}

/// What `oauthlab explain ID` is about: a rule, a page, or an error code.
pub fn explain(id: &str) -> Option<Explained> {
    let of_error = |code: ErrorCode| {
        let rules = RULES.iter().filter(|rule| rule.face.error == code);
        Explained::Error(code, rules.map(|rule| view(rule)).collect())
    };
    rule(id)
        .map(|rule| Explained::Rule(Box::new(rule)))
        .or_else(|| page(id).map(Explained::Page))
        .or_else(|| ErrorCode::parse(id).map(of_error))
}

/// Ids that resemble an unknown one, the closest first.
pub fn suggestions(id: &str) -> Vec<&'static str> {
    let ids = RULES.iter().map(|rule| rule.id);
    let all = ids.chain(ErrorCode::ALL.iter().map(|code| code.as_str()));
    let wanted: String = id.chars().take(64).collect();
    let ratio = |known: &str| similar::TextDiff::from_chars(wanted.as_str(), known).ratio();
    let mut close: Vec<(f32, &str)> = all
        .map(|known| {
            (if !wanted.is_empty() && known.contains(&wanted) { 1.0 } else { ratio(known) }, known)
        })
        .filter(|(ratio, _)| *ratio > 0.6)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    close.into_iter().take(3).map(|(_, known)| known).collect()
}

fn view(rule: &'static Rule) -> RuleView {
    let place = |rules: &[&Rule]| rules.iter().position(|other| *other == rule);
    let dockets = DOCKETS.iter().filter_map(|docket| {
        let place = place(docket.rules)? + 1;
        Some(DocketView { id: docket.id, title: docket.title, place })
    });
    let face = &rule.face;
    let shares = |other: &&&Rule| other.face.page == face.page && **other != rule;
    RuleView {
        schema: "oauthlab.rule/v1",
        id: rule.id,
        title: rule.title,
        stops: rule.stops,
        fix: rule.fix,
        spec: rule.spec,
        dockets: dockets.collect(),
        face: FaceView {
            error: face.error,
            status: face.status,
            description: face.description,
            page: face.page,
            shared_with: RULES.iter().filter(shares).map(|rule| rule.id).collect(),
        },
    }
}

impl RuleView {
    /// The page as Markdown.
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n{}.\n", self.id, self.title);
        for (heading, text) in self.sections() {
            let _ = write!(page, "\n## {heading}\n\n{text}\n");
        }
        page
    }

    /// The page as styled lines.
    pub fn lines(&self, columns: usize) -> Vec<Line> {
        let title = Line::of(Style::Name, self.id).and(Style::Heading, format!("  {}", self.title));
        let mut lines = vec![title];
        for (heading, text) in self.sections() {
            lines.push(Line::blank());
            lines.push(Line::of(Style::Heading, heading));
            let paragraphs = text.lines().flat_map(|text| super::table::paragraph(text, columns));
            lines.extend(paragraphs);
        }
        lines
    }

    fn sections(&self) -> Vec<(&'static str, String)> {
        let dockets = self
            .dockets
            .iter()
            .map(|docket| format!("- {} ({}, place {})", docket.title, docket.id, docket.place));
        let face = &self.face;
        let mut wire = format!("{} {}: {}", face.status, face.error, face.description);
        if !face.shared_with.is_empty() {
            wire.push_str("\nThe same for: ");
            wire.push_str(&face.shared_with.join(", "));
            wire.push_str(". The wire does not tell them apart; the inspector does.");
        }
        vec![
            ("What it stops", self.stops.to_owned()),
            ("How to put it right", self.fix.to_owned()),
            ("Where it is written", self.spec.to_owned()),
            ("Where it is checked", dockets.collect::<Vec<_>>().join("\n")),
            ("What the wire says", wire),
        ]
    }
}

impl Explained {
    /// As styled lines.
    pub fn lines(&self, columns: usize) -> Vec<Line> {
        match self {
            Self::Rule(rule) => rule.lines(columns),
            Self::Page(page) => {
                let head = format!("{} {}: {}", page.status, page.error, page.description);
                list(head, &page.rules)
            }
            Self::Error(code, rules) => list(format!("{code} ({})", code.status()), rules),
        }
    }
}

fn list(head: String, rules: &[RuleView]) -> Vec<Line> {
    let names = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut lines = vec![Line::of(Style::Heading, head)];
    lines.extend(rules.iter().map(|rule| {
        Line::of(Style::Name, format!("  {:names$}", rule.id))
            .and(Style::Plain, format!("  {}", rule.title))
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::table::plain;

    #[test]
    fn every_rule_has_a_page_that_says_all_of_it() {
        for rule in RULES {
            let view = super::rule(rule.id).unwrap();
            let (text, markdown) = (plain(&view.lines(100)), view.markdown());
            assert!(!view.dockets.is_empty(), "{}", rule.id);
            assert!(markdown.contains(rule.stops) && markdown.contains(rule.fix), "{}", rule.id);
            assert!(text.contains(rule.spec) && text.contains(rule.face.error.as_str()));
            assert!(text.lines().all(|line| line.chars().count() <= 160), "{}", rule.id);
        }
    }

    #[test]
    fn every_page_lists_all_rules_of_its_face() {
        for rule in RULES {
            let page = page(rule.face.page).unwrap();
            assert!(page.rules.iter().any(|view| view.id == rule.id), "{}", rule.id);
        }
        let grant = page("grant.usable").unwrap();
        assert!(grant.rules.len() > 5);
        assert_eq!(grant.error, ErrorCode::InvalidGrant);
        assert_eq!(page("nothing.such"), None);
    }

    #[test]
    fn an_error_code_lists_its_rules() {
        let Some(Explained::Error(_, rules)) = explain("invalid_target") else { panic!("a code") };
        assert!(rules.iter().all(|rule| rule.face.error == ErrorCode::InvalidTarget));
        assert!(!rules.is_empty());
        assert!(matches!(explain("pkce.verifier"), Some(Explained::Rule(_))));
        assert!(matches!(explain("grant.usable"), Some(Explained::Page(_))));
    }

    #[test]
    fn a_typing_error_gets_a_suggestion() {
        assert_eq!(suggestions("pkce.verifer").first(), Some(&"pkce.verifier"));
        assert!(suggestions("zzzzzz").is_empty());
        assert!(explain("pkce.verifer").is_none());
    }
}
