//! Erlang C and A against values of 50 digits, found in other ways (`compare/erlang.py`), against
//! published tables, and against properties that hold for every team.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use aspa_staffing::{Demand, ErlangA, ErlangC, Goal, MOST_AGENTS, QueueError, ServiceLevel};
use chrono::TimeDelta;
use proptest::prelude::*;

fn demand(per_hour: f64, handling: i64) -> Demand {
    Demand::new(per_hour, TimeDelta::seconds(handling)).unwrap()
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Within 1e-9 of the value, relative to it.
#[track_caller]
fn close(found: f64, value: f64, what: &str) {
    assert!(
        (found - value).abs() <= 1e-9 * value.abs(),
        "{what}: {found} is not {value}"
    );
}

fn rows(kind: &str) -> impl Iterator<Item = Vec<f64>> {
    let lines = include_str!("erlang.tsv").lines();
    lines
        .filter_map(move |line| line.strip_prefix(kind)?.strip_prefix('\t'))
        .map(|line| line.split('\t').map(|cell| cell.parse().unwrap()).collect())
}

#[test]
fn erlang_c_to_nine_digits() {
    for row in rows("C") {
        let [per_hour, handling, agents, within, wait, mean, queue, level] = row[..] else {
            panic!()
        };
        let team = ErlangC::new(demand(per_hour, handling as i64), agents as u32).unwrap();
        let what = format!("{per_hour} an hour, {agents} agents");
        close(team.wait_probability(), wait, &what);
        close(team.mean_wait(), mean, &what);
        close(team.queue_length(), queue, &what);
        close(
            team.service_level(seconds(within as i64)).unwrap(),
            level,
            &what,
        );
        close(
            team.occupancy(),
            per_hour * handling / 3600.0 / agents,
            &what,
        );
    }
    assert_eq!(rows("C").count(), 24);
}

#[test]
fn erlang_a_to_nine_digits() {
    for row in rows("A") {
        let [
            per_hour,
            handling,
            patience,
            agents,
            within,
            short,
            ref values @ ..,
        ] = row[..]
        else {
            panic!()
        };
        let demand = demand(per_hour, handling as i64);
        let team = ErlangA::new(demand, seconds(patience as i64), agents as u32).unwrap();
        let short = seconds(short as i64);
        let level = |measure| team.service_level(measure, seconds(within as i64)).unwrap();
        let found = [
            ("wait probability", team.wait_probability()),
            ("abandonment", team.abandonment()),
            ("queue length", team.queue_length()),
            ("mean wait answered", team.mean_wait_answered().unwrap()),
            ("mean wait abandoned", team.mean_wait_abandoned().unwrap()),
            ("of all", level(ServiceLevel::AnsweredOfAll)),
            (
                "without short",
                level(ServiceLevel::AnsweredWithoutShortAbandons { short }),
            ),
            ("virtual", level(ServiceLevel::VirtualWait)),
            ("wait", level(ServiceLevel::Wait)),
        ];
        assert_eq!(values.len(), found.len());
        for ((name, found), value) in found.into_iter().zip(values) {
            close(found, *value, &format!("{name} at {row:?}"));
        }
        close(team.answered(), 1.0 - values[1], "answered");
        close(
            team.mean_wait(),
            values[2] / per_hour * 3600.0,
            "mean wait of all",
        );
        close(
            team.occupancy(),
            per_hour * handling / 3600.0 * (1.0 - values[1]) / agents,
            "occupancy",
        );
    }
    assert_eq!(rows("A").count(), 25);
}

/// Closed forms of small teams (L. Kleinrock, Queueing Systems 1, 1975, sections 3.2 and 3.5).
#[test]
fn small_teams_in_closed_form() {
    for (load, agents, wait) in [
        (0.9, 1, 0.9),
        (1.0, 2, 1.0 / 3.0), // a^2 / (2 + a)
        (1.5, 2, 9.0 / 14.0),
        (2.0, 3, 4.0 / 9.0), // a^3 / (6 + 4a + a^2)
        (3.0, 4, 27.0 / 53.0),
    ] {
        let team = ErlangC::new(demand(load, 3600), agents).unwrap();
        close(
            team.wait_probability(),
            wait,
            &format!("{load} on {agents}"),
        );
    }
    let single = ErlangC::new(demand(9.0, 360), 1).unwrap();
    close(
        single.mean_wait(),
        0.9 / 0.1 * 360.0,
        "a / (1 - a) handling times",
    );
    close(single.queue_length(), 0.81 / 0.1, "a^2 / (1 - a)");
}

/// 48 calls a minute of a minute each, 50 agents, with and without a patience of two minutes: the
/// comparison in O. Garnett, A. Mandelbaum and M. Reiman, Designing a call center with impatient
/// customers (2002), to the digits printed there.
#[test]
fn impatience_in_print() {
    let demand = demand(48.0 * 60.0, 60);
    let patient = ErlangC::new(demand, 50).unwrap();
    assert_eq!((patient.mean_wait() * 10.0).round(), 208.0);
    assert_eq!(patient.queue_length().round(), 17.0);
    assert_eq!((patient.occupancy() * 100.0).round(), 96.0);
    let team = ErlangA::new(demand, seconds(120), 50).unwrap();
    assert_eq!((team.abandonment() * 1000.0).round(), 31.0);
    assert_eq!((team.mean_wait() * 10.0).round(), 37.0);
    assert_eq!(team.queue_length().round(), 3.0);
    assert_eq!((team.occupancy() * 100.0).round(), 93.0);
}

/// 200 calls in an hour of 3 minutes, 80 % within 20 s: 14 agents, 88.8 %.
#[test]
fn the_textbook_call_centre() {
    let goal = Goal::new(0.8, seconds(20)).unwrap();
    let team = ErlangC::least(demand(200.0, 180), &goal).unwrap();
    assert_eq!(team.agents(), 14);
    assert_eq!(
        (team.service_level(seconds(20)).unwrap() * 1000.0).round(),
        888.0
    );
    assert_eq!(team.mean_wait().round(), 8.0);
}

/// A team that starts from the rounded load and one more misses these: the fraction is .5 and above.
#[test]
fn the_least_team_of_a_fractional_load_starts_below_its_round() {
    for (per_hour, load) in [(10.5, 10.5), (10.9, 10.9), (0.6, 0.6)] {
        let goal = Goal::new(0.01, seconds(0)).unwrap();
        let team = ErlangC::least(demand(per_hour, 3600), &goal).unwrap();
        assert_eq!(f64::from(team.agents()), f64::floor(load) + 1.0, "{load}");
    }
}

#[test]
fn a_goal_with_limits() {
    let demand = demand(102.0, 300); // 8.5 erlangs
    let goal = Goal::new(0.0, seconds(0)).unwrap();
    let least = |goal: Goal| ErlangC::least(demand, &goal).unwrap().agents();
    assert_eq!(least(goal), 9);
    assert_eq!(
        least(goal.occupancy_at_most(0.85).unwrap()),
        10,
        "exactly at the limit"
    );
    assert_eq!(least(goal.occupancy_at_most(0.849).unwrap()), 11);
    let quick = goal.mean_wait_at_most(seconds(10)).unwrap();
    let agents = least(quick);
    assert!(ErlangC::new(demand, agents).unwrap().mean_wait() <= 10.0);
    assert!(ErlangC::new(demand, agents - 1).unwrap().mean_wait() > 10.0);
    let few_give_up = goal.abandonment_at_most(0.03).unwrap();
    let team = ErlangA::least(demand, seconds(120), &few_give_up).unwrap();
    assert!(team.abandonment() <= 0.03);
    let fewer = ErlangA::new(demand, seconds(120), team.agents() - 1).unwrap();
    assert!(fewer.abandonment() > 0.03);
}

#[test]
fn without_contacts_nobody_is_needed() {
    let none = demand(0.0, 300);
    let goal = Goal::new(0.99, seconds(0)).unwrap();
    assert_eq!(ErlangC::least(none, &goal).unwrap().agents(), 0);
    assert_eq!(
        ErlangA::least(none, seconds(60), &goal).unwrap().agents(),
        0
    );
    for agents in [0, 3] {
        let patient = ErlangC::new(none, agents).unwrap();
        assert_eq!(
            (patient.wait_probability(), patient.mean_wait()),
            (0.0, 0.0)
        );
        assert_eq!((patient.queue_length(), patient.occupancy()), (0.0, 0.0));
        let impatient = ErlangA::new(none, seconds(60), agents).unwrap();
        assert_eq!((impatient.abandonment(), impatient.answered()), (0.0, 1.0));
        assert_eq!((impatient.occupancy(), impatient.mean_wait()), (0.0, 0.0));
        assert_eq!(impatient.mean_wait_abandoned(), None);
    }
}

/// Nobody on duty: all give up, after their patience.
#[test]
fn without_agents_everybody_gives_up() {
    let team = ErlangA::new(demand(60.0, 300), seconds(90), 0).unwrap();
    close(team.abandonment(), 1.0, "abandonment");
    close(team.mean_wait(), 90.0, "mean wait");
    close(
        team.mean_wait_abandoned().unwrap(),
        90.0,
        "mean wait abandoned",
    );
    assert_eq!((team.answered(), team.mean_wait_answered()), (0.0, None));
    let level = |measure| team.service_level(measure, seconds(30)).unwrap();
    assert_eq!(level(ServiceLevel::AnsweredOfAll), 0.0);
    assert_eq!(level(ServiceLevel::VirtualWait), 0.0);
    assert_eq!(
        level(ServiceLevel::AnsweredWithoutShortAbandons { short: seconds(5) }),
        0.0
    );
    close(
        level(ServiceLevel::Wait),
        -(-1.0_f64 / 3.0).exp_m1(),
        "wait",
    );
}

/// With a patience of years Erlang A is Erlang C.
#[test]
fn endless_patience_is_erlang_c() {
    for (per_hour, handling, agents) in [(200.0, 180, 12), (600.0, 300, 54), (9.0, 360, 1)] {
        let demand = demand(per_hour, handling);
        let patient = ErlangC::new(demand, agents).unwrap();
        let team = ErlangA::new(demand, TimeDelta::days(30_000_000), agents).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * b, "{a} is not {b}");
        near(team.wait_probability(), patient.wait_probability());
        near(team.mean_wait(), patient.mean_wait());
        let levels = [
            ServiceLevel::AnsweredOfAll,
            ServiceLevel::AnsweredWithoutShortAbandons { short: seconds(5) },
            ServiceLevel::VirtualWait,
            ServiceLevel::Wait,
        ];
        for level in levels {
            let level = team.service_level(level, seconds(20)).unwrap();
            near(level, patient.service_level(seconds(20)).unwrap());
        }
    }
}

