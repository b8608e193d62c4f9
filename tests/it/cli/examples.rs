//! Every example of the help texts runs as it stands.

use std::path::Path;

use super::super::support::run::Home;
use super::in_lab;

/// Examples that need something which only a person's machine has, each with the reason.
const NOT_HERE: &[(&str, &str)] = &[
    ("oauthlab serve", "runs until it is stopped"),
    ("oauthlab serve --strict", "runs until it is stopped"),
    ("oauthlab serve --strict --profile mcp", "runs until it is stopped"),
    ("oauthlab serve --port 0 --ready-file lab.json", "runs until it is stopped"),
    ("oauthlab serve -- npm test", "needs a project"),
    ("oauthlab health --wait 10s --server ci-lab", "needs a lab of this name"),
];

#[test]
fn every_example_runs() {
    let home = Home::new();
    let mut script = String::from(PREPARED);
    let mut ran = 0;
    for example in examples() {
        if NOT_HERE.iter().any(|(text, _)| *text == example) {
            continue;
        }
        ran += 1;
        let here = example.replace("https://localhost:9444", "$OAUTHLAB_RESOURCE");
        let here = here.replace("https://localhost:9443", "$OAUTHLAB_ISSUER");
        let quoted = example.replace('\'', "'\\''");
        let code = expected(&example);
        script.push_str(&["echo '", &quoted, "' >&2\ncode=0; ( "].concat());
        script.push_str(&[&here, " ) >answer || code=$?\ntest $code = ", code, "\n"].concat());
    }
    assert!(ran > 30, "{ran}");
    in_lab(&home, &["-q"], &script).ok();
}

#[test]
fn every_exception_is_still_an_example() {
    let examples = examples();
    for (text, _) in NOT_HERE {
        assert!(examples.iter().any(|example| example == text), "{text}");
    }
}

/// What examples presume: a token, a file, a folder, a clipboard.
const PREPARED: &str = r"
    mkdir -p .local/share/bash-completion/completions .zfunc
    export GITHUB_ENV=$PWD/github.env
    pbpaste() { oauthlab token -q --flow client-credentials -o token; }
    oauthlab token -q --user alice -o token >token.txt
    oauthlab register worker -q >/dev/null
    oauthlab serve -q --store sqlite:lab.db -- true
    export OAUTHLAB_STORE=sqlite:lab.db
";

/// Some examples show a refusal.
fn expected(example: &str) -> &'static str {
    if example.contains("--no-token") { "7" } else { "0" }
}

fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/help");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // In an order in which one may follow another: what forgets or revokes comes last.
    files.sort_by_key(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let last = ["revoke", "logout"].iter().position(|last| *last == name);
        (last.map_or(0, |place| place + 1), name)
    });
    let mut examples = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).unwrap();
        let block = text.split("Examples:\n").nth(1).unwrap();
        examples.extend(
            block.lines().take_while(|line| line.starts_with("  ")).map(|l| l.trim().to_owned()),
        );
    }
    examples
}
