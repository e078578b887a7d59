//! Shift plans: what they must keep to, and the least by brute force.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use aspa_staffing::{Aim, Pattern, Plan, PlanError, Rules, WeekNeed, plan};
use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

const WORKDAYS: [Weekday; 5] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
];

fn office(people: u32) -> WeekNeed {
    let need = WeekNeed::new(60).unwrap();
    WORKDAYS.iter().fold(need, |need, day| {
        need.set(*day, 8 * 60, 16 * 60, people).unwrap()
    })
}

fn hourly(hours: std::ops::RangeInclusive<u32>, length: u32) -> Pattern {
    Pattern::new(hours.map(|hour| hour * 60), length * 60)
}

fn made(need: &WeekNeed, patterns: &[Pattern], rules: &Rules) -> Plan {
    let plan = plan(need, patterns, rules).unwrap();
    check(&plan, need, patterns, rules);
    plan
}

/// What holds of every plan.
fn check(plan: &Plan, need: &WeekNeed, patterns: &[Pattern], rules: &Rules) {
    // By the minute, round the week.
    let mut at_work = vec![0_u32; 10_080];
    for shift in &plan.shifts {
        let pattern = &patterns[shift.pattern];
        assert!(pattern.starts.contains(&shift.start) && shift.end == shift.start + pattern.length);
        assert_eq!(shift.breaks.len(), pattern.breaks.len());
        for (pause, (from, to)) in pattern.breaks.iter().zip(&shift.breaks) {
            let after = from - shift.start;
            assert!((pause.earliest..=pause.latest).contains(&after) && to - from == pause.length);
        }
        let midnight = shift.day().num_days_from_monday() * 1440;
        for minute in shift.start..shift.end {
            if !shift
                .breaks
                .iter()
                .any(|(from, to)| (*from..*to).contains(&minute))
            {
                at_work[((midnight + minute) % 10_080) as usize] += 1;
            }
        }
    }
    let told = plan.at_work(need.slot());
    for (minute, there) in at_work.iter().enumerate() {
        let needed = need.people()[minute / need.slot() as usize];
        assert!(*there >= needed, "{there} of {needed} at minute {minute}");
        assert_eq!(told[minute / need.slot() as usize], *there);
    }
    assert_eq!(
        at_work.iter().map(|n| u64::from(*n)).sum::<u64>(),
        plan.minutes
    );
    assert!(plan.shifts_at_least <= plan.shifts.len() as u64);
    assert!(plan.minutes_at_least <= plan.minutes);
    assert!(plan.people_at_least <= plan.people);

    let mut weeks: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for shift in &plan.shifts {
        let midnight = shift.day().num_days_from_monday() * 1440;
        let week = weeks.entry(shift.person).or_default();
        week.push((midnight + shift.start, midnight + shift.end));
    }
    assert!(
        weeks.keys().copied().eq(1..=plan.people),
        "numbers without holes"
    );
    for week in weeks.values() {
        assert!(week.len() <= rules.days as usize);
        for pair in week.windows(2) {
            assert!(pair[0].1 + rules.rest <= pair[1].0, "{pair:?}");
            assert_ne!(pair[0].0 / 1440, pair[1].0 / 1440, "one shift a day");
        }
        if week.len() > 1 {
            assert!(
                week[week.len() - 1].1 + rules.rest <= week[0].0 + 10_080,
                "{week:?}"
            );
        }
    }
}

#[test]
fn one_person_keeps_an_office() {
    let plan = made(&office(1), &[hourly(8..=8, 8)], &Rules::default());
    assert_eq!(
        plan.to_string(),
        "5 shifts, at least 5 are needed; 1 person, at least 1 is needed"
    );
    assert!(plan.shifts.iter().all(|shift| shift.person == 1));
}