#[test]
fn a_million_agents_stay_in_range() {
    for (load, agents) in [
        (1e6, 1_000_001),
        (1e6, 1_001_000),
        (1e6, 1_100_000),
        (9.99e6, MOST_AGENTS),
        (1e-9, MOST_AGENTS),
        (1.0, MOST_AGENTS),
        (1e-300, 2),
    ] {
        let demand = demand(load, 3600);
        let shares = |shares: &[f64]| {
            for share in shares {
                assert!((0.0..=1.0).contains(share), "{share} at {load} on {agents}");
            }
        };
        let patient = ErlangC::new(demand, agents).unwrap();
        let within = seconds(20);
        shares(&[
            patient.wait_probability(),
            patient.service_level(within).unwrap(),
        ]);
        assert!(patient.mean_wait().is_finite() && patient.queue_length().is_finite());
        let team = ErlangA::new(demand, seconds(1800), agents).unwrap();
        for measure in [
            ServiceLevel::AnsweredOfAll,
            ServiceLevel::AnsweredWithoutShortAbandons { short: seconds(5) },
            ServiceLevel::VirtualWait,
            ServiceLevel::Wait,
        ] {
            for within in [seconds(0), within, TimeDelta::days(1), TimeDelta::MAX] {
                shares(&[team.service_level(measure, within).unwrap()]);
            }
        }
        shares(&[
            team.abandonment(),
            team.answered(),
            team.occupancy(),
            team.wait_probability(),
        ]);
    }
}

