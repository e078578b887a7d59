//! A report over a morning whose figures are known.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_channel_archive::Archive;
use aspa_desk::{Desk, ManualClock};
use aspa_hours::Hours;
use aspa_report::{Report, Work};
use aspa_sla::figures::Rate;
use aspa_sla::{ClockKind, Promise, Target, Time};
use aspa_store::MemoryStore;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// Matti is answered in 20 minutes and helped in 30; a program answers Liisa, whom nobody has
/// answered for two hours; Olli says thanks; and we wrote to Pekka first.
const MORNING: &str = r#"
{"type":"message","account":"mail","network":"email","id":"1","conversation":"1","author":"matti","direction":"in","at":"2026-03-02T09:00:00Z","text":"Where is it?"}
{"type":"message","account":"mail","network":"email","id":"2","conversation":"1","direction":"out","at":"2026-03-02T09:20:00Z","text":"On its way.","in_reply_to":"1","agent":"aino"}
{"type":"tag","account":"mail","network":"email","conversation":"1","customer":"matti","by":"aino","tag":"delivery/late","at":"2026-03-02T09:21:00Z"}
{"type":"resolve","account":"mail","network":"email","conversation":"1","customer":"matti","by":"aino","at":"2026-03-02T09:30:00Z"}
{"type":"message","account":"mail","network":"email","id":"3","conversation":"2","author":"liisa","direction":"in","at":"2026-03-02T10:00:00Z","text":"Hello?"}
{"type":"message","account":"mail","network":"email","id":"4","conversation":"2","direction":"out","at":"2026-03-02T10:00:01Z","text":"We got it.","in_reply_to":"3","automatic":true,"reply":"automatic"}
{"type":"message","account":"mail","network":"email","id":"5","conversation":"3","author":"olli","direction":"in","at":"2026-03-02T11:00:00Z","text":"Thanks!"}
{"type":"dismiss","account":"mail","network":"email","conversation":"3","customer":"olli","by":"aino","id":"5","why":"thanks","at":"2026-03-02T11:01:00Z"}
{"type":"message","account":"mail","network":"email","id":"6","conversation":"4","direction":"out","at":"2026-03-02T08:00:00Z","text":"It arrives today.","to":["pekka"],"agent":"aino"}
"#;

async fn desk() -> Desk {
    desk_that_promises(|promise| promise).await
}

/// An answer within an hour, and what else `more` adds.
async fn desk_that_promises(more: impl FnOnce(Promise) -> Promise) -> Desk {
    let now: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
    let hours = Hours::new(chrono_tz::Europe::Helsinki);
    let hours = hours.open("Mo-Fr 08:00-18:00").unwrap();
    let account: aspa_types::AccountId = "mail".parse().unwrap();
    let archive = Archive::read_json_lines(account.clone(), MORNING.as_bytes()).unwrap();
    assert!(archive.rejected().is_empty(), "{:?}", archive.rejected());
    let desk = Desk::builder(MemoryStore::new())
        .promise(more(Promise::answer_within(TimeDelta::hours(1), hours)))
        .clock(ManualClock::new(now))
        .channel(archive)
        .build()
        .unwrap();
    while desk.poll(&account).await.unwrap().more {}
    desk.work().await.unwrap();
    desk
}

fn times(count: u64, median: f64, p90: f64) -> Value {
    json!({"count": count, "median_seconds": median, "p90_seconds": p90, "method": "linear"})
}

fn level(count: u64, of: f64) -> Value {
    json!({"count": count, "share": count as f64 / of})
}

