//! What is done about tickets, by one desk or by two at once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use aspa_channel::{MemoryChannel, ReplyKind};
use aspa_desk::{Desk, Error, Reply};
use aspa_store::{MemoryStore, TicketQuery};
use aspa_ticket::{
    Actor, Category, Command, Disposition, EventKind, Outcome, PlaybookUse, RuleBroken,
};
use aspa_types::{Tag, TicketId};
use chrono::TimeDelta;
use common::store::TestStore;
use common::{Bench, Hand, agent, all, asks, builder, event, minute, only, shop};

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

fn tag(text: &str) -> Tag {
    Tag::new(text).unwrap()
}

#[tokio::test]
async fn a_ticket_is_assigned_tagged_noted_and_resolved() {
    let (bench, ticket) = Bench::asked().await;
    let (desk, id) = (&bench.desk, &ticket.id);
    let to = Some(agent("liisa"));
    let mine = desk
        .command(
            id,
            Command::Assign {
                to: to.clone(),
                until: None,
            },
            us(),
        )
        .await
        .unwrap();
    assert_eq!((mine.assignee, mine.category), (to.clone(), Category::Open));
    let tag_it = Command::Tag {
        tag: tag("delivery/late"),
    };
    desk.command(id, tag_it, us()).await.unwrap();
    let mut query = TicketQuery::default();
    (query.assignee, query.tags) = (to, [tag("delivery")].into());
    assert_eq!(desk.tickets(&query).await.unwrap().len(), 1);

    bench.clock.advance(TimeDelta::minutes(1));
    let noted = desk
        .note(id, "calls on Friday", Some(agent("liisa")))
        .await
        .unwrap();
    let note = desk.store().note(&noted.notes[0]).await.unwrap().unwrap();
    assert_eq!(
        (&*note.text, note.at, note.by),
        ("calls on Friday", minute(1), Some(agent("liisa")))
    );
    assert_eq!(note.about, noted.key);
    let twice = desk.note(id, "calls on Friday", None).await.unwrap();
    assert_eq!(twice.notes.len(), 2, "the same words are another note");

    let resolve = |rest| Command::Resolve {
        outcome: Outcome::Solved,
        rest,
        newest_seen: None,
    };
    let asked = desk.command(id, resolve(None), us()).await;
    assert!(matches!(
        asked,
        Err(Error::Rule(RuleBroken::Undecided { .. }))
    ));
    let thanks = Disposition::NeedsNoAnswer {
        why: "thanks".to_owned(),
    };
    let done = desk
        .command(id, resolve(Some(thanks.clone())), us())
        .await
        .unwrap();
    assert_eq!(
        (done.category, done.resolved_at),
        (Category::Resolved, Some(minute(1)))
    );
    assert_eq!(done.messages[0].disposition, thanks);
}

#[tokio::test]
async fn a_refused_or_needless_command_writes_nothing() {
    let (bench, ticket) = Bench::asked().await;
    let log = || async {
        let log = aspa_store::Store::log(&bench.store, aspa_store::Position(0), 100);
        log.await.unwrap().len()
    };
    let before = log().await;
    let untag = Command::Untag { tag: tag("late") };
    assert_eq!(
        bench.desk.command(&ticket.id, untag, us()).await.unwrap(),
        ticket
    );
    let past = Command::Snooze {
        until: minute(0),
        wake_on_message: true,
    };
    assert!(bench.desk.command(&ticket.id, past, us()).await.is_err());
    assert_eq!(log().await, before);
}

#[tokio::test]
async fn an_unknown_ticket_is_named() {
    let bench = Bench::new();
    let id = TicketId::new("t-none").unwrap();
    let none = bench.desk.command(&id, Command::Reopen, us()).await;
    assert!(matches!(none, Err(Error::UnknownTicket(named)) if named == id));
    let none = bench.desk.reply(&id, Reply::answer("hello")).await;
    assert!(matches!(none, Err(Error::UnknownTicket(_))));
    let none = bench
        .desk
        .poll(&aspa_types::AccountId::new("other").unwrap())
        .await;
    assert!(matches!(none, Err(Error::UnknownAccount(_))));
}

#[tokio::test]
async fn a_reply_answers_the_newest_message_and_is_refused_if_a_newer_one_has_come() {
    let (bench, ticket) = Bench::asked().await;
    let mut reply = Reply::answer("here").by(agent("liisa"));
    reply.newest_seen = Some(common::message("1"));
    bench.tell([event(asks("2", "c", "matti", 1))]).await;
    let refused = bench.desk.reply(&ticket.id, reply.clone()).await;
    assert!(
        matches!(refused, Err(Error::Rule(RuleBroken::NewerMessage { newest, by })) if newest == common::message("2") && by == Actor::Customer)
    );
    reply.newest_seen = Some(common::message("2"));
    bench.desk.reply(&ticket.id, reply).await.unwrap();
    bench.desk.deliver().await.unwrap();
    let sent = bench.channel.published().remove(0);
    assert_eq!(sent.in_reply_to, Some(common::message("2")));
    assert_eq!(
        (sent.to, sent.agent),
        (vec![common::person("matti")], Some(agent("liisa")))
    );
}

#[tokio::test]
async fn the_playbook_of_a_reply_is_recorded_with_its_version() {
    let (bench, ticket) = Bench::asked().await;
    let playbook = PlaybookUse {
        id: "opening-hours".into(),
        version: 3,
    };
    let reply = Reply::answer("until nine").from_playbook(playbook.clone());
    let effect = bench.desk.reply(&ticket.id, reply).await.unwrap();
    bench.desk.deliver().await.unwrap();
    let ticket = only(&bench.desk).await;
    assert_eq!(ticket.playbooks, [(effect.clone(), playbook)].into());
    let sent = ticket.outbound().next().unwrap();
    assert_eq!(sent.effect, Some(effect));
}

