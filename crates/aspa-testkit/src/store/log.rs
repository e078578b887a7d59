use aspa_store::{Changes, Position, Recorded, Versioned, Wanted};
use aspa_types::TenantId;

use super::rows::{about, ticket, ticket_event};
use super::stage::{Stage, done, ends, same};
use crate::case::{Checked, Stop, fault};

const ORDER: &str = "the log is not numbered in the order in which entries are committed";

/// Appends messages to the histories of keys; each key's ticket has been written `version` times.
fn append(version: u64, entries: &[(&str, &str)]) -> Changes {
    let mut changes = Changes::default();
    for (key, message) in entries {
        if !changes
            .tickets
            .iter()
            .any(|row| row.value.ticket.key == about(key))
        {
            changes.tickets.push(Versioned {
                value: ticket(key),
                version,
            });
        }
        changes.history.push((about(key), ticket_event(0, message)));
    }
    changes
}

fn told(log: &[Recorded]) -> Vec<(String, String)> {
    let message = |entry: &Recorded| match &entry.event.kind {
        aspa_ticket::EventKind::Received { message, .. } => message.id.to_string(),
        other => format!("{other:?}"),
    };
    log.iter()
        .map(|entry| (entry.about.conversation.id.to_string(), message(entry)))
        .collect()
}

fn words(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries
        .iter()
        .map(|(key, message)| ((*key).to_owned(), (*message).to_owned()))
        .collect()
}

async fn whole(stage: &Stage) -> Checked<Vec<Recorded>> {
    done("the log", stage.store.log(Position::default(), 1000).await)
}

/// S7: entries stand in the order of their commits, and within one in the order given.
pub(super) async fn in_order(stage: Stage) -> Checked {
    stage
        .commit(append(0, &[("b", "m-3"), ("a", "m-1"), ("b", "m-2")]))
        .await?;
    done(
        "a commit",
        stage.other.commit(append(0, &[("a", "m-9")])).await,
    )?;
    stage
        .commit(append(1, &[("a", "m-0"), ("b", "m-4")]))
        .await?;
    let log = whole(&stage).await?;
    let expected = [
        ("b", "m-3"),
        ("a", "m-1"),
        ("b", "m-2"),
        ("a", "m-9"),
        ("a", "m-0"),
        ("b", "m-4"),
    ];
    same("the log", &words(&expected), &told(&log), ORDER)?;
    let grows = log.is_sorted_by(|a, b| a.position < b.position);
    same("positions grow", &true, &grows, ORDER)?;
    let mut wanted = Wanted::default();
    wanted.histories.extend([about("b"), about("c")]);
    let mut loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let history = loaded.histories.remove(&about("b")).unwrap_or_default();
    let expected: Vec<_> = ["m-3", "m-2", "m-4"]
        .map(|message| ticket_event(0, message))
        .to_vec();
    same(
        "one history",
        &expected,
        &history,
        "a history is not in the order in which it was written",
    )?;
    let none = loaded.histories.remove(&about("c")).unwrap_or_default();
    same(
        "a history that is not there",
        &Vec::new(),
        &none,
        "a key is compared by less than all of it",
    )
}

/// S7: pages of any size, from any position, make the whole log.
pub(super) async fn pages(stage: Stage) -> Checked {
    const CAUSE: &str =
        "a page begins at a place in the list instead of after a position, or is not sorted";
    for number in 0..7_u64 {
        stage
            .commit(append(number, &[("a", &format!("m-{number}"))]))
            .await?;
    }
    let log = whole(&stage).await?;
    for size in [1, 2, 3, 7, 100] {
        let (mut read, mut after) = (Vec::new(), Position::default());
        loop {
            let page = done("a page", stage.store.log(after, size).await)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            same(
                &format!("no more than {size} entries"),
                &true,
                &(page.len() <= size),
                CAUSE,
            )?;
            read.extend(page);
            ends("the log", log.len(), read.len())?;
        }
        same(&format!("the log in pages of {size}"), &log, &read, CAUSE)?;
    }
    for (place, entry) in log.iter().enumerate() {
        let rest = done("a page", stage.store.log(entry.position, 100).await)?;
        same(
            "the log from there on",
            &log[place + 1..].to_vec(),
            &rest,
            CAUSE,
        )?;
    }
    Ok(())
}

/// S7: removing tickets and opening again leave every entry where it was.
pub(super) async fn positions_stay(stage: Stage) -> Checked {
    const CAUSE: &str =
        "positions are counted on reading, given again, or entries go with their ticket";
    stage
        .commit(append(0, &[("a", "m-1"), ("b", "m-2"), ("a", "m-3")]))
        .await?;
    let before = whole(&stage).await?;
    let mut changes = Changes::default();
    for key in ["a", "b"] {
        changes.removed.push(Versioned {
            value: ticket(key).ticket.id,
            version: 1,
        });
    }
    stage.commit(changes).await?;
    same(
        "the log after its tickets were removed",
        &before,
        &whole(&stage).await?,
        CAUSE,
    )?;
    let stage = stage.reopen().await;
    stage.commit(append(0, &[("c", "m-4")])).await?;
    let after = whole(&stage).await?;
    same(
        "entries that were there",
        &before,
        &after[..before.len().min(after.len())].to_vec(),
        CAUSE,
    )?;
    let last = before.last().map(|entry| entry.position);
    let newer = after.last().map(|entry| entry.position) > last;
    same(
        "one more entry, above all before",
        &(4, true),
        &(after.len(), newer),
        CAUSE,
    )
}

/// S7: who goes on after the last position it saw, while others write, reads every entry.
pub(super) async fn beside_writers(stage: Stage) -> Checked {
    const CAUSE: &str = "positions are drawn before the commit, so that a slower writer's entries come \
        below what a reader has already passed";
    const WRITERS: u64 = 4;
    const COMMITS: u64 = 25;
    let count = usize::try_from(2 * WRITERS * COMMITS).unwrap_or_default();
    let second = stage.second().await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = if writer % 2 == 0 {
            &stage.store
        } else {
            &second
        };
        let tenant = store.tenant(&TenantId::default());
        writers.push(tokio::spawn(async move {
            for number in 0..COMMITS {
                let (key, message) = (format!("w-{writer}"), format!("m-{number}"));
                let changes = append(number, &[(&key, &message), (&key, "again")]);
                done("a commit", tenant.commit(changes).await)?;
            }
            Ok::<_, Stop>(())
        }));
    }
    let (mut read, mut after) = (Vec::new(), Position::default());
    loop {
        let written = writers.iter().all(|writer| writer.is_finished());
        let page = done("a page", stage.store.log(after, 7).await)?;
        if let Some(last) = page.last() {
            after = last.position;
        } else if written {
            break;
        } else {
            tokio::task::yield_now().await;
        }
        read.extend(page);
        ends("the log", count, read.len())?;
    }
    for writer in writers {
        match writer.await {
            Ok(wrote) => wrote?,
            Err(error) => return fault("writers end", error.to_string(), "the store panicked"),
        }
    }
    let count = usize::try_from(2 * WRITERS * COMMITS).unwrap_or_default();
    same(
        "entries read beside the writers",
        &count,
        &read.len(),
        CAUSE,
    )?;
    same(
        "the log as it was read beside the writers",
        &whole(&stage).await?,
        &read,
        CAUSE,
    )
}
