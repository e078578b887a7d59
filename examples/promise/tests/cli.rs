//! The command as scripts and people run it. Expected times were worked out by hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn promise(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_promise"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(arguments: &[&str]) -> String {
    let out = promise(arguments);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{arguments:?}: {told}");
    String::from_utf8(out.stdout).unwrap()
}

fn answer(arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&text(&arguments)).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let out = promise(arguments);
    assert_eq!(out.status.code(), Some(2), "{arguments:?}");
    assert!(out.stdout.is_empty());
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn an_offset_with_odd_seconds_is_told_by_utc() {
    // Monrovia kept 44 min 30 s behind UTC until 1972.
    let days = ["--hours", "Mo-Fr 08:00-18:00", "--tz", "Africa/Monrovia"];
    let told = answer(&[&days[..], &["--at", "31536000", "--add", "1h"]].concat());
    assert_eq!(told["at"], "1971-01-01T00:00:00Z");
    assert_eq!(told["next_open"], "1971-01-01T08:44:30Z");
    assert_eq!(told["results"]["add"]["at"], "1971-01-01T09:44:30Z");
    // Before 1970 Unix seconds are negative.
    let told = answer(&[&days[..], &["--at", "-86400", "--between", "-3600"]].concat());
    assert_eq!(told["at"], "1969-12-31T00:00:00Z");
}

/// A shop in Helsinki, closed on the public holidays of Finland.
const SHOP: [&str; 6] = [
    "--hours",
    "Mo-Fr 08:00-18:00; PH off",
    "--tz",
    "Europe/Helsinki",
    "--holidays",
    "FI",
];

fn shop<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SHOP[..], more].concat()
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

#[test]
fn open_closed_and_what_comes_next() {
    for (at, open, closed, next_open, next_close, next_change) in [
        // Friday before Independence Day, which is a Sunday in 2026.
        (
            "2026-12-04T17:59:59",
            true,
            json!(null),
            "2026-12-04T17:59:59",
            "2026-12-04T18:00:00",
            "2026-12-04T18:00:00",
        ),
        (
            "2026-12-04T18:00:00",
            false,
            json!("outside_hours"),
            "2026-12-07T08:00:00",
            "2026-12-04T18:00:00",
            "2026-12-07T08:00:00",
        ),
        (
            "2026-12-06T12:00:00",
            false,
            json!({"holiday": "Independence Day"}),
            "2026-12-07T08:00:00",
            "2026-12-06T12:00:00",
            "2026-12-07T08:00:00",
        ),
        // Epiphany is a Wednesday in 2027.
        (
            "2027-01-05T18:00:00",
            false,
            json!("outside_hours"),
            "2027-01-07T08:00:00",
            "2027-01-05T18:00:00",
            "2027-01-07T08:00:00",
        ),
    ] {
        let told = answer(&shop(&["--at", at]));
        let zoned = |time: &str| json!(format!("{time}+02:00"));
        assert_eq!(told["at"], zoned(at));
        assert_eq!(told["open"], json!(open), "{at}");
        assert_eq!(told["closed"], closed, "{at}");
        assert_eq!(told["next_open"], zoned(next_open), "{at}");
        assert_eq!(told["next_close"], zoned(next_close), "{at}");
        assert_eq!(told["next_change"], zoned(next_change), "{at}");
    }
    let always = answer(&["--hours", "24/7", "--tz", "UTC", "--at", "0"]);
    assert_eq!(always["next_change"], json!(null), "it never changes");
}

