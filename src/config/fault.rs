//! Faults are collected, not thrown: whoever fixes a file wants to know all of them at once.

use std::cell::RefCell;

/// A place in the source text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One fault. Without a place it comes from a flag, or concerns the whole file.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Option<Span>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// The faults found so far. Readers share it, hence the cell.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: RefCell<Vec<Fault>>,
}

impl Faults {
    /// A fault whose message says all.
    pub(super) fn add(&self, span: Option<Span>, message: impl Into<String>) {
        self.push(Fault { span, message: message.into(), help: None });
    }

    /// A fault and what to do about it.
    pub(super) fn add_with_help(
        &self,
        span: Option<Span>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Fault { span, message: message.into(), help: Some(help.into()) });
    }

    pub(super) fn push(&self, fault: Fault) {
        self.found.borrow_mut().push(fault);
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// All faults, in the order of the file.
    pub(super) fn into_sorted(self) -> Vec<Fault> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|fault| fault.span);
        found
    }
}
