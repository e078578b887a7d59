//! Business time of a shop in Helsinki with lunch, Saturdays and public holidays, asked at random
//! instants of 2026, beside the `opening-hours` crate. Both answer in one process; compare the two
//! with each other, not with another machine. The ratios are printed at the end.
//!
//! `opening-hours` has no business time: its time between is the sum of its open intervals, and its
//! addition walks along them, as a user of it would write them.

use std::hint::black_box;
use std::path::Path;

use aspa_hours::holidays::{Category, HolidaySet, Region};
use aspa_hours::{Calendar, Hours};
use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use criterion::{BenchmarkId, Criterion};
use opening_hours::localization::{Country, TzLocation};
use opening_hours::{Context, OpeningHours};

const RULES: &str = "Mo-Fr 08:00-12:00,13:00-18:00; Sa 10:00-14:00; PH off";
const ZONE: Tz = chrono_tz::Europe::Helsinki;
const YEAR: i64 = 365 * DAY;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

fn hours() -> Hours {
    // The other crate counts the eves of Midsummer and Christmas among the public holidays.
    let finland: Region = "FI".parse().unwrap();
    let days_off = HolidaySet::new(finland).categories([Category::Public, Category::DeFacto]);
    Hours::new(ZONE).open(RULES).unwrap().holidays_of(days_off)
}

type Shop = OpeningHours<TzLocation<Tz>>;

fn shop() -> Shop {
    let context = Context::default()
        .with_holidays(Country::FI.holidays())
        .with_locale(TzLocation::new(ZONE));
    RULES.parse::<OpeningHours>().unwrap().with_context(context)
}

/// Random instants of 2026, always the same: a step of a full-period sequence.
fn instants() -> Vec<i64> {
    let start = 1_767_225_600;
    let mut state = 42_u64;
    (0..4_096)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            start + (state >> 33) as i64 % YEAR
        })
        .collect()
}

fn local(at: i64) -> DateTime<Tz> {
    DateTime::from_timestamp(at, 0)
        .unwrap()
        .with_timezone(&ZONE)
}

fn shop_between(shop: &Shop, a: i64, b: i64) -> TimeDelta {
    shop.iter_range(local(a), local(b))
        .filter(|part| part.kind == opening_hours::RuleKind::Open)
        .map(|part| part.range.end - part.range.start)
        .sum()
}

fn shop_add(shop: &Shop, from: i64, seconds: i64) -> DateTime<Tz> {
    let mut left = TimeDelta::seconds(seconds);
    for part in shop.iter_from(local(from)) {
        if part.kind != opening_hours::RuleKind::Open {
            continue;
        }
        let length = part.range.end - part.range.start;
        if length >= left {
            return part.range.start + left;
        }
        left -= length;
    }
    unreachable!("the shop opens every week")
}

struct Pair<'a> {
    criterion: &'a mut Criterion,
    calendar: Calendar,
    shop: Shop,
    asked: Vec<String>,
}

impl Pair<'_> {
    /// Asks both the same of one instant after another.
    fn ask<A, B>(
        &mut self,
        name: &str,
        ours: impl Fn(&Calendar, i64) -> A,
        theirs: impl Fn(&Shop, i64) -> B,
    ) {
        let mut group = self.criterion.benchmark_group(name);
        let instants = instants();
        let mut next = instants.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter("aspa-hours"), |b| {
            b.iter(|| black_box(ours(&self.calendar, black_box(*next.next().unwrap()))));
        });
        group.bench_function(BenchmarkId::from_parameter("opening-hours"), |b| {
            b.iter(|| black_box(theirs(&self.shop, black_box(*next.next().unwrap()))));
        });
        group.finish();
        self.asked.push(name.to_owned());
    }
}

fn main() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .without_plots()
        .output_directory(&directory)
        .configure_from_args();
    let mut pair = Pair {
        criterion: &mut criterion,
        calendar: hours().build().unwrap(),
        shop: shop(),
        asked: Vec::new(),
    };
    // Both must mean the same before they are compared; holidays included.
    for at in instants().into_iter().step_by(64) {
        let (a, b) = (at, at + 30 * DAY);
        let ours = TimeDelta::seconds(pair.calendar.between(a, b));
        assert_eq!(ours, shop_between(&pair.shop, a, b), "{}", local(a));
        let due = pair.calendar.add(at, 100 * HOUR).unwrap();
        assert_eq!(
            due,
            shop_add(&pair.shop, at, 100 * HOUR).timestamp(),
            "{}",
            local(at)
        );
    }

    pair.ask(
        "is_open",
        |c, at| c.is_open(at),
        |s, at| s.is_open(local(at)),
    );
    pair.ask(
        "is_open in a zone",
        |c, at| c.is_open(local(at)),
        |s, at| s.is_open(local(at)),
    );
    pair.ask(
        "next_change",
        |c, at| c.next_change(at).unwrap(),
        |s, at| s.next_change(local(at)).unwrap(),
    );
    for (name, span) in [("between 1 day", DAY), ("between 1 year", YEAR)] {
        pair.ask(
            name,
            |c, at| c.between(at, at + span),
            |s, at| shop_between(s, at, at + span),
        );
    }
    for (name, amount) in [
        ("add 1 h", HOUR),
        ("add 8 h", 8 * HOUR),
        ("add 1000 h", 1_000 * HOUR),
    ] {
        pair.ask(
            name,
            |c, at| c.add(at, amount).unwrap(),
            |s, at| shop_add(s, at, amount),
        );
    }
    // The other crate knows no business days, and compiles nothing but the text.
    let mut alone = pair.criterion.benchmark_group("end of 3rd business day");
    let instants = instants();
    let mut next = instants.iter().cycle();
    alone.bench_function("aspa-hours", |b| {
        b.iter(|| {
            pair.calendar
                .end_of_nth_business_day(*next.next().unwrap(), 3)
        });
    });
    alone.finish();
    let (ours, theirs) = (hours(), RULES);
    pair.ask(
        "compile (12 years; theirs only reads the text)",
        |_, at| ours.build().unwrap().is_open(at),
        |_, _| theirs.parse::<OpeningHours>().unwrap(),
    );

    let asked = pair.asked;
    println!(
        "\n{:<48} {:>12} {:>15} {:>9}",
        "median", "aspa-hours", "opening-hours", "ratio"
    );
    for name in asked {
        let [ours, theirs] = ["aspa-hours", "opening-hours"].map(|who| {
            let file = directory.join(&name).join(who).join("new/estimates.json");
            let text = std::fs::read_to_string(file).ok()?;
            let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
            estimates["median"]["point_estimate"].as_f64()
        });
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            println!(
                "{name:<48} {ours:>9.1} ns {theirs:>12.1} ns {:>9.1}",
                theirs / ours
            );
        }
    }
}
