//! Effects beside replies, what they do to what is known, and effects that come too late.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use aspa_channel::{
    DeliveryStatus, Effect, EffectKind, EffectName, ErrorKind, EventKind, TextUnit, Visibility,
    Window,
};
use aspa_desk::{Approver, Desk, Error, Reply, Terms};
use aspa_store::{MemoryStore, MessageRecord, OutboxQuery, OutboxState};
use aspa_ticket::{Disposition, Ticket};
use aspa_types::{AccountId, EffectKey, TenantId};
use chrono::TimeDelta;
use common::net::{Line, Net, Then, cut};
use common::{
    Hand, agent, answers, asks, builder, event, happened, message, minute, only, shop, shown,
    thread,
};

struct Place {
    desk: Desk,
    net: Arc<Net>,
    clock: Hand,
    talk: Arc<aspa_channel::MemoryChannel>,
    reader: Desk,
}

fn everything(net: &Arc<Net>) -> Line {
    Line::with_keys(net).that_can([
        EffectName::Edit,
        EffectName::Delete,
        EffectName::Hide,
        EffectName::React,
    ])
}

/// Matti has asked something in the thread `c`; one desk reads, one performs.
async fn place(line: impl Fn(&Arc<Net>) -> Line) -> Place {
    at_terms(line, |_, _| Terms::at_once()).await
}

async fn at_terms(
    line: impl Fn(&Arc<Net>) -> Line,
    terms: fn(&Effect, Option<&Ticket>) -> Terms,
) -> Place {
    let (clock, net, store) = (Hand::at(0), Arc::new(Net::default()), MemoryStore::new());
    let talk = Arc::new(aspa_channel::MemoryChannel::new(shop()));
    let reader = builder(store.clone(), &clock).shared_channel(talk.clone());
    let desk = builder(store, &clock).channel(line(&net)).terms(terms);
    let place = Place {
        desk: desk.build().unwrap(),
        reader: reader.build().unwrap(),
        net,
        clock,
        talk,
    };
    place.told(event(asks("1", "c", "matti", 0))).await;
    place
}

impl Place {
    async fn told(&self, event: aspa_channel::Event) {
        self.talk.say(event);
        self.reader.poll(&shop()).await.unwrap();
        self.reader.work().await.unwrap();
    }

    async fn reply(&self, reply: Reply) -> EffectKey {
        let ticket = only(&self.desk).await;
        self.desk.reply(&ticket.id, reply).await.unwrap()
    }

    async fn state(&self, key: &EffectKey) -> OutboxState {
        self.desk.effect(key).await.unwrap().0.state
    }

    async fn record(&self, id: &str) -> MessageRecord {
        let records = self
            .desk
            .store()
            .conversation(&thread("c"), None, 99)
            .await
            .unwrap();
        let found = records.into_iter().find(|record| record.key == message(id));
        found.unwrap()
    }
}

fn effect(key: &str, kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new(key).unwrap(), thread("c"), kind)
}

fn hide(key: &str) -> Effect {
    effect(key, EffectKind::hide(message("1"), true))
}

#[tokio::test]
async fn an_effect_is_queued_once_under_its_key() {
    let place = place(everything).await;
    let key = place.desk.queue(hide("h")).await.unwrap();
    assert_eq!(place.desk.queue(hide("h")).await.unwrap(), key);
    let another = effect("h", EffectKind::hide(message("1"), false));
    let taken = place.desk.queue(another).await;
    assert!(matches!(taken, Err(Error::KeyTaken(taken)) if taken == key));
    let all = place.desk.outbox(&OutboxQuery::default()).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 1);
    assert_eq!(place.desk.queue(hide("h")).await.unwrap(), key);
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 0, "once");
}

#[tokio::test]
async fn what_the_channel_cannot_take_is_not_queued() {
    let place = place(Line::with_keys).await;
    let refused = place.desk.queue(hide("h")).await;
    assert!(matches!(refused, Err(Error::Channel(e)) if *e.kind() == ErrorKind::Unsupported));
    let mut elsewhere = hide("h");
    elsewhere.conversation.account = AccountId::new("nowhere").unwrap();
    let refused = place.desk.queue(elsewhere).await;
    assert!(matches!(refused, Err(Error::UnknownAccount(_))));
    let all = place.desk.outbox(&OutboxQuery::default()).await.unwrap();
    assert!(all.is_empty());
}

#[tokio::test]
async fn nobody_acts_on_an_account_of_another_tenant() {
    let place = place(everything).await;
    let stranger = place.desk.tenant(TenantId::new("stranger").unwrap());
    let refused = stranger.queue(hide("h")).await;
    assert!(matches!(refused, Err(Error::UnknownAccount(account)) if account == shop()));
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 0);
}

