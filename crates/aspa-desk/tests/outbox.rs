//! What waits in the outbox, and what people decide about it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use aspa_channel::{
    DeliveryStatus, Effect, EffectName, ErrorKind, EventKind, Landed, MessageKey, TextUnit, Window,
};
use aspa_desk::{Approver, Delivered, Desk, Error, Reply, Terms};
use aspa_store::{
    Arrival, Changes, Claim, DecisionKind, MemoryStore, OutboxQuery, OutboxRow, OutboxState,
    Outcome, PauseScope, Store,
};
use aspa_ticket::{Category, Ticket};
use aspa_types::{EffectKey, Extra, TenantId};
use chrono::TimeDelta;
use common::net::{Line, Net, Then, busy, cut};
use common::{Hand, agent, asks, builder, event, happened, minute, only, shop};

struct Post {
    desk: Desk,
    net: Arc<Net>,
    clock: Hand,
    store: MemoryStore,
}

fn at_once(_: &Effect, _: Option<&Ticket>) -> Terms {
    Terms::at_once()
}

/// A right and half an hour to use it, then ten seconds to think again.
fn four_eyes(_: &Effect, _: Option<&Ticket>) -> Terms {
    Terms::at_once()
        .approved_by("promise money", TimeDelta::minutes(30))
        .undo_within(TimeDelta::seconds(10))
}

fn ten_seconds(_: &Effect, _: Option<&Ticket>) -> Terms {
    Terms::at_once().undo_within(TimeDelta::seconds(10))
}

/// A desk at which Matti waits, on such a network and such terms.
async fn post(
    line: impl Fn(&Arc<Net>) -> Line,
    terms: fn(&Effect, Option<&Ticket>) -> Terms,
) -> Post {
    let (clock, net, store) = (Hand::at(0), Arc::new(Net::default()), MemoryStore::new());
    let talk = aspa_channel::MemoryChannel::new(shop());
    talk.say(event(asks("1", "c", "matti", 0)));
    let reader = builder(store.clone(), &clock)
        .channel(talk)
        .build()
        .unwrap();
    reader.poll(&shop()).await.unwrap();
    reader.work().await.unwrap();
    let desk = builder(store.clone(), &clock)
        .channel(line(&net))
        .terms(terms)
        .blocked_for(TimeDelta::hours(2))
        .build()
        .unwrap();
    Post {
        desk,
        net,
        clock,
        store,
    }
}

impl Post {
    async fn reply(&self, reply: Reply) -> EffectKey {
        let ticket = only(&self.desk).await;
        self.desk.reply(&ticket.id, reply).await.unwrap()
    }

    async fn row(&self, key: &EffectKey) -> OutboxRow {
        self.desk.effect(key).await.unwrap().0
    }

    async fn state(&self, key: &EffectKey) -> OutboxState {
        self.row(key).await.state
    }

    async fn deliver(&self) -> Delivered {
        self.desk.deliver().await.unwrap()
    }

    /// The network says something about what we sent.
    async fn told(&self, event: aspa_channel::Event) {
        let arrival = Arrival::new(minute(0), vec![event]);
        let tenant = self.store.tenant(&TenantId::default());
        tenant.commit(Changes::arrive(vec![arrival])).await.unwrap();
        self.desk.work().await.unwrap();
    }
}

fn money() -> Approver {
    Approver::new(agent("boss")).with_right("promise money")
}

fn window_closed() -> aspa_channel::Error {
    aspa_channel::Error::new(ErrorKind::WindowClosed, "perform")
}

