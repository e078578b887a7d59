//! The command's contract, on histories whose numbers are worked out beside them.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_staffing"));
    let output = command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn well(folder: &TempDir, arguments: &[&str]) -> String {
    let ran = run(folder.path(), arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    ran.out
}

/// What `--json` says of `history.jsonl`.
fn answer(folder: &TempDir, arguments: &[&str]) -> Value {
    let all = [
        &["--archive", "history.jsonl", "--tz", "UTC", "--json"],
        arguments,
    ]
    .concat();
    serde_json::from_str(&well(folder, &all)).unwrap()
}

/// A folder with a `history.jsonl` of messages at these times.
fn history(times: &[String]) -> TempDir {
    let mut text = String::new();
    for (number, at) in times.iter().enumerate() {
        let line = json!({
            "type": "message", "network": "web_chat", "id": number.to_string(),
            "conversation": number.to_string(), "author": "1", "direction": "in", "at": at,
            "text": "Hello?"
        });
        writeln!(text, "{line}").unwrap();
    }
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("history.jsonl"), text).unwrap();
    folder
}

/// Twelve messages in each hour from 8 to 18 of four weeks' workdays, 2026-11-02 to 27.
fn steady() -> Vec<String> {
    let workdays = (2..=27).filter(|day| day % 7 != 0 && day % 7 != 1);
    let hours = workdays.flat_map(|day| (8..18).map(move |hour| (day, hour)));
    let times = hours.flat_map(|(day, hour)| {
        (0..12).map(move |n| format!("2026-11-{day:02}T{hour:02}:{:02}:30Z", n * 5))
    });
    times.collect()
}

fn hour<'a>(target: &'a Value, day: &str, hour: u32) -> &'a Value {
    let hours = target["hours"].as_array().unwrap();
    hours
        .iter()
        .find(|h| h["day"] == day && h["hour"] == hour)
        .unwrap()
}

