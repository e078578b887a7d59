//! Thousands of random calendars against a second reading that judges every minute by itself.
//!
//! `ASPA_CASES` says how many of each kind are tried; 24 where it says nothing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod naive;

use aspa_hours::holidays::Category;
use aspa_hours::{Calendar, ClockChanges, Edge, HolidayMode};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use naive::{Model, NaiveBreak, NaiveSeason, Span, Weekly};
use proptest::prelude::*;
use proptest::sample::select;

/// Zones, and days on which they do something unusual.
const CHANGES: [(Tz, (i32, u32, u32)); 26] = [
    (chrono_tz::Europe::Helsinki, (2026, 3, 29)),
    (chrono_tz::Europe::Helsinki, (2026, 10, 25)),
    (chrono_tz::Europe::London, (2027, 3, 28)),
    (chrono_tz::Europe::Dublin, (2026, 10, 25)),
    (chrono_tz::Europe::Dublin, (1999, 12, 31)),
    (chrono_tz::America::New_York, (2026, 3, 8)),
    (chrono_tz::America::New_York, (2026, 11, 1)),
    (chrono_tz::America::St_Johns, (2010, 11, 7)),
    (chrono_tz::America::Sao_Paulo, (2018, 11, 4)),
    (chrono_tz::America::Sao_Paulo, (2019, 2, 17)),
    (chrono_tz::Australia::Sydney, (2026, 4, 5)),
    (chrono_tz::Australia::Lord_Howe, (2026, 10, 4)),
    (chrono_tz::Australia::Lord_Howe, (2026, 4, 5)),
    (chrono_tz::Pacific::Apia, (2011, 12, 30)),
    (chrono_tz::Pacific::Chatham, (2026, 9, 27)),
    (chrono_tz::Pacific::Chatham, (2027, 4, 4)),
    (chrono_tz::Africa::Casablanca, (2026, 2, 15)),
    (chrono_tz::Africa::Casablanca, (2026, 3, 22)),
    (chrono_tz::Antarctica::Troll, (2026, 3, 29)),
    (chrono_tz::Antarctica::Troll, (2026, 10, 25)),
    (chrono_tz::Asia::Tehran, (2022, 3, 22)),
    (chrono_tz::Asia::Tehran, (2022, 9, 22)),
    (chrono_tz::Asia::Kathmandu, (1986, 1, 1)),
    (chrono_tz::Asia::Kolkata, (2033, 12, 31)),
    (chrono_tz::Asia::Gaza, (2030, 3, 30)),
    (chrono_tz::Tz::UTC, (2028, 2, 29)),
];

fn cases() -> u32 {
    let said = std::env::var("ASPA_CASES").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(24)
}

/// Mostly on quarters of an hour, so that edges meet.
fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        4 => (0..96_u32, 1..=48_u32).prop_map(|(start, length)| (start * 900, (start + length) * 900)),
        1 => (0..1_440_u32, 1..=1_440_u32).prop_map(|(start, length)| (start * 60, (start + length) * 60)),
        1 => (0..12_u32).prop_map(|start| (start * 900, start * 900 + 900)),
        1 => Just((0, 86_400)),
    ]
}

fn spans(most: usize) -> impl Strategy<Value = Vec<Span>> {
    proptest::collection::vec(span(), 0..=most)
}

fn weekly() -> impl Strategy<Value = Weekly> {
    (
        proptest::collection::vec(spans(2), 7),
        prop_oneof![2 => Just(None), 1 => spans(1).prop_map(Some)],
    )
        .prop_map(|(days, holidays)| Weekly { days, holidays })
}

/// Days before and after the middle.
fn near() -> impl Strategy<Value = i64> {
    -4..=4_i64
}

fn season() -> impl Strategy<Value = (i64, i64, bool, Weekly)> {
    (near(), near(), any::<bool>(), weekly())
        .prop_map(|(a, b, yearly, open)| (a.min(b), a.max(b), yearly, open))
}

fn a_break() -> impl Strategy<Value = (Option<i64>, u8, Vec<Span>)> {
    (
        prop_oneof![Just(None), near().prop_map(Some)],
        1..128_u8,
        proptest::collection::vec(span(), 1..=2),
    )
}

