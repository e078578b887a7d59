//! What must not be possible: to bury criticism, to send one reply twice, to talk over a colleague, to
//! give the desk one thing twice.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{
    Act, Direction, EventKind, MemoryChannel, Message, Part, ReplyKind, Visibility, answer,
};
use aspa_desk::{Desk, Error, Reply};
use aspa_store::{MemoryStore, OutboxState};
use aspa_ticket::{Category, Disposition, RuleBroken};
use aspa_types::{Extra, HandleKey};
use common::{
    Bench, agent, answers, asks, event, happened, message, minute, only, person, shop, thread,
};

fn deleted(by: Option<HandleKey>) -> aspa_channel::Event {
    happened(
        5,
        EventKind::visibility(message("1"), Visibility::Deleted, by),
    )
}

#[tokio::test]
async fn deleting_a_customers_complaint_handles_nothing() {
    for (by, handled) in [
        (Some(person("the-shop")), false),
        (Some(person("matti")), true),
        (None, true),
    ] {
        for deleted_first in [false, true] {
            let bench = Bench::new();
            let mut events = [event(asks("1", "c", "matti", 0)), deleted(by.clone())];
            if deleted_first {
                events.reverse();
            }
            bench.tell(events).await;
            let ticket = only(&bench.desk).await;
            let disposition = &ticket.messages[0].disposition;
            assert_eq!(*disposition != Disposition::Unhandled, handled, "{by:?}");
            assert_eq!(ticket.category == Category::Resolved, handled, "{by:?}");
        }
    }
}

#[tokio::test]
async fn a_reply_with_a_name_is_sent_once_however_often_it_is_asked_for() {
    let (bench, ticket) = Bench::asked().await;
    let reply = || Reply::answer("On its way").named("request-7");
    let first = bench.desk.reply(&ticket.id, reply()).await.unwrap();
    let again = bench.desk.reply(&ticket.id, reply()).await.unwrap();
    assert_eq!(bench.desk.deliver().await.unwrap().accepted, 1);
    let after = bench.desk.reply(&ticket.id, reply()).await.unwrap();
    assert_eq!(bench.desk.deliver().await.unwrap().accepted, 0);
    assert_eq!((&first, &first), (&again, &after));
    assert_eq!(bench.channel.published().len(), 1);
    let other = Reply::answer("On its way").named("request-8");
    assert_ne!(bench.desk.reply(&ticket.id, other).await.unwrap(), first);
}

