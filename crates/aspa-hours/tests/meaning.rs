//! What seasons, breaks, half-days, holidays and business days mean, told as cases of the domain.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::holidays::{Category, HolidaySet, Region};
use aspa_hours::{Calendar, Edge, Fingerprint, Holiday, HolidayMode, Hours, HoursError, Interval};
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

const HELSINKI: Tz = chrono_tz::Europe::Helsinki;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A local time of Helsinki, such as `2026-11-17 09:00`.
fn at(text: &str) -> DateTime<Tz> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    HELSINKI.from_local_datetime(&naive).earliest().unwrap()
}

fn office() -> Hours {
    Hours::new(HELSINKI).open("Mo-Fr 08:00-18:00").unwrap()
}

/// What is open on a local date, and what the closed times of its own are called.
fn day(hours: &Hours, on: &str) -> String {
    let calendar = hours.build().unwrap();
    let from = at(&format!("{on} 00:00"));
    let told = calendar
        .segments(from, from + TimeDelta::days(1))
        .map(|segment| {
            let hour = segment.from.format("%H:%M");
            let why = segment
                .closed
                .map_or("open".to_owned(), |why| why.to_string());
            format!("{hour} {why}")
        });
    told.collect::<Vec<_>>().join(", ")
}

#[test]
fn breaks() {
    let lunch = office().break_at("Mo-Fr 12:00-12:30", "lunch").unwrap();
    let short = lunch
        .clone()
        .exception(date("2026-11-18"), "10:00-14:00", "training")
        .unwrap();
    let two = lunch.clone().break_at("Tu 12:15-13:00", "meeting").unwrap();
    let twice = lunch
        .clone()
        .break_at("Mo-Fr 15:00-15:15", "coffee")
        .unwrap();
    let late = office().break_at("Tu 17:00-19:00", "cleaning").unwrap();
    let dated = office()
        .break_at("2026 Nov 17 09:00-10:00", "drill")
        .unwrap();
    let not_on_holidays = office()
        .open("Mo-Fr 08:00-18:00; PH 10:00-14:00")
        .unwrap()
        .holiday(date("2026-11-17"), "a holiday")
        .break_at("Mo-Fr 12:00-12:30; PH off", "lunch")
        .unwrap();
    for (name, hours, on, told) in [
        (
            "a break",
            &lunch,
            "2026-11-17",
            "00:00 outside hours, 08:00 open, 12:00 lunch, 12:30 open, 18:00 outside hours",
        ),
        (
            "out of an exception",
            &short,
            "2026-11-18",
            "00:00 training, 10:00 open, 12:00 lunch, 12:30 open, 14:00 training",
        ),
        (
            "two at once: the first is the reason",
            &two,
            "2026-11-17",
            "00:00 outside hours, 08:00 open, 12:00 lunch, 12:30 meeting, 13:00 open, 18:00 outside hours",
        ),
        (
            "two a day, every week",
            &twice,
            "2026-11-17",
            "00:00 outside hours, 08:00 open, 12:00 lunch, 12:30 open, 15:00 coffee, 15:15 open, 18:00 outside hours",
        ),
        (
            "beyond closing it is no break",
            &late,
            "2026-11-17",
            "00:00 outside hours, 08:00 open, 17:00 cleaning, 18:00 outside hours",
        ),
        (
            "on one date",
            &dated,
            "2026-11-17",
            "00:00 outside hours, 08:00 open, 09:00 drill, 10:00 open, 18:00 outside hours",
        ),
        (
            "not on others",
            &dated,
            "2026-11-24",
            "00:00 outside hours, 08:00 open, 18:00 outside hours",
        ),
        (
            "not on holidays",
            &not_on_holidays,
            "2026-11-17",
            "00:00 a holiday, 10:00 open, 14:00 a holiday",
        ),
    ] {
        assert_eq!(day(hours, on), told, "{name}");
    }
}