#[test]
fn open_time_is_added_taken_and_measured() {
    let told = answer(&shop(&[
        "--at",
        "2026-12-04T17:30",
        "--add",
        "30m",
        "--sub",
        "9h 30m",
        "--between",
        "2026-12-07T09:15",
    ]));
    assert_eq!(
        told["results"],
        json!({
            "add": {"seconds": 1_800, "at": "2026-12-04T18:00:00+02:00", "reopen": "2026-12-07T08:00:00+02:00"},
            "sub": {"seconds": 34_200, "at": "2026-12-04T08:00:00+02:00", "reopen": "2026-12-03T18:00:00+02:00"},
            "between": {"to": "2026-12-07T09:15:00+02:00", "seconds": 6_300},
        })
    );
    let days = answer(&shop(&["--at", "2026-12-04T10:00", "--add", "2bd"]));
    assert_eq!(days["results"]["add"]["at"], "2026-12-08T18:00:00+02:00");
    // The clock goes forward at 03:00: the night shift is an hour shorter.
    let night = [
        "--hours",
        "22:00-06:00",
        "--tz",
        "Europe/Helsinki",
        "--at",
        "2026-03-28T22:00",
        "--between",
        "2026-03-29T06:00",
    ];
    assert_eq!(answer(&night)["results"]["between"]["seconds"], 7 * 3_600);
}

#[test]
fn stretches_are_listed_each_with_its_reason() {
    let told = answer(&shop(&[
        "--at",
        "2026-12-05T20:00",
        "--list",
        "2026-12-07T09:00",
    ]));
    let list = told["results"]["list"].as_array().unwrap();
    let why: Vec<(&Value, i64)> = list
        .iter()
        .map(|stretch| (&stretch["closed"], stretch["seconds"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        why,
        [
            (&json!("outside_hours"), 4 * 3_600),
            (&json!({"holiday": "Independence Day"}), 24 * 3_600),
            (&json!("outside_hours"), 8 * 3_600),
            (&json!(null), 3_600),
        ]
    );
}

#[test]
fn a_ticket_is_replayed_and_its_due_time_explained() {
    let files = Files::new();
    let events = files.write(
        "ticket.jsonl",
        r#"{"at":"2026-12-04T17:30","event":"created","channel":"email"}
{"at":"2026-12-04T17:40","event":"assign","to":"anna"}

{"at":"2026-12-07T08:10","event":"status","status":"pending"}
{"at":1796626800,"event":"customer_reply"}
"#,
    );
    // 10 minutes, 20 minutes with Anna, 10 minutes on Monday, paused from 08:10 to 09:00.
    let told = answer(&shop(&[
        "--target",
        "1h",
        "--events",
        &events,
        "--at",
        "2026-12-07T09:05",
    ]));
    let clock = &told["clocks"][0];
    for (field, expected) in [
        ("kind", json!("first_response")),
        ("elapsed", json!(45 * 60)),
        ("paused", json!(50 * 60)),
        ("outside", json!(62 * 3_600)),
        ("remaining", json!(15 * 60)),
        ("due_at", json!("2026-12-07T07:20:00Z")),
        ("breach_at", json!("2026-12-07T07:20:01Z")),
        ("breached_at", json!(null)),
    ] {
        assert_eq!(clock[field], expected, "{field}");
    }
    let spans = told["explanation"][0]["spans"].as_array().unwrap();
    let sum: i64 = spans.iter().map(|s| s["seconds"].as_i64().unwrap()).sum();
    assert_eq!(sum, 45 * 60 + 50 * 60 + 62 * 3_600, "its lifetime");
    assert!(
        spans
            .iter()
            .any(|s| s["kind"] == json!({"closed": {"holiday": "Independence Day"}}))
    );
    assert_eq!(told["timers"]["next"]["kind"], "breach");
    assert_eq!(told["breaches"], json!([]));

    let people = text(&shop(&[
        "--target",
        "1h",
        "--events",
        &events,
        "--at",
        "2026-12-07T10:00",
    ]));
    for line in [
        "closed: Independence Day",
        "50 min  paused: pending (anna)",
        "late since Mon 2026-12-07 09:20:01",
        "first_response 1 at Mon 2026-12-07 09:20:01 +0200",
    ] {
        assert!(people.contains(line), "{line:?} in\n{people}");
    }
}

#[test]
fn a_policy_is_chosen_changed_and_escalates() {
    let files = Files::new();
    let policy = files.write(
        "policies.json",
        r#"{"policies": [
            {"name": "gold", "when": {"tier": ["gold"]}, "change_mode": "carry",
             "targets": [{"clock": "first_response", "within": "1h", "time": "calendar", "warn": [50],
                          "escalate": [{"after": "30m", "to": ["team lead"]}]}]},
            {"name": "everybody",
             "targets": [{"clock": "first_response", "within": "4h", "time": "calendar"}]}
        ]}"#,
    );
    let events = files.write(
        "ticket.jsonl",
        r#"{"at":"2026-12-04T08:00Z","event":"created","channel":"email","tier":"silver"}
{"at":"2026-12-04T08:40:00Z","event":"policy","policy":"gold"}
"#
        .replace("08:00Z", "08:00:00Z")
        .as_str(),
    );
    let told = answer(&[
        "--policy",
        &policy,
        "--events",
        &events,
        "--at",
        "2026-12-04T10:00:00Z",
    ]);
    assert_eq!(told["policy"]["policy"], "everybody");
    assert_eq!(told["policy"]["misses"][0]["policy"], "gold");
    let fired: Vec<(&Value, &Value)> = told["timers"]["fired"]
        .as_array()
        .unwrap()
        .iter()
        .map(|timer| (&timer["kind"], &timer["at"]))
        .collect();
    assert_eq!(
        fired,
        [
            // Half of the hour had passed when the policy changed.
            (&json!("warn"), &json!("2026-12-04T08:40:00Z")),
            (&json!("escalate"), &json!("2026-12-04T09:30:00Z")),
        ]
    );
    assert_eq!(told["timers"]["fired"][1]["to"], json!(["team lead"]));
    assert_eq!(told["breaches"][0]["policy"], "gold");
    assert_eq!(told["breaches"][0]["at"], "2026-12-04T09:00:01Z");
}

