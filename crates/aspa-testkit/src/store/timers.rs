use aspa_store::{Changes, DueTimer, TicketRow, Timer, Versioned};
use chrono::TimeDelta;

use super::rows::{at, ticket, timer, waking};
use super::stage::{Stage, done, same};
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
        stage.store.due_timers(at(seconds), limit).await,
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

/// S9: soonest first across tickets and tenants, at most so many, to the nanosecond.
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
    done(
        "a commit",
        stage.other.commit(write(0, waking("c", &many))).await,
    )?;
    let mut expected = vec![timer(10, "y"), timer(20, "z"), odd];
    expected.extend(many.iter().map(|(at, name)| timer(*at, name)));
    expected.extend([timer(30, "x"), timer(50, "x")]);
    for limit in [0, 1, 2, 3, 4, 5, 13, 14, 100] {
        let first = expected.iter().take(limit).cloned().collect();
        same(
            &format!("the first {limit}"),
            &first,
            &timers(due(&stage, 50, limit).await?),
            CAUSE,
        )?;
    }
    same(
        "at that instant",
        &expected[..2].to_vec(),
        &timers(due(&stage, 20, 100).await?),
        CAUSE,
    )
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
