//! The table of categories in the README, made from the code.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::ReplyKind;
use aspa_ticket::{
    Category, Command, Disposition, Event, EventKind, Outcome, Ticket, bundle, fold, undo,
};
use aspa_types::{HandleKey, Network};
use common::{agent, at, did, effect, hour, liisa, matti, message, received};

const CATEGORIES: [Category; 8] = [
    Category::New,
    Category::Open,
    Category::WaitingCustomer,
    Category::WaitingInternal,
    Category::Snoozed,
    Category::Bundled,
    Category::Resolved,
    Category::Closed,
];

fn other() -> Ticket {
    let mut key = matti();
    key.customer = HandleKey::new(Network::MASTODON, None, "anna").unwrap();
    let mut other = Ticket::open(key, 1, at(0));
    other.apply(&received(0, "a1"));
    other
}

/// How a ticket with one open message came to stand so.
fn history(category: &Category) -> Vec<Event> {
    let kind = match category {
        Category::New => return vec![received(0, "1")],
        Category::Open => EventKind::Reopened,
        Category::WaitingCustomer => EventKind::CustomerAwaited,
        Category::WaitingInternal => EventKind::ColleagueAwaited,
        Category::Snoozed => EventKind::Snoozed {
            until: at(7200),
            wake_on_message: true,
        },
        Category::Bundled => {
            let one = &fold(&matti(), &[received(0, "1")], &hour())[0];
            let done = bundle(one, &other(), &"b".into(), &liisa(), at(10)).unwrap();
            return vec![received(0, "1"), done[0].1.clone()];
        }
        Category::Resolved => EventKind::Resolved {
            outcome: Outcome::Solved,
        },
        _ => EventKind::Closed,
    };
    vec![received(0, "1"), did(10, kind)]
}

/// The commands that may move a ticket, by the words of the table.
fn commands() -> Vec<(&'static str, Command)> {
    vec![
        (
            "assign",
            Command::Assign {
                to: Some(agent("liisa")),
                until: None,
            },
        ),
        (
            "reply",
            Command::Reply {
                effect: effect("e"),
                reply: ReplyKind::Answer,
                newest_seen: None,
                playbook: None,
                covers: vec![],
                redirects_to: None,
            },
        ),
        (
            "dispose",
            Command::Dispose {
                message: message("1"),
                disposition: Disposition::Spam,
            },
        ),
        ("await", Command::AwaitCustomer),
        ("await", Command::AwaitColleague),
        (
            "snooze",
            Command::Snooze {
                until: at(9000),
                wake_on_message: true,
            },
        ),
        ("reopen", Command::Reopen),
        (
            "resolve",
            Command::Resolve {
                outcome: Outcome::Solved,
                rest: Some(Disposition::Spam),
                newest_seen: None,
            },
        ),
        ("close", Command::Close),
    ]
}

fn row(category: &Category) -> String {
    let history = history(category);
    let stands = fold(&matti(), &history, &hour()).remove(0);
    assert_eq!(stands.category, *category);
    let mut leaves: Vec<&str> = Vec::new();
    for (word, command) in commands() {
        let Ok(events) = stands.decide(command, &liisa(), at(60)) else {
            continue;
        };
        let mut moved = stands.clone();
        events.iter().for_each(|event| moved.apply(event));
        if moved.category != *category && !leaves.contains(&word) {
            leaves.push(word);
        }
    }
    if bundle(&stands, &other(), &"x".into(), &liisa(), at(60)).is_ok_and(|e| !e.is_empty()) {
        leaves.push("bundle");
    }
    if undo(&stands, &"b".into(), &liisa(), at(60)).is_ok() {
        leaves.push("undo");
    }
    let written = [history, vec![received(60, "2")]].concat();
    let tickets = fold(&matti(), &written, &hour());
    let message = match &tickets[..] {
        [one] => one.category.to_string(),
        _ => "a new ticket".to_owned(),
    };
    let yes = |is: bool| if is { "yes" } else { "no" };
    let leaves = match leaves.is_empty() {
        true => "–".to_owned(),
        false => leaves.join(", "),
    };
    let (active, counts) = (category.is_active(), category.counts_to_capacity());
    format!(
        "| {category} | {} | {} | {message} | {leaves} |",
        yes(active),
        yes(counts)
    )
}

#[test]
fn the_table_in_the_readme_is_what_the_code_does() {
    let readme = include_str!("../README.md");
    let written: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| category |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let made: Vec<String> = CATEGORIES.iter().map(row).collect();
    assert_eq!(written, made);
    let known: Vec<&str> = CATEGORIES.iter().map(Category::as_str).collect();
    assert!(Category::KNOWN.iter().all(|word| known.contains(word)));
}