#[tokio::test]
async fn a_reply_waits_until_somebody_with_the_right_approves_it() {
    let post = post(Line::with_keys, four_eyes).await;
    let key = post
        .reply(Reply::answer("We pay 50 €.").by(agent("maija")))
        .await;
    assert_eq!(post.deliver().await, Delivered::default());
    assert_eq!(post.state(&key).await, OutboxState::AwaitingApproval);

    let refused = post.desk.approve(&key, &Approver::new(agent("boss"))).await;
    assert!(matches!(refused, Err(Error::MissingRight(right)) if right == "promise money"));
    let own = Approver::new(agent("maija")).with_right("promise money");
    assert!(matches!(
        post.desk.approve(&key, &own).await,
        Err(Error::OwnReply(_))
    ));
    assert_eq!(post.deliver().await, Delivered::default());

    let row = post.desk.approve(&key, &money()).await.unwrap();
    assert_eq!(row.state, OutboxState::UndoWindow);
    assert_eq!(row.next_at, minute(0) + TimeDelta::seconds(10));
    assert_eq!(row.decisions[0].kind, DecisionKind::Approved);
    assert_eq!(row.decisions[0].by, Some(agent("boss")));
    assert!(post.desk.approve(&key, &money()).await.is_err(), "once");
    post.clock.advance(TimeDelta::seconds(10));
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!(post.net.published(), ["We pay 50 €."]);
}

#[tokio::test]
async fn a_declined_reply_never_leaves_and_the_ticket_learns() {
    let post = post(Line::with_keys, four_eyes).await;
    let key = post.reply(Reply::answer("We pay 50 €.")).await;
    let row = post
        .desk
        .decline(&key, &money(), "40 at most")
        .await
        .unwrap();
    assert_eq!(row.state, OutboxState::Cancelled);
    assert_eq!(row.decisions[0].reason.as_deref(), Some("40 at most"));
    let ticket = only(&post.desk).await;
    assert!(ticket.queued.is_empty() && ticket.failed.contains(&key));
    assert!(post.desk.approve(&key, &money()).await.is_err());
    post.clock.advance(TimeDelta::days(1));
    assert_eq!(post.deliver().await, Delivered::default());
    assert_eq!(post.net.tries(), 0);
}

#[tokio::test]
async fn what_nobody_approves_in_time_is_cancelled_and_its_conversation_goes_on() {
    let post = post(Line::with_keys, |effect, ticket| match effect.kind.text() {
        Some(text) if text.contains('€') => four_eyes(effect, ticket),
        _ => Terms::at_once(),
    })
    .await;
    let key = post.reply(Reply::answer("We pay 50 €.")).await;
    post.reply(Reply::answer("Sorry for the wait.")).await;
    assert_eq!(post.deliver().await, Delivered::default(), "its lane waits");
    post.clock.advance(TimeDelta::minutes(30));
    assert!(post.desk.approve(&key, &money()).await.is_err(), "too late");
    let delivered = post.deliver().await;
    assert_eq!((delivered.lapsed, delivered.accepted), (1, 1));
    let row = post.row(&key).await;
    assert_eq!(row.state, OutboxState::Cancelled);
    assert_eq!(row.decisions[0].kind, DecisionKind::Lapsed);
    assert!(only(&post.desk).await.failed.contains(&key));
}

#[tokio::test]
async fn a_reply_can_be_taken_back_until_it_leaves() {
    for (terms, state) in [
        (
            at_once as fn(&Effect, Option<&Ticket>) -> Terms,
            OutboxState::Queued,
        ),
        (ten_seconds, OutboxState::UndoWindow),
        (four_eyes, OutboxState::AwaitingApproval),
    ] {
        let post = post(Line::with_keys, terms).await;
        let key = post.reply(Reply::answer("Oops")).await;
        assert_eq!(post.state(&key).await, state);
        let by = agent("maija");
        let row = post
            .desk
            .cancel(&key, Some(&by), Some("a typo"))
            .await
            .unwrap();
        assert_eq!(row.state, OutboxState::Cancelled);
        assert_eq!(row.decisions[0].by, Some(by));
        post.clock.advance(TimeDelta::days(1));
        assert_eq!(post.deliver().await, Delivered::default());
        assert!(only(&post.desk).await.queued.is_empty());
        assert!(post.desk.cancel(&key, None, None).await.is_err(), "once");
    }
    let post = post(Line::with_keys, at_once).await;
    post.net.plan([Then::Fails(busy())]);
    let key = post.reply(Reply::answer("Oops")).await;
    post.deliver().await;
    assert_eq!(post.state(&key).await, OutboxState::FailedRetryable);
    post.desk.cancel(&key, None, None).await.unwrap();
    post.clock.advance(TimeDelta::days(1));
    assert_eq!(post.deliver().await, Delivered::default());
}