#[tokio::test]
async fn two_colleagues_who_saw_the_same_do_not_both_answer() {
    let (bench, ticket) = Bench::asked().await;
    let reply = |text: &str| Reply::answer(text).having_seen(message("1"));
    bench
        .desk
        .reply(&ticket.id, reply("Tomorrow"))
        .await
        .unwrap();
    let late = bench
        .desk
        .reply(&ticket.id, reply("On Friday"))
        .await
        .unwrap_err();
    assert!(
        matches!(late, Error::Rule(RuleBroken::ReplyUnderWay { .. })),
        "{late}"
    );
    bench.desk.deliver().await.unwrap();
    let late = bench
        .desk
        .reply(&ticket.id, reply("On Friday"))
        .await
        .unwrap_err();
    assert!(
        matches!(late, Error::Rule(RuleBroken::NewerMessage { .. })),
        "{late}"
    );
    // The same holds for what a colleague wrote in another tool.
    let (bench, ticket) = Bench::asked().await;
    bench.tell([event(answers("2", "c", "matti", 1))]).await;
    assert!(
        bench
            .desk
            .reply(&ticket.id, reply("On Friday"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn only_an_uncertain_effect_can_be_settled_by_a_person() {
    let (bench, ticket) = Bench::asked().await;
    let key = bench
        .desk
        .reply(&ticket.id, Reply::answer("Hi"))
        .await
        .unwrap();
    let refused = bench
        .desk
        .settle_uncertain(&key, true, None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::NotUncertain(_)), "{refused}");
    let (row, _) = bench.desk.store().effect(&key).await.unwrap().unwrap();
    assert_eq!(row.value.state, OutboxState::Queued);
}

#[derive(Debug)]
struct Deaf;

impl aspa_channel::Webhook for Deaf {
    fn receive(
        &self,
        _: &aspa_channel::Delivery,
        _: chrono::DateTime<chrono::Utc>,
    ) -> aspa_channel::Received {
        aspa_channel::Received::Handshake {
            answer: answer(http::StatusCode::OK, ""),
        }
    }
}

#[test]
fn nothing_that_is_given_to_the_builder_is_dropped_in_silence() {
    let builder = || Desk::builder(MemoryStore::new());
    let channel = || MemoryChannel::new(shop());
    let twice = builder().channel(channel()).channel(channel()).build();
    assert!(matches!(twice, Err(Error::Twice(what)) if what.contains("shop")));
    let twice = builder().webhook("app", Deaf).webhook("app", Deaf).build();
    assert!(matches!(twice, Err(Error::Twice(what)) if what.contains("app")));
}

fn dismissed(id: &str, minutes: i64, why: &str) -> aspa_channel::Event {
    let act = Act::Dismiss {
        message: message(id),
        why: why.to_owned(),
        extra: Extra::new(),
    };
    happened(
        minutes,
        EventKind::Action {
            conversation: thread("c"),
            customer: person("matti"),
            by: Some(agent("liisa")),
            act,
            extra: Extra::new(),
        },
    )
}

#[tokio::test]
async fn nobody_waits_for_an_answer_to_spam_and_the_next_question_is_waited_for() {
    let bench = Bench::new();
    let spam = event(asks("1", "c", "matti", 0));
    bench.tell([spam, dismissed("1", 1, "spam")]).await;
    bench.clock.0.set(minute(30));
    let ticket = only(&bench.desk).await;
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(30));
    let response = |kind: &str| clocks.iter().find(|c| c.kind.to_string() == kind).unwrap();
    assert!(!response("first_response").is_breached());
    assert!(response("first_response").stopped.is_some());

    bench.tell([event(asks("2", "c", "matti", 30))]).await;
    let ticket = only(&bench.desk).await;
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(45));
    let next = clocks
        .iter()
        .find(|c| c.kind.to_string() == "next_response");
    assert!(next.unwrap().is_breached(), "ten minutes were promised");
}

#[tokio::test]
async fn an_edit_that_names_nobody_stays_with_the_one_who_wrote_in_any_order() {
    let original = || event(asks("1", "c", "matti", 0));
    let edit = || {
        let mut edit = Message::new(message("1"), thread("c"), Direction::Inbound);
        edit.revision = 1;
        edit.parts = vec![Part::text("I meant the blue one")];
        event(edit)
    };
    let reply = || {
        let mut reply = answers("2", "c", "matti", 3);
        reply.to.clear();
        reply.in_reply_to = Some(message("1"));
        event(reply)
    };
    let mut tickets = Vec::new();
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
        let bench = Bench::new();
        let events = [original(), edit(), reply()];
        for i in order {
            bench.tell([events[i].clone()]).await;
        }
        let ticket = only(&bench.desk).await;
        assert_eq!(ticket.category, Category::WaitingCustomer, "{order:?}");
        let records = bench
            .desk
            .store()
            .conversation(&thread("c"), None, 99)
            .await
            .unwrap();
        let record = records.iter().find(|r| r.key == message("1")).unwrap();
        let newest = record.message.as_ref().unwrap();
        assert_eq!(newest.text(), "I meant the blue one");
        assert_eq!(newest.author, Some(person("matti")));
        assert_eq!(newest.times.source, Some(minute(0)));
        tickets.push(ticket);
    }
    assert!(
        tickets
            .iter()
            .all(|ticket| ticket.messages == tickets[0].messages)
    );
}

#[tokio::test]
async fn an_echo_that_is_faster_than_our_receipt_makes_no_answer_of_a_holding_reply() {
    let (bench, ticket) = Bench::asked().await;
    let mut holding = Reply::answer("We are looking into it").by(agent("anna"));
    holding.kind = ReplyKind::Holding;
    let effect = bench.desk.reply(&ticket.id, holding).await.unwrap();
    // Under the key that the network in memory will give it, and without what only we know.
    bench.clock.advance(chrono::TimeDelta::minutes(2));
    bench
        .tell([event(answers(effect.as_str(), "c", "matti", 1))])
        .await;
    assert_eq!(only(&bench.desk).await.category, Category::WaitingCustomer);
    assert_eq!(bench.desk.deliver().await.unwrap().accepted, 1);
    let ticket = only(&bench.desk).await;
    assert_eq!(ticket.category, Category::Open);
    assert_eq!(ticket.messages[0].disposition, Disposition::Unhandled);
    assert_eq!(ticket.messages[1].agent, Some(agent("anna")));
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(20));
    assert!(clocks[0].is_breached(), "nobody has answered");
}

#[tokio::test]
async fn a_rehearsal_does_not_settle_what_another_desk_may_have_sent() {
    let (bench, ticket) = Bench::asked().await;
    let key = bench
        .desk
        .reply(&ticket.id, Reply::answer("Hi"))
        .await
        .unwrap();
    let lease = chrono::TimeDelta::seconds(60);
    let claim = aspa_store::Claim {
        now: minute(0),
        lease,
        limit: 1,
    };
    let claimed = aspa_store::Store::claim_outbox(&bench.store, claim)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1, "and its worker dies");
    bench.clock.advance(lease);
    let rehearsal = common::builder(bench.store.clone(), &bench.clock)
        .shared_channel(bench.channel.clone())
        .dry_run(true)
        .build()
        .unwrap();
    assert_eq!(rehearsal.deliver().await.unwrap().dry_run, 0);
    let (row, _) = rehearsal.store().effect(&key).await.unwrap().unwrap();
    assert_eq!(row.value.state, OutboxState::Sending);
    assert!(only(&rehearsal).await.queued.contains(&key));
}
