//! From a page to its forms. A tokenizer reads the HTML (WHATWG HTML §13.2.5); no tree is built,
//! since forms stand in the order of their tags. Bounded.

use html5gum::{HtmlString, StartTag, State, Token, Tokenizer};

use super::form::{Button, Control, Form, Kind};

/// What a login needs to know of a page. All texts are the server's. Untrusted.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) forms: Vec<Form>,
    /// Links, each as a form with one button.
    pub(super) links: Vec<Form>,
    /// The text of the first element with `role="alert"`.
    pub(super) alert: Option<String>,
    /// The first heading.
    pub(super) heading: String,
    pub(super) has_script: bool,
}

const MAX_FORMS: usize = 32;
const MAX_CONTROLS: usize = 256;
const MAX_TEXT: usize = 256;

/// Where text goes while an element is open.
enum Target {
    Title,
    Heading,
    Alert(String),
    Button(usize),
    Link,
    Option(usize, usize),
    TextArea(usize, usize),
}

#[derive(Default)]
struct Reader {
    page: Page,
    /// The open form: an index into `page.forms`.
    form: Option<usize>,
    target: Option<Target>,
    select: Option<usize>,
}

impl Page {
    pub(super) fn parse(html: &str) -> Self {
        let mut reader = Reader::default();
        let mut tokenizer = Tokenizer::new(html);
        while let Some(Ok(token)) = tokenizer.next() {
            match token {
                Token::StartTag(tag) => {
                    // Content of these elements is not markup.
                    match tag.name.as_slice() {
                        b"title" | b"textarea" => tokenizer.set_state(State::RcData),
                        b"script" => tokenizer.set_state(State::ScriptData),
                        b"style" | b"iframe" => tokenizer.set_state(State::RawText),
                        _ => {}
                    }
                    reader.open(&Tag(&tag));
                }
                Token::EndTag(tag) => reader.close(&tag.name),
                Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        reader.page
    }
}

struct Tag<'t>(&'t StartTag<()>);

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = self.0.attributes.get(&HtmlString(name.as_bytes().to_vec()))?;
        Some(String::from_utf8_lossy(&value.value).into_owned())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl Reader {
    fn open(&mut self, tag: &Tag<'_>) {
        if tag.get("role").as_deref() == Some("alert") && self.page.alert.is_none() {
            let name = String::from_utf8_lossy(&tag.0.name).into_owned();
            self.page.alert = Some(String::new());
            self.target = Some(Target::Alert(name));
        }
        match tag.0.name.as_slice() {
            b"title" if self.page.title.is_empty() => self.target = Some(Target::Title),
            b"h1" | b"h2" if self.page.heading.is_empty() => self.target = Some(Target::Heading),
            b"script" => self.page.has_script = true,
            b"form" if self.page.forms.len() < MAX_FORMS => {
                self.form = Some(self.page.forms.len());
                self.page.forms.push(Form {
                    action: tag.get("action").unwrap_or_default(),
                    id: tag.get("id"),
                    is_link: false,
                    is_post: tag.get("method").is_some_and(|m| m.eq_ignore_ascii_case("post")),
                    enctype: tag.get("enctype").unwrap_or_default(),
                    controls: Vec::new(),
                    buttons: Vec::new(),
                });
            }
            b"a" if self.page.links.len() < MAX_CONTROLS => {
                self.page.links.push(Form::link(tag.get("href").unwrap_or_default()));
                self.target = Some(Target::Link);
            }
            b"input" => self.input(tag),
            b"button" => self.button(tag),
            b"select" | b"textarea" => self.other_control(tag),
            b"option" => self.option(tag),
            _ => {}
        }
    }

    /// The form that a control belongs to: the one it names, else the open one.
    fn form_of(&self, tag: &Tag<'_>) -> Option<usize> {
        match tag.get("form") {
            Some(id) => self.page.forms.iter().position(|form| form.id.as_ref() == Some(&id)),
            None => self.form,
        }
    }

    fn input(&mut self, tag: &Tag<'_>) {
        let Some(form) = self.form_of(tag).and_then(|at| self.page.forms.get_mut(at)) else {
            return;
        };
        let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
        if matches!(kind.as_str(), "submit" | "image") {
            let value = tag.get("value").unwrap_or_default();
            let text = tag.get("alt").unwrap_or_default();
            let text = if value.is_empty() { text } else { value.clone() };
            form.add_button(button(tag, value, text));
            return;
        }
        let Some(kind) = Kind::of(&kind) else { return };
        let value = tag.get("value");
        let checkable = matches!(kind, Kind::Checkbox | Kind::Radio);
        form.add(Control {
            kind,
            name: tag.get("name").unwrap_or_default(),
            value: value.unwrap_or_else(|| if checkable { "on".into() } else { String::new() }),
            checked: tag.has("checked"),
            disabled: tag.has("disabled"),
            autocomplete: tag.get("autocomplete").unwrap_or_default().to_ascii_lowercase(),
            id: tag.get("id").unwrap_or_default(),
        });
    }

    fn button(&mut self, tag: &Tag<'_>) {
        let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
        if matches!(kind.as_str(), "button" | "reset") {
            return;
        }
        let Some(at) = self.form_of(tag) else { return };
        let Some(form) = self.page.forms.get_mut(at) else { return };
        form.add_button(button(tag, tag.get("value").unwrap_or_default(), String::new()));
        self.target = Some(Target::Button(at));
    }

    fn other_control(&mut self, tag: &Tag<'_>) {
        let Some(at) = self.form_of(tag) else { return };
        let Some(form) = self.page.forms.get_mut(at) else { return };
        form.add(Control {
            kind: Kind::Other,
            name: tag.get("name").unwrap_or_default(),
            disabled: tag.has("disabled"),
            ..Control::default()
        });
        let control = form.controls.len().saturating_sub(1);
        if tag.0.name.as_slice() == b"select" {
            self.select = Some(at);
        } else {
            self.target = Some(Target::TextArea(at, control));
        }
    }

    /// The first option of a list counts, unless another one is selected.
    fn option(&mut self, tag: &Tag<'_>) {
        let Some(at) = self.select else { return };
        // The end tag of the option before may be left out.
        self.target = None;
        let Some(form) = self.page.forms.get_mut(at) else { return };
        let index = form.controls.len().saturating_sub(1);
        let Some(control) = form.controls.last_mut() else { return };
        let first = !control.checked && control.value.is_empty();
        if !first && !tag.has("selected") {
            return;
        }
        control.checked = true;
        if let Some(value) = tag.get("value") {
            control.value = value;
        } else {
            control.value.clear();
            self.target = Some(Target::Option(at, index));
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"form" => self.form = None,
            b"select" => self.select = None,
            _ => {}
        }
        let ends = match &self.target {
            Some(Target::Title) => name == b"title",
            Some(Target::Heading) => name == b"h1" || name == b"h2",
            Some(Target::Alert(element)) => name == element.as_bytes(),
            Some(Target::Button(_)) => name == b"button",
            Some(Target::Link) => name == b"a",
            Some(Target::Option(..)) => name == b"option" || name == b"select",
            Some(Target::TextArea(..)) => name == b"textarea",
            None => false,
        };
        if ends {
            self.target = None;
        }
    }

    fn text(&mut self, text: &str) {
        let page = &mut self.page;
        let into = match &self.target {
            None => return,
            Some(Target::Title) => Some(&mut page.title),
            Some(Target::Heading) => Some(&mut page.heading),
            Some(Target::Alert(_)) => page.alert.as_mut(),
            Some(Target::Link) => {
                page.links.last_mut().and_then(|link| link.buttons.last_mut()).map(|b| &mut b.text)
            }
            Some(Target::Button(form)) => page
                .forms
                .get_mut(*form)
                .and_then(|form| form.buttons.last_mut())
                .map(|b| &mut b.text),
            Some(Target::Option(form, control) | Target::TextArea(form, control)) => page
                .forms
                .get_mut(*form)
                .and_then(|form| form.controls.get_mut(*control))
                .map(|control| &mut control.value),
        };
        if let Some(into) = into {
            for word in text.split_whitespace() {
                if into.len() + word.len() > MAX_TEXT {
                    break;
                }
                if !into.is_empty() {
                    into.push(' ');
                }
                into.push_str(word);
            }
        }
    }
}

fn button(tag: &Tag<'_>, value: String, text: String) -> Button {
    Button {
        name: tag.get("name").unwrap_or_default(),
        value,
        text,
        action: tag.get("formaction"),
        disabled: tag.has("disabled"),
    }
}

impl Form {
    fn add(&mut self, control: Control) {
        if self.controls.len() < MAX_CONTROLS {
            self.controls.push(control);
        }
    }

    fn add_button(&mut self, button: Button) {
        if self.buttons.len() < MAX_CONTROLS {
            self.buttons.push(button);
        }
    }
}