prop_compose! {
    fn model_in(zone: Tz, middle: NaiveDate)(
        open in weekly(),
        seasons in proptest::collection::vec(season(), 0..=2),
        breaks in proptest::collection::vec(a_break(), 0..=3),
        holidays in proptest::collection::btree_map(near(),
            select(vec![Category::Public, Category::DeFacto, Category::HalfDay]), 0..=3),
        half_day_open in proptest::option::of(spans(2)),
        exceptions in proptest::collection::btree_map(near(), spans(2), 0..=2),
        mode in select(vec![HolidayMode::CalendarDate, HolidayMode::StartDate]),
        changes in select(vec![ClockChanges::WallSet, ClockChanges::WallSet, ClockChanges::Rfc5545]),
    ) -> Model {
        let day = |n: i64| middle + TimeDelta::days(n);
        Model {
            zone,
            open,
            seasons: seasons.into_iter().map(|(from, through, yearly, open)| NaiveSeason {
                from: day(from), through: day(through), yearly, open,
            }).collect(),
            breaks: breaks.into_iter().map(|(on, weekdays, at)| NaiveBreak {
                date: on.map(day), weekdays, at,
            }).collect(),
            holidays: holidays.into_iter().map(|(n, category)| (day(n), category)).collect(),
            half_day_open,
            mode,
            exceptions: exceptions.into_iter().map(|(n, open)| (day(n), open)).collect(),
            changes,
        }
    }
}

fn middle() -> impl Strategy<Value = (Tz, NaiveDate)> {
    select(CHANGES.to_vec())
        .prop_map(|(zone, (y, m, d))| (zone, NaiveDate::from_ymd_opt(y, m, d).unwrap()))
}

fn model() -> impl Strategy<Value = (Model, DateTime<Utc>)> {
    middle().prop_flat_map(|(zone, middle)| {
        model_in(zone, middle).prop_map(move |model| (model, start(middle)))
    })
}

fn start(middle: NaiveDate) -> DateTime<Utc> {
    let eve = middle - Days::new(2);
    eve.and_hms_opt(0, 0, 0).unwrap().and_utc()
}

const MINUTES: usize = 4 * 24 * 60;

fn minutes(start: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    (0..MINUTES as i64)
        .map(|n| start + TimeDelta::minutes(n))
        .collect()
}