#[test]
fn a_calendar_file_may_combine_several() {
    let files = Files::new();
    let calendar = files.write(
        "calendar.json",
        r#"{"minus": {
            "from": {"zone": "Europe/Helsinki", "open": "Mo-Fr 08:00-18:00"},
            "take": {"name": "maintenance", "zone": "UTC", "open": "Fr 10:00-11:00"}
        }}"#,
    );
    let told = answer(&[
        "--calendar",
        &calendar,
        "--at",
        "2026-12-04T12:30",
        "--add",
        "1h",
    ]);
    assert_eq!(told["open"], json!(false));
    assert_eq!(told["results"]["add"]["at"], "2026-12-04T14:00:00+02:00");
}

#[test]
fn sentences_come_in_three_languages() {
    for (language, start) in [
        ("en", "Open Mon-Fri 8-18, closed on public holidays"),
        ("fi", "Avoinna ma–pe 8–18, suljettu pyhäpäivinä"),
        ("sv", "Öppet mån–fre 8–18, stängt på helgdagar"),
    ] {
        let told = answer(&shop(&["--at", "2026-12-04T19:00", "--language", language]));
        let sentence = told["sentence"].as_str().unwrap();
        assert!(sentence.starts_with(start), "{sentence}");
    }
}

#[test]
fn two_runs_agree_on_the_fingerprint_and_another_holiday_changes_it() {
    let of = |region: &str| {
        let mut arguments = shop(&["--at", "0"]);
        arguments[5] = region;
        answer(&arguments)["calendar"]["fingerprint"].clone()
    };
    assert_eq!(of("FI"), of("FI"));
    assert_ne!(of("FI"), of("SE"));
    assert_ne!(of("SE"), of("SE+de_facto"));
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let files = Files::new();
    let bad = |name: &str, line: &str| {
        let events = files.write(name, line);
        refused(&shop(&["--target", "1h", "--events", &events]))
    };
    for (line, named) in [
        ("{\"event\":\"created\"}", "line 1: `at`"),
        (
            "\n{\"at\":0,\"event\":\"created\",\"chanel\":\"x\"}",
            "line 2: unknown field `chanel`",
        ),
        (
            "{\"at\":0,\"event\":\"destroyed\"}",
            "unknown variant `destroyed`",
        ),
        (
            "{\"at\":\"2026-03-29T03:30\",\"event\":\"created\"}",
            "the clock skips it",
        ),
        (
            "{\"at\":0,\"event\":\"status\",\"status\":\"asleep\"}",
            "asleep",
        ),
        (
            "{\"at\":0,\"event\":\"created\"}\n{\"at\":1,\"event\":\"policy\",\"policy\":\"gold\"}",
            "gold",
        ),
        ("not json", "line 1"),
    ] {
        let told = bad("events.jsonl", line);
        assert!(told.contains(named), "{named:?} in {told}");
    }
    for (arguments, named) in [
        (vec![], "which hours?"),
        (vec!["--hours", "24/7"], "--tz"),
        (vec!["--hours", "Mo-Xx", "--tz", "UTC"], "Xx"),
        (vec!["--hours", "sunrise-sunset", "--tz", "UTC"], "sun"),
        (vec!["--hours", "24/7", "--tz", "UTC", "--add", "1d"], "3bd"),
        (
            vec!["--hours", "24/7", "--tz", "UTC", "--sub", "1bd"],
            "--sub",
        ),
        (
            vec!["--hours", "24/7", "--tz", "UTC", "--at", "soon"],
            "--at",
        ),
        (
            vec!["--hours", "24/7", "--tz", "UTC", "--holidays", "XX"],
            "XX",
        ),
        (
            vec!["--hours", "24/7", "--tz", "UTC", "--events", "-"],
            "--target",
        ),
        (vec!["--calendar", "/does/not/exist"], "/does/not/exist"),
    ] {
        let told = refused(&arguments);
        assert!(told.contains(named), "{named:?} in {told}");
    }
}

