//! Who is at a ticket is known to the others, for as long as they say so, and stands in nobody's way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_desk::{Desk, Doing, Error, Reply};
use aspa_ticket::{Actor, RuleBroken};
use aspa_types::TicketId;
use chrono::TimeDelta;
use common::{Bench, agent, answers, asks, builder, event};

/// Who is there, as `liisa writes`.
async fn there(desk: &Desk, ticket: &TicketId) -> Vec<String> {
    let all = desk.present(ticket).await.unwrap();
    let shown = all.iter().map(|(who, one)| format!("{who} {}", one.doing));
    shown.collect()
}

#[tokio::test]
async fn colleagues_see_each_other_for_a_minute_from_any_process() {
    let (bench, ticket) = Bench::asked().await;
    let other = builder(bench.store.clone(), &bench.clock).build().unwrap();
    let (desk, id) = (&bench.desk, &ticket.id);
    let (liisa, omar) = (agent("liisa"), agent("omar"));
    assert!(
        desk.attend(id, &liisa, Doing::Looks)
            .await
            .unwrap()
            .is_empty()
    );
    let others = other.attend(id, &omar, Doing::Writes).await.unwrap();
    assert_eq!(others.keys().collect::<Vec<_>>(), [&liisa]);
    assert_eq!(there(desk, id).await, ["liisa looks", "omar writes"]);
    bench.clock.advance(TimeDelta::seconds(30));
    desk.attend(id, &liisa, Doing::Looks).await.unwrap();
    bench.clock.advance(TimeDelta::seconds(29));
    assert_eq!(there(desk, id).await.len(), 2);
    bench.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        there(desk, id).await,
        ["liisa looks"],
        "Omar has said nothing"
    );
    let since = desk.present(id).await.unwrap()[&liisa].since;
    assert_eq!(since, common::minute(0));
    desk.leave(id, &liisa).await.unwrap();
    assert_eq!(there(&other, id).await, Vec::<String>::new());
    desk.leave(id, &liisa).await.unwrap();
    let nowhere: TicketId = "t-nobody".parse().unwrap();
    let refused = desk.attend(&nowhere, &liisa, Doing::Looks).await;
    assert!(matches!(refused, Err(Error::UnknownTicket(_))));
}

#[tokio::test]
async fn many_at_once_are_all_seen() {
    let (bench, ticket) = Bench::asked().await;
    let all: Vec<_> = (0..8).map(|i| agent(&format!("agent-{i}"))).collect();
    let mut doing = tokio::task::JoinSet::new();
    for who in all.clone() {
        let (desk, id) = (bench.desk.clone(), ticket.id.clone());
        doing.spawn(async move { desk.attend(&id, &who, Doing::Looks).await.map(drop) });
    }
    while let Some(done) = doing.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(there(&bench.desk, &ticket.id).await.len(), all.len());
}

#[tokio::test]
async fn whoever_writes_locks_nobody_out_and_a_late_reply_says_who_was_first() {
    let (bench, ticket) = Bench::asked().await;
    let (desk, id) = (&bench.desk, &ticket.id);
    bench.clock.advance(TimeDelta::minutes(9));
    desk.attend(id, &agent("omar"), Doing::Writes)
        .await
        .unwrap();
    let seen = || Reply::answer("mine").having_seen(common::message("1"));
    let mut written = answers("2", "c", "matti", 1);
    written.agent = Some(agent("omar"));
    bench.tell([event(written)]).await;
    let late = desk.reply(id, seen().by(agent("liisa"))).await.unwrap_err();
    assert!(late.to_string().contains("by omar"), "{late}");
    let Error::Rule(RuleBroken::NewerMessage { newest, by }) = late else {
        panic!("{late}");
    };
    assert_eq!(newest, common::message("2"));
    assert_eq!(by, Actor::Us(Some(agent("omar"))));
    bench.tell([event(asks("3", "c", "matti", 2))]).await;
    let late = desk.reply(id, seen().by(agent("liisa"))).await.unwrap_err();
    assert!(late.to_string().contains("by the customer"), "{late}");
    // Omar still has it open: Liisa, who has read on, answers all the same.
    let read = Reply::answer("mine").having_seen(common::message("3"));
    desk.reply(id, read.by(agent("liisa"))).await.unwrap();
    assert_eq!(there(desk, id).await, ["omar writes"]);
}
