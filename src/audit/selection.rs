//! Which checks run.

use super::check::{CHECKS, Check, check};

/// The selected checks, sorted by id.
#[derive(Clone, Debug)]
pub struct Selection(Vec<&'static Check>);

/// An id that is no check's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no check {0}")]
pub struct SelectionError(pub String);

impl Selection {
    /// Every check.
    pub fn all() -> Self {
        Self(CHECKS.to_vec())
    }

    /// Those of `only` (all, if it is empty) without those of `skip`. A group's name stands for all
    /// of its checks.
    pub fn of(only: &[String], skip: &[String]) -> Result<Self, SelectionError> {
        for id in only.iter().chain(skip) {
            let known = check(id).is_some() || CHECKS.iter().any(|c| c.group.as_str() == id);
            if !known {
                return Err(SelectionError(id.clone()));
            }
        }
        let named = |check: &Check, ids: &[String]| {
            ids.iter().any(|id| *id == check.id || *id == check.group.as_str())
        };
        let selected = CHECKS
            .iter()
            .copied()
            .filter(|check| (only.is_empty() || named(check, only)) && !named(check, skip));
        Ok(Self(selected.collect()))
    }

    /// The checks.
    pub fn checks(&self) -> &[&'static Check] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let selection = Selection::of(&owned(only), &owned(skip)).unwrap();
        selection.checks().iter().map(|check| check.id).collect()
    }

    #[test]
    fn ids_and_groups_select() {
        assert_eq!(ids(&["code-reuse"], &[]), ["code-reuse"]);
        let group = ids(&["introspection"], &["introspect-open"]);
        assert!(group.contains(&"introspect-stale") && !group.contains(&"introspect-open"));
        assert!(group.iter().all(|id| check(id).unwrap().group.as_str() == "introspection"));
        assert_eq!(ids(&[], &[]).len(), CHECKS.len());
        let unknown = Selection::of(&["code-resue".to_owned()], &[]).unwrap_err();
        assert_eq!(unknown, SelectionError("code-resue".to_owned()));
    }
}