#[tokio::test]
async fn what_has_left_or_may_have_cannot_be_taken_back() {
    for (then, state) in [
        (Then::Lands, OutboxState::Accepted),
        (Then::Fails(cut()), OutboxState::Uncertain),
    ] {
        let post = post(Line::that_cannot_tell, at_once).await;
        post.net.plan([then]);
        let key = post.reply(Reply::answer("Hei")).await;
        post.deliver().await;
        let refused = post.desk.cancel(&key, None, None).await;
        assert!(
            matches!(&refused, Err(Error::WrongState { state: s, .. }) if *s == state),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn in_its_undo_window_a_reply_waits() {
    let post = post(Line::with_keys, ten_seconds).await;
    post.reply(Reply::answer("Hei")).await;
    post.clock.advance(TimeDelta::seconds(9));
    assert_eq!(post.deliver().await, Delivered::default());
    post.clock.advance(TimeDelta::seconds(1));
    assert_eq!(post.deliver().await.accepted, 1);
}

#[tokio::test]
async fn an_edited_draft_replaces_the_one_that_waits() {
    let post = post(Line::with_keys, ten_seconds).await;
    let seen = common::message("1");
    let draft = post
        .reply(Reply::answer("Tomorow").having_seen(seen.clone()))
        .await;
    let edited = || {
        let edited = Reply::answer("Tomorrow").named("edit-1");
        edited.having_seen(seen.clone()).replacing(draft.clone())
    };
    let second = post.reply(edited()).await;
    assert_eq!(post.reply(edited()).await, second, "asked twice, done once");
    let row = post.row(&draft).await;
    assert_eq!(row.state, OutboxState::Cancelled);
    assert_eq!(row.superseded_by, Some(second.clone()));
    post.clock.advance(TimeDelta::seconds(10));
    post.deliver().await;
    assert_eq!(post.net.published(), ["Tomorrow"]);
    let ticket = only(&post.desk).await;
    assert_eq!(ticket.category, Category::WaitingCustomer);
    assert!(ticket.queued.is_empty() && ticket.failed.contains(&draft));
    // What has left is not replaced, and nothing is queued then.
    let late = Reply::answer("On Friday").replacing(second);
    let refused = post.desk.reply(&ticket.id, late).await;
    assert!(matches!(refused, Err(Error::WrongState { .. })));
    assert!(only(&post.desk).await.queued.is_empty());
}

#[tokio::test]
async fn what_cannot_be_done_here_and_now_says_what_can() {
    let window = {
        let mut window = Window::new("standard messaging", 86_400);
        window.alternatives.push("send a template".to_owned());
        window
    };
    let post = post(
        |net| Line::with_keys(net).with_window(window.clone()),
        at_once,
    )
    .await;
    let mended = || window_closed().with_remedy("wait until the customer writes");
    post.net
        .plan([Then::Fails(mended()), Then::Fails(mended())]);
    let key = post.reply(Reply::answer("Hei")).await;
    post.reply(Reply::answer("Still there?")).await;
    assert_eq!(post.deliver().await.blocked, 1);
    let row = post.row(&key).await;
    let blocked = row.blocked.clone().unwrap();
    assert_eq!(blocked.kind, ErrorKind::WindowClosed);
    let expected = ["send a template", "wait until the customer writes"];
    assert_eq!(blocked.alternatives, expected);
    assert_eq!(row.next_at, minute(120));
    assert!(only(&post.desk).await.queued.contains(&key));
    let undecided = post.desk.outbox(&OutboxQuery::undecided()).await.unwrap();
    assert_eq!(undecided, [row]);

    // Mended: no try was counted.
    let row = post.desk.retry(&key, Some(&agent("maija"))).await.unwrap();
    assert_eq!((row.attempts, row.uncounted), (1, 1));
    assert_eq!(post.deliver().await.blocked, 1, "not yet, as it turns out");
    post.desk.retry(&key, None).await.unwrap();
    assert_eq!(post.deliver().await.accepted, 2);
    assert!(post.desk.retry(&key, None).await.is_err(), "it has left");
}

#[tokio::test]
async fn what_is_blocked_holds_its_conversation_no_longer_than_the_policy_says() {
    let post = post(Line::with_keys, at_once).await;
    post.net.plan([Then::Fails(window_closed())]);
    let key = post.reply(Reply::answer("Hei")).await;
    post.reply(Reply::answer("Still there?")).await;
    assert_eq!(post.deliver().await.blocked, 1);
    post.clock.advance(TimeDelta::minutes(119));
    assert_eq!(post.deliver().await, Delivered::default());
    post.clock.advance(TimeDelta::minutes(1));
    let delivered = post.deliver().await;
    assert_eq!((delivered.lapsed, delivered.accepted), (1, 1));
    assert_eq!(post.state(&key).await, OutboxState::FailedFinal);
    assert!(only(&post.desk).await.failed.contains(&key));
}

#[tokio::test]
async fn a_missing_permission_blocks_and_a_refusal_for_good_fails() {
    let forbidden = || aspa_channel::Error::new(ErrorKind::Forbidden, "perform");
    let for_good = || forbidden().with_status(aspa_channel::Status::Permanent);
    for (error, state) in [
        (forbidden(), OutboxState::Blocked),
        (for_good(), OutboxState::FailedFinal),
    ] {
        let post = post(Line::with_keys, at_once).await;
        post.net.plan([Then::Fails(error)]);
        let key = post.reply(Reply::answer("Hei")).await;
        post.deliver().await;
        assert_eq!(post.state(&key).await, state);
    }
}

fn short(net: &Arc<Net>) -> Line {
    Line::that_can_be_read_back(net).with_text(12, TextUnit::Graphemes)
}

#[tokio::test]
async fn a_long_reply_leaves_in_parts_and_is_one_reply() {
    let post = post(short, at_once).await;
    let ticket = only(&post.desk).await;
    let text = "It left us. It arrives soon. Bye.";
    let refused = post.desk.reply(&ticket.id, Reply::answer(text)).await;
    assert!(matches!(refused, Err(Error::Channel(e)) if *e.kind() == ErrorKind::TooLong));
    let key = post.reply(Reply::answer(text).in_parts()).await;
    post.reply(Reply::answer("Behind it")).await;
    assert_eq!(post.deliver().await.accepted, 2);
    let published = ["It left us.", "It arrives", "soon. Bye.", "Behind it"];
    assert_eq!(post.net.published(), published);
    let (row, tries) = post.desk.effect(&key).await.unwrap();
    assert_eq!((row.state.clone(), tries.len()), (OutboxState::Accepted, 3));
    let receipt = row.receipt.unwrap();
    let parts = row.parts.iter().map(|part| part.receipt.clone().unwrap());
    let messages: Vec<MessageKey> = parts.flat_map(|receipt| receipt.messages).collect();
    assert_eq!((receipt.messages, messages.len()), (messages, 3));
    let ticket = only(&post.desk).await;
    assert_eq!(ticket.outbound().count(), 2, "one for each reply");
    assert_eq!(ticket.handled().share(), Some(1.0));
}

#[tokio::test]
async fn parts_go_on_at_the_first_that_has_not_landed() {
    let post = post(short, at_once).await;
    // The second is busy seven times over, then refused for good, then sent.
    let busy = (0..7).map(|_| Then::Fails(busy()));
    let refused = || Then::Fails(common::net::refused());
    post.net
        .plan([Then::Lands].into_iter().chain(busy).chain([refused()]));
    let key = post
        .reply(Reply::answer("It left us. It arrives soon. Bye.").in_parts())
        .await;
    for _ in 0..8 {
        post.deliver().await;
        assert!(
            post.desk.cancel(&key, None, None).await.is_err(),
            "a part has left"
        );
        post.clock.advance(TimeDelta::minutes(10));
    }
    // A part is with the customer: what becomes of the rest is for a person to say.
    let row = post.row(&key).await;
    assert_eq!(
        (row.state.clone(), row.parts_landed()),
        (OutboxState::Blocked, 1)
    );
    assert!(post.desk.cancel(&key, None, None).await.is_err());
    post.desk.retry(&key, None).await.unwrap();
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!(
        post.net.published(),
        ["It left us.", "It arrives", "soon. Bye."]
    );
}

#[tokio::test]
async fn a_part_that_may_have_landed_is_settled_by_itself() {
    for landed in [true, false] {
        let line = |net: &Arc<Net>| Line::that_cannot_tell(net).with_text(12, TextUnit::Graphemes);
        let post = post(line, at_once).await;
        let second = match landed {
            true => Then::FailsAfter(cut()),
            false => Then::Fails(cut()),
        };
        post.net.plan([Then::Lands, second]);
        let reply = Reply::answer("It left us. It arrives soon. Bye.").in_parts();
        let key = post.reply(reply).await;
        assert_eq!(post.deliver().await.uncertain, 1);
        let by = agent("maija");
        post.desk
            .settle_uncertain(&key, landed, Some(&by))
            .await
            .unwrap();
        assert_eq!(post.state(&key).await, OutboxState::Queued);
        assert_eq!(post.deliver().await.accepted, 1);
        assert_eq!(
            post.net.published(),
            ["It left us.", "It arrives", "soon. Bye."]
        );
        assert_eq!(post.row(&key).await.decisions[0].by, Some(by));
    }
}

fn status(message: &MessageKey, status: DeliveryStatus, minutes: i64) -> aspa_channel::Event {
    let kind = EventKind::Status {
        message: message.clone(),
        status,
        watermark: false,
        extra: Extra::new(),
    };
    happened(minutes, kind)
}

#[tokio::test]
async fn the_network_says_how_far_a_reply_got() {
    use DeliveryStatus::{Accepted, Delivered, Failed, Read};
    let cases: &[(&[DeliveryStatus], OutboxState)] = &[
        (&[Accepted], OutboxState::Accepted),
        (&[Delivered], OutboxState::Delivered),
        (&[Delivered, Read], OutboxState::Read),
        (&[Read, Delivered], OutboxState::Read),
        (&[Failed], OutboxState::FailedFinal),
    ];
    for before in [false, true] {
        for (said, expected) in cases {
            let post = post(Line::with_keys, at_once).await;
            let key = post.reply(Reply::answer("Hei")).await;
            let name = common::message(&format!("sent-{key}"));
            if !before {
                post.deliver().await;
            }
            for (minute, word) in said.iter().enumerate() {
                let minute = i64::try_from(minute).unwrap();
                post.told(status(&name, word.clone(), minute)).await;
            }
            if before {
                // The news overtook the receipt.
                post.deliver().await;
            }
            assert_eq!(
                post.state(&key).await,
                *expected,
                "{said:?}, before: {before}"
            );
            let lost = only(&post.desk).await.failed.contains(&key);
            assert_eq!(lost, *expected == OutboxState::FailedFinal);
        }
    }
}

#[tokio::test]
async fn an_echo_settles_what_nobody_could_tell() {
    for late in [false, true] {
        let post = post(Line::by_echo, at_once).await;
        post.net.plan([Then::FailsAfter(cut())]);
        let key = post.reply(Reply::answer("Hei")).await;
        assert_eq!(
            post.deliver().await.postponed,
            1,
            "looked for later, before anybody is asked"
        );
        let mut tries = 1;
        while late && tries < 20 && post.state(&key).await != OutboxState::Uncertain {
            post.clock.advance(TimeDelta::hours(1));
            post.deliver().await;
            tries += 1;
        }
        assert_eq!(tries, if late { 8 } else { 1 });
        let mut echo = common::answers("9", "c", "matti", 1);
        echo.effect = Some(key.clone());
        post.told(event(echo)).await;
        post.clock.advance(TimeDelta::hours(1));
        post.deliver().await;
        assert_eq!(post.state(&key).await, OutboxState::Accepted);
        assert_eq!((post.net.tries(), post.net.published().len()), (1, 1));
        let ticket = only(&post.desk).await;
        assert_eq!((ticket.outbound().count(), ticket.queued.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_pause_holds_for_every_worker_until_it_is_ended() {
    let post = post(Line::with_keys, at_once).await;
    let scopes = [
        PauseScope::everything(),
        PauseScope::account(shop()),
        PauseScope::everything().only(EffectName::Send),
    ];
    for (number, scope) in scopes.into_iter().enumerate() {
        let reason = Some("wrong price".to_owned());
        let by = Some(agent("boss"));
        post.desk
            .add_pause(scope.clone(), by, reason)
            .await
            .unwrap();
        let key = post.reply(Reply::answer(format!("reply {number}"))).await;
        let other = builder(post.store.clone(), &post.clock);
        let other = other.channel(Line::with_keys(&post.net)).build().unwrap();
        for desk in [&post.desk, &other] {
            assert_eq!(desk.deliver().await.unwrap(), Delivered::default());
        }
        assert_eq!(other.pauses().await.unwrap()[0].by, Some(agent("boss")));
        assert_eq!(post.state(&key).await, OutboxState::Queued);
        other.end_pause(&scope).await.unwrap();
        assert_eq!(post.deliver().await.accepted, 1);
    }
    let hides = PauseScope::account(shop()).only(EffectName::Hide);
    post.desk.add_pause(hides, None, None).await.unwrap();
    post.reply(Reply::answer("not a hide")).await;
    assert_eq!(post.deliver().await.accepted, 1);
}

#[tokio::test]
async fn a_blocked_try_is_kept_beside_the_others() {
    let post = post(Line::with_keys, at_once).await;
    post.net.plan([Then::Fails(window_closed())]);
    let key = post.reply(Reply::answer("Hei")).await;
    post.deliver().await;
    post.desk.retry(&key, None).await.unwrap();
    post.deliver().await;
    let (row, tries) = post.desk.effect(&key).await.unwrap();
    assert_eq!(tries.len(), 2);
    let first = tries[0].outcome.clone();
    assert!(matches!(
        first,
        Some(Outcome::Failed {
            landed: Landed::No,
            ..
        })
    ));
    let decided: Vec<_> = row.decisions.iter().map(|d| d.kind.clone()).collect();
    assert_eq!(decided, [DecisionKind::Retried]);
}

/// Workers take the effect and die with it, so often.
async fn workers_die(post: &Post, times: usize) {
    let lease = TimeDelta::seconds(60);
    for _ in 0..times {
        let now = aspa_desk::Clock::now(&post.clock);
        let claim = Claim {
            now,
            lease,
            limit: 1,
        };
        let claimed = post.store.claim_outbox(claim).await.unwrap();
        assert_eq!(claimed.len(), 1);
        post.clock.advance(lease);
    }
}

#[tokio::test]
async fn tries_that_were_cut_off_do_not_use_up_the_tries_of_an_effect() {
    let post = post(Line::with_keys, at_once).await;
    let key = post.reply(Reply::answer("Hi")).await;
    workers_die(&post, 20).await;
    post.net.plan([Then::FailsAfter(cut())]);
    post.deliver().await;
    assert_eq!(post.state(&key).await, OutboxState::Sending);
    post.clock.advance(TimeDelta::hours(1));
    post.deliver().await;
    assert_eq!(post.state(&key).await, OutboxState::Accepted);
    assert_eq!(post.net.published(), ["Hi"]);
}

#[tokio::test]
async fn an_effect_that_ends_its_worker_each_time_comes_to_a_person() {
    let post = post(Line::with_keys, at_once).await;
    let key = post.reply(Reply::answer("Hi")).await;
    workers_die(&post, 80).await;
    post.net.plan([Then::FailsAfter(cut())]);
    post.deliver().await;
    assert_eq!(post.state(&key).await, OutboxState::Uncertain);
}
