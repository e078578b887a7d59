//! Deferred work against the demand-bound test written out naively, and against a small office.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use aspa_staffing::deferred::{Duty, Work, due, idle, least_agents, least_agents_each};
use aspa_staffing::{Demand, QueueError, Shrinkage};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Seconds since a Monday at midnight.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(4) + TimeDelta::seconds(seconds)
}

fn work(arrives: i64, due: i64, seconds: u64) -> Work {
    Work::new(at(arrives), at(due), seconds)
}

fn duty(from: i64, to: i64) -> Duty {
    Duty::new(at(from), at(to))
}

fn agents(work: &[Work], duty: &[Duty]) -> u32 {
    least_agents(work, duty)
        .map(|need| need.agents)
        .unwrap_or_else(|refused| panic!("{refused}"))
}

#[test]
fn by_hand() {
    let day = [duty(8 * HOUR, 16 * HOUR)]; // 28,800 s an agent
    for (name, pieces, expected) in [
        ("nothing to do", vec![], 0),
        ("a day's work for one", vec![work(0, DAY, 28_800)], 1),
        (
            "a second more is a second person",
            vec![work(0, DAY, 28_801)],
            2,
        ),
        ("empty pieces ask for nobody", vec![work(0, 0, 0)], 0),
        (
            "in the last hour only what arrives then",
            vec![
                work(0, 16 * HOUR, 25_200),
                work(15 * HOUR, 16 * HOUR, 3_600),
            ],
            1,
        ),
        (
            "the last hour is too short",
            vec![work(15 * HOUR, 16 * HOUR, 3_601)],
            2,
        ),
        (
            "what is due later gives way",
            vec![
                work(8 * HOUR, 16 * HOUR, 7 * 3_600),
                work(9 * HOUR, 10 * HOUR, 3_600),
            ],
            1,
        ),
        (
            "two due together",
            vec![
                work(8 * HOUR, 10 * HOUR, 5_000),
                work(9 * HOUR, 10 * HOUR, 3_600),
            ],
            2,
        ),
    ] {
        assert_eq!(agents(&pieces, &day), expected, "{name}");
    }
}

/// 24 hours' promise, Monday to Friday 8-16: what comes on Friday afternoon is due on Saturday, while
/// nobody is on duty until Monday.
#[test]
fn the_weekend_is_in_the_way() {
    let office: Vec<Duty> = (0..5)
        .map(|d| duty(d * DAY + 8 * HOUR, d * DAY + 16 * HOUR))
        .collect();
    let friday = 4 * DAY;
    let late = [work(friday + 15 * HOUR, friday + DAY + 15 * HOUR, 7_200)];
    assert_eq!(
        agents(&late, &office),
        2,
        "only the last hour of Friday is left"
    );
    let later = [work(friday + 16 * HOUR, friday + DAY + 16 * HOUR, 7_200)];
    let refused = least_agents(&later, &office).unwrap_err();
    let (from, until) = (at(friday + 16 * HOUR), at(friday + DAY + 16 * HOUR));
    assert_eq!(
        refused,
        QueueError::NobodyOnDuty {
            from,
            due: until,
            seconds: 7_200
        }
    );
    // Promised in business time, it is due on Tuesday at 8 + the rest.
    let open: Vec<_> = (0..14)
        .filter(|d| d % 7 < 5)
        .map(|d| (at(d * DAY + 8 * HOUR), at(d * DAY + 16 * HOUR)))
        .collect();
    let until = due(&open, at(friday + 15 * HOUR), TimeDelta::hours(10)).unwrap();
    assert_eq!(until, at(8 * DAY + 9 * HOUR));
    assert_eq!(
        due(&open, at(0), TimeDelta::hours(8)),
        Some(at(16 * HOUR)),
        "at closing time"
    );
    assert_eq!(
        due(&open, at(20 * HOUR), TimeDelta::zero()),
        Some(at(20 * HOUR))
    );
    assert_eq!(due(&open, at(13 * DAY), TimeDelta::hours(1)), None);
    assert_eq!(due(&open, at(0), TimeDelta::hours(81)), None);
}

