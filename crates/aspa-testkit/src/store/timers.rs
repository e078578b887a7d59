use aspa_store::{Changes, DueTimer, TicketRow, Timer, Versioned};
use chrono::TimeDelta;

use super::claims::{fair, looking};
use super::rows::{at, ticket, timer, waking};
use super::stage::{Stage, claim, done, same};
use crate::case::Checked;

const STALE: &str = "timers of an earlier row are left, or those of a new one are not written";

fn write(version: u64, row: TicketRow) -> Changes {
    let mut changes = Changes::default();
    changes.tickets.push(Versioned {
        value: row,
        version,
    });
    changes
}

async fn due(stage: &Stage, seconds: i64, limit: usize) -> Checked<Vec<DueTimer>> {
    done(
        "due timers",
        stage.store.claim_timers(looking(seconds, limit)).await,
    )
}

fn timers(due: Vec<DueTimer>) -> Vec<Timer> {
    due.into_iter().map(|due| due.timer).collect()
}

/// S9: only the timers of the row that was written last are given.
pub(super) async fn latest(stage: Stage) -> Checked {
    stage
        .commit(write(0, waking("a", &[(10, "snooze"), (20, "breach")])))
        .await?;
    same(
        "before they are due",
        &Vec::new(),
        &timers(due(&stage, 9, 10).await?),
        STALE,
    )?;
    same(
        "at its time",
        &vec![timer(10, "snooze")],
        &timers(due(&stage, 10, 10).await?),
        STALE,
    )?;
    let both = vec![timer(10, "snooze"), timer(20, "breach")];
    same(
        "they stay due",
        &both,
        &timers(due(&stage, 99, 10).await?),
        STALE,
    )?;
    stage
        .commit(write(1, waking("a", &[(15, "breach")])))
        .await?;
    same(
        "after a new row",
        &vec![timer(15, "breach")],
        &timers(due(&stage, 99, 10).await?),
        STALE,
    )?;
    let stage = stage.reopen().await;
    same(
        "opened again",
        &vec![timer(15, "breach")],
        &timers(due(&stage, 99, 10).await?),
        STALE,
    )?;
    stage.commit(write(2, ticket("a"))).await?;
    same(
        "after a row without timers",
        &Vec::new(),
        &timers(due(&stage, 99, 10).await?),
        STALE,
    )?;
    stage
        .commit(write(3, waking("a", &[(15, "breach")])))
        .await?;
    let mut changes = Changes::default();
    changes.removed.push(Versioned {
        value: ticket("a").ticket.id,
        version: 4,
    });
    stage.commit(changes).await?;
    same(
        "after the ticket was removed",
        &Vec::new(),
        &timers(due(&stage, 99, 10).await?),
        STALE,
    )
}

/// S9: soonest first across tickets, of at most so many tickets, to the nanosecond.
pub(super) async fn soonest(stage: Stage) -> Checked {
    const CAUSE: &str =
        "timers are sorted by ticket, cut before they are sorted, or lose fractions of a second";
    let mut fine = waking("b", &[(20, "z")]);
    let odd = Timer {
        at: at(20) + TimeDelta::nanoseconds(1),
        name: "a".into(),
    };
    fine.timers.insert(0, odd.clone());
    stage
        .commit(write(0, waking("a", &[(50, "x"), (10, "y"), (30, "x")])))
        .await?;
    stage.commit(write(0, fine)).await?;
    let many: Vec<(i64, String)> = (0..9).map(|n| (25, format!("tie-{n}"))).collect();
    let many: Vec<(i64, &str)> = many.iter().map(|(at, name)| (*at, name.as_str())).collect();
    stage.commit(write(0, waking("c", &many))).await?;
    let of_a = [timer(10, "y"), timer(30, "x"), timer(50, "x")];
    let of_b = [timer(20, "z"), odd];
    let of_c: Vec<Timer> = many.iter().map(|(at, name)| timer(*at, name)).collect();
    for (limit, given) in [
        (0, Vec::new()),
        (1, of_a.to_vec()),
        (2, [&of_a[..], &of_b].concat()),
        (3, [&of_a[..], &of_b, &of_c].concat()),
        (100, [&of_a[..], &of_b, &of_c].concat()),
    ] {
        let mut expected = given;
        expected.sort();
        same(
            &format!("of the first {limit} tickets"),
            &expected,
            &timers(due(&stage, 50, limit).await?),
            CAUSE,
        )?;
    }
    same(
        "at that instant",
        &vec![timer(10, "y"), timer(20, "z")],
        &timers(due(&stage, 20, 100).await?),
        CAUSE,
    )
}

