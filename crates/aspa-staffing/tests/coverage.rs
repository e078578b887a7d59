//! Gaps of a rota: cases in words, and a walker over minutes that must agree.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;

use aspa_staffing::{CoverageError, Gap, Need, OpenTimes, People, Role, Shift, gaps};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-23T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

/// "8-12" as instants of the Monday.
fn hours(text: &str) -> (DateTime<Utc>, DateTime<Utc>) {
    let (from, to) = text.split_once('-').unwrap();
    let hour = |text: &str| at((text.parse::<f64>().unwrap() * 60.0) as i64);
    (hour(from), hour(to))
}

fn need(text: &str, rota: u32, reserve: u32) -> Need {
    let (from, to) = hours(text);
    Need::new(from, to, People::new(rota, reserve))
}

fn shift(person: &str, text: &str) -> Shift {
    let (from, to) = hours(text);
    Shift::new(person, from, to)
}

fn open(texts: &[&str]) -> OpenTimes {
    texts
        .iter()
        .map(|text| hours(text))
        .map(|(from, to)| from..to)
        .collect()
}

/// Gaps as "from-to rota/reserve", with the skill.
fn found(needs: &[Need], shifts: &[Shift], open: &OpenTimes) -> Vec<String> {
    let hour = |at: DateTime<Utc>| (at - self::at(0)).num_minutes() as f64 / 60.0;
    let text = |gap: &Gap| {
        let skill = gap.skill.as_ref().map(|skill| format!(" {skill}"));
        let People { rota, reserve } = gap.missing;
        let (from, to) = (hour(gap.from), hour(gap.to));
        format!("{from}-{to} {rota}/{reserve}{}", skill.unwrap_or_default())
    };
    gaps(needs, shifts, open)
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

#[test]
fn a_covered_day_has_no_gap() {
    let shifts = [
        shift("anna", "8-16"),
        shift("bo", "8-16"),
        shift("cia", "8-16").in_reserve(),
    ];
    assert!(found(&[need("8-16", 2, 1)], &shifts, &open(&["8-16"])).is_empty());
}

#[test]
fn what_is_missing_by_the_numbers() {
    // need, there, missing.
    let cases = [
        ((2, 1), (2, 1), (0, 0)),
        ((2, 1), (0, 0), (2, 1)),
        ((2, 1), (3, 0), (0, 0)),
        ((2, 1), (2, 0), (0, 1)),
        ((2, 1), (1, 5), (1, 0)),
        ((2, 2), (3, 0), (0, 1)),
        ((2, 2), (5, 0), (0, 0)),
        ((0, 0), (0, 0), (0, 0)),
        ((0, 1), (1, 0), (0, 0)),
        ((u32::MAX, u32::MAX), (0, 0), (u32::MAX, u32::MAX)),
    ];
    for (need, there, missing) in cases {
        let people = |(rota, reserve)| People::new(rota, reserve);
        assert_eq!(
            people(there).missing(people(need)),
            people(missing),
            "{need:?} {there:?}"
        );
    }
}

#[test]
fn a_late_shift_leaves_a_gap_until_it_begins() {
    let shifts = [shift("anna", "9.5-16")];
    assert_eq!(
        found(&[need("8-16", 1, 0)], &shifts, &open(&["8-16"])),
        ["8-9.5 1/0"]
    );
}

#[test]
fn the_gap_changes_when_the_numbers_do() {
    let shifts = [shift("anna", "9-12"), shift("bo", "10-11")];
    assert_eq!(
        found(&[need("8-12", 2, 1)], &shifts, &open(&["8-12"])),
        ["8-9 2/1", "9-10 1/1", "10-11 0/1", "11-12 1/1"]
    );
}

#[test]
fn equal_numbers_are_one_gap_whoever_comes_and_goes() {
    let shifts = [shift("anna", "8-10"), shift("bo", "10-12")];
    let needs = [need("8-10", 2, 0), need("10-12", 2, 0)];
    assert_eq!(
        found(&needs, &shifts, &open(&["8-10", "10-12"])),
        ["8-12 1/0"]
    );
    let more = [need("8-10", 2, 0), need("10-12", 3, 0)];
    let shifts = [shift("anna", "8-12"), shift("bo", "10-12")];
    assert_eq!(found(&more, &shifts, &open(&["8-12"])), ["8-12 1/0"]);
}

#[test]
fn closed_time_ends_a_gap() {
    let needs = [need("0-24", 1, 0)];
    assert_eq!(
        found(&needs, &[], &open(&["8-12", "13-17"])),
        ["8-12 1/0", "13-17 1/0"]
    );
    assert!(found(&needs, &[], &open(&[])).is_empty());
}

#[test]
fn needs_at_the_same_time_add_up() {
    let needs = [need("8-12", 1, 0), need("10-14", 1, 1)];
    let shifts = [shift("anna", "8-14")];
    assert_eq!(
        found(&needs, &shifts, &open(&["8-14"])),
        ["10-12 1/1", "12-14 0/1"]
    );
}

#[test]
fn a_person_counts_once_and_not_on_a_break() {
    let needs = [need("8-16", 2, 0)];
    let shifts = [
        shift("anna", "8-12"),
        shift("anna", "10-16"),
        shift("anna", "8-16").in_reserve(),
    ];
    assert_eq!(found(&needs, &shifts, &open(&["8-16"])), ["8-16 1/0"]);
    let (from, to) = hours("11-11.5");
    let shifts = [
        shift("anna", "8-16"),
        shift("bo", "8-16").with_break(from, to),
    ];
    assert_eq!(found(&needs, &shifts, &open(&["8-16"])), ["11-11.5 1/0"]);
}

#[test]
fn a_skill_is_judged_by_those_who_have_it() {
    let needs = [
        need("8-12", 2, 0),
        need("8-12", 1, 0).for_skill("fi"),
        need("8-12", 1, 0).for_skill("sv"),
    ];
    let shifts = [
        shift("anna", "8-12").with_skill("fi").with_skill("sv"),
        shift("bo", "8-10").with_skill("en"),
    ];
    assert_eq!(found(&needs, &shifts, &open(&["8-12"])), ["10-12 1/0"]);
    let shifts = [shift("bo", "8-10").with_skill("sv")];
    assert_eq!(
        found(&needs, &shifts, &open(&["8-12"])),
        ["8-10 1/0", "8-12 1/0 fi", "10-12 2/0", "10-12 1/0 sv"]
    );
}

#[test]
fn what_ends_before_it_begins_is_refused() {
    let backwards = Shift::new("anna", at(60), at(60));
    let error = gaps(&[], &[backwards], &open(&[])).unwrap_err();
    assert!(matches!(error, CoverageError::Shift { .. }));
    assert_eq!(
        error.to_string(),
        "the shift of anna from 2026-11-23 01:00:00 UTC ends at 2026-11-23 01:00:00 UTC, \
         not after it begins"
    );
    let backwards = Need::new(at(60), at(0), People::new(1, 0));
    let error = gaps(&[backwards], &[], &open(&[])).unwrap_err();
    assert!(matches!(error, CoverageError::Need { .. }));
}

#[test]
fn a_rota_is_read_from_json() {
    let text = r#"{"person":"anna","from":"2026-11-23T08:00:00Z","to":"2026-11-23T16:00:00Z",
        "role":"reserve","skills":["fi"]}"#;
    let read: Shift = serde_json::from_str(text).unwrap();
    let (from, to) = hours("8-16");
    assert_eq!(
        read,
        Shift::new("anna", from, to).in_reserve().with_skill("fi")
    );
    let misspelt = text.replace("skills", "skils");
    let error = serde_json::from_str::<Shift>(&misspelt).unwrap_err();
    assert!(error.to_string().contains("skils"), "{error}");
}