#[test]
fn seasons() {
    let bar = Hours::new(HELSINKI).open("Mo-Su 18:00-26:00").unwrap();
    let summer = bar
        .clone()
        .season("--06-01", "--08-31", "Mo-Su 12:00-20:00", "summer")
        .unwrap();
    let winter = bar
        .clone()
        .season("--12-01", "--02-28", "off", "winter")
        .unwrap();
    let both = summer
        .clone()
        .season("2026-07-06", "2026-07-12", "Mo-Su 12:00-13:00", "festival")
        .unwrap();
    let leap = bar
        .clone()
        .season("--02-29", "--03-01", "off", "leap")
        .unwrap();
    let until = "00:00 open, 02:00 outside hours, 18:00 open";
    for (name, hours, on, told) in [
        ("the day before", &summer, "2026-05-31", until),
        (
            "the night before runs to its end",
            &summer,
            "2026-06-01",
            "00:00 open, 02:00 outside hours, 12:00 open, 20:00 outside hours",
        ),
        (
            "the last day",
            &summer,
            "2027-08-31",
            "00:00 outside hours, 12:00 open, 20:00 outside hours",
        ),
        (
            "the day after",
            &summer,
            "2027-09-01",
            "00:00 outside hours, 18:00 open",
        ),
        (
            "over the turn of the year, first",
            &winter,
            "2026-12-01",
            "00:00 open, 02:00 outside hours",
        ),
        (
            "over the turn of the year, inside",
            &winter,
            "2027-01-10",
            "00:00 outside hours",
        ),
        (
            "over the turn of the year, last",
            &winter,
            "2027-02-28",
            "00:00 outside hours",
        ),
        (
            "over the turn of the year, leap day",
            &winter,
            "2028-02-29",
            "00:00 outside hours, 18:00 open",
        ),
        (
            "the last listed wins",
            &both,
            "2026-07-08",
            "00:00 outside hours, 12:00 open, 13:00 outside hours",
        ),
        (
            "in its year only",
            &both,
            "2027-07-08",
            "00:00 outside hours, 12:00 open, 20:00 outside hours",
        ),
        ("no leap day: before", &leap, "2027-02-28", until),
        (
            "no leap day: from March on",
            &leap,
            "2027-03-01",
            "00:00 open, 02:00 outside hours",
        ),
    ] {
        assert_eq!(day(hours, on), told, "{name}");
    }
    for (from, through) in [("2026-06-01", "--08-31"), ("2026-06-02", "2026-06-01")] {
        let built = office()
            .season(from, through, "off", "odd")
            .unwrap()
            .build();
        assert!(
            matches!(built, Err(HoursError::Season { .. })),
            "{from} {through}"
        );
    }
    for bad in ["2026-6-1", "--6-1", "06-01", "--13-01", "2026-02-30", ""] {
        assert!(
            office().season(bad, "--08-31", "off", "odd").is_err(),
            "{bad}"
        );
    }
}

#[test]
fn half_days() {
    // 23 December 2026 is a Wednesday, the 26th a Saturday.
    let eves = |hours: Hours| {
        let mut hours = hours;
        for on in ["2026-12-23", "2026-12-26"] {
            hours
                .holidays
                .push(Holiday::new(date(on), "an eve").category(Category::HalfDay));
        }
        hours
    };
    let short = eves(office()).half_day_open("08:00-12:00").unwrap();
    let closed = eves(office()).half_day_open("closed").unwrap();
    let holiday = short.clone().holiday(date("2026-12-23"), "a holiday");
    let exception = short
        .clone()
        .exception(date("2026-12-23"), "14:00-15:00", "a party")
        .unwrap();
    for (name, hours, on, told) in [
        (
            "as other days where nothing is said",
            &eves(office()),
            "2026-12-23",
            "00:00 outside hours, 08:00 open, 18:00 outside hours",
        ),
        (
            "hours of their own",
            &short,
            "2026-12-23",
            "00:00 an eve, 08:00 open, 12:00 an eve",
        ),
        (
            "none where the day is closed anyway",
            &short,
            "2026-12-26",
            "00:00 outside hours",
        ),
        ("closed", &closed, "2026-12-23", "00:00 an eve"),
        (
            "a holiday goes before",
            &holiday,
            "2026-12-23",
            "00:00 a holiday",
        ),
        (
            "an exception goes before",
            &exception,
            "2026-12-23",
            "00:00 a party, 14:00 open, 15:00 a party",
        ),
    ] {
        assert_eq!(day(hours, on), told, "{name}");
    }
}