#[tokio::test]
async fn terms_hold_for_what_no_ticket_wants() {
    let two_people = |effect: &Effect, ticket: Option<&Ticket>| match effect.kind.name() {
        EffectName::Hide if ticket.is_none() => {
            Terms::at_once().approved_by("moderate", TimeDelta::hours(1))
        }
        _ => Terms::at_once(),
    };
    let place = at_terms(everything, two_people).await;
    let mut effect = hide("h");
    effect.by = Some(agent("maija"));
    let key = place.desk.queue(effect).await.unwrap();
    assert_eq!(place.state(&key).await, OutboxState::AwaitingApproval);
    let own = Approver::new(agent("maija")).with_right("moderate");
    assert!(place.desk.approve(&key, &own).await.is_err());
    let other = Approver::new(agent("boss")).with_right("moderate");
    place.desk.approve(&key, &other).await.unwrap();
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 1);
}

#[tokio::test]
async fn an_effect_takes_the_place_of_one_that_has_not_left() {
    let place = place(everything).await;
    let write = |key: &str, text: &str| {
        let kind = EffectKind::send(text, aspa_channel::ReplyKind::Automatic);
        effect(key, kind)
    };
    let old = place.desk.queue(write("a", "Open at 8.")).await.unwrap();
    let new = write("b", "Open at 9.");
    let key = place.desk.supersede(&old, new.clone()).await.unwrap();
    let row = place.desk.effect(&old).await.unwrap().0;
    assert_eq!(row.state, OutboxState::Cancelled);
    assert_eq!(row.superseded_by, Some(key.clone()));
    assert_eq!(place.desk.supersede(&old, new).await.unwrap(), key, "again");
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 1);
    assert_eq!(place.net.published(), ["Open at 9."]);
    let late = place.desk.supersede(&key, write("c", "Closed.")).await;
    assert!(matches!(late, Err(Error::WrongState { .. })));
    let unknown = EffectKey::new("nothing").unwrap();
    let missing = place.desk.supersede(&unknown, write("c", "Closed.")).await;
    assert!(matches!(missing, Err(Error::UnknownEffect(_))));
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 0);
}

#[tokio::test]
async fn a_reply_that_is_superseded_is_not_waited_for() {
    let place = place(everything).await;
    let reply = place.reply(Reply::answer("Hei")).await;
    assert!(only(&place.desk).await.queued.contains(&reply));
    place.desk.supersede(&reply, hide("h")).await.unwrap();
    let ticket = only(&place.desk).await;
    assert!(ticket.queued.is_empty() && ticket.failed.contains(&reply));
}

#[tokio::test]
async fn what_we_hide_and_show_again_is_known_at_once_and_is_no_answer() {
    let place = place(everything).await;
    place.desk.queue(hide("h")).await.unwrap();
    place.desk.deliver().await.unwrap();
    assert_eq!(*place.record("1").await.visible(), Visibility::Hidden);
    place.clock.advance(TimeDelta::minutes(1));
    let show = effect("s", EffectKind::hide(message("1"), false));
    place.desk.queue(show).await.unwrap();
    place.desk.deliver().await.unwrap();
    assert_eq!(*place.record("1").await.visible(), Visibility::Visible);
    let ticket = only(&place.desk).await;
    let asked = ticket.newest_inbound().unwrap();
    assert_eq!(asked.disposition, Disposition::Unhandled);
}

#[tokio::test]
async fn what_we_delete_was_not_withdrawn_by_the_customer() {
    for ours in [true, false] {
        let place = place(everything).await;
        if ours {
            let delete = effect("d", EffectKind::delete(message("1")));
            place.desk.queue(delete).await.unwrap();
            place.desk.deliver().await.unwrap();
        }
        // The network tells of it, and not by whom.
        place.told(shown("1", Visibility::Deleted, 1)).await;
        assert_eq!(*place.record("1").await.visible(), Visibility::Deleted);
        let ticket = only(&place.desk).await;
        let asked = ticket.inbound().next().unwrap();
        assert_eq!(asked.withdrawn, !ours, "ours: {ours}");
    }
}

