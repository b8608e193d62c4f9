//! Pages of the shapes that servers have, and what is pressed on them.

use url::Url;

use crate::client::login::choice::Asked;
use crate::client::login::html::Page;

fn page(html: &str) -> Page {
    Page::parse(html)
}

/// What is sent when the page is answered, as a form body or a URL.
fn decided(html: &str, approve: bool) -> Option<String> {
    let at = Url::parse("https://a.test/here?x=1").unwrap();
    let (form, button) = page(html).decide(approve)?;
    let request = form.submit(&at, button.as_ref())?;
    Some(format!("{} {}", request.url, String::from_utf8_lossy(&request.body)))
}

fn logged_in(html: &str) -> String {
    let at = Url::parse("https://a.test/here?x=1").unwrap();
    let page = page(html);
    let form = match page.asks() {
        Asked::Password(form) => form.filled("alice", Some("pw")),
        Asked::UserName(form) => form.filled("alice", None),
        other => panic!("{other:?}"),
    };
    let request = form.submit(&at, form.default_button().as_ref()).unwrap();
    format!("{} {}", request.url, String::from_utf8_lossy(&request.body))
}

#[test]
fn a_login_form_is_filled_in_and_keeps_what_is_hidden() {
    assert_eq!(
        logged_in(
            r#"<title>Log &amp; in</title><form method=POST action=/login>
            <input type=hidden name=csrf value="a&quot;b"><input name=username value=bob>
            <input name=password type=password><input type=checkbox name=remember>
            <button>Log in</button></form>"#
        ),
        "https://a.test/login csrf=a%22b&username=alice&password=pw"
    );
    assert_eq!(page("<title> Log &amp;\n <b>in</title>x").title, "Log & <b>in");
}

#[test]
fn the_user_is_told_from_other_fields() {
    // The field that says so, though another one stands nearer to the password.
    let body = logged_in(
        r#"<form method=post><input type=email name=mail autocomplete=username>
        <input name=tenant value=t1><input type=password name=pw>
        <input type=submit name=cancel value=Cancel><input type=submit name=go value="Sign in"></form>"#,
    );
    assert_eq!(body, "https://a.test/here?x=1 mail=alice&tenant=t1&pw=pw&go=Sign+in");
    // No field says so.
    let body = logged_in("<form method=post><input name=f1><input type=password name=f2></form>");
    assert_eq!(body, "https://a.test/here?x=1 f1=alice&f2=pw");
}

#[test]
fn a_login_in_two_pages_asks_for_the_name_first() {
    let body = logged_in(
        "<form method=post><input type=email name=identifier><button>Next</button></form>",
    );
    assert_eq!(body, "https://a.test/here?x=1 identifier=alice");
}

#[test]
fn buttons_of_one_form_say_yes_and_no() {
    let html = "<form method=post action=consent><input type=hidden name=csrf value=c>
        <button name=decision value=deny>Deny</button>
        <button name=decision value=allow>Allow</button></form>";
    assert_eq!(decided(html, true).unwrap(), "https://a.test/consent csrf=c&decision=allow");
    assert_eq!(decided(html, false).unwrap(), "https://a.test/consent csrf=c&decision=deny");
}

#[test]
fn scopes_are_ticked_and_inputs_are_buttons_too() {
    let html = r#"<form method=post><input type=checkbox name=grant_scope value=openid>
        <input type=checkbox name=grant_scope value=offline>
        <input type=submit name=submit value="Don't allow"><input type=submit name=submit value="Allow access"></form>"#;
    assert_eq!(
        decided(html, true).unwrap(),
        "https://a.test/here?x=1 grant_scope=openid&grant_scope=offline&submit=Allow+access"
    );
    assert_eq!(decided(html, false).unwrap(), "https://a.test/here?x=1 submit=Don%27t+allow");
}

#[test]
fn two_forms_are_told_apart_by_what_they_hide() {
    let html = "<form method=post action=/logout><button>Switch user</button></form>
        <form method=post><input type=hidden name=approval value=approve><button>Submit</button></form>
        <form method=post><input type=hidden name=approval value=rejected><button>Submit</button></form>";
    assert_eq!(decided(html, true).unwrap(), "https://a.test/here?x=1 approval=approve");
    assert_eq!(decided(html, false).unwrap(), "https://a.test/here?x=1 approval=rejected");
}

#[test]
fn a_page_that_only_leads_on_is_passed_but_says_nothing_for_no() {
    let html = r#"<body onload="document.forms[0].submit()"><script>1 < 2 && "<form>"</script>
        <form method=get action=/next><input type=hidden name=t value=1>
        <noscript><input type=submit value=Go></noscript></form>"#;
    assert_eq!(decided(html, true).unwrap(), "https://a.test/next?t=1 ");
    assert_eq!(decided(html, false), None);
    let two_unknown = "<form><button>Blue</button><button>Green</button></form>";
    assert_eq!(decided(two_unknown, true), None);
}

#[test]
fn a_link_may_say_no_but_never_yes() {
    let html = "<form method=post><button>Continue</button></form><a href=/help>Help</a>\
        <a href='/interaction/1/abort?x=2'>[ Cancel ]</a>";
    assert_eq!(decided(html, true).unwrap(), "https://a.test/here?x=1 ");
    assert_eq!(decided(html, false).unwrap(), "https://a.test/interaction/1/abort?x=2 ");
    assert_eq!(decided("<a href=/yes>Allow</a>", true), None);
}

#[test]
fn what_needs_a_person_is_said() {
    for (html, word) in [
        ("<div id=root></div><script src=app.js></script>", "JavaScript"),
        ("<p>Nothing</p>", "no form"),
        ("<form><input type=password><input type=password></form>", "new password"),
    ] {
        let page = page(html);
        let Asked::Person(reason) = page.asks() else { panic!("{:?}", page.asks()) };
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn lists_texts_foreign_controls_and_other_encodings_are_sent_as_a_browser_does() {
    let html = r#"<form id=f method=post enctype=multipart/form-data action="https://b.test/x#y">
        <select name=s><option value=1>a<option value=2 selected>b</select>
        <select name=t><option>first<option>second</select>
        <textarea name=u>some <b>text</textarea>
        <input type=radio name=r value=1><input type=radio name=r value=2 checked>
        <input name=off value=x disabled><input type=file name=up></form>
        <button form=f name=ok value=1 formaction=/other>Yes</button>"#;
    let sent = decided(html, true).unwrap();
    let (url, body) = sent.split_once(' ').unwrap();
    assert_eq!(url, "https://a.test/other");
    let part = |name: &str, value: &str| format!("form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    for (name, value) in
        [("s", "2"), ("t", "first"), ("u", "some <b>text"), ("r", "2"), ("ok", "1")]
    {
        assert!(body.contains(&part(name, value)), "{name} in {body}");
    }
    assert_eq!(body.matches("form-data").count(), 5, "{body}");
}

#[test]
fn an_alert_and_a_heading_are_heard() {
    let page = page("<h1>Log in</h1><p class=x role=alert>Wrong  <b>name</b> or password</p><p>x");
    assert_eq!(page.alert.as_deref(), Some("Wrong name or password"));
    assert_eq!(page.heading, "Log in");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(html in "(<(/?(form|input|button|option|select|title)|!--)[ a-z=\"']{0,20}>?|\\PC){0,40}") {
        let page = Page::parse(&html);
        let _ = page.asks();
        let _ = page.decide(true);
    }
}
