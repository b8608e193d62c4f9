//! Documents laid out for people, as lines of styled spans: whoever prints decides on colour.
//!
//! Every untrusted text goes through [`super::visible`] here, once.

mod flow;
#[cfg(test)]
mod golden;
mod why;

pub use flow::{exchange, flow, flows, traces};
pub use why::why;

use super::escape::visible;

/// What a span means. Colour is the printer's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Ordinary text.
    Plain,
    /// The head of a block.
    Heading,
    /// Less important text.
    Muted,
    /// A rule that holds, a thing that worked.
    Good,
    /// A rule that is broken, a refusal.
    Bad,
    /// A rule that was waived.
    Warning,
    /// A name that can be looked up: rules, specs, ids.
    Name,
    /// Characters that differ.
    Differs,
}

/// A run of text with one meaning. It holds no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The meaning.
    pub style: Style,
    /// The text.
    pub text: String,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Span>);

impl Line {
    /// An empty line.
    pub const fn blank() -> Self {
        Self(Vec::new())
    }

    /// A line of one span.
    pub fn of(style: Style, text: impl Into<String>) -> Self {
        Self::blank().and(style, text)
    }

    /// This line and one more span.
    #[must_use]
    pub fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Span { style, text });
        }
        self
    }

    /// Its text without styles, without spaces at the end.
    pub fn plain(&self) -> String {
        let text: String = self.0.iter().map(|span| span.text.as_str()).collect();
        text.trim_end().to_owned()
    }
}

/// Lines without styles.
pub fn plain(lines: &[Line]) -> String {
    lines.iter().map(|line| line.plain() + "\n").collect()
}

/// How wide a text is in a terminal.
fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// The text filled up with spaces.
fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Untrusted text made safe, and cut to a width.
fn fitted(text: &str, to: usize) -> String {
    cut(&visible(text), to)
}

fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = width(c.encode_utf8(&mut [0; 4]));
        if used + next + 1 > to {
            break;
        }
        used += next;
        out.push(c);
    }
    out.push('…');
    out
}

/// Words in lines of at most `to` columns. Longer words stand alone.
fn wrapped(text: &str, to: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > to {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A trusted text of our own in lines.
pub(super) fn paragraph(text: &str, columns: usize) -> Vec<Line> {
    let lines = wrapped(text, columns.saturating_sub(2).max(40));
    lines.into_iter().map(|line| Line::of(Style::Plain, format!("  {line}"))).collect()
}

/// A labelled text below a row: label once, text wrapped and indented.
fn labelled(label: &str, text: &str, style: Style, columns: usize) -> Vec<Line> {
    const LABEL: usize = 10;
    let lines = wrapped(text, columns.saturating_sub(6 + LABEL).max(20));
    let head = |i: usize| if i == 0 { label } else { "" };
    let row = |(i, text): (usize, String)| {
        Line::of(Style::Muted, format!("      {}", padded(head(i), LABEL))).and(style, text)
    };
    lines.into_iter().enumerate().map(row).collect()
}
