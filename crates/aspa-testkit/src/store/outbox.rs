use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aspa_channel::EffectName;
use aspa_store::{
    Attempt, Changes, ClaimedEffect, OutboxQuery, OutboxRow, OutboxState, Outcome, Pause,
    PauseScope, Versioned, Wanted,
};
use aspa_types::TenantId;

use super::claims::fair;
use super::rows::{at, effect, effect_in, name, waking};
use super::stage::{Stage, claim, conflicts, done, ends, same};
use crate::case::{Checked, fault};

const LANE: &str =
    "the claim does not look for earlier effects of the conversation that hold the lane";

fn queue(rows: impl IntoIterator<Item = OutboxRow>) -> Changes {
    let mut changes = Changes::default();
    changes.outbox.extend(rows.into_iter().map(Versioned::new));
    changes
}

fn keys(claimed: &[ClaimedEffect]) -> Vec<String> {
    claimed
        .iter()
        .map(|c| c.row.value.effect.key.to_string())
        .collect()
}

fn words(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// Ends a claimed effect in a state.
async fn end(stage: &Stage, claimed: &ClaimedEffect, state: OutboxState) -> Checked {
    let mut row = claimed.row.clone();
    row.value.state = state;
    row.value.next_at = at(0);
    let mut changes = Changes::default();
    let attempt = claimed.attempt.clone().finished(at(9), Outcome::Absent);
    changes
        .attempts
        .push((row.value.effect.key.clone(), attempt));
    changes.outbox.push(row);
    stage.commit(changes).await.map(drop)
}

/// S6: later effects of a conversation wait; those of another one do not.
pub(super) async fn one_at_a_time(stage: Stage) -> Checked {
    let rows = [
        effect("z", "one"),
        effect("y", "one"),
        effect("x", "two"),
        effect("w", "one"),
    ];
    stage.commit(queue(rows)).await?;
    let first = stage.claim_effects(0, 10).await?;
    same(
        "the first of each conversation",
        &words(&["z", "x"]),
        &keys(&first),
        LANE,
    )?;
    same(
        "while they run",
        &words(&[]),
        &keys(&stage.claim_effects(1, 10).await?),
        LANE,
    )?;
    end(&stage, &first[0], OutboxState::Accepted).await?;
    let second = stage.claim_effects(2, 10).await?;
    same(
        "when the first is done",
        &words(&["y"]),
        &keys(&second),
        LANE,
    )?;
    // A late one of a conversation stands behind all before it.
    stage.commit(queue([effect("v", "one")])).await?;
    end(&stage, &second[0], OutboxState::FailedRetryable).await?;
    let again = stage.claim_effects(3, 10).await?;
    same(
        "one that is to be tried again comes first",
        &words(&["y"]),
        &keys(&again),
        LANE,
    )?;
    end(&stage, &again[0], OutboxState::Uncertain).await?;
    same(
        "behind an uncertain one",
        &words(&[]),
        &keys(&stage.claim_effects(4, 10).await?),
        LANE,
    )
}

/// S6: for each state of an earlier effect, whether the one behind it is given.
pub(super) async fn holds(stage: Stage) -> Checked {
    let states = OutboxState::KNOWN
        .iter()
        .copied()
        .chain(["paused_by_a_later_version"]);
    for (number, word) in states.enumerate() {
        let state = OutboxState::from(word);
        let holds = state.holds_lane();
        let lane = format!("lane-{number}");
        let behind = format!("behind-{number}");
        // Not due before the end of this case.
        let ahead = effect_in(state, &format!("ahead-{number}"), &lane, 10_000);
        stage.commit(queue([ahead, effect(&behind, &lane)])).await?;
        let came = keys(&stage.claim_effects(0, 10).await?);
        let expected = if holds { Vec::new() } else { vec![behind] };
        same(
            &format!("behind one that is {word}"),
            &expected,
            &came,
            LANE,
        )?;
    }
    Ok(())
}

/// S6: for each state, whether the effect itself is given once its time has come.
pub(super) async fn ready(stage: Stage) -> Checked {
    const CAUSE: &str = "the claim goes by another list of states than `OutboxState::is_ready`";
    for (number, word) in OutboxState::KNOWN.iter().enumerate() {
        let state = OutboxState::from(*word);
        let key = format!("e-{number}");
        let expected = if state.is_ready() {
            vec![key.clone()]
        } else {
            Vec::new()
        };
        let row = effect_in(state, &key, &format!("lane-{number}"), 0);
        stage.commit(queue([row])).await?;
        let came = keys(&stage.claim_effects(0, 10).await?);
        same(&format!("one that is {word}"), &expected, &came, CAUSE)?;
    }
    Ok(())
}

/// S6: what a pause covers is not claimed, holds its lane and wakes nobody; it survives, is a tenant's
/// own, and ends.
pub(super) async fn pauses(stage: Stage) -> Checked {
    const CAUSE: &str =
        "the claim does not look for a pause of everything, of the account, of the kind or of both";
    let mark_read = EffectName::MarkRead;
    let scopes = [
        (PauseScope::everything(), true),
        (PauseScope::account(name("shop")), true),
        (PauseScope::account(name("other-shop")), false),
        (PauseScope::everything().only(mark_read.clone()), true),
        (PauseScope::everything().only(EffectName::Hide), false),
        (
            PauseScope::account(name("shop")).only(mark_read.clone()),
            true,
        ),
        (
            PauseScope::account(name("other-shop")).only(mark_read),
            false,
        ),
    ];
    stage.commit(queue([effect("a", "one")])).await?;
    let mut stage = stage;
    for (number, (scope, covers)) in scopes.into_iter().enumerate() {
        let mut changes = Changes::default();
        let mut pause = Pause::new(scope.clone(), at(1));
        pause.by = Some(name("maija"));
        pause.reason = Some("Kriisi \"9\"".to_owned());
        changes.pauses.push(Pause::new(scope.clone(), at(0)));
        changes.pauses.push(pause.clone());
        stage.commit(changes).await?;
        stage = stage.reopen().await;
        let held = done("pauses", stage.tenant.pauses().await)?;
        same(
            "the pauses that hold",
            &vec![pause],
            &held,
            "a pause is lost or changed",
        )?;
        let others = done("pauses", stage.other.pauses().await)?;
        same(
            "another tenant's pauses",
            &Vec::new(),
            &others,
            "pauses of tenants are mixed",
        )?;
        let what = format!("under {scope:?}");
        let woken = done("next wake-up", stage.store.next_wakeup().await)?;
        same(
            &what,
            &covers,
            &woken.is_none(),
            "what is paused wakes workers",
        )?;
        let second = number * 100;
        let claimed = stage
            .claim_effects(i64::try_from(second).unwrap_or(0), 10)
            .await?;
        same(&what, &covers, &claimed.is_empty(), CAUSE)?;
        for claimed in &claimed {
            end(&stage, claimed, OutboxState::FailedRetryable).await?;
        }
        let mut changes = Changes::default();
        changes.resumed.push(scope);
        stage.commit(changes).await?;
    }
    let key = format!("of-{}", "other");
    done(
        "a commit",
        stage.other.commit(queue([effect(&key, "one")])).await,
    )?;
    let mut changes = Changes::default();
    changes
        .pauses
        .push(Pause::new(PauseScope::everything(), at(0)));
    stage.commit(changes).await?;
    let free = keys(&stage.claim_effects(2_000, 10).await?);
    same(
        "while only one tenant pauses",
        &vec![key],
        &free,
        "a pause holds other tenants",
    )?;
    let mut changes = Changes::default();
    changes.resumed.push(PauseScope::everything());
    stage.commit(changes).await?;
    let free = keys(&stage.claim_effects(2_001, 10).await?);
    same(
        "after it ended",
        &words(&["a"]),
        &free,
        "a pause does not end",
    )
}

/// S6: what a person has not decided in time is told, soonest first, and wakes who sleeps.
pub(super) async fn lapsed(stage: Stage) -> Checked {
    const CAUSE: &str = "lapsed effects are found by other states than `OutboxState::awaits_person`, or not by `next_at`";
    let rows = [
        effect_in(OutboxState::Blocked, "a", "one", 30),
        effect_in(OutboxState::AwaitingApproval, "b", "two", 20),
        effect_in(OutboxState::Uncertain, "c", "three", 5),
        effect_in(OutboxState::FailedFinal, "d", "four", 5),
        effect_in(OutboxState::AwaitingApproval, "e", "five", 40),
    ];
    stage.commit(queue(rows)).await?;
    let other = effect_in(OutboxState::Blocked, "a", "one", 25);
    done("a commit", stage.other.commit(queue([other])).await)?;
    let lapsed = async |seconds: i64, limit: usize| {
        let lapsed = done(
            "lapsed effects",
            stage.store.lapsed_effects(at(seconds), limit).await,
        )?;
        let told = |(tenant, row): &(TenantId, Versioned<OutboxRow>)| {
            format!("{} of {tenant} v{}", row.value.effect.key, row.version)
        };
        Ok::<_, crate::case::Stop>(lapsed.iter().map(told).collect::<Vec<_>>())
    };
    let here = TenantId::default();
    let (b, other, a) = (
        format!("b of {here} v1"),
        "a of other v1".to_owned(),
        format!("a of {here} v1"),
    );
    same(
        "before the first",
        &Vec::new(),
        &lapsed(19, 10).await?,
        CAUSE,
    )?;
    same(
        "at the first",
        &vec![b.clone()],
        &lapsed(20, 10).await?,
        CAUSE,
    )?;
    same(
        "for who asks for two",
        &vec![b.clone(), other.clone()],
        &lapsed(35, 2).await?,
        CAUSE,
    )?;
    same(
        "all that are due",
        &vec![b, other, a],
        &lapsed(35, 10).await?,
        CAUSE,
    )?;
    let next = done("next wake-up", stage.store.next_wakeup().await)?;
    same(
        "when to wake up",
        &Some(at(20)),
        &next,
        "nobody wakes when a person's time is over",
    )
}

/// S8: effects are listed as they were queued, by each condition and in pages, and loaded by key.
pub(super) async fn listed(stage: Stage) -> Checked {
    const CAUSE: &str =
        "a condition is left out, or effects come by key or state instead of as they were queued";
    let mut of_other_account = effect_in(OutboxState::Blocked, "x", "one", 0);
    of_other_account.effect.conversation =
        super::rows::read(serde_json::json!({"account": "branch", "id": "one"}));
    let rows = [
        effect("z", "one"),
        effect_in(OutboxState::Blocked, "y", "two", 0),
        of_other_account,
        effect_in(OutboxState::AwaitingApproval, "w", "one", 0),
        effect_in(OutboxState::from("of_a_later_version"), "v", "one", 0),
    ];
    stage.commit(queue(rows)).await?;
    done(
        "a commit",
        stage.other.commit(queue([effect("u", "one")])).await,
    )?;
    let list = async |query: OutboxQuery| {
        let rows = done("outbox", stage.tenant.outbox(&query).await)?;
        let keys = rows.iter().map(|row| row.value.effect.key.to_string());
        Ok::<_, crate::case::Stop>(keys.collect::<Vec<_>>())
    };
    same(
        "all",
        &words(&["z", "y", "x", "w", "v"]),
        &list(OutboxQuery::default()).await?,
        CAUSE,
    )?;
    let undecided = OutboxQuery::undecided();
    same(
        "undecided",
        &words(&["y", "x", "w"]),
        &list(undecided.clone()).await?,
        CAUSE,
    )?;
    let unknown = OutboxQuery::of([OutboxState::from("of_a_later_version")]);
    same(
        "of a later version",
        &words(&["v"]),
        &list(unknown).await?,
        CAUSE,
    )?;
    let mut query = undecided;
    query.account = Some(name("shop"));
    same(
        "of one account",
        &words(&["y", "w"]),
        &list(query.clone()).await?,
        CAUSE,
    )?;
    query.conversation = Some(super::rows::conversation("one"));
    same(
        "of one conversation",
        &words(&["w"]),
        &list(query).await?,
        CAUSE,
    )?;
    let mut paged = OutboxQuery::default();
    paged.limit = 2;
    let mut all = Vec::new();
    loop {
        let page = list(paged.clone()).await?;
        let Some(last) = page.last() else { break };
        paged.after = Some(name(last));
        all.extend(page);
        ends("reading pages of effects", 5, all.len())?;
    }
    same(
        "in pages of two",
        &words(&["z", "y", "x", "w", "v"]),
        &all,
        CAUSE,
    )?;
    paged.after = Some(name("u"));
    if let Ok(rows) = stage.tenant.outbox(&paged).await {
        return fault(
            "after an effect that is not there: invalid",
            format!("{rows:?}"),
            CAUSE,
        );
    }
    let mut wanted = Wanted::default();
    wanted.effects.extend([name("y"), name("u")]);
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let row = effect_in(OutboxState::Blocked, "y", "two", 0);
    let expected = HashMap::from([(
        name("y"),
        Versioned {
            value: row,
            version: 1,
        },
    )]);
    same(
        "effects loaded by key",
        &expected,
        &loaded.effects,
        "effects are not loaded, or another tenant's",
    )
}

/// S6: an effect that holds up others stays in its conversation; at its end it may get another.
pub(super) async fn renamed(stage: Stage) -> Checked {
    const CAUSE: &str = "an effect that holds its lane left it, or one at its end could not";
    stage
        .commit(queue([effect("a", "one"), effect("b", "one")]))
        .await?;
    let moved = |row: &Versioned<OutboxRow>, state: OutboxState| {
        let mut row = row.clone();
        row.value.state = state;
        row.value.effect.conversation = effect("a", "two").effect.conversation;
        let mut changes = Changes::default();
        changes.outbox.push(row);
        changes
    };
    let read = async |key: &str| {
        let mut wanted = Wanted::default();
        wanted.effects.insert(name(key));
        let loaded = done("a load", stage.tenant.load(&wanted).await)?;
        let row = loaded.effects.into_values().next();
        match row {
            Some(row) => Ok(row),
            None => fault("an effect", "none", CAUSE),
        }
    };
    let first = read("a").await?;
    for state in [OutboxState::Queued, OutboxState::Cancelled] {
        let what = "moving one that holds its lane";
        conflicts(what, stage.tenant.commit(moved(&first, state)).await)?;
    }
    let mut ended = first.clone();
    ended.value.state = OutboxState::Cancelled;
    let mut changes = Changes::default();
    changes.outbox.push(ended);
    stage.commit(changes).await?;
    let ended = read("a").await?;
    let what = "moving one into a lane that it would hold";
    let back = moved(&ended, OutboxState::Queued);
    conflicts(what, stage.tenant.commit(back).await)?;
    stage.commit(moved(&ended, OutboxState::Cancelled)).await?;
    for (lane, there) in [("one", "b"), ("two", "a")] {
        let mut query = OutboxQuery::default();
        query.conversation = Some(effect("a", lane).effect.conversation);
        let rows = done("a list", stage.tenant.outbox(&query).await)?;
        let keys: Vec<String> = rows
            .iter()
            .map(|r| r.value.effect.key.to_string())
            .collect();
        same(&format!("lane {lane}"), &words(&[there]), &keys, CAUSE)?;
    }
    same(
        "what comes after it",
        &words(&["b"]),
        &keys(&stage.claim_effects(0, 10).await?),
        CAUSE,
    )
}

/// S6: equal conversations of two tenants are two lanes.
pub(super) async fn lanes_of_tenants(stage: Stage) -> Checked {
    stage
        .commit(queue([effect_in(OutboxState::Uncertain, "a", "one", 0)]))
        .await?;
    done(
        "a commit",
        stage.other.commit(queue([effect("b", "one")])).await,
    )?;
    same(
        "another tenant's lane",
        &words(&["b"]),
        &keys(&stage.claim_effects(0, 10).await?),
        LANE,
    )
}

/// S6: before a claim returns, the try is counted and written down.
pub(super) async fn counts_try(stage: Stage) -> Checked {
    const CAUSE: &str = "a claim writes less than state, lease, count, version and the try";
    stage.commit(queue([effect("a", "one")])).await?;
    let claimed = stage.claim_effects(5, 10).await?;
    let [first] = &claimed[..] else {
        return fault("one effect", format!("{claimed:?}"), LANE);
    };
    let mut expected = effect_in(OutboxState::Sending, "a", "one", 65);
    expected.attempts = 1;
    let expected = Versioned {
        value: expected,
        version: 2,
    };
    let attempt = Attempt::started(1, at(5));
    same("the row as claimed", &expected, &first.row, CAUSE)?;
    same(
        "the try as claimed",
        &(&attempt, false),
        &(&first.attempt, first.interrupted),
        CAUSE,
    )?;
    let stage = stage.reopen().await;
    let stored = done("effect", stage.tenant.effect(&name("a")).await)?;
    same(
        "what is stored",
        &Some((expected.clone(), vec![attempt.clone()])),
        &stored,
        CAUSE,
    )?;
    let mut changes = Changes::default();
    changes.outbox.push(expected);
    stage.commit(changes).await.map(drop)
}

/// S6: an effect whose lease ended may have happened: it is given again and says so.
pub(super) async fn interrupted(stage: Stage) -> Checked {
    const CAUSE: &str =
        "an effect whose lease ended is lost, given as if nothing had been, or given too early";
    stage
        .commit(queue([effect("a", "one"), effect("b", "one")]))
        .await?;
    stage.claim_effects(0, 10).await?;
    same(
        "before the lease ends",
        &words(&[]),
        &keys(&stage.claim_effects(59, 10).await?),
        CAUSE,
    )?;
    let again = stage.claim_effects(60, 10).await?;
    let told = |c: &ClaimedEffect| {
        (
            c.row.value.effect.key.to_string(),
            c.attempt.number,
            c.interrupted,
        )
    };
    let came: Vec<_> = again.iter().map(told).collect();
    same(
        "when it ends",
        &vec![("a".to_owned(), 2, true)],
        &came,
        CAUSE,
    )?;
    let tries = done("effect", stage.tenant.effect(&name("a")).await)?.map(|(_, tries)| tries);
    let expected = vec![Attempt::started(1, at(0)), Attempt::started(2, at(60))];
    same("its tries", &Some(expected), &tries, CAUSE)?;
    end(&stage, &again[0], OutboxState::FailedRetryable).await?;
    let third = stage.claim_effects(70, 10).await?;
    let came: Vec<_> = third.iter().map(told).collect();
    same(
        "after a failure that was written down",
        &vec![("a".to_owned(), 3, false)],
        &came,
        CAUSE,
    )
}

/// S6: of a tenant's effects, across conversations, what is due first is given first, and what was
/// queued first where both are; not before its time.
pub(super) async fn in_order(stage: Stage) -> Checked {
    const CAUSE: &str =
        "effects are given by key instead of time and the order in which they were queued";
    stage
        .commit(queue([
            effect("d", "1"),
            effect_in(OutboxState::Queued, "c", "2", 50),
        ]))
        .await?;
    done(
        "a commit",
        stage.other.commit(queue([effect("b", "3")])).await,
    )?;
    stage
        .commit(queue([effect("a", "4"), effect("e", "5")]))
        .await?;
    same(
        "for who asks for none",
        &words(&[]),
        &keys(&stage.claim_effects(0, 0).await?),
        CAUSE,
    )?;
    let mut came = stage.claim_effects(0, 2).await?;
    came.extend(stage.claim_effects(0, 2).await?);
    let of = |ours: bool| {
        let own = came
            .iter()
            .filter(|c| (c.tenant == TenantId::default()) == ours);
        keys(&own.cloned().collect::<Vec<_>>())
    };
    same(
        "of the one tenant",
        &words(&["d", "a", "e"]),
        &of(true),
        CAUSE,
    )?;
    same("of the other", &words(&["b"]), &of(false), CAUSE)?;
    stage.commit(queue([effect("f", "6")])).await?;
    same(
        "at its time",
        &words(&["c", "f"]),
        &keys(&stage.claim_effects(50, 9).await?),
        CAUSE,
    )
}

/// S6: a tenant's effect does not wait for all of another's.
pub(super) async fn turns(stage: Stage) -> Checked {
    let rows = (0..1_000).map(|n| effect(&format!("e-{n}"), &format!("lane-{n}")));
    stage.commit(queue(rows)).await?;
    let late = effect_in(OutboxState::Queued, "late", "one", 20);
    done("a commit", stage.other.commit(queue([late])).await)?;
    fair(async || {
        let came = stage.claim_effects(30, 16).await?;
        Ok(came.into_iter().map(|effect| effect.tenant).collect())
    })
    .await
}

/// An effect as the case below knows it.
struct Known {
    row: Versioned<OutboxRow>,
    place: usize,
}

/// S6: whatever is written, paused and resumed in whatever order, a claim gives the first of each
/// conversation that holds it, where that is ready, due and not paused.
pub(super) async fn follows_rows(stage: Stage) -> Checked {
    const CAUSE: &str =
        "what can be claimed is kept beside the rows, and was not kept up when one was written";
    // Numbers that look random and are the same each time.
    let mut seed = 7_u64;
    let mut draw = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or_default() % below
    };
    let scopes = [
        PauseScope::everything(),
        PauseScope::account(name("shop")),
        PauseScope::account(name("branch")),
        PauseScope::everything().only(EffectName::MarkRead),
    ];
    let (mut known, mut paused) = (Vec::<Known>::new(), BTreeSet::<PauseScope>::new());
    for round in 0..400_i64 {
        let mut changes = Changes::default();
        match draw(8) {
            0 | 1 => {
                for _ in 0..=draw(3) {
                    let place = known.len();
                    let account = ["shop", "shop", "branch"][draw(3)];
                    let state =
                        OutboxState::from(OutboxState::KNOWN[draw(OutboxState::KNOWN.len())]);
                    let due = round + i64::try_from(draw(5)).unwrap_or(0) - 2;
                    let mut row = effect_in(state, &format!("e-{place}"), "one", due);
                    row.effect.conversation = super::rows::read(
                        serde_json::json!({"account": account, "id": format!("lane-{}", draw(3))}),
                    );
                    if draw(3) == 0 {
                        let wave = serde_json::json!({"type": "wave"});
                        row.effect.kind = aspa_channel::EffectKind::Unknown(wave);
                    }
                    let row = Versioned::new(row);
                    changes.outbox.push(row.clone());
                    known.push(Known { row, place });
                }
            }
            2..=5 if !known.is_empty() => {
                let mut chosen = BTreeSet::new();
                chosen.extend((0..=draw(3)).map(|_| draw(known.len())));
                for place in chosen {
                    let row = &mut known[place].row;
                    let state = OutboxState::KNOWN[draw(OutboxState::KNOWN.len())];
                    row.value.state = OutboxState::from(state);
                    row.value.next_at = at(round + i64::try_from(draw(5)).unwrap_or(0) - 2);
                    changes.outbox.push(row.clone());
                }
            }
            6 => {
                let scope = scopes[draw(scopes.len())].clone();
                changes.pauses.push(Pause::new(scope.clone(), at(round)));
                paused.insert(scope);
            }
            _ => {
                changes.resumed.extend(paused.pop_first());
            }
        }
        let written: Vec<_> = changes
            .outbox
            .iter()
            .map(|row| row.value.effect.key.clone())
            .collect();
        stage.commit(changes).await?;
        for known in &mut known {
            known.row.version += u64::from(written.contains(&known.row.value.effect.key));
        }
        let mut lanes = BTreeMap::new();
        for known in &known {
            if known.row.value.state.holds_lane() {
                lanes
                    .entry(&known.row.value.effect.conversation)
                    .or_insert(known);
            }
        }
        let free = |known: &&Known| {
            let row = &known.row.value;
            let held = paused.iter().any(|scope| scope.covers(&row.effect));
            row.state.is_ready() && !held
        };
        let open: Vec<&Known> = lanes.into_values().filter(free).collect();
        let next = done("next wake-up", stage.store.next_wakeup().await)?;
        let people = known
            .iter()
            .filter(|known| known.row.value.state.awaits_person());
        let times = open
            .iter()
            .copied()
            .chain(people)
            .map(|known| known.row.value.next_at);
        same(
            &format!("when to wake in round {round}"),
            &times.min(),
            &next,
            CAUSE,
        )?;
        let mut due: Vec<&Known> = open;
        due.retain(|known| known.row.value.next_at <= at(round));
        due.sort_by_key(|known| known.place);
        let expected: Vec<String> = due
            .iter()
            .map(|known| known.row.value.effect.key.to_string())
            .collect();
        let came = stage.claim_effects(round, 100).await?;
        same(
            &format!("what is claimed in round {round}"),
            &expected,
            &keys(&came),
            CAUSE,
        )?;
        for claimed in came {
            let place = known
                .iter()
                .position(|known| known.row.value.effect.key == claimed.row.value.effect.key);
            if let Some(known) = place.and_then(|place| known.get_mut(place)) {
                known.row = claimed.row;
            }
        }
    }
    Ok(())
}