#[test]
fn holidays_of_a_region() {
    let finland: Region = "FI".parse().unwrap();
    let by_law = office().holidays_of(finland);
    let sweden: Region = "SE".parse().unwrap();
    let without_eves = office().holidays_of(sweden);
    let eves = HolidaySet::new(sweden).categories([Category::Public, Category::DeFacto]);
    let with_eves = office().holidays_of(eves);
    let in_swedish = office().holidays_of(HolidaySet::new(finland).language("sv").unwrap());
    let said = |open: &str| {
        Hours::new(HELSINKI)
            .open(open)
            .unwrap()
            .holidays_of(finland)
    };
    let bar = Hours::new(HELSINKI).holidays_of(finland);
    let bar = |open: &str| bar.clone().open(open).unwrap();
    for (name, hours, on, told) in [
        ("by law", &by_law, "2027-01-06", "00:00 Epiphany"),
        (
            "the eve is none by law",
            &without_eves,
            "2026-12-24",
            "00:00 outside hours, 08:00 open, 18:00 outside hours",
        ),
        ("by custom", &with_eves, "2026-12-24", "00:00 Christmas Eve"),
        ("any year", &by_law, "2093-12-25", "00:00 Christmas Day"),
        (
            "in the language of the set",
            &in_swedish,
            "2027-01-06",
            "00:00 trettondagen",
        ),
        (
            "PH hours",
            &said("Mo-Fr 08:00-18:00; PH 10:00-14:00"),
            "2026-12-24",
            "00:00 Christmas Eve, 10:00 open, 14:00 Christmas Eve",
        ),
        (
            "PH as a weekday",
            &said("Mo-Fr,PH 08:00-18:00"),
            "2026-12-06",
            "00:00 Independence Day, 08:00 open, 18:00 Independence Day",
        ),
        (
            "PH off",
            &said("Mo-Fr 08:00-18:00; PH off"),
            "2026-12-25",
            "00:00 Christmas Day",
        ),
        (
            "the eve's tail is blanked",
            &bar("Mo-Su 18:00-26:00"),
            "2027-01-06",
            "00:00 Epiphany",
        ),
        (
            "and PH off says no more than that",
            &bar("Mo-Su 18:00-26:00; PH off"),
            "2027-01-06",
            "00:00 Epiphany",
        ),
        (
            "nor on the day after",
            &bar("Mo-Su 18:00-26:00; PH off"),
            "2027-01-07",
            "00:00 open, 02:00 outside hours, 18:00 open",
        ),
        (
            "hours of PH leave the eve's tail",
            &bar("Mo-Su 18:00-26:00; PH 20:00-22:00"),
            "2027-01-06",
            "00:00 open, 02:00 Epiphany, 20:00 open, 22:00 Epiphany",
        ),
        (
            "a later rule reopens the holiday",
            &bar("Mo-Su 18:00-26:00; PH off; Jan 06 20:00-22:00"),
            "2027-01-06",
            "00:00 open, 02:00 Epiphany, 20:00 open, 22:00 Epiphany",
        ),
        (
            "the other mode speaks of what starts",
            &bar("Mo-Su 18:00-26:00").holiday_mode(HolidayMode::StartDate),
            "2027-01-06",
            "00:00 open, 02:00 Epiphany",
        ),
        (
            "also of PH off",
            &bar("Mo-Su 18:00-26:00; PH off").holiday_mode(HolidayMode::StartDate),
            "2027-01-06",
            "00:00 open, 02:00 Epiphany",
        ),
    ] {
        assert_eq!(day(hours, on), told, "{name}");
    }
    // A name told twice is told once; two names are both told.
    let twice = by_law
        .holiday(date("2027-01-06"), "Epiphany")
        .holiday(date("2027-01-06"), "Inventory");
    assert_eq!(day(&twice, "2027-01-06"), "00:00 Epiphany, Inventory");
}

#[test]
fn a_reason_changes_at_midnight_also_after_a_clock_change() {
    // Sunday has 23 hours; it is closed throughout, and so is Monday.
    let calendar = office()
        .holiday(date("2026-03-30"), "a holiday")
        .build()
        .unwrap();
    let (from, to) = (at("2026-03-29 00:00"), at("2026-03-31 00:00"));
    let told = calendar.segments(from, to).map(|segment| segment.from);
    assert_eq!(told.collect::<Vec<_>>(), [from, at("2026-03-30 00:00")]);
}

