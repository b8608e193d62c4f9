//! Where a trip ends: at the redirect URI, by a redirect or by a form that is posted there (OAuth 2.0
//! Form Post Response Mode §2). An answer goes to no other address, whatever the page says.

use url::Url;
use url::form_urlencoded::Serializer;

use super::browser::Trip;
use super::form::Form;
use super::html::Page;
use crate::client::answer::Answer;
use crate::client::arrival::Arrival;
use crate::client::error::ClientError;
use crate::fetch::Request;

impl Trip<'_> {
    /// The redirect URI itself, byte for byte, perhaps with more of a query.
    pub(super) fn arrived(&self, location: &str) -> bool {
        let Some(redirect_uri) = self.redirect_uri else { return false };
        let own_query = redirect_uri.contains('?');
        location.strip_prefix(redirect_uri).is_some_and(|rest| match rest.chars().next() {
            None | Some('#') => true,
            Some('?') => !own_query,
            Some('&') => own_query,
            Some(_) => redirect_uri.ends_with(['?', '&']),
        })
    }

    /// The answer that a page would post to the redirect URI by itself. A page of the server that
    /// was asked which posts one to another origin is refused: the code would be gone.
    pub(super) fn posted(
        &self,
        at: &Url,
        answer: &Answer,
        page: &Page,
    ) -> Result<Option<Arrival>, ClientError> {
        let redirect_uri = self.redirect_uri.and_then(|uri| Url::parse(uri).ok());
        let Some(redirect_uri) = redirect_uri else { return Ok(None) };
        for form in page.forms.iter().filter(|form| form.is_post && form.is_hidden()) {
            let Ok(target) = at.join(form.action.trim()) else { continue };
            if target == redirect_uri {
                let entries = form.entries(None);
                let body = Serializer::new(String::new()).extend_pairs(entries).finish();
                return Ok(Some(Arrival::posted(body)));
            }
            let own = self.home.as_ref() == Some(&at.origin());
            if own && target.origin() != at.origin() && form.is_answer() {
                return Err(ClientError::Malformed {
                    endpoint: answer.endpoint.clone(),
                    detail: "it posts the answer to another address than the redirect URI".into(),
                });
            }
        }
        Ok(None)
    }
}

/// What a request to the redirect URI carries: a form with a button, or one that is sent as a GET.
pub(super) fn carried(request: Request) -> Arrival {
    if request.method == http::Method::GET {
        return Arrival::address(request.url);
    }
    Arrival::posted(String::from_utf8_lossy(&request.body))
}

impl Form {
    /// Whether it carries an answer: a signed one, or a code or an error with a state.
    fn is_answer(&self) -> bool {
        let has = |name: &str| self.controls.iter().any(|control| control.name == name);
        has("response") || (has("state") && (has("code") || has("error")))
    }
}