#[test]
fn idle_time_of_live_staff_counts() {
    let demand = Demand::new(30.0, TimeDelta::minutes(6)).unwrap(); // 3 erlangs
    let spare = idle(5, demand, TimeDelta::hours(1));
    assert_eq!(spare, 7_200);
    assert_eq!(demand.work(3_600), 10_800);
    assert_eq!(demand.work(1), 3);
    assert_eq!(
        Demand::new(0.1, TimeDelta::seconds(1)).unwrap().work(3_600),
        1,
        "rounded up"
    );
    assert_eq!(idle(9, demand, TimeDelta::hours(-1)), 0);
    assert_eq!(idle(3, demand, TimeDelta::hours(1)), 0);
    assert_eq!(idle(2, demand, TimeDelta::hours(1)), 0);
    let hours = |idle| {
        [
            duty(0, HOUR).with_idle(idle),
            duty(HOUR, 2 * HOUR).with_idle(idle),
        ]
    };
    let pieces = [work(0, 2 * HOUR, 4 * 3_600)];
    assert_eq!(agents(&pieces, &hours(0)), 2);
    assert_eq!(
        agents(&pieces, &hours(spare / 4)),
        2,
        "3,600 s done by others leave 10,800"
    );
    assert_eq!(agents(&pieces, &hours(spare / 2)), 1);
    assert_eq!(agents(&pieces, &hours(spare)), 0);
    // Half of the idle time of a stretch lies in half of it, and no more.
    let half = [work(0, HOUR / 2, 3_601)];
    let lent = [duty(0, HOUR).with_idle(7_200).weighing(0), duty(HOUR, DAY)];
    assert!(matches!(
        least_agents(&half, &lent),
        Err(QueueError::NobodyOnDuty { seconds: 1, .. })
    ));
}

#[test]
fn a_pattern_of_hours_has_weights() {
    // Two in the morning for one in the afternoon.
    let pattern = [
        duty(8 * HOUR, 12 * HOUR).weighing(2),
        duty(12 * HOUR, 16 * HOUR),
    ];
    let need = least_agents(&[work(0, DAY, 3 * 12 * 3_600)], &pattern).unwrap();
    assert_eq!(need.agents, 3);
    let tightest = need.tightest.unwrap();
    assert_eq!((tightest.from, tightest.until), (at(0), at(DAY)));
    assert_eq!(
        (tightest.work, tightest.duty, tightest.idle),
        (129_600, 12 * 3_600, 0)
    );
}

/// A week's work of 100,000 s a day, every day, due within a day, Monday to Sunday 8-18, each week.
#[test]
fn a_week_goes_on_into_the_next() {
    let day = |d: i64| d * DAY;
    let pieces: Vec<Work> = (0..7)
        .flat_map(|d| (0..24).map(move |h| (day(d) + h * HOUR, 4_166)))
        .map(|(arrives, seconds)| work(arrives, arrives + DAY, seconds))
        .collect();
    let week: Vec<Duty> = (0..7)
        .map(|d| duty(day(d) + 8 * HOUR, day(d) + 18 * HOUR))
        .collect();
    let period = TimeDelta::weeks(1);
    let need = least_agents_each(period, &pieces, &week).unwrap();
    // 99,984 s a day over 36,000 s: 2.78, and 14 hours pile up before 8.
    assert_eq!(need.agents, 3);
    assert_eq!(Shrinkage::percent(30).unwrap().people(need.agents), Ok(5));
    // The same from another start of the week, and with duty from another week.
    let turned: Vec<Work> = pieces
        .iter()
        .map(|w| {
            let by = if w.arrives < at(3 * DAY) {
                TimeDelta::weeks(1)
            } else {
                TimeDelta::zero()
            };
            Work::new(w.arrives + by, w.due + by, w.seconds)
        })
        .collect();
    assert_eq!(least_agents_each(period, &turned, &week).unwrap().agents, 3);
    let later: Vec<Duty> = week
        .iter()
        .map(|d| Duty::new(d.from + period * 5, d.to + period * 5))
        .collect();
    assert_eq!(
        least_agents_each(period, &pieces, &later).unwrap().agents,
        3
    );
}

