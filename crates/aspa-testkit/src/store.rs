mod atomic;
mod claims;
mod conversations;
mod lists;
mod log;
mod outbox;
mod privacy;
mod repeats;
mod rows;
mod search;
mod stage;
mod tenants;
mod timers;
mod versions;
mod watch;
mod whole;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aspa_store::Store;
use libtest_mimic::Trial;

use crate::case::{Case, Checked, Verdict, fault, trials, verdict};
use stage::Stage;

/// After this a case is taken to hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store under test, with nothing in it.
pub struct StoreFixture(Box<dyn Fn() -> Opening + Send + Sync>);

type Opening = Pin<Box<dyn Future<Output = Arc<dyn Store>>>>;

impl StoreFixture {
    /// A store that `open` opens.
    ///
    /// It is called again while the store is open, to have two workers, and after every handle was
    /// dropped, to see what is left. Each time it gives the same content, opened anew where the
    /// store can do that. What has to live as long, such as a directory, moves into `open`.
    #[must_use]
    pub fn new(open: impl AsyncFn() -> Arc<dyn Store> + Send + Sync + 'static) -> Self {
        let open = Arc::new(open);
        Self(Box::new(move || {
            let open = Arc::clone(&open);
            Box::pin(async move { open().await })
        }))
    }

    async fn open(&self) -> Arc<dyn Store> {
        (self.0)().await
    }
}

impl fmt::Debug for StoreFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreFixture").finish_non_exhaustive()
    }
}

/// The contract of [`Store`], S1 to S12, as trials for [`libtest_mimic`], shown as
/// `[name] S1 all or nothing`.
///
/// `make` is called once for each trial, on that trial's own tokio runtime of four threads with IO
/// and time enabled.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use aspa_store::{MemoryStore, Store};
/// use aspa_testkit::libtest_mimic::{self, Arguments};
/// use aspa_testkit::{StoreFixture, store_trials};
///
/// let trials = store_trials("memory", || async {
///     let store = MemoryStore::new();
///     StoreFixture::new(async move || Arc::new(store.clone()) as Arc<dyn Store>)
/// });
/// libtest_mimic::run(&Arguments::from_args(), trials).exit();
/// ```
#[must_use]
pub fn store_trials(
    name: &str,
    make: impl AsyncFn() -> StoreFixture + Send + Sync + 'static,
) -> Vec<Trial> {
    trials(name, store_cases(make))
}

/// The same as plain [cases](Case), for whoever wants to look at the outcomes.
#[must_use]
pub fn store_cases(make: impl AsyncFn() -> StoreFixture + Send + Sync + 'static) -> Vec<Case> {
    let make = Arc::new(make);
    let case = |&(name, check): &(&'static str, Check)| {
        let make = Arc::clone(&make);
        Case::new(name, move || on_runtime(name, &*make, check))
    };
    CASES.iter().map(case).collect()
}

type Check = fn(Stage) -> Pin<Box<dyn Future<Output = Checked>>>;

macro_rules! cases {
    ($($name:literal => $check:path,)*) => {
        &[$(($name, |stage| Box::pin($check(stage)))),*]
    };
}