#[test]
fn what_is_left_of_a_night_that_is_cut_belongs_to_the_day_on_which_it_began() {
    let saturday = date("2026-11-21");
    let bar = Hours::new(HELSINKI)
        .open("Fr 20:00-30:00; Sa 00:00-02:00 off")
        .unwrap();
    let season = |hours: Hours| hours.season("2026-11-21", "2026-11-21", "off", "closed");
    let mut half = bar.clone().half_day_open("10:00-11:00").unwrap();
    let half_day = Holiday::new(saturday, "half").category(Category::HalfDay);
    half.holidays.push(half_day);
    for (name, hours, told) in [
        (
            "on a plain day",
            &bar,
            "00:00 outside hours, 02:00 open, 06:00 outside hours",
        ),
        (
            "before a holiday that only stops what starts on it",
            &bar.clone()
                .holiday(saturday, "a holiday")
                .holiday_mode(HolidayMode::StartDate),
            "00:00 a holiday, 02:00 open, 06:00 a holiday",
        ),
        (
            "before an exception",
            &bar.clone()
                .exception(saturday, "08:00-09:00", "fair")
                .unwrap(),
            "00:00 fair, 02:00 open, 06:00 fair, 08:00 open, 09:00 fair",
        ),
        (
            "before a season",
            &season(bar.clone()).unwrap(),
            "00:00 outside hours, 02:00 open, 06:00 outside hours",
        ),
        (
            "before a half-day that would be closed",
            &half,
            "00:00 outside hours, 02:00 open, 06:00 outside hours",
        ),
    ] {
        assert_eq!(day(hours, "2026-11-21"), told, "{name}");
    }
}

#[test]
fn which_end_of_a_closed_time() {
    let calendar = office().build().unwrap();
    let hours = TimeDelta::hours;
    for (name, from, amount, close, reopen) in [
        (
            "a day used up",
            "2026-11-16 08:00",
            10,
            "2026-11-16 18:00",
            "2026-11-17 08:00",
        ),
        (
            "a week used up",
            "2026-11-20 08:00",
            10,
            "2026-11-20 18:00",
            "2026-11-23 08:00",
        ),
        (
            "within a day there is one answer",
            "2026-11-16 08:00",
            4,
            "2026-11-16 12:00",
            "2026-11-16 12:00",
        ),
        (
            "nothing while open",
            "2026-11-16 09:00",
            0,
            "2026-11-16 09:00",
            "2026-11-16 09:00",
        ),
        (
            "nothing while closed",
            "2026-11-15 09:00",
            0,
            "2026-11-15 09:00",
            "2026-11-16 08:00",
        ),
        (
            "nothing at closing",
            "2026-11-16 18:00",
            0,
            "2026-11-16 18:00",
            "2026-11-17 08:00",
        ),
    ] {
        let answer = |edge| calendar.add_to(at(from), hours(amount), edge);
        assert_eq!(answer(Edge::Close), Ok(at(close)), "{name}");
        assert_eq!(answer(Edge::Reopen), Ok(at(reopen)), "{name}");
        if amount > 0 {
            let back = calendar.sub_to(at(from), hours(-amount), Edge::Reopen);
            assert_eq!(back, Ok(at(reopen)), "{name}, as a negative amount");
        }
    }
    for (name, from, amount, open, closed) in [
        (
            "a day used up",
            "2026-11-16 18:00",
            10,
            "2026-11-16 08:00",
            "2026-11-13 18:00",
        ),
        (
            "from a closed time",
            "2026-11-15 12:00",
            10,
            "2026-11-13 08:00",
            "2026-11-12 18:00",
        ),
        (
            "within a day there is one answer",
            "2026-11-16 18:00",
            4,
            "2026-11-16 14:00",
            "2026-11-16 14:00",
        ),
        (
            "nothing while open",
            "2026-11-16 09:00",
            0,
            "2026-11-16 09:00",
            "2026-11-16 09:00",
        ),
        (
            "nothing while closed",
            "2026-11-15 09:00",
            0,
            "2026-11-15 09:00",
            "2026-11-13 18:00",
        ),
        (
            "nothing at opening",
            "2026-11-16 08:00",
            0,
            "2026-11-16 08:00",
            "2026-11-13 18:00",
        ),
        (
            "nothing at closing",
            "2026-11-16 18:00",
            0,
            "2026-11-16 18:00",
            "2026-11-16 18:00",
        ),
    ] {
        let answer = |edge| calendar.sub_to(at(from), hours(amount), edge);
        assert_eq!(answer(Edge::Close), Ok(at(open)), "{name}, back");
        assert_eq!(answer(Edge::Reopen), Ok(at(closed)), "{name}, back");
    }
    assert_eq!(
        calendar.next_change(at("2026-11-16 08:00")),
        Ok(at("2026-11-16 18:00"))
    );
    assert_eq!(
        calendar.next_change(at("2026-11-16 18:00")),
        Ok(at("2026-11-17 08:00"))
    );
}

