//! Tickets that belong together, in a desk: what is told to which, and what is left when it is undone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{
    Act, Audience, DeliveryStatus, EffectKind as EffectSends, EventKind, ReplyKind, Visibility,
};
use aspa_desk::{Error, Following, Reply};
use aspa_store::TicketQuery;
use aspa_ticket::{
    Actor, Category, Command, Cover, Disposition, Follow, Followed, Occasion, Outcome, RuleBroken,
    Ticket,
};
use chrono::TimeDelta;
use common::{Bench, about, agent, asks, event, happened, message, minute, person, shown};

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

/// Matti and Anna have asked in one thread.
async fn asked() -> Bench {
    let bench = Bench::new();
    bench.clock.advance(TimeDelta::minutes(5));
    let both = [asks("m1", "c", "matti", 0), asks("a1", "c", "anna", 1)];
    bench.tell(both.map(event)).await;
    bench
}

async fn of(bench: &Bench, customer: &str) -> Ticket {
    let id = about("c", customer).ticket_id(1);
    bench.desk.ticket(&id).await.unwrap()
}

async fn bundled() -> (Bench, aspa_ticket::ActId) {
    let bench = asked().await;
    let (one, into) = (of(&bench, "matti").await, of(&bench, "anna").await);
    let act = bench.desk.bundle(&one.id, &into.id, &us()).await.unwrap();
    (bench, act)
}

fn bare(mut ticket: Ticket) -> Ticket {
    ticket.last = Ticket::open(ticket.key.clone(), 1, minute(0)).last;
    ticket
}

#[tokio::test]
async fn what_a_bundled_customer_writes_reaches_the_target_and_undoing_leaves_nothing() {
    let (bench, act) = bundled().await;
    let desk = &bench.desk;
    let into = of(&bench, "anna").await;
    let reply = Reply::answer("We are on it, Anna").by(agent("liisa"));
    desk.reply(&into.id, reply).await.unwrap();
    desk.deliver().await.unwrap();
    assert_eq!(
        of(&bench, "anna").await.category,
        Category::Open,
        "Matti waits"
    );

    bench.clock.advance(TimeDelta::minutes(5));
    bench.tell([event(asks("m2", "c", "matti", 9))]).await;
    let target = of(&bench, "anna").await;
    let joined: Vec<_> = target
        .joined_messages()
        .map(|m| m.message.id.to_string())
        .collect();
    assert_eq!(joined, ["m1", "m2"]);
    assert_eq!(of(&bench, "matti").await.category, Category::Bundled);
    let mut active = TicketQuery::default();
    active.active = true;
    let listed = desk.tickets(&active).await.unwrap();
    assert_eq!(listed.len(), 1, "a bundled ticket is worked on its target");

    // One that was written before the bundle and comes late is told too.
    bench.tell([event(asks("m0", "c", "matti", 2))]).await;
    assert_eq!(of(&bench, "anna").await.joined_messages().count(), 3);

    // Undone: as in a desk where it never was.
    desk.undo(&target.id, &act, &us()).await.unwrap();
    let (one, target) = (of(&bench, "matti").await, of(&bench, "anna").await);
    assert_eq!((&one.category, one.messages.len()), (&Category::New, 3));
    assert_eq!(target.category, Category::WaitingCustomer);
    let never = asked().await;
    let late = [asks("m2", "c", "matti", 9), asks("m0", "c", "matti", 2)];
    never.clock.advance(TimeDelta::minutes(5));
    never.tell(late.map(event)).await;
    assert_eq!(bare(one), bare(of(&never, "matti").await));
    let again = desk.undo(&target.id, &act, &us()).await;
    assert!(matches!(
        again,
        Err(Error::Rule(RuleBroken::NothingToUndo { .. }))
    ));
}