/// S9: what one worker has, no other gets, until the lease ends or the ticket is written.
pub(super) async fn exclusive(stage: Stage) -> Checked {
    const CAUSE: &str =
        "a claim of timers does not write its lease, or the lease outlives a new row";
    for id in ["a", "b", "c"] {
        stage.commit(write(0, waking(id, &[(10, id)]))).await?;
    }
    let second = stage.second().await;
    let take = async |seconds: i64, limit: usize| {
        let claimed = stage.store.claim_timers(claim(seconds, limit)).await;
        Ok::<_, crate::case::Stop>(timers(done("claiming timers", claimed)?))
    };
    let mut all = take(10, 2).await?;
    same("for who asks for two", &2, &all.len(), CAUSE)?;
    let rest = done(
        "claiming timers as another worker",
        second.claim_timers(claim(11, 100)).await,
    )?;
    all.extend(timers(rest));
    all.sort();
    let three = vec![timer(10, "a"), timer(10, "b"), timer(10, "c")];
    same("what both got", &three, &all, CAUSE)?;
    same("what is left", &Vec::new(), &take(60, 100).await?, CAUSE)?;
    let next = done("next wake-up", stage.store.next_wakeup().await)?;
    same("when a worker may wake", &Some(at(70)), &next, CAUSE)?;
    stage.commit(write(1, waking("b", &[(12, "b")]))).await?;
    same(
        "of a ticket that was written",
        &vec![timer(12, "b")],
        &take(61, 100).await?,
        CAUSE,
    )?;
    let again = take(121, 100).await?;
    let expected = vec![timer(10, "a"), timer(10, "c"), timer(12, "b")];
    same("when the leases have ended", &expected, &again, CAUSE)
}

/// S9: a tenant's timer does not wait for all of another's.
pub(super) async fn turns(stage: Stage) -> Checked {
    let mut changes = Changes::default();
    for number in 0..1_000 {
        let row = waking(&format!("t-{number}"), &[(number % 10, "x")]);
        changes.tickets.push(Versioned::new(row));
    }
    stage.commit(changes).await?;
    done(
        "a commit",
        stage
            .other
            .commit(write(0, waking("t", &[(20, "x")])))
            .await,
    )?;
    fair(async || {
        let due = stage.store.claim_timers(claim(30, 16)).await;
        let due = done("claiming timers", due)?;
        Ok(due.into_iter().map(|due| due.tenant).collect())
    })
    .await
}

/// S9: the next wake-up is the soonest timer.
pub(super) async fn wake_up(stage: Stage) -> Checked {
    let next = async |stage: &Stage| done("next wake-up", stage.store.next_wakeup().await);
    stage
        .commit(write(0, waking("a", &[(50, "x"), (30, "y")])))
        .await?;
    done(
        "a commit",
        stage
            .other
            .commit(write(0, waking("b", &[(20, "x")])))
            .await,
    )?;
    same(
        "the soonest of all tenants",
        &Some(at(20)),
        &next(&stage).await?,
        STALE,
    )?;
    done("a commit", stage.other.commit(write(1, ticket("b"))).await)?;
    same(
        "when that is gone",
        &Some(at(30)),
        &next(&stage).await?,
        STALE,
    )?;
    stage.commit(write(1, ticket("a"))).await?;
    same("when all are gone", &None, &next(&stage).await?, STALE)
}