#[test]
fn business_days() {
    let plain = office().holiday(date("2026-12-25"), "Christmas Day");
    let lunch_to_close = office().break_at("Mo 17:00-18:00", "meeting").unwrap();
    let bar = Hours::new(HELSINKI).open("Fr-Sa 18:00-26:00").unwrap();
    let touching = Hours::new(HELSINKI)
        .open("Fr 18:00-30:00; Sa 06:00-12:00")
        .unwrap();
    let always = Hours::new(HELSINKI).open("24/7").unwrap();
    let no_saturday = bar.clone().holiday(date("2026-11-21"), "a holiday");
    for (name, hours, from, n, close) in [
        (
            "before opening",
            &plain,
            "2026-11-16 06:00",
            0,
            "2026-11-16 18:00",
        ),
        (
            "while open",
            &plain,
            "2026-11-16 12:00",
            0,
            "2026-11-16 18:00",
        ),
        (
            "at closing",
            &plain,
            "2026-11-16 18:00",
            0,
            "2026-11-16 18:00",
        ),
        (
            "past closing it is the next",
            &plain,
            "2026-11-16 18:01",
            0,
            "2026-11-17 18:00",
        ),
        (
            "on a Saturday it is the next",
            &plain,
            "2026-11-21 12:00",
            0,
            "2026-11-23 18:00",
        ),
        ("one day", &plain, "2026-11-16 06:00", 1, "2026-11-17 18:00"),
        (
            "one day from a Friday evening",
            &plain,
            "2026-11-20 20:00",
            1,
            "2026-11-23 18:00",
        ),
        (
            "three days from a Thursday",
            &plain,
            "2026-11-19 12:00",
            3,
            "2026-11-24 18:00",
        ),
        (
            "three days over Christmas",
            &plain,
            "2026-12-23 12:00",
            3,
            "2026-12-29 18:00",
        ),
        (
            "250 days",
            &plain,
            "2026-11-16 12:00",
            250,
            "2027-11-02 18:00",
        ),
        (
            "a break at the end",
            &lunch_to_close,
            "2026-11-16 12:00",
            0,
            "2026-11-16 17:00",
        ),
        (
            "past midnight",
            &bar,
            "2026-11-20 12:00",
            0,
            "2026-11-21 02:00",
        ),
        (
            "the tail is of the day before",
            &bar,
            "2026-11-21 01:00",
            0,
            "2026-11-22 02:00",
        ),
        (
            "after a tail",
            &bar,
            "2026-11-22 01:00",
            0,
            "2026-11-28 02:00",
        ),
        (
            "a holiday ends the eve at midnight",
            &no_saturday,
            "2026-11-20 12:00",
            0,
            "2026-11-21 00:00",
        ),
        (
            "what is left of a holiday's night is no day",
            &no_saturday,
            "2026-11-20 12:00",
            1,
            "2026-11-28 02:00",
        ),
        (
            "hours that touch are days of their own",
            &touching,
            "2026-11-20 12:00",
            0,
            "2026-11-21 06:00",
        ),
        (
            "and the second ends later",
            &touching,
            "2026-11-20 12:00",
            1,
            "2026-11-21 12:00",
        ),
        (
            "round the clock a day ends at midnight",
            &always,
            "2026-11-20 12:00",
            0,
            "2026-11-21 00:00",
        ),
        (
            "round the clock, two days",
            &always,
            "2026-11-20 12:00",
            2,
            "2026-11-23 00:00",
        ),
        (
            "over the edge of the first years compiled",
            &plain,
            "2033-12-29 12:00",
            3,
            "2034-01-03 18:00",
        ),
    ] {
        let calendar = hours.build().unwrap();
        let answer = calendar.end_of_nth_business_day(at(from), n);
        assert_eq!(answer, Ok(at(close)), "{name}");
    }
    let never = Hours::new(HELSINKI).build().unwrap();
    let beyond = |n| {
        never
            .end_of_nth_business_day(at("2026-11-16 12:00"), n)
            .is_err()
    };
    assert!(beyond(0) && beyond(1) && beyond(u32::MAX));
    let plain = plain.build().unwrap();
    assert!(
        plain
            .end_of_nth_business_day(at("2026-11-16 12:00"), u32::MAX)
            .is_err()
    );
    assert!(plain.end_of_nth_business_day(i64::MAX, 1).is_err());
    assert!(plain.end_of_nth_business_day(i64::MIN, u32::MAX).is_err());
}

