//! What is wrong with a configuration, for a person (`render`) and for a program (`Serialize`).
//! Nothing here holds a secret: lines are masked before they are kept.

use std::fmt::Write as _;
use std::ops::Range;

use console::Style;
use serde::Serialize;

use super::fault::{Fault, Span};
use super::mask::Mask;

/// Nobody reads more than this.
const MOST: usize = 100;
/// Longer lines are cut around the fault.
const WIDEST: usize = 110;

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{}", self.render(false).trim_end())]
pub struct ConfigError {
    /// Each fault, in the order of the file. Never empty.
    pub problems: Vec<Problem>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file's name as it was given.
    pub file: String,
    /// Where in it; `None` for a flag, or for the file as a whole.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(skip)]
    snippet: Option<Snippet>,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1 in characters.
    pub column: usize,
    /// Length in characters, at least 1.
    pub length: usize,
}

/// A line as it may be shown, and where the carets stand below it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Snippet {
    text: String,
    indent: usize,
    carets: usize,
}

impl ConfigError {
    /// One problem with a file as a whole, or without any.
    pub(super) fn whole(file: &str, message: String, help: Option<String>) -> Self {
        let problem = Problem { file: file.to_owned(), place: None, message, help, snippet: None };
        Self { problems: vec![problem] }
    }

    /// The faults of a source text.
    pub(super) fn of(file: &str, source: &str, mask: &Mask, faults: &[Fault]) -> Self {
        let mut problems: Vec<_> =
            faults.iter().map(|fault| Problem::of(file, source, mask, fault)).collect();
        problems.dedup();
        Self { problems }
    }

    /// The whole list as text: message, place, line, carets, help.
    pub fn render(&self, color: bool) -> String {
        let mut out = String::new();
        for problem in self.problems.iter().take(MOST) {
            problem.render_to(&mut out, color);
        }
        if self.problems.len() > 1 {
            // Writing to a string cannot fail.
            let _ = write!(out, "{} problems", self.problems.len());
            if self.problems.len() > MOST {
                let _ = write!(out, ", the first {MOST} are shown");
            }
            out.push('\n');
        }
        out
    }
}

impl Problem {
    /// A problem at a line whose text must not be shown.
    pub(super) fn at_line(file: &str, line: usize, message: String) -> Self {
        let place = Some(Place { line, column: 1, length: 1 });
        Self { file: file.to_owned(), place, message, help: None, snippet: None }
    }

    fn of(file: &str, source: &str, mask: &Mask, fault: &Fault) -> Self {
        let (place, snippet) = fault.span.map(|span| locate(span, source, mask)).unzip();
        let (message, help) = (clean(&fault.message), fault.help.as_deref().map(clean));
        Self { file: file.to_owned(), place, message, help, snippet }
    }

    fn render_to(&self, out: &mut String, color: bool) {
        let style = |style: Style| style.force_styling(color);
        let error = style(Style::new().red().bold());
        let frame = style(Style::new().blue().bold());
        let help = style(Style::new().cyan());
        let _ = writeln!(out, "{} {}", error.apply_to("error:"), self.message);
        match self.place {
            Some(Place { line, column, .. }) => {
                let margin = " ".repeat(line.to_string().len());
                let arrow = frame.apply_to("-->");
                let _ = writeln!(out, "{margin}{arrow} {}:{line}:{column}", self.file);
                if let Some(Snippet { text, indent, carets }) = &self.snippet {
                    let bar = frame.apply_to("|");
                    let _ = writeln!(out, "{margin} {bar}");
                    let _ = writeln!(out, "{} {bar} {text}", frame.apply_to(line));
                    let carets = error.apply_to("^".repeat(*carets));
                    let _ = writeln!(out, "{margin} {bar} {}{carets}", " ".repeat(*indent));
                }
            }
            None => {
                let _ = writeln!(out, " {} {}", frame.apply_to("-->"), self.file);
            }
        }
        if let Some(text) = &self.help {
            let _ = writeln!(out, "{} {text}", help.apply_to("help:"));
        }
        out.push('\n');
    }
}

/// The place of a span, and its line: masked, cleaned, cut.
fn locate(span: Span, source: &str, mask: &Mask) -> (Place, Snippet) {
    // At the end of the file, the last line with something on it.
    let start = floor(source, span.start).min(source.trim_end().len());
    let line_at = source.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = source.get(line_at..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let number = source.get(..line_at).unwrap_or("").matches('\n').count() + 1;
    let count = |from: usize, to: usize| {
        source.get(from..floor(source, to)).map_or(0, |text| text.chars().count())
    };
    let end = span.end.min(line_at + line.len());
    let column = count(line_at, start) + 1;
    let length = count(start, end).max(1);
    (Place { line: number, column, length }, snippet(line, line_at, start..end.max(start), mask))
}

fn snippet(line: &str, line_at: usize, marked: Range<usize>, mask: &Mask) -> Snippet {
    // Each shown character, and the part of the source that it stands for.
    let mut shown: Vec<(char, Range<usize>)> = Vec::new();
    let mut hidden_from = None;
    for (at, character) in line.char_indices() {
        let (from, to) = (line_at + at, line_at + at + character.len_utf8());
        if !mask.covers(from) {
            hidden_from = None;
            shown.push((printable(character), from..to));
            continue;
        }
        // Three stars, however long the secret is: its length is nobody's business.
        let first = *hidden_from.get_or_insert_with(|| {
            shown.extend(std::iter::repeat_n(('*', from..to), 3));
            from
        });
        for star in shown.iter_mut().rev().take(3) {
            star.1 = first..to;
        }
    }
    let indent = shown.iter().take_while(|(_, part)| part.end <= marked.start).count();
    let marked_to = marked.end.max(marked.start + 1);
    let below = |(_, part): &&(char, Range<usize>)| part.start < marked_to;
    let carets = shown.iter().skip(indent).take_while(below).count().max(1);
    let text: Vec<char> = shown.into_iter().map(|(character, _)| character).collect();
    cut(&text, indent, carets)
}

/// At most [`WIDEST`] characters around the carets.
fn cut(text: &[char], indent: usize, carets: usize) -> Snippet {
    let from = if text.len() > WIDEST { indent.saturating_sub(WIDEST / 2) } else { 0 };
    let to = text.len().min(from + WIDEST);
    let mut shown: String = text.get(from..to).unwrap_or_default().iter().collect();
    let mut indent = indent - from;
    if from > 0 {
        shown.insert(0, '…');
        indent += 1;
    }
    if to < text.len() {
        shown.push('…');
    }
    let room = (WIDEST + 1).saturating_sub(indent).max(1);
    Snippet { text: shown, indent, carets: carets.min(room) }
}

/// Characters that would move the cursor, or turn the text around, become one visible one.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

/// A message may quote names from the file.
fn clean(message: &str) -> String {
    const LONGEST: usize = 600;
    message.chars().take(LONGEST).map(printable).collect()
}

/// The byte position at or before `at` that begins a character.
fn floor(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}
