//! The command line's contract, on small files that are written here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod common;

use std::path::Path;
use std::process::Stdio;

use common::{quickstart, run, run_well, texts};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const HEADER: &str =
    "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id";

/// Two companies, Shop and Telco, and twelve customers, 501 to 512. `DAY` stands for the Monday,
/// `NEXT` for the Tuesday. Behind each conversation: how soon it was answered, in seconds.
const TWEETS: &[&str] = &[
    // 3,600, to the second.
    "1,501,True,DAY 08:00:00,R&amp;D says &amp;lt;3,2,",
    "2,Shop,False,DAY 09:00:00,an hour,,1",
    // 86,400, to the second; a text of two lines.
    "3,502,True,DAY 10:00:00,\"first, \"\"line\"\"\nsecond line\",4,",
    "4,Shop,False,NEXT 10:00:00,a day,,3",
    // 86,401.
    "5,503,True,DAY 11:00:00,late?,6,",
    "6,Shop,False,NEXT 11:00:01,late,,5",
    // 600, by a row that says that it is a customer's and is by a company; one company answers the
    // other; both have answered the customer.
    "7,504,True,DAY 12:00:00,who?,8,",
    "8,Shop,True,DAY 12:10:00,we,9,7",
    "9,Telco,False,DAY 12:20:00,or we,10,8",
    "10,504,True,DAY 12:30:00,well?,11,9",
    "11,Telco,False,DAY 12:40:00,we,,10",
    // No customer: no conversation that counts.
    "12,Telco,False,DAY 13:00:00,we are great,13,",
    "13,Shop,False,DAY 13:05:00,you are,,12",
    // 180; two customers, the second one answered after 1,200.
    "14,505,True,DAY 14:00:00,broken,\"15,16\",",
    "15,506,True,DAY 14:01:00,mine too,17,14",
    "16,Shop,False,DAY 14:03:00,which?,,14",
    "17,Telco,False,DAY 14:21:00,which?,,15",
    // 900: what is said to have been written before the question does not answer it.
    "18,507,True,DAY 15:30:00,early,\"19,20\",",
    "19,Shop,False,DAY 15:29:59,before,,18",
    "20,Shop,False,DAY 15:45:00,after,,18",
    // 0: in the same second does.
    "21,508,True,DAY 16:00:00,now,22,",
    "22,Shop,False,DAY 16:00:00,now,,21",
    // 120; what it answers is not in the file.
    "23,509,True,DAY 17:00:00,orphan,24,9999",
    "24,Shop,False,DAY 17:02:00,yes?,,23",
    // No answer; the same absent parent makes them no conversation.
    "25,510,True,DAY 17:10:00,orphan too,,9999",
    "26,Shop,False,DAY 17:20:00,to somebody who is gone,,9998",
    // 30; numbers that went through a table of floats.
    "27.0,511,True,DAY 18:00:00,floats,28.0,",
    "28.0,Shop,False,DAY 18:00:30,whole,,27.0",
    // 301, again by a row of a company that says that it is a customer's.
    "29,512,True,DAY 19:00:00,hello?,30,",
    "30,Telco,True,DAY 19:05:01,hello,,29",
    // The very same once more, and what cannot be read.
    "1,501,True,DAY 08:00:00,R&amp;D says &amp;lt;3,2,",
    "3,502,True,DAY 10:00:00,HIDDEN other text,4,",
    "41,520,Perhaps,DAY 10:00:00,HIDDEN,,",
    "42,520,True,yesterday,HIDDEN,,",
    "x43,520,True,DAY 10:00:00,HIDDEN,,",
    "44,520,True,DAY 10:00:00,HIDDEN",
    "45,,True,DAY 10:00:00,HIDDEN,,",
];