#[tokio::test]
async fn what_we_rewrite_is_the_next_revision() {
    let place = place(|net| everything(net).with_edit_seconds(900)).await;
    place.told(event(answers("2", "c", "matti", 1))).await;
    let edit = |key: &str| effect(key, EffectKind::edit(message("2"), "Monday."));
    place.desk.queue(edit("e")).await.unwrap();
    place.desk.deliver().await.unwrap();
    let record = place.record("2").await;
    let newest = record.message.as_ref().unwrap();
    assert_eq!((newest.text().as_str(), newest.revision), ("Monday.", 1));
    assert_eq!(record.revisions[0].text(), "text of 2");
    // The network's own word for it changes nothing.
    let mut echo = newest.clone();
    echo.revision = 1;
    place.told(event(echo)).await;
    assert_eq!(place.record("2").await, record);

    place.clock.advance(TimeDelta::minutes(17));
    let late = place.desk.queue(edit("late")).await;
    assert!(matches!(late, Err(Error::Channel(e)) if *e.kind() == ErrorKind::WindowClosed));
    assert!(place.desk.queue(edit("e")).await.is_ok(), "known before");
}

fn a_day() -> Window {
    let mut window = Window::new("standard messaging", 86_400);
    window.alternatives.push("send a template".to_owned());
    window
}

#[tokio::test]
async fn a_reply_that_comes_too_late_is_refused_or_blocked() {
    let place = place(|net| Line::with_keys(net).with_window(a_day())).await;
    place.clock.advance(TimeDelta::hours(24));
    let waits = place.reply(Reply::answer("Hei")).await;
    place.clock.advance(TimeDelta::seconds(1));
    let ticket = only(&place.desk).await;
    let late = place.desk.reply(&ticket.id, Reply::answer("Hei")).await;
    let Err(Error::Channel(late)) = late else {
        panic!("it is too late: {late:?}");
    };
    assert_eq!(*late.kind(), ErrorKind::WindowClosed);
    assert_eq!(late.remedy(), Some("send a template"));

    // The one that was queued in time is held before any request.
    assert_eq!(place.desk.deliver().await.unwrap().blocked, 1);
    assert_eq!(place.net.tries(), 0);
    let row = place.desk.effect(&waits).await.unwrap().0;
    assert_eq!(row.blocked.unwrap().alternatives, ["send a template"]);

    // The customer writes again, and it can go.
    place.told(event(asks("2", "c", "matti", 1450))).await;
    place.desk.retry(&waits, None).await.unwrap();
    assert_eq!(place.desk.deliver().await.unwrap().accepted, 1);
}

#[tokio::test]
async fn a_read_mark_holds_for_what_was_written_before() {
    let place = place(Line::with_keys).await;
    let mut keys = Vec::new();
    for text in ["One.", "Two.", "Three."] {
        keys.push(place.reply(Reply::answer(text)).await);
        place.desk.deliver().await.unwrap();
        place.clock.advance(TimeDelta::minutes(1));
    }
    let second = message(&format!("sent-{}", keys[1]));
    let read = EventKind::status(second, DeliveryStatus::Read, true);
    place.told(happened(5, read)).await;
    let mut states = Vec::new();
    for key in &keys {
        states.push(place.state(key).await);
    }
    let expected = [OutboxState::Read, OutboxState::Read, OutboxState::Accepted];
    assert_eq!(states, expected);
    let first = place.record(&format!("sent-{}", keys[0])).await;
    assert_eq!(first.statuses, [(minute(3), DeliveryStatus::Read)]);
}

#[tokio::test]
async fn a_read_mark_that_names_no_message_holds_for_what_was_written_until_then() {
    let place = place(Line::with_keys).await;
    let mut keys = Vec::new();
    for text in ["One.", "Two.", "Three."] {
        keys.push(place.reply(Reply::answer(text)).await);
        place.desk.deliver().await.unwrap();
        place.clock.advance(TimeDelta::minutes(1));
    }
    let read = |conversation: &str, who: &str, until| {
        let (conversation, who) = (common::thread(conversation), common::person(who));
        EventKind::status_until(conversation, who, DeliveryStatus::Read, minute(until))
    };
    place.told(happened(5, read("c", "liisa", 5))).await;
    place.told(happened(5, read("another", "matti", 5))).await;
    place.told(happened(5, read("c", "matti", 1))).await;
    let mut states = Vec::new();
    for key in &keys {
        states.push(place.state(key).await);
    }
    let expected = [OutboxState::Read, OutboxState::Read, OutboxState::Accepted];
    assert_eq!(states, expected);
    let second = place.record(&format!("sent-{}", keys[1])).await;
    assert_eq!(second.statuses, [(minute(3), DeliveryStatus::Read)]);
    place.told(happened(6, read("c", "matti", 6))).await;
    assert_eq!(place.state(&keys[2]).await, OutboxState::Read);
}

