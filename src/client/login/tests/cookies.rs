//! RFC 6265 §3.1 and the rules of §5.

use std::time::Duration;

use url::Url;

use crate::client::login::CookieJar;
use crate::clock::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_600_000_000);

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn jar(from: &str, headers: &[&str]) -> CookieJar {
    let mut jar = CookieJar::new();
    for header in headers {
        jar.store(&url(from), header, NOW);
    }
    jar
}

fn sent(jar: &CookieJar, to: &str) -> String {
    jar.header(&url(to), NOW).map_or_else(String::new, |header| header.expose().to_owned())
}

#[test]
fn the_published_examples() {
    // RFC 6265 §3.1, in its order.
    let plain = jar("https://www.example.com/", &["SID=31d4d96e407aad42"]);
    assert_eq!(sent(&plain, "https://www.example.com/x"), "SID=31d4d96e407aad42");
    assert_eq!(sent(&plain, "https://example.com/"), "");

    let header = "SID=31d4d96e407aad42; Path=/; Domain=example.com";
    let wide = jar("https://www.example.com/", &[header]);
    assert_eq!(sent(&wide, "https://example.com/"), "SID=31d4d96e407aad42");
    assert_eq!(sent(&wide, "https://notexample.com/"), "");

    let two = jar(
        "https://www.example.com/",
        &[
            "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly",
            "lang=en-US; Path=/; Domain=example.com",
        ],
    );
    assert_eq!(sent(&two, "https://www.example.com/"), "SID=31d4d96e407aad42; lang=en-US");
    assert_eq!(sent(&two, "http://www.example.com/"), "lang=en-US");

    let mut expiring =
        jar("https://www.example.com/", &["lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT"]);
    assert_eq!(sent(&expiring, "https://www.example.com/"), "lang=en-US");
    let later = Timestamp::from_secs(1_623_233_894);
    assert_eq!(expiring.header(&url("https://www.example.com/"), later), None);
    let past = "lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT";
    expiring.store(&url("https://www.example.com/"), past, NOW);
    assert!(expiring.is_empty());
}

#[test]
fn a_path_covers_what_is_below_it_and_longer_paths_come_first() {
    let jar = jar("https://a.test/login/page", &["a=1; Path=/", "b=2; Path=/login", "c=3"]);
    assert_eq!(sent(&jar, "https://a.test/login/other"), "b=2; c=3; a=1");
    assert_eq!(sent(&jar, "https://a.test/login"), "b=2; c=3; a=1");
    assert_eq!(sent(&jar, "https://a.test/loginx"), "a=1");
}

#[test]
fn max_age_wins_over_expires_and_ends() {
    let expired = "Expires=Sun, 06 Nov 1994 08:49:37 GMT";
    let mut jar = jar("https://a.test/", &[&format!("a=1; Max-Age=60; {expired}")]);
    assert_eq!(sent(&jar, "https://a.test/"), "a=1");
    let at = NOW.plus(Duration::from_secs(60));
    assert_eq!(jar.header(&url("https://a.test/"), at), None);
    jar.store(&url("https://a.test/"), "a=2; Max-Age=nonsense", NOW);
    assert_eq!(sent(&jar, "https://a.test/"), "a=2");
    jar.store(&url("https://a.test/"), "a=3; Max-Age=-1", NOW);
    assert!(jar.is_empty());
}

#[test]
fn a_cookie_for_somebody_else_is_ignored() {
    for header in [
        "a=1; Domain=other.test",
        "a=1; Domain=test",
        "a=1; Domain=sub.a.test",
        "=1",
        "no pair",
        "a=1\u{7}",
    ] {
        assert!(jar("https://a.test/", &[header]).is_empty(), "{header:?}");
    }
    let address = jar("https://127.0.0.1/", &["a=1; Domain=127.0.0.1"]);
    assert_eq!(sent(&address, "https://127.0.0.1:8443/"), "a=1");
    assert_eq!(sent(&address, "https://x.127.0.0.1.test/"), "");
    assert!(jar("https://127.0.0.1/", &["a=1; Domain=0.0.1"]).is_empty());
}

#[test]
fn prefixes_hold_what_they_promise() {
    let kept = |from: &str, header: &str| !jar(from, &[header]).is_empty();
    assert!(kept("https://a.test/x/y", "__Host-s=1; Secure; Path=/"));
    assert!(!kept("https://a.test/x/y", "__Host-s=1; Path=/"));
    assert!(!kept("https://a.test/x/y", "__Host-s=1; Secure"));
    assert!(!kept("https://a.test/x/y", "__host-s=1; Secure; Path=/; Domain=a.test"));
    assert!(!kept("https://a.test/", "__Secure-s=1"));
    assert!(kept("https://a.test/", "__Secure-s=1; Secure; Domain=a.test"));
    assert!(!kept("http://a.test/", "s=1; Secure"));
    assert!(kept("http://127.0.0.1:9443/", "__Host-s=1; Secure; Path=/"));
}

#[test]
fn the_jar_has_an_end() {
    let mut jar = CookieJar::new();
    for i in 0..2_000 {
        jar.store(&url("https://a.test/"), &format!("c{i}=1"), NOW);
    }
    assert!(jar.len() < 500);
    let long = format!("long={}", "x".repeat(5_000));
    jar.store(&url("https://a.test/"), &long, NOW);
    assert_eq!(jar.get(&url("https://a.test/"), "long", NOW), None);
}