fn csv(rows: &[&str]) -> String {
    let date = |row: &str, word: &str, date: &str| match row.split_once(word) {
        Some((before, after)) => {
            let (time, rest) = after.split_at(9);
            format!("{before}{date}{time} +0000 2017{rest}")
        }
        None => row.to_owned(),
    };
    let rows = rows.iter().map(|row| {
        let row = date(row, "DAY", "Mon Nov 20");
        date(&row, "NEXT", "Tue Nov 21") + "\n"
    });
    format!("{HEADER}\n{}", rows.collect::<String>())
}

/// A folder with `tweets.csv`.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    write(&folder, "tweets.csv", &csv(TWEETS));
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

/// The arguments that take `tweets.csv` to `desk.sqlite`, and more of them.
fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--tweets", "tweets.csv", "--db", "desk.sqlite"], more].concat()
}

fn json_of(folder: &TempDir, arguments: &[&str]) -> Value {
    let out = run_well(folder.path(), &[arguments, &["--json"]].concat()).out;
    serde_json::from_str(&out).unwrap()
}

fn group(count: u64, answered: u64, median: f64, within_1h: u64, within_24h: u64) -> Value {
    let first = json!({
        "median_seconds": median, "within_1h": within_1h, "within_24h": within_24h
    });
    json!({"count": count, "answered": answered, "first_response": first})
}

fn tickets(folder: &TempDir) -> Vec<String> {
    let query = "SELECT id FROM tickets ORDER BY id";
    texts(&folder.path().join("desk.sqlite"), query)
}

/// The one ticket that nobody has answered.
fn unanswered(folder: &TempDir) -> String {
    let report = json_of(folder, &with(&[]));
    let overdue = report["overdue"].as_array().unwrap();
    assert_eq!(overdue.len(), 1);
    overdue[0]["ticket"].as_str().unwrap().to_owned()
}