/// The JSON of the help, from the line after the one that starts with `heading` to the blank one.
fn of_help(heading: &str) -> String {
    let help = text(&["--help"]);
    let lines = help.lines().skip_while(|line| !line.starts_with(heading));
    lines
        .skip(1)
        .take_while(|line| !line.is_empty() && !line.starts_with("  ("))
        .collect()
}

#[test]
fn the_files_of_the_help_work() {
    let files = Files::new();
    let calendar = files.write("calendar.json", &of_help("A --calendar file"));
    let policy = files.write("policy.json", &of_help("A --policy file"));
    let event = r#"{"at":"2026-12-21T09:00","event":"created","channel":"email","tier":"gold","tags":["delivery/late"],"priority":"urgent"}"#;
    let events = files.write("events.jsonl", event);
    let told = answer(&[
        "--calendar",
        &calendar,
        "--policy",
        &policy,
        "--events",
        &events,
        "--at",
        "2026-12-21T09:10",
    ]);
    assert_eq!(told["policy"]["policy"], "gold");
    assert_eq!(told["clocks"][0]["target"], 1_800);
    // On Monday 3 h up to the lunch break and 5.5 h after it, on Tuesday 4 h and 3.5 h.
    assert_eq!(told["clocks"][1]["due_at"], "2026-12-22T14:00:00Z");
    let lines: Vec<String> = text(&["--help"])
        .lines()
        .filter_map(|line| {
            let line = line.trim_start().strip_prefix(r#"{"at":"#)?;
            Some(format!(r#"{{"at":{}"#, &line[..=line.rfind('}')?]))
        })
        .collect();
    assert_eq!(lines.len(), 9, "events of the help: {lines:#?}");
    let without_policy: Vec<&String> = lines.iter().filter(|l| !l.contains("\"policy\"")).collect();
    let events = files.write(
        "all.jsonl",
        &without_policy
            .iter()
            .map(|l| format!("{l}\n"))
            .collect::<String>(),
    );
    let told = answer(&shop(&[
        "--target",
        "1h",
        "--events",
        &events,
        "--at",
        "2026-11-28T12:00",
    ]));
    assert_eq!(told["clocks"].as_array().unwrap().len(), 2);
}
