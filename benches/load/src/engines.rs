//! What each engine of the store costs: tokens issued and looked at by many clients at once, beside
//! the disk's own fsync. An engine that survives answers after it has written.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{self, Lab};
use crate::sign::Key;
use crate::wire::{Connection, Prepared};
use crate::{Options, Outcome};

/// Clients at once: what a group commit is for.
const CLIENTS: usize = 64;
const FSYNCS: u32 = 200;

/// Latencies of one engine at one endpoint, in every round.
struct Row {
    engine: &'static str,
    what: &'static str,
    rates: Vec<f64>,
    latencies: Vec<Duration>,
}

/// Measures all of them in turns.
pub async fn measured(options: &Options) -> Outcome<()> {
    let key = Key::generate()?;
    let folder = std::env::temp_dir().join(format!("oauthlab-engines-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    // It writes before it answers, as SQLite does.
    let _redis = Redis::start(&folder, "always")?;
    let stores = [
        ("memory", "memory".to_owned()),
        ("sqlite", format!("sqlite:{}", folder.join("lab.db").display())),
        ("redis", format!("redis+unix://{}", folder.join("redis.sock").display())),
    ];
    let mut labs = Vec::new();
    for (engine, store) in stores {
        labs.push((engine, Lab::on(&options.program, &key, &store, engine)?));
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut fsyncs = Vec::new();
    for round in 0..=options.rounds {
        fsyncs.push(fsyncs_per_second(&folder)?);
        for (engine, lab) in &labs {
            let (rate, latencies, tokens) = turn(lab, options.requests, None).await?;
            add(&mut rows, (engine, "issue"), round, rate, latencies);
            let token = tokens.into_iter().next().ok_or("no token")?;
            let (rate, latencies, _) = turn(lab, options.requests, Some(&token)).await?;
            add(&mut rows, (engine, "introspect"), round, rate, latencies);
        }
    }
    fsyncs.sort_by(f64::total_cmp);
    println!("the disk: {:.0} fsyncs a second, one after the other", fsyncs[fsyncs.len() / 2]);
    for row in &mut rows {
        row.print();
    }
    drop(labs);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The first round warms and is not counted.
fn add(
    rows: &mut Vec<Row>,
    (engine, what): (&'static str, &'static str),
    round: usize,
    rate: f64,
    latencies: Vec<Duration>,
) {
    let at = rows.iter().position(|row| row.engine == engine && row.what == what);
    let at = at.unwrap_or_else(|| {
        rows.push(Row { engine, what, rates: Vec::new(), latencies: Vec::new() });
        rows.len() - 1
    });
    if round > 0 {
        rows[at].rates.push(rate);
        rows[at].latencies.extend(latencies);
    }
}

/// Requests of all clients: how many a second, how long each took, and the tokens that came.
async fn turn(
    lab: &Lab,
    requests: usize,
    introspected: Option<&str>,
) -> Outcome<(f64, Vec<Duration>, Vec<String>)> {
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        connections.push(Connection::open(lab.address(), lab.roots()?).await?);
    }
    let each = requests.div_ceil(CLIENTS);
    let began = Instant::now();
    let tasks = connections.into_iter().map(|mut connection| {
        let introspected = introspected.map(str::to_owned);
        tokio::spawn(async move {
            let (mut took, mut tokens) = (Vec::with_capacity(each), Vec::new());
            for _ in 0..each {
                let asked = Instant::now();
                match &introspected {
                    None => tokens.push(connection.token(prepared(None)).await?),
                    Some(token) => connection.introspect(prepared(Some(token))).await?,
                }
                took.push(asked.elapsed());
            }
            Outcome::Ok((took, tokens))
        })
    });
    let (mut latencies, mut tokens) = (Vec::new(), Vec::new());
    for task in tasks.collect::<Vec<_>>() {
        let (took, got) = task.await??;
        latencies.extend(took);
        tokens.extend(got);
    }
    Ok(((each * CLIENTS) as f64 / began.elapsed().as_secs_f64(), latencies, tokens))
}

fn prepared(token: Option<&str>) -> Prepared {
    let mut request = match token {
        None => Prepared::form("grant_type=client_credentials&scope=notes:read"),
        Some(token) => Prepared::form(&format!("token={token}")),
    };
    request.basic(lab::SECRET_CLIENT, lab::SECRET);
    request
}

impl Row {
    fn print(&mut self) {
        self.rates.sort_by(f64::total_cmp);
        self.latencies.sort();
        let of = |part: usize| self.latencies[(self.latencies.len() - 1) * part / 100];
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        let (low, high) = (self.rates[0], self.rates[self.rates.len() - 1]);
        println!(
            "{:7} {:10} {:7.0}/s ({low:.0} to {high:.0})   p50 {:6.2} ms   p99 {:6.2} ms",
            self.engine,
            self.what,
            self.rates[self.rates.len() / 2],
            ms(of(50)),
            ms(of(99)),
        );
    }
}

fn fsyncs_per_second(folder: &Path) -> Outcome<f64> {
    let mut file = File::create(folder.join("fsync"))?;
    let began = Instant::now();
    for _ in 0..FSYNCS {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
    }
    Ok(f64::from(FSYNCS) / began.elapsed().as_secs_f64())
}

/// A server of this run's own.
pub struct Redis(Child);

impl Redis {
    /// With how often it writes to its disk (`appendfsync`).
    pub fn start(folder: &Path, fsync: &str) -> Outcome<Self> {
        let socket = folder.join("redis.sock");
        let mut child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", fsync])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()?;
        let began = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            if child.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(10) {
                let _ = child.kill();
                return Err("redis-server does not start".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Self(child))
    }

    pub fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
