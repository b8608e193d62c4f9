//! `oauthlab store`: care of the database that a lab remembers in, while it runs or not.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::context::{self, Context, lookup};
use super::{runtime, store_rekey, target};
use crate::config::{Config, Overrides, StoreConfig};
use crate::error::Error;
use crate::store::{Contents, Copied, DatabaseFile, Overwrite, Store as _};

/// Copy, restore, check or clean the database of a lab
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab store stats
oauthlab store backup monday.db
oauthlab store restore monday.db --force
oauthlab store verify --store sqlite:lab.db")]
pub(super) struct Args {
    /// The database, sqlite:FILE [default: that of the lab's YAML]
    #[arg(long, global = true, value_name = "STORE")]
    store: Option<String>,
    /// What is printed
    #[arg(short, long, global = true, value_name = "KIND", default_value = "text")]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Copy it into a file, while labs go on working; the key that seals it is not copied
    #[command(before_help = "\
oauthlab store backup monday.db
oauthlab store backup latest.db --force")]
    Backup {
        /// The copy
        file: PathBuf,
        /// Overwrite an older copy
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in its place; no lab may work with it
    #[command(before_help = "\
oauthlab store restore monday.db
oauthlab store restore monday.db --force --store sqlite:lab.db")]
    Restore {
        /// The backup
        file: PathBuf,
        /// Overwrite the database that is there
        #[arg(long)]
        force: bool,
    },
    /// Read all of it, or of a backup, and try its key: exit 3 if damaged or of another key
    #[command(before_help = "\
oauthlab store verify
oauthlab store verify monday.db -o json")]
    Verify {
        /// A backup, in place of the lab's database
        file: Option<PathBuf>,
    },
    /// Seal it with another key; no lab may work with it, and its secrets stay what they are
    #[command(before_help = "\
oauthlab store rekey --new-key-file new.key
OAUTHLAB_STORE_KEY_FILE=old.key oauthlab store rekey --new-key-file new.key")]
    Rekey {
        /// The new key, 64 hexadecimal digits; it is made when it is not there
        #[arg(long, value_name = "FILE")]
        new_key_file: PathBuf,
    },
    /// Count its records by kind
    #[command(before_help = "oauthlab store stats -o json")]
    Stats,
    /// Forget expired records now, not bit by bit
    #[command(before_help = "oauthlab store sweep")]
    Sweep,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON (`oauthlab.store-…/v1`)
    Json,
}

/// Records that are forgotten in one transaction: labs that write wait for it.
const AT_ONCE: usize = 4096;

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let (text, document) = match &args.command {
        Command::Backup { file, force } => {
            let copied = database(context, args)?.backup(file, overwrite(*force))?;
            context.terminal.say("the copy is sealed: without the store's key nobody reads it");
            copy(&copied, "backup")
        }
        Command::Restore { file, force } => {
            copy(&database(context, args)?.restore(file, overwrite(*force))?, "restore")
        }
        Command::Verify { file } => {
            let database = match file {
                Some(file) => DatabaseFile::new(file),
                None => database(context, args)?,
            };
            if file.is_some() { database.verify_backup() } else { database.verify() }?;
            let path = database.path();
            let (tried, key) = store_rekey::tried(&database, file.is_some())?;
            let document = json!({
                "schema": "oauthlab.store-verify/v1", "path": path, "whole": true, "key": key,
            });
            (format!("{} is whole{tried}", path.display()), document)
        }
        Command::Rekey { new_key_file } => {
            store_rekey::run(context, &database(context, args)?, new_key_file)?
        }
        Command::Stats => {
            let database = database(context, args)?;
            let contents = database.contents(context.clock.now())?;
            (table(&contents), stats(&database, &contents))
        }
        Command::Sweep => return sweep(context, args),
    };
    answer(context, args, &text, &document)
}

fn answer(context: &Context, args: &Args, text: &str, document: &Value) -> Result<u8, Error> {
    match args.output {
        Output::Text => context.terminal.answer(text)?,
        Output::Json => context.terminal.answer_json(document)?,
    }
    Ok(0)
}

/// The database that is meant: that of the flag or of the file, else that of the running lab.
fn database(context: &Context, args: &Args) -> Result<DatabaseFile, Error> {
    let overrides = Overrides { store: args.store.clone(), ..Overrides::default() };
    let config = Config::load(&context.source(), &overrides, &lookup)?;
    match config.store {
        StoreConfig::Sqlite(path) => Ok(DatabaseFile::new(path)),
        StoreConfig::Memory { .. } => {
            let running = context::data().and_then(|data| target::lab(context, &data));
            let file = running.ok().and_then(|lab| lab.database).filter(|_| args.store.is_none());
            file.map(DatabaseFile::new).ok_or_else(|| {
                let message = "this lab remembers in memory: there is no database";
                Error::usage(message, "name one: --store sqlite:FILE")
            })
        }
        StoreConfig::Redis(_) => Err(Error::usage(
            "this lab remembers on a Redis server, which has tools of its own",
            "use redis-cli; or name a database: --store sqlite:FILE",
        )),
    }
}

const fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Ours } else { Overwrite::Never }
}

fn copy(copied: &Copied, what: &str) -> (String, Value) {
    let Copied { path, bytes, records } = copied;
    let text = format!("{}: {records} records, {bytes} bytes", path.display());
    let schema = format!("oauthlab.store-{what}/v1");
    (text, json!({ "schema": schema, "path": path, "bytes": bytes, "records": records }))
}

fn sweep(context: &Context, args: &Args) -> Result<u8, Error> {
    let database = database(context, args)?;
    runtime::block_on(context, async {
        let store = database.store(context.clock.clone())?;
        let mut forgotten = 0;
        loop {
            match store.sweep(AT_ONCE).await {
                Ok(0) => break,
                Ok(some) => forgotten += some,
                Err(reason) => return Err(database.failed(reason).into()),
            }
        }
        let path = database.path();
        let document = json!({
            "schema": "oauthlab.store-sweep/v1", "path": path, "forgotten": forgotten,
        });
        answer(context, args, &format!("{forgotten} records forgotten"), &document)
    })
}

fn stats(database: &DatabaseFile, contents: &Contents) -> Value {
    let kinds = contents.kinds.iter().map(|one| {
        json!({
            "kind": one.kind.name(),
            "live": one.live,
            "expired": one.expired,
            "bytes": one.bytes,
        })
    });
    json!({
        "schema": "oauthlab.store-stats/v1",
        "path": database.path(),
        "schema_version": contents.schema,
        "file_bytes": contents.file_bytes,
        "log_bytes": contents.log_bytes,
        "kinds": kinds.collect::<Vec<_>>(),
    })
}

fn table(contents: &Contents) -> String {
    let row = |kind: &str, [live, expired, bytes]: [&str; 3]| {
        format!("{kind:<16}{live:>10}{expired:>10}{bytes:>14}")
    };
    let mut lines = vec![row("kind", ["live", "expired", "bytes"])];
    lines.extend(contents.kinds.iter().map(|one| {
        let [live, expired, bytes] = [one.live, one.expired, one.bytes].map(|n| n.to_string());
        row(one.kind.name(), [&live, &expired, &bytes])
    }));
    lines.push(format!("file {} bytes, log {} bytes", contents.file_bytes, contents.log_bytes));
    lines.join("\n")
}
