//! What a desk tells of itself: the spans that the book lists, and a word when something changes
//! rather than each second.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Delivery, MemoryChannel, Received, Webhook, answer};
use aspa_desk::{Desk, Reply};
use aspa_types::DeliveryId;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use common::store::TestStore;
use common::{Hand, asks, builder, event, only, shop};
use http::StatusCode;
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Hears everything of the desk.
#[derive(Clone, Default)]
struct Ear(Arc<Heard>);

#[derive(Default)]
struct Heard {
    next: AtomicU64,
    /// Spans with their fields.
    spans: Mutex<BTreeMap<String, BTreeSet<String>>>,
    /// Lines that a host would see.
    lines: Mutex<Vec<String>>,
    /// All that was said, at every level.
    all: Mutex<String>,
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Ear {
    fn is_ours(metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("aspa_desk")
    }
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        Self::is_ours(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let (metadata, mut line) = (span.metadata(), String::new());
        span.record(&mut Line(&mut line));
        self.0.all.lock().unwrap().push_str(&line);
        let fields = metadata
            .fields()
            .iter()
            .map(|field| field.name().to_owned());
        let mut spans = self.0.spans.lock().unwrap();
        spans
            .entry(metadata.name().to_owned())
            .or_default()
            .extend(fields);
        Id::from_u64(self.0.next.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        event.record(&mut Line(&mut line));
        self.0.all.lock().unwrap().push_str(&line);
        if *event.metadata().level() <= Level::INFO {
            self.0.lines.lock().unwrap().push(line);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One question, whatever comes.
#[derive(Debug)]
struct One;

impl Webhook for One {
    fn receive(&self, _: &Delivery, _: DateTime<Utc>) -> Received {
        let answer = answer(StatusCode::OK, "");
        let id = DeliveryId::new("d").unwrap();
        let events = vec![event(asks("2", "d", "maija", 0))];
        Received::Accepted { answer, id, events }
    }
}

fn on_a_desk<F: Future<Output = ()>>(
    work: impl FnOnce(Desk, Arc<MemoryChannel>, TestStore) -> F,
) -> Ear {
    let ear = Ear::default();
    tracing::subscriber::with_default(ear.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (store, channel) = (TestStore::default(), Arc::new(MemoryChannel::new(shop())));
        let desk = builder(store.clone(), &Hand::at(0))
            .shared_channel(channel.clone())
            .webhook("hook", One)
            .build()
            .unwrap();
        runtime.block_on(async {
            let running = desk.clone();
            let (stop, told) = tokio::sync::oneshot::channel::<()>();
            let every = Duration::from_secs(1);
            let running = tokio::spawn(async move {
                running
                    .run(every, async move { told.await.unwrap_or(()) })
                    .await
            });
            work(desk, channel, store).await;
            stop.send(()).unwrap();
            running.await.unwrap();
        });
    });
    ear
}

#[test]
fn the_book_lists_every_span() {
    let ear = on_a_desk(async |desk, channel, _| {
        channel.say(event(asks("1", "c", "matti", 0)));
        sleep(Duration::from_secs(2)).await;
        let ticket = only(&desk).await;
        desk.reply(&ticket.id, Reply::answer("here")).await.unwrap();
        desk.receive("hook", http::Request::new(Bytes::new())).await;
        sleep(Duration::from_secs(2)).await;
    });
    let spans = ear.0.spans.lock().unwrap();
    let mut table = String::from("| span | fields |\n| --- | --- |\n");
    for name in ["receive", "poll", "decide", "perform"] {
        let fields = spans
            .get(name)
            .unwrap_or_else(|| panic!("{name} in {spans:?}"));
        let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        table.push_str(&format!("| `{name}` | {} |\n", fields.join(", ")));
    }
    assert_eq!(spans.len(), 4, "{spans:?}");
    let book = include_str!("../../../docs/src/operations.md");
    assert!(
        book.contains(&table),
        "docs/src/operations.md needs this table:\n{table}"
    );
    let all = ear.0.all.lock().unwrap();
    for content in ["matti", "maija", "text of", "here"] {
        assert!(!all.contains(content), "{content} in {all}");
    }
}

#[test]
fn a_store_that_is_away_is_told_of_once() {
    let ear = on_a_desk(async |desk, channel, store| {
        sleep(Duration::from_secs(2)).await;
        store.down.store(true, Ordering::SeqCst);
        channel.say(event(asks("1", "c", "matti", 0)));
        for _ in 0..600 {
            desk.receive("hook", http::Request::new(Bytes::new())).await;
            sleep(Duration::from_secs(1)).await;
        }
        store.down.store(false, Ordering::SeqCst);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(common::all(&desk).await.len(), 1);
    });
    let lines = ear.0.lines.lock().unwrap();
    assert!(!lines.is_empty(), "it is told of");
    assert!(
        lines.len() < 20,
        "ten minutes away, {} lines: {lines:#?}",
        lines.len()
    );
}