/// A long promise hides nothing: who falls behind each week is too few.
#[test]
fn no_team_falls_behind_for_ever() {
    let pieces = [work(0, 700 * DAY, 40 * 3_600 + 1)];
    let week: Vec<Duty> = (0..5)
        .map(|d| duty(d * DAY + 8 * HOUR, d * DAY + 16 * HOUR))
        .collect();
    let need = least_agents_each(TimeDelta::weeks(1), &pieces, &week).unwrap();
    assert_eq!(need.agents, 2);
    let tightest = need.tightest.unwrap();
    assert_eq!((tightest.work, tightest.duty), (40 * 3_600 + 1, 40 * 3_600));
    assert_eq!(least_agents(&pieces, &week).unwrap().agents, 2);
}

#[test]
fn refusals_name_what_is_wrong() {
    let day = [duty(8 * HOUR, 16 * HOUR)];
    assert_eq!(
        least_agents(&[work(5, 4, 1)], &day).unwrap_err(),
        QueueError::DueBeforeArrival {
            arrives: at(5),
            due: at(4)
        }
    );
    for stretches in [
        vec![duty(5, 5)],
        vec![duty(5, 4)],
        vec![duty(0, 10), duty(9, 20)],
        vec![duty(9, 20), duty(0, 10)],
    ] {
        let refused = least_agents(&[], &stretches).unwrap_err();
        assert!(matches!(refused, QueueError::Duty { .. }), "{refused}");
    }
    let week = TimeDelta::weeks(1);
    let long = [work(0, DAY, 1), work(7 * DAY, 8 * DAY, 1)];
    let field = |refused| match refused {
        QueueError::OutOfRange { field, .. } | QueueError::LongerThanPeriod { field } => field,
        other => panic!("{other}"),
    };
    assert_eq!(
        field(least_agents_each(week, &long, &day).unwrap_err()),
        "work"
    );
    let far = [duty(0, HOUR), duty(7 * DAY, 7 * DAY + HOUR)];
    assert_eq!(
        field(least_agents_each(week, &long[..1], &far).unwrap_err()),
        "duty"
    );
    for period in [
        TimeDelta::zero(),
        TimeDelta::seconds(86),
        -week,
        TimeDelta::MAX,
    ] {
        let refused = least_agents_each(period, &long[..1], &day).unwrap_err();
        assert_eq!(field(refused), "period");
    }
    let much = [work(0, 1, u64::MAX), work(0, 1, u64::MAX)];
    let refused = least_agents(&much, &[duty(0, 1)]).unwrap_err();
    assert!(matches!(refused, QueueError::OutOfReach(_)), "{refused}");
    let eternal = [Work::new(
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        u64::MAX,
    )];
    let ever = [Duty::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).weighing(u32::MAX)];
    assert_eq!(least_agents(&eternal, &ever).unwrap().agents, 1);
}

/// Of any two instants: the work between them and the seconds that one agent and others have there,
/// second by second.
fn naive(work: &[Work], duty: &[Duty]) -> Option<u32> {
    let cut = |d: &Duty, to: DateTime<Utc>| (to.clamp(d.from, d.to) - d.from).num_seconds();
    let until = |to: DateTime<Utc>| {
        let own: i64 = duty.iter().map(|d| cut(d, to) * i64::from(d.weight)).sum();
        let lent = |d: &Duty| d.idle as i64 * cut(d, to) / (d.to - d.from).num_seconds();
        (own, duty.iter().map(lent).sum::<i64>())
    };
    let ends: Vec<_> = work
        .iter()
        .map(|piece| (piece.due, until(piece.due)))
        .collect();
    let mut most = 0;
    for from in work.iter().map(|piece| piece.arrives) {
        let before = until(from);
        for &(to, at_end) in ends.iter().filter(|&&(to, _)| to >= from) {
            let inside = work
                .iter()
                .filter(|piece| piece.arrives >= from && piece.due <= to);
            let demand: i64 = inside.map(|piece| piece.seconds as i64).sum();
            let own = at_end.0 - before.0;
            let left = demand - (at_end.1 - before.1);
            if left > 0 {
                most = most.max(if own == 0 {
                    return None;
                } else {
                    (left + own - 1) / own
                });
            }
        }
    }
    Some(most as u32)
}