const CASES: &[(&str, Check)] = cases![
    "S1 all or nothing" => atomic::conflict_leaves_no_trace,
    "S1 a history without its ticket is refused" => atomic::history_needs_ticket,
    "S1 what was committed survives" => atomic::survives,
    "S1 an empty commit changes nothing" => atomic::empty,
    "S2 a stale row is a conflict" => versions::stale,
    "S2 of many writers none is lost" => versions::counted,
    "S2 an inbox entry is processed once" => versions::processed_once,
    "S2 a history has one writer at a time" => versions::history,
    "S2 a removed ticket is not the next of its name" => versions::removed,
    "S3 nothing is seen through another tenant" => tenants::unseen,
    "S3 equal keys are apart" => tenants::equal_keys,
    "S3 nobody processes another's inbox" => tenants::foreign_inbox,
    "S3 claims name their tenant" => tenants::labelled,
    "S4 a known delivery voids its arrival" => repeats::known_delivery,
    "S4 a known event counts once" => repeats::known_event,
    "S4 events that differ anywhere are two" => repeats::alike,
    "S4 known notes and evidence stay" => repeats::kept_once,
    "S4 forgotten evidence goes" => repeats::forgotten,
    "S4 whether an event came is told" => watch::known,
    "S5 the inbox is given in order of arrival" => claims::in_order,
    "S5 a claimed entry is given to nobody else" => claims::exclusive,
    "S5 many workers share without overlap" => claims::many_workers,
    "S5 a lease ends" => claims::lease_ends,
    "S5 what is done is not given again" => claims::done_with,
    "S5 what is given back is free" => watch::given_back,
    "S5 tenants take turns at the inbox" => claims::turns,
    "S5 each of many tenants has its turn" => claims::many_tenants,
    "S6 one effect of a conversation at a time" => outbox::one_at_a_time,
    "S6 what holds a lane" => outbox::holds,
    "S6 what may be claimed" => outbox::ready,
    "S6 what is paused is not claimed" => outbox::pauses,
    "S6 what nobody decides lapses" => outbox::lapsed,
    "S6 an effect at its end may change its conversation" => outbox::renamed,
    "S6 lanes are a tenant's own" => outbox::lanes_of_tenants,
    "S6 a claim counts its try" => outbox::counts_try,
    "S6 an interrupted effect is given again" => outbox::interrupted,
    "S6 effects are given as they are due" => outbox::in_order,
    "S6 tenants take turns at the outbox" => outbox::turns,
    "S6 a claim follows from the rows" => outbox::follows_rows,
    "S6 many workers, each effect once" => outbox::many_workers,
    "S6 attempts are known by their number" => outbox::attempts,
    "S6 a worker may sleep until the next turn" => outbox::wake_up,
    "S7 the log keeps its order" => log::in_order,
    "S7 reading goes on after any position" => log::pages,
    "S7 positions stay" => log::positions_stay,
    "S7 a reader beside writers misses nothing" => log::beside_writers,
    "S8 every row is read back whole" => whole::every_row,
    "S8 an unread event is read back whole" => whole::events,
    "S8 what awaits a message is found" => lists::awaiting,
    "S8 messages come in pages" => lists::messages,
    "S8 a conversation is read from its end" => conversations::from_the_end,
    "S8 whoever reads back in a conversation misses nothing" => conversations::goes_on,
    "S8 an edited message stays in its place" => conversations::stays,
    "S8 tickets of one key come first to last" => lists::of_key,
    "S8 tickets are found by each condition" => lists::conditions,
    "S8 tickets come sorted and in pages" => lists::sorted,
    "S8 whoever reads on misses nothing that stays" => lists::moving,
    "S8 removed tickets are gone from every list" => lists::removed,
    "S8 effects are listed and loaded" => outbox::listed,
    "S8 links come by state and in pages" => lists::links,
    "S8 customers come and go" => lists::customers,
    "S8 cursors go on" => lists::cursors,
    "S8 deliveries come by webhook and in pages" => watch::deliveries,
    "S8 kept entries are decided again" => watch::reopened,
    "S9 timers follow the latest row" => timers::latest,
    "S9 due timers come soonest first" => timers::soonest,
    "S9 a claimed timer is given to nobody else" => timers::exclusive,
    "S9 tenants take turns at timers" => timers::turns,
    "S9 a worker may sleep until the next timer" => timers::wake_up,
    "S10 what waits is counted" => watch::vitals,
    "S11 a document is written by whoever has its newest version" => privacy::swapped,
    "S11 of two writers of a document one is told" => privacy::contested,
    "S11 documents come by kind and in pages" => privacy::documents,
    "S11 what is dropped is gone" => privacy::dropped,
    "S11 what is dropped stays gone" => privacy::stays_gone,
    "S11 a history is told anew" => privacy::rewritten,
    "S11 the audit log is found by each condition" => privacy::audit,
    "S11 what erasure reads is listed whole" => privacy::listed,
    "S12 words are found in any form" => search::words,
    "S12 a ticket is searched as a whole" => search::whole_ticket,
    "S12 what was changed is found as it is now" => search::changed,
    "S12 messages move with their tickets" => search::moved,
    "S12 words go with other conditions" => search::narrowed,
    "S12 a long ticket is found by all of it" => search::many,
    "S12 what was written is found after opening again" => search::reopened,
];

fn on_runtime(name: &'static str, make: &impl AsyncFn() -> StoreFixture, check: Check) -> Verdict {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => return Verdict::Failed(format!("{name}: no runtime: {e}")),
    };
    let checked = runtime.block_on(async {
        let stage = Stage::new(make().await).await;
        let checked = tokio::time::timeout(PATIENCE, check(stage)).await;
        checked.unwrap_or_else(|_| {
            fault(
                format!("an end within {PATIENCE:?}"),
                "none",
                "a transaction left open, or a lock held across an await",
            )
        })
    });
    verdict(name, checked)
}