#[tokio::test]
async fn a_bundle_is_resolved_by_one_command_or_not_at_all() {
    let (bench, _) = bundled().await;
    let desk = &bench.desk;
    let (one, into) = (of(&bench, "matti").await, of(&bench, "anna").await);
    let refused = desk.command(&one.id, Command::Reopen, us()).await;
    assert!(matches!(
        refused,
        Err(Error::Rule(RuleBroken::TicketBundled { .. }))
    ));
    let resolve = |rest| Command::Resolve {
        outcome: Outcome::Solved,
        rest,
        newest_seen: None,
    };
    let undecided = desk.command(&into.id, resolve(None), us()).await;
    assert!(matches!(
        undecided,
        Err(Error::Rule(RuleBroken::Undecided { .. }))
    ));
    assert_eq!(
        of(&bench, "matti").await.category,
        Category::Bundled,
        "nothing was written"
    );
    let rest = Disposition::AnsweredElsewhere {
        place: "by phone".to_owned(),
    };
    desk.command(&into.id, resolve(Some(rest)), us())
        .await
        .unwrap();
    for customer in ["matti", "anna"] {
        let ticket = of(&bench, customer).await;
        assert_eq!(ticket.category, Category::Resolved, "{customer}");
        assert_eq!(ticket.handled().share(), Some(1.0));
    }
    // Matti writes again: both are worked on again, as one.
    bench.clock.advance(TimeDelta::minutes(5));
    bench.tell([event(asks("m2", "c", "matti", 9))]).await;
    assert_eq!(of(&bench, "matti").await.category, Category::Bundled);
    assert_eq!(of(&bench, "anna").await.category, Category::Open);
}

#[tokio::test]
async fn a_public_answer_covers_what_others_asked_once_it_is_sent() {
    let bench = asked().await;
    let desk = &bench.desk;
    let (answered, covered) = (of(&bench, "anna").await, of(&bench, "matti").await);
    let cover = Cover {
        ticket: covered.id.clone(),
        about: covered.key.clone(),
        message: message("m1"),
    };
    let reply = Reply::answer("To all of you: we are on it").covering(cover);
    desk.reply(&answered.id, reply.by(agent("liisa")))
        .await
        .unwrap();
    assert_eq!(
        of(&bench, "matti").await.handled().unhandled,
        1,
        "not sent yet"
    );
    desk.deliver().await.unwrap();
    let covered = of(&bench, "matti").await;
    let answer = of(&bench, "anna")
        .await
        .outbound()
        .next()
        .unwrap()
        .message
        .clone();
    let by = Disposition::Covered { by: answer };
    assert_eq!(covered.messages[0].disposition, by);
    assert_eq!(covered.handled().share(), Some(1.0));
    // What he asks next is not.
    bench.clock.advance(TimeDelta::minutes(5));
    bench.tell([event(asks("m2", "c", "matti", 9))]).await;
    assert_eq!(of(&bench, "matti").await.handled().unhandled, 1);
}

#[tokio::test]
async fn whom_an_answer_did_not_reach_waits_again_and_so_does_whom_it_covered() {
    let bench = asked().await;
    let desk = &bench.desk;
    let (answered, covered) = (of(&bench, "anna").await, of(&bench, "matti").await);
    let follow = Follow::new(Followed::Ticket(answered.id.clone()));
    let following = Following::new([follow.on([Occasion::Failed])]);
    desk.save_following(&agent("vera"), &following, 0)
        .await
        .unwrap();
    let cover = Cover {
        ticket: covered.id.clone(),
        about: covered.key.clone(),
        message: message("m1"),
    };
    let reply = Reply::answer("We are on it").covering(cover);
    let reply = reply.by(agent("liisa"));
    desk.reply(&answered.id, reply).await.unwrap();
    desk.deliver().await.unwrap();
    desk.notify().await.unwrap();
    let sent = of(&bench, "anna").await;
    assert_eq!(sent.category, Category::WaitingCustomer);
    let sent = sent.outbound().next().unwrap().message.clone();
    bench.clock.advance(TimeDelta::minutes(5));
    let bounced = EventKind::status(sent, DeliveryStatus::Failed, false);
    bench.tell([happened(9, bounced)]).await;
    for customer in ["anna", "matti"] {
        let ticket = of(&bench, customer).await;
        assert_eq!(ticket.category, Category::Open, "{customer}");
        assert_eq!(ticket.handled().unhandled, 1, "{customer}");
    }
    desk.notify().await.unwrap();
    let notices = desk.notices(&agent("vera"), 0, 10).await.unwrap();
    let failed = notices
        .iter()
        .filter(|one| one.occasion == Occasion::Failed);
    assert_eq!(failed.count(), 1);
    let written = desk.notices(&agent("liisa"), 0, 10).await.unwrap();
    let told: Vec<_> = written
        .iter()
        .map(|one| (&one.occasion, one.called))
        .collect();
    assert_eq!(told, [(&Occasion::Failed, true)], "who wrote it is told");
    // Another answer to him counts as any.
    desk.reply(&covered.id, Reply::answer("To you too"))
        .await
        .unwrap();
    desk.deliver().await.unwrap();
    assert_eq!(of(&bench, "matti").await.handled().share(), Some(1.0));
}

