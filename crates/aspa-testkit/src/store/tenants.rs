use aspa_store::{Changes, Versioned};
use aspa_types::TenantId;

use super::rows::{arrival, delivery, effect, ground, one_of_each, tenant_id, ticket, waking};
use super::stage::{Stage, claim, conflicts, done, same, unchanged};
use crate::case::Checked;

const MIXED: &str =
    "a query without the tenant in it, or a unique key that the tenant is not part of";

/// S3: a tenant that wrote nothing reads nothing, whatever others have.
pub(super) async fn unseen(stage: Stage) -> Checked {
    let other = tenant_id("other");
    let before = stage.everything(&stage.other, &other).await?;
    stage.commit(ground()).await?;
    unchanged(
        "read through another tenant",
        &before,
        &stage.everything(&stage.other, &other).await?,
        MIXED,
    )
}

/// S3: the same keys in two tenants: no conflict, and changing the one leaves the other.
pub(super) async fn equal_keys(stage: Stage) -> Checked {
    let other = tenant_id("other");
    stage.commit(ground()).await?;
    let committed = done(
        "the same rows of another tenant",
        stage.other.commit(ground()).await,
    )?;
    let arrived = committed.arrivals.first().copied().unwrap_or_default();
    let came = (arrived.new, arrived.known_delivery);
    same(
        "new events and whether the delivery is known",
        &(3, false),
        &came,
        MIXED,
    )?;
    let before = stage.everything(&stage.other, &other).await?;
    let claimed = stage.claim(0, 100).await?;
    let own = claimed
        .iter()
        .find(|entry| entry.tenant == TenantId::default());
    stage
        .commit(one_of_each(own.map_or(0, |entry| entry.seq)))
        .await?;
    unchanged(
        "another tenant",
        &before,
        &stage.everything(&stage.other, &other).await?,
        MIXED,
    )
}

/// S3: an entry can be processed only through its own tenant.
pub(super) async fn foreign_inbox(stage: Stage) -> Checked {
    stage.commit(Changes::arrive(vec![arrival([1, 2])])).await?;
    for entry in stage.claim(0, 10).await? {
        let (mut processed, mut kept) = (Changes::default(), Changes::default());
        processed.processed.push(entry.seq);
        kept.kept.push(entry.seq);
        conflicts(
            "processing another tenant's entry",
            stage.other.commit(processed.clone()).await,
        )?;
        conflicts(
            "keeping another tenant's entry",
            stage.other.commit(kept).await,
        )?;
        stage.commit(processed).await?;
    }
    Ok(())
}

/// S3: what is claimed, due or logged across tenants says whose it is.
pub(super) async fn labelled(stage: Stage) -> Checked {
    let mut changes = Changes::arrive(vec![arrival([1])]);
    if let Some(arrival) = changes.arrivals.first_mut() {
        arrival.delivery = Some(delivery("hook", "d-1"));
    }
    changes.outbox.push(Versioned::new(effect("first", "t-1")));
    changes
        .tickets
        .push(Versioned::new(waking("t-1", &[(5, "snooze")])));
    changes.history.push((
        super::rows::about("t-1"),
        super::rows::ticket_event(0, "m-1"),
    ));
    stage.commit(changes.clone()).await?;
    done(
        "the same of another tenant",
        stage.other.commit(changes).await,
    )?;
    let both = vec![TenantId::default(), tenant_id("other")];
    let inbox = stage
        .claim(0, 10)
        .await?
        .into_iter()
        .map(|entry| entry.tenant);
    same(
        "whose the inbox entries are",
        &both,
        &inbox.collect(),
        MIXED,
    )?;
    let outbox = stage
        .claim_effects(0, 10)
        .await?
        .into_iter()
        .map(|effect| effect.tenant);
    same("whose the effects are", &both, &outbox.collect(), MIXED)?;
    let timers = done("due timers", stage.store.claim_timers(claim(10, 10)).await)?;
    let named = timers
        .iter()
        .map(|due| (due.tenant.clone(), due.ticket.clone()));
    let id = ticket("t-1").ticket.id;
    let expected = both
        .iter()
        .map(|tenant| (tenant.clone(), id.clone()))
        .collect::<Vec<_>>();
    same("whose the timers are", &expected, &named.collect(), MIXED)?;
    let log = done(
        "the log",
        stage.store.log(aspa_store::Position::default(), 10).await,
    )?;
    same(
        "whose the log entries are",
        &both,
        &log.into_iter().map(|entry| entry.tenant).collect(),
        MIXED,
    )
}
