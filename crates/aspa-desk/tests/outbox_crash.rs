//! Over many seeds: people queue, approve, take back, replace and pause while a strict network loses
//! answers and the desk dies at any step. Nothing acknowledged is lost, nothing is performed twice, what
//! nobody can know waits as uncertain, and no effect ever makes a forbidden step.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{Effect, ErrorKind, MemoryChannel, TextUnit};
use aspa_desk::{Approver, Desk, Error, Reply, Terms};
use aspa_store::{MemoryStore, OutboxQuery, OutboxRow, OutboxState, PauseScope};
use aspa_ticket::Ticket;
use aspa_types::EffectKey;
use chrono::TimeDelta;
use common::net::{Line, Net, Then, busy, cut, refused};
use common::store::{Fuse, TestStore};
use common::{Hand, agent, all, asks, builder, event, shop};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// One of them; none where there is none.
    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() {
            return None;
        }
        of.get(self.below(of.len()))
    }
}

fn terms(effect: &Effect, _: Option<&Ticket>) -> Terms {
    let text = effect.kind.text().unwrap_or_default();
    let terms = match text.contains("undo") {
        true => Terms::at_once().undo_within(TimeDelta::seconds(10)),
        false => Terms::at_once(),
    };
    match text.contains("asks") {
        true => terms.approved_by("promise", TimeDelta::minutes(90)),
        false => terms,
    }
}

type Kind = fn(&Arc<Net>) -> Line;

const KINDS: [Kind; 4] = [
    Line::that_can_be_read_back,
    Line::with_keys,
    Line::that_cannot_tell,
    Line::by_echo,
];

struct Run {
    chance: Chance,
    clock: Hand,
    net: Arc<Net>,
    store: MemoryStore,
    line: Kind,
    /// Replies that were acknowledged, with their conversation, in order.
    acknowledged: Vec<(String, EffectKey)>,
    written: usize,
}

impl Run {
    async fn new(seed: u64) -> Self {
        let (clock, net, store) = (Hand::at(1), Arc::new(Net::default()), MemoryStore::new());
        let talk = MemoryChannel::new(shop());
        for conversation in ["c", "d", "e"] {
            talk.say(event(asks(conversation, conversation, "matti", 0)));
        }
        let reader = builder(store.clone(), &clock)
            .channel(talk)
            .build()
            .unwrap();
        reader.poll(&shop()).await.unwrap();
        reader.work().await.unwrap();
        Self {
            chance: Chance(seed),
            clock,
            net,
            store,
            line: KINDS[usize::try_from(seed % 4).unwrap()],
            acknowledged: Vec::new(),
            written: 0,
        }
    }

    /// A desk that dies when the fuse is out.
    fn desk(&self, fuse: &Fuse) -> Desk {
        let line = (self.line)(&self.net).with_text(16, TextUnit::Graphemes);
        let mut store = TestStore::over(&self.store, fuse);
        store.strict = true;
        builder(store, &self.clock)
            .channel(line.fused(fuse))
            .terms(terms)
            .blocked_for(TimeDelta::hours(3))
            .build()
            .unwrap()
    }

    async fn rows(&self) -> Vec<OutboxRow> {
        let mut query = OutboxQuery::default();
        query.limit = 10_000;
        self.desk(&Fuse::default()).outbox(&query).await.unwrap()
    }

    fn then(&mut self) -> Then {
        let closed = aspa_channel::Error::new(ErrorKind::WindowClosed, "perform");
        match self.chance.below(12) {
            0 => Then::DiesBefore,
            1 => Then::DiesAfter,
            2 => Then::Fails(busy()),
            3 => Then::Fails(cut()),
            4 => Then::FailsAfter(cut()),
            5 => Then::Fails(closed),
            6 => Then::Fails(refused()),
            _ => Then::Lands,
        }
    }

