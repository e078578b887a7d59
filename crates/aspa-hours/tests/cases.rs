//! What a calendar answers, told as cases of the domain.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::{Calendar, Closed, Edge, HolidayMode, Hours, HoursError, Interval, Language};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(zone: Tz, weekly: &str) -> Hours {
    Hours::new(zone).open(weekly).unwrap()
}

fn calendar(zone: Tz, weekly: &str) -> Calendar {
    hours(zone, weekly).build().unwrap()
}

const HELSINKI: Tz = chrono_tz::Europe::Helsinki;

/// Open minutes of a day, by the wall clock of `zone`.
fn minutes(calendar: &Calendar, from: &str, to: &str) -> i64 {
    let local = |text: &str| {
        let naive = format!("{text}:00")
            .parse::<chrono::NaiveDateTime>()
            .unwrap();
        calendar
            .zone()
            .from_local_datetime(&naive)
            .earliest()
            .unwrap()
            .to_utc()
    };
    calendar.between(local(from), local(to)).num_minutes()
}

#[test]
fn business_time_between_two_instants() {
    let office = calendar(HELSINKI, "Mon-Fri 08:00-18:00; Sat 10:00-14:00");
    let lunch = calendar(HELSINKI, "Mon-Fri 08:00-12:00,13:00-18:00");
    let night = calendar(HELSINKI, "Fri-Sat 18:00-30:00");
    let touching = calendar(HELSINKI, "Mon-Fri 08:00-12:00,12:00-18:00");
    let daily = calendar(HELSINKI, "Mon-Sun 02:00-05:00");
    let lord_howe = calendar(chrono_tz::Australia::Lord_Howe, "Mon-Sun 01:00-03:00");
    let apia = calendar(chrono_tz::Pacific::Apia, "Mon-Sun 08:00-18:00");
    let cases = [
        (
            "within a day",
            &office,
            "2026-11-17T09:00",
            "2026-11-17T10:30",
            90,
        ),
        (
            "before opening",
            &office,
            "2026-11-17T06:00",
            "2026-11-17T08:00",
            0,
        ),
        (
            "closing time itself is closed",
            &office,
            "2026-11-17T17:59",
            "2026-11-17T19:00",
            1,
        ),
        (
            "a weekend with a Saturday",
            &office,
            "2026-11-20T17:00",
            "2026-11-23T09:00",
            360,
        ),
        (
            "over lunch",
            &lunch,
            "2026-11-17T11:30",
            "2026-11-17T13:30",
            60,
        ),
        (
            "past midnight",
            &night,
            "2026-11-20T23:00",
            "2026-11-21T07:00",
            420,
        ),
        (
            "the tail belongs to the day before",
            &night,
            "2026-11-22T00:00",
            "2026-11-22T23:00",
            360,
        ),
        (
            "touching intervals",
            &touching,
            "2026-11-17T11:00",
            "2026-11-17T13:00",
            120,
        ),
        (
            "spring: 03:00-04:00 is skipped",
            &daily,
            "2026-03-29T00:00",
            "2026-03-29T12:00",
            120,
        ),
        (
            "the day before spring",
            &daily,
            "2026-03-28T00:00",
            "2026-03-28T12:00",
            180,
        ),
        (
            "autumn: 03:00-04:00 comes twice",
            &daily,
            "2026-10-25T00:00",
            "2026-10-25T12:00",
            240,
        ),
        (
            "the day after autumn",
            &daily,
            "2026-10-26T00:00",
            "2026-10-26T12:00",
            180,
        ),
        (
            "Lord Howe skips half an hour",
            &lord_howe,
            "2026-10-04T00:00",
            "2026-10-04T12:00",
            90,
        ),
        (
            "Lord Howe repeats half an hour",
            &lord_howe,
            "2026-04-05T00:00",
            "2026-04-05T12:00",
            150,
        ),
        (
            "Apia skipped a Friday",
            &apia,
            "2011-12-29T12:00",
            "2011-12-31T12:00",
            360 + 240,
        ),
    ];
    for (name, calendar, from, to, expected) in cases {
        assert_eq!(minutes(calendar, from, to), expected, "{name}");
    }
}