#[test]
fn a_lunch_takes_a_second_person() {
    let with_lunch = [hourly(8..=8, 8).with_break(180, 240, 60)];
    let plan = made(&office(1), &with_lunch, &Rules::default());
    assert_eq!((plan.shifts.len(), plan.shifts_at_least), (10, 10));
    assert_eq!((plan.people, plan.people_at_least), (2, 2));
    // With two needed, one goes at 11 and one at 12, and a third stands in.
    let plan = made(&office(2), &with_lunch, &Rules::default());
    assert_eq!((plan.shifts.len(), plan.shifts_at_least), (20, 20));
}

#[test]
fn round_the_clock_takes_three_shifts_a_day() {
    let always = WeekNeed::hourly(&[1; 168]).unwrap();
    let plan = made(&always, &[hourly(0..=23, 8)], &Rules::default());
    assert_eq!((plan.shifts.len(), plan.shifts_at_least), (21, 21));
    assert_eq!((plan.people, plan.people_at_least), (5, 5));
}

#[test]
fn sunday_night_serves_monday_morning() {
    let mut hours = [0; 168];
    (hours[0], hours[167]) = (2, 2);
    let need = WeekNeed::hourly(&hours).unwrap();
    let plan = made(&need, &[hourly(20..=23, 8)], &Rules::default());
    assert_eq!((plan.shifts.len(), plan.shifts_at_least), (2, 2));
    assert!(plan.shifts.iter().all(|shift| shift.day() == Weekday::Sun));
}

#[test]
fn seven_days_take_more_people_than_five() {
    let need = (0..7).fold(WeekNeed::new(60).unwrap(), |need, day| {
        let day = Weekday::try_from(day).unwrap();
        need.set(day, 9 * 60, 17 * 60, 5).unwrap()
    });
    let plan = made(&need, &[hourly(9..=9, 8)], &Rules::default());
    assert_eq!(
        (plan.people, plan.people_at_least),
        (7, 7),
        "35 shifts, 5 a person"
    );
    let mut rules = Rules::default();
    rules.days = 7;
    assert_eq!(made(&need, &[hourly(9..=9, 8)], &rules).people, 5);
}

#[test]
fn short_shifts_save_time_and_long_ones_people() {
    // Two from 8 to 16, four at noon.
    let need = office(2).set(Weekday::Mon, 11 * 60, 13 * 60, 4).unwrap();
    let patterns = [hourly(8..=12, 8), hourly(8..=14, 2)];
    let mut rules = Rules::default();
    rules.aim = Aim::Time;
    let short = made(&need, &patterns, &rules);
    assert_eq!((short.minutes, short.minutes_at_least), (84 * 60, 84 * 60));
    let few = made(&need, &patterns, &Rules::default());
    assert_eq!((few.shifts.len(), few.shifts_at_least), (12, 12));
}

#[test]
fn rest_between_shifts_takes_a_second_person() {
    // Monday's late shift ends at 23, Tuesday's early one begins at 6.
    let need = WeekNeed::new(60).unwrap();
    let need = need.set(Weekday::Mon, 15 * 60, 23 * 60, 1).unwrap();
    let need = need.set(Weekday::Tue, 6 * 60, 14 * 60, 1).unwrap();
    let patterns = [hourly(6..=6, 8), hourly(15..=15, 8)];
    assert_eq!(made(&need, &patterns, &Rules::default()).people, 2);
    let mut short_rest = Rules::default();
    short_rest.rest = 420;
    assert_eq!(made(&need, &patterns, &short_rest).people, 1);
}

#[test]
fn a_shift_can_be_for_certain_days() {
    let saturday = WeekNeed::new(30)
        .unwrap()
        .set(Weekday::Sat, 600, 840, 1)
        .unwrap();
    let error = plan(
        &saturday,
        &[hourly(10..=10, 4).on(WORKDAYS)],
        &Rules::default(),
    );
    let error = error.unwrap_err();
    assert_eq!(
        error,
        PlanError::Uncovered {
            day: Weekday::Sat,
            minute: 600
        }
    );
    assert_eq!(
        error.to_string(),
        "no shift covers Sat 10:00, when people are needed"
    );
    let plan = made(
        &saturday,
        &[hourly(10..=10, 4).on([Weekday::Sat])],
        &Rules::default(),
    );
    assert_eq!(plan.shifts.len(), 1);
}

