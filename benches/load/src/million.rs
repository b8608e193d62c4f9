//! A store with a million live tokens beside an empty one: what a token weighs, how long the program
//! takes to start on them, what introspection costs over the wire; and how fast the dead are gone.
//!
//! Records are written through the engines, since a million requests would take many minutes.
//! Introspection is asked of the program, which opens that file and that server. Nobody can hand a
//! store in memory to it: there the lab runs in a process of this program, with the same library.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oauthlab::clock::{Clock, Timestamp};
use oauthlab::config::{Config, Overrides, Ports, Source};
use oauthlab::lab::LabOptions;
use oauthlab::protocol::Secret;
use oauthlab::store::{MemoryStore, RedisStore, SealKey, SealedStore, SqliteStore, Store, View};
use oauthlab::tls::DataDir;
use serde_json::json;

use crate::engines::Redis;
use crate::fill::{self, TOKENS_A_FAMILY};
use crate::lab::{self, Lab};
use crate::measure::{middle, rss_of};
use crate::sign::Key;
use crate::wire::{Connection, Prepared};
use crate::{Options, Outcome};

/// Clients at once: few, so that the queue in front of two processors is not what is measured.
const CLIENTS: usize = 4;
/// Long enough for every run.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// Tokens of a store that counts as empty: one has to be asked for.
const HARDLY_ANY: usize = TOKENS_A_FAMILY;
const STORE_KEY: [u8; 32] = [7; 32];

/// Where one run keeps its files, and the server that it may need.
struct Ground {
    folder: PathBuf,
    redis: Redis,
    key: Key,
}

