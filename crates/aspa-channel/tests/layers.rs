//! Layers in front of a channel that counts what it is asked.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;
use std::future::{Future, pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::layer::{
    Call, Check, Fault, Faults, Layer, Layered, Next, Reply, Timeout, Trace,
};
use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectKind, Error, ErrorKind, Fetch,
    Landed, MemoryChannel, Page, Probe, Receipt, ReplyKind,
};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use futures_executor::block_on;
use tracing::field::{Field, Visit};

fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

/// Counts what it is asked, and keeps a snapshot.
#[derive(Debug)]
struct Counts {
    inner: MemoryChannel,
    performed: Arc<AtomicUsize>,
    probed: Arc<AtomicUsize>,
    snapshot: Mutex<Option<String>>,
}

#[async_trait]
impl Channel for Counts {
    fn account(&self) -> &AccountId {
        self.inner.account()
    }
    fn network(&self) -> &Network {
        self.inner.network()
    }
    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.inner.capabilities(conversation)
    }
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.inner.poll(cursor).await
    }
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.performed.fetch_add(1, Ordering::SeqCst);
        self.inner.perform(effect).await
    }
    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.probed.fetch_add(1, Ordering::SeqCst);
        self.inner.probe(effect).await
    }
    fn snapshot(&self) -> Option<String> {
        self.snapshot.lock().unwrap().clone()
    }
    fn restore(&self, snapshot: &str) {
        *self.snapshot.lock().unwrap() = Some(snapshot.to_owned());
    }
}

fn counts() -> (Counts, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let counts = Counts {
        inner: MemoryChannel::new(account()).with_max_text(9),
        performed: Arc::default(),
        probed: Arc::default(),
        snapshot: Mutex::default(),
    };
    let (performed, probed) = (counts.performed.clone(), counts.probed.clone());
    (counts, performed, probed)
}

fn effect(account: &AccountId, text: &str) -> Effect {
    let conversation = ConversationKey::new(account.clone(), "c1").unwrap();
    let kind = EffectKind::send(text, ReplyKind::Answer);
    Effect::new(EffectKey::new("e1").unwrap(), conversation, kind)
}

/// Time that has run out already.
fn over(_: Duration) -> impl Future<Output = ()> + Send + 'static {
    ready(())
}

/// Time that never runs out.
fn never(_: Duration) -> impl Future<Output = ()> + Send + 'static {
    pending()
}