fn pieces() -> impl Strategy<Value = Vec<Work>> {
    let piece = (0_i64..300, 0_i64..200, 0_u64..400);
    let piece = piece.prop_map(|(arrives, time, seconds)| work(arrives, arrives + time, seconds));
    prop::collection::vec(piece, 0..25)
}

fn stretches(within: i64) -> impl Strategy<Value = Vec<Duty>> {
    let edges = prop::collection::btree_set(0..=within, 0..12);
    let amounts = prop::collection::vec((0_u32..4, 0_u64..100), 6);
    (edges, amounts).prop_map(|(edges, amounts)| {
        let edges: Vec<i64> = edges.into_iter().collect();
        let stretches = edges.chunks_exact(2).zip(amounts);
        stretches
            .map(|(e, (weight, idle))| duty(e[0], e[1]).weighing(weight).with_idle(idle))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_same_as_the_naive_test(work in pieces(), duty in stretches(520)) {
        match (least_agents(&work, &duty), naive(&work, &duty)) {
            (Ok(need), Some(agents)) => {
                prop_assert_eq!(need.agents, agents);
                prop_assert_eq!(need.tightest.is_some(), agents > 0);
                if let Some(tight) = need.tightest {
                    let left = tight.work - tight.idle;
                    prop_assert_eq!(left.div_ceil(tight.duty), u64::from(agents));
                }
            }
            (Err(QueueError::NobodyOnDuty { .. }), None) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Who keeps a shorter deadline keeps a longer one, week after week, and so do as many or fewer.
    #[test]
    fn later_deadlines_never_take_more(
        work in pieces(),
        duty in stretches(300),
        later in prop::collection::vec(0_i64..700, 25),
    ) {
        let period = TimeDelta::seconds(300);
        let longer: Vec<Work> = work
            .iter()
            .zip(&later)
            .map(|(w, by)| Work::new(w.arrives, w.due + TimeDelta::seconds(*by), w.seconds))
            .collect();
        let least = least_agents_each(period, &longer, &duty);
        if let Ok(shorter) = least_agents_each(period, &work, &duty) {
            prop_assert!(least.unwrap().agents <= shorter.agents);
        }
    }

    /// A pattern that repeats against many periods laid out by hand.
    #[test]
    fn the_same_as_many_periods(
        work in pieces().prop_filter("some work", |work| work.iter().any(|w| w.seconds > 0)),
        duty in stretches(300),
        shift in -3_i64..4,
    ) {
        let period = TimeDelta::seconds(300);
        let moved: Vec<Duty> = duty
            .iter()
            .map(|d| {
                let by = period * shift as i32;
                Duty::new(d.from + by, d.to + by).weighing(d.weight).with_idle(d.idle)
            })
            .collect();
        let many: Vec<Work> = (0..9)
            .flat_map(|k| {
                work.iter().map(move |w| Work::new(w.arrives + period * k, w.due + period * k, w.seconds))
            })
            .collect();
        let around: Vec<Duty> = (-1..12)
            .flat_map(|k| {
                duty.iter().map(move |d| {
                    let (from, to) = (d.from + period * k, d.to + period * k);
                    Duty::new(from, to).weighing(d.weight).with_idle(d.idle)
                })
            })
            .collect();
        let all: u64 = work.iter().map(|w| w.seconds).sum();
        let lent: u64 = duty.iter().map(|d| d.idle).sum();
        let own: u64 =
            duty.iter().map(|d| (d.to - d.from).num_seconds() as u64 * u64::from(d.weight)).sum();
        let left = all.saturating_sub(lent);
        let long_run = if left == 0 { Some(0) } else { left.checked_div(own).map(|_| left.div_ceil(own)) };
        let expected = naive(&many, &around).zip(long_run).map(|(a, b)| a.max(b as u32));
        match (least_agents_each(period, &work, &moved), expected) {
            (Ok(need), Some(agents)) => prop_assert_eq!(need.agents, agents),
            (Err(QueueError::NobodyOnDuty { .. }), None) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
