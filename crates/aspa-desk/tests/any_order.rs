//! Every event delivered twice, backwards and interleaved gives the same tickets and clocks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{
    Act, DeliveryStatus, Direction, Event, EventKind, Message, Provenance, Via, Visibility,
};
use aspa_sla::Clock;
use aspa_store::{MessageRecord, Store};
use aspa_ticket::{Rules, Ticket};
use aspa_types::{Tag, TenantId};
use chrono::TimeDelta;
use common::store::TestStore;
use common::{Bench, Hand, agent, all, event, happened, message, minute, person, shop, thread};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

const MESSAGES: u8 = 10;

/// What one message is, whenever it comes and however often.
#[derive(Debug, Clone)]
struct Plot {
    conversation: u8,
    customer: u8,
    minute: i64,
    kind: u8,
    parent: u8,
}

fn id(i: u8) -> String {
    format!("m{i}")
}

/// The message with this number, as first written.
fn tell(plot: &[Plot], i: u8) -> Message {
    let p = &plot[usize::from(i)];
    let conversation = format!("c{}", p.conversation);
    let direction = if p.kind < 5 {
        Direction::Inbound
    } else {
        Direction::Outbound
    };
    let mut message = common::written(&id(i), &conversation, direction, p.minute);
    let customer = person(&format!("p{}", p.customer));
    // Answers name their parent: an earlier, a later, one of ours, or one that never comes.
    let parent = common::message(&id(p.parent));
    match p.kind {
        0 => message.author = None,
        1 => message.visibility = Visibility::Deleted,
        5 => message.to = vec![customer.clone()],
        6 => {
            message.to = vec![customer.clone(), person("p2")];
            message.in_reply_to = Some(parent);
        }
        7 => message.automatic = true,
        _ => message.in_reply_to = Some(parent),
    }
    if p.kind == 7 {
        message.in_reply_to = Some(common::message(&id(p.parent)));
    }
    if direction == Direction::Inbound && p.kind > 0 {
        message.author = Some(customer);
    }
    message
}

#[derive(Debug, Clone)]
struct Extra {
    what: u8,
    i: u8,
    minute: i64,
    who: u8,
}

fn also(plot: &[Plot], extra: &Extra) -> Event {
    let target = message(&id(extra.i % MESSAGES));
    let written = plot[usize::from(extra.i % MESSAGES)].minute;
    let act = |act| {
        let thread = thread(&format!("c{}", extra.i % 2));
        let customer = person(&format!("p{}", extra.who));
        EventKind::action(thread, customer, Some(agent("liisa")), act)
    };
    let edit = || {
        // The last revision says that it is gone.
        let mut edited = tell(plot, extra.i % MESSAGES);
        edited.revision = u64::from(extra.who) + 1;
        edited.edited_at = Some(minute(written + i64::from(extra.who) + 1));
        if extra.who == 2 {
            edited.visibility = Visibility::Deleted;
        }
        event(edited)
    };
    let show = |visibility| {
        let kind = EventKind::visibility(target.clone(), visibility, None);
        happened(extra.minute, kind)
    };
    let tag = Tag::new("delivery/late").unwrap();
    let resolve = || happened(extra.minute, act(Act::resolve()));
    match extra.what {
        0 | 1 => edit(),
        2 | 3 => show(Visibility::Deleted),
        4 => show(Visibility::Visible),
        5 => show(Visibility::Hidden),
        6 => happened(
            extra.minute,
            EventKind::reaction(
                target,
                person(&format!("p{}", extra.who)),
                "👍",
                extra.minute % 2 == 0,
            ),
        ),
        7 => happened(
            // The network says once how far a message got.
            written + 1,
            EventKind::status(target, DeliveryStatus::Read, false),
        ),
        8 => happened(
            extra.minute,
            act(Act::assign(Some(agent(&format!("a{}", extra.who))))),
        ),
        9 => happened(extra.minute, act(Act::assign(None))),
        10 => happened(extra.minute, act(Act::tag(tag))),
        11 => happened(extra.minute, act(Act::untag(tag))),
        12 => happened(extra.minute, act(Act::note(format!("note {}", extra.i)))),
        13 => happened(
            extra.minute,
            EventKind::Unknown(serde_json::json!({"type": "wave"})),
        ),
        14 => {
            let why = ["spam", "thanks", "not for us"][usize::from(extra.who)];
            let mut event = happened(extra.minute.max(written), act(Act::dismiss(target, why)));
            // A colleague dismisses it where it is.
            if let EventKind::Action {
                conversation,
                customer,
                ..
            } = &mut event.kind
            {
                let plot = &plot[usize::from(extra.i % MESSAGES)];
                *conversation = thread(&format!("c{}", plot.conversation));
                *customer = person(&format!("p{}", plot.customer));
            }
            event
        }
        _ => resolve(),
    }
}

