//! Bundles, splits, moves and links: what they do, what they refuse, and that undoing them leaves
//! nothing, whatever came in between.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{Audience, ReplyKind};
use aspa_ticket::{
    ActId, Category, Change, Command, Cover, Disposition, Event, EventKind, Order, Outcome,
    Priority, RuleBroken, Ticket, TicketKey, Together, bundle, close, fold, link, mirror,
    move_messages, resolve, split, step, undo,
};
use aspa_types::{HandleKey, Network};
use common::{
    agent, answered, answered_by, at, became, did, effect, hour, liisa, matti, message, received,
    resolved, ticket, withdrawn,
};
use proptest::prelude::*;

fn anna() -> TicketKey {
    let mut key = matti();
    key.customer = HandleKey::new(Network::MASTODON, None, "anna").unwrap();
    key
}

fn act(name: &str) -> ActId {
    name.into()
}

/// What is known about two customers in one thread.
#[derive(Debug, Clone, Default)]
struct Desk {
    matti: Vec<Event>,
    anna: Vec<Event>,
}

impl Desk {
    fn asked() -> Self {
        Self {
            matti: vec![received(0, "m1")],
            anna: vec![received(1, "a1")],
        }
    }

    fn of(&self, key: &TicketKey) -> Vec<Ticket> {
        let history = if *key == matti() {
            &self.matti
        } else {
            &self.anna
        };
        fold(key, history, &hour())
    }

    fn first(&self, key: &TicketKey) -> Ticket {
        self.of(key).remove(0)
    }

    fn write(&mut self, together: Together) {
        for (key, event) in together {
            match key == matti() {
                true => self.matti.push(event),
                false => self.anna.push(event),
            }
        }
    }

    /// Matti's ticket into Anna's.
    fn bundle(&mut self, seconds: i64) {
        let (one, into) = (self.first(&matti()), self.first(&anna()));
        let done = bundle(&one, &into, &act("b"), &liisa(), at(seconds)).unwrap();
        self.write(done);
    }

    /// Tells Anna's ticket what has changed on Matti's.
    fn tell(&mut self, seconds: i64) {
        let (one, into) = (self.first(&matti()), self.first(&anna()));
        let news = mirror(&one, &into, at(seconds));
        self.write(news.into_iter().collect());
    }

    fn undo(&mut self, name: &str, seconds: i64) {
        let bearer = [matti(), anna()].into_iter().flat_map(|key| self.of(&key));
        let bearer = bearer
            .into_iter()
            .find(|t| t.regrouped.contains_key(&act(name)));
        let undone = undo(&bearer.unwrap(), &act(name), &liisa(), at(seconds)).unwrap();
        self.write(undone);
    }
}

#[test]
fn a_bundled_ticket_is_worked_on_its_target() {
    let mut desk = Desk::asked();
    desk.bundle(10);
    let one = desk.first(&matti());
    assert_eq!(one.category, Category::Bundled);
    assert!(!one.category.is_active() && !one.category.counts_to_capacity());
    assert_eq!(one.bundled(), Some((&anna().ticket_id(1), &anna())));
    let target = desk.first(&anna());
    assert_eq!(
        target.joined().next(),
        Some((&matti().ticket_id(1), &matti()))
    );
    let joined: Vec<_> = target.joined_messages().map(|m| &*m.message.id).collect();
    assert_eq!(joined, ["m1"]);
    // Each message is counted where it was written to.
    assert_eq!((one.handled().inbound, target.handled().inbound), (1, 1));

    // Anna is answered; Matti still waits, so that the target stays open.
    desk.anna.push(answered(20, "r1"));
    assert_eq!(desk.first(&anna()).category, Category::Open);
    // He is answered on his own ticket: nobody waits.
    desk.matti.push(answered(30, "r2"));
    desk.tell(31);
    let target = desk.first(&anna());
    assert_eq!(target.category, Category::WaitingCustomer);
    assert_eq!(
        target
            .changes
            .iter()
            .filter(|c| matches!(c, Change::Answered(_)))
            .count(),
        1
    );
    // He writes again: the target is open again, his own ticket stays bundled.
    desk.matti.push(received(40, "m2"));
    desk.tell(41);
    assert_eq!(desk.first(&anna()).category, Category::Open);
    assert_eq!(desk.first(&matti()).category, Category::Bundled);
}