#[test]
fn help_names_every_option_and_the_exit_codes() {
    let folder = tempdir().unwrap();
    let help = run_well(folder.path(), &["--help"]).out;
    let options = [
        "--tweets",
        "--archive",
        "--customers",
        "--write-back",
        "--offer",
        "--proposals",
        "--accept",
        "--dismiss",
        "--erase",
        "--key",
        "--db",
        "--now",
        "--ticket",
        "--reply",
        "--json",
        "--help",
        "--version",
        "Exit codes: 0 ",
    ];
    for option in options {
        assert!(help.contains(option), "{option}: {help}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn without_arguments_a_day_is_kept_in_a_named_file_and_a_second_run_says_that_nothing_is_new() {
    let folder = tempdir().unwrap();
    let first = run_well(folder.path(), &[]);
    let name = "Keeping everything in quickstart-sample-day.sqlite\n";
    assert!(first.err.contains(name), "{}", first.err);
    assert!(folder.path().join("quickstart-sample-day.sqlite").exists());
    assert!(first.err.contains("customers are new"), "{}", first.err);
    assert!(first.out.contains("\nOverdue now\n"), "{}", first.out);
    let second = run_well(folder.path(), &[]);
    assert_eq!(second.out, first.out);
    for line in [
        "No customer is new or changed.\n",
        "No message or event is new.\n",
    ] {
        assert!(second.err.contains(line), "{}", second.err);
        assert!(!first.err.contains(line), "{}", first.err);
    }
}

#[test]
fn figures_of_tweets_are_those_computed_by_hand() {
    let folder = folder();
    let report = json_of(&folder, &with(&[]));
    assert_eq!(report["now"], "2017-11-21T11:00:01Z");
    assert_eq!(report["messages"], 30);
    assert_eq!(report["rejected_rows"], 6);
    // 0, 30, 120, 180, 301, 600, 900, 3,600, 86,400, 86,401 and one without an answer.
    assert_eq!(report["conversations"], group(11, 10, 450.5, 8, 9));
    // The same and 1,200.
    assert_eq!(report["tickets"], group(12, 11, 600.0, 9, 10));
    let shop = group(9, 9, 600.0, 7, 8);
    let accounts = json!({
        // All but 301.
        "Shop": {"conversations": shop, "tickets": shop},
        // 180, 301 and 600; of tickets 301, 600 and 1,200.
        "Telco": {"conversations": group(3, 3, 301.0, 3, 3), "tickets": group(3, 3, 600.0, 3, 3)},
    });
    assert_eq!(report["accounts"], accounts);
    assert_eq!(json_of(&folder, &with(&[])), report, "a second run");
}

#[test]
fn a_shuffled_file_with_other_line_ends_and_a_mark_says_the_same() {
    let folder = folder();
    let expected = run_well(folder.path(), &with(&["--json"])).out;
    let mut rows = TWEETS.to_vec();
    // The row with the same id and another text comes last, so that it stays the rejected one.
    rows.reverse();
    rows.rotate_left(6);
    let text = csv(&rows)
        .replace('\n', "\r\n")
        .replace("\"\"\r\n", "\"\"\n");
    write(&folder, "other.csv", &format!("\u{feff}{text}"));
    let other = run_well(folder.path(), &["--tweets", "other.csv", "--json"]).out;
    assert_eq!(other, expected);
}

#[test]
fn rejected_rows_are_told_by_line_and_without_their_texts() {
    let folder = folder();
    for json in [&["--json"][..], &[]] {
        let ran = run_well(folder.path(), &with(json));
        let lines: Vec<&str> = ran.err.lines().filter(|l| l.contains("  line ")).collect();
        let expected = [
            // One line more than rows: the text of two lines.
            "  line 34: another one with the same id came before",
            "  line 35: `inbound` cannot be read",
            "  line 36: `created_at` cannot be read",
            "  line 37: `tweet_id` cannot be read",
            "  line 38: 5 columns instead of 7",
            "  line 39: `author_id` is missing",
        ];
        assert_eq!(lines, expected);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.contains("HIDDEN"), "{said}");
    }
}

#[test]
fn a_ticket_is_shown_by_its_id_or_the_beginning_of_it() {
    let folder = folder();
    run_well(folder.path(), &with(&[]));
    let ids = tickets(&folder);
    assert_eq!(ids.len(), 12);
    let shown = |id: &str| run_well(folder.path(), &with(&["--ticket", id])).out;
    let mut all = String::new();
    for id in &ids {
        let whole = shown(id);
        assert!(whole.starts_with(&format!("Ticket {id}: ")), "{whole}");
        let alone = |length: &usize| {
            let fits = |other: &&String| other.starts_with(&id[..*length]);
            ids.iter().filter(fits).count() == 1
        };
        let length = (1..id.len()).find(alone).unwrap();
        assert_eq!(shown(&id[..length]), whole);
        all += &whole;
    }
    assert!(all.contains("      R&D says &lt;3\n"), "decoded once");
    assert!(all.contains("      first, \"line\"\n      second line\n"));
    // 501 asked at ten in Helsinki and was answered to the second: kept.
    let kept = "  first_response 1: 1 h of 1 h counted, answered Mon 2017-11-20 11:00:00";
    assert!(all.contains(kept), "{all}");
    for (id, why) in [
        ("t-", "12 tickets begin with t-\n"),
        ("", "12 tickets begin with \n"),
        ("t-nobody", "there is no ticket t-nobody\n"),
        (
            "t-0000000000000000",
            "there is no ticket t-0000000000000000\n",
        ),
    ] {
        let ran = run(folder.path(), &with(&["--ticket", id]));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{id}");
        assert!(
            ran.err.ends_with(&format!("quickstart: {why}")),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_reply_goes_through_the_outbox_to_the_ticket_and_into_the_figures() {
    let folder = folder();
    let id = unanswered(&folder);
    let ran = run_well(folder.path(), &with(&["--reply", &id, "We are on it."]));
    assert!(ran.out.starts_with("Sent as tweets/e-"), "{}", ran.out);
    let desk = folder.path().join("desk.sqlite");
    let state = texts(&desk, "SELECT effect ->> '$.state' FROM outbox");
    assert_eq!(state, ["accepted"]);
    let shown = run_well(folder.path(), &with(&["--ticket", &id])).out;
    assert!(ran.out.contains(&shown), "the ticket follows: {}", ran.out);
    assert!(shown.contains("      We are on it.\n"), "{shown}");
    assert!(shown.contains("[answered by tweets/e-"), "{shown}");
    let report = json_of(&folder, &with(&[]));
    assert_eq!(report["messages"], 31);
    // After 63,001 s: as of the newest time of the file.
    assert_eq!(report["conversations"], group(11, 11, 600.0, 8, 10));
    assert_eq!(report["tickets"], group(12, 12, 750.0, 9, 11));
    assert_eq!(report["overdue"], json!([]));
}

#[test]
fn a_reply_that_may_not_be_sent_is_refused_and_leaves_nothing() {
    let folder = folder();
    let id = unanswered(&folder);
    let before = json_of(&folder, &with(&[]));
    let long = "x".repeat(10_000);
    for (id, text) in [
        (id.as_str(), long.as_str()),
        (&id, ""),
        (&id, " \n"),
        ("t-", "hi"),
        ("no", "hi"),
    ] {
        let ran = run(folder.path(), &with(&["--reply", id, text]));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{id}: {}",
            ran.err
        );
        assert!(!ran.err.contains("xxx"), "{}", ran.err);
    }
    let desk = folder.path().join("desk.sqlite");
    assert!(texts(&desk, "SELECT key FROM outbox").is_empty());
    assert_eq!(json_of(&folder, &with(&[])), before);
}

#[test]
fn clocks_are_read_as_of_now_and_messages_keep_their_times() {
    let folder = folder();
    let at = |now: &str, name: &str| {
        let report = json_of(
            &folder,
            &["--tweets", "tweets.csv", "--db", name, "--now", now],
        );
        assert_eq!(report["now"], now);
        assert_eq!(report["conversations"], group(11, 10, 450.5, 8, 9), "{now}");
        let late = report["overdue"].as_array().unwrap().clone();
        late.iter()
            .map(|late| late["late_seconds"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(at("2017-11-20T07:00:00Z", "early.sqlite"), [0; 0]);
    let early = folder.path().join("early.sqlite");
    let passed = "SELECT event FROM log WHERE event ->> '$.kind.type' = 'clock_passed'";
    assert_eq!(texts(&early, passed), [""; 0], "no clock has run yet");
    // 502 and 503, who are answered the next day: asked at 12 and 13 in Helsinki, now it is 17.
    assert_eq!(
        at("2017-11-20T15:00:00Z", "noon.sqlite"),
        [4 * 3600, 3 * 3600]
    );
    // 510, due on Tuesday at nine. All that day, and to eleven on the next.
    assert_eq!(at("2017-11-22T09:00:00Z", "late.sqlite"), [12 * 3600]);
    // The file does not depend on what was asked of it first.
    let without = run_well(folder.path(), &with(&["--json"])).out;
    for name in ["early.sqlite", "noon.sqlite"] {
        let later = ["--tweets", "tweets.csv", "--db", name, "--json"];
        assert_eq!(run_well(folder.path(), &later).out, without, "{name}");
    }
}

#[test]
fn customers_come_as_csv_or_json_lines_and_are_linked() {
    let folder = folder();
    let csv =
        "id,first_name,last_name,handles\n1,Matti,Meri,x:@510\n2,Maija,Suo,x::511\n,HIDDEN,,\n";
    write(&folder, "customers.csv", csv);
    let lines = r#"{"id":"1","first":"Matti","last":"Meri","handles":[{"network":"x","handle":"510"}]}
{"id":"2","first":"Maija","last":"Suo","handles":[{"network":"x","handle":"511"}]}
{"HIDDEN
"#;
    write(&folder, "customers.jsonl", lines);
    for name in ["customers.csv", "customers.jsonl"] {
        let desk = format!("{name}.sqlite");
        let run = || {
            let arguments = ["--tweets", "tweets.csv", "--db", &desk, "--customers", name];
            run_well(folder.path(), &arguments)
        };
        let first = run();
        assert!(
            first.err.contains("2 customers are new or changed.\n"),
            "{}",
            first.err
        );
        assert!(
            first.err.contains("could not be read: 1\n  line "),
            "{}",
            first.err
        );
        assert!(!first.err.contains("HIDDEN"), "{}", first.err);
        assert!(
            first.out.contains("  2 handles linked (2 by rule), "),
            "{}",
            first.out
        );
        for who in ["5… on x (5…) -> crm:1 M… M…", "5… on x (5…) -> crm:2 M… S…"] {
            assert!(first.out.contains(who), "{name}: {}", first.out);
        }
        let second = run();
        assert_eq!(second.out, first.out);
        assert!(
            second.err.contains("No customer is new or changed.\n"),
            "{}",
            second.err
        );
    }
}

#[test]
fn wrong_usage_and_unreadable_input_end_with_2_and_a_reason() {
    let folder = folder();
    write(&folder, "empty.csv", "");
    write(&folder, "header.csv", HEADER);
    write(&folder, "other.csv", "a,b\n1,2\n");
    write(&folder, "text.sqlite", &"no database ".repeat(99));
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["--nonsense"], "--nonsense"),
        (&["tweets.csv"], "tweets.csv"),
        (&["--tweets"], "--tweets"),
        (&["--tweets", "none.csv"], "none.csv"),
        (&["--archive", "none.jsonl"], "none.jsonl"),
        (&["--tweets", "folder"], "folder"),
        (&["--tweets", "empty.csv"], "empty"),
        (&["--archive", "empty.csv"], "empty"),
        (&["--tweets", "other.csv"], "tweet_id"),
        (&["--tweets", "header.csv"], "--now"),
        (&["--archive", "tweets.csv"], "--now"),
        (
            &["--tweets", "tweets.csv", "--archive", "tweets.csv"],
            "--archive",
        ),
        (&["--tweets", "tweets.csv", "--now", "yesterday"], "--now"),
        (&["--tweets", "tweets.csv", "--now", "2017-11-20"], "--now"),
        (
            &["--tweets", "tweets.csv", "--db", "text.sqlite"],
            "text.sqlite",
        ),
        (&["--tweets", "tweets.csv", "--db", "folder"], "folder"),
        (
            &["--tweets", "tweets.csv", "--db", "none/desk.sqlite"],
            "none/desk.sqlite",
        ),
        (
            &["--tweets", "tweets.csv", "--customers", "none.csv"],
            "none.csv",
        ),
        (
            &["--tweets", "tweets.csv", "--customers", "folder"],
            "folder",
        ),
        (
            &["--tweets", "tweets.csv", "--customers", "empty.csv"],
            "empty",
        ),
        (
            &["--tweets", "tweets.csv", "--customers", "other.csv"],
            "other.csv",
        ),
        (&["--tweets", "tweets.csv", "--reply", "t-"], "--reply"),
        (&["--ticket", "t-", "--json"], "--json"),
        (&["--reply", "t-", "hi", "--json"], "--json"),
        (&["--reply", "t-", "hi", "--ticket", "t-"], "--ticket"),
    ];
    for (arguments, named) in cases {
        let ran = run(folder.path(), arguments);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{arguments:?}: {}",
            ran.err
        );
        assert!(ran.err.contains(named), "{arguments:?}: {}", ran.err);
    }
    let text = std::fs::read_to_string(folder.path().join("text.sqlite")).unwrap();
    assert_eq!(text, "no database ".repeat(99), "somebody else's file");
}

#[test]
fn a_file_without_messages_is_a_report_of_nothing() {
    let folder = tempdir().unwrap();
    write(&folder, "tweets.csv", HEADER);
    let report = json_of(&folder, &with(&["--now", "2017-11-20T07:00:00Z"]));
    let none = json!({
        "count": 0, "answered": 0,
        "first_response": {"median_seconds": null, "within_1h": 0, "within_24h": 0},
    });
    assert_eq!(report["messages"], 0);
    assert_eq!(report["conversations"], none);
    assert_eq!(report["tickets"], none);
    assert_eq!(report["accounts"], json!({}));
}

#[test]
fn inputs_of_one_name_in_two_folders_are_kept_apart() {
    let folder = tempdir().unwrap();
    for (place, rows) in [("one", &TWEETS[..2]), ("two", &TWEETS[..4])] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
        write(&folder, &format!("{place}/tweets.csv"), &csv(rows));
    }
    for _ in 0..2 {
        for (place, messages) in [("one", 2), ("two", 4)] {
            let file = format!("{place}/tweets.csv");
            let report = json_of(&folder, &["--tweets", &file]);
            assert_eq!(report["messages"], messages);
        }
    }
    let made = std::fs::read_dir(folder.path()).unwrap();
    let made = made.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(made.filter(|name| name.ends_with(".sqlite")).count(), 2);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = folder();
    let ended = |arguments: &[&str], close: fn(&mut std::process::Child)| {
        let mut command = quickstart(folder.path(), arguments);
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        close(&mut child);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    };
    for arguments in [with(&[]), with(&["--json"]), vec![]] {
        ended(&arguments, |child| drop(child.stdout.take()));
        ended(&arguments, |child| drop(child.stderr.take()));
    }
}

#[test]
fn an_archive_says_what_it_says_whatever_the_order_of_its_lines() {
    let folder = tempdir().unwrap();
    let lines = [
        r#"{"type":"message","account":"mail","network":"email","id":"1","conversation":"1","author":{"id":"matti@posti.example"},"direction":"in","at":"2026-03-02T09:00:00Z","text":"Where is it?"}"#,
        r#"{"type":"message","account":"mail","network":"email","id":"2","conversation":"1","direction":"out","at":"2026-03-02T09:20:00Z","text":"On its way.","in_reply_to":"1","agent":"aino"}"#,
        r#"{"type":"resolve","account":"mail","network":"email","conversation":"1","customer":"matti@posti.example","by":"aino","at":"2026-03-02T09:30:00Z"}"#,
        r#"{"type":"message","HIDDEN"#,
    ];
    let mut reports = Vec::new();
    for name in ["forth.jsonl", "back.jsonl"] {
        let mut lines = lines.to_vec();
        if name == "back.jsonl" {
            lines.reverse();
        }
        write(&folder, name, &(lines.join("\n") + "\n"));
        let ran = run_well(folder.path(), &["--archive", name, "--json"]);
        assert!(!ran.err.contains("HIDDEN"), "{}", ran.err);
        reports.push(serde_json::from_str::<Value>(&ran.out).unwrap());
    }
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0]["rejected_rows"], 1);
    assert_eq!(reports[0]["tickets"], group(1, 1, 1200.0, 1, 1));
    assert_eq!(reports[0]["categories"], json!({"resolved": 1}));
    assert_eq!(reports[0]["accounts"]["mail"]["tickets"]["count"], 1);
}

#[test]
fn json_is_all_that_is_printed() {
    let folder = folder();
    let ran = run_well(Path::new(folder.path()), &with(&["--json"]));
    let mut values = serde_json::Deserializer::from_str(&ran.out).into_iter::<Value>();
    assert!(values.next().unwrap().unwrap().is_object());
    assert!(values.next().is_none(), "{}", ran.out);
    let keys = [
        "messages",
        "rejected_rows",
        "conversations",
        "tickets",
        "accounts",
    ];
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    for key in keys {
        assert!(!report[key].is_null(), "{key}");
    }
}

#[test]
fn minutes_and_euros_are_told_where_a_reply_has_a_cost() {
    let folder = folder();
    let with_cost = json_of(&folder, &with(&["--cost", "6", "25.50"]));
    let without = json_of(&folder, &with(&[]));
    let replies = with_cost["service"]["work"]["minutes"].as_u64().unwrap() / 6;
    // 6 minutes of an hour that costs 25.50 EUR are 2.55 EUR.
    assert_eq!(
        with_cost["service"]["work"]["cost_minor"].as_u64().unwrap(),
        replies * 255
    );
    assert!(replies > 0);
    assert_eq!(without["service"]["work"], Value::Null);
    for (minutes, euros, named) in [
        ("0", "25", "minutes"),
        ("x", "25", "minutes"),
        ("6", "25.5", "euros"),
        ("6", "a", "euros"),
    ] {
        let out = run(folder.path(), &with(&["--cost", minutes, euros]));
        assert!(out.err.contains(named), "{}", out.err);
    }
}

/// The block of a handle in what `--who` prints: its key and the lines below it.
fn block<'a>(text: &'a str, section: &str) -> Vec<&'a str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(section));
    lines.next();
    let first = lines.next().into_iter();
    first
        .chain(lines.take_while(|line| line.starts_with("    ")))
        .map(str::trim)
        .collect()
}

