//! A pushed request in two browsers at once (RFC 9126 §7.3): its reference is opened once.

use std::sync::{Arc, Barrier};

use super::super::support::http::{Request, encoded};
use super::super::support::lab::{TestLab, parameter};
use super::super::support::user::{Browser, Form};

/// Both browsers open the same address at the same moment; gives the statuses, and the browsers.
fn raced(lab: &TestLab, url: &str) -> Vec<(u16, Browser, Option<Form>)> {
    let start = Arc::new(Barrier::new(2));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (mut browser, url, start) = (lab.browser(), url.to_owned(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let answer = browser.open(&url);
                let form = (answer.status == 200).then(|| answer.form());
                (answer.status, browser, form)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn a_reference_that_two_browsers_open_at_once_leads_exactly_one_of_them_to_a_code() {
    let lab = TestLab::start();
    for _ in 0..8 {
        let whole = lab.authorize_url(&[]);
        let query = whole.split_once('?').unwrap().1;
        let request = Request::form(lab.at("/par"), &[]).body(query);
        let reference = lab.send(request).expect(201).member("request_uri");
        let fields = [("client_id", "web"), ("request_uri", reference.as_str())];
        let url = lab.at(&format!("/authorize?{}", encoded(&fields)));
        let mut codes = Vec::new();
        let mut refused = 0;
        for (status, mut browser, form) in raced(&lab, &url) {
            let Some(login) = form else {
                assert_eq!(status, 400, "the other one is told, and sent nowhere");
                refused += 1;
                continue;
            };
            let alice = [("username", "alice"), ("password", "alice")];
            let consent = browser.submit_and_follow(&login, &alice).expect(200);
            let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
            codes.extend(parameter(back.location(), "code"));
        }
        assert_eq!((codes.len(), refused), (1, 1));
        lab.redeem(&codes[0], &[]).expect(200);
        // Afterwards it is over for everybody.
        assert_eq!(lab.browser().send(Request::get(&*url)).status, 400);
    }
}
