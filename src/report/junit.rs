//! `JUnit` XML, as CI servers read it: a suite for each group, a case for each check. What failed
//! below the threshold passes and says so, so that nothing goes red by surprise.

use std::io::Write as _;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::words::{decisive, described, line};
use crate::audit::{AuditReport, CheckResult, Group, Severity, Verdict};

/// How a case ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Error,
    Skipped,
}

/// Writing to memory cannot fail; a document that is cut short would be refused by every reader.
pub(super) fn render(report: &AuditReport, fail_on: Option<Severity>) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let _ = document(&mut writer, report, fail_on);
    let mut bytes = writer.into_inner();
    let _ = bytes.write_all(b"\n");
    String::from_utf8_lossy(&bytes).into_owned()
}

type Xml = Writer<Vec<u8>>;

fn document(xml: &mut Xml, report: &AuditReport, fail_on: Option<Severity>) -> std::io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let ends = |group: Option<Group>| -> Vec<End> {
        let results = report.results.iter().filter(|r| group.is_none_or(|g| r.check.group == g));
        results.map(|result| end(result, fail_on)).collect()
    };
    let mut root = counted("testsuites", &ends(None));
    root.push_attribute(("name", "oauthlab audit"));
    xml.write_event(Event::Start(root))?;
    let mut groups: Vec<Group> = report.results.iter().map(|result| result.check.group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let mut suite = counted("testsuite", &ends(Some(group)));
        suite.push_attribute(("name", format!("oauthlab.{}", group.as_str()).as_str()));
        xml.write_event(Event::Start(suite))?;
        for result in report.results.iter().filter(|result| result.check.group == group) {
            case(xml, result, fail_on)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn counted(name: &'static str, ends: &[End]) -> BytesStart<'static> {
    let count = |wanted: End| ends.iter().filter(|end| **end == wanted).count().to_string();
    let mut element = BytesStart::new(name);
    element.push_attribute(("tests", ends.len().to_string().as_str()));
    element.push_attribute(("failures", count(End::Failed).as_str()));
    element.push_attribute(("errors", count(End::Error).as_str()));
    element.push_attribute(("skipped", count(End::Skipped).as_str()));
    element
}

fn end(result: &CheckResult, fail_on: Option<Severity>) -> End {
    match result.verdict() {
        Verdict::Fail if result.accepted.is_some() => End::Skipped,
        Verdict::Fail if fail_on.is_some_and(|least| result.check.severity >= least) => End::Failed,
        Verdict::Fail | Verdict::Pass => End::Passed,
        Verdict::Inconclusive => End::Error,
        Verdict::NotApplicable | Verdict::Skipped(_) => End::Skipped,
    }
}

fn case(xml: &mut Xml, result: &CheckResult, fail_on: Option<Severity>) -> std::io::Result<()> {
    let (check, judgement) = (result.check, &result.judgement);
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", format!("oauthlab.{}", check.group.as_str()).as_str()));
    case.push_attribute(("name", check.id));
    let end = end(result, fail_on);
    let plain = result.verdict() == Verdict::Pass;
    if plain {
        return xml.write_event(Event::Empty(case));
    }
    xml.write_event(Event::Start(case))?;
    let told = match &result.accepted {
        Some(reason) => format!("accepted: {}", line(reason)),
        None => line(&judgement.got),
    };
    match end {
        End::Failed => {
            let mut failure = BytesStart::new("failure");
            failure.push_attribute(("type", check.severity.as_str()));
            failure.push_attribute(("message", check.title));
            xml.write_event(Event::Start(failure))?;
            xml.write_event(Event::Text(BytesText::new(&body(result))))?;
            xml.write_event(Event::End(BytesEnd::new("failure")))?;
        }
        End::Error | End::Skipped => {
            let name = if end == End::Error { "error" } else { "skipped" };
            let mut element = BytesStart::new(name);
            element.push_attribute(("message", told.as_str()));
            xml.write_event(Event::Empty(element))?;
        }
        End::Passed => {
            xml.write_event(Event::Start(BytesStart::new("system-out")))?;
            let text =
                format!("below the threshold ({})\n{}", check.severity.as_str(), body(result));
            xml.write_event(Event::Text(BytesText::new(&text)))?;
            xml.write_event(Event::End(BytesEnd::new("system-out")))?;
        }
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn body(result: &CheckResult) -> String {
    let (check, judgement) = (result.check, &result.judgement);
    let mut lines = vec![
        format!("expected: {}", line(&judgement.expected)),
        format!("got: {}", line(&judgement.got)),
    ];
    lines.extend(judgement.control.as_ref().map(|control| format!("control: {}", line(control))));
    let shown = decisive(&result.exchanges).iter();
    lines.extend(shown.map(|exchange| format!("evidence: {}", line(&described(exchange)))));
    lines.push(format!("fix: {}", check.text.fix));
    lines.push(format!("read: {}", check.references.join(", ")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    fn rendered(fail_on: Option<Severity>) -> String {
        let mut report = report_of(&[
            ("code-race", Verdict::Inconclusive),
            ("code-reuse", Verdict::Fail),
            ("dcr-open", Verdict::Fail),
            ("pkce-downgrade", Verdict::Pass),
            ("redirect-port", Verdict::Fail),
        ]);
        report.results[4].accepted = Some("a \"lesson\" <&>".to_owned());
        render(&report, fail_on)
    }

    #[test]
    fn cases_end_as_the_verdicts_say() {
        let xml = rendered(Some(Severity::High));
        assert!(
            xml.contains(r#"<testsuites tests="5" failures="1" errors="1" skipped="1""#),
            "{xml}"
        );
        assert!(
            xml.contains(r#"<failure type="critical" message="A code works twice"#)
                || xml.contains(r#"<failure type="critical""#)
        );
        assert!(xml.contains("below the threshold (medium)"));
        assert!(xml.contains("accepted: a &quot;lesson&quot; &lt;&amp;&gt;"), "{xml}");
        assert!(!rendered(None).contains("<failure"));
        assert_eq!(rendered(Some(Severity::Info)).matches("<failure").count(), 2);
    }

    #[test]
    fn what_a_server_says_cannot_break_the_document() {
        let xml = rendered(Some(Severity::Info));
        assert!(!xml.contains("<token>") && !xml.contains('\u{1b}'), "{xml}");
        let mut reader = quick_xml::Reader::from_str(&xml);
        let mut depth = 0_i32;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
}
