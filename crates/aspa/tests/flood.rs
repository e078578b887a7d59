//! One tenant floods a running desk with messages, effects and timers; another one's are seen to as if it
//! were alone, but for a stated bound. Without `ASPA_POSTGRES_URL` the trial on PostgreSQL is ignored.
//! `ASPA_FLOOD` says how many messages come (3,000).
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aspa::channel::{
    Capabilities, Channel, ConversationKey, Effect, EffectKind, EffectName, Receipt, ReplyKind,
    Support,
};
use aspa::channel_archive::Archive;
use aspa::desk::{Desk, ManualClock};
use aspa::hours::Hours;
use aspa::sla::Promise;
use aspa::store::{
    Arrival, Changes, Claim, ClaimedEffect, DueTimer, Error, InboxEntry, OutboxRow, Store,
    TenantStore, Versioned,
};
use aspa::store_postgres::tokio_postgres::NoTls;
use aspa::store_postgres::{Options, PostgresStore};
use aspa::store_sqlite::SqliteStore;
use aspa::types::{AccountId, EffectKey, Network, TenantId};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_testkit::{WrappedStore, Wrapper};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// As many entries, effects or timers of the one that floods are taken at most between the other one's
/// arrival and its turn: what a worker has just claimed and claims ahead, and 128.
const BOUND: usize = 2 * 500 + 128;

fn main() {
    let url = std::env::var("ASPA_POSTGRES_URL").ok();
    let ignored = url.is_none();
    let sqlite = Trial::test("a_flood_in_sqlite_holds_up_nobody", || {
        let folder = tempfile::tempdir().unwrap();
        on_runtime(async {
            flood(SqliteStore::open(folder.path().join("desk.sqlite")).unwrap()).await;
        });
        Ok(())
    });
    let postgres = Trial::test("a_flood_in_postgres_holds_up_nobody", move || {
        on_runtime(async move {
            let schema = format!("aspa_flood_{}", std::process::id());
            let config = url.unwrap().parse().unwrap();
            let options = Options::default().schema(schema);
            flood(
                PostgresStore::connect_with(config, NoTls, &options)
                    .await
                    .unwrap(),
            )
            .await;
        });
        Ok(())
    });
    let trials = vec![sqlite, postgres.with_ignored_flag(ignored)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn on_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work);
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn id(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Entry,
    Effect,
    Timer,
}

/// Whose a row was that was taken.
type Row = (Kind, TenantId);
type Taken = Arc<Mutex<Vec<Row>>>;

#[derive(Debug)]
struct Noting<S> {
    inner: S,
    taken: Taken,
}

impl<S> Noting<S> {
    fn note<'a>(&self, kind: Kind, tenants: impl Iterator<Item = &'a TenantId>) {
        let mut taken = self.taken.lock().unwrap();
        taken.extend(tenants.map(|tenant| (kind, tenant.clone())));
    }
}

#[async_trait]
impl<S: Store> Wrapper for Noting<S> {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        let claimed = self.inner.claim_inbox(claim).await?;
        self.note(Kind::Entry, claimed.iter().map(|entry| &entry.tenant));
        Ok(claimed)
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        let claimed = self.inner.claim_outbox(claim).await?;
        self.note(Kind::Effect, claimed.iter().map(|effect| &effect.tenant));
        Ok(claimed)
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        let claimed = self.inner.claim_timers(claim).await?;
        self.note(Kind::Timer, claimed.iter().map(|due| &due.tenant));
        Ok(claimed)
    }
}

/// A network that takes whatever it is given.
#[derive(Debug)]
struct Taking {
    account: AccountId,
    capabilities: Capabilities,
}

impl Taking {
    fn new(account: AccountId) -> Self {
        let mut capabilities = Capabilities::new(now().date_naive(), "this test");
        capabilities.effects.insert(EffectName::Send, Support::Full);
        Self {
            account,
            capabilities,
        }
    }
}

#[async_trait]
impl Channel for Taking {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::X
    }

    fn capabilities(&self, _: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, aspa::channel::Error> {
        Ok(Receipt::new(effect.key.clone()))
    }
}