#[tokio::test]
async fn a_read_mark_by_a_message_that_has_not_come_holds_for_those_before_it() {
    let place = place(Line::with_keys).await;
    let answer = |id: &str, minutes| common::event(common::answers(id, "c", "matti", minutes));
    place.clock.advance(TimeDelta::minutes(10));
    place.told(answer("first", 2)).await;
    place.told(answer("last", 6)).await;
    let key = common::answers("second", "c", "matti", 4).key;
    let read = EventKind::status(key, DeliveryStatus::Read, true);
    place.told(happened(7, read)).await;
    assert_eq!(place.record("first").await.statuses, []);
    place.told(answer("second", 4)).await;
    for id in ["first", "second"] {
        let record = place.record(id).await;
        assert_eq!(record.statuses, [(minute(7), DeliveryStatus::Read)], "{id}");
        assert!(record.extra.is_empty(), "{id}");
    }
    assert_eq!(place.record("last").await.statuses, []);
}

#[tokio::test]
async fn a_read_mark_holds_for_what_comes_after_it() {
    let place = place(Line::with_keys).await;
    let read = |until| {
        let (conversation, who) = (thread("c"), common::person("matti"));
        EventKind::status_until(conversation, who, DeliveryStatus::Read, minute(until))
    };
    place.clock.advance(TimeDelta::minutes(10));
    place.told(happened(7, read(6))).await;
    // An older one, later, says nothing new.
    place.told(happened(8, read(2))).await;

    // Written elsewhere, before and after, and one that finds its ticket when its parent comes.
    let by_parent = |id: &str, parent: &str| {
        let mut one = common::written(id, "c", aspa_channel::Direction::Outbound, 4);
        one.in_reply_to = Some(message(parent));
        event(one)
    };
    place.told(event(answers("until", "c", "matti", 6))).await;
    place.told(event(answers("behind", "c", "matti", 7))).await;
    place.told(by_parent("waits", "2")).await;
    place.told(event(asks("2", "c", "matti", 3))).await;
    for (id, statuses) in [
        ("until", vec![(minute(7), DeliveryStatus::Read)]),
        ("behind", vec![]),
        ("waits", vec![(minute(7), DeliveryStatus::Read)]),
    ] {
        assert_eq!(place.record(id).await.statuses, statuses, "{id}");
    }

    // Ours, which was under way when they read it: by our clock it is from after that, by theirs from before.
    place.told(happened(10, read(9))).await;
    let key = place.reply(Reply::answer("Hei")).await;
    place.desk.deliver().await.unwrap();
    assert_eq!(place.state(&key).await, OutboxState::Accepted);
    let mut echo = answers(&format!("sent-{key}"), "c", "matti", 9);
    echo.effect = Some(key.clone());
    place.told(event(echo)).await;
    assert_eq!(place.state(&key).await, OutboxState::Read);

    // By our clock too.
    place.told(happened(12, read(12))).await;
    let key = place.reply(Reply::answer("Heippa")).await;
    place.desk.deliver().await.unwrap();
    assert_eq!(place.state(&key).await, OutboxState::Read);
    let known = place.record(&format!("sent-{key}")).await;
    assert_eq!(known.statuses.len(), 1, "{known:?}");
}

#[tokio::test]
async fn a_late_echo_settles_a_part_that_nobody_could_tell() {
    for last in [false, true] {
        let line = |net: &Arc<Net>| Line::that_cannot_tell(net).with_text(12, TextUnit::Graphemes);
        let place = place(line).await;
        match last {
            false => place.net.plan([Then::FailsAfter(cut())]),
            true => place.net.plan([Then::Lands, Then::FailsAfter(cut())]),
        }
        let key = place
            .reply(Reply::answer("It left us. Bye.").in_parts())
            .await;
        assert_eq!(place.desk.deliver().await.unwrap().uncertain, 1);
        let row = place.desk.effect(&key).await.unwrap().0;
        let mut echo = answers("echo", "c", "matti", 1);
        echo.effect = Some(row.turn().key.clone());
        place.told(event(echo)).await;
        let row = place.desk.effect(&key).await.unwrap().0;
        let stands = match last {
            false => OutboxState::Queued,
            true => OutboxState::Accepted,
        };
        assert_eq!(row.state, stands);
        place.desk.deliver().await.unwrap();
        assert_eq!(place.net.published(), ["It left us.", "Bye."], "each once");
        assert_eq!(place.state(&key).await, OutboxState::Accepted);
        let ticket = only(&place.desk).await;
        assert!(ticket.queued.is_empty(), "{ticket:?}");
        let asked = ticket.newest_inbound().unwrap();
        assert!(matches!(asked.disposition, Disposition::Answered { .. }));
    }
}
