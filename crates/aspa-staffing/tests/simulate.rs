//! The simulations against the formulas, and what they show beyond them. All seeds are fixed.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use aspa_staffing::deferred::{Duty, Work, least_agents};
use aspa_staffing::simulate::{self, Checked, Run};
use aspa_staffing::{Chat, Demand, ErlangA, ErlangC, Goal, QueueError};
use chrono::{DateTime, TimeDelta};

fn demand(per_hour: f64, handling: i64) -> Demand {
    Demand::new(per_hour, TimeDelta::seconds(handling)).unwrap()
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Each figure within twice its interval: about four standard errors.
#[track_caller]
fn agree(figures: &[Checked]) {
    for figure in figures {
        let off = (figure.formula - figure.simulated.mean).abs();
        assert!(off <= 2.0 * figure.simulated.half_width, "{figure:?}");
    }
}

#[test]
fn erlang_c_agrees() {
    let mut figures = Vec::new();
    for (seed, (per_hour, handling, agents)) in [
        (200.0, 180, 12),
        (200.0, 180, 14),
        (9.0, 360, 2),
        (600.0, 300, 55),
        (40.0, 60, 1),
    ]
    .into_iter()
    .enumerate()
    {
        let team = ErlangC::new(demand(per_hour, handling), agents).unwrap();
        let run = Run::new(300_000, seed as u64).unwrap();
        figures.extend(team.check(seconds(20), run).unwrap());
    }
    assert_eq!(figures.len(), 15);
    agree(&figures);
}

#[test]
fn erlang_a_agrees() {
    let mut figures = Vec::new();
    for (seed, (per_hour, handling, patience, agents)) in [
        (100.0, 180, 120, 5),
        (600.0, 300, 180, 50),
        (600.0, 300, 60, 30), // overloaded
        (10.0, 600, 30, 1),
        (1000.0, 300, 7, 70), // very impatient
        (60.0, 360, 3600, 6), // very patient, at the limit
    ]
    .into_iter()
    .enumerate()
    {
        let demand = demand(per_hour, handling);
        let team = ErlangA::new(demand, seconds(patience), agents).unwrap();
        let run = Run::new(300_000, 100 + seed as u64).unwrap();
        figures.extend(team.check(seconds(20), seconds(5), run).unwrap());
    }
    assert_eq!(figures.len(), 54);
    agree(&figures);
}

/// Of 60 seeds the interval holds the formula's value in about 57, each figure for itself.
#[test]
fn intervals_are_honest() {
    let team = ErlangA::new(demand(100.0, 180), seconds(120), 5).unwrap();
    let mut inside = [0; 9];
    for seed in 0..60 {
        let run = Run::new(30_000, seed).unwrap();
        for (place, figure) in team
            .check(seconds(20), seconds(5), run)
            .unwrap()
            .iter()
            .enumerate()
        {
            inside[place] += u32::from(figure.simulated.contains(figure.formula));
        }
    }
    assert!(
        inside.iter().all(|inside| (51..=60).contains(inside)),
        "{inside:?}"
    );
}

/// The check notices a wrong formula: the figures of one agent more are far outside.
#[test]
fn a_wrong_team_is_noticed() {
    let demand = demand(100.0, 180);
    let run = Run::new(300_000, 1).unwrap();
    let times = (seconds(20), seconds(5));
    let live = simulate::live(demand, Some(seconds(120)), 6, times, run).unwrap();
    let wrong = ErlangA::new(demand, seconds(120), 5).unwrap();
    for (formula, simulated) in [
        (wrong.wait_probability(), live.wait_probability),
        (wrong.abandonment(), live.abandonment),
        (wrong.mean_wait(), live.mean_wait),
    ] {
        assert!((formula - simulated.mean).abs() > 5.0 * simulated.half_width);
    }
}

#[test]
fn a_seed_gives_the_same_for_ever() {
    let team = ErlangC::new(demand(200.0, 180), 12).unwrap();
    let check = |seed| {
        team.check(seconds(20), Run::new(30_000, seed).unwrap())
            .unwrap()
    };
    assert_eq!(check(7), check(7));
    assert_ne!(check(7), check(8));
}

/// Where concurrency does not slow, slots are exact; where it does, they are on the safe side.
#[test]
fn chat_slots_are_on_the_safe_side() {
    let run = Run::new(300_000, 3).unwrap();
    let alone = demand(300.0, 240);
    for patience in [None, Some(seconds(90))] {
        let equal = Chat::new(3, 1.0).unwrap();
        let formula = match patience {
            None => ErlangC::new(alone, 21)
                .unwrap()
                .service_level(seconds(20))
                .unwrap(),
            Some(patience) => {
                let team = ErlangA::new(alone, patience, 18).unwrap();
                team.service_level(Default::default(), seconds(20)).unwrap()
            }
        };
        let agents = if patience.is_none() { 7 } else { 6 };
        let found = simulate::chat(equal, alone, patience, agents, seconds(20), run).unwrap();
        assert!(
            (found.mean - formula).abs() <= 2.0 * found.half_width,
            "{formula} {found:?}"
        );
    }
    let slowed = Chat::new(3, 1.6).unwrap();
    let goal = Goal::new(0.8, seconds(20)).unwrap();
    let agents = slowed.least_agents(alone, None, &goal).unwrap();
    let found = simulate::chat(slowed, alone, None, agents, seconds(20), run).unwrap();
    assert!(found.mean - found.half_width > 0.8, "{found:?}");
    let refused = simulate::chat(slowed, alone, None, 10, seconds(20), run).unwrap_err();
    assert!(
        matches!(refused, QueueError::Unstable { agents: 10, .. }),
        "{refused}"
    );
}

/// Ten messages an hour of six minutes, answered within 24 h, on duty 8-16 every day: the team that
/// the demand bound names keeps the promise but for busy days; one more keeps it; one fewer does not.
#[test]
fn deferred_work_is_done_in_time() {
    let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
    let work: Vec<Work> = (0..28 * 24)
        .map(|h| Work::new(at(h), at(h + 24), 3_600))
        .collect();
    let duty: Vec<Duty> = (0..30)
        .map(|d| Duty::new(at(24 * d + 8), at(24 * d + 16)))
        .collect();
    let need = least_agents(&work, &duty).unwrap();
    assert_eq!(need.agents, 3);
    let share = |agents| {
        simulate::deferred(&work, &duty, agents, TimeDelta::minutes(6), 11)
            .unwrap()
            .mean
    };
    assert!(share(need.agents + 1) > 0.999, "{}", share(need.agents + 1));
    assert!(share(need.agents) > 0.6, "{}", share(need.agents));
    assert!(share(need.agents - 1) < 0.3, "{}", share(need.agents - 1));
    // Idle time of live staff does the work of an agent.
    let lent: Vec<Duty> = duty.iter().map(|duty| duty.with_idle(8 * 3_600)).collect();
    let with_lent = simulate::deferred(&work, &lent, 2, TimeDelta::minutes(6), 11).unwrap();
    assert_eq!(with_lent.mean, share(3));
}

#[test]
fn refusals_name_the_field() {
    let demand = demand(10.0, 3600);
    let run = Run::new(3000, 1).unwrap();
    assert!(Run::new(2999, 1).is_err() && Run::new(u32::MAX, 1).is_err());
    let at = DateTime::UNIX_EPOCH;
    let much = [Work::new(at, at, u64::MAX)];
    let refused = simulate::deferred(&much, &[], 1, seconds(60), 1).unwrap_err();
    assert!(
        matches!(refused, QueueError::OutOfRange { field: "work", .. }),
        "{refused}"
    );
    let times = (seconds(20), seconds(5));
    let refused = simulate::live(demand, None, 10, times, run).unwrap_err();
    assert_eq!(
        refused,
        QueueError::Unstable {
            agents: 10,
            load: 10.0
        }
    );
    assert!(simulate::live(demand, Some(seconds(0)), 10, times, run).is_err());
    assert!(simulate::live(demand, Some(seconds(9)), 10, (seconds(-1), seconds(0)), run).is_err());
    let none = Demand::new(0.0, seconds(60)).unwrap();
    let live = simulate::live(none, None, 1, times, run).unwrap();
    assert_eq!(live.wait_probability.mean, 0.0);
}
