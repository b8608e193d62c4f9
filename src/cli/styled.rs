//! Styled lines for a stream: the library says what a span means, here it gets its colour.

use super::colour::Paint;
use crate::trace::table::{Line, Style};

/// As wide as a page; terminals say how wide they are.
const PAGE: usize = 100;

/// How many columns stdout has.
pub(super) fn columns() -> usize {
    let size = console::Term::stdout().size_checked();
    size.map_or(PAGE, |(_, columns)| usize::from(columns)).clamp(60, 160)
}

/// The lines as text, each with its line break.
pub(super) fn text(paint: Paint, lines: &[Line]) -> String {
    let line = |line: &Line| {
        if paint == Paint(false) {
            return line.plain() + "\n";
        }
        let spans = line.0.iter().map(|span| painted(paint, span.style, &span.text));
        spans.collect::<String>() + "\n"
    };
    lines.iter().map(line).collect()
}

fn painted(paint: Paint, style: Style, text: &str) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Heading => paint.bold(text),
        Style::Muted => paint.dim(text),
        Style::Good => paint.good(text),
        Style::Bad => paint.bad(text),
        Style::Warning => paint.warn(text),
        Style::Name => paint.link(text),
        Style::Differs => paint.reverse(text),
    }
}