/// All that happened, in the order of the plot.
fn story() -> impl Strategy<Value = Vec<Event>> {
    let plot = (0..2_u8, 0..3_u8, 0..60_i64, 0..11_u8, 0..MESSAGES + 1).prop_map(
        |(conversation, customer, minute, kind, parent)| Plot {
            conversation,
            customer,
            minute,
            kind,
            parent,
        },
    );
    let extra =
        (0..19_u8, 0..MESSAGES, 0..90_i64, 0..3_u8).prop_map(|(what, i, minute, who)| Extra {
            what,
            i,
            minute,
            who,
        });
    let plots = prop::collection::vec(plot, usize::from(MESSAGES));
    let extras = prop::collection::vec(extra, 0..24);
    // Some messages are only ever referred to.
    let come = prop::collection::vec(prop::bool::weighted(0.85), usize::from(MESSAGES));
    (plots, extras, come).prop_map(|(plot, extras, come)| {
        let messages = (0..MESSAGES).filter(|i| come[usize::from(*i)]);
        let mut events: Vec<Event> = messages.map(|i| event(tell(&plot, i))).collect();
        events.extend(extras.iter().map(|extra| also(&plot, extra)));
        events
    })
}

/// Everything twice, in some order, in batches of some size, with or without work between them.
fn deliveries() -> impl Strategy<Value = (Vec<Event>, Vec<Event>, Vec<(usize, bool)>)> {
    story().prop_flat_map(|events| {
        let twice: Vec<Event> = events.iter().chain(&events).cloned().collect();
        let batches = prop::collection::vec((1..9_usize, any::<bool>()), 64);
        (Just(events), Just(twice).prop_shuffle(), batches)
    })
}

type Seen = (Vec<Ticket>, Vec<Vec<Clock>>, Vec<MessageRecord>);