#[test]
fn a_bundle_is_resolved_and_closed_together() {
    let mut desk = Desk::asked();
    desk.bundle(10);
    desk.anna.push(answered(20, "r1"));
    let (one, target) = (desk.first(&matti()), desk.first(&anna()));
    let solved = || Outcome::Solved;
    let alone = Command::Resolve {
        outcome: solved(),
        rest: None,
        newest_seen: None,
    };
    let undecided = RuleBroken::Undecided {
        messages: vec![message("m1")],
    };
    assert_eq!(
        target.decide(alone, &liisa(), at(30)),
        Err(undecided.clone())
    );
    let members = [one];
    let nothing_said = resolve(&target, &members, &solved(), None, None, &liisa(), at(30));
    assert_eq!(nothing_said, Err(undecided));
    let rest = Disposition::Redirected {
        to: "the shop".to_owned(),
    };
    let done = resolve(
        &target,
        &members,
        &solved(),
        Some(&rest),
        None,
        &liisa(),
        at(30),
    )
    .unwrap();
    desk.write(done);
    for key in [matti(), anna()] {
        let ticket = desk.first(&key);
        assert_eq!(ticket.category, Category::Resolved, "{}", ticket.key);
        assert_eq!(ticket.outcome, Some(Outcome::Solved));
        assert_eq!(ticket.handled().share(), Some(1.0));
    }
    assert_eq!(became(&desk.first(&matti()), "m1"), rest);

    // Matti writes within the window: his is bundled again and the target open.
    let mut again = desk.clone();
    again.matti.push(received(60, "m2"));
    again.tell(61);
    assert_eq!(again.first(&matti()).category, Category::Bundled);
    assert_eq!(again.first(&anna()).category, Category::Open);
    // After it, he has a ticket of his own.
    desk.matti.push(received(60 + 3600, "m3"));
    let tickets = desk.of(&matti());
    assert_eq!(tickets.len(), 2);
    assert_eq!(tickets[1].category, Category::New);

    let mut closed = Desk::asked();
    closed.bundle(10);
    let members = [closed.first(&matti())];
    let done = close(&closed.first(&anna()), &members, &liisa(), at(20)).unwrap();
    closed.write(done);
    assert_eq!(closed.first(&matti()).category, Category::Closed);
    assert_eq!(closed.first(&anna()).category, Category::Closed);
}

#[test]
fn a_reply_is_refused_when_a_bundled_customer_has_written_since() {
    let mut desk = Desk::asked();
    desk.bundle(10);
    desk.matti.push(received(20, "m2"));
    desk.tell(21);
    let reply = |seen: &str| {
        let command = Command::Reply {
            effect: effect("e"),
            reply: ReplyKind::Answer,
            newest_seen: Some(message(seen)),
            playbook: None,
            covers: vec![],
            redirects_to: None,
        };
        desk.first(&anna()).decide(command, &liisa(), at(30))
    };
    let newest = message("m2");
    let by = aspa_ticket::Actor::Customer;
    assert_eq!(reply("a1"), Err(RuleBroken::NewerMessage { newest, by }));
    assert!(reply("m2").is_ok());
}