#[test]
fn both_sides_of_a_clock_change() {
    // Open within the hour that spring skips and autumn repeats.
    let gap = calendar(HELSINKI, "Mon-Sun 03:15-03:45");
    assert_eq!(minutes(&gap, "2026-03-29T00:00", "2026-03-30T00:00"), 0);
    assert_eq!(minutes(&gap, "2026-10-25T00:00", "2026-10-26T00:00"), 60);
    for (instant, open) in [
        ("2026-10-25T00:14:59Z", false),
        ("2026-10-25T00:15:00Z", true),
        ("2026-10-25T00:45:00Z", false),
        ("2026-10-25T01:15:00Z", true),
        ("2026-10-25T01:45:00Z", false),
    ] {
        assert_eq!(gap.is_open(at(instant)), open, "{instant}");
    }
    // An edge inside the gap acts at the jump.
    let from_gap = calendar(HELSINKI, "Mon-Sun 03:30-10:00");
    assert_eq!(
        from_gap.next_open(at("2026-03-29T00:00:00Z")),
        Ok(at("2026-03-29T01:00:00Z"))
    );
    let to_gap = calendar(HELSINKI, "Mon-Sun 01:00-03:30");
    assert_eq!(
        to_gap.next_close(at("2026-03-29T00:00:00Z")),
        Ok(at("2026-03-29T01:00:00Z"))
    );
    // Round the clock is 23, 24 and 25 hours, without a seam.
    let always = calendar(HELSINKI, "24/7");
    assert_eq!(
        minutes(&always, "2026-03-29T00:00", "2026-03-30T00:00"),
        23 * 60
    );
    assert_eq!(
        minutes(&always, "2026-10-25T00:00", "2026-10-26T00:00"),
        25 * 60
    );
    let year = always.segments(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert_eq!(year.count(), 1);
    // The rules of a zone are known to the end of the horizon.
    assert_eq!(
        calendar(HELSINKI, "Mon-Sun 08:00-18:00").next_open(at("2099-07-01T00:00:00Z")),
        Ok(at("2099-07-01T05:00:00Z"))
    );
}

#[test]
fn due_times() {
    let office = hours(HELSINKI, "Mon-Fri 08:00-18:00")
        .holiday(date("2026-12-24"), "Christmas Eve")
        .holiday(date("2026-12-25"), "Christmas Day")
        .build()
        .unwrap();
    for (name, from, hours, due) in [
        (
            "nothing is due at once, even closed",
            "2026-11-21T12:00:00Z",
            0,
            "2026-11-21T12:00:00Z",
        ),
        (
            "a used-up day is due at closing",
            "2026-11-16T06:00:00Z",
            10,
            "2026-11-16T16:00:00Z",
        ),
        (
            "one hour more is due next morning",
            "2026-11-16T06:00:00Z",
            11,
            "2026-11-17T07:00:00Z",
        ),
        (
            "from a closed time",
            "2026-11-21T12:00:00Z",
            1,
            "2026-11-23T07:00:00Z",
        ),
        (
            "over Christmas",
            "2026-12-23T15:00:00Z",
            2,
            "2026-12-28T07:00:00Z",
        ),
        (
            "over the change to winter",
            "2026-10-23T14:00:00Z",
            2,
            "2026-10-26T07:00:00Z",
        ),
        (
            "into later years",
            "2033-12-30T15:00:00Z",
            2,
            "2034-01-02T07:00:00Z",
        ),
    ] {
        let due = at(due);
        assert_eq!(
            office.add(at(from), TimeDelta::hours(hours)),
            Ok(due),
            "{name}"
        );
        assert_eq!(
            office.between(at(from), due),
            TimeDelta::hours(hours),
            "{name}"
        );
    }
    let monday = at("2026-11-16T06:00:00Z");
    assert_eq!(
        office.sub(monday, TimeDelta::hours(10)),
        Ok(at("2026-11-13T06:00:00Z"))
    );
    assert_eq!(
        office.sub(monday, TimeDelta::hours(1)),
        Ok(at("2026-11-13T15:00:00Z"))
    );
    assert_eq!(
        office.add(monday, TimeDelta::hours(-1)),
        Ok(at("2026-11-13T15:00:00Z"))
    );
    assert_eq!(
        office.between(monday, at("2026-11-13T15:00:00Z")),
        TimeDelta::hours(-1)
    );
}

#[test]
fn holidays_and_exceptions() {
    let bar = |mode| {
        hours(HELSINKI, "Mon-Sun 18:00-26:00")
            .holiday(date("2026-12-24"), "Christmas Eve")
            .holiday_mode(mode)
    };
    // Wall times: the eve's tail, the holiday's evening, the holiday's tail.
    let probes = [
        "2026-12-24T01:00:00+02:00",
        "2026-12-24T20:00:00+02:00",
        "2026-12-25T01:00:00+02:00",
    ];
    let open = |hours: &Hours| {
        let calendar = hours.build().unwrap();
        probes.map(|probe| calendar.is_open(at(probe)))
    };
    assert_eq!(open(&bar(HolidayMode::CalendarDate)), [false, false, true]);
    assert_eq!(open(&bar(HolidayMode::StartDate)), [true, false, false]);

    let eve = date("2026-12-24");
    let short = |text| {
        bar(HolidayMode::CalendarDate)
            .exception(eve, text, "short day")
            .unwrap()
    };
    assert_eq!(
        open(&short("19:00-21:00")),
        [true, true, false],
        "an exception wins"
    );
    assert_eq!(
        open(&short("closed")),
        [false, false, false],
        "an empty exception closes"
    );
    let party = bar(HolidayMode::CalendarDate)
        .holiday(date("2026-12-25"), "Christmas Day")
        .exception(eve, "20:00-26:00", "party")
        .unwrap();
    assert_eq!(
        open(&party),
        [true, true, true],
        "an exception runs over midnight into a holiday"
    );
}

#[test]
fn reasons_of_closed_time() {
    let office = hours(HELSINKI, "Mon-Fri 08:00-18:00")
        .holiday(date("2026-12-25"), "Christmas Day")
        .holiday(date("2026-12-25"), "St. Anastasia")
        .exception(date("2026-12-24"), "08:00-12:00", "Christmas Eve")
        .unwrap()
        .build()
        .unwrap();
    let told: Vec<String> = office
        .segments(at("2026-12-23T14:00:00Z"), at("2026-12-28T07:00:00Z"))
        .map(|s| {
            let local = s.from.with_timezone(&HELSINKI).format("%a %H:%M");
            let why = s
                .closed
                .as_ref()
                .map_or("open".to_owned(), ToString::to_string);
            format!("{local} {why} {}", s.duration().num_minutes())
        })
        .collect();
    assert_eq!(
        told,
        [
            "Wed 16:00 open 120",
            "Wed 18:00 outside hours 360",
            "Thu 00:00 Christmas Eve 480",
            "Thu 08:00 open 240",
            "Thu 12:00 Christmas Eve 720",
            "Fri 00:00 Christmas Day, St. Anastasia 1440",
            "Sat 00:00 outside hours 3360",
            "Mon 08:00 open 60",
        ]
    );
    assert_eq!(office.closed_reason(at("2026-12-24T07:00:00Z")), None);
    assert_eq!(
        office.closed_reason(at("2026-12-24T11:00:00Z")),
        Some(Closed::Exception("Christmas Eve".into()))
    );
    assert_eq!(
        office.closed_reason(at("1850-01-01T00:00:00Z")),
        Some(Closed::BeyondHorizon)
    );
}

#[test]
fn what_lies_outside_the_horizon_is_closed_time_to_every_question() {
    let office = calendar(Tz::UTC, "Mo-Fr 08:00-18:00");
    // 1900-01-01 is a Monday, 2099-12-31 a Thursday.
    let (long_ago, first) = (at("1850-06-01T12:00:00Z"), at("1900-01-01T08:00:00Z"));
    let (last, some_day) = (at("2099-12-31T18:00:00Z"), at("2150-06-01T12:00:00Z"));
    let hour = TimeDelta::hours(1);
    assert_eq!(office.next_open(long_ago), Ok(first));
    assert_eq!(office.next_change(long_ago), Ok(first));
    assert_eq!(office.add(long_ago, hour), Ok(first + hour));
    assert_eq!(office.between(long_ago, first + hour), hour);
    assert_eq!(
        office.add_to(long_ago, TimeDelta::zero(), Edge::Reopen),
        Ok(first)
    );
    assert_eq!(
        office.end_of_nth_business_day(long_ago, 1),
        Ok(first + TimeDelta::hours(10))
    );
    assert_eq!(office.sub(some_day, hour), Ok(last - hour));
    assert_eq!(
        office.sub_to(some_day, TimeDelta::zero(), Edge::Reopen),
        Ok(last)
    );
    assert_eq!(
        office.iter(long_ago..first + hour).next(),
        Some(first..first + hour)
    );
    assert_eq!(office.iter(i64::MIN..first.timestamp() + 1).count(), 1);
    for beyond in [
        office.next_open(some_day),
        office.add(some_day, hour),
        office.sub(long_ago, hour),
        office.end_of_nth_business_day(some_day, 0),
    ] {
        assert!(matches!(beyond, Err(HoursError::BeyondHorizon { .. })));
    }
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for zone in [HELSINKI, chrono_tz::America::Adak] {
        let office = calendar(zone, "Mo-Fr 08:00-18:00");
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(office.closed_reason(now), Some(Closed::BeyondHorizon));
            assert!(!office.sentence(now, Language::En).is_empty());
        }
    }
}