/// What a desk makes of events that come in these batches.
async fn deliver(events: &[Event], batches: &[(usize, bool)]) -> Seen {
    // After all of it has happened, so that each source's time is the one that counts.
    let clock = Hand::at(100_000);
    let memory = aspa_store::MemoryStore::new();
    let store = TestStore::over(&memory, &common::store::Fuse::default());
    let bench = {
        let channel = std::sync::Arc::new(aspa_channel::MemoryChannel::new(shop()));
        let desk = common::builder(store.clone(), &clock)
            .shared_channel(channel.clone())
            .rules(Rules::reopen_within(TimeDelta::minutes(5)))
            .build()
            .unwrap();
        Bench {
            desk,
            channel,
            store: memory,
            clock: clock.clone(),
        }
    };
    let mut rest = events;
    let mut sizes = batches.iter().cycle();
    while !rest.is_empty() {
        let (size, work) = sizes.next().unwrap();
        let (batch, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        batch
            .iter()
            .for_each(|event| bench.channel.say(event.clone()));
        bench.desk.poll(&shop()).await.unwrap();
        if *work {
            bench.desk.work().await.unwrap();
        }
        clock.advance(TimeDelta::seconds(7));
    }
    bench.desk.work().await.unwrap();
    seen(&bench).await
}

/// What two desks make of it that decide on these batches at the same time: whoever has decided waits
/// while the other one decides on what was before both.
async fn deliver_to_two(events: &[Event], batches: &[(usize, bool)]) -> Seen {
    let clock = Hand::at(100_000);
    let memory = aspa_store::MemoryStore::new();
    let mut store = TestStore::over(&memory, &common::store::Fuse::default());
    let channel = std::sync::Arc::new(aspa_channel::MemoryChannel::new(shop()));
    let desk = |store: TestStore| {
        let builder = common::builder(store, &clock).shared_channel(channel.clone());
        let rules = Rules::reopen_within(TimeDelta::minutes(5));
        builder.rules(rules).build().unwrap()
    };
    let reader = desk(store.clone());
    store.yields = true;
    let (mut rest, mut sizes, mut working) = (events, batches.iter().cycle(), Vec::new());
    while !rest.is_empty() {
        let (size, waits) = sizes.next().unwrap();
        let (batch, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        batch.iter().for_each(|event| channel.say(event.clone()));
        reader.poll(&shop()).await.unwrap();
        let worker = desk(store.clone());
        working.push(tokio::spawn(async move { worker.work().await.map(|_| ()) }));
        // It claims, loads and decides, and comes to its commit.
        tokio::task::yield_now().await;
        if *waits || working.len() == 2 {
            for work in working.drain(..) {
                work.await.unwrap().unwrap();
            }
        }
        clock.advance(TimeDelta::seconds(7));
    }
    for work in working {
        work.await.unwrap().unwrap();
    }
    let bench = Bench {
        desk: reader,
        channel,
        store: memory,
        clock: clock.clone(),
    };
    seen(&bench).await
}

async fn seen(bench: &Bench) -> Seen {
    let tickets = all(&bench.desk).await;
    let now = minute(100);
    let clocks = tickets
        .iter()
        .map(|ticket| bench.desk.clocks(ticket).unwrap().clocks(now))
        .collect();
    let store = bench.store.tenant(&TenantId::default());
    let mut records = store.messages(None, 1000).await.unwrap();
    for record in &mut records {
        // When we learnt of it, and by which door first, is all that may differ.
        record.provenance = record.provenance.take().map(|_| Provenance::new(Via::Poll));
        for message in record.message.iter_mut().chain(&mut record.revisions) {
            message.times.received = None;
            message.times.applied = None;
        }
    }
    (tickets, clocks, records)
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    runtime_of(runtime).block_on(future)
}

fn runtime_of(mut builder: tokio::runtime::Builder) -> tokio::runtime::Runtime {
    builder.enable_time().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn twice_backwards_and_interleaved_gives_the_same_tickets_and_clocks(
        (events, shuffled, batches) in deliveries()
    ) {
        let once = block(deliver(&events, &[(usize::MAX, true)]));
        let mut backwards: Vec<Event> = events.iter().flat_map(|e| [e.clone(), e.clone()]).collect();
        backwards.reverse();
        let in_time = {
            let mut events = events.clone();
            events.sort_by_key(Event::effective_at);
            events
        };
        let others = [
            ("one by one, in time", block(deliver(&in_time, &[(1, true)]))),
            ("backwards, one by one", block(deliver(&backwards, &[(1, true)]))),
            ("backwards at once", block(deliver(&backwards, &[(usize::MAX, true)]))),
            ("interleaved", block(deliver(&shuffled, &batches))),
            ("by two at once", block(deliver_to_two(&in_time, &batches))),
            ("interleaved, by two at once", block(deliver_to_two(&shuffled, &batches))),
        ];
        for (how, other) in others {
            prop_assert_eq!(&once.0, &other.0, "tickets, {}", how);
            prop_assert_eq!(&once.1, &other.1, "clocks, {}", how);
            prop_assert_eq!(&once.2, &other.2, "messages, {}", how);
        }
        let mut active: Vec<_> = once.0.iter().filter(|t| t.category.is_active()).map(|t| &t.key).collect();
        let count = active.len();
        active.sort();
        active.dedup();
        prop_assert_eq!(active.len(), count, "one active ticket for each customer and conversation");
    }
}

#[test]
fn the_story_has_every_kind_of_turn() {
    // Guards the generator: what it never tells is never tested.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut follow_ups, mut reopened, mut answered, mut waits, mut edits) = (0, 0, 0, 0, 0);
    for _ in 0..60 {
        let events = story().new_tree(&mut runner).unwrap().current();
        let (tickets, _, records) = block(deliver(&events, &[(usize::MAX, true)]));
        follow_ups += tickets.iter().filter(|t| t.follow_up_of.is_some()).count();
        reopened += tickets.iter().filter(|t| t.reopened > 0).count();
        let share = |t: &Ticket| t.handled();
        answered += tickets
            .iter()
            .filter(|t| share(t).inbound > share(t).unhandled)
            .count();
        waits += records.iter().filter(|r| r.awaits.is_some()).count();
        edits += records.iter().filter(|r| !r.revisions.is_empty()).count();
    }
    for count in [follow_ups, reopened, answered, waits, edits] {
        assert!(
            count > 3,
            "{follow_ups} {reopened} {answered} {waits} {edits}"
        );
    }
}

#[test]
fn what_happens_to_a_message_of_an_earlier_ticket_in_any_order_is_the_same() {
    // Resolved, and followed up an hour later; then the first message is deleted and shown again.
    let resolved = EventKind::action(thread("c0"), person("p0"), None, Act::resolve());
    let events = [
        event(common::asks("old", "c0", "p0", 0)),
        happened(1, resolved),
        event(common::asks("new", "c0", "p0", 60)),
        common::shown("old", Visibility::Deleted, 70),
        common::shown("old", Visibility::Visible, 71),
    ];
    let (tickets, ..) = block(deliver(&events, &[(1, true)]));
    assert_eq!(tickets.len(), 2);
    let old = tickets.iter().find(|t| t.ordinal == 1).unwrap();
    assert!(!old.messages[0].withdrawn);
    let mut swapped = events.to_vec();
    swapped.swap(3, 4);
    assert_eq!(block(deliver(&swapped, &[(1, true)])).0, tickets);
}

/// Everything that can happen to one conversation, once.
fn happenings() -> Vec<(&'static str, Event)> {
    let (customer, conversation) = (person("p0"), "c0");
    let said = |id: &str, direction, minute| common::written(id, conversation, direction, minute);
    let act = |at, act| {
        let kind = EventKind::action(
            thread(conversation),
            person("p0"),
            Some(agent("liisa")),
            act,
        );
        happened(at, kind)
    };
    let mut asks = said("asks", Direction::Inbound, 1);
    asks.author = Some(customer.clone());
    let mut adds = said("adds", Direction::Inbound, 2);
    adds.author = Some(customer.clone());
    let mut other = said("other", Direction::Inbound, 2);
    other.author = Some(person("p1"));
    let mut below = said("below", Direction::Inbound, 3);
    (below.author, below.in_reply_to) = (Some(customer.clone()), Some(message("asks")));
    let nobody = said("nobody", Direction::Inbound, 3);
    let mut answers = said("answers", Direction::Outbound, 4);
    answers.in_reply_to = Some(message("asks"));
    let mut again = said("again", Direction::Outbound, 5);
    again.in_reply_to = Some(message("answers"));
    let mut addressed = said("addressed", Direction::Outbound, 4);
    addressed.to = vec![customer.clone()];
    let mut both = said("both", Direction::Outbound, 4);
    both.to = vec![customer.clone(), person("p1")];
    let mut robot = said("robot", Direction::Outbound, 2);
    (robot.automatic, robot.in_reply_to) = (true, Some(message("asks")));
    let mut edited = asks.clone();
    (edited.revision, edited.edited_at) = (1, Some(minute(6)));
    let mut edited_answer = answers.clone();
    (edited_answer.revision, edited_answer.edited_at) = (1, Some(minute(6)));
    let shown =
        |id, visibility, at| happened(at, EventKind::visibility(message(id), visibility, None));
    let tag = Tag::new("delivery/late").unwrap();
    let reaction = EventKind::reaction(message("asks"), customer.clone(), "+", true);
    let read = EventKind::status(message("answers"), DeliveryStatus::Read, false);
    vec![
        ("asks", event(asks)),
        ("adds", event(adds)),
        ("another asks", event(other)),
        ("replies to the question", event(below)),
        ("nobody asks", event(nobody)),
        ("we answer", event(answers)),
        ("we answer below our answer", event(again)),
        ("we write to the customer", event(addressed)),
        ("we write to both", event(both)),
        ("a robot answers", event(robot)),
        ("the question is edited", event(edited)),
        ("the answer is edited", event(edited_answer)),
        (
            "the question is deleted",
            shown("asks", Visibility::Deleted, 7),
        ),
        (
            "the question is hidden",
            shown("asks", Visibility::Hidden, 7),
        ),
        (
            "the answer is deleted",
            shown("answers", Visibility::Deleted, 8),
        ),
        ("the customer reacts", happened(8, reaction)),
        ("the answer is read", happened(9, read)),
        ("assigned", act(9, Act::assign(Some(agent("a0"))))),
        ("tagged", act(9, Act::tag(tag.clone()))),
        ("untagged", act(10, Act::untag(tag))),
        ("noted", act(9, Act::note("note"))),
        ("dismissed", act(9, Act::dismiss(message("asks"), "thanks"))),
        ("resolved", act(11, Act::resolve())),
    ]
}

#[test]
fn what_two_workers_decide_at_once_is_as_if_one_had() {
    let all = happenings();
    let mut wrong = Vec::new();
    let before: [&[usize]; 4] = [&[], &[0], &[5], &[0, 5]];
    for before in before {
        for (i, (first, _)) in all.iter().enumerate() {
            for (j, (second, _)) in all.iter().enumerate() {
                if i == j || before.contains(&i) || before.contains(&j) {
                    continue;
                }
                let order = before.iter().copied().chain([i, j]);
                let events: Vec<Event> = order.map(|i| all[i].1.clone()).collect();
                let mut batches: Vec<_> = before.iter().map(|_| (1, true)).collect();
                batches.extend([(1, false), (1, true)]);
                let one = block(deliver(&events, &batches));
                let two = block(deliver_to_two(&events, &batches));
                if one != two {
                    let before: Vec<_> = before.iter().map(|i| all[*i].0).collect();
                    wrong.push(format!("{first} | {second}, after {before:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