#[test]
fn splitting_makes_a_second_ticket_about_the_same_customer() {
    let history = [
        received(0, "m1"),
        answered(5, "r1"),
        received(10, "m2"),
        received(20, "m3"),
    ];
    let one = ticket(&history);
    let off = [message("m2"), message("m3")];
    let done = split(&one, &off, &act("s"), &liisa(), at(30)).unwrap();
    let events: Vec<Event> = done.into_iter().map(|(_, event)| event).collect();
    let all = [history.to_vec(), events.clone()].concat();
    let two = fold(&matti(), &all, &hour());
    let [first, second] = &two[..] else {
        panic!("two tickets")
    };
    assert_eq!(first.category, Category::WaitingCustomer, "m1 was answered");
    assert_eq!((&second.category, second.ordinal), (&Category::Open, 2));
    assert_eq!((&second.follow_up_of, second.opened_at), (&None, at(10)));
    let ids: Vec<_> = second.messages.iter().map(|m| &*m.message.id).collect();
    assert_eq!(ids, ["m2", "m3"]);
    // What comes next belongs to the newest that is worked on; what is decided to its own.
    let more = [all.clone(), vec![received(40, "m4"), withdrawn(41, "m1")]].concat();
    let two = fold(&matti(), &more, &hour());
    assert_eq!((two[0].messages.len(), two[1].messages.len()), (2, 3));
    assert!(common::on(&two[0], "m1").withdrawn);
    // Undone: as if it had never been.
    let undone = undo(&two[1], &act("s"), &liisa(), at(50)).unwrap();
    let events: Vec<Event> = undone.into_iter().map(|(_, event)| event).collect();
    let again = fold(&matti(), &[more, events].concat(), &hour());
    let never = fold(
        &matti(),
        &[
            history.to_vec(),
            vec![received(40, "m4"), withdrawn(41, "m1")],
        ]
        .concat(),
        &hour(),
    );
    assert_eq!(plain(again), plain(never));
}

/// What splitting `off` off the first ticket of the history makes happen, and the history with it.
fn split_off(history: &[Event], off: &str, name: &str, seconds: i64) -> Vec<Event> {
    let one = ticket(history);
    let done = split(&one, &[message(off)], &act(name), &liisa(), at(seconds)).unwrap();
    let events = done.into_iter().map(|(_, event)| event);
    history.iter().cloned().chain(events).collect()
}

fn undone(seconds: i64, name: &str) -> Event {
    did(seconds, EventKind::Undone { act: act(name) })
}

#[test]
fn what_was_said_of_a_ticket_that_never_was_is_said_of_no_other() {
    let asked = [received(0, "m1"), received(10, "m2")];
    let parcels = EventKind::Tagged {
        tag: "parcels".parse().unwrap(),
    };
    let urgent = EventKind::Prioritised {
        priority: Some(Priority::Urgent),
    };
    let anna = EventKind::assigned(Some("anna".parse().unwrap()));
    let resolve = EventKind::Resolved {
        outcome: Outcome::Solved,
    };
    let mut told = split_off(&asked, "m2", "s", 20);
    for (seconds, what) in (30..).zip([parcels, urgent, anna, resolve, EventKind::Closed]) {
        told.push(did(seconds, what).on(matti().split_id(&act("s"))));
    }
    let [first, second] = &fold(&matti(), &told, &hour())[..] else {
        panic!("two tickets")
    };
    assert_eq!(second.category, Category::Closed);
    assert_eq!(second.tags.len(), 1);
    assert_eq!((&first.category, first.tags.len()), (&Category::New, 0));

    told.push(undone(60, "s"));
    let again = fold(&matti(), &told, &hour());
    assert_eq!(plain(again), plain(fold(&matti(), &asked, &hour())));

    // The same messages again: another ticket, which inherits nothing.
    let told = split_off(&told, "m2", "t", 70);
    let [_, third] = &fold(&matti(), &told, &hour())[..] else {
        panic!("two tickets")
    };
    assert_eq!(third.id, matti().split_id(&act("t")));
    assert_eq!((&third.category, third.tags.len()), (&Category::New, 0));
}

#[test]
fn a_ticket_keeps_its_id_whatever_was_split_off_before_it() {
    let asked = [received(0, "m1"), received(10, "m2")];
    let mut told = split_off(&asked, "m2", "s", 20);
    told.push(did(30, EventKind::Closed).on(matti().split_id(&act("s"))));
    told.push(did(40, EventKind::Closed).on(matti().ticket_id(1)));
    told.push(received(50, "m3"));
    let [_, piece, later] = &fold(&matti(), &told, &hour())[..] else {
        panic!("three tickets")
    };
    assert_eq!((&later.id, later.ordinal), (&matti().ticket_id(2), 3));
    assert_eq!(later.follow_up_of.as_ref(), Some(&piece.id));
    told.push(undone(60, "s"));
    let [first, later] = &fold(&matti(), &told, &hour())[..] else {
        panic!("two tickets")
    };
    assert_eq!((&later.id, later.ordinal), (&matti().ticket_id(2), 2));
    assert_eq!(later.follow_up_of.as_ref(), Some(&first.id));
}

