//! A form of a page, and what a browser sends when it is submitted (WHATWG HTML §4.10.22).

use http::header::CONTENT_TYPE;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::fetch::Request;

/// A form.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) id: Option<String>,
    pub(super) is_post: bool,
    pub(super) is_link: bool,
    pub(super) enctype: String,
    pub(super) controls: Vec<Control>,
    pub(super) buttons: Vec<Button>,
}

/// What a control is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Hidden,
    Text,
    Email,
    Password,
    Checkbox,
    Radio,
    #[default]
    Other,
}

/// A control that holds a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Control {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) checked: bool,
    pub(super) disabled: bool,
    pub(super) autocomplete: String,
    pub(super) id: String,
}

/// A button that submits.
#[derive(Clone, Debug, Default)]
pub(super) struct Button {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) text: String,
    pub(super) action: Option<String>,
    pub(super) disabled: bool,
}

impl Kind {
    /// The kind of an `input`; `None` for one that sends nothing.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "hidden" => Self::Hidden,
            "" | "text" | "tel" | "search" | "url" => Self::Text,
            "email" => Self::Email,
            "password" => Self::Password,
            "checkbox" => Self::Checkbox,
            "radio" => Self::Radio,
            "button" | "reset" | "file" => return None,
            _ => Self::Other,
        })
    }
}

impl Form {
    /// A link, which sends nothing but itself.
    pub(super) fn link(href: String) -> Self {
        Self { action: href, is_link: true, buttons: vec![Button::default()], ..Self::default() }
    }

    /// The names and values that are sent, with the pressed button.
    pub(super) fn entries<'f>(&'f self, pressed: Option<&'f Button>) -> Vec<(&'f str, &'f str)> {
        let sends = |control: &&Control| {
            let checkable = matches!(control.kind, Kind::Checkbox | Kind::Radio);
            !control.disabled && !control.name.is_empty() && (!checkable || control.checked)
        };
        let controls = self.controls.iter().filter(sends);
        let mut entries: Vec<_> =
            controls.map(|control| (control.name.as_str(), control.value.as_str())).collect();
        if let Some(button) = pressed.filter(|button| !button.name.is_empty()) {
            entries.push((&button.name, &button.value));
        }
        entries
    }

    /// The request of a submission; `None` if its target is no URL.
    pub(super) fn submit(&self, page: &Url, pressed: Option<&Button>) -> Option<Request> {
        let action = pressed.and_then(|button| button.action.as_deref()).unwrap_or(&self.action);
        let mut url =
            if action.is_empty() { page.clone() } else { page.join(action.trim()).ok()? };
        url.set_fragment(None);
        if self.is_link {
            return Some(Request::get(url));
        }
        let entries = self.entries(pressed);
        if !self.is_post {
            let query = Serializer::new(String::new()).extend_pairs(entries).finish();
            url.set_query(Some(&query));
            return Some(Request::get(url));
        }
        if self.enctype.eq_ignore_ascii_case("multipart/form-data") {
            return Some(multipart(url, &entries));
        }
        Some(Request::post_form(url, &entries))
    }

    /// Whether everything that a person could fill in or press is missing.
    pub(super) fn is_hidden(&self) -> bool {
        self.controls.iter().all(|control| control.kind == Kind::Hidden)
    }
}

/// RFC 7578 §4. The boundary occurs in no value.
fn multipart(url: Url, entries: &[(&str, &str)]) -> Request {
    let mut boundary = String::from("oauthlab");
    while entries.iter().any(|(name, value)| name.contains(&boundary) || value.contains(&boundary))
    {
        boundary.push('-');
    }
    let mut body = String::new();
    for (name, value) in entries {
        let name = name.replace('"', "%22").replace(['\r', '\n'], "");
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.push_str(&head);
        body.push_str(value);
        body.push_str("\r\n");
    }
    body.extend(["--", &boundary, "--\r\n"]);
    let mut request = Request::new(http::Method::POST, url);
    request.body = body.into_bytes();
    request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
}