/// Messages, each in a conversation of its own, that should have been answered long ago, and an effect
/// for each third.
async fn come(store: &Arc<dyn TenantStore>, name: &str, messages: usize) {
    for from in (0..messages).step_by(1_000) {
        let range = from..messages.min(from + 1_000);
        let line = |i: usize| {
            format!(
                "{{\"type\":\"message\",\"account\":\"{name}\",\"network\":\"x\",\"id\":\"{i}\",\"conversation\":\"{i}\",\"direction\":\"in\",\"author\":{{\"id\":\"{i}\"}},\"at\":\"2026-10-20T12:00:00Z\",\"text\":\"Hei\"}}\n"
            )
        };
        let lines: String = range.clone().map(line).collect();
        let archive = Archive::read_json_lines(account(name), lines.as_bytes()).unwrap();
        let (mut cursor, mut events, mut more) = (None, Vec::new(), true);
        while more {
            let page = archive.poll(cursor.as_ref()).await.unwrap();
            events.extend(page.events);
            (cursor, more) = (page.next, page.more);
        }
        let mut changes = Changes::arrive(vec![Arrival::new(now(), events)]);
        for i in range.step_by(3) {
            let key = EffectKey::new(format!("e-{i}")).unwrap();
            let conversation = ConversationKey::new(account(name), &format!("c-{i}")).unwrap();
            let kind = EffectKind::send("Hei", ReplyKind::Answer);
            let row = OutboxRow::queued(Effect::new(key, conversation, kind), None, now());
            changes.outbox.push(Versioned::new(row));
        }
        store.commit(changes).await.unwrap();
    }
}

async fn flood(store: impl Store + Clone) {
    let messages = std::env::var("ASPA_FLOOD").ok();
    let messages = messages.map_or(3_000, |given| given.parse().unwrap());
    let taken = Taken::default();
    let noting = WrappedStore(Noting {
        inner: store.clone(),
        taken: Arc::clone(&taken),
    });
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    let desk = Desk::builder(noting)
        .promise(Promise::answer_within(TimeDelta::hours(1), hours))
        .clock(ManualClock::new(now()))
        .owned_by(account("loud"), id("loud"))
        .owned_by(account("quiet"), id("quiet"))
        .channel(Taking::new(account("loud")))
        .channel(Taking::new(account("quiet")))
        .build()
        .unwrap();
    come(&store.tenant(&id("loud")), "loud", messages).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = {
        let desk = desk.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            desk.run(Duration::from_secs(3600), stopped).await;
        })
    };
    let deadline = Instant::now() + Duration::from_secs(100);
    let wait = async |what: &str, until: &dyn Fn(&[Row]) -> bool| {
        while !until(&taken.lock().unwrap()) {
            assert!(Instant::now() < deadline, "{what} within 100 seconds");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // All three kinds of the flood are under way.
    for kind in [Kind::Entry, Kind::Effect, Kind::Timer] {
        wait("the flood begins", &|taken| {
            taken.iter().any(|(k, _)| *k == kind)
        })
        .await;
    }
    come(&store.tenant(&id("quiet")), "quiet", 1).await;
    let (began, before) = (Instant::now(), taken.lock().unwrap().len());
    let quiet = id("quiet");
    for kind in [Kind::Entry, Kind::Effect, Kind::Timer] {
        let turn = |taken: &[Row]| taken.contains(&(kind, quiet.clone()));
        wait("the quiet one's turn", &turn).await;
        let taken = taken.lock().unwrap().clone();
        let turn = taken.iter().position(|row| *row == (kind, quiet.clone()));
        let earlier = taken.get(before..turn.unwrap()).unwrap_or_default().iter();
        let earlier = earlier.filter(|(k, _)| *k == kind).count();
        println!(
            "{kind:?}: {earlier} of the flood before it, {:?}",
            began.elapsed()
        );
        assert!(
            earlier <= BOUND,
            "{kind:?}: {earlier} of the flood before it"
        );
    }
    let _ = stop.send(());
    running.await.unwrap();
}