/// Everything, with a script for the network.
fn all(channel: Counts, script: fn(Call<'_>) -> Option<Fault>) -> Layered {
    Layered::new(channel)
        .with(Trace)
        .with(Check)
        .with(Timeout::new(Duration::from_secs(30), never))
        .with(Faults::new(script))
}

fn lost() -> Error {
    Error::new(ErrorKind::Unavailable, "perform").with_landed(Landed::Maybe)
}

#[test]
fn with_all_layers_it_is_still_that_channel() {
    let (channel, performed, probed) = counts();
    let layered = all(channel, |_| None);
    let effect = effect(&account(), "hei");
    assert_eq!(
        (layered.account(), layered.network()),
        (&account(), &Network::API)
    );
    let receipt = block_on(layered.perform(&effect)).unwrap();
    assert_eq!(
        block_on(layered.probe(&effect)).unwrap(),
        Probe::Found(receipt.clone())
    );
    assert_eq!(block_on(layered.poll(None)).unwrap().events.len(), 1);
    let missing = Fetch::Message(receipt.messages[0].clone());
    assert_eq!(
        *block_on(layered.fetch(&missing)).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(
        [&performed, &probed].map(|n| n.load(Ordering::SeqCst)),
        [1, 1]
    );
    layered.restore("kept");
    assert_eq!(layered.snapshot().as_deref(), Some("kept"));
}

#[test]
fn what_is_not_claimed_or_of_another_account_never_reaches_the_channel() {
    let (channel, performed, probed) = counts();
    let layered = all(channel, |_| None);
    let strange = AccountId::new("other").unwrap();
    for (effect, kind) in [
        (effect(&account(), "ten letters"), ErrorKind::TooLong),
        (effect(&account(), " "), ErrorKind::Invalid),
        (effect(&strange, "hei"), ErrorKind::Invalid),
    ] {
        let error = block_on(layered.perform(&effect)).unwrap_err();
        assert_eq!((error.kind(), error.landed()), (&kind, Landed::No));
    }
    assert!(block_on(layered.probe(&effect(&strange, "hei"))).is_err());
    assert_eq!(
        [&performed, &probed].map(|n| n.load(Ordering::SeqCst)),
        [0, 0]
    );
}

#[test]
fn no_layer_performs_an_effect_twice_whatever_goes_wrong() {
    type Case = (&'static str, fn(Call<'_>) -> Option<Fault>, usize, Landed);
    let cases: [Case; 3] = [
        (
            "before",
            |_| Some(Fault::Before(Error::new(ErrorKind::Unavailable, "perform"))),
            0,
            Landed::No,
        ),
        ("after", |_| Some(Fault::After(lost())), 1, Landed::Maybe),
        (
            "throttled",
            |_| Some(Fault::Before(Error::new(ErrorKind::Throttled, "perform"))),
            0,
            Landed::No,
        ),
    ];
    for (name, script, times, landed) in cases {
        let (channel, performed, _) = counts();
        let error = block_on(all(channel, script).perform(&effect(&account(), "hei"))).unwrap_err();
        assert_eq!(
            (performed.load(Ordering::SeqCst), error.landed()),
            (times, landed),
            "{name}"
        );
    }
}

#[test]
fn what_takes_too_long_is_given_up_and_an_effect_may_have_landed() {
    let hangs = |_: Call<'_>| Some(Fault::Hang);
    let (channel, ..) = counts();
    let layered = Layered::new(channel)
        .with(Timeout::new(Duration::from_millis(1500), over))
        .with(Faults::new(hangs));
    let effect = effect(&account(), "hei");
    let performed = block_on(layered.perform(&effect)).unwrap_err();
    assert_eq!(
        (performed.kind(), performed.landed()),
        (&ErrorKind::Unavailable, Landed::Maybe)
    );
    assert!(performed.to_string().contains("1.5 s"), "{performed}");
    for error in [
        block_on(layered.poll(None)).unwrap_err(),
        block_on(layered.probe(&effect)).unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.landed()),
            (&ErrorKind::Unavailable, Landed::No)
        );
    }
    let (channel, ..) = counts();
    let quick = Layered::new(channel).with(Timeout::new(Duration::ZERO, over));
    assert!(
        block_on(quick.perform(&effect)).is_ok(),
        "what is done is done"
    );
}

/// Makes a call twice where it can, and replies in the wrong kind where it is told to.
#[derive(Debug)]
struct Again;

#[async_trait]
impl Layer for Again {
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error> {
        if let Some(second) = next.again(call) {
            next.run(call).await?;
            return second.run(call).await;
        }
        next.run(call).await?;
        Ok(Reply::Page(Page::default()))
    }
}

#[test]
fn a_second_way_on_exists_for_what_changes_nothing_alone() {
    let (channel, performed, probed) = counts();
    let layered = Layered::new(channel).with(Again);
    let effect = effect(&account(), "hei");
    let wrong = block_on(layered.perform(&effect)).unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.landed()),
        (&ErrorKind::Protocol, Landed::Maybe)
    );
    block_on(layered.probe(&effect)).unwrap();
    assert_eq!(
        [&performed, &probed].map(|n| n.load(Ordering::SeqCst)),
        [1, 2]
    );
}

/// Writes down spans and what they hold.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl Visit for Spans {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

impl tracing::Subscriber for Spans {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let metadata = span.metadata();
        self.0
            .lock()
            .unwrap()
            .push(format!("{} {}", metadata.target(), metadata.name()));
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn each_call_is_one_span_without_content() {
    let spans = Spans::default();
    let calls = || {
        let (channel, ..) = counts();
        let layered = all(channel, |call| {
            matches!(call, Call::Probe(_)).then(|| Fault::After(lost()))
        });
        let effect = effect(&account(), "s3cret");
        block_on(layered.poll(None)).unwrap();
        block_on(layered.perform(&effect)).unwrap();
        block_on(layered.probe(&effect)).unwrap_err();
    };
    // Tests beside this one pass the same spans without a subscriber. Whoever passes one first makes it
    // known, and what is being made known while a subscriber comes would not ask it.
    calls();
    std::thread::sleep(std::time::Duration::from_millis(20));
    tracing::subscriber::with_default(spans.clone(), calls);
    let written = spans.0.lock().unwrap().join(" ");
    assert_eq!(
        written,
        "aspa_channel poll account=shop network=api \
         aspa_channel perform account=shop network=api effect=e1 \
         aspa_channel probe account=shop network=api effect=e1 error=\"unavailable\""
    );
}
