use aspa_store::{Arrival, Changes, InboxEntry, OutboxState, RawDelivery, Versioned, Vitals};
use aspa_types::DeliveryId;

use super::rows::{arrival, at, delivery, effect_in, event, name, waking};
use super::stage::{Stage, claim, conflicts, done, ends, same};
use crate::case::Checked;

fn seqs(entries: &[InboxEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// S5: what a worker gives back another gets at once, and nothing that somebody else has.
pub(super) async fn given_back(stage: Stage) -> Checked {
    const CAUSE: &str = "the lease stays, or goes without being compared with its own end";
    stage.commit(Changes::arrive(vec![arrival(1..=6)])).await?;
    let second = stage.second().await;
    let mine = stage.claim(0, 3).await?;
    let theirs = done("claiming", second.claim_inbox(claim(1, 2)).await)?;
    let mut changes = Changes::default();
    changes
        .processed
        .extend(mine.first().map(|entry| entry.seq));
    stage.commit(changes).await?;
    let left = mine.get(1..).unwrap_or_default();
    done(
        "giving back",
        stage.store.release_inbox(claim(0, 3), left).await,
    )?;
    let next = done("claiming", second.claim_inbox(claim(2, 10)).await)?;
    let free = [seqs(left), vec![seqs(&theirs)[1] + 1]].concat();
    same(
        "what was given back, and what was free",
        &free,
        &seqs(&next),
        CAUSE,
    )?;
    // Whoever gives back late gives back nothing that was claimed since.
    done(
        "giving back twice",
        stage.store.release_inbox(claim(0, 3), left).await,
    )?;
    same(
        "entries that nobody has",
        &0,
        &stage.claim(3, 10).await?.len(),
        CAUSE,
    )?;
    done(
        "giving back nothing",
        stage.store.release_inbox(claim(1, 2), &[]).await,
    )?;
    same(
        "entries when the first lease ends",
        &seqs(&theirs),
        &seqs(&stage.claim(61, 10).await?),
        CAUSE,
    )
}

/// S8: what was kept can be decided again, once, by its own tenant, and dropped.
pub(super) async fn reopened(stage: Stage) -> Checked {
    const CAUSE: &str = "a kept entry stays, comes twice, or comes under its old number";
    stage.commit(Changes::arrive(vec![arrival(1..=3)])).await?;
    let all = seqs(&stage.claim(0, 10).await?);
    let mut changes = Changes::default();
    changes.kept.clone_from(&all);
    stage.commit(changes).await?;
    let (mut again, mut gone) = (Changes::default(), Changes::default());
    again.reopened.push(all[0]);
    gone.dropped.push(all[1]);
    for foreign in [&again, &gone] {
        conflicts(
            "another tenant's kept entry",
            stage.other.commit(foreign.clone()).await,
        )?;
    }
    for change in [again, gone] {
        stage.commit(change.clone()).await?;
        conflicts("a kept entry twice", stage.tenant.commit(change).await)?;
    }
    let kept = seqs(&done("kept", stage.tenant.kept(0, 10).await)?);
    same("what is still kept", &vec![all[2]], &kept, CAUSE)?;
    let waiting = done("backlog", stage.tenant.backlog().await)?;
    same("entries waiting", &1, &waiting, CAUSE)?;
    let came = stage.claim(0, 10).await?;
    let events: Vec<_> = came.iter().map(|entry| entry.event.clone()).collect();
    same("events to decide", &vec![event(1)], &events, CAUSE)?;
    let later = came.iter().all(|entry| entry.seq > all[2]);
    same("their numbers are new", &true, &later, CAUSE)?;
    let mut waiting = Changes::default();
    waiting.reopened.push(came[0].seq);
    conflicts("an entry that waits", stage.tenant.commit(waiting).await)
}

/// S8: deliveries are read back whole, by webhook and in pages.
pub(super) async fn deliveries(stage: Stage) -> Checked {
    const CAUSE: &str = "pages do not go on after an id, or mix webhooks or tenants";
    let with = |webhook: &str, id: &str, body: &[u8]| {
        let mut arrival = Arrival::new(at(0), Vec::new());
        arrival.delivery = Some(RawDelivery::new(
            webhook.into(),
            name(id),
            at(1),
            body.to_vec(),
        ));
        arrival
    };
    let all: Vec<Arrival> = (0..7_u8)
        .map(|n| with("hook", &format!("d-{n}"), &[n, 0, 0xff]))
        .chain([with("other-hook", "d-1", b"theirs")])
        .collect();
    stage.commit(Changes::arrive(all.clone())).await?;
    let foreign = with("hook", "d-9", b"foreign");
    done(
        "a commit",
        stage.other.commit(Changes::arrive(vec![foreign])).await,
    )?;
    let mut came: Vec<RawDelivery> = Vec::new();
    loop {
        let after: Option<DeliveryId> = came.last().map(|delivery| delivery.id.clone());
        let page = stage.tenant.deliveries("hook", after.as_ref(), 3).await;
        let page = done("deliveries", page)?;
        if page.is_empty() {
            break;
        }
        same("deliveries in a page", &true, &(page.len() <= 3), CAUSE)?;
        came.extend(page);
        ends("reading deliveries", 7, came.len())?;
    }
    came.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    let bodies = |all: &[RawDelivery]| -> Vec<(String, Vec<u8>)> {
        let one = |d: &RawDelivery| (format!("{d:?}"), d.body.clone());
        all.iter().map(one).collect()
    };
    let sent: Vec<_> = all[..7].iter().filter_map(|a| a.delivery.clone()).collect();
    same("the deliveries", &bodies(&sent), &bodies(&came), CAUSE)?;
    let none = stage.tenant.deliveries("nowhere", None, 10).await;
    same(
        "deliveries of no webhook",
        &0,
        &done("deliveries", none)?.len(),
        CAUSE,
    )
}

/// S4: whether an event came is told, for its tenant, without a trace.
pub(super) async fn known(stage: Stage) -> Checked {
    const CAUSE: &str =
        "the key is made otherwise than when it came, or the answer is in another order";
    let mut arrived = arrival([1, 3]);
    arrived.delivery = Some(delivery("hook", "d-1"));
    stage.commit(Changes::arrive(vec![arrived])).await?;
    let asked = [3, 2, 1, 3].map(event);
    for _ in 0..2 {
        let known = done("known events", stage.tenant.known_events(&asked).await)?;
        same("which came", &vec![true, false, true, true], &known, CAUSE)?;
    }
    let foreign = done("known events", stage.other.known_events(&asked).await)?;
    same(
        "which came to another tenant",
        &vec![false; 4],
        &foreign,
        CAUSE,
    )?;
    let none = done("known events", stage.tenant.known_events(&[]).await)?;
    same("of no events", &0, &none.len(), CAUSE)
}

/// S10: what waits is counted over all tenants, and what has ended is not.
pub(super) async fn vitals(stage: Stage) -> Checked {
    const CAUSE: &str = "a tenant is left out, what has ended counts, or the limit is none";
    let empty = done("vitals", stage.store.vitals(100).await)?;
    let nothing: Vec<(String, u64)> = Vitals::counted().map(|w| (w.to_owned(), 0)).collect();
    let counts = |vitals: &Vitals| -> Vec<(String, u64)> {
        let mut counts: Vec<_> = vitals.effects.clone().into_iter().collect();
        counts.sort();
        counts
    };
    let mut expected = nothing;
    expected.sort();
    same(
        "effects of an empty store",
        &expected,
        &counts(&empty),
        CAUSE,
    )?;
    let times = (
        empty.backlog,
        empty.oldest,
        empty.effect_due,
        empty.timer_due,
    );
    same("what waits in it", &(0, None, None, None), &times, CAUSE)?;

    let mut changes = Changes::arrive(vec![arrival(1..=3)]);
    for (place, word) in OutboxState::KNOWN.iter().enumerate() {
        for twice in 0..2 {
            let key = format!("e-{place}-{twice}");
            let due = 20 + i64::try_from(place).unwrap_or_default();
            let row = effect_in(OutboxState::from(*word), &key, &key, due);
            changes.outbox.push(Versioned::new(row));
        }
    }
    changes.tickets.push(Versioned::new(waking(
        "t-1",
        &[(50, "snooze"), (40, "breach")],
    )));
    stage.commit(changes).await?;
    let mut changes = Changes::arrive(vec![arrival([9])]);
    for arrival in &mut changes.arrivals {
        arrival.received_at = at(5);
    }
    let row = effect_in(OutboxState::FailedRetryable, "sooner", "t-2", 7);
    changes.outbox.push(Versioned::new(row));
    changes
        .tickets
        .push(Versioned::new(waking("t-2", &[(30, "snooze")])));
    done("a commit", stage.other.commit(changes).await)?;
    let mut processed = Changes::default();
    processed
        .processed
        .extend(stage.claim(0, 1).await?.first().map(|entry| entry.seq));
    stage.commit(processed).await?;

    let told = done("vitals", stage.store.vitals(100).await)?;
    for (word, count) in &mut expected {
        *count = if word == "failed_retryable" { 3 } else { 2 };
    }
    same("effects by state", &expected, &counts(&told), CAUSE)?;
    let times = (told.backlog, told.oldest, told.effect_due, told.timer_due);
    let waits = (3, Some(at(0)), Some(at(7)), Some(at(30)));
    same(
        "backlog, oldest, next effect, next timer",
        &waits,
        &times,
        CAUSE,
    )?;
    let few = done("vitals", stage.store.vitals(2).await)?;
    let most = few.effects.values().copied().chain([few.backlog]).max();
    same("the highest count of at most 2", &Some(2), &most, CAUSE)
}