const SPAN: i64 = 120;

/// The same by looking at every minute.
fn walked(needs: &[Need], shifts: &[Shift], open: &OpenTimes) -> BTreeSet<(i64, i64, String)> {
    let skills: BTreeSet<Option<String>> = needs.iter().map(|need| need.skill.clone()).collect();
    let within = |from, to, minute| from <= at(minute) && at(minute) < to;
    let mut found = BTreeSet::new();
    for skill in skills {
        let mut run: Option<(i64, (i64, i64))> = None;
        for minute in -1..=SPAN {
            let mut need = (0, 0);
            for n in needs
                .iter()
                .filter(|n| n.skill == skill && within(n.from, n.to, minute))
            {
                need.0 += i64::from(n.people.rota);
                need.1 += i64::from(n.people.reserve);
            }
            let on = |role| {
                let there = shifts.iter().filter(|s| {
                    s.role == role
                        && within(s.from, s.to, minute)
                        && !s.breaks.iter().any(|b| within(b.start, b.end, minute))
                        && skill.as_ref().is_none_or(|skill| s.skills.contains(skill))
                });
                there.map(|s| s.person.clone()).collect::<BTreeSet<_>>()
            };
            let rota = on(Role::Rota);
            let reserve = on(Role::Reserve).difference(&rota).count() as i64;
            let rota = rota.len() as i64;
            let missing_rota = (need.0 - rota).max(0);
            let missing_reserve = (need.1 - reserve - (rota - need.0).max(0)).max(0);
            let is_open = open
                .stretches()
                .iter()
                .any(|s| within(s.start, s.end, minute));
            let missing = (missing_rota, missing_reserve);
            let now = (is_open && missing != (0, 0)).then_some(missing);
            if let Some((from, numbers)) = run.filter(|(_, numbers)| Some(*numbers) != now) {
                found.insert((from, minute, format!("{skill:?} {numbers:?}")));
                run = None;
            }
            if run.is_none() {
                run = now.map(|numbers| (minute, numbers));
            }
        }
    }
    found
}

