//! What we sent comes back from the network under a name of its own and without our key: it is one
//! message all the same, whatever became of the answer and whoever said so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use aspa_channel::{Direction, Message, ReplyKind, TextUnit};
use aspa_desk::{Desk, Reply};
use aspa_store::{Arrival, Changes, MemoryStore, MessageRecord, OutboxState, Store};
use aspa_types::{EffectKey, TenantId};
use chrono::TimeDelta;
use common::net::{Line, Net, Then, cut};
use common::{Hand, agent, asks, builder, event, message, only, thread, written};

/// A desk at which Matti waits since eight o'clock.
struct Shop {
    desk: Desk,
    net: Arc<Net>,
    clock: Hand,
    store: MemoryStore,
}

impl Shop {
    async fn on(line: impl Fn(&Arc<Net>) -> Line) -> Self {
        let (clock, net, store) = (Hand::at(10), Arc::new(Net::default()), MemoryStore::new());
        let desk = builder(store.clone(), &clock).channel(line(&net)).build();
        let desk = desk.unwrap();
        let shop = Self {
            desk,
            net,
            clock,
            store,
        };
        shop.hears([asks("1", "c", "matti", 0)]).await;
        shop
    }

    async fn hears(&self, messages: impl IntoIterator<Item = Message>) {
        let events = messages.into_iter().map(event).collect();
        let arrival = Arrival::new(aspa_desk::Clock::now(&self.clock), events);
        let tenant = self.store.tenant(&TenantId::default());
        tenant.commit(Changes::arrive(vec![arrival])).await.unwrap();
        self.desk.work().await.unwrap();
    }

    async fn replies(&self, reply: Reply) -> EffectKey {
        let ticket = only(&self.desk).await;
        let reply = reply.by(agent("maija"));
        self.desk.reply(&ticket.id, reply).await.unwrap()
    }

    /// A reply of which nobody can tell whether it landed. It did.
    async fn sends_into_the_dark(&self, text: &str) -> EffectKey {
        self.net.plan([Then::FailsAfter(cut())]);
        let key = self.replies(Reply::answer(text)).await;
        self.desk.deliver().await.unwrap();
        assert_eq!(self.state(&key).await, OutboxState::Uncertain);
        key
    }

    async fn settles(&self, key: &EffectKey, landed: bool) {
        let by = agent("maija");
        let settled = self.desk.settle_uncertain(key, landed, Some(&by));
        settled.await.unwrap();
    }

    async fn state(&self, key: &EffectKey) -> OutboxState {
        self.desk.effect(key).await.unwrap().0.state
    }

    /// What we said in the thread, and under which name.
    async fn said(&self) -> Vec<(String, String)> {
        let read = self.records().await.into_iter();
        let read = read.filter_map(|record| record.message);
        let ours = read.filter(|m| m.direction == Direction::Outbound);
        let mut said: Vec<_> = ours.map(|m| (m.key.id.to_string(), m.text())).collect();
        said.sort();
        said
    }

    async fn records(&self) -> Vec<MessageRecord> {
        let read = self.desk.store().conversation(&thread("c"), None, 99).await;
        read.unwrap()
    }

    /// The names of our messages that the ticket knows.
    async fn on_the_ticket(&self) -> Vec<String> {
        let ticket = only(&self.desk).await;
        let ours = ticket.outbound().map(|m| m.message.id.to_string());
        ours.collect()
    }
}

/// One of ours, as the network shows it.
fn echo(id: &str, text: &str, minutes: i64) -> Message {
    let mut echo = written(id, "c", Direction::Outbound, minutes);
    echo.parts = vec![aspa_channel::Part::text(text)];
    echo.in_reply_to = Some(message("1"));
    echo
}

fn one(name: &str, text: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), text.to_owned())]
}