#[test]
fn a_moved_message_is_worked_and_counted_where_it_went() {
    let mut desk = Desk::asked();
    desk.matti.extend([answered(5, "r1"), received(10, "m2")]);
    let (from, to) = (desk.first(&matti()), desk.first(&anna()));
    let moved = move_messages(&[message("m2")], &from, &to, &act("m"), &liisa(), at(20)).unwrap();
    desk.write(moved);
    let (from, to) = (desk.first(&matti()), desk.first(&anna()));
    assert_eq!((from.handled().inbound, to.handled().inbound), (1, 2));
    assert_eq!(
        from.category,
        Category::WaitingCustomer,
        "nobody waits there"
    );
    assert_eq!(became(&from, "m1"), answered_by("r1"));
    assert_eq!(from.moved(&message("m2")), Some((&to.id, &anna())));
    // It is told of again: it does not come back.
    desk.matti.push(received(10, "m2"));
    assert_eq!(desk.of(&matti()).len(), 1);
    assert!(
        !desk
            .first(&matti())
            .messages
            .iter()
            .any(|m| m.message == message("m2"))
    );
    // An answer where it is now covers it.
    desk.anna.push(answered(30, "r2"));
    assert_eq!(became(&desk.first(&anna()), "m2"), answered_by("r2"));
    desk.undo("m", 40);
    assert_eq!(became(&desk.first(&matti()), "m2"), Disposition::Unhandled);
    assert_eq!(desk.first(&anna()).messages.len(), 2);
}

#[test]
fn an_answer_that_was_moved_answers_nobody_whom_it_did_not_reach() {
    // What was answered to Matti in private goes onto Anna's ticket with what he asked.
    let mut private = matti();
    private.conversation.id = "private".into();
    let asked = [received(0, "p1"), received(1, "p2"), answered(9, "r1")];
    let from = fold(&private, &asked, &hour()).remove(0);
    let to = fold(&anna(), &[received(3, "a1")], &hour()).remove(0);
    let taken = [message("p2"), message("r1")];
    let moved = move_messages(&taken, &from, &to, &act("m"), &liisa(), at(20)).unwrap();
    let mut to = to;
    to.apply(&moved[1].1);
    to.apply(&withdrawn(30, "p2"));
    assert_eq!(became(&to, "a1"), Disposition::Unhandled);
}

#[test]
fn links_tell_that_two_have_to_do_with_each_other_and_change_nothing() {
    let mut desk = Desk::asked();
    let make = |desk: &Desk, name: &str| {
        let (one, other) = (desk.first(&matti()), desk.first(&anna()));
        link(&one, &other, "same_parcel", &act(name), &liisa(), at(10)).unwrap()
    };
    let linked = make(&desk, "l");
    desk.write(linked);
    assert_eq!(desk.first(&matti()).category, Category::New);
    assert_eq!(desk.first(&anna()).regrouped.len(), 1);
    assert_eq!(make(&desk, "again"), vec![], "it is so already");
    // Also on what is closed.
    desk.matti.push(did(20, EventKind::Closed));
    desk.undo("l", 30);
    assert!(desk.first(&matti()).regrouped.is_empty());
    let linked = make(&desk, "l2");
    desk.write(linked);
    assert_eq!(desk.first(&matti()).regrouped.len(), 1);
    assert_eq!(desk.of(&matti()).len(), 1);
}