#[test]
fn nobody_needed_is_an_empty_plan() {
    let plan = made(
        &WeekNeed::new(15).unwrap(),
        &[hourly(8..=8, 8)],
        &Rules::default(),
    );
    assert_eq!((plan.shifts.len(), plan.people, plan.minutes), (0, 0, 0));
}

#[test]
fn what_makes_no_sense_names_its_place() {
    let refused = |patterns: &[Pattern]| {
        plan(&office(1), patterns, &Rules::default())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&[hourly(8..=8, 8), Pattern::new([490], 480)]),
        "pattern 1, starts: 490 minutes are no multiple of the slot of 60"
    );
    assert_eq!(
        refused(&[Pattern::new([1440], 480)]),
        "pattern 0, starts: 1440 minutes are none or more than a day has"
    );
    assert!(refused(&[Pattern::new([480], 0)]).starts_with("pattern 0, length"));
    assert!(refused(&[Pattern::new([480], 1500)]).starts_with("pattern 0, length"));
    assert!(refused(&[hourly(8..=8, 8).with_break(480, 480, 60)]).starts_with("pattern 0, breaks"));
    assert!(refused(&[hourly(8..=8, 1).with_break(0, 0, 60)]).starts_with("pattern 0, breaks"));
    assert!(refused(&[]).starts_with("no shift covers Mon 08:00"));
    assert_eq!(WeekNeed::new(7).unwrap_err(), PlanError::Slot(7));
    let crowd = WeekNeed::new(60)
        .unwrap()
        .set(Weekday::Mon, 0, 60, 1_000_001);
    assert_eq!(crowd.unwrap_err(), PlanError::TooManyPeople(1_000_001));
    let mut rules = Rules::default();
    rules.days = 0;
    assert_eq!(
        plan(&office(1), &[], &rules).unwrap_err(),
        PlanError::Days(0)
    );
    let mut rules = Rules::default();
    rules.people = Some(2);
    let error = plan(&office(3), &[hourly(8..=8, 8)], &rules).unwrap_err();
    assert_eq!(
        error,
        PlanError::TooFewPeople {
            allowed: 2,
            at_least: 3,
            found: 3
        }
    );
}

#[test]
fn a_week_becomes_real_shifts() {
    let plan = made(&office(1), &[hourly(8..=8, 8)], &Rules::default());
    let november = NaiveDate::from_ymd_opt(2026, 11, 1)
        .unwrap()
        .iter_days()
        .take(30);
    let shifts = plan.shifts_on(november, &Tz::Europe__Helsinki, |n| format!("agent {n}"));
    assert_eq!(shifts.len(), 21);
    assert_eq!(shifts[0].from.to_rfc3339(), "2026-11-02T06:00:00+00:00");
    assert_eq!(shifts[0].person, "agent 1");
}

#[test]
fn a_call_centre_of_two_hundred_meets_its_bound() {
    // A double hump on workdays, half of it on weekends, round the clock; lunch on long shifts.
    let humps: [u32; 24] = [
        4, 3, 2, 2, 3, 8, 20, 55, 110, 170, 200, 190, 160, 150, 165, 180, 175, 150, 120, 90, 60,
        35, 18, 9,
    ];
    let mut hours = [0; 168];
    for (slot, people) in hours.iter_mut().enumerate() {
        *people = if slot / 24 < 5 {
            humps[slot % 24]
        } else {
            humps[slot % 24].div_ceil(2)
        };
    }
    let need = WeekNeed::hourly(&hours).unwrap();
    let patterns = [
        hourly(0..=23, 9).with_break(180, 300, 60),
        hourly(0..=23, 5),
    ];
    let plan = made(&need, &patterns, &Rules::default());
    let gap = plan.shifts.len() as u64 - plan.shifts_at_least;
    assert!(gap == 0, "{plan}");
}