#[tokio::test(flavor = "current_thread")]
async fn a_morning_is_told_in_counts_minutes_and_euros() {
    let desk = desk().await;
    let work = Work::new(TimeDelta::minutes(6), Rate::per_hour(3_000));
    let report = Report::read_with_work(&desk, work).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let service = &json["service"];
    assert_eq!(service["tickets"], 4);
    assert_eq!(
        service["handled"],
        json!({"inbound": 3, "unhandled": 1, "spam": 0})
    );
    // What was found by listening is not known, so there is nothing of the active level; thanks are
    // owed no service.
    let levels = json!({
        "passive": level(1, 3.0), "reactive": level(1, 3.0), "proactive": level(1, 3.0),
        "meta_active": level(0, 3.0),
    });
    assert_eq!(service["levels"], levels);
    for time in ["calendar", "business"] {
        let seconds = |n: f64| times(1, n, n);
        assert_eq!(service[format!("first_response_{time}")], seconds(1_200.0));
        assert_eq!(service[format!("resolution_{time}")], seconds(1_800.0));
    }
    // Pekka's for four hours, Liisa's for two, Olli's for one.
    let mut backlog = times(3, 7_200.0, 12_960.0);
    backlog["oldest_seconds"] = json!(14_400.0);
    assert_eq!(service["backlog"], backlog);
    // Two messages by a person.
    let cost = json!({"tickets": 4, "minutes": 12, "cost_minor": 600});
    assert_eq!(service["work"], cost);
    assert_eq!(
        json["work"],
        json!({"reply_seconds": 360, "rate": {"minor": 3000, "per": "hour"}})
    );
    assert_eq!(json["networks"]["email"]["tickets"], 4);
    for tag in ["delivery", "delivery/late"] {
        assert_eq!(json["tags"][tag]["tickets"], 1, "{tag}");
        assert_eq!(json["tags"][tag]["kept_share"], 1.0, "{tag}");
    }
    assert_eq!(json["agents"]["aino"]["work"]["cost_minor"], 300);

    let text = report.to_string();
    for line in [
        "  resolution     median 30 min 0 s, p90 30 min 0 s in calendar time (linear interpolation, 1 tickets)\n",
        "  backlog        3 open  (age median 2 h 0 min, p90 3 h 36 min, oldest 4 h 0 min)\n",
        "  service levels passive 33.3 %, reactive 33.3 %, proactive 33.3 %, meta-active 0.0 %\n",
        "  work           12 min, 6.00 EUR  (at 6 min 0 s a reply)\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn without_a_rate_there_is_no_money() {
    let report = Report::read(&desk().await).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["work"], Value::Null);
    assert_eq!(json["service"]["work"], Value::Null);
    assert!(!report.to_string().contains("EUR"));
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_resolved_late_is_broken_and_not_overdue() {
    let minutes = TimeDelta::minutes(10);
    let target = Target::new(ClockKind::Resolution, minutes, Time::Calendar);
    let desk = desk_that_promises(|promise| promise.target(target)).await;
    let report = Report::read(&desk).await.unwrap();
    let overdue: Vec<(&str, &str)> = report
        .overdue
        .iter()
        .map(|line| (line.customer.as_str(), line.clock.as_str()))
        .collect();
    // Matti's was resolved after half an hour. Olli's needs no answer, but nobody has resolved it.
    assert_eq!(
        overdue,
        [
            ("liisa", "resolution"),
            ("liisa", "first_response"),
            ("olli", "resolution"),
        ]
    );
    // Matti was answered in time.
    let promises = &report.service.promises;
    assert_eq!((promises.met, promises.breached), (1, 4));
}

/// Matti gives his address, Maija shows her name and town, a stranger says hello.
const PEOPLE: &str = r#"
{"type":"message","account":"mail","network":"x","id":"1","conversation":"1","author":{"id":"77700011","user_name":"mattivee","display_name":"Matti Virtanen"},"direction":"in","audience":"direct","at":"2026-03-02T09:00:00Z","text":"I am matti.virtanen@example.fi"}
{"type":"message","account":"mail","network":"x","id":"2","conversation":"1","author":{"id":"77700011","user_name":"mattivee","display_name":"Matti Virtanen"},"direction":"in","audience":"direct","at":"2026-03-02T09:01:00Z","text":"Are you there?"}
{"type":"message","account":"mail","network":"x","id":"3","conversation":"2","author":{"id":"77700022","user_name":"maijakorhonen","display_name":"Maija Korhonen"},"direction":"in","at":"2026-03-02T09:02:00Z","text":"Hello"}
{"type":"message","account":"mail","network":"x","id":"4","conversation":"3","author":{"id":"77700033","user_name":"qwzx","display_name":"Qwzx"},"direction":"in","at":"2026-03-02T09:03:00Z","text":"Hello"}
"#;

const CUSTOMERS: &str = "\
id,first_name,last_name,email,orders
1,Matti,Virtanen,matti.virtanen@example.fi,T510021
2,Maija,Korhonen,maija.korhonen@example.fi,T510022
";

#[tokio::test(flavor = "current_thread")]
async fn who_writes_is_told_without_a_name_that_can_be_read() {
    let now: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
    let account: aspa_types::AccountId = "mail".parse().unwrap();
    let archive = Archive::read_json_lines(account.clone(), PEOPLE.as_bytes()).unwrap();
    assert!(archive.rejected().is_empty(), "{:?}", archive.rejected());
    let desk = Desk::builder(MemoryStore::new())
        .clock(ManualClock::new(now))
        .channel(archive)
        .build()
        .unwrap();
    let mapping = aspa_crm_csv::Mapping::usual("crm".parse().unwrap());
    let crm = aspa_crm_csv::CsvSource::csv(mapping, CUSTOMERS.as_bytes(), now).unwrap();
    desk.sync(&crm).await.unwrap();
    while desk.poll(&account).await.unwrap().more {}
    desk.work().await.unwrap();
    let report = Report::read(&desk).await.unwrap();
    let people = &report.people;
    assert_eq!((people.messages, people.known_messages), (4, 2));
    assert_eq!(people.known_share, Some(0.5));
    assert_eq!((people.linked, people.linked_by["rule"]), (1, 1));
    assert_eq!((people.review, people.refused, people.unknown), (1, 0, 1));
    let waits = &people.to_review[0];
    assert_eq!(waits.link.customer.as_ref().unwrap().to_string(), "crm:2");
    assert!(waits.what_if.iter().any(|what| what.probability > 0.95));

    let text = report.to_string();
    for line in [
        "\nWho writes\n  50.0 % of 4 customers' messages are from known customers\n",
        "  1 handles linked (1 by rule), 1 to review, 0 refused, 1 unknown\n",
        "  M… V… on x (7…11) -> crm:1 M… V…, ",
        "  M… K… on x (7…22) -> crm:2 M… K…, ",
        "      next: ",
        " of theirs would give ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let json = serde_json::to_value(people).unwrap();
    assert_eq!(json["to_review"][0]["handle"], "7…22");
    for shown in [text, json.to_string()] {
        for personal in [
            "Matti", "Virtanen", "mattivee", "Korhonen", "77700", "@example",
        ] {
            assert!(!shown.contains(personal), "{personal}: {shown}");
        }
    }
}
