//! `oauthlab audit` as its users run it: reports in files, baselines, and exit codes.

use super::super::support::run::{Done, Home};

/// Runs a script against a lab with one weakness, whose audit exits 14.
#[track_caller]
fn weakened(home: &Home, script: &str) -> Done {
    let serve = ["serve", "-q", "--weaken", "pkce-optional-public", "--", "sh", "-euc", script];
    home.oauthlab(serve).output()
}

#[test]
fn every_report_can_be_written_at_once_and_the_summary_of_a_step_too() {
    let home = Home::new();
    let script = "
        code=0
        GITHUB_STEP_SUMMARY=summary.md oauthlab audit -q --only pkce --format github \\
          --report json=a.json --report sarif=a.sarif --report junit=a.xml --report markdown=a.md \\
          --report html=a.html --report human=a.txt || code=$?
        test $code = 14
        for file in a.json a.sarif a.xml a.md a.html a.txt summary.md; do
          grep -q pkce-optional-public $file
        done
        cmp a.md summary.md
    ";
    let done = weakened(&home, script).ok();
    assert!(done.stdout.starts_with("::error file=oauthlab.yaml,line=1,"), "{}", done.stdout);
    // Python's parser is not ours: the document is one.
    let parse = "import sys, xml.etree.ElementTree as tree
root = tree.parse('a.xml').getroot()
failed = [case.get('name') for case in root.iter('testcase') if case.find('failure') is not None]
print(root.get('failures'), failed)";
    let read = home.program("python3", ["-c", parse]).output().ok();
    assert_eq!(read.stdout.trim(), "1 ['pkce-optional-public']");
}

#[test]
fn a_baseline_accepts_until_it_is_stale() {
    let home = Home::new();
    let script = "
        audit() { oauthlab audit -q --only pkce --skip pkce-downgrade \"$@\" >out.txt; }
        expect() { wanted=$1; shift; code=0; audit \"$@\" || code=$?; test $code = $wanted; }
        expect 14
        audit --write-baseline base.yaml --reason 'a lesson'
        expect 0 --baseline base.yaml
        grep -q 'a lesson' out.txt
        printf '  - check: pkce-verifier-wrong\\n    reason: gone\\n' >>base.yaml
        expect 10 --baseline base.yaml
        grep -q 'pkce-verifier-wrong: the check passes; remove the entry' out.txt
        sed -i 's/pkce-optional-public/pkce-optional-publik/' base.yaml
        expect 2 --baseline base.yaml
        audit --write-baseline old.yaml --reason 'a lesson' --expires 2020-01-01
        expect 14 --baseline old.yaml
        grep -q 'pkce-optional-public: it ended on 2020-01-01' out.txt
        expect 2 --write-baseline new.yaml
        expect 2 --write-baseline new.yaml --reason x --expires tomorrow
        test ! -e new.yaml
    ";
    weakened(&home, script).ok();
}

#[test]
fn findings_point_at_the_line_of_the_lab_file() {
    let home = Home::new();
    let script = "
        oauthlab init -q --template ci
        printf '\\nweaknesses:\\n  - pkce-optional-public\\n' >>oauthlab.yaml
    ";
    home.program("sh", ["-euc", script]).output().ok();
    let script = "oauthlab audit -q --only pkce-optional-public --format sarif >a.sarif";
    let serve = ["serve", "-q", "--", "sh", "-euc", script];
    home.oauthlab(serve).output().ok();
    let text = std::fs::read_to_string(home.path().join("a.sarif")).unwrap();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "oauthlab.yaml");
    let file = std::fs::read_to_string(home.path().join("oauthlab.yaml")).unwrap();
    assert_eq!(place["region"]["startLine"], file.lines().count());
}