#[test]
fn who_writes_is_explained_undone_and_said() {
    let folder = tempdir().unwrap();
    let desk = |more: &[&str]| {
        let arguments = [&["--db", "day.sqlite"], more].concat();
        run_well(folder.path(), &arguments).out
    };
    let who = desk(&["--who"]);
    let linked = block(&who, "Linked by what is known");
    assert!(linked.iter().any(|line| line.starts_with('+')), "{who}");
    let waits = block(&who, "Wait for review");
    assert!(waits.iter().any(|line| line.starts_with("next: ")), "{who}");
    assert!(
        waits.iter().any(|line| line.starts_with("with the ")),
        "{who}"
    );
    assert!(who.contains("yksityisviesti"), "{who}");

    let (handle, customer) = linked[0].split_once(' ').unwrap();
    let refused = desk(&["--refuse", handle, customer]);
    assert!(refused.contains("Before: linked\n"), "{refused}");
    assert!(refused.contains("\nNow: refused\n"), "{refused}");
    assert_eq!(block(&desk(&["--who"]), "Ruled out")[0], linked[0]);
    let report: Value = serde_json::from_str(&desk(&["--json"])).unwrap();
    assert_eq!(report["people"]["refused"], 1);
    let said = desk(&["--confirm", handle, customer]);
    // The clock stands at the end of the day: of two words of one moment, "not" counts.
    assert!(said.contains("\nNow: refused\n"), "{said}");
    let (waiting, candidate) = waits[0].split_once(' ').unwrap();
    let said = desk(&["--confirm", waiting, candidate]);
    assert!(
        said.contains("Before: review\n") && said.contains("\nNow: linked\n"),
        "{said}"
    );
    let later = desk(&[
        "--confirm",
        handle,
        customer,
        "--now",
        "2026-11-21T08:00:00Z",
    ]);
    assert!(later.contains("\nNow: linked\n"), "{later}");
    for wrong in [["nobody", "crm:1"], ["x::1", "crm:1"], [handle, "crm"]] {
        let ran = run(
            folder.path(),
            &["--db", "day.sqlite", "--refuse", wrong[0], wrong[1]],
        );
        assert_eq!(ran.code, Some(2), "{wrong:?}: {}", ran.err);
    }
}