/// Measures all engines.
pub async fn measured(options: &Options) -> Outcome<()> {
    let folder = std::env::temp_dir().join(format!("oauthlab-million-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let redis = Redis::start(&folder, "everysec")?;
    let ground = Ground { folder, redis, key: Key::generate()? };
    let result = all(options, &ground).await;
    fs::remove_dir_all(&ground.folder)?;
    result
}

async fn all(options: &Options, ground: &Ground) -> Outcome<()> {
    for engine in ["memory", "sqlite", "redis"] {
        swept(options, ground, engine).await?;
    }
    let tokens = options.tokens;
    println!("{tokens} live tokens, one authorization for {TOKENS_A_FAMILY} of them");
    let empty = in_memory(ground, HARDLY_ANY, "empty")?;
    let full = in_memory(ground, tokens, "full")?;
    let grown = full.ready()["grown"].as_f64().ok_or("the lab does not say how it grew")?;
    println!("memory  {:5.0} bytes of RSS a token", grown / tokens as f64);
    compared(options, "memory", (&empty, &full)).await?;
    drop((empty, full));
    on_a_file(options, ground).await?;
    on_a_server(options, ground).await
}

async fn on_a_file(options: &Options, ground: &Ground) -> Outcome<()> {
    let mut labs = Vec::new();
    for (name, tokens) in [("few", HARDLY_ANY), ("many", options.tokens)] {
        let file = ground.folder.join(format!("{name}.db"));
        let capacity = fill::records(tokens) + 1000;
        let engine = SqliteStore::with_capacity(&file, Clock::system(), capacity)?;
        let began = Instant::now();
        fill(sealed(Arc::new(engine)).await?, tokens).await?;
        let rate = tokens as f64 / began.elapsed().as_secs_f64();
        let bytes = fs::metadata(&file)?.len() as f64 / tokens as f64;
        if tokens > HARDLY_ANY {
            println!("sqlite  {bytes:5.0} bytes of the file a token; {rate:.0} tokens a second");
        }
        let store = format!("sqlite:{}", file.display());
        let mut starts = Vec::new();
        for _ in 0..options.rounds {
            let began = Instant::now();
            drop(started(options, ground, &store, (name, 0))?);
            starts.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let (low, high) = ends(&starts);
        println!("sqlite  start with {tokens}: {:.0} ms ({low:.0} to {high:.0})", middle(&starts));
        labs.push(started(options, ground, &store, (name, 0))?);
    }
    compared(options, "sqlite", (&labs[0], &labs[1])).await
}

async fn on_a_server(options: &Options, ground: &Ground) -> Outcome<()> {
    let socket = ground.folder.join("redis.sock");
    let url = format!("redis+unix://{}", socket.display());
    let mut labs = Vec::new();
    for (name, tokens) in [("few-shared", HARDLY_ANY), ("many-shared", options.tokens)] {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let before = rss_of(ground.redis.process())?;
        let engine = redis(&url, &format!("https://localhost:{port}")).await?;
        let began = Instant::now();
        fill(sealed(Arc::new(engine)).await?, tokens).await?;
        let rate = tokens as f64 / began.elapsed().as_secs_f64();
        let grown = (rss_of(ground.redis.process())? - before) / tokens as f64;
        if tokens > HARDLY_ANY {
            println!("redis   {grown:5.0} bytes of RSS a token; {rate:.0} tokens a second");
        }
        labs.push(started(options, ground, &url, (name, port))?);
    }
    compared(options, "redis", (&labs[0], &labs[1])).await
}

/// The program, on what was filled.
fn started(
    options: &Options,
    ground: &Ground,
    store: &str,
    (name, port): (&str, u16),
) -> Outcome<Lab> {
    let mut command = Command::new(&options.program);
    command
        .args(["serve", "--resource-port", "0", "--inspector-port", "0", "--store", store])
        .args(["--port", &port.to_string(), "--name", name])
        .env("OAUTHLAB_STORE_KEY", SealKey::new(STORE_KEY).text().expose());
    Lab::begin(command, &ground.key, name)
}

/// A process of this program with a lab whose store in memory was filled before it began.
fn in_memory(ground: &Ground, tokens: usize, name: &str) -> Outcome<Lab> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--lab-in-memory", &tokens.to_string()]);
    Lab::begin(command, &ground.key, name)
}

/// What that process does; it ends when it is killed.
pub async fn lab_in_memory(tokens: usize, config: &Path, ready: &Path) -> Outcome<()> {
    let store = MemoryStore::with_capacity(Clock::system(), fill::records(tokens) + 10_000);
    let store: Arc<dyn Store> = Arc::new(store);
    let before = rss_of(std::process::id())?;
    fill(Arc::clone(&store), tokens).await?;
    let grown = rss_of(std::process::id())? - before;
    let free = Ports { issuer: Some(0), resource: Some(0), inspector: Some(0) };
    let overrides = Overrides { ports: free, ..Overrides::default() };
    let config = Config::load(&Source::File(config.to_owned()), &overrides, &|_| None)?;
    let mut options = LabOptions::new(DataDir::locate(|name| std::env::var_os(name))?, "memory");
    options.engine = Some(store);
    let lab = oauthlab::lab::Lab::start(config, options).await?;
    let (issuer, ca_file) = (&lab.ready().issuer, &lab.ready().ca_file);
    let record = json!({ "issuer": issuer, "ca_file": ca_file, "grown": grown });
    let unfinished = ready.with_extension("new");
    fs::write(&unfinished, record.to_string())?;
    fs::rename(&unfinished, ready)?;
    std::future::pending().await
}

async fn fill(store: Arc<dyn Store>, tokens: usize) -> Outcome<()> {
    fill::fill(&store, tokens, Clock::system().now().plus(LIFE)).await
}

/// As a lab opens it: a new store says from its beginning that all of it has labels.
async fn sealed(engine: Arc<dyn Store>) -> Outcome<Arc<dyn Store>> {
    let store: Arc<dyn Store> =
        Arc::new(SealedStore::open(engine, &SealKey::new(STORE_KEY)).await?);
    View::new(Arc::clone(&store)).label_all().await?;
    Ok(store)
}

async fn redis(url: &str, issuer: &str) -> Outcome<RedisStore> {
    Ok(RedisStore::open(&Secret::new(url.to_owned()), issuer, Clock::system()).await?)
}

/// Introspection of one lab beside another, in turns: the median of each round's ratio counts.
async fn compared(options: &Options, engine: &str, (empty, full): (&Lab, &Lab)) -> Outcome<()> {
    let (mut alone, mut among, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms and is not counted.
    for round in 0..=options.rounds {
        let few = slowest(empty, HARDLY_ANY, options.requests).await?;
        let many = slowest(full, options.tokens, options.requests).await?;
        if round > 0 {
            alone.push(few);
            among.push(many);
            ratios.push(many / few);
        }
    }
    let (low, high) = ends(&ratios);
    println!(
        "{engine:7} introspect p99 {:.2} ms among many, {:.2} ms alone: {:.2} times ({low:.2} to {high:.2})",
        middle(&among),
        middle(&alone),
        middle(&ratios),
    );
    Ok(())
}

/// The 99th percentile of so many requests, in milliseconds. The tokens are all over the store.
async fn slowest(lab: &Lab, tokens: usize, requests: usize) -> Outcome<f64> {
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let mut connection = Connection::open(lab.address(), lab.roots()?).await?;
        tasks.push(tokio::spawn(async move {
            let mut took = Vec::with_capacity(requests / CLIENTS);
            for number in 0..requests / CLIENTS {
                let token = fill::token((number * CLIENTS + client) * 7919 % tokens);
                let mut request = Prepared::form(&format!("token={token}"));
                request.basic(lab::SECRET_CLIENT, lab::SECRET);
                let asked = Instant::now();
                connection.introspect(request).await?;
                took.push(asked.elapsed().as_secs_f64() * 1e3);
            }
            Outcome::Ok(took)
        }));
    }
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    took.sort_by(f64::total_cmp);
    Ok(took[(took.len() - 1) * 99 / 100])
}

/// Fills an engine with what dies, lets it die, and sweeps.
async fn swept(options: &Options, ground: &Ground, engine: &str) -> Outcome<()> {
    let mut rates = Vec::new();
    let tokens = options.tokens / 5;
    for round in 0..options.rounds.min(3) {
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let room = fill::records(tokens) + 1000;
        let name = format!("swept-{round}");
        let store: Arc<dyn Store> = match engine {
            "memory" => Arc::new(MemoryStore::with_capacity(clock.clone(), room)),
            "sqlite" => {
                let file = ground.folder.join(format!("{name}.db"));
                Arc::new(SqliteStore::with_capacity(&file, clock.clone(), room)?)
            }
            _ => {
                let url = format!("redis+unix://{}", ground.folder.join("redis.sock").display());
                Arc::new(RedisStore::open(&Secret::new(url), &name, clock.clone()).await?)
            }
        };
        fill::fill(&store, tokens, clock.now().plus(LIFE)).await?;
        clock.advance(LIFE);
        let (gone, rate) = fill::sweep(&*store).await?;
        if gone != fill::records(tokens) {
            return Err(format!("{gone} records were swept").into());
        }
        rates.push(rate);
    }
    let (low, high) = ends(&rates);
    let rate = middle(&rates);
    println!("{engine:7} sweeps {rate:.0} dead records a second ({low:.0} to {high:.0})");
    Ok(())
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(0.0, f64::max))
}