    /// Somebody does something, or the desk does its work; it may die in it.
    async fn step(&mut self) {
        let steps = match self.chance.below(3) {
            0 => i64::try_from(self.chance.below(25)).unwrap(),
            _ => i64::MAX,
        };
        let fuse = Fuse::of(steps);
        let desk = self.desk(&fuse);
        let rows = self.rows().await;
        let row = self.chance.pick(&rows).cloned();
        let boss = Approver::new(agent("boss")).with_right("promise");
        let scope = match self.chance.below(2) {
            0 => PauseScope::everything(),
            _ => PauseScope::account(shop()),
        };
        let act = self.chance.below(14);
        let tickets = all(&self.desk(&Fuse::default())).await;
        let ticket = self.chance.pick(&tickets).unwrap().clone();
        let landed = row.as_ref().is_some_and(|row| self.landed(row));
        let key = row.as_ref().map(|row| row.effect.key.clone());
        let reply = self.reply(&ticket, row.as_ref().filter(|_| act == 0));
        let plan: Vec<Then> = (0..self.chance.below(4)).map(|_| self.then()).collect();
        let work = async {
            match (act, key) {
                (0..=3, _) => {
                    let queued = desk.reply(&ticket.id, reply).await;
                    return queued
                        .ok()
                        .map(|key| (ticket.key.conversation.id.to_string(), key));
                }
                (4, Some(key)) => refusal(desk.cancel(&key, None, None).await.err()),
                (5, Some(key)) => refusal(desk.approve(&key, &boss).await.err()),
                (6, Some(key)) => refusal(desk.decline(&key, &boss, "no").await.err()),
                (7, Some(key)) => refusal(desk.retry(&key, None).await.err()),
                (8, Some(key)) => refusal(desk.settle_uncertain(&key, landed, None).await.err()),
                (9, _) => desk.add_pause(scope, None, None).await.unwrap(),
                (10, _) => desk.end_pause(&scope).await.unwrap(),
                _ => {
                    self.net.plan(plan);
                    desk.deliver().await.unwrap();
                }
            }
            None
        };
        let done = tokio::time::timeout(Duration::from_secs(1), work).await;
        self.acknowledged.extend(done.ok().flatten());
        let seconds = [0, 5, 11, 61, 400, 4000][self.chance.below(6)];
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    fn reply(&mut self, ticket: &Ticket, replaced: Option<&OutboxRow>) -> Reply {
        self.written += 1;
        let words = [
            "plain",
            "undo",
            "asks",
            "asks undo",
            "one two three four five six",
        ];
        let text = format!("{} {}", self.chance.pick(&words).unwrap(), self.written);
        let reply = Reply::answer(text).in_parts();
        let here = |row: &&OutboxRow| row.ticket.as_ref().is_some_and(|(id, _)| *id == ticket.id);
        match replaced.filter(here) {
            Some(row) => reply.replacing(row.effect.key.clone()),
            None => reply,
        }
    }

    /// What somebody who looks sees of the effect whose turn it is.
    fn landed(&self, row: &OutboxRow) -> bool {
        self.net.keys().contains(&row.turn().key)
    }

    /// Everything goes well from now on, and a person looks at what nobody can tell.
    async fn end(&mut self) {
        self.net.calm();
        let desk = self.desk(&Fuse::default());
        for pause in desk.pauses().await.unwrap() {
            desk.end_pause(&pause.scope).await.unwrap();
        }
        for _ in 0..400 {
            self.clock.advance(TimeDelta::hours(4));
            desk.deliver().await.unwrap();
            let rows = self.rows().await;
            for row in rows
                .iter()
                .filter(|row| row.state == OutboxState::Uncertain)
            {
                let landed = self.landed(row);
                desk.settle_uncertain(&row.effect.key, landed, None)
                    .await
                    .unwrap();
            }
            if rows.iter().all(|row| !row.state.holds_lane()) {
                return;
            }
        }
        panic!("the outbox never came to rest: {:?}", self.rows().await);
    }

    async fn check(&self, seed: u64) {
        let rows = self.rows().await;
        let published = self.net.keys();
        let times = |key: &EffectKey| published.iter().filter(|known| *known == key).count();
        let known: BTreeMap<&EffectKey, &OutboxRow> =
            rows.iter().map(|row| (&row.effect.key, row)).collect();
        for (_, key) in &self.acknowledged {
            assert!(known.contains_key(key), "seed {seed}: {key} is lost");
        }
        let mut expected = BTreeSet::new();
        for row in &rows {
            let whole = vec![row.effect.key.clone()];
            let parts: Vec<EffectKey> = match row.parts.is_empty() {
                true => whole,
                false => row
                    .parts
                    .iter()
                    .map(|part| part.effect.key.clone())
                    .collect(),
            };
            let counts: Vec<usize> = parts.iter().map(times).collect();
            let place = format!(
                "seed {seed}: {} is {}: {counts:?}",
                row.effect.key, row.state
            );
            assert!(counts.iter().all(|count| *count <= 1), "{place}: twice");
            match &row.state {
                state if state.has_landed() => assert!(!counts.contains(&0), "{place}"),
                OutboxState::Cancelled => assert!(!counts.contains(&1), "{place}"),
                // Of parts, those that are known to have landed did, and no other.
                OutboxState::FailedFinal => {
                    let landed = counts.iter().filter(|count| **count == 1).count();
                    assert_eq!(landed, row.parts_landed(), "{place}");
                }
                _ => panic!("{place}"),
            }
            assert!(counts.is_sorted_by(|a, b| a >= b), "{place}: out of order");
            expected.extend(parts);
        }
        assert!(
            published.iter().all(|key| expected.contains(key)),
            "seed {seed}"
        );
        for ticket in all(&self.desk(&Fuse::default())).await {
            assert!(ticket.queued.is_empty(), "seed {seed}: {ticket:?}");
            let sent = |row: &&OutboxRow| {
                let here = row.ticket.as_ref().is_some_and(|(id, _)| *id == ticket.id);
                here && row.state.has_landed()
            };
            assert_eq!(ticket.outbound().count(), rows.iter().filter(sent).count());
            // In each conversation they came in the order in which they were queued.
            let lane = rows
                .iter()
                .filter(|row| row.effect.conversation == ticket.key.conversation);
            let lane = lane.flat_map(|row| {
                row.parts
                    .iter()
                    .map(|part| &part.effect)
                    .chain([&row.effect])
            });
            let lane: Vec<&EffectKey> = lane.map(|effect| &effect.key).collect();
            let places = published
                .iter()
                .filter_map(|key| lane.iter().position(|known| *known == key));
            assert!(
                places.is_sorted(),
                "seed {seed}: {} out of order",
                ticket.key
            );
        }
    }
}

/// People may ask for what cannot be done; nothing else may go wrong.
fn refusal(error: Option<Error>) {
    match error {
        None | Some(Error::WrongState { .. } | Error::NotUncertain(_)) => {}
        Some(error) => panic!("{error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_people_networks_and_crashes_do_nothing_is_lost_or_doubled() {
    let mut ended: BTreeMap<OutboxState, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut run = Run::new(seed).await;
        for _ in 0..60 {
            run.step().await;
        }
        run.end().await;
        run.check(seed).await;
        for row in run.rows().await {
            *ended.entry(row.state).or_default() += 1;
        }
    }
    // Each end was come to, so that the checks above meant something.
    for state in [
        OutboxState::Accepted,
        OutboxState::Cancelled,
        OutboxState::FailedFinal,
    ] {
        assert!(
            ended.get(&state).is_some_and(|count| *count > 50),
            "{ended:?}"
        );
    }
}

const SEEDS: u64 = 200;
