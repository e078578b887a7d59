use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Channel, Notifier, Webhook};
use aspa_identity::{Audit, Model, RequestPolicy, Settings};
use aspa_sla::Sla;
use aspa_store::{Store, TenantStore};
use aspa_ticket::Rules;
use aspa_types::{AccountId, Secret, TenantId};
use chrono::TimeDelta;
use tokio::sync::Notify;

use crate::accounts::Accounts;
use crate::automating::Automations;
use crate::builder::DeskBuilder;
use crate::clock::Clock;
use crate::crm::CrmAccount;
use crate::error::Error;
use crate::health::Beats;
use crate::holds::Holds;
use crate::playbooks::Learnt;
use crate::pressure::Pressure;
use crate::privacy::{Keys, Retention, Stones};
use crate::replica::Replica;
use crate::sync::Readings;
use crate::terms::TermsPolicy;
use crate::watched::Watch;

/// A customer service desk: channels, tickets, links, clocks and a store, wired together.
///
/// Cheap to clone; clones share everything. Nothing happens by itself: call
/// [`receive`](Self::receive), [`poll`](Self::poll), [`work`](Self::work),
/// [`deliver`](Self::deliver) and [`tick`](Self::tick) as you like, or let [`run`](Self::run) do it.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(crate) parts: Arc<Parts>,
    pub(crate) tenant: TenantId,
}

pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) channels: BTreeMap<AccountId, Arc<dyn Channel>>,
    pub(crate) tenants: BTreeMap<AccountId, TenantId>,
    pub(crate) webhooks: BTreeMap<String, Arc<dyn Webhook>>,
    pub(crate) crms: Vec<CrmAccount>,
    pub(crate) notifiers: BTreeMap<String, Arc<dyn Notifier>>,
    pub(crate) sla: Option<Sla>,
    pub(crate) rules: Rules,
    pub(crate) identity: Settings,
    pub(crate) identity_key: Option<Secret>,
    pub(crate) identity_model: Model,
    pub(crate) audit: Option<Audit>,
    pub(crate) asking: RequestPolicy,
    pub(crate) credential_keys: Keys,
    pub(crate) retention: Option<Retention>,
    pub(crate) stones: Mutex<Vec<Stones>>,
    pub(crate) replicas: Mutex<HashMap<TenantId, Arc<Replica>>>,
    pub(crate) readings: Readings,
    pub(crate) lease: TimeDelta,
    pub(crate) dry_run: bool,
    pub(crate) terms: Option<Box<dyn TermsPolicy>>,
    pub(crate) blocked_for: TimeDelta,
    pub(crate) paused: AtomicBool,
    pub(crate) watch: Arc<Watch>,
    pub(crate) pressure: Pressure,
    pub(crate) accounts: Accounts,
    pub(crate) holds: Holds,
    pub(crate) automations: Automations,
    pub(crate) learnt: Learnt,
    pub(crate) beats: Beats,
    pub(crate) stopping: AtomicBool,
    pub(crate) answer_within: Duration,
    pub(crate) grace: Duration,
    pub(crate) wake: Wake,
    pub(crate) news: Notify,
    pub(crate) counters: Counted,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("store", &self.store)
            .field("channels", &self.channels)
            .field("webhooks", &self.webhooks)
            .field("dry_run", &self.dry_run)
            .field("paused", &self.paused)
            .finish_non_exhaustive()
    }
}

/// Wakes the workers of this process: each loop is told, also while it is not waiting.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    pub(crate) inbox: Notify,
    pub(crate) outbox: Notify,
    pub(crate) timers: Notify,
}

impl Wake {
    pub(crate) fn notify_one(&self) {
        self.inbox.notify_one();
        self.outbox.notify_one();
        self.timers.notify_one();
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) refused: AtomicU64,
    pub(crate) deliveries: AtomicU64,
    pub(crate) known_deliveries: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) repeated_events: AtomicU64,
}

/// What has come in since this desk was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Deliveries that were not authentic. Nothing of them is kept.
    pub refused: u64,
    /// Authentic deliveries that were new.
    pub deliveries: u64,
    /// Authentic deliveries that had come before.
    pub known_deliveries: u64,
    /// Events that were new.
    pub events: u64,
    /// Events that had come before.
    pub repeated_events: u64,
}

impl Desk {
    /// Starts to put a desk together over a store.
    pub fn builder(store: impl Store) -> DeskBuilder {
        DeskBuilder::new(Arc::new(store))
    }

    /// The same desk, asked about another tenant's tickets and customers.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> Self {
        Self {
            parts: self.parts.clone(),
            tenant,
        }
    }

    /// This tenant's part of the store.
    #[must_use]
    pub fn store(&self) -> Arc<dyn TenantStore> {
        self.parts.store.tenant(&self.tenant)
    }

    /// Whose tickets and customers this desk is asked about.
    #[must_use]
    pub fn tenant_id(&self) -> &TenantId {
        &self.tenant
    }

    /// The promise that clocks are counted by.
    #[must_use]
    pub fn sla(&self) -> Option<&Sla> {
        self.parts.sla.as_ref()
    }

    /// What time it is for this desk.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.parts.clock.now()
    }

    /// What has come in since this desk was built.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counted = &self.parts.counters;
        Counters {
            refused: read(&counted.refused),
            deliveries: read(&counted.deliveries),
            known_deliveries: read(&counted.known_deliveries),
            events: read(&counted.events),
            repeated_events: read(&counted.repeated_events),
        }
    }

    /// The channel of an account of this tenant.
    pub(crate) fn channel(&self, account: &AccountId) -> Result<Arc<dyn Channel>, Error> {
        let own = self.tenant_of(account) == self.tenant;
        let found = self.parts.channels.get(account).filter(|_| own).cloned();
        found.ok_or_else(|| Error::UnknownAccount(account.clone()))
    }

    /// Stops performing effects at once, in this process and until it ends; what is under way ends.
    /// Queued replies stay queued. For every worker, and to last: [`add_pause`](Self::add_pause).
    pub fn pause(&self) {
        self.parts.paused.store(true, Ordering::SeqCst);
    }

    /// Goes on performing effects.
    pub fn resume(&self) {
        self.parts.paused.store(false, Ordering::SeqCst);
        self.parts.wake.notify_one();
    }
}