#[test]
fn beyond_the_horizon_is_a_typed_error() {
    let from = at("2026-11-16T06:00:00Z");
    let beyond = Err(HoursError::BeyondHorizon { from });
    let always = Calendar::always();
    assert_eq!(
        always.add(from, TimeDelta::hours(3)),
        Ok(from + TimeDelta::hours(3))
    );
    assert_eq!(always.next_close(from), beyond);
    assert_eq!(always.add(from, TimeDelta::days(365 * 100)), beyond);
    assert_eq!(always.sub(from, TimeDelta::MAX), beyond);
    assert_eq!(always.add(from, TimeDelta::MAX), beyond);
    assert_eq!(always.add(from, TimeDelta::MIN), beyond);
    let never = Hours::new(HELSINKI).build().unwrap();
    assert!(never.is_never_open());
    assert_eq!(never.next_open(from), beyond);
    assert_eq!(
        never
            .segments(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)
            .count(),
        3
    );
    assert!(!always.is_open(DateTime::<Utc>::MAX_UTC));
    assert_eq!(
        never.between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC),
        TimeDelta::zero()
    );
    let far = hours(HELSINKI, "24/7")
        .holiday(date("2101-01-01"), "New Year")
        .build();
    assert!(matches!(
        far,
        Err(HoursError::DateOutsideHorizon {
            field: "holidays",
            ..
        })
    ));
}