#[tokio::test]
async fn an_answer_covers_nobody_who_does_not_read_it() {
    let bench = asked().await;
    let desk = &bench.desk;
    let mut private = asks("b1", "dm", "bertta", 2);
    private.audience = Audience::Direct;
    bench.tell([event(private)]).await;
    let (anna, matti) = (of(&bench, "anna").await, of(&bench, "matti").await);
    let bertta = desk.ticket(&about("dm", "bertta").ticket_id(1)).await;
    let cover = |ticket: &Ticket, id: &str| Cover {
        ticket: ticket.id.clone(),
        about: ticket.key.clone(),
        message: message(id),
    };
    let answer = || Reply::answer("To all of you: it is mended");
    let refused = |reply: Reply| desk.reply(&anna.id, reply);
    let to_bertta = refused(answer().covering(cover(&bertta.unwrap(), "b1"))).await;
    assert!(matches!(
        to_bertta,
        Err(Error::Rule(RuleBroken::WrittenInPrivate { .. }))
    ));
    let elsewhere = refused(answer().covering(cover(&matti, "a1"))).await;
    assert!(matches!(
        elsewhere,
        Err(Error::Rule(RuleBroken::NotOnTicket { .. }))
    ));
    let mut told = answer().covering(cover(&matti, "m1"));
    told.kind = ReplyKind::Holding;
    let told = refused(told).await;
    assert!(matches!(told, Err(Error::Rule(RuleBroken::NoAnswer(_)))));
    // Anna goes on in private, and is answered there.
    bench.clock.advance(TimeDelta::minutes(5));
    let mut goes_on = asks("a2", "c", "anna", 7);
    goes_on.audience = Audience::Direct;
    bench.tell([event(goes_on)]).await;
    for reply in [answer(), answer().in_private()] {
        let private = refused(reply.covering(cover(&matti, "m1"))).await;
        assert!(matches!(
            private,
            Err(Error::Rule(RuleBroken::NotPublic(_)))
        ));
    }
    desk.deliver().await.unwrap();
    assert_eq!(of(&bench, "matti").await.handled().unhandled, 1);
}

#[tokio::test]
async fn messages_are_split_off_and_moved_and_what_happens_to_them_follows() {
    let bench = asked().await;
    let desk = &bench.desk;
    bench.clock.advance(TimeDelta::minutes(5));
    bench.tell([event(asks("m2", "c", "matti", 7))]).await;
    let one = of(&bench, "matti").await;
    let (act, new) = desk.split(&one.id, &[message("m2")], &us()).await.unwrap();
    assert_eq!((new.ordinal, new.messages.len()), (2, 1));
    assert_eq!(of(&bench, "matti").await.messages.len(), 1);
    desk.undo(&one.id, &act, &us()).await.unwrap();
    assert_eq!(of(&bench, "matti").await.messages.len(), 2);
    assert!(desk.ticket(&new.id).await.is_err(), "it never was");

    let to = of(&bench, "anna").await;
    let act = desk
        .move_messages(&[message("m2")], &one.id, &to.id, &us())
        .await
        .unwrap();
    assert_eq!(of(&bench, "anna").await.messages.len(), 2);
    bench.clock.advance(TimeDelta::minutes(5));
    bench.tell([shown("m2", Visibility::Deleted, 12)]).await;
    let moved = of(&bench, "anna").await;
    let moved = moved.messages.iter().find(|m| m.message == message("m2"));
    assert!(moved.unwrap().withdrawn, "its author took it back");
    desk.undo(&one.id, &act, &us()).await.unwrap();
    let back = of(&bench, "matti").await;
    assert!(
        back.messages
            .iter()
            .any(|m| m.message == message("m2") && m.withdrawn)
    );
    assert_eq!(of(&bench, "anna").await.messages.len(), 1);

    let relation = "same_parcel";
    desk.link_tickets(&one.id, &to.id, relation, &us())
        .await
        .unwrap();
    let linked = of(&bench, "anna").await;
    assert_eq!(
        (linked.regrouped.len(), linked.category),
        (1, Category::New)
    );
}