#[tokio::test]
async fn settled_as_landed_and_then_read() {
    // By the network's clock it was written before anybody settled it, or after.
    for minutes in [10, 30] {
        let shop = Shop::on(Line::that_cannot_tell).await;
        let key = shop.sends_into_the_dark("It left").await;
        shop.clock.advance(TimeDelta::minutes(5));
        shop.settles(&key, true).await;
        assert_eq!(shop.said().await.len(), 1, "also while nobody has read it");
        assert_eq!(shop.on_the_ticket().await.len(), 1);
        for _ in 0..2 {
            shop.hears([echo("9", "It left", minutes)]).await;
            assert_eq!(shop.said().await, one("9", "It left"));
            assert_eq!(shop.on_the_ticket().await, ["9"]);
        }
        let (row, _) = shop.desk.effect(&key).await.unwrap();
        assert_eq!(row.receipt.unwrap().messages, [message("9")]);
        let mut read = shop.records().await.into_iter();
        let known = read.find(|record| record.key == message("9")).unwrap();
        let known = known.message.unwrap();
        assert_eq!(
            (known.effect, known.agent),
            (Some(key), Some(agent("maija")))
        );
        assert_eq!(known.reply, Some(ReplyKind::Answer));
        assert_eq!(known.same_as.len(), 1, "the name that it had");
        let ticket = only(&shop.desk).await;
        assert_eq!(ticket.handled().share(), Some(1.0));
    }
}

#[tokio::test]
async fn read_while_nobody_could_tell() {
    let shop = Shop::on(Line::that_cannot_tell).await;
    let key = shop.sends_into_the_dark("It left").await;
    shop.hears([echo("9", "It left", 10)]).await;
    assert_eq!(
        shop.state(&key).await,
        OutboxState::Accepted,
        "nobody is asked"
    );
    assert_eq!(shop.said().await, one("9", "It left"));
    assert_eq!(shop.on_the_ticket().await, ["9"]);
    let (row, _) = shop.desk.effect(&key).await.unwrap();
    assert_eq!(row.receipt.unwrap().messages, [message("9")]);
}

#[tokio::test]
async fn read_while_it_was_under_way() {
    // Whatever the network says when it is asked, and where it cannot be asked.
    for line in [
        Line::by_echo,
        Line::that_can_be_read_back,
        Line::with_keys,
        Line::that_cannot_tell,
    ] {
        for landed in [true, false] {
            let shop = Shop::on(line).await;
            let plan = match landed {
                true => Then::DiesAfter,
                // A network whose look-up is behind its stream finds nothing.
                false => Then::DiesBefore,
            };
            shop.net.plan([plan]);
            let key = shop.replies(Reply::answer("It left")).await;
            let dies =
                tokio::time::timeout(std::time::Duration::from_millis(20), shop.desk.deliver());
            assert!(dies.await.is_err());
            shop.hears([echo(&format!("sent-{key}"), "It left", 10)])
                .await;
            shop.clock.advance(TimeDelta::hours(1));
            shop.desk.deliver().await.unwrap();
            assert_eq!(shop.state(&key).await, OutboxState::Accepted);
            assert_eq!(shop.net.tries(), 1, "not sent again");
            assert_eq!(shop.said().await, one(&format!("sent-{key}"), "It left"));
            assert_eq!(shop.on_the_ticket().await.len(), 1);
        }
    }
}

#[tokio::test]
async fn read_and_then_found() {
    let shop = Shop::on(Line::that_can_be_read_back).await;
    shop.net.plan([Then::FailsAfter(cut())]);
    shop.net.probe_fails(cut());
    let key = shop.replies(Reply::answer("It left")).await;
    shop.desk.deliver().await.unwrap();
    assert_eq!(shop.state(&key).await, OutboxState::Sending);
    let name = format!("sent-{key}");
    shop.hears([echo(&name, "It  left", 10)]).await;
    shop.clock.advance(TimeDelta::hours(1));
    shop.desk.deliver().await.unwrap();
    assert_eq!(shop.state(&key).await, OutboxState::Accepted);
    assert_eq!(shop.said().await, one(&name, "It  left"));
    assert_eq!(shop.on_the_ticket().await, [name]);
}