#[test]
fn a_public_answer_may_cover_what_others_asked_and_a_direct_one_not() {
    let cover = || Cover {
        ticket: anna().ticket_id(1),
        about: anna(),
        message: message("a1"),
    };
    let asked = |audience: Audience| {
        let kind = EventKind::Received {
            message: message("m1"),
            audience: Some(audience),
            language: None,
        };
        ticket(&[Event::new(at(0), aspa_ticket::Actor::Customer, kind)])
    };
    let reply = |ticket: &Ticket| {
        let command = Command::Reply {
            effect: effect("e"),
            reply: ReplyKind::Answer,
            newest_seen: None,
            playbook: None,
            covers: vec![cover()],
            redirects_to: None,
        };
        ticket.decide(command, &liisa(), at(10))
    };
    let direct = asked(Audience::Direct);
    let only_told = Command::Reply {
        effect: effect("h"),
        reply: ReplyKind::Holding,
        newest_seen: None,
        playbook: None,
        covers: vec![cover()],
        redirects_to: None,
    };
    let told = asked(Audience::Public).decide(only_told, &liisa(), at(10));
    assert_eq!(told, Err(RuleBroken::NoAnswer(direct.id.clone())));
    assert_eq!(
        reply(&direct),
        Err(RuleBroken::NotPublic(direct.id.clone()))
    );
    let mut public = asked(Audience::Public);
    // The customer goes on in private: the answer to that is not public.
    let mut goes_on = public.clone();
    let kind = EventKind::Received {
        message: message("m2"),
        audience: Some(Audience::Direct),
        language: None,
    };
    goes_on.apply(&Event::new(at(1), aspa_ticket::Actor::Customer, kind));
    let not_public = RuleBroken::NotPublic(goes_on.id.clone());
    assert_eq!(reply(&goes_on), Err(not_public));
    // Who wrote in private does not read it, nor is who asks elsewhere there.
    let written = |audience: Audience| {
        let kind = EventKind::Received {
            message: message("a1"),
            audience: Some(audience),
            language: None,
        };
        ticket(&[Event::new(at(0), aspa_ticket::Actor::Customer, kind)])
    };
    assert_eq!(cover().check(&written(Audience::Public)), Ok(()));
    let in_private = RuleBroken::WrittenInPrivate {
        message: message("a1"),
    };
    assert_eq!(cover().check(&written(Audience::Direct)), Err(in_private));
    let elsewhere = RuleBroken::NotOnTicket {
        message: message("a1"),
        ticket: public.id.clone(),
    };
    assert_eq!(cover().check(&public), Err(elsewhere));
    for event in reply(&public).unwrap() {
        public.apply(&event);
    }
    assert_eq!(public.covers[&effect("e")], [cover()]);
    public.apply(&did(
        20,
        EventKind::ReplyFailed {
            effect: effect("e"),
        },
    ));
    assert!(public.covers.is_empty(), "what is not sent covers nothing");
}