/// Everything that a calendar says of some minutes, against whether each of them is open.
fn agree(
    calendar: &Calendar,
    instants: &[DateTime<Utc>],
    walk: &[bool],
    (a, b): (usize, usize),
) -> Result<(), TestCaseError> {
    for (&at, &open) in instants.iter().zip(walk) {
        let local = at.with_timezone(&calendar.zone());
        prop_assert_eq!(calendar.is_open(at), open, "{}", local);
        prop_assert_eq!(calendar.is_open(at.timestamp() + 59), open, "{}", local);
        prop_assert_eq!(calendar.closed_reason(at).is_none(), open, "{}", local);
    }
    let (a, b) = (a.min(b), a.max(b));
    let (from, to) = (instants[a], instants[b]);
    let open = walk[a..b].iter().filter(|open| **open).count() as i64;
    prop_assert_eq!(calendar.between(from, to), TimeDelta::minutes(open));
    prop_assert_eq!(calendar.between(to, from), TimeDelta::minutes(-open));

    let mut seconds = 0;
    let mut at = from;
    let mut last = None;
    for segment in calendar.segments(from, to) {
        prop_assert_eq!(segment.from, at);
        prop_assert!(segment.from < segment.to);
        prop_assert!(
            last.as_ref() != Some(&segment.closed),
            "no seam without a change"
        );
        let first = instants.iter().position(|i| *i == segment.from).unwrap();
        let after = instants.iter().position(|i| *i == segment.to).unwrap();
        for &instant in &instants[first..after] {
            prop_assert_eq!(&calendar.closed_reason(instant), &segment.closed);
        }
        if segment.is_open() {
            seconds += segment.duration().num_seconds();
        }
        at = segment.to;
        last = Some(segment.closed);
    }
    prop_assert_eq!(at, to);
    prop_assert_eq!(seconds, open * 60);

    let stretches: Vec<_> = calendar.iter(from..to).collect();
    let told: i64 = stretches
        .iter()
        .map(|s| (s.end - s.start).num_minutes())
        .sum();
    prop_assert_eq!(told, open);
    prop_assert!(stretches.windows(2).all(|two| two[0].end < two[1].start));

    let first = |from: usize, wanted: bool| (from..MINUTES).find(|&n| walk[n] == wanted);
    if let Some(n) = first(a, true) {
        prop_assert_eq!(calendar.next_open(from), Ok(instants[n]));
    }
    if let Some(n) = first(a, false) {
        prop_assert_eq!(calendar.next_close(from), Ok(instants[n]));
    }
    if let Some(n) = first(a, !walk[a]) {
        prop_assert_eq!(calendar.next_change(from), Ok(instants[n]));
    }

    // From a on, the first minute by which as much has passed as up to b, and the last.
    let amount = TimeDelta::minutes(open);
    let passed = |from: usize, to: usize| walk[from..to].iter().filter(|open| **open).count();
    let due = (a..=b).find(|&n| passed(a, n) as i64 == open).unwrap();
    prop_assert_eq!(calendar.add(from, amount), Ok(instants[due]));
    let began = (a..=b).rfind(|&n| passed(n, b) as i64 == open).unwrap();
    prop_assert_eq!(calendar.sub(to, amount), Ok(instants[began]));
    if let Some(n) = first(due, true) {
        prop_assert_eq!(calendar.add_to(from, amount, Edge::Reopen), Ok(instants[n]));
    }
    if let Some(n) = (0..=began).rfind(|&n| n > 0 && walk[n - 1]) {
        prop_assert_eq!(calendar.sub_to(to, amount, Edge::Reopen), Ok(instants[n]));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn every_minute_is_judged_alike(
        (model, start) in model(), a in 0..MINUTES, b in 0..MINUTES,
    ) {
        let calendar = model.hours().build().unwrap();
        let instants = minutes(start);
        let walk: Vec<bool> = instants.iter().map(|at| model.is_open(*at)).collect();
        agree(&calendar, &instants, &walk, (a, b))?;
        for (&at, open) in instants.iter().zip(&walk).step_by(5) {
            let why = calendar.closed_reason(at).map(|why| why.to_string());
            prop_assert_eq!(why, (!open).then(|| model.why_closed(at)), "{}", at);
        }
    }

    #[test]
    fn business_days_are_judged_alike((model, start) in model(), at in 0..MINUTES / 2, n in 0..3_usize) {
        let calendar = model.hours().build().unwrap();
        // Every quarter of an hour would do for most spans; every minute does for all.
        let instants: Vec<_> = (0..9 * 1_440)
            .map(|n| start - TimeDelta::days(3) + TimeDelta::minutes(n))
            .collect();
        let from = start + TimeDelta::minutes(at as i64);
        let date = from.with_timezone(&model.zone).date_naive();
        let mut days: Vec<(NaiveDate, DateTime<Utc>)> = Vec::new();
        for (date, last) in model.business_days(&instants) {
            let close = last + TimeDelta::minutes(1);
            match days.last_mut() {
                Some(known) if known.0 == date => known.1 = known.1.max(close),
                _ => days.push((date, close)),
            }
        }
        let own = days.iter().find(|day| day.0 == date).filter(|day| from <= day.1);
        let wanted = match (n, own) {
            (0, Some(own)) => Some(own),
            _ => days.iter().filter(|day| day.0 > date).nth(n.max(1) - 1),
        };
        // What starts in the last days may end behind them.
        let known = instants[instants.len() - 1] - TimeDelta::days(2);
        if let Some((_, close)) = wanted.filter(|day| day.1 < known) {
            prop_assert_eq!(calendar.end_of_nth_business_day(from, n as u32), Ok(*close));
        }
    }

    #[test]
    fn combined_calendars_are_judged_alike(
        (models, start) in (middle(), select(CHANGES.to_vec())).prop_flat_map(|((zone, middle), (other, _))| {
            let models = (model_in(zone, middle), model_in(zone, middle), model_in(other, middle));
            models.prop_map(move |(a, b, c)| ([a, b, c], self::start(middle)))
        }),
        shape in 0..6,
        a in 0..MINUTES,
        b in 0..MINUTES,
    ) {
        let [x, y, z] = models.each_ref().map(|model| model.hours().build().unwrap());
        let combined = match shape {
            0 => x.or(&y).or(&z),
            1 => x.and(&y),
            2 => x.minus(&y),
            3 => x.or(&y).minus(&z),
            4 => x.minus(&y).or(&z.and(&x)),
            _ => x.or(&y).and(&z.or(&x)),
        };
        let instants = minutes(start);
        let walk: Vec<bool> = instants.iter().map(|at| {
            let [x, y, z] = models.each_ref().map(|model| model.is_open(*at));
            match shape {
                0 => x || y || z,
                1 => x && y,
                2 => x && !y,
                3 => (x || y) && !z,
                4 => x && (!y || z),
                _ => x || (y && z),
            }
        }).collect();
        agree(&combined, &instants, &walk, (a, b))?;
    }

    #[test]
    fn adding_and_measuring_are_inverse(
        (model, start) in model(),
        offset in 0_i64..400_000,
        amount in 0_i64..40_000_000,
        share in 0_i64..=100,
    ) {
        let calendar = model.hours().build().unwrap();
        let from = start.timestamp() + offset;
        let Ok(due) = calendar.add(from, amount) else {
            prop_assert!(calendar.between(from, 4_102_444_800) < amount, "there is none");
            return Ok(());
        };
        prop_assert_eq!(calendar.between(from, due), amount);
        if due > from {
            prop_assert!(calendar.between(from, due - 1) < amount, "the smallest such instant");
        }
        if let Ok(back) = calendar.sub(from, amount) {
            prop_assert_eq!(calendar.between(back, from), amount);
            if back < from {
                prop_assert!(calendar.between(back + 1, from) < amount, "the largest such instant");
            }
        }
        // In two steps as in one, and of two parts as of the whole.
        let part = amount * share / 100;
        let halfway = calendar.add(from, part).unwrap();
        prop_assert_eq!(calendar.add(halfway, amount - part), Ok(due));
        let between = from + (due - from) * share / 100;
        let sum = calendar.between(from, between) + calendar.between(between, due);
        prop_assert_eq!(sum, amount);
        // Seconds, and instants of a zone, are the same question.
        let local = DateTime::from_timestamp(from, 0).unwrap().with_timezone(&model.zone);
        let answer = calendar.add(local, TimeDelta::seconds(amount)).unwrap();
        prop_assert_eq!(answer.timestamp(), due);
        prop_assert_eq!(answer.timezone(), model.zone);
    }

    #[test]
    fn split_intervals_are_the_whole(
        (model, start) in model(), seconds in 60..86_400_u32, a in 0..MINUTES, b in 0..MINUTES,
    ) {
        let mut split = model.clone();
        let weeks = split.seasons.iter_mut().map(|season| &mut season.open);
        for weekly in weeks.chain([&mut split.open]) {
            for open in &mut weekly.days {
                let cut = seconds / 60 * 60;
                *open = open.iter().flat_map(|&(start, end)| match start + cut {
                    middle if middle < end && middle < 86_400 => vec![(start, middle), (middle, end)],
                    _ => vec![(start, end)],
                }).collect();
            }
        }
        // By RFC 5545 every edge counts, so that a cut in a skipped hour may change something.
        let changes = ClockChanges::WallSet;
        let build = |model: &Model| model.hours().clock_changes(changes).build().unwrap();
        let (whole, split) = (build(&model), build(&split));
        let at = |n: usize| start + TimeDelta::minutes(n as i64);
        // A piece that starts on its own after midnight is none; those before it are as they were.
        prop_assert_eq!(whole.between(at(a), at(b)), split.between(at(a), at(b)));
    }

    #[test]
    fn round_the_clock_business_time_is_elapsed_time(
        (zone, middle) in middle(), offset in 0_i64..600_000, length in 0_i64..600_000,
    ) {
        let calendar = aspa_hours::Hours::new(zone).open("24/7").unwrap().build().unwrap();
        let from = start(middle).timestamp() + offset;
        prop_assert_eq!(calendar.between(from, from + length), length);
        prop_assert_eq!(calendar.add(from, length), Ok(from + length));
        prop_assert_eq!(calendar.segments(from, from + length + 1).count(), 1);
    }

    #[test]
    fn what_changes_outside_a_span_changes_nothing_in_it(
        (model, start) in model(), day in 8_i64..300, open in spans(2), before in any::<bool>(),
    ) {
        let date = start.date_naive() + TimeDelta::days(if before { -day } else { day });
        let mut changed = model.clone();
        changed.exceptions.push((date, open));
        changed.holidays.push((date + TimeDelta::days(if before { -1 } else { 1 }), Category::Public));
        let (calendar, changed) = (model.hours().build().unwrap(), changed.hours().build().unwrap());
        prop_assert_ne!(calendar.fingerprint(), changed.fingerprint());
        let end = start + TimeDelta::days(4);
        let told = |calendar: &Calendar| calendar.segments(start, end).collect::<Vec<_>>();
        prop_assert_eq!(told(&calendar), told(&changed));
    }
}
