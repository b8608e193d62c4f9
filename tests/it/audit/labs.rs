//! Labs in this process, each with its own ports, certificates and data folder, and their audits.

use std::sync::Arc;

use oauthlab::audit::{self, AuditReport, Need, Options, Selection, Silent, Target, Verdict};
use oauthlab::clock::Clock;
use oauthlab::config::{Config, Ports};
use oauthlab::fetch::Roots;
use oauthlab::lab::{Lab, LabOptions};
use oauthlab::store::View;
use oauthlab::tls::DataDir;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// A running lab.
pub(super) struct Running {
    lab: Lab,
    _data: Arc<tempfile::TempDir>,
}

/// The lab without a file, on ports that are free.
pub(super) fn builtin() -> Config {
    let zero = Ports { issuer: Some(0), resource: Some(0), inspector: Some(0) };
    Config::builtin().unwrap().with_ports(zero)
}

/// As `serve --strict`.
pub(super) fn strict() -> Config {
    builtin().strictly()
}

/// As `serve --strict --weaken ID`.
pub(super) fn weak(id: &'static str) -> Config {
    Config { weaknesses: vec![id], ..strict() }
}

/// A data folder that labs of one test share, so that they share a CA.
pub(super) fn data() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

impl Running {
    pub(super) async fn start(config: Config, data: &Arc<tempfile::TempDir>) -> Self {
        Self::start_at(Clock::system(), config, data).await
    }

    pub(super) async fn start_at(
        clock: Clock,
        config: Config,
        data: &Arc<tempfile::TempDir>,
    ) -> Self {
        let folder = data.path().as_os_str().to_owned();
        let dir =
            DataDir::locate(|name| (name == "OAUTHLAB_DATA_DIR").then(|| folder.clone())).unwrap();
        let options = LabOptions { clock, ..LabOptions::new(dir, "audited") };
        let lab = Lab::start(config, options).await.unwrap();
        Self { lab, _data: Arc::clone(data) }
    }

    pub(super) fn target(&self) -> Target {
        let ca = self.lab.ca().unwrap();
        let certificate = CertificateDer::from_pem_slice(ca.pem.as_bytes()).unwrap();
        let mut target = self.lab.ready().audit_target(Roots::Lab(vec![certificate]));
        target.permitted.noisy = true;
        target
    }

    pub(super) fn store(&self) -> &View {
        self.lab.store()
    }

    pub(super) async fn audit(&self) -> AuditReport {
        self.audit_of(Selection::all()).await
    }

    pub(super) async fn audit_of(&self, selection: Selection) -> AuditReport {
        self.audit_target(self.target(), selection).await
    }

    pub(super) async fn audit_target(&self, target: Target, selection: Selection) -> AuditReport {
        audit::run(target, selection, Options::default(), &Silent).await.unwrap()
    }
}

/// Checks that find nothing to look at in a lab of these tests, and why.
pub(super) const WITHOUT_OBJECT: &[(&str, &str)] = &[
    ("client-bruteforce", "the labs make the secrets of the clients, and they are random"),
    ("log-leak", "the labs run in this process, whose log is that of the tests"),
    ("metadata-path-insertion", "the issuers of the labs have no path"),
    ("hsts-missing", "the labs are on localhost, which no browser should bind to TLS"),
];

/// Checks that wait until something has expired: they are run by themselves, or not at all.
const SLOW: &[&str] = &["access-token-no-expiry", "code-lifetime"];

/// The ids of the checks that found nothing to look at, and should have.
pub(super) fn without_object(report: &AuditReport) -> Vec<&'static str> {
    let expected = |id: &&str| WITHOUT_OBJECT.iter().any(|(known, _)| known == id);
    let mut ids = with_verdict(report, Verdict::NotApplicable);
    ids.retain(|id| !expected(id));
    ids
}

/// Whether every check passed but those without an object, and those that wait.
pub(super) fn all_passed(report: &AuditReport) -> bool {
    report.results.iter().all(|result| {
        let expected = WITHOUT_OBJECT.iter().any(|(known, _)| *known == result.check.id);
        match result.verdict() {
            Verdict::Pass => !expected,
            Verdict::Skipped(Need::Slow) => SLOW.contains(&result.check.id),
            Verdict::NotApplicable | Verdict::Skipped(_) => expected,
            Verdict::Fail | Verdict::Inconclusive => false,
        }
    })
}

/// The ids of the checks with a verdict.
pub(super) fn with_verdict(report: &AuditReport, verdict: Verdict) -> Vec<&'static str> {
    let results = report.results.iter().filter(|result| result.verdict() == verdict);
    results.map(|result| result.check.id).collect()
}

/// What every check said: for a test that fails.
pub(super) fn told(report: &AuditReport) -> String {
    let lines = report.results.iter().map(|result| {
        let judgement = &result.judgement;
        format!(
            "{:?} {}: {} | {:?}",
            judgement.verdict, result.check.id, judgement.got, judgement.control
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