#[test]
fn what_is_refused_says_why() {
    let desk = Desk::asked();
    let (one, other) = (desk.first(&matti()), desk.first(&anna()));
    let id = || one.id.clone();
    let put = |one: &Ticket, into: &Ticket| bundle(one, into, &act("x"), &liisa(), at(90));
    let after = |kind: EventKind| {
        let mut changed = one.clone();
        changed.apply(&did(10, kind));
        changed
    };
    let closed = after(EventKind::Closed);
    let outcome = Outcome::Solved;
    let done = after(EventKind::Resolved { outcome });
    let mut bundled = desk.clone();
    bundled.bundle(10);
    let (within, target) = (bundled.first(&matti()), bundled.first(&anna()));
    let third = Ticket::open(matti(), 3, at(0));
    let is_bundled = || RuleBroken::TicketBundled {
        ticket: id(),
        into: target.id.clone(),
    };
    let table = [
        ("itself", put(&one, &one), RuleBroken::NotWithItself(id())),
        (
            "a closed one",
            put(&closed, &other),
            RuleBroken::TicketClosed(id()),
        ),
        (
            "into a closed one",
            put(&other, &closed),
            RuleBroken::TicketClosed(id()),
        ),
        (
            "a resolved one",
            put(&done, &other),
            RuleBroken::TicketResolved(id()),
        ),
        ("into a bundled one", put(&third, &within), is_bundled()),
        ("one that is elsewhere", put(&within, &third), is_bundled()),
        (
            "one that holds others",
            put(&target, &third),
            RuleBroken::HoldsOthers(target.id.clone()),
        ),
    ];
    for (what, refused, why) in table {
        assert_eq!(refused, Err(why), "{what}");
    }
    assert_eq!(put(&within, &target), Ok(vec![]), "it is so already");

    let two = ticket(&[received(0, "m1"), received(1, "m2"), answered(2, "r1")]);
    let cut = |ticket: &Ticket, ids: &[&str]| {
        let messages: Vec<_> = ids.iter().map(|id| message(id)).collect();
        split(ticket, &messages, &act("x"), &liisa(), at(90))
    };
    let nothing_left = RuleBroken::NothingLeft(id());
    assert_eq!(cut(&two, &["m1", "m2"]), Err(nothing_left.clone()));
    assert_eq!(cut(&two, &["r1"]), Err(nothing_left.clone()));
    assert_eq!(cut(&two, &[]), Err(nothing_left));
    let not_there = RuleBroken::NotOnTicket {
        message: message("a1"),
        ticket: id(),
    };
    assert_eq!(cut(&two, &["a1"]), Err(not_there));
    assert_eq!(cut(&within, &["m1"]), Err(is_bundled()));
    let mut over = two.clone();
    over.apply(&did(10, EventKind::Closed));
    assert_eq!(cut(&over, &["m1"]), Err(RuleBroken::TicketClosed(id())));
    let to_closed = move_messages(
        &[message("m1")],
        &two,
        &closed_of(&other),
        &act("x"),
        &liisa(),
        at(90),
    );
    assert_eq!(to_closed, Err(RuleBroken::TicketClosed(other.id.clone())));
    let itself = link(&one, &one, "r", &act("x"), &liisa(), at(90));
    assert_eq!(itself, Err(RuleBroken::NotWithItself(id())));
    let nothing = undo(&one, &act("x"), &liisa(), at(90));
    assert_eq!(nothing, Err(RuleBroken::NothingToUndo { act: act("x") }));
}

fn closed_of(ticket: &Ticket) -> Ticket {
    let mut closed = ticket.clone();
    closed.apply(&did(10, EventKind::Closed));
    closed
}

/// Without up to where the history was taken in, which the undoing itself moves.
fn plain(mut tickets: Vec<Ticket>) -> Vec<Ticket> {
    let start: Order = Event::new(at(0), liisa(), EventKind::Closed).order();
    tickets
        .iter_mut()
        .for_each(|ticket| ticket.last = start.clone());
    tickets
}

#[derive(Debug, Clone)]
struct Happening {
    to_matti: bool,
    what: u8,
    id: u8,
}

fn happening() -> impl Strategy<Value = Happening> {
    (any::<bool>(), 0..8_u8, 0..5_u8).prop_map(|(to_matti, what, id)| Happening {
        to_matti,
        what,
        id,
    })
}

