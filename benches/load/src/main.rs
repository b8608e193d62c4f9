//! What client authentication and sender-constraint cost the server, beside the plain path and
//! beside one ES256 verification, all in turns of one run.
//!
//! `load --oauthlab PROGRAM [--rounds N] [--requests N] [--json | --engines | --million [--tokens N]]`;
//! with `--engines` what each engine of the store costs instead, with `--million` what many live tokens
//! cost. The figure that counts is the server's own processor time for one request: it does not depend
//! on what else the machine does.

mod engines;
mod fill;
mod lab;
mod measure;
mod million;
mod sign;
mod wire;

use std::error::Error;
use std::path::PathBuf;

use measure::{Series, cpu_of, verification};
use wire::{Connection, Prepared};

/// Any failure ends the run; a benchmark that goes on after one measures nothing.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Requests in flight at once, each on its own connection.
const CONNECTIONS: usize = 8;

struct Options {
    program: String,
    rounds: usize,
    requests: usize,
    json: bool,
    engines: bool,
    million: bool,
    tokens: usize,
    lab_in_memory: Option<usize>,
    config: PathBuf,
    ready: PathBuf,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match measured().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measured() -> Outcome<()> {
    let options = options()?;
    if let Some(tokens) = options.lab_in_memory {
        return million::lab_in_memory(tokens, &options.config, &options.ready).await;
    }
    if options.million {
        return million::measured(&options).await;
    }
    if options.engines {
        return engines::measured(&options).await;
    }
    let key = sign::Key::generate()?;
    let lab = lab::Lab::start(&options.program, &key)?;
    let mut verify = Series::new("one ES256 verification");
    let mut paths = Path::ALL.map(|path| (path, Series::new(path.name())));
    // The first round warms both sides and is not counted.
    for round in 0..=options.rounds {
        let (verify_us, of) = (verification(&key)?, lab.process());
        if round > 0 {
            verify.add(verify_us, None);
        }
        for (path, series) in &mut paths {
            let prepared = prepare(*path, &lab, &key, options.requests)?;
            let before = cpu_of(of)?;
            let seconds = run(&lab, prepared).await?;
            let used = cpu_of(of)? - before;
            if round > 0 {
                let per = |whole: f64| whole / options.requests as f64;
                series.add(per(used.as_secs_f64() * 1e6), Some(1.0 / per(seconds)));
            }
        }
    }
    report(&options, &verify, &paths);
    Ok(())
}

/// One way to get a token by client credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Plain,
    PrivateKeyJwt,
    Dpop,
    Both,
}

impl Path {
    const ALL: [Self; 4] = [Self::Plain, Self::PrivateKeyJwt, Self::Dpop, Self::Both];

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "client_secret_basic",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::Dpop => "client_secret_basic + DPoP",
            Self::Both => "private_key_jwt + DPoP",
        }
    }

    /// Signatures that the server has to verify for it.
    const fn verifications(self) -> usize {
        match self {
            Self::Plain => 0,
            Self::PrivateKeyJwt | Self::Dpop => 1,
            Self::Both => 2,
        }
    }
}

/// Every request of a turn, signed before the clock runs. Each `jti` is used once.
fn prepare(path: Path, lab: &lab::Lab, key: &sign::Key, count: usize) -> Outcome<Vec<Prepared>> {
    (0..count)
        .map(|_| {
            let mut request = Prepared::form("grant_type=client_credentials&scope=notes:read");
            match path {
                Path::Plain | Path::Dpop => request.basic(lab::SECRET_CLIENT, lab::SECRET),
                Path::PrivateKeyJwt | Path::Both => {
                    request.assertion(&key.assertion(lab::KEY_CLIENT, lab.issuer())?);
                }
            }
            if matches!(path, Path::Dpop | Path::Both) {
                request.header("dpop", &key.proof("POST", &lab.token_endpoint())?);
            }
            Ok(request)
        })
        .collect()
}

/// Sends all; the seconds that it took. Every answer must be a 200 with a token.
async fn run(lab: &lab::Lab, mut prepared: Vec<Prepared>) -> Outcome<f64> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(lab.address(), lab.roots()?).await?);
    }
    let share = prepared.len().div_ceil(CONNECTIONS);
    let began = std::time::Instant::now();
    let mut tasks = Vec::new();
    for mut connection in connections {
        let rest = prepared.split_off(share.min(prepared.len()));
        let mine = std::mem::replace(&mut prepared, rest);
        tasks.push(tokio::spawn(async move {
            for request in mine {
                connection.token(request).await?;
            }
            Outcome::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(began.elapsed().as_secs_f64())
}

fn report(options: &Options, verify: &Series, paths: &[(Path, Series)]) {
    let one = verify.median();
    let plain = paths[0].1.median();
    if options.json {
        let rows = paths.iter().map(|(path, series)| {
            serde_json::json!({
                "path": path.name(), "cpu_us": series.median(), "cpu_us_min": series.least(),
                "cpu_us_max": series.most(), "requests_per_second": series.rate(),
                "over_plain_in_verifications": (series.median() - plain) / one,
                "verifications": path.verifications(),
            })
        });
        let table: Vec<_> = rows.collect();
        println!("{}", serde_json::json!({ "es256_verify_us": one, "paths": table }));
        return;
    }
    println!("{verify}");
    for (path, series) in paths {
        let over = (series.median() - plain) / one;
        let must = path.verifications();
        println!("{series}   over plain: {over:5.2} verifications (signatures to verify: {must})");
    }
}

fn options() -> Outcome<Options> {
    let mut options = Options {
        program: "target/release/oauthlab".to_owned(),
        rounds: 7,
        requests: 4000,
        json: false,
        engines: false,
        million: false,
        tokens: 1_000_000,
        lab_in_memory: None,
        config: PathBuf::new(),
        ready: PathBuf::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--oauthlab" => options.program = value()?,
            "--rounds" => options.rounds = value()?.parse()?,
            "--requests" => options.requests = value()?.parse()?,
            "--engines" => options.engines = true,
            "--million" => options.million = true,
            "--tokens" => options.tokens = value()?.parse()?,
            "--lab-in-memory" => options.lab_in_memory = Some(value()?.parse()?),
            "--config" => options.config = value()?.into(),
            "--ready-file" => options.ready = value()?.into(),
            "--json" => options.json = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok(options)
}
