//! The table of how tickets stand, read off a running desk: the book shows the same one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_desk::Reply;
use aspa_sla::{ClockKind, Run, Verdict};
use aspa_ticket::{Actor, Category, Command, Outcome, Ticket};
use chrono::TimeDelta;
use common::{Bench, agent, asks, event, minute};

const BOOK: &str = include_str!("../../../docs/src/states.md");

const CATEGORIES: [Category; 8] = [
    Category::New,
    Category::Open,
    Category::WaitingCustomer,
    Category::WaitingInternal,
    Category::Snoozed,
    Category::Resolved,
    Category::Closed,
    Category::Bundled,
];

/// What an agent can do to a ticket, as the table names it.
fn commands() -> Vec<(&'static str, Command)> {
    vec![
        ("assign", assign()),
        ("dispose", dispose()),
        ("await the customer", Command::AwaitCustomer),
        ("await a colleague", Command::AwaitColleague),
        ("snooze", snooze()),
        ("reopen", Command::Reopen),
        ("resolve", resolve()),
        ("close", Command::Close),
    ]
}

fn assign() -> Command {
    Command::Assign {
        to: Some(agent("kalle")),
        until: None,
    }
}

fn dispose() -> Command {
    Command::Dispose {
        message: common::message("1"),
        disposition: aspa_ticket::Disposition::Spam,
    }
}

fn snooze() -> Command {
    Command::Snooze {
        until: minute(60),
        wake_on_message: true,
    }
}

fn resolve() -> Command {
    Command::Resolve {
        outcome: Outcome::Solved,
        rest: Some(aspa_ticket::Disposition::NeedsNoAnswer {
            why: "done".to_owned(),
        }),
        newest_seen: None,
    }
}

fn liisa() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

/// A desk with one ticket of Matti's that stands so, and is answered or not.
async fn stands(category: &Category, answered: bool) -> (Bench, Ticket) {
    let (bench, ticket) = Bench::asked().await;
    bench.clock.advance(TimeDelta::minutes(1));
    if answered {
        bench
            .desk
            .reply(&ticket.id, Reply::answer("So it is"))
            .await
            .unwrap();
        bench.desk.deliver().await.unwrap();
        bench.clock.advance(TimeDelta::minutes(1));
    }
    let command = match category {
        Category::New => None,
        Category::Open if answered => Some(Command::Reopen),
        Category::Open => Some(assign()),
        Category::WaitingCustomer if answered => None,
        Category::WaitingCustomer => Some(Command::AwaitCustomer),
        Category::WaitingInternal => Some(Command::AwaitColleague),
        Category::Snoozed => Some(snooze()),
        Category::Resolved => Some(resolve()),
        Category::Bundled => {
            bench.tell([event(asks("other", "c", "anna", 1))]).await;
            let all = common::all(&bench.desk).await;
            let other = all.iter().find(|one| one.id != ticket.id).unwrap();
            let (desk, by) = (&bench.desk, liisa());
            desk.bundle(&ticket.id, &other.id, &by).await.unwrap();
            None
        }
        _ => Some(Command::Close),
    };
    if let Some(command) = command {
        bench
            .desk
            .command(&ticket.id, command, liisa())
            .await
            .unwrap();
    }
    let ticket = bench.desk.ticket(&ticket.id).await.unwrap();
    (bench, ticket)
}

/// What the response and the resolution clock do.
fn clocks(bench: &Bench, ticket: &Ticket) -> (String, String) {
    if ticket.category == Category::Bundled {
        let target = || "as its target".to_owned();
        return (target(), target());
    }
    let now = bench.desk.now();
    let clocks = bench.desk.clocks(ticket).unwrap().clocks(now);
    let of = |is: fn(&ClockKind) -> bool| {
        let last = clocks.iter().rfind(|clock| is(&clock.kind));
        let Some(clock) = last else {
            return "–".to_owned();
        };
        let text = match (clock.run, clock.verdict()) {
            (Run::Running, _) => "runs",
            (Run::Paused, _) => "paused",
            (_, Verdict::Undecided) => "called off",
            _ => "stopped",
        };
        text.to_owned()
    };
    let response = of(|kind| matches!(kind, ClockKind::FirstResponse | ClockKind::NextResponse));
    (response, of(|kind| *kind == ClockKind::Resolution))
}

async fn row(category: &Category) -> String {
    let (bench, ticket) = stands(category, false).await;
    assert_eq!(ticket.category, *category);
    let (waits, resolution) = clocks(&bench, &ticket);
    let mut leaves = Vec::new();
    for (name, command) in commands() {
        let (bench, ticket) = stands(category, false).await;
        let done = bench.desk.command(&ticket.id, command, liisa()).await;
        if let Ok(after) = done
            && after.category != *category
        {
            leaves.push(name);
        }
    }
    {
        let (bench, ticket) = stands(category, false).await;
        bench.clock.advance(TimeDelta::minutes(1));
        let reply = Reply::answer("Here it is");
        if bench.desk.reply(&ticket.id, reply).await.is_ok() {
            bench.desk.deliver().await.unwrap();
        }
        if bench.desk.ticket(&ticket.id).await.unwrap().category != *category {
            leaves.push("reply");
        }
    }
    bench.clock.advance(TimeDelta::minutes(1));
    bench.tell([event(asks("more", "c", "matti", 3))]).await;
    let after = bench.desk.ticket(&ticket.id).await.unwrap();
    let (then, _) = clocks(&bench, &after);
    let message = match after
        .inbound()
        .any(|one| one.message == common::message("more"))
    {
        true => format!("→ {}, response {then}", after.category),
        false => "a new ticket".to_owned(),
    };
    let capacity = match category.counts_to_capacity() {
        true => "yes",
        false => "no",
    };
    let answered = match category {
        Category::New | Category::Bundled => "–".to_owned(),
        _ => {
            let (bench, ticket) = stands(category, true).await;
            assert_eq!(ticket.category, *category);
            clocks(&bench, &ticket).0
        }
    };
    let leaves = leaves.join(", ");
    format!(
        "| {category} | {waits} | {answered} | {resolution} | {capacity} | {message} | {leaves} |"
    )
}

#[tokio::test]
async fn the_book_shows_how_tickets_stand() {
    let mut missing = Vec::new();
    for category in &CATEGORIES {
        let row = row(category).await;
        if !BOOK.contains(&row) {
            missing.push(row);
        }
    }
    assert!(
        missing.is_empty(),
        "not in the book:\n{}",
        missing.join("\n")
    );
}
