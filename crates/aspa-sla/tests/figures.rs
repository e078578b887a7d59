//! Figures, told as cases of the domain, and against a plain count over all rows.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use aspa_sla::figures::{
    ClockRow, Contact, Dimension, Disposition, Figures, Group, Labels, Level, MessageRow, Method,
    OtherQuestion, Question, Rate, Row, Sample, Summary, TicketRow, Took,
};
use aspa_sla::{ClockKind, Event, EventKind, Promise, ReplyKind, Status, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Helsinki;
use proptest::prelude::*;
use serde_json::json;

use Contact::{Asked, Overheard, Started};
use Disposition::{
    Answered, AnsweredByColleague, AnsweredByCustomer, NeedsNoAnswer, Spam, Unhandled,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    at("2026-11-20T12:00:00+02:00")
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

fn message(contact: Contact) -> Row {
    MessageRow::new(noon(), contact, Labels::new()).into()
}

fn total(rows: impl IntoIterator<Item = Row>) -> Group {
    summary(Question::new(Helsinki, noon()), rows).total
}

fn summary(question: Question, rows: impl IntoIterator<Item = Row>) -> Summary {
    let mut figures = Figures::new(question);
    rows.into_iter().for_each(|row| figures.push(&row));
    figures.summary(Method::Linear)
}

#[test]
fn the_handled_share_leaves_spam_out_and_counts_what_is_undecided_as_unhandled() {
    let rows = [
        Asked(Answered),
        Asked(AnsweredByColleague),
        Overheard(AnsweredByCustomer),
        Asked(NeedsNoAnswer),
        Asked(Unhandled),
        Asked(Spam),
        // No inbound message.
        Started,
    ];
    let group = total(rows.map(message));
    let counts = (
        group.messages.inbound,
        group.messages.unhandled,
        group.messages.spam,
    );
    assert_eq!(counts, (6, 1, 1));
    assert_eq!(group.handled_share, Some(0.8));
    assert_eq!(total([message(Asked(Spam))]).handled_share, None);
    assert_eq!(total([]).handled_share, None);
}

#[test]
fn each_contact_has_the_level_of_who_answered_and_who_was_asked() {
    for (contact, level) in [
        (Asked(Unhandled), Some(Level::Passive)),
        (Overheard(Unhandled), Some(Level::Passive)),
        (Asked(Answered), Some(Level::Reactive)),
        (Overheard(Answered), Some(Level::Active)),
        (Started, Some(Level::Proactive)),
        (Asked(AnsweredByCustomer), Some(Level::MetaActive)),
        (Overheard(AnsweredByCustomer), Some(Level::MetaActive)),
        (Asked(AnsweredByColleague), Some(Level::MetaActive)),
        (Asked(NeedsNoAnswer), None),
        (Overheard(NeedsNoAnswer), None),
        (Asked(Spam), None),
        (Overheard(Spam), None),
    ] {
        assert_eq!(Level::of(contact), level, "{contact:?}");
        let levels = total([message(contact)]).levels;
        assert_eq!(levels.contacts(), u64::from(level.is_some()), "{contact:?}");
        for (other, part) in levels.iter() {
            let expected = u64::from(Some(other) == level);
            assert_eq!(part.count, expected, "{contact:?}: {other}");
            assert_eq!(
                part.share,
                level.map(|_| expected as f64),
                "{contact:?}: {other}"
            );
        }
    }
}

#[test]
fn shares_of_the_levels_sum_to_one_over_what_service_was_due() {
    let rows = [
        Asked(Answered),
        Asked(Answered),
        Asked(Unhandled),
        Started,
        Asked(Spam),
    ];
    let levels = total(rows.map(message)).levels;
    assert_eq!(levels.get(Level::Reactive).share, Some(0.5));
    assert_eq!(levels.get(Level::Passive).share, Some(0.25));
    assert_eq!(levels.get(Level::Proactive).share, Some(0.25));
    assert_eq!(levels.get(Level::Active).share, Some(0.0));
}

fn clock(kind: ClockKind, verdict: Verdict) -> ClockRow {
    ClockRow::new(kind, noon(), verdict, Labels::new())
}

#[test]
fn kept_promises_leave_the_undecided_beside() {
    use ClockKind::{FirstResponse, Resolution};
    use Verdict::{Breached, Met, Undecided};
    let rows = [
        clock(FirstResponse, Met).took(Took::new(minutes(90), minutes(30))),
        clock(FirstResponse, Met).took(Took::new(minutes(10), minutes(10))),
        clock(FirstResponse, Breached).took(Took::new(minutes(600), minutes(120))),
        clock(FirstResponse, Undecided),
        clock(Resolution, Breached),
        clock(Resolution, Undecided),
    ];
    let group = total(rows.map(Row::from));
    assert_eq!((group.promises.met, group.promises.breached), (2, 2));
    assert_eq!(group.promises.undecided, 2);
    assert_eq!(group.kept_share, Some(0.5));
    let first = &group.clocks["first_response"];
    assert_eq!(first.kept_share, Some(2.0 / 3.0));
    assert_eq!(first.took.calendar.median, Some(minutes(90)));
    assert_eq!(first.took.business.median, Some(minutes(30)));
    assert_eq!(first.took.business.p90, Some(minutes(102)));
    let resolution = &group.clocks["resolution"];
    assert_eq!(resolution.kept_share, Some(0.0));
    assert_eq!(resolution.took.calendar.count, 0);
    assert_eq!(
        total([clock(Resolution, Undecided).into()]).kept_share,
        None
    );
}

#[test]
fn a_clock_gives_its_time_once_the_customer_was_answered_or_helped() {
    let hours = aspa_hours::Hours::new(Helsinki);
    let hours = hours.open("Mon-Fri 08:00-18:00").unwrap();
    let promise = Promise::answer_within(minutes(60), hours).target(aspa_sla::Target::new(
        ClockKind::Resolution,
        minutes(6000),
        aspa_sla::Time::Calendar,
    ));
    let sla = promise.compile().unwrap();
    let friday = at("2026-11-20T17:30:00+02:00");
    let monday = at("2026-11-23T08:15:00+02:00");
    let asked = [
        Event::new(friday, EventKind::Created),
        Event::new(friday, EventKind::CustomerMessage),
    ];
    let took = |more: &[(DateTime<Utc>, EventKind)], kind| {
        let more = more.iter().map(|(at, kind)| Event::new(*at, kind.clone()));
        let events: Vec<Event> = asked.iter().cloned().chain(more).collect();
        let state = sla.replay(&events).unwrap();
        let clocks = state.clocks(at("2026-11-23T12:00:00+02:00"));
        let clock = clocks.iter().find(|clock| clock.kind == kind).unwrap();
        let took = ClockRow::of(clock, state.status(), Labels::new()).took;
        took.map(|took| {
            (
                took.calendar.num_minutes(),
                took.business.unwrap().num_minutes(),
            )
        })
    };
    let answer = (monday, EventKind::Reply(ReplyKind::Answer));
    let solved = (monday, EventKind::Status(Status::Solved));
    let pending = (friday, EventKind::Status(Status::Pending));
    // From Friday 17:30 to Monday 8:15: 62 h 45 min, 45 min of them open.
    let all = Some((62 * 60 + 45, 45));
    assert_eq!(took(&[], ClockKind::FirstResponse), None, "nobody answered");
    assert_eq!(
        took(std::slice::from_ref(&answer), ClockKind::FirstResponse),
        all
    );
    assert_eq!(
        took(&[answer], ClockKind::Resolution),
        None,
        "nothing is solved"
    );
    assert_eq!(
        took(std::slice::from_ref(&solved), ClockKind::FirstResponse),
        None,
        "cancelled"
    );
    assert_eq!(
        took(std::slice::from_ref(&solved), ClockKind::Resolution),
        all,
        "may resume"
    );
    assert_eq!(
        took(&[pending, solved], ClockKind::Resolution),
        Some((0, 0)),
        "paused"
    );
}

fn ticket(opened: &str, resolved: Option<&str>) -> TicketRow {
    TicketRow::new(at(opened), resolved.map(at), Labels::new())
}

#[test]
fn the_backlog_is_what_is_open_at_the_instant_asked_about() {
    let rows = [
        ticket("2026-11-20T11:00:00+02:00", None),
        // Resolved, but later.
        ticket(
            "2026-11-20T10:00:00+02:00",
            Some("2026-11-20T12:00:01+02:00"),
        ),
        ticket("2026-11-18T12:00:00+02:00", None),
        // Resolved at that very instant, and before.
        ticket(
            "2026-11-20T09:00:00+02:00",
            Some("2026-11-20T12:00:00+02:00"),
        ),
        ticket(
            "2026-11-20T09:00:00+02:00",
            Some("2026-11-20T09:10:00+02:00"),
        ),
        // Not there yet; there since this instant.
        ticket("2026-11-20T12:00:01+02:00", None),
        ticket("2026-11-20T12:00:00+02:00", None),
    ];
    let group = total(rows.map(Row::from));
    assert_eq!(group.tickets.count, 7);
    assert_eq!(group.backlog.age.count, 4);
    assert_eq!(group.backlog.age.median, Some(minutes(90)));
    assert_eq!(group.backlog.oldest, Some(TimeDelta::days(2)));
    assert_eq!(total([]).backlog.oldest, None);
}

#[test]
fn money_is_whole_cents_rounded_half_up_once() {
    let seconds = TimeDelta::seconds;
    for (rate, time, cents) in [
        (Rate::per_hour(3_000), seconds(3_600), 3_000),
        (Rate::per_minute(50), seconds(90), 75),
        // 30.00 an hour: 0.8333… cents a second.
        (Rate::per_hour(3_000), seconds(1), 1),
        (Rate::per_minute(1), seconds(29), 0),
        (Rate::per_minute(1), seconds(30), 1),
        (Rate::per_minute(1), seconds(89), 1),
        (Rate::per_minute(1), seconds(90), 2),
        (Rate::per_hour(0), seconds(1_000_000), 0),
        (Rate::per_hour(3_000), seconds(-60), 0),
    ] {
        assert_eq!(rate.cost(time), Some(cents), "{rate:?} {time:?}");
    }
    assert_eq!(Rate::per_minute(u64::MAX).cost(minutes(2)), None);
    // Three times half a cent: one and a half, not three.
    let worked = |n: i64, channel: &str| {
        let mut row = ticket("2026-11-20T11:00:00+02:00", None);
        row.handling = Some(seconds(n));
        row.labels = Labels::new().channel(channel);
        Row::from(row)
    };
    let question = Question::new(Helsinki, noon())
        .by(Dimension::Channel)
        .rate(Rate::per_minute(1));
    let unknown = ticket("2026-11-20T11:00:00+02:00", None).into();
    let rows = [worked(30, "a"), worked(30, "b"), worked(30, "c"), unknown];
    let summary = summary(question, rows);
    let handling = summary.total.tickets.handling;
    assert_eq!((handling.tickets, handling.minutes), (3, 2));
    assert_eq!(handling.cost_minor, Some(2));
    let each = summary.by[&Dimension::Channel].values();
    assert!(
        each.map(|group| group.tickets.handling.cost_minor)
            .eq([Some(1); 3])
    );
}

#[test]
fn a_message_with_two_tags_counts_under_both_and_once_in_the_total() {
    let question = [
        Dimension::Channel,
        Dimension::Tag,
        Dimension::Agent,
        Dimension::Tier,
        Dimension::Hour,
    ];
    let question = question
        .into_iter()
        .fold(Question::new(Helsinki, noon()), Question::by);
    let labels = Labels::new()
        .tag("delivery/late")
        .tag("delivery/lost")
        .tag("refund");
    let labels = labels.channel("facebook").agent("aino").tier("gold");
    let rows = [
        MessageRow::new(noon(), Asked(Answered), labels).into(),
        message(Asked(Unhandled)),
    ];
    let summary = summary(question, rows);
    assert_eq!(summary.total.messages.inbound, 2);
    let counts = |by: Dimension| {
        let groups = summary.by[&by].iter();
        groups
            .map(|(name, group)| (name.as_str(), group.messages.inbound))
            .collect::<Vec<_>>()
    };
    let tags = [
        ("delivery", 1),
        ("delivery/late", 1),
        ("delivery/lost", 1),
        ("refund", 1),
    ];
    assert_eq!(counts(Dimension::Tag), tags);
    assert_eq!(counts(Dimension::Channel), [("facebook", 1)]);
    assert_eq!(counts(Dimension::Agent), [("aino", 1)]);
    assert_eq!(counts(Dimension::Tier), [("gold", 1)]);
    assert_eq!(counts(Dimension::Hour), [("12", 2)]);
}

#[test]
fn the_hour_is_that_of_the_local_wall_clock_on_both_sides_of_a_clock_change() {
    // Helsinki turned 04:00 back to 03:00 on 2026-10-25: both threes are the same hour.
    for (utc, hour) in [
        ("2026-10-24T23:59:59Z", "02"),
        ("2026-10-25T00:00:00Z", "03"),
        ("2026-10-25T00:59:59Z", "03"),
        ("2026-10-25T01:00:00Z", "03"),
        ("2026-10-25T02:00:00Z", "04"),
        ("2026-10-25T22:00:00Z", "00"),
    ] {
        let question = Question::new(Helsinki, noon()).by(Dimension::Hour);
        let row = MessageRow::new(at(utc), Asked(Answered), Labels::new()).into();
        let hours = &summary(question, [row]).by[&Dimension::Hour];
        assert_eq!(hours.keys().collect::<Vec<_>>(), [hour], "{utc}");
    }
}

#[test]
fn figures_of_other_questions_do_not_mix() {
    let mut figures = Figures::new(Question::new(Helsinki, noon()));
    let mut other = Figures::new(Question::new(chrono_tz::UTC, noon()));
    other.push(&message(Asked(Answered)));
    assert!(matches!(figures.merge(other), Err(OtherQuestion { .. })));
    assert_eq!(figures.summary(Method::Linear).total.messages.inbound, 0);
}

#[test]
fn a_message_that_is_answered_later_is_taken_back_and_given_again() {
    let question = Question::new(Helsinki, noon()).by(Dimension::Tag);
    let row = |disposition, tag: &str| {
        let labels = Labels::new().tag(tag);
        Row::from(MessageRow::new(noon(), Asked(disposition), labels))
    };
    let mut figures = Figures::new(question.clone());
    figures.push(&row(Unhandled, "delivery"));
    figures.retract(&row(Unhandled, "delivery"));
    figures.push(&row(Answered, "refund"));
    let expected = summary(question, [row(Answered, "refund")]);
    assert_eq!(figures.summary(Method::Linear), expected);
}

#[test]
fn names_in_json_are_stable() {
    let mut worked = ticket("2026-11-20T11:00:00+02:00", None);
    worked.handling = Some(minutes(6));
    worked.first_response = Some(Took::new(minutes(5), None));
    worked.labels = Labels::new().channel("email");
    let rows: [Row; 3] = [
        worked.into(),
        message(Asked(Answered)),
        clock(ClockKind::NextResponse, Verdict::Met).into(),
    ];
    let question = Question::new(Helsinki, noon())
        .by(Dimension::Channel)
        .rate(Rate::per_hour(3_000));
    let value = serde_json::to_value(summary(question, rows.clone())).unwrap();
    let none = json!({"count": 0, "median_seconds": null, "p90_seconds": null, "method": "linear"});
    let times = |seconds: f64| json!({"count": 1, "median_seconds": seconds, "p90_seconds": seconds, "method": "linear"});
    let level = |count: u64| json!({"count": count, "share": count as f64});
    let promises = json!({"met": 1, "breached": 0, "undecided": 0});
    assert_eq!(
        value["question"],
        json!({
            "zone": "Europe/Helsinki", "now": "2026-11-20T10:00:00Z", "by": ["channel"],
            "rate": {"minor": 3000, "per": "hour"},
        })
    );
    assert_eq!(
        value["total"],
        json!({
            "messages": {"inbound": 1, "unhandled": 0, "spam": 0},
            "handled_share": 1.0,
            "levels": {
                "passive": level(0), "reactive": level(1), "active": level(0),
                "proactive": level(0), "meta_active": level(0),
            },
            "promises": promises,
            "kept_share": 1.0,
            "clocks": {"next_response": {
                "promises": promises, "kept_share": 1.0, "calendar": none, "business": none,
            }},
            "tickets": {
                "count": 1,
                "first_response": {"calendar": times(300.0), "business": none},
                "resolution": {"calendar": none, "business": none},
                "handling": {"tickets": 1, "minutes": 6, "cost_minor": 300},
            },
            "backlog": {
                "count": 1, "median_seconds": 3600.0, "p90_seconds": 3600.0, "method": "linear",
                "oldest_seconds": 3600.0,
            },
        })
    );
    assert_eq!(value["by"]["channel"]["email"]["tickets"]["count"], 1);
    assert_eq!(value["method"], "linear");
    let text = serde_json::to_string(&rows).unwrap();
    assert!(
        text.starts_with(r#"[{"row":"ticket","opened_at":"#),
        "{text}"
    );
    assert!(text.contains(r#""contact":{"asked":"answered"}"#), "{text}");
    assert_eq!(serde_json::from_str::<[Row; 3]>(&text).unwrap(), rows);
}

// Percentiles, by the letter of their definitions.

fn nearest_rank(sorted: &[i64], percent: u8) -> i64 {
    let enough = |value: &&i64| {
        let not_above = sorted.iter().filter(|other| other <= value).count();
        not_above * 100 >= usize::from(percent) * sorted.len()
    };
    *sorted.iter().find(enough).unwrap()
}

/// In hundredths of a second: the piecewise linear line through (100 i / (n − 1), value i).
fn linear(sorted: &[i64], percent: u8) -> i64 {
    let last = sorted.len() as i64 - 1;
    if last == 0 {
        return sorted[0] * 100;
    }
    let i = (i64::from(percent) * last / 100).min(last - 1);
    let (low, high) = (sorted[i as usize], sorted[i as usize + 1]);
    low * 100 + (high - low) * (i64::from(percent) * last - 100 * i)
}

proptest! {
    #[test]
    fn percentiles_are_those_of_their_definitions(
        mut values in proptest::collection::vec(-5_i64..100_000, 1..40),
        back in proptest::collection::vec(-5_i64..100_000, 0..5),
    ) {
        let mut sample = Sample::default();
        back.iter().for_each(|v| sample.push(TimeDelta::seconds(*v)));
        values.iter().for_each(|v| sample.push(TimeDelta::seconds(*v)));
        back.iter().for_each(|v| sample.retract(TimeDelta::seconds(*v)));
        values.sort_unstable();
        prop_assert_eq!(sample.sorted(), &values);
        for percent in 0..=100 {
            let at = |method| sample.clone().percentile(percent, method).unwrap();
            prop_assert_eq!(at(Method::NearestRank).num_seconds(), nearest_rank(&values, percent));
            prop_assert_eq!(at(Method::Linear).num_milliseconds(), linear(&values, percent) * 10);
        }
        prop_assert_eq!(sample.percentile(101, Method::Linear), None);
    }
}

// Rows of every kind.

fn labels() -> impl Strategy<Value = Labels> {
    let name = |names: &'static [&'static str]| {
        proptest::option::of(proptest::sample::select(names).prop_map(str::to_owned))
    };
    let tags = proptest::sample::select(&["a", "a/b", "a/b/c", "a/d", "ab", "e"][..]);
    let tags = proptest::collection::vec(tags.prop_map(str::to_owned), 0..4);
    (
        name(&["mail", "chat"]),
        tags,
        name(&["x", "y"]),
        name(&["gold"]),
    )
        .prop_map(|(channel, tags, agent, tier)| {
            let mut labels = Labels::new();
            (labels.channel, labels.tags, labels.agent, labels.tier) = (channel, tags, agent, tier);
            labels
        })
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-200_000_i64..200_000).prop_map(|s| noon() + TimeDelta::seconds(s))
}

fn took() -> impl Strategy<Value = Option<Took>> {
    let seconds = || (0_i64..500).prop_map(TimeDelta::seconds);
    proptest::option::of(
        (seconds(), proptest::option::of(seconds())).prop_map(|(c, b)| Took::new(c, b)),
    )
}

fn row() -> impl Strategy<Value = Row> {
    let dispositions = [
        Unhandled,
        Answered,
        AnsweredByColleague,
        AnsweredByCustomer,
        NeedsNoAnswer,
        Spam,
    ];
    let disposition = || proptest::sample::select(dispositions.to_vec());
    let contact = prop_oneof![
        disposition().prop_map(Asked),
        disposition().prop_map(Overheard),
        Just(Started),
    ];
    let message = (instant(), contact, labels())
        .prop_map(|(at, contact, labels)| MessageRow::new(at, contact, labels).into());
    let kind = proptest::sample::select(vec![ClockKind::FirstResponse, ClockKind::Resolution]);
    let verdict =
        proptest::sample::select(vec![Verdict::Met, Verdict::Breached, Verdict::Undecided]);
    let clock = (kind, instant(), verdict, took(), labels()).prop_map(
        |(kind, at, verdict, took, labels)| {
            let mut row = ClockRow::new(kind, at, verdict, labels);
            row.took = took;
            row.into()
        },
    );
    let handling = proptest::option::of((0_i64..1000).prop_map(TimeDelta::seconds));
    let ticket = (
        instant(),
        proptest::option::of(instant()),
        took(),
        took(),
        handling,
        labels(),
    )
        .prop_map(|(opened, resolved, first, resolution, handling, labels)| {
            let mut row = TicketRow::new(opened, resolved, labels);
            (row.first_response, row.resolution, row.handling) = (first, resolution, handling);
            row.into()
        });
    prop_oneof![message, clock, ticket]
}

fn everything() -> Question {
    use Dimension::{Agent, Channel, Hour, Tag, Tier};
    let question = Question::new(Helsinki, noon()).rate(Rate::per_hour(3_333));
    [Channel, Tag, Agent, Tier, Hour]
        .into_iter()
        .fold(question, Question::by)
}

/// The groups that a row is in, told plainly.
fn names(row: &Row, by: Dimension) -> BTreeSet<String> {
    let (at, labels) = match row {
        Row::Message(row) => (row.at, &row.labels),
        Row::Clock(row) => (row.started_at, &row.labels),
        Row::Ticket(row) => (row.opened_at, &row.labels),
        _ => unreachable!(),
    };
    match by {
        Dimension::Channel => labels.channel.iter().cloned().collect(),
        Dimension::Agent => labels.agent.iter().cloned().collect(),
        Dimension::Tier => labels.tier.iter().cloned().collect(),
        Dimension::Hour => [at.with_timezone(&Helsinki).format("%H").to_string()].into(),
        Dimension::Tag => {
            let mut names = BTreeSet::new();
            for tag in &labels.tags {
                let parts: Vec<&str> = tag.split('/').collect();
                names.extend((1..=parts.len()).map(|n| parts[..n].join("/")));
            }
            names
        }
        _ => unreachable!(),
    }
}

/// Counts one group by going over its rows once for each figure.
fn check(group: &Group, rows: &[&Row]) -> Result<(), TestCaseError> {
    let contacts: Vec<Contact> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Message(row) => Some(row.contact),
            _ => None,
        })
        .collect();
    let inbound: Vec<Disposition> = contacts
        .iter()
        .filter_map(|contact| match contact {
            Asked(d) | Overheard(d) => Some(*d),
            _ => None,
        })
        .collect();
    let of = |wanted| inbound.iter().filter(|d| **d == wanted).count() as u64;
    prop_assert_eq!(group.messages.inbound, inbound.len() as u64);
    prop_assert_eq!(group.messages.unhandled, of(Unhandled));
    prop_assert_eq!(group.messages.spam, of(Spam));
    let handled = inbound.len() as u64 - of(Spam) - of(Unhandled);
    let share = handled as f64 / (inbound.len() as u64 - of(Spam)) as f64;
    prop_assert_eq!(group.handled_share, (!share.is_nan()).then_some(share));
    for (level, part) in group.levels.iter() {
        let count = contacts
            .iter()
            .filter(|c| Level::of(**c) == Some(level))
            .count();
        prop_assert_eq!(part.count, count as u64);
    }

    let clocks: Vec<&ClockRow> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Clock(row) => Some(row),
            _ => None,
        })
        .collect();
    for kind in [ClockKind::FirstResponse, ClockKind::Resolution] {
        let of_kind: Vec<_> = clocks.iter().filter(|row| row.kind == kind).collect();
        let Some(figures) = group.clocks.get(&kind.to_string()) else {
            prop_assert!(of_kind.is_empty());
            continue;
        };
        let verdicts = |v| of_kind.iter().filter(|row| row.verdict == v).count() as u64;
        prop_assert_eq!(figures.promises.met, verdicts(Verdict::Met));
        prop_assert_eq!(figures.promises.breached, verdicts(Verdict::Breached));
        prop_assert_eq!(figures.promises.undecided, verdicts(Verdict::Undecided));
        let took = || of_kind.iter().filter_map(|row| row.took);
        same_times(took().map(|took| took.calendar), figures.took.calendar)?;
        same_times(
            took().filter_map(|took| took.business),
            figures.took.business,
        )?;
    }
    let met = clocks
        .iter()
        .filter(|row| row.verdict == Verdict::Met)
        .count();
    prop_assert_eq!(group.promises.met, met as u64);

    let tickets: Vec<&TicketRow> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Ticket(row) => Some(row),
            _ => None,
        })
        .collect();
    prop_assert_eq!(group.tickets.count, tickets.len() as u64);
    let first = || tickets.iter().filter_map(|row| row.first_response);
    same_times(
        first().map(|took| took.calendar),
        group.tickets.first_response.calendar,
    )?;
    same_times(
        first().filter_map(|took| took.business),
        group.tickets.first_response.business,
    )?;
    let resolved = tickets.iter().filter_map(|row| row.resolution);
    same_times(
        resolved.map(|took| took.calendar),
        group.tickets.resolution.calendar,
    )?;
    let open = tickets.iter().filter(|row| {
        let resolved = row.resolved_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        (row.opened_at..resolved).contains(&noon())
    });
    let ages: Vec<TimeDelta> = open.map(|row| noon() - row.opened_at).collect();
    prop_assert_eq!(group.backlog.oldest, ages.iter().copied().max());
    same_times(ages.into_iter(), group.backlog.age)?;
    let worked: i64 = tickets
        .iter()
        .filter_map(|row| row.handling)
        .map(|h| h.num_seconds())
        .sum();
    let cents = (worked * 3_333 + 1_800) / 3_600;
    prop_assert_eq!(group.tickets.handling.cost_minor, Some(cents as u64));
    prop_assert_eq!(group.tickets.handling.minutes, ((worked + 30) / 60) as u64);
    Ok(())
}