/// Shares below what an `f64` holds are zero, and are not searched for without end.
#[test]
fn hopeless_teams_come_to_an_end() {
    for (per_hour, handling, patience, agents, within) in [
        (1_401.0, 36_000, 8_287, 3, 5_747),
        (23_825.0, 60_310, 4_425, 15, 10_929),
    ] {
        let team = ErlangA::new(demand(per_hour, handling), seconds(patience), agents).unwrap();
        let level = team
            .service_level(ServiceLevel::AnsweredOfAll, seconds(within))
            .unwrap();
        assert!(level < 1e-100, "{level}");
    }
}

#[test]
fn inputs_name_the_field() {
    let field = |refused| match refused {
        QueueError::OutOfRange { field, .. } => field,
        other => panic!("{other}"),
    };
    let hour = TimeDelta::hours(1);
    for rate in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            field(Demand::new(rate, hour).unwrap_err()),
            "contacts_per_hour"
        );
    }
    for handling in [seconds(0), seconds(-1), TimeDelta::MIN] {
        assert_eq!(field(Demand::new(1.0, handling).unwrap_err()), "handling");
        let refused = ErlangA::new(demand(1.0, 60), handling, 1).unwrap_err();
        assert_eq!(field(refused), "patience");
    }
    assert_eq!(field(Demand::new(1e300, hour).unwrap_err()), "load");
    assert_eq!(field(Demand::new(1.1e7, hour).unwrap_err()), "load");
    for share in [1.0, -0.1, 1.5, f64::NAN] {
        assert_eq!(field(Goal::new(share, hour).unwrap_err()), "share");
    }
    assert_eq!(field(Goal::new(0.8, seconds(-1)).unwrap_err()), "within");
    let goal = Goal::new(0.8, seconds(20)).unwrap();
    let slips = ServiceLevel::AnsweredWithoutShortAbandons { short: seconds(21) };
    assert_eq!(field(goal.measured(slips).unwrap_err()), "short");
    assert_eq!(field(goal.occupancy_at_most(0.0).unwrap_err()), "occupancy");
    assert_eq!(field(goal.occupancy_at_most(1.1).unwrap_err()), "occupancy");
    assert_eq!(
        field(goal.abandonment_at_most(f64::NAN).unwrap_err()),
        "abandonment"
    );
    assert_eq!(
        field(goal.mean_wait_at_most(seconds(0)).unwrap_err()),
        "mean_wait"
    );
    assert_eq!(
        field(ErlangC::new(demand(1.0, 60), MOST_AGENTS + 1).unwrap_err()),
        "agents"
    );
    let unstable = ErlangC::new(demand(10.0, 3600), 10).unwrap_err();
    assert_eq!(
        unstable,
        QueueError::Unstable {
            agents: 10,
            load: 10.0
        }
    );
    assert_eq!(
        unstable.to_string(),
        "10 agents cannot keep up with a load of 10 erlangs"
    );
    let handling = Demand::new(1.0, seconds(0)).unwrap_err();
    assert_eq!(
        handling.to_string(),
        "handling: 0 is not a time longer than zero"
    );
    let full = ErlangC::least(demand(1e7, 3600), &goal).unwrap_err();
    assert_eq!(full, QueueError::OutOfReach(MOST_AGENTS));
    let queue = ErlangA::new(demand(1e7, 3600), TimeDelta::days(1), 1).unwrap_err();
    assert!(matches!(queue, QueueError::QueueTooLong(_)), "{queue}");
}