#[test]
fn instants_of_every_kind() {
    let calendar = office().build().unwrap();
    let seconds = at("2026-11-16 09:30").timestamp();
    let utc = DateTime::from_timestamp(seconds, 0).unwrap();
    let fixed = utc.with_timezone(&FixedOffset::east_opt(5 * 3_600).unwrap());
    assert_eq!(calendar.add(seconds, 3_600), Ok(seconds + 3_600));
    assert_eq!(
        calendar.add(utc, TimeDelta::hours(1)),
        Ok(utc + TimeDelta::hours(1))
    );
    let answer = calendar.next_close(fixed).unwrap();
    assert_eq!(answer.to_rfc3339(), "2026-11-16T21:00:00+05:00");
    assert_eq!(calendar.between(seconds, seconds + 7_200), 7_200);
    let days: Vec<_> = calendar.iter(seconds..seconds + 86_400).collect();
    let eve = at("2026-11-16 18:00").timestamp();
    let next = at("2026-11-17 08:00").timestamp();
    assert_eq!(days, [seconds..eve, next..seconds + 86_400]);
    // A fraction of a second is cut off, and kept where the answer is the instant asked about.
    let fraction = utc + TimeDelta::milliseconds(700);
    assert_eq!(calendar.next_open(fraction), Ok(fraction));
    assert_eq!(
        calendar.add(fraction, TimeDelta::seconds(1)),
        Ok(utc + TimeDelta::seconds(1))
    );
    // The ends of what a number can hold.
    for far in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
        assert!(!calendar.is_open(far));
        assert_eq!(
            calendar.closed_reason(far).unwrap().to_string(),
            "beyond the years covered"
        );
        let away = far.signum();
        for amount in [i64::MIN, away, i64::MAX] {
            assert!(calendar.add(far, amount).is_err());
            assert!(calendar.add_to(far, amount, Edge::Reopen).is_err());
            assert!(calendar.sub(far, amount.saturating_neg()).is_err());
            assert!(calendar.add(seconds, i64::MAX).is_err());
        }
        assert!(calendar.add(far, -away).is_ok());
        assert_eq!(calendar.between(far, far), 0);
    }
    assert!(calendar.between(i64::MIN, i64::MAX) > 0);
    assert_eq!(
        calendar.between(i64::MIN, i64::MAX),
        -calendar.between(i64::MAX, i64::MIN)
    );
}

