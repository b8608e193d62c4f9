//! Changing a JSON document on its way out.

use serde_json::{Map, Value};

use crate::deviation::Outgoing;

/// Changes the JSON object of a successful answer whose path contains `path`. Anything else stays
/// as it is.
pub(super) fn change(
    outgoing: &mut Outgoing<'_>,
    path: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    if !outgoing.endpoint.contains(path) || !outgoing.status.is_success() {
        return;
    }
    let Ok(mut document) = serde_json::from_slice::<Map<String, Value>>(outgoing.body) else {
        return;
    };
    change(&mut document);
    if let Ok(body) = serde_json::to_vec(&document) {
        *outgoing.body = body;
    }
}

/// As [`change`], for the JSON object of a refusal.
pub(super) fn change_refusal(
    outgoing: &mut Outgoing<'_>,
    path: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    if !outgoing.endpoint.ends_with(path) || outgoing.status.is_success() {
        return;
    }
    let Ok(mut document) = serde_json::from_slice::<Map<String, Value>>(outgoing.body) else {
        return;
    };
    change(&mut document);
    if let Ok(body) = serde_json::to_vec(&document) {
        *outgoing.body = body;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::deviation::Asked;

    /// What a change makes of a document that is served at `endpoint`.
    pub(crate) fn changed(
        seams: &[crate::deviation::Seam],
        endpoint: &str,
        document: &Value,
    ) -> Value {
        answered(seams, endpoint, document, &Asked::default())
    }

    /// As [`changed`], in answer to a request.
    pub(crate) fn answered(
        seams: &[crate::deviation::Seam],
        endpoint: &str,
        document: &Value,
        asked: &Asked,
    ) -> Value {
        let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
        let mut body = document.to_string().into_bytes();
        for seam in seams {
            if let crate::deviation::Seam::Mangle(change) = seam {
                let (status, headers) = (&mut status, &mut headers);
                change(&mut Outgoing {
                    asked,
                    broken: None,
                    endpoint,
                    status,
                    headers,
                    body: &mut body,
                });
            }
        }
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn only_successful_json_at_the_path_is_changed() {
        for (endpoint, code, text, expected) in [
            ("/a", 200, "{}", r#"{"x":1}"#),
            ("/b", 200, "{}", "{}"),
            ("/a", 404, "{}", "{}"),
            ("/a", 200, "<html>", "<html>"),
        ] {
            let mut status = StatusCode::from_u16(code).unwrap();
            let (mut headers, mut body) = (HeaderMap::new(), text.as_bytes().to_vec());
            let (headers, body) = (&mut headers, &mut body);
            let (asked, status) = (&Asked::default(), &mut status);
            let mut outgoing = Outgoing { asked, broken: None, endpoint, status, headers, body };
            change(&mut outgoing, "/a", |document| {
                document.insert("x".to_owned(), Value::from(1));
            });
            assert_eq!(String::from_utf8_lossy(outgoing.body), expected);
        }
    }
}