fn any_demand() -> impl Strategy<Value = Demand> {
    (0.1..2000.0_f64, 10_i64..1200).prop_map(|(rate, handling)| demand(rate, handling))
}

fn any_measure() -> impl Strategy<Value = ServiceLevel> {
    prop_oneof![
        Just(ServiceLevel::AnsweredOfAll),
        Just(ServiceLevel::AnsweredWithoutShortAbandons { short: seconds(5) }),
        Just(ServiceLevel::VirtualWait),
        Just(ServiceLevel::Wait),
    ]
}

proptest! {
    /// The team found reaches the goal, and one agent fewer does not.
    #[test]
    fn least_patient_team(demand in any_demand(), share in 0.0..0.999_f64, within in 0_i64..600) {
        let goal = Goal::new(share, seconds(within)).unwrap();
        let team = ErlangC::least(demand, &goal).unwrap();
        prop_assert!(team.service_level(seconds(within)).unwrap() >= share);
        prop_assert_eq!(&team, &ErlangC::new(demand, team.agents()).unwrap());
        match ErlangC::new(demand, team.agents() - 1) {
            Ok(fewer) => prop_assert!(fewer.service_level(seconds(within)).unwrap() < share),
            Err(refused) => prop_assert_eq!(
                refused,
                QueueError::Unstable { agents: team.agents() - 1, load: demand.load() }
            ),
        }
    }

    #[test]
    fn least_impatient_team(
        demand in any_demand(),
        patience in 5_i64..3600,
        share in 0.01..0.99_f64,
        within in 5_i64..600,
        measure in any_measure(),
    ) {
        let goal = Goal::new(share, seconds(within)).unwrap().measured(measure).unwrap();
        let team = ErlangA::least(demand, seconds(patience), &goal).unwrap();
        prop_assert!(team.service_level(measure, seconds(within)).unwrap() >= share);
        if let Some(fewer) = team.agents().checked_sub(1) {
            let fewer = ErlangA::new(demand, seconds(patience), fewer).unwrap();
            prop_assert!(fewer.service_level(measure, seconds(within)).unwrap() < share);
        }
    }

    /// More agents and more time never make it worse; more work never makes it better.
    #[test]
    fn monotone(
        rate in 1.0..1000.0_f64,
        handling in 10_i64..900,
        patience in 5_i64..3600,
        agents in 1_u32..200,
        within in 5_i64..900,
        measure in any_measure(),
    ) {
        let at = |rate: f64, agents: u32, within: i64| {
            let team = ErlangA::new(demand(rate, handling), seconds(patience), agents).unwrap();
            (team.service_level(measure, seconds(within)).unwrap(), team.abandonment(), team.mean_wait())
        };
        let (level, abandonment, wait) = at(rate, agents, within);
        let slack = 1.0 + 1e-11;
        for (better, abandoned, waited) in [
            at(rate, agents + 1, within),
            at(rate, agents, within + 1),
            at(rate * 0.9, agents, within),
        ] {
            prop_assert!(better * slack >= level);
            prop_assert!(abandoned <= abandonment * slack && waited <= wait * slack);
        }
        // The order of the four: answered of all <= without slips, answered of all <= virtual <= wait.
        let team = ErlangA::new(demand(rate, handling), seconds(patience), agents).unwrap();
        let level = |measure| team.service_level(measure, seconds(within)).unwrap();
        let short = seconds(5);
        let all = level(ServiceLevel::AnsweredOfAll);
        let virtually = level(ServiceLevel::VirtualWait);
        let without = level(ServiceLevel::AnsweredWithoutShortAbandons { short });
        prop_assert!(all <= without * slack);
        prop_assert!(all <= virtually * slack);
        prop_assert!(virtually <= level(ServiceLevel::Wait) * slack);
        prop_assert!((team.answered() + team.abandonment() - 1.0).abs() < 1e-11);
        let answered = team.mean_wait_answered().unwrap_or(0.0) * team.answered();
        let abandoned = team.mean_wait_abandoned().unwrap_or(0.0) * team.abandonment();
        prop_assert!((answered + abandoned - team.mean_wait()).abs() <= 1e-10 * team.mean_wait());
    }

    /// Far beyond any service: each share stays a share, each mean a number, each refusal a typed one.
    #[test]
    fn nothing_leaves_its_range(
        (rate, handling, patience, within) in
            (-9.0..5.0_f64, -6.0..6.0_f64, -6.0..9.0_f64, -9.0..9.0_f64),
        agents in prop_oneof![0_u32..4, 0_u32..2000],
    ) {
        let time = |exponent: f64| TimeDelta::nanoseconds((10_f64.powf(exponent + 9.0)) as i64);
        let Ok(demand) = Demand::new(10_f64.powf(rate), time(handling)) else { return Ok(()) };
        if let Ok(team) = ErlangC::new(demand, agents) {
            let level = team.service_level(time(within)).unwrap();
            prop_assert!((0.0..=1.0).contains(&level) && team.mean_wait() >= 0.0, "{:?}", team);
        }
        if (demand.load() - f64::from(agents)) * 10_f64.powf(patience - handling) > 1e5 {
            return Ok(()); // a queue that takes a test too long
        }
        let team = ErlangA::new(demand, time(patience), agents).unwrap();
        let short = time(within.min(patience) - 1.0);
        let without = ServiceLevel::AnsweredWithoutShortAbandons { short };
        let level = |measure| team.service_level(measure, time(within)).unwrap();
        for share in [
            level(ServiceLevel::AnsweredOfAll),
            level(without),
            level(ServiceLevel::VirtualWait),
            level(ServiceLevel::Wait),
            team.abandonment(),
            team.answered(),
            team.wait_probability(),
            team.occupancy(),
        ] {
            prop_assert!((0.0..=1.0).contains(&share), "{}", share);
        }
        for mean in [Some(team.mean_wait()), team.mean_wait_answered(), team.mean_wait_abandoned()] {
            prop_assert!(mean.is_none_or(|mean| mean.is_finite() && mean >= 0.0));
        }
        prop_assert!((team.answered() + team.abandonment() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn monotone_patient(demand in any_demand(), more in 0_u32..50, within in 0_i64..600) {
        let least = demand.load() as u32 + 1;
        let team = ErlangC::new(demand, least + more).unwrap();
        let larger = ErlangC::new(demand, least + more + 1).unwrap();
        let level = |team: &ErlangC, within| team.service_level(seconds(within)).unwrap();
        let slack = 1.0 + 1e-12;
        prop_assert!(level(&larger, within) * slack >= level(&team, within));
        prop_assert!(level(&team, within + 1) * slack >= level(&team, within));
        prop_assert!(larger.mean_wait() <= team.mean_wait() * slack);
        prop_assert!(larger.wait_probability() <= team.wait_probability() * slack);
    }
}
