use std::collections::BTreeSet;
use std::sync::Arc;

use aspa_store::{Changes, Claim, InboxEntry, Versioned};
use aspa_types::TenantId;
use chrono::TimeDelta;

use super::rows::{arrival, effect, event, tenant_id};
use super::stage::{Stage, claim, done, ends, same};
use crate::case::{Checked, fault};

const ORDER: &str = "numbers are given by tenant, or the claim does not sort by them";
const TWICE: &str =
    "a claim does not write its lease in the transaction that reads, or does not ask for it";

fn seqs(entries: &[InboxEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// Asks what is due at a second without taking it.
pub(super) fn looking(seconds: i64, limit: usize) -> Claim {
    Claim {
        lease: TimeDelta::zero(),
        ..claim(seconds, limit)
    }
}

/// A tenant that has waited for less long than 1,000 of another is served before most of these:
/// `claim` says whose the claimed ones are.
pub(super) async fn fair(mut claim: impl AsyncFnMut() -> Checked<Vec<TenantId>>) -> Checked {
    const CAUSE: &str = "the claim takes what is oldest, whoever's it is";
    let mut flood = 0;
    for _ in 0..1_000 {
        let came = claim().await?;
        let others = came.iter().filter(|id| **id != TenantId::default()).count();
        if others > 0 {
            let bounded = flood <= MOST_BEFORE;
            return same(
                "at most 128 of the other tenant came first",
                &true,
                &bounded,
                CAUSE,
            );
        }
        flood += came.len();
        if came.is_empty() {
            break;
        }
    }
    fault(
        "an entry of the second tenant",
        format!("none after {flood} of the first"),
        CAUSE,
    )
}

/// How many of each other tenant may be given before one is served.
const MOST_BEFORE: usize = 128;

/// S5: of each tenant, what came first is given first, across arrivals and commits.
pub(super) async fn in_order(stage: Stage) -> Checked {
    stage
        .commit(Changes::arrive(vec![arrival([5, 4]), arrival([9])]))
        .await?;
    done(
        "a commit",
        stage
            .other
            .commit(Changes::arrive(vec![arrival([2])]))
            .await,
    )?;
    stage.commit(Changes::arrive(vec![arrival([1])])).await?;
    let mut came = Vec::new();
    for limit in [2, 10] {
        let claimed = stage.claim(0, limit).await?;
        let numbers = seqs(&claimed);
        let grow = numbers.is_sorted_by(|a, b| a < b);
        same("numbers within a claim grow", &true, &grow, ORDER)?;
        came.extend(claimed);
    }
    for (tenant, numbers) in [
        (TenantId::default(), vec![5, 4, 9, 1]),
        (tenant_id("other"), vec![2]),
    ] {
        let expected: Vec<_> = numbers.into_iter().map(event).collect();
        let own: Vec<&InboxEntry> = came.iter().filter(|entry| entry.tenant == tenant).collect();
        let events = own.iter().map(|entry| entry.event.clone()).collect();
        same("the entries of a tenant", &expected, &events, ORDER)?;
        let grow = own.is_sorted_by(|a, b| a.seq < b.seq);
        same("their numbers grow", &true, &grow, ORDER)?;
    }
    Ok(())
}

/// S5: a tenant's entry does not wait for all of another's.
pub(super) async fn turns(stage: Stage) -> Checked {
    stage
        .commit(Changes::arrive(vec![arrival(0..1_000)]))
        .await?;
    // The flood is under way already.
    let taken = stage.claim(0, 100).await?;
    same("entries for who asks for 100", &100, &taken.len(), TWICE)?;
    done(
        "a commit",
        stage
            .other
            .commit(Changes::arrive(vec![arrival([2])]))
            .await,
    )?;
    fair(async || {
        let came = stage.claim(0, 16).await?;
        Ok(came.into_iter().map(|entry| entry.tenant).collect())
    })
    .await
}

/// S5: of forty tenants each is served in its turn, and in all a claim brings what it is asked for
/// while there is something.
pub(super) async fn many_tenants(stage: Stage) -> Checked {
    const CAUSE: &str = "a tenant's turn does not come, or a claim brings less than there is";
    let tenants: Vec<TenantId> = (0..40).map(|n| tenant_id(&format!("t-{n}"))).collect();
    for (number, id) in tenants.iter().enumerate() {
        let tenant = stage.store.tenant(id);
        let mut changes = Changes::arrive(vec![arrival(0..20 + number)]);
        changes.outbox.extend(
            (0..10).map(|n| Versioned::new(effect(&format!("e-{n}"), &format!("lane-{n}")))),
        );
        done("a commit", tenant.commit(changes).await)?;
    }
    let mut entries = Vec::new();
    let most = (20 * 40 + 39 * 40 / 2_usize).div_ceil(50);
    for _ in 0..most {
        entries.extend(stage.claim(0, 50).await?);
    }
    same(
        "all entries",
        &(20 * 40 + 39 * 40 / 2),
        &entries.len(),
        CAUSE,
    )?;
    let mut effects = Vec::new();
    for _ in 0..25 {
        effects.extend(stage.claim_effects(0, 16).await?);
    }
    same("all effects", &400, &effects.len(), CAUSE)?;
    for id in &tenants {
        let first = effects.iter().position(|effect| effect.tenant == *id);
        let early = first.is_some_and(|first| first < 40 * 4 + 16);
        same(
            "a tenant's first effect is among the first of all",
            &true,
            &early,
            CAUSE,
        )?;
    }
    Ok(())
}

/// S5: what one worker has, no other gets; nobody gets more than asked for.
pub(super) async fn exclusive(stage: Stage) -> Checked {
    stage.commit(Changes::arrive(vec![arrival(1..=5)])).await?;
    let second = stage.second().await;
    let none = stage.claim(0, 0).await?;
    same(
        "entries for who asks for none",
        &0,
        &none.len(),
        "a limit of 0 is taken for no limit",
    )?;
    let first = stage.claim(0, 2).await?;
    let rest = done(
        "claiming as another worker",
        second.claim_inbox(claim(1, 100)).await,
    )?;
    same(
        "how many each worker got",
        &(2, 3),
        &(first.len(), rest.len()),
        TWICE,
    )?;
    let all: BTreeSet<u64> = seqs(&first).into_iter().chain(seqs(&rest)).collect();
    same("different entries", &5, &all.len(), TWICE)?;
    let nothing = stage.claim(2, 100).await?;
    same("entries left", &0, &nothing.len(), TWICE)?;
    // What arrives later is free, whatever is claimed before it.
    stage.commit(Changes::arrive(vec![arrival([6])])).await?;
    same(
        "entries that came later",
        &1,
        &stage.claim(3, 100).await?.len(),
        TWICE,
    )
}

/// S5: eight workers at once, on two connections, get each entry once.
pub(super) async fn many_workers(stage: Stage) -> Checked {
    stage
        .commit(Changes::arrive(vec![arrival(1..=100)]))
        .await?;
    let second = stage.second().await;
    let mut workers = Vec::new();
    for worker in 0..8 {
        let store = Arc::clone(if worker % 2 == 0 {
            &stage.store
        } else {
            &second
        });
        workers.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = done("claiming", store.claim_inbox(claim(0, 7)).await)?;
                if claimed.is_empty() {
                    return Ok::<_, crate::case::Stop>(mine);
                }
                mine.extend(seqs(&claimed));
                ends("claiming", 100, mine.len())?;
            }
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        match worker.await {
            Ok(mine) => all.extend(mine?),
            Err(error) => return fault("workers end", error.to_string(), "the store panicked"),
        }
    }
    let different: BTreeSet<u64> = all.iter().copied().collect();
    same(
        "entries given, and different ones",
        &(100, 100),
        &(all.len(), different.len()),
        TWICE,
    )
}

/// S5: who does not finish in time loses what was claimed, not a moment earlier.
pub(super) async fn lease_ends(stage: Stage) -> Checked {
    const CAUSE: &str = "the end of the lease is not compared with the time of the claim";
    stage.commit(Changes::arrive(vec![arrival(1..=4)])).await?;
    let early = seqs(&stage.claim(0, 2).await?);
    let late = seqs(&stage.claim(30, 2).await?);
    same(
        "before any lease ends",
        &Vec::new(),
        &seqs(&stage.claim(59, 10).await?),
        CAUSE,
    )?;
    let mut changes = Changes::default();
    changes.processed.extend(early.first());
    stage.commit(changes).await?;
    let again = seqs(&stage.claim(60, 10).await?);
    same(
        "when the first lease ends: what is left of it",
        &early[1..].to_vec(),
        &again,
        CAUSE,
    )?;
    let again = seqs(&stage.claim(90, 10).await?);
    same("when the second lease ends", &late, &again, CAUSE)?;
    let rest = [&early[1..], &late[..]].concat();
    let again = seqs(&stage.claim(1000, 10).await?);
    same("when all have ended", &rest, &again, CAUSE)?;
    // Who finishes late is in time as long as nobody else finished.
    let mut changes = Changes::default();
    changes.processed.extend(rest);
    stage.commit(changes).await?;
    same(
        "entries waiting",
        &0,
        &done("backlog", stage.tenant.backlog().await)?,
        CAUSE,
    )
}

/// S5: what was processed is gone, what was kept can be read; numbers never come again.
pub(super) async fn done_with(stage: Stage) -> Checked {
    const CAUSE: &str = "processed entries are not taken out, or their numbers are given again";
    stage.commit(Changes::arrive(vec![arrival(1..=5)])).await?;
    let all = seqs(&stage.claim(0, 10).await?);
    let mut changes = Changes::default();
    changes.processed.extend([all[0], all[2], all[4]]);
    changes.kept.extend([all[1], all[3]]);
    same(
        "entries waiting",
        &5,
        &done("backlog", stage.tenant.backlog().await)?,
        CAUSE,
    )?;
    stage.commit(changes).await?;
    same(
        "entries waiting",
        &0,
        &done("backlog", stage.tenant.backlog().await)?,
        CAUSE,
    )?;
    let stage = stage.reopen().await;
    same(
        "entries given again",
        &0,
        &stage.claim(1000, 10).await?.len(),
        CAUSE,
    )?;
    let first = done("kept", stage.tenant.kept(0, 1).await)?;
    let rest = done("kept", stage.tenant.kept(all[1], 10).await)?;
    let kept: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|entry| (entry.seq, entry.event.clone()))
        .collect();
    let cause = "kept events are lost, or their pages do not go on after a number";
    same(
        "kept events",
        &vec![(all[1], event(2)), (all[3], event(4))],
        &kept,
        cause,
    )?;
    let after = done("kept", stage.tenant.kept(all[3], 10).await)?;
    same("kept events after the last", &0, &after.len(), cause)?;
    stage.commit(Changes::arrive(vec![arrival([6])])).await?;
    let next = seqs(&stage.claim(1000, 10).await?);
    same(
        "a number above all before",
        &true,
        &next.iter().all(|seq| *seq > all[4]),
        CAUSE,
    )
}