#[test]
fn intervals_as_text() {
    for (text, canonical) in [
        ("08:00-18:00", "08:00-18:00"),
        (" 8:00 - 9:30:15 ", "08:00-09:30:15"),
        ("22:00-06:00", "22:00-30:00"),
        ("18:00-48:00", "18:00-48:00"),
        ("00:00-24:00", "00:00-24:00"),
    ] {
        let interval: Interval = text.parse().unwrap();
        assert_eq!(interval.to_string(), canonical, "{text}");
        assert_eq!(canonical.parse(), Ok(interval), "{text}");
    }
    for bad in [
        "",
        "08:00",
        "8-18",
        "08:00-08:00",
        "08:00-49:00",
        "24:00-30:00",
        "08:60-09:00",
        "1:2:3:4-9:00",
        "-1:00-09:00",
    ] {
        let read = bad.parse::<Interval>();
        assert!(matches!(read, Err(HoursError::Text { .. })), "{bad}");
    }
    assert!(Interval::new(0, 172_801).is_err());
    let twice = Hours::new(HELSINKI)
        .exception(date("2026-12-24"), "closed", "a")
        .and_then(|hours| hours.exception(date("2026-12-24"), "closed", "b"))
        .and_then(|hours| hours.build());
    assert!(matches!(twice, Err(HoursError::ExceptionTwice(_))));
}

#[test]
fn hours_survive_json_and_refuse_unknown_fields() {
    let hours = hours(HELSINKI, "Mon-Fri 08:00-18:00")
        .holiday(date("2026-12-06"), "Independence Day")
        .exception(date("2026-12-24"), "08:00-12:00", "Christmas Eve")
        .unwrap();
    let json = serde_json::to_string(&hours).unwrap();
    assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), hours);
    assert!(serde_json::from_str::<Hours>(r#"{"zone":"Europe/Helsinki","weekday":""}"#).is_err());
    assert!(serde_json::from_str::<Hours>(r#"{"zone":"Europe/Atlantis"}"#).is_err());
}

#[test]
fn many_threads_may_ask_at_once() {
    let calendar = calendar(HELSINKI, "Mon-Fri 08:00-18:00");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = |n: i32| {
            let calendar = calendar.clone();
            let from = Utc.with_ymd_and_hms(1990 + n * 20, 6, 4, 0, 0, 0).unwrap();
            scope.spawn(move || calendar.add(from, TimeDelta::hours(1000)).is_ok())
        };
        (0..4)
            .map(ask)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|t| t.join().unwrap())
            .collect()
    });
    assert_eq!(answers, [true; 4]);
}