#[tokio::test]
async fn a_network_that_names_nothing_shows_it_all_the_same() {
    let shop = Shop::on(Line::that_names_nothing).await;
    let key = shop.replies(Reply::answer("It left")).await;
    shop.desk.deliver().await.unwrap();
    assert_eq!(shop.said().await, one(key.as_str(), "It left"));
    shop.hears([echo("9", "It left", 11)]).await;
    assert_eq!(shop.said().await, one("9", "It left"));
    assert_eq!(shop.on_the_ticket().await, ["9"]);
}

#[tokio::test]
async fn the_same_words_twice_are_two() {
    let shop = Shop::on(Line::that_cannot_tell).await;
    for _ in 0..2 {
        let key = shop.sends_into_the_dark("Yes").await;
        shop.settles(&key, true).await;
    }
    assert_eq!(shop.said().await.len(), 2);
    let there: Vec<_> = [("8", "Yes"), ("9", "Yes")]
        .map(|(id, text)| (id.to_owned(), text.to_owned()))
        .into();
    shop.hears([echo("8", "Yes", 10), echo("9", "Yes", 11)])
        .await;
    assert_eq!(shop.said().await, there);
    // A colleague says it once more, by other means.
    shop.hears([echo("a", "Yes", 12)]).await;
    assert_eq!(shop.said().await.len(), 3);
    assert_eq!(shop.on_the_ticket().await.len(), 3);
}

#[tokio::test]
async fn what_says_something_else_is_another_message() {
    let mut to_another = echo("9", "It left", 10);
    to_another.in_reply_to = Some(message("0"));
    let others = [
        ("earlier", echo("9", "It left", 1)),
        ("other words", echo("9", "It left us", 10)),
        ("no words", echo("9", " ", 10)),
        ("to another message", to_another),
    ];
    for (what, other) in others {
        let shop = Shop::on(Line::that_cannot_tell).await;
        shop.hears([asks("0", "c", "matti", -1)]).await;
        let key = shop.sends_into_the_dark("It left").await;
        shop.hears([other]).await;
        assert_eq!(shop.state(&key).await, OutboxState::Uncertain, "{what}");
        shop.settles(&key, true).await;
        assert_eq!(shop.said().await.len(), 2, "{what}");
        assert_eq!(shop.on_the_ticket().await.len(), 2, "{what}");
    }
}

#[tokio::test]
async fn settled_as_not_landed_and_then_read() {
    let shop = Shop::on(Line::that_cannot_tell).await;
    let key = shop.sends_into_the_dark("It left").await;
    shop.settles(&key, false).await;
    assert_eq!(shop.said().await, Vec::new());
    shop.hears([echo("9", "It left", 10)]).await;
    assert_eq!(shop.said().await, one("9", "It left"));
    assert_eq!(shop.on_the_ticket().await, ["9"]);
}

#[tokio::test]
async fn parts_that_were_settled_are_read() {
    let short = |net: &Arc<Net>| Line::that_cannot_tell(net).with_text(12, TextUnit::Graphemes);
    let shop = Shop::on(short).await;
    let text = "It left us. It arrives soon. Bye.";
    let key = shop.replies(Reply::answer(text).in_parts()).await;
    for _ in 0..3 {
        shop.net.plan([Then::FailsAfter(cut())]);
        shop.desk.deliver().await.unwrap();
        shop.settles(&key, true).await;
    }
    assert_eq!(shop.state(&key).await, OutboxState::Accepted);
    assert_eq!(
        (shop.said().await.len(), shop.on_the_ticket().await.len()),
        (3, 1)
    );
    let parts = [
        ("7", "It left us."),
        ("8", "It arrives"),
        ("9", "soon. Bye."),
    ];
    for (id, text) in [parts[1], parts[0], parts[2]] {
        shop.hears([echo(id, text, 10)]).await;
    }
    let said = shop.said().await;
    let there = parts.map(|(id, text)| (id.to_owned(), text.to_owned()));
    assert_eq!(said, there);
    assert_eq!(shop.on_the_ticket().await, ["7"]);
    let (row, _) = shop.desk.effect(&key).await.unwrap();
    let named = ["7", "8", "9"].map(message);
    assert_eq!(row.receipt.unwrap().messages, named);
}