/// S6: eight workers at once, on two connections, get each effect once and no lane twice.
pub(super) async fn many_workers(stage: Stage) -> Checked {
    let rows = (0..60).map(|n| effect(&format!("e-{n}"), &format!("lane-{}", n % 40)));
    stage.commit(queue(rows)).await?;
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
                let claimed = done("claiming", store.claim_outbox(claim(0, 3)).await)?;
                if claimed.is_empty() {
                    return Ok::<_, crate::case::Stop>(mine);
                }
                mine.extend(
                    claimed
                        .iter()
                        .map(|c| c.row.value.effect.conversation.id.to_string()),
                );
                ends("claiming", 40, mine.len())?;
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
    let lanes: BTreeSet<&String> = all.iter().collect();
    let cause = "two workers read before either wrote";
    same(
        "effects given, and their lanes",
        &(40, 40),
        &(all.len(), lanes.len()),
        cause,
    )
}

/// S6: a try that is written again replaces what was known of it; they come first to last.
pub(super) async fn attempts(stage: Stage) -> Checked {
    stage.commit(queue([effect("a", "one")])).await?;
    for number in [2, 10, 1] {
        let mut changes = Changes::default();
        changes
            .attempts
            .push((name("a"), Attempt::started(number, at(i64::from(number)))));
        stage.commit(changes).await?;
    }
    let ended = Attempt::started(2, at(2)).finished(at(3), Outcome::Absent);
    let mut changes = Changes::default();
    changes.attempts.push((name("a"), ended.clone()));
    stage.commit(changes).await?;
    let tries = done("effect", stage.tenant.effect(&name("a")).await)?.map(|(_, tries)| tries);
    let expected = vec![
        Attempt::started(1, at(1)),
        ended,
        Attempt::started(10, at(10)),
    ];
    let cause = "tries are sorted as text, appended instead of replaced, or lost";
    same("the tries", &Some(expected), &tries, cause)?;
    let unknown = done(
        "an effect that is not there",
        stage.tenant.effect(&name("b")).await,
    )?;
    same("an effect that is not there", &None, &unknown, cause)
}