#[test]
fn fingerprints() {
    let hours = office()
        .holiday(date("2026-12-06"), "Independence Day")
        .holiday(date("2026-12-25"), "Christmas Day")
        .exception(
            date("2026-12-24"),
            "08:00-10:00,11:00-12:00",
            "Christmas Eve",
        )
        .unwrap();
    let print = hours.fingerprint();
    assert_eq!(hours.build().unwrap().fingerprint(), print);
    let mut turned = hours.clone();
    turned.holidays.reverse();
    turned.exceptions[0].open.reverse();
    assert_eq!(turned.fingerprint(), print, "the order changes no answer");
    let spelt = hours.clone().open("mon-fri 8:00-18:00").unwrap();
    assert_eq!(spelt.fingerprint(), print, "another spelling of the same");

    let text = print.to_string();
    assert_eq!(text.len(), 32);
    assert_eq!(text.parse(), Ok(print));
    assert_eq!(serde_json::to_value(print).unwrap(), text);
    assert!("xyz".parse::<Fingerprint>().is_err());
    assert!(text[1..].parse::<Fingerprint>().is_err());

    let region: Region = "FI".parse().unwrap();
    let changes: [(&str, Hours); 12] = [
        ("name", hours.clone().named("chat")),
        ("zone", {
            let mut moved = hours.clone();
            moved.zone = chrono_tz::Europe::Stockholm;
            moved
        }),
        ("open", hours.clone().open("Mo-Fr 08:00-18:01").unwrap()),
        (
            "seasons",
            hours
                .clone()
                .season("--06-01", "--06-02", "off", "s")
                .unwrap(),
        ),
        (
            "breaks",
            hours.clone().break_at("Mo 12:00-13:00", "b").unwrap(),
        ),
        ("holiday_sets", hours.clone().holidays_of(region)),
        (
            "holiday_sets language",
            hours
                .clone()
                .holidays_of(HolidaySet::new(region).language("fi").unwrap()),
        ),
        (
            "holidays",
            hours.clone().holiday(date("2026-12-06"), "again"),
        ),
        (
            "half_day_open",
            hours.clone().half_day_open("closed").unwrap(),
        ),
        (
            "holiday_mode",
            hours.clone().holiday_mode(HolidayMode::StartDate),
        ),
        (
            "exceptions",
            hours
                .clone()
                .exception(date("2026-12-23"), "closed", "x")
                .unwrap(),
        ),
        (
            "clock_changes",
            hours
                .clone()
                .clock_changes(aspa_hours::ClockChanges::Rfc5545),
        ),
    ];
    let mut seen = vec![print];
    for (field, changed) in changes {
        let print = changed.fingerprint();
        assert!(!seen.contains(&print), "{field}");
        seen.push(print);
    }
}

#[test]
fn answers_are_the_same_from_many_threads() {
    let hours = office()
        .break_at("Mo-Fr 12:00-12:30", "lunch")
        .unwrap()
        .holidays_of("FI".parse::<Region>().unwrap());
    let ask = |calendar: &Calendar, n: i64| {
        let from = Utc
            .with_ymd_and_hms(1905, 6, 4, 0, 0, 0)
            .unwrap()
            .timestamp();
        let from = from + n * 7_919 * 86_400 / 16;
        (
            calendar.is_open(from),
            calendar.add(from, 3_600 * n),
            calendar.between(from, from + n * 1_000_000),
            calendar.end_of_nth_business_day(from, 3),
            calendar.segments(from, from + 1_000_000).count(),
        )
    };
    let alone = hours.build().unwrap();
    let expected: Vec<_> = (0..120).map(|n| ask(&alone, n)).collect();
    for _ in 0..2 {
        let shared = hours
            .build()
            .unwrap()
            .or(&Hours::new(HELSINKI).build().unwrap());
        std::thread::scope(|scope| {
            for thread in 0..16 {
                let (shared, expected) = (&shared, &expected);
                scope.spawn(move || {
                    for n in (0..120).map(|n| (n + thread * 7) % 120) {
                        assert_eq!(ask(shared, n), expected[n as usize]);
                    }
                });
            }
        });
    }
}

#[test]
fn json_of_every_field() {
    let hours = office()
        .named("shop")
        .season("--06-01", "2026-06-02", "off", "odd")
        .unwrap()
        .break_at("Mo 12:00-13:00", "lunch")
        .unwrap()
        .holidays_of("SE".parse::<Region>().unwrap())
        .holiday(date("2026-12-06"), "Independence Day")
        .half_day_open("08:00-12:00")
        .unwrap()
        .holiday_mode(HolidayMode::StartDate)
        .exception(date("2026-12-24"), "closed", "Christmas Eve")
        .unwrap()
        .clock_changes(aspa_hours::ClockChanges::Rfc5545);
    let json = serde_json::to_string(&hours).unwrap();
    assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), hours);
    assert_eq!(
        hours.half_day_open,
        Some(vec![Interval::new(28_800, 43_200).unwrap()])
    );
    let least: Hours = serde_json::from_str(r#"{"zone":"Europe/Helsinki"}"#).unwrap();
    assert_eq!(least, Hours::new(HELSINKI));
}