#[tokio::test]
async fn a_bundled_ticket_is_on_its_own_again_when_its_target_is_over_without_it() {
    let (bench, _) = bundled().await;
    let key = about("c", "anna");
    let act = EventKind::action(key.conversation, key.customer, None, Act::resolve());
    bench.tell([happened(5, act)]).await;
    assert_eq!(of(&bench, "anna").await.category, Category::Resolved);
    // Another tool resolved it, and said nothing of Matti. Anna comes back after the reopen window.
    bench.clock.advance(TimeDelta::days(20));
    let late = 20 * 24 * 60;
    bench.tell([event(asks("a2", "c", "anna", late))]).await;
    assert_eq!(of(&bench, "anna").await.category, Category::Closed);
    let matti = of(&bench, "matti").await;
    assert_eq!(matti.category, Category::New, "he waits, and is seen");
    assert!(matti.regrouped.is_empty());
}

#[tokio::test]
async fn an_answer_goes_to_who_the_ticket_is_about_and_answers_nobody_else_who_cannot_read_it() {
    let bench = Bench::new();
    bench.clock.advance(TimeDelta::minutes(9));
    let privately = |id: &str, customer: &str, at| {
        let mut message = asks(id, &format!("dm-{customer}"), customer, at);
        message.audience = Audience::Direct;
        event(message)
    };
    let all = [
        privately("a1", "anna", 1),
        privately("b1", "bertta", 2),
        privately("b2", "bertta", 3),
    ];
    bench.tell(all).await;
    let ticket = async |customer: &str| {
        let id = about(&format!("dm-{customer}"), customer).ticket_id(1);
        bench.desk.ticket(&id).await.unwrap()
    };
    let (anna, bertta) = (ticket("anna").await, ticket("bertta").await);
    let (moved, by) = ([message("b2")], us());
    let act = bench.desk.move_messages(&moved, &bertta.id, &anna.id, &by);
    let act = act.await.unwrap();
    let reply = Reply::answer("For Anna alone").by(agent("liisa"));
    let effect = bench.desk.reply(&anna.id, reply).await.unwrap();
    let (row, _) = bench.desk.effect(&effect).await.unwrap();
    assert_eq!(row.effect.conversation.id.as_ref(), "dm-anna");
    let EffectSends::Send {
        in_reply_to, to, ..
    } = &row.effect.kind
    else {
        panic!("{row:?}");
    };
    assert_eq!(in_reply_to.as_ref(), Some(&message("a1")));
    assert_eq!(to, &[person("anna")]);
    bench.desk.deliver().await.unwrap();
    bench.tell([]).await;
    let became = async |id: &str| {
        let ticket = ticket("anna").await;
        let found = ticket.messages.iter().find(|m| m.message == message(id));
        found.unwrap().disposition.clone()
    };
    assert!(matches!(became("a1").await, Disposition::Answered { .. }));
    // Bertta has read nothing of it, and waits.
    assert_eq!(became("b2").await, Disposition::Unhandled);
    assert_eq!(ticket("anna").await.category, Category::Open);
    // She is answered where she wrote.
    bench.desk.undo(&anna.id, &act, &us()).await.unwrap();
    assert_eq!(ticket("anna").await.category, Category::WaitingCustomer);
    let reply = Reply::answer("For Bertta").by(agent("liisa"));
    bench.desk.reply(&bertta.id, reply).await.unwrap();
    bench.desk.deliver().await.unwrap();
    bench.tell([]).await;
    assert_eq!(ticket("bertta").await.handled().share(), Some(1.0));
}
