//! Parameters of a request, of which a check changes one.

use crate::protocol::Secret;

/// Parameters in order. Values may be secret, so that `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, Secret)>);

impl Params {
    /// From pairs.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), Secret::new(value));
        Self(pairs.into_iter().map(owned).collect())
    }

    /// The same with this parameter set, in place of an earlier value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = Secret::new(value),
            None => self.0.push((name.to_owned(), Secret::new(value))),
        }
        self
    }

    /// The same with this parameter once more.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), Secret::new(value)));
        self
    }

    /// The same without this parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
    }

    /// Name and value of each.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose())).collect()
    }

    /// As a query, without the question mark.
    pub fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }

    /// Behind a URL that may have a query of its own.
    pub fn behind(&self, url: &str) -> String {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}{}", self.query())
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parameter_is_changed_and_the_order_stays() {
        let params = Params::of([("a", "1"), ("b", "2")]).with("a", "&").with("c", "3");
        assert_eq!(params.query(), "a=%26&b=2&c=3");
        assert_eq!(params.clone().without("b").query(), "a=%26&c=3");
        assert_eq!(params.clone().and("a", "4").query(), "a=%26&b=2&c=3&a=4");
        assert_eq!(params.behind("https://x/?y"), "https://x/?y&a=%26&b=2&c=3");
        assert!(!format!("{params:?}").contains('3'));
    }
}
