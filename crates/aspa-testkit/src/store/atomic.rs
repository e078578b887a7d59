use aspa_channel::Handle;
use aspa_store::{Changes, ErrorKind, Versioned};
use aspa_types::TenantId;

use super::rows::{
    about, effect, ground, handle_key, link, one_of_each, record, ticket, ticket_event,
};
use super::stage::{Stage, conflicts, done, same, unchanged};
use crate::case::{Checked, fault};

type Spoil = fn(&mut Changes);

/// Each kind of row that can conflict, as the last of its kind.
const STALE: &[(&str, Spoil)] = &[
    ("a message", |c| {
        c.messages.push(Versioned::new(record("m-1", "t-1")))
    }),
    ("a handle", |c| {
        c.handles
            .push(Versioned::new(Handle::new(handle_key("h-1"))))
    }),
    ("a ticket", |c| {
        c.tickets.push(Versioned {
            value: ticket("t-9"),
            version: 3,
        })
    }),
    ("a removed ticket", |c| {
        c.removed.push(Versioned {
            value: ticket("t-9").ticket.id,
            version: 1,
        })
    }),
    ("a link", |c| {
        c.links.push(Versioned {
            value: link("h-1", "none"),
            version: 9,
        })
    }),
    ("an effect", |c| {
        c.outbox.push(Versioned::new(effect("first", "t-1")))
    }),
    ("a processed entry", |c| c.processed.push(999)),
    ("a kept entry", |c| c.kept.push(999)),
];

const HALF: &str =
    "rows are written outside the transaction, or it is not rolled back on every error";

/// S1: whatever conflicts, nothing of the batch is there, of any kind.
pub(super) async fn conflict_leaves_no_trace(stage: Stage) -> Checked {
    let id = TenantId::default();
    stage.commit(ground()).await?;
    let first = stage
        .claim(0, 1)
        .await?
        .first()
        .map_or(1, |entry| entry.seq);
    let before = stage.everything(&stage.tenant, &id).await?;
    for (kind, spoil) in STALE {
        let mut changes = one_of_each(first);
        spoil(&mut changes);
        let what = format!("a commit whose last row is {kind} that somebody else changed");
        conflicts(&what, stage.tenant.commit(changes).await)?;
        unchanged(
            &format!("after {what}"),
            &before,
            &stage.everything(&stage.tenant, &id).await?,
            HALF,
        )?;
    }
    // What cannot be read directly shows when the same comes again: deliveries, event keys, inbox.
    let committed = stage.commit(one_of_each(first)).await?;
    let arrived = committed.arrivals.first().copied().unwrap_or_default();
    let what = "new events, repeated ones, and whether the delivery is known, after all these were refused";
    same(
        what,
        &(2, 0, false),
        &(arrived.new, arrived.repeated, arrived.known_delivery),
        HALF,
    )?;
    let waiting = done("backlog", stage.tenant.backlog().await)?;
    same("entries waiting", &3, &waiting, HALF)
}

/// S1: a history whose key has no ticket in the batch is refused, whole.
pub(super) async fn history_needs_ticket(stage: Stage) -> Checked {
    let id = TenantId::default();
    stage.commit(ground()).await?;
    let before = stage.everything(&stage.tenant, &id).await?;
    let mut changes = Changes::default();
    changes.messages.push(Versioned::new(record("m-2", "t-2")));
    changes.history.push((about("t-2"), ticket_event(0, "m-2")));
    match stage.tenant.commit(changes).await {
        Err(error) if error.kind() == ErrorKind::Invalid => {}
        other => {
            return fault(
                "a history without its ticket is refused as invalid",
                format!("{other:?}"),
                "two writers of one history would not conflict",
            );
        }
    }
    unchanged(
        "after a refused history",
        &before,
        &stage.everything(&stage.tenant, &id).await?,
        HALF,
    )
}

/// S1: what a commit wrote is there when the store is opened again.
pub(super) async fn survives(stage: Stage) -> Checked {
    let id = TenantId::default();
    stage.commit(ground()).await?;
    let first = stage
        .claim(0, 1)
        .await?
        .first()
        .map_or(1, |entry| entry.seq);
    stage.commit(one_of_each(first)).await?;
    let before = stage.everything(&stage.tenant, &id).await?;
    let stage = stage.reopen().await;
    let cause = "a commit returns before it is written, or dropping the store loses what is queued";
    unchanged(
        "opened again",
        &before,
        &stage.everything(&stage.tenant, &id).await?,
        cause,
    )?;
    let mut again = Changes::default();
    again.arrivals = one_of_each(first).arrivals;
    let arrived = stage.commit(again).await?.arrivals;
    let known = arrived.iter().all(|arrived| arrived.known_delivery);
    same("the delivery is still known", &true, &known, cause)
}

/// S1: nothing to write is no error and no change.
pub(super) async fn empty(stage: Stage) -> Checked {
    let id = TenantId::default();
    let before = stage.everything(&stage.tenant, &id).await?;
    let committed = stage.commit(Changes::default()).await?;
    same(
        "arrivals of nothing",
        &0,
        &committed.arrivals.len(),
        "an empty commit is treated as something else",
    )?;
    unchanged(
        "after nothing",
        &before,
        &stage.everything(&stage.tenant, &id).await?,
        HALF,
    )
}
