//! A user in front of a browser: keeps cookies, fills in the forms that pages show, and knows the
//! lab's fields only by what the pages say.

use std::collections::BTreeMap;

use super::http::{Answer, Net, Request, encoded};

/// A browser with its own cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    net: Net,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// A form of a page.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    /// A browser without any cookie, for one origin.
    pub(crate) fn new(net: Net, origin: &str) -> Self {
        Self { net, origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    /// Sends a request with the cookies, and keeps those that come back.
    #[track_caller]
    pub(crate) fn send(&mut self, request: Request) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request = if cookies.is_empty() {
            request
        } else {
            request.header("Cookie", &cookies.join("; "))
        };
        let answer = self.net.send(&request);
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = value.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Forgets every cookie whose name ends so.
    pub(crate) fn forget(&mut self, ending: &str) {
        self.cookies.retain(|name, _| !name.ends_with(ending));
    }

    pub(crate) fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Opens a URL and follows redirects within the origin.
    #[track_caller]
    pub(crate) fn open(&mut self, url: &str) -> Answer {
        let mut answer = self.send(Request::get(url));
        for _ in 0..5 {
            let Some(next) = answer.header("location").and_then(|to| self.within(to)) else {
                break;
            };
            answer = self.send(Request::get(next));
        }
        answer
    }

    /// Submits a form with some fields replaced or added; does not follow what comes back.
    #[track_caller]
    pub(crate) fn submit(&mut self, form: &Form, answers: &[(&str, &str)]) -> Answer {
        let mut fields = form.fields.clone();
        for (name, value) in answers {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let pairs: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let url = format!("{}{}", self.origin, form.action);
        let request = Request::new("POST", url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", &self.origin)
            .body(encoded(&pairs));
        self.send(request)
    }

    /// As [`Browser::submit`], and follows redirects within the origin.
    #[track_caller]
    pub(crate) fn submit_and_follow(&mut self, form: &Form, answers: &[(&str, &str)]) -> Answer {
        let answer = self.submit(form, answers);
        match answer.header("location").and_then(|to| self.within(to)) {
            Some(next) => self.open(&next),
            None => answer,
        }
    }

    fn within(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(format!("{}{location}", self.origin));
        }
        let rest = location.strip_prefix(&self.origin)?;
        rest.starts_with('/').then(|| location.to_owned())
    }
}

impl Answer {
    /// The first form of the page.
    #[track_caller]
    pub(crate) fn form(&self) -> Form {
        let html = self.text();
        let Some((_, rest)) = html.split_once("<form") else { panic!("no form: {}", self.whole()) };
        let (head, rest) = rest.split_once('>').unwrap();
        let (body, _) = rest.split_once("</form>").unwrap();
        let inputs = body.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap());
        let named = inputs.filter_map(|tag| Some((attribute(tag, "name")?, tag)));
        let fields = named.map(|(name, tag)| (name, attribute(tag, "value").unwrap_or_default()));
        Form { action: attribute(head, "action").unwrap(), fields: fields.collect() }
    }
}

/// A quoted attribute of a tag, unescaped.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let unescaped = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    Some(unescaped.replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&"))
}