impl Happening {
    fn event(&self, seconds: i64, key: &TicketKey) -> Event {
        let name = |letter: &str| {
            let who = if self.to_matti { "m" } else { "a" };
            format!("{letter}{who}{}", self.id)
        };
        let on = |kind: EventKind| did(seconds, kind).on(key.ticket_id(1));
        match self.what {
            0..=2 => received(seconds, &name("q")),
            3 => answered(seconds, &name("r")),
            4 => withdrawn(seconds, &name("q")),
            5 => resolved(seconds),
            6 => on(EventKind::assigned(Some(agent("liisa")))),
            _ => on(EventKind::Reopened),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bundle, whatever comes, unbundle: what is left is what there would be without.
    #[test]
    fn unbundling_restores_whatever_came_in_between(
        before in prop::collection::vec(happening(), 0..6),
        during in prop::collection::vec(happening(), 0..10),
        after in prop::collection::vec(happening(), 0..6),
    ) {
        let (mut with, mut without) = (Desk::asked(), Desk::asked());
        let mut seconds = 10;
        let mut happen = |with: &mut Desk, without: &mut Desk, all: &[Happening], tell: bool| {
            for one in all {
                seconds += 10;
                let key = if one.to_matti { matti() } else { anna() };
                let event = one.event(seconds, &key);
                with.write(vec![(key.clone(), event.clone())]);
                without.write(vec![(key, event)]);
                if tell {
                    with.tell(seconds + 1);
                }
            }
            seconds
        };
        let now = happen(&mut with, &mut without, &before, false);
        let can = bundle(&with.first(&matti()), &with.first(&anna()), &act("b"), &liisa(), at(now + 1));
        prop_assume!(can.is_ok());
        with.write(can.unwrap());
        happen(&mut with, &mut without, &during, true);
        // While it is bundled, it is worked nowhere but on its target.
        let one = with.first(&matti());
        prop_assert!(!one.category.is_active(), "{:?}", one.category);
        let target = with.first(&anna());
        let waits = |t: &Ticket| t.inbound().any(|m| m.disposition == Disposition::Unhandled);
        let joined = target.joined_messages().any(|m| m.disposition == Disposition::Unhandled);
        prop_assert_eq!(joined, waits(&one));
        let now = happen(&mut with, &mut without, &[], false);
        with.undo("b", now + 1);
        happen(&mut with, &mut without, &after, false);
        for key in [matti(), anna()] {
            prop_assert_eq!(plain(with.of(&key)), plain(without.of(&key)));
        }
    }

    /// The same of a split and of a move.
    #[test]
    fn unsplitting_and_moving_back_restore_whatever_came_in_between(
        during in prop::collection::vec(happening(), 0..10), moves in any::<bool>(),
    ) {
        let mut with = Desk::asked();
        with.matti.extend([received(2, "m2"), answered(3, "r0"), received(4, "m3")]);
        let mut without = with.clone();
        let (one, other) = (with.first(&matti()), with.first(&anna()));
        let taken = [message("m2"), message("m3")];
        let done = match moves {
            true => move_messages(&taken, &one, &other, &act("x"), &liisa(), at(5)),
            false => split(&one, &taken, &act("x"), &liisa(), at(5)),
        };
        with.write(done.unwrap());
        for (i, one) in during.iter().enumerate() {
            let key = if one.to_matti { matti() } else { anna() };
            let event = one.event(10 + i64::try_from(i).unwrap(), &key);
            with.write(vec![(key.clone(), event.clone())]);
            without.write(vec![(key, event)]);
        }
        // No message is lost or on two tickets meanwhile.
        let count = |desk: &Desk| {
            let all = [matti(), anna()].into_iter().flat_map(|key| desk.of(&key));
            let mut names: Vec<_> = all.flat_map(|t| t.messages).map(|m| m.message).collect();
            names.sort();
            names
        };
        prop_assert_eq!(count(&with), count(&without));
        with.undo("x", 900);
        for key in [matti(), anna()] {
            prop_assert_eq!(plain(with.of(&key)), plain(without.of(&key)));
        }
    }

    /// Taking event by event in, and folding where that is asked for, makes what folding all makes.
    #[test]
    fn taking_in_one_by_one_is_folding(
        during in prop::collection::vec(happening(), 0..10), undone in any::<bool>(),
    ) {
        let mut desk = Desk::asked();
        desk.matti.push(received(2, "m2"));
        let done = split(&desk.first(&matti()), &[message("m2")], &act("x"), &liisa(), at(5));
        desk.write(done.unwrap());
        for (i, one) in during.iter().enumerate() {
            desk.matti.push(one.event(10 + i64::try_from(i).unwrap(), &matti()));
        }
        if undone {
            desk.undo("x", 900);
        }
        let mut tickets: Vec<Ticket> = Vec::new();
        for (i, event) in desk.matti.iter().enumerate() {
            match tickets.iter().all(|ticket| ticket.is_next(event)) {
                true => step(&mut tickets, &matti(), event, &hour()),
                false => tickets = fold(&matti(), &desk.matti[..=i], &hour()),
            }
        }
        prop_assert_eq!(tickets, desk.of(&matti()));
    }
}