#[tokio::test]
async fn what_we_began_ourselves_has_nothing_to_answer() {
    let bench = Bench::new();
    bench
        .tell([event(common::answers("a", "c", "matti", 0))])
        .await;
    let ticket = only(&bench.desk).await;
    let refused = bench.desk.reply(&ticket.id, Reply::answer("hello")).await;
    assert!(matches!(refused, Err(Error::NothingToAnswer(_))));
}

#[tokio::test]
async fn a_holding_reply_shows_that_somebody_looked_and_answers_nothing() {
    let (bench, ticket) = Bench::asked().await;
    let mut reply = Reply::answer("we look into it");
    reply.kind = ReplyKind::Holding;
    bench.desk.reply(&ticket.id, reply).await.unwrap();
    bench.desk.deliver().await.unwrap();
    // Its echo says no more than we know.
    bench.tell([]).await;
    let held = only(&bench.desk).await;
    assert_eq!(held.category, Category::Open);
    assert_eq!(held.handled().share(), Some(0.0));
    assert_eq!(
        held.outbound().next().unwrap().reply,
        Some(ReplyKind::Holding)
    );
}

#[tokio::test]
async fn the_same_words_can_be_said_twice_on_purpose() {
    let (bench, ticket) = Bench::asked().await;
    let mut keys = std::collections::BTreeSet::new();
    for _ in 0..2 {
        keys.insert(
            bench
                .desk
                .reply(&ticket.id, Reply::answer("hello"))
                .await
                .unwrap(),
        );
    }
    bench.desk.deliver().await.unwrap();
    keys.insert(
        bench
            .desk
            .reply(&ticket.id, Reply::answer("hello"))
            .await
            .unwrap(),
    );
    bench.desk.deliver().await.unwrap();
    assert_eq!((keys.len(), bench.channel.published().len()), (3, 3));
}

fn two(store: &TestStore, channel: &Arc<MemoryChannel>, clock: &Hand) -> [Desk; 2] {
    [(); 2].map(|()| {
        let builder = builder(store.clone(), clock).shared_channel(channel.clone());
        builder.build().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_desks_that_act_on_one_ticket_at_once_lose_nothing() {
    let store = TestStore {
        yields: true,
        ..TestStore::default()
    };
    let (channel, clock) = (Arc::new(MemoryChannel::new(shop())), Hand::at(0));
    channel.say(event(asks("1", "c", "matti", 0)));
    let desks = two(&store, &channel, &clock);
    desks[0].poll(&shop()).await.unwrap();
    desks[0].work().await.unwrap();
    let id = only(&desks[0]).await.id;
    let tasks: Vec<_> = (0..4)
        .map(|i| {
            let (desk, id) = (desks[i % 2].clone(), id.clone());
            tokio::spawn(async move {
                let tag = tag(&format!("tag-{i}"));
                desk.command(&id, Command::Tag { tag }, us()).await.unwrap();
                desk.note(&id, format!("note {i}"), None).await.unwrap();
                desk.reply(&id, Reply::answer("hello")).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let ticket = only(&desks[0]).await;
    assert_eq!(
        (ticket.tags.len(), ticket.notes.len(), ticket.queued.len()),
        (4, 4, 4)
    );
    let (a, b) = tokio::join!(desks[0].deliver(), desks[1].deliver());
    assert_eq!(a.unwrap().accepted + b.unwrap().accepted, 4);
    assert_eq!(channel.published().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_desks_that_take_in_one_conversation_at_once_make_one_ticket() {
    for round in 0..8 {
        let store = TestStore {
            yields: true,
            inner: Arc::new(MemoryStore::new()),
            ..TestStore::default()
        };
        let (channel, clock) = (Arc::new(MemoryChannel::new(shop())), Hand::at(100));
        let desks = two(&store, &channel, &clock);
        let mut tasks = Vec::new();
        for i in 0..20 {
            // Backwards, so that histories are folded again.
            let id = format!("m{i}");
            channel.say(event(asks(&id, "c", "matti", 50 - i)));
            desks[0].poll(&shop()).await.unwrap();
            let desk = desks[usize::try_from(i).unwrap() % 2].clone();
            tasks.push(tokio::spawn(async move { desk.work().await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        clock.advance(TimeDelta::seconds(61));
        desks[1].work().await.unwrap();
        let ticket = only(&desks[0]).await;
        assert_eq!(ticket.messages.len(), 20, "round {round}");
        assert_eq!(ticket.messages[0].message, common::message("m19"));
        assert_eq!(all(&desks[1]).await.len(), 1);
    }
}

#[tokio::test]
async fn what_a_colleague_did_in_another_tool_comes_in_once_with_its_note() {
    let (bench, _) = Bench::asked().await;
    let note = aspa_channel::EventKind::action(
        common::thread("c"),
        common::person("matti"),
        Some(agent("kalle")),
        aspa_channel::Act::note("seen before"),
    );
    bench.clock.advance(TimeDelta::minutes(5));
    bench
        .tell([common::happened(3, note.clone()), common::happened(3, note)])
        .await;
    let ticket = only(&bench.desk).await;
    assert_eq!(ticket.notes.len(), 1);
    let note = bench
        .desk
        .store()
        .note(&ticket.notes[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&*note.text, note.at), ("seen before", minute(3)));
    let log = aspa_store::Store::log(&bench.store, aspa_store::Position(0), 100)
        .await
        .unwrap();
    let holds = |kind: &EventKind| format!("{kind:?}").contains("seen before");
    assert!(
        !log.iter().any(|entry| holds(&entry.event.kind)),
        "the log holds no text"
    );
}