#[test]
fn what_an_agent_confirms_is_written_beside_the_customers_and_taken_back() {
    let folder = folder();
    let customers = "id,first_name,last_name,handles\n1,Matti,Meri,x:@510\n2,Maija,Suo,x::511\n";
    write(&folder, "customers.csv", customers);
    let desk = |more: &[&str]| {
        let basic = ["--tweets", "tweets.csv", "--db", "d.sqlite"];
        let crm = ["--customers", "customers.csv", "--write-back"];
        run_well(folder.path(), &[&basic[..], &crm, more].concat())
    };
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let first = desk(&[]);
    assert!(
        first.err.contains("changes were written back"),
        "{}",
        first.err
    );
    let cases = kept("customers.cases.csv");
    assert!(cases.lines().count() > 1, "{cases}");
    assert_eq!(
        kept("customers.handles.csv"),
        "",
        "rules alone write no handle"
    );
    assert!(desk(&[]).err.contains("\n0 changes were written back"));
    assert_eq!(kept("customers.cases.csv"), cases);

    let (first, later) = ("2030-01-01T08:00:00Z", "2030-01-01T09:00:00Z");
    desk(&["--confirm", "x::511", "crm:2", "--now", first]);
    let handles = kept("customers.handles.csv");
    assert_eq!(handles.lines().count(), 2, "{handles}");
    assert!(handles.contains("x::511"), "{handles}");
    desk(&["--refuse", "x::511", "crm:2", "--now", later]);
    assert!(!kept("customers.handles.csv").contains("x::511"));
    assert_eq!(kept("customers.csv"), customers);

    let ran = run(folder.path(), &["--write-back"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn what_the_customers_file_owns_is_proposed_until_somebody_says_what_of_it() {
    let folder = folder();
    let customers = "id,first_name,last_name,emails,website\n1,Matti,Meri,matti@meri.example,\n";
    write(&folder, "customers.csv", customers);
    let desk = |more: &[&str]| {
        let basic = ["--tweets", "tweets.csv", "--db", "d.sqlite"];
        let crm = ["--customers", "customers.csv", "--write-back"];
        run_well(folder.path(), &[&basic[..], &crm, more].concat())
    };
    let fresher = "matti@new.example";
    let one = format!("  1. crm:1 email: has matti@meri.example, profile says {fresher}\n");
    let offered = desk(&["--offer", "crm:1", "email", fresher]);
    assert!(offered.out.contains(&one), "{}", offered.out);
    assert!(desk(&["--proposals"]).out.contains(&one));
    let kept = std::fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    assert_eq!(kept, customers);
    let none = "Proposed and not written\n  nothing\n";
    assert_eq!(desk(&["--proposals", "--dismiss", "1"]).out, none);
    assert_eq!(desk(&["--offer", "crm:1", "email", fresher]).out, none);
    desk(&["--offer", "crm:1", "city", "Oulu"]);
    assert_eq!(desk(&["--proposals", "--accept", "1"]).out, none);

    let site = "https://matti.example";
    assert_eq!(desk(&["--offer", "crm:1", "website", site]).out, none);
    let kept = std::fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    assert!(
        kept.contains(site) && kept.contains("matti@meri.example"),
        "{kept}"
    );
}

#[test]
fn who_is_erased_leaves_receipts_and_does_not_come_back() {
    let folder = folder();
    let customers = "id,first_name,last_name,handles\n1,Matti,Meri,x:@510\n2,Maija,Suo,x::511\n";
    write(&folder, "customers.csv", customers);
    write(&folder, "key.txt", "a secret that nobody else has\n");
    let desk = |more: &[&str]| {
        let basic = ["--tweets", "tweets.csv", "--db", "d.sqlite"];
        let crm = ["--customers", "customers.csv", "--write-back"];
        let key = ["--key", "key.txt"];
        run_well(folder.path(), &[&basic[..], &crm, &key, more].concat())
    };
    let (first, later) = ("2030-01-01T08:00:00Z", "2030-01-01T09:00:00Z");
    desk(&["--confirm", "x::511", "crm:2", "--now", first]);
    let rows = || {
        let file = folder.path().join("customers.handles.csv");
        std::fs::read_to_string(file).unwrap_or_default()
    };
    assert!(rows().contains("x::511"));
    let erased = desk(&["--erase", "crm:2", "--now", later]).out;
    assert!(erased.starts_with("Erased as of 2030-01-01"), "{erased}");
    let told = erased.split_once("\nIn systems\n").unwrap().1;
    assert!(told.contains(": removed\n"), "{told}");
    assert!(
        told.contains("crm:2: left to whoever keeps the file"),
        "{told}"
    );
    assert!(!rows().contains("x::511"));
    let who = desk(&["--who", "--now", later]).out;
    assert!(!who.contains("511"), "{who}");
}