#[test]
fn steady_work_takes_two_and_costs_what_it_does() {
    let folder = history(&steady());
    let said = answer(
        &folder,
        &[
            "--target", "1h", "--shift", "10h", "--rate", "20", "--month", "2026-12",
        ],
    );
    assert_eq!(said["history"]["messages"], 20 * 10 * 12);
    assert_eq!(said["history"]["written_while_closed"], 0);
    let target = &said["targets"][0];
    assert_eq!(target["model"], "erlang_c");
    // 12 an hour of 6 minutes: 1.2 erlangs; at most 85 % busy: 2 agents. ceil(2 / 0.7) = 3 people.
    let monday = hour(target, "Mon", 8);
    assert_eq!(
        (&monday["agents"], &monday["people"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(monday["messages_to_serve"], 12.0);
    assert_eq!(target["hours"].as_array().unwrap().len(), 50);
    // By summing state probabilities in another language: 0.9998490418174438.
    let expected = target["expected_in_time"].as_f64().unwrap();
    assert!(
        (expected - 0.999_849_041_817_443_8).abs() < 1e-12,
        "{expected}"
    );
    // Two at work for 50 h a week; three on the plan.
    assert_eq!(target["agent_minutes_a_week"], 2 * 50 * 60);
    assert_eq!(target["plan_minutes_needed_a_week"], 3 * 50 * 60);
    // Three people, five days, ten hours: nothing less will do.
    let plan = &target["plan"];
    assert_eq!(plan["shifts"].as_array().unwrap().len(), 15);
    assert_eq!(
        (&plan["minutes"], &plan["minutes_at_least"]),
        (&json!(9000), &json!(9000))
    );
    assert_eq!(
        (&plan["people"], &plan["people_at_least"]),
        (&json!(3), &json!(3))
    );
    // December 2026 has 23 workdays: 23 x 3 x 10 h x 20.00.
    assert_eq!(target["month"]["cents"], 1_380_000);
    assert_eq!(target["month"]["seconds"], 690 * 3600);
}

#[test]
fn impatience_for_an_answer_takes_more() {
    // 80 % within 20 s at 1.2 erlangs: 56.96 % with two agents, 87.23 % with three.
    let folder = history(&steady());
    let said = answer(
        &folder,
        &[
            "--target",
            "20s",
            "--share",
            "80",
            "--occupancy",
            "100",
            "--shrinkage",
            "0",
        ],
    );
    let target = &said["targets"][0];
    assert_eq!(hour(target, "Fri", 17)["agents"], 3);
    let expected = target["expected_in_time"].as_f64().unwrap();
    assert!(
        (expected - 0.872_258_246_865_511_6).abs() < 1e-12,
        "{expected}"
    );
    // Who gives up makes room for others, and the answer says by which model.
    let said = answer(
        &folder,
        &[
            "--target",
            "20s",
            "--share",
            "80",
            "--patience",
            "1m",
            "--shrinkage",
            "0",
        ],
    );
    assert_eq!(said["targets"][0]["model"], "erlang_a");
    // Three chats at once, each half as long again: 1.8 erlangs of slots, 3 x 1 slots are enough.
    let chat = [
        "--target",
        "1h",
        "--concurrency",
        "3",
        "--slowdown",
        "1.5",
        "--shrinkage",
        "0",
    ];
    let said = answer(&folder, &chat);
    assert_eq!(hour(&said["targets"][0], "Mon", 9)["agents"], 1);
}

#[test]
fn what_came_while_closed_waits_at_the_door() {
    // Ten messages on each Sunday of four weeks, one at Monday noon.
    let mut times = Vec::new();
    for day in [1, 8, 15, 22] {
        times.extend((0..10).map(|n| format!("2026-11-{day:02}T{:02}:00:00Z", n + 8)));
        times.push(format!("2026-11-{:02}T12:30:00Z", day + 1));
    }
    let folder = history(&times);
    let said = answer(&folder, &["--target", "1h"]);
    assert_eq!(said["history"]["written_while_closed"], 40);
    let target = &said["targets"][0];
    assert_eq!(hour(target, "Mon", 8)["messages_to_serve"], 10.0);
    assert_eq!(hour(target, "Mon", 9)["messages_to_serve"], 0.0);
    assert_eq!(hour(target, "Mon", 12)["messages_to_serve"], 1.0);
    // 1 erlang at 85 %: two. Somebody is there in quiet hours.
    assert_eq!(hour(target, "Mon", 8)["agents"], 2);
    assert_eq!(hour(target, "Wed", 17)["agents"], 1);
    // Over two hours it is half as many in each.
    let said = answer(&folder, &["--target", "1h", "--backlog", "2h"]);
    assert_eq!(
        hour(&said["targets"][0], "Mon", 9)["messages_to_serve"],
        5.0
    );
    let text = well(&folder, &["--archive", "history.jsonl", "--tz", "UTC"]);
    assert!(text.contains("90.9 % write when you are closed"), "{text}");
}

#[test]
fn a_day_for_the_answer_takes_what_the_tightest_stretch_asks_for() {
    // Spread over the hour from 9 on a Monday, the last at 9:55; that one is due at 9:55 on Tuesday, and
    // begun 6 minutes before: 9 h + 1 h 49 min of duty, which is 108 messages of 6 minutes.
    let at_once = |count: usize| history(&vec!["2026-11-02T09:00:00Z".to_owned(); count]);
    for (count, agents) in [(108, 1), (109, 2), (216, 2), (217, 3)] {
        let said = answer(&at_once(count), &["--target", "24h", "--shift", "10h"]);
        let target = &said["targets"][0];
        assert_eq!(hour(target, "Thu", 10)["agents"], agents, "{count}");
        let tightest = &target["tightest"];
        // One agent fewer has not enough time in it.
        let seconds = |figure: &str| tightest[figure].as_u64().unwrap();
        let needed = seconds("work_seconds").div_ceil(seconds("duty_seconds"));
        assert_eq!(needed, agents, "{count}");
        // One is asked for by any work at all.
        assert_eq!(tightest["whole_week"], agents == 1, "{count}");
    }
    // On a Friday at 9 it is due on Monday at 9.
    let friday = history(&vec!["2026-11-06T09:00:00Z".to_owned(); 109]);
    let said = answer(&friday, &["--target", "24h", "--shift", "10h"]);
    let tightest = &said["targets"][0]["tightest"];
    assert_eq!(
        (&tightest["from"], &tightest["until"]),
        (&json!("Fri 09:00"), &json!("Mon 09:49"))
    );
    assert_eq!(
        (&tightest["duty_seconds"], &tightest["whole_week"]),
        (&json!(38_940), &json!(false))
    );
    // By opening hours 24 h are 2.4 days.
    let said = answer(&friday, &["--target", "24h", "--clock", "open"]);
    assert_eq!(hour(&said["targets"][0], "Mon", 9)["agents"], 1);
    // 700 messages of 6 minutes are 70 h of work each week, and a week is open for 50.
    let spread = (0..700).map(|n| {
        format!(
            "2026-11-0{}T{:02}:{:02}:00Z",
            2 + n / 140,
            8 + n % 10,
            n % 60
        )
    });
    let weekly = history(&spread.collect::<Vec<_>>());
    let said = answer(&weekly, &["--target", "20d", "--shift", "10h"]);
    assert_eq!(hour(&said["targets"][0], "Mon", 9)["agents"], 2);
    // By the calendar a message of Saturday would be due on Sunday.
    let saturday = history(&["2026-11-07T09:00:00Z".to_owned()]);
    let ran = run(
        saturday.path(),
        &[
            "--archive",
            "history.jsonl",
            "--target",
            "24h",
            "--clock",
            "calendar",
        ],
    );
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--clock days"), "{}", ran.err);
    // By days five hours end in the evening, when nobody is there.
    let ran = run(
        saturday.path(),
        &["--archive", "history.jsonl", "--target", "5h"],
    );
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("count by --clock open"), "{}", ran.err);
}

/// Four weeks of one message in each open hour; in the third 300 more, early on Wednesday.
fn bursty() -> TempDir {
    let days = (2..=27).filter(|day| day % 7 != 0 && day % 7 != 1);
    let hours = days.flat_map(|day| (8..18).map(move |hour| (day, hour)));
    let mut times: Vec<String> = hours
        .map(|(day, hour)| format!("2026-11-{day:02}T{hour:02}:20:00Z"))
        .collect();
    times.extend((0..300).map(|n| format!("2026-11-18T0{}:{:02}:00Z", n / 60, n % 60)));
    history(&times)
}

#[test]
fn both_targets_are_sized_for_the_same_week() {
    let folder = bursty();
    for (options, basis, messages) in [
        (&[][..], "average", 500),
        (&["--week", "busiest"], "busiest", 350),
        (&["--week", "p66"], "p66", 50),
        (&["--week", "p67"], "p67", 350),
    ] {
        let said = answer(&folder, options);
        let week = &said["sized_for_week"];
        assert_eq!(
            (&week["basis"], &week["taken_from"]["messages"]),
            (&json!(basis), &json!(messages))
        );
        let [hour, day] = said["targets"].as_array().unwrap().as_slice() else {
            panic!("{said}")
        };
        for figure in ["people", "minutes"] {
            let of = |target: &Value| target["plan"][figure].as_u64().unwrap();
            assert!(of(day) <= of(hour), "{basis}: {figure}");
        }
        let cents = |target: &Value| target["month"]["cents"].as_i64().unwrap();
        assert!(cents(day) <= cents(hour), "{basis}");
        // The whole burst in the first hour of a Wednesday, 301 or a fourth: 30.1 or 8.5 - 0.85 erlangs.
        if basis == "busiest" {
            assert_eq!(self::hour(hour, "Wed", 8)["messages_to_serve"], 301.0);
        }
        if basis == "average" {
            assert_eq!(self::hour(hour, "Wed", 8)["messages_to_serve"], 76.0);
        }
    }
    let text = well(
        &folder,
        &[
            "--archive",
            "history.jsonl",
            "--tz",
            "UTC",
            "--week",
            "busiest",
        ],
    );
    assert!(
        text.contains("Sized for the busiest week of 3, 2026-11-16 to 2026-11-22, 350 messages"),
        "{text}"
    );
    let text = well(&folder, &["--archive", "history.jsonl", "--tz", "UTC"]);
    assert!(text.contains("Sized for the average week"), "{text}");
}

#[test]
fn a_date_far_away_is_pointed_out() {
    let folder = history(&["2016-11-02T09:00:00Z", "2026-11-02T09:00:00Z"].map(str::to_owned));
    let text = well(&folder, &["--archive", "history.jsonl", "--tz", "UTC"]);
    assert!(
        text.contains("weeks have messages: is a date wrong?"),
        "{text}"
    );
}

#[test]
fn five_hundred_a_day_take_more_than_five() {
    let folder = history(&steady());
    // 2,400 messages in 26 days; the history is from Monday to the Friday four weeks later.
    let agents = |per_day: &str| {
        let said = answer(&folder, &["--target", "1h,24h", "--per-day", per_day]);
        let of = |n: usize| {
            hour(&said["targets"][n], "Mon", 9)["agents"]
                .as_u64()
                .unwrap()
        };
        (of(0), of(1))
    };
    assert_eq!(agents("5"), (1, 1));
    // 500 a day are 65 in each open hour: 6.5 erlangs, 7.65 agents at 85 %.
    let (live, deferred) = agents("500");
    assert_eq!((live, deferred), (8, 7));
}

#[test]
fn holidays_close_the_service_and_cost_nothing() {
    let folder = history(&steady());
    let december = [
        "--target", "1h", "--shift", "10h", "--rate", "20", "--month", "2026-12",
    ];
    // Christmas Eve is a Thursday, Christmas Day a Friday; Independence Day a Sunday, Boxing Day a Saturday.
    let said = answer(&folder, &[&december[..], &["--holidays", "FI"]].concat());
    assert_eq!(said["targets"][0]["month"]["cents"], 21 * 3 * 10 * 2000);
}

#[test]
fn a_shift_that_begins_before_the_opening_day_is_paid() {
    let options = [
        "--open",
        "Mon 00:00-06:00",
        "--target",
        "1h",
        "--shift",
        "8h-30m",
        "--month",
        "2026-12",
    ];
    let said = answer(&history(&steady()), &options);
    let target = &said["targets"][0];
    let shifts = target["plan"]["shifts"].as_array().unwrap();
    assert!(
        shifts.iter().any(|shift| shift["day"] == "Sun"),
        "{shifts:?}"
    );
    // Four Mondays, and the Sundays before them.
    let minutes = target["plan"]["minutes"].as_u64().unwrap();
    assert_eq!(target["month"]["seconds"], 4 * 60 * minutes);
}

#[test]
fn dearer_hours_cost_more() {
    // 8-18 with the last two hours at 150 %: 11 hours' worth a shift.
    let folder = history(&steady());
    let said = answer(
        &folder,
        &[
            "--target",
            "1h",
            "--shift",
            "10h",
            "--rate",
            "20.00",
            "--month",
            "2026-12",
            "--factor",
            "16:00-20:00=150",
        ],
    );
    assert_eq!(said["targets"][0]["month"]["cents"], 23 * 3 * 11 * 2000);
}

#[test]
fn a_rota_is_held_against_the_need() {
    let folder = history(&steady());
    let shift = |person: &str, from: u32, to: u32, more: Value| {
        let mut shift = json!({
            "person": person, "from": format!("2026-12-07T{from:02}:00:00Z"),
            "to": format!("2026-12-07T{to:02}:00:00Z")
        });
        let fields = more.as_object().unwrap().clone();
        shift.as_object_mut().unwrap().extend(fields);
        shift.to_string()
    };
    let lines = [
        shift("anna", 8, 18, json!({"skills": ["sv"]})),
        shift("bo", 9, 16, json!({})),
        shift("cia", 8, 12, json!({"role": "reserve", "skills": ["sv"]})),
    ];
    std::fs::write(folder.path().join("rota.jsonl"), lines.join("\n")).unwrap();
    let rota = [
        "--target",
        "1h",
        "--reserve",
        "1",
        "--rota",
        "rota.jsonl",
        "--skill",
        "sv=1",
    ];
    let gaps = answer(&folder, &rota)["targets"][0]["gaps"].clone();
    let gap = |from: &str, to: &str, rota: u32, reserve: u32| {
        json!({"from": format!("2026-12-07T{from}:00Z"), "to": format!("2026-12-07T{to}:00Z"),
            "missing": {"rota": rota, "reserve": reserve}})
    };
    assert_eq!(
        gaps,
        json!([
            gap("08:00", "09:00", 1, 0),
            gap("12:00", "16:00", 0, 1),
            gap("16:00", "18:00", 1, 1)
        ])
    );
    let text = well(
        &folder,
        &[&["--archive", "history.jsonl", "--tz", "UTC"], &rota[..]].concat(),
    );
    assert!(text.contains("Rota: 3 gaps"), "{text}");
    assert!(
        text.contains(
            "Mon 2026-12-07 16:00 - Mon 2026-12-07 18:00  1 missing, 1 missing in reserve"
        )
    );
}

#[test]
fn edits_repeats_and_our_own_messages_do_not_count() {
    let folder = history(&["2026-11-02T09:00:00Z".to_owned()]);
    let file = folder.path().join("history.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text += &text.clone();
    text += r#"{"type":"edit","network":"web_chat","id":"0","at":"2026-11-02T09:05:00Z","text":"x"}
{"type":"message","network":"web_chat","id":"7","conversation":"0","direction":"out","at":"2026-11-02T09:06:00Z","text":"y"}
{"type":"message","network":"web_chat","id":"8","conversation":"0","author":"2","direction":"in","automatic":true,"at":"2026-11-02T09:07:00Z","text":"z"}
HIDDEN
"#;
    std::fs::write(file, text).unwrap();
    let arguments = ["--archive", "history.jsonl", "--json"];
    let ran = run(folder.path(), &arguments);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["history"]["messages"], 1);
    assert_eq!(said["history"]["rejected_rows"], 1);
    assert!(
        ran.err.contains("line 6") && !ran.err.contains("HIDDEN"),
        "{}",
        ran.err
    );
}

#[test]
fn the_made_up_history_is_always_the_same() {
    let folder = tempdir().unwrap();
    let first = well(&folder, &["--holidays", "FI", "--svg", "week.svg"]);
    assert_eq!(first, well(&folder, &["--holidays", "FI"]));
    for words in [
        "2,731 messages",
        "Erlang C",
        "demand bound",
        "at least",
        "December 2026",
        "EUR",
    ] {
        assert!(first.contains(words), "{words}: {first}");
    }
    well(&folder, &["--write-sample", "sample.jsonl"]);
    let read = well(&folder, &["--holidays", "FI", "--archive", "sample.jsonl"]);
    assert_eq!(read, first.replace("a made-up history", "sample.jsonl"));
}

#[test]
fn the_picture_tells_what_it_shows() {
    let folder = history(&steady());
    well(
        &folder,
        &[
            "--archive",
            "history.jsonl",
            "--tz",
            "UTC",
            "--svg",
            "week.svg",
        ],
    );
    let svg = std::fs::read_to_string(folder.path().join("week.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains(r#"role="img" aria-labelledby="title desc""#));
    assert!(
        svg.contains("Busiest: Mon at 8, 12.0 messages an hour."),
        "{svg}"
    );
    assert!(svg.contains("Hours of the day, UTC; average week"), "{svg}");
    assert!(svg.contains("<title>Mon 08:00: 12.0 messages, 2 at work</title>"));
    assert!(svg.contains("<title>Sun 08:00: 0.0 messages, closed</title>"));
    // A heading, and for each of two targets 168 cells.
    assert_eq!(svg.matches("<title").count(), 1 + 2 * 168);
    assert_eq!(svg.matches('<').count(), svg.matches('>').count());
}

#[test]
fn help_names_every_option_and_shows_examples() {
    let folder = tempdir().unwrap();
    let help = well(&folder, &["--help"]);
    for option in [
        "--archive",
        "--tweets",
        "--write-sample",
        "--tz",
        "--open",
        "--holidays",
        "--target",
        "--week",
        "--clock",
        "--share",
        "--handling",
        "--shrinkage",
        "--occupancy",
        "--patience",
        "--concurrency",
        "--slowdown",
        "--backlog",
        "--reserve",
        "--per-day",
        "--shift",
        "--days",
        "--rest",
        "--people",
        "--least",
        "--rate",
        "--factor",
        "--overlap",
        "--paid-breaks",
        "--month",
        "--rota",
        "--skill",
        "--svg",
        "--json",
        "Examples:",
        "Exit codes:",
    ] {
        assert!(help.contains(option), "{option}: {help}");
    }
}

#[test]
fn errors_say_what_to_do() {
    let folder = history(&["2026-11-02T09:00:00Z".to_owned()]);
    std::fs::write(folder.path().join("empty.jsonl"), "{}\n").unwrap();
    std::fs::write(
        folder.path().join("rota.jsonl"),
        "{\"person\":\"anna\",\"form\":1}\n",
    )
    .unwrap();
    let cases: [(&[&str], &str); 15] = [
        (&["--slowdown", "nan"], "no factor of 1 or more"),
        (&["--week", "worst"], "weeks are average, busiest, p90"),
        (&["--archive", "absent.jsonl"], "cannot read absent.jsonl"),
        (
            &["--archive", "empty.jsonl"],
            "has no message of a customer",
        ),
        (
            &["--tz", "Europe/Helsingfors"],
            "names are like Europe/Helsinki",
        ),
        (&["--open", "whenever"], "--open \"whenever\""),
        (&["--open", "Mon-Fri off"], "--open"),
        (&["--holidays", "ZZ"], "ZZ"),
        (&["--target", "soon"], "times are like 90s, 6m"),
        (&["--concurrency", "3"], "--slowdown"),
        (&["--shift", "8h15m"], "multiple of 30 minutes"),
        (&["--rate", "1,5"], "amounts are like 25"),
        (&["--factor", "Sun"], "factors are like"),
        (
            &["--rota", "rota.jsonl"],
            "rota.jsonl, line 1: unknown field `form`",
        ),
        (&["--people", "1"], "there are 1"),
    ];
    for (arguments, words) in cases {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
}
