//! The key that seals a database: from the environment, by value or by the name of a file.

use std::path::PathBuf;

use super::context::lookup;
use super::secret_input;
use crate::error::Error;
use crate::protocol::Secret;

const VALUE: &str = "OAUTHLAB_STORE_KEY";
const FILE: &str = "OAUTHLAB_STORE_KEY_FILE";

/// The key that the environment gives; without one it is in a file beside the database.
pub(super) fn given() -> Result<Option<Secret>, Error> {
    of(lookup)
}

fn of(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Secret>, Error> {
    let set = |name| lookup(name).filter(|value| !value.is_empty());
    match (set(VALUE), set(FILE)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(Secret::new(value))),
        (None, Some(file)) => secret_input::from_file(&PathBuf::from(file)).map(Some),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{VALUE} and {FILE} are both set"), "unset one of them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_by_value_or_by_file_but_not_by_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "from the file\n").unwrap();
        let file = file.to_str().unwrap().to_owned();
        let key = |value: &str, file: &str| {
            let of = |name: &str| Some(if name == VALUE { value } else { file }.to_owned());
            super::of(of).map(|key| key.map(|key| key.expose().to_owned()))
        };
        assert_eq!(key("", "").unwrap(), None);
        assert_eq!(key("given", "").unwrap().as_deref(), Some("given"));
        assert_eq!(key("", &file).unwrap().as_deref(), Some("from the file"));
        assert_eq!(key("given", &file).unwrap_err().exit().code(), 2);
        assert_eq!(key("", "/nowhere").unwrap_err().exit().code(), 3);
    }
}