fn stretch() -> impl Strategy<Value = (i64, i64)> {
    (0..SPAN - 1).prop_flat_map(|from| (Just(from), from + 1..SPAN))
}

fn some_skills() -> impl Strategy<Value = BTreeSet<String>> {
    proptest::collection::btree_set(
        prop_oneof![Just("fi".to_owned()), Just("sv".to_owned())],
        0..3,
    )
}

proptest! {
    #[test]
    fn the_sweep_agrees_with_a_walk_over_the_minutes(
        needs in proptest::collection::vec(
            (stretch(), 0..4_u32, 0..3_u32, proptest::option::of(prop_oneof!["fi", "sv"])), 0..6),
        shifts in proptest::collection::vec(
            (stretch(), 0..5_u8, any::<bool>(), some_skills(), proptest::collection::vec(stretch(), 0..3)), 0..10),
        open in proptest::collection::vec(stretch(), 0..4),
    ) {
        let needs: Vec<Need> = needs.into_iter().map(|((from, to), rota, reserve, skill)| {
            let need = Need::new(at(from), at(to), People::new(rota, reserve));
            match skill { Some(skill) => need.for_skill(skill), None => need }
        }).collect();
        let shifts: Vec<Shift> = shifts.into_iter().map(|((from, to), person, reserve, skills, breaks)| {
            let mut shift = Shift::new(format!("p{person}"), at(from), at(to));
            if reserve { shift = shift.in_reserve(); }
            shift.skills = skills;
            shift.breaks = breaks.into_iter().map(|(from, to)| at(from)..at(to)).collect();
            shift
        }).collect();
        let open: OpenTimes = open.into_iter().map(|(from, to)| at(from)..at(to)).collect();
        let swept: BTreeSet<(i64, i64, String)> = gaps(&needs, &shifts, &open).unwrap().iter().map(|gap| {
            let minute = |time: DateTime<Utc>| (time - at(0)).num_minutes();
            let missing = (i64::from(gap.missing.rota), i64::from(gap.missing.reserve));
            (minute(gap.from), minute(gap.to), format!("{:?} {missing:?}", gap.skill))
        }).collect();
        prop_assert_eq!(swept, walked(&needs, &shifts, &open));
    }
}