#[test]
fn lunches_round_the_clock_stay_near_the_bound() {
    // Eight hours with one away at lunch: seven at work, 168 x 6 / 7 = 144 shifts at least.
    let always = WeekNeed::hourly(&[6; 168]).unwrap();
    let long = [hourly(0..=23, 8).with_break(180, 240, 60)];
    let plan = made(&always, &long, &Rules::default());
    assert_eq!(plan.shifts_at_least, 144);
    // The best is not known; what is found is within 5 % of it at most.
    assert!(plan.shifts.len() * 100 <= 144 * 105, "{plan}");
    // Short shifts fit exactly: 168 x 6 hours and no minute more.
    let mut rules = Rules::default();
    rules.aim = Aim::Time;
    let plan = made(&always, &[long[0].clone(), hourly(0..=23, 4)], &rules);
    assert_eq!(
        (plan.minutes, plan.minutes_at_least),
        (1008 * 60, 1008 * 60)
    );
}

/// The fewest shifts by trying everything, for few slots and columns.
fn fewest(needs: &[u32], columns: &[Vec<usize>]) -> u32 {
    fn covered(needs: &mut Vec<u32>, columns: &[Vec<usize>], left: u32) -> bool {
        let Some(slot) = needs.iter().position(|n| *n > 0) else {
            return true;
        };
        if left == 0 {
            return false;
        }
        columns.iter().filter(|c| c.contains(&slot)).any(|column| {
            let before = needs.clone();
            column
                .iter()
                .for_each(|s| needs[*s] = needs[*s].saturating_sub(1));
            let well = covered(needs, columns, left - 1);
            *needs = before;
            well
        })
    }
    (0..)
        .find(|count| covered(&mut needs.to_vec(), columns, *count))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn small_days_are_solved_and_bounded_truly(
        needs in proptest::collection::vec(0..3_u32, 8),
        length in 2..5_u32,
        pause in proptest::option::of((1..3_u32, 0..2_u32)),
        starts in proptest::collection::btree_set(0..8_u32, 1..8),
    ) {
        let need = needs.iter().enumerate().fold(WeekNeed::new(60).unwrap(), |need, (hour, people)| {
            let from = (hour as u32 + 8) * 60;
            need.set(Weekday::Wed, from, from + 60, *people).unwrap()
        });
        let mut pattern = Pattern::new(starts.iter().map(|s| (s + 6) * 60), length * 60);
        let pause = pause.filter(|(from, more)| from + more + 1 < length);
        if let Some((from, more)) = pause {
            pattern = pattern.with_break(from * 60, (from + more) * 60, 60);
        }
        let mut columns = Vec::new();
        for start in &starts {
            for away in pause.map_or(vec![None], |(from, more)| (from..=from + more).map(Some).collect()) {
                let column = (0..length).filter(|h| Some(*h) != away).map(|h| start + h).filter(|h| (2..10).contains(h));
                columns.push(column.map(|h| h as usize - 2).collect::<Vec<_>>());
            }
        }
        let coverable = (0..8).all(|slot| needs[slot] == 0 || columns.iter().any(|c| c.contains(&slot)));
        let rules = Rules::default();
        match plan(&need, std::slice::from_ref(&pattern), &rules) {
            Ok(plan) => {
                check(&plan, &need, &[pattern], &rules);
                let fewest = fewest(&needs, &columns);
                prop_assert!(plan.shifts_at_least <= u64::from(fewest), "{} > {fewest}", plan);
                // Of such a size every plan is the best.
                prop_assert_eq!(plan.shifts.len() as u32, fewest);
            }
            Err(PlanError::Uncovered { .. }) => prop_assert!(!coverable),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
