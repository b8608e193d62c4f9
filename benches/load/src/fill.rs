//! Many live tokens in a store, written through its engine as the issuer writes them; and their end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oauthlab::clock::Timestamp;
use oauthlab::protocol::{ClientId, Scope, Secret};
use oauthlab::store::record::{AccessTokenRecord, FamilyRecord, Grant};
use oauthlab::store::{Key, Store, View};

use crate::{Outcome, lab};

/// Access tokens of one authorization: a login that was refreshed a few times.
pub const TOKENS_A_FAMILY: usize = 4;

/// Records that so many tokens are.
pub const fn records(tokens: usize) -> usize {
    tokens + tokens.div_ceil(TOKENS_A_FAMILY)
}

/// Who write at once: what a group commit and a pipeline are for.
const WRITERS: usize = 512;

/// Sweeps in turn that find nothing when nothing is left, however many shards there are.
const FRUITLESS: usize = 32;

/// What the lab's own sweeper forgets in one go.
const BUDGET: usize = 4096;

/// One of the tokens.
pub fn token(number: usize) -> String {
    format!("benchmark-{number:033}")
}

/// Writes so many tokens, which live until then.
pub async fn fill(store: &Arc<dyn Store>, tokens: usize, until: Timestamp) -> Outcome<()> {
    let families = tokens.div_ceil(TOKENS_A_FAMILY);
    let share = families.div_ceil(WRITERS);
    let tasks = (0..WRITERS).map(|writer| {
        let view = View::new(Arc::clone(store));
        let mine = (writer * share)..((writer + 1) * share).min(families);
        tokio::spawn(async move {
            for family in mine {
                write(&view, family, tokens, until).await?;
            }
            Outcome::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}

async fn write(view: &View, family: usize, tokens: usize, until: Timestamp) -> Outcome<()> {
    let (client_id, id) = (ClientId::parse(lab::SECRET_CLIENT)?, format!("{family:022}"));
    let record = FamilyRecord {
        client_id: client_id.clone(),
        subject: None,
        revoked_at: None,
        revoked_by: None,
    };
    view.put(Key::of(&[&id]), &record, until).await?;
    let audience = vec!["https://localhost:9444/api/notes".to_owned()];
    let grant = Grant::of_client(client_id, Scope::parse("notes:read")?, audience, id);
    let first = family * TOKENS_A_FAMILY;
    for number in first..(first + TOKENS_A_FAMILY).min(tokens) {
        let record = AccessTokenRecord {
            grant: grant.clone(),
            jti: format!("{number:022}"),
            issued_at: Timestamp::from_millis(until.millis() - 3_600_000),
            fresh_until: until,
            revoked_at: None,
        };
        view.put(Key::of_secret(&Secret::new(token(number))), &record, until).await?;
    }
    Ok(())
}

/// Sweeps until nothing dead is left: how many records went, and how many a second.
pub async fn sweep(store: &dyn Store) -> Outcome<(usize, f64)> {
    let (mut gone, mut fruitless, mut busy) = (0, 0, Duration::ZERO);
    while fruitless < FRUITLESS {
        let began = Instant::now();
        let now = store.sweep(BUDGET).await?;
        if now == 0 {
            fruitless += 1;
            continue;
        }
        busy += began.elapsed();
        (gone, fruitless) = (gone + now, 0);
    }
    Ok((gone, gone as f64 / busy.as_secs_f64()))
}