fn same_times(
    times: impl Iterator<Item = TimeDelta>,
    told: aspa_sla::figures::Times,
) -> Result<(), TestCaseError> {
    let mut seconds: Vec<i64> = times.map(|time| time.num_seconds()).collect();
    seconds.sort_unstable();
    prop_assert_eq!(told.count, seconds.len() as u64);
    let at = |percent| (!seconds.is_empty()).then(|| linear(&seconds, percent) * 10);
    prop_assert_eq!(told.median.map(|t| t.num_milliseconds()), at(50));
    prop_assert_eq!(told.p90.map(|t| t.num_milliseconds()), at(90));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The fold says what a plain count over the rows of each group says.
    #[test]
    fn every_figure_is_that_of_a_plain_count(rows in proptest::collection::vec(row(), 0..60)) {
        let summary = summary(everything(), rows.clone());
        check(&summary.total, &rows.iter().collect::<Vec<_>>())?;
        for (by, groups) in &summary.by {
            let all: BTreeSet<String> = rows.iter().flat_map(|row| names(row, *by)).collect();
            prop_assert_eq!(groups.keys().cloned().collect::<BTreeSet<_>>(), all);
            for (name, group) in groups {
                let of: Vec<_> = rows.iter().filter(|row| names(row, *by).contains(name)).collect();
                check(group, &of)?;
            }
        }
    }

    /// Any split into parts, in any order, with rows that come and go in any part, is one fold.
    #[test]
    fn merging_parts_equals_one_fold(
        placed in proptest::collection::vec((row(), 0_usize..4, any::<u32>()), 0..60),
        passing in proptest::collection::vec((row(), 0_usize..4, 0_usize..4), 0..20),
        read_early in any::<bool>(),
    ) {
        let expected = summary(everything(), placed.iter().map(|(row, ..)| row.clone()));
        let mut parts = vec![Figures::new(everything()); 4];
        for (row, _, retracted_in) in &passing {
            parts[*retracted_in].retract(row);
        }
        let mut shuffled = placed;
        shuffled.sort_by_key(|(.., order)| *order);
        shuffled.iter().for_each(|(row, part, _)| parts[*part].push(row));
        if read_early {
            parts.iter_mut().for_each(|part| drop(part.summary(Method::NearestRank)));
        }
        passing.iter().for_each(|(row, part, _)| parts[*part].push(row));
        let mut merged = Figures::new(everything());
        for part in parts.into_iter().rev() {
            merged.merge(part).unwrap();
        }
        prop_assert_eq!(merged.summary(Method::Linear), expected);
    }
}
