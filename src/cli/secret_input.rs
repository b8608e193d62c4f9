//! Secrets come from files or stdin. What comes as an argument was warned about already.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::protocol::Secret;

/// No token and no secret is longer.
const LIMIT: u64 = 64 * 1024;

/// A secret from a file, or from stdin when the path is `-`. One line break at its end is not part
/// of it.
pub(super) fn from_file(path: &Path) -> Result<Secret, Error> {
    let failed = |reason| Error::File { verb: "read", path: path.to_owned(), reason };
    let bytes = if path == Path::new("-") {
        bounded(io::stdin().lock())
    } else {
        File::open(path).and_then(bounded)
    };
    secret(&bytes.map_err(failed)?).ok_or_else(|| {
        let message = format!("{} holds no secret: it is empty or not text", path.display());
        Error::usage(message, "write the secret alone into it")
    })
}

/// Text of a file that is no secret, within the same bound.
pub(super) fn text_of_file(path: &Path) -> Result<String, Error> {
    let failed = |reason| Error::File { verb: "read", path: path.to_owned(), reason };
    let bytes = File::open(path).and_then(bounded).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).map(str::to_owned);
    text.map_err(|_| failed(io::Error::other("it is not UTF-8 text")))
}

/// A secret that was typed, or from stdin when it is `-`.
pub(super) fn typed(text: &str) -> Result<Secret, Error> {
    if text == "-" { from_file(Path::new("-")) } else { Ok(Secret::new(text)) }
}

fn bounded(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

fn secret(bytes: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (!text.is_empty()).then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_at_the_end_is_not_part_of_it() {
        let read = |bytes: &[u8]| secret(bytes).map(|secret| secret.expose().to_owned());
        assert_eq!(read(b"s3cret\n").as_deref(), Some("s3cret"));
        assert_eq!(read(b"s3cret\r\n").as_deref(), Some("s3cret"));
        assert_eq!(read(b" s3 \n\n").as_deref(), Some(" s3 \n"));
        assert_eq!(read(b"\n"), None);
        assert_eq!(read(b"\xff"), None);
    }

    #[test]
    fn a_file_has_a_bound() {
        assert!(bounded(io::repeat(b'x')).is_err());
        assert_eq!(from_file(Path::new("/nowhere")).unwrap_err().exit().code(), 3);
        // A file whose length says nothing.
        assert_eq!(text_of_file(Path::new("/dev/zero")).unwrap_err().exit().code(), 3);
    }
}