/// S6: who waits for the next turn is not woken for what cannot be performed.
pub(super) async fn wake_up(stage: Stage) -> Checked {
    const CAUSE: &str = "effects behind others, uncertain ones or finished ones count, so that a worker never sleeps";
    let next = async |stage: &Stage| done("next wake-up", stage.store.next_wakeup().await);
    same("with nothing to do", &None, &next(&stage).await?, CAUSE)?;
    let rows = [
        effect_in(OutboxState::Uncertain, "a", "one", 5),
        effect_in(OutboxState::Queued, "b", "one", 10),
        effect_in(OutboxState::Accepted, "c", "two", 15),
        effect_in(OutboxState::Queued, "d", "two", 40),
        effect_in(OutboxState::Queued, "e", "two", 20),
    ];
    stage.commit(queue(rows)).await?;
    same(
        "the effect whose turn it is",
        &Some(at(40)),
        &next(&stage).await?,
        CAUSE,
    )?;
    let claimed = stage.claim_effects(40, 10).await?;
    same(
        "the end of its lease",
        &Some(at(100)),
        &next(&stage).await?,
        CAUSE,
    )?;
    end(&stage, &claimed[0], OutboxState::Accepted).await?;
    same(
        "the one behind it",
        &Some(at(20)),
        &next(&stage).await?,
        CAUSE,
    )?;
    let mut changes = Changes::default();
    changes
        .tickets
        .push(Versioned::new(waking("t-1", &[(12, "snooze")])));
    stage.commit(changes).await?;
    same(
        "a timer before that",
        &Some(at(12)),
        &next(&stage).await?,
        CAUSE,
    )
}
