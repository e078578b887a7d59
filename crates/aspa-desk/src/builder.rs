use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Channel, Notifier, Webhook};
use aspa_identity::{Audit, Linker, Model, RequestPolicy, Settings};
use aspa_sla::Policies;
use aspa_store::Store;
use aspa_ticket::Rules;
use aspa_types::{AccountId, Secret, TenantId};
use chrono::TimeDelta;
use tokio::sync::Notify;

use crate::accounts::Accounts;
use crate::automating::Automations;
use crate::clock::{Clock, SystemClock};
use crate::crm::CrmAccount;
use crate::desk::{Counted, Desk, Parts, Wake};
use crate::error::Error;
use crate::health::Beats;
use crate::holds::Holds;
use crate::playbooks::Learnt;
use crate::pressure::Pressure;
use crate::privacy::{Keys, Retention};
use crate::terms::TermsPolicy;
use crate::watched::Watched;

/// Puts a [`Desk`] together.
#[must_use]
#[derive(Debug)]
pub struct DeskBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    channels: BTreeMap<AccountId, Arc<dyn Channel>>,
    tenants: BTreeMap<AccountId, TenantId>,
    webhooks: BTreeMap<String, Arc<dyn Webhook>>,
    crms: Vec<CrmAccount>,
    notifiers: BTreeMap<String, Arc<dyn Notifier>>,
    policies: Option<Policies>,
    rules: Rules,
    identity: Settings,
    identity_key: Option<Secret>,
    identity_model: Model,
    audits: f64,
    asking: RequestPolicy,
    credential_keys: Vec<(String, Secret)>,
    retention: Option<Retention>,
    lease: TimeDelta,
    dry_run: bool,
    terms: Option<Box<dyn TermsPolicy>>,
    blocked_for: TimeDelta,
    longest_body: usize,
    most_waiting: u64,
    store_within: Duration,
    answer_within: Duration,
    grace: Duration,
    /// What was given twice.
    twice: Option<String>,
}

impl DeskBuilder {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            channels: BTreeMap::new(),
            tenants: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            crms: Vec::new(),
            notifiers: BTreeMap::new(),
            policies: None,
            rules: Rules::default(),
            identity: Settings::default(),
            identity_key: None,
            identity_model: Model::default(),
            audits: 0.0,
            asking: RequestPolicy::default(),
            credential_keys: Vec::new(),
            retention: None,
            lease: TimeDelta::seconds(60),
            dry_run: false,
            terms: None,
            blocked_for: TimeDelta::days(1),
            longest_body: 4 << 20,
            most_waiting: 100_000,
            store_within: Duration::from_secs(60),
            answer_within: Duration::from_secs(60),
            grace: Duration::from_secs(20),
            twice: None,
        }
    }

    /// Connects an account.
    pub fn channel(self, channel: impl Channel) -> Self {
        self.shared_channel(Arc::new(channel))
    }

    /// Connects an account that the host holds on to.
    pub fn shared_channel(mut self, channel: Arc<dyn Channel>) -> Self {
        let account = channel.account().clone();
        if self.channels.insert(account.clone(), channel).is_some() {
            self.twice.get_or_insert(format!("account {account}"));
        }
        self
    }

    /// Says whose an account is, where it is not the default tenant's.
    pub fn owned_by(mut self, account: AccountId, tenant: TenantId) -> Self {
        self.tenants.insert(account, tenant);
        self
    }

    /// Serves an app's webhook under a name of the host's choice.
    pub fn webhook(mut self, name: impl Into<String>, webhook: impl Webhook) -> Self {
        let name = name.into();
        if self
            .webhooks
            .insert(name.clone(), Arc::new(webhook))
            .is_some()
        {
            self.twice.get_or_insert(format!("webhook {name}"));
        }
        self
    }

    /// Writes into a CRM what is decided here. It is an account of the desk, named as the system is:
    /// [`owned_by`](Self::owned_by) says whose, where it is not the default tenant's.
    pub fn crm(mut self, write_back: CrmAccount) -> Self {
        self.crms.push(write_back);
        self
    }

    /// Tells colleagues what they [follow](crate::Following), by a way that has this name there.
    pub fn notifier(mut self, name: impl Into<String>, notifier: impl Notifier) -> Self {
        let (name, notifier) = (name.into(), Arc::new(notifier));
        if self.notifiers.insert(name.clone(), notifier).is_some() {
            self.twice.get_or_insert(format!("notifier {name}"));
        }
        self
    }

    /// Promises something to customers: one [`Promise`](aspa_sla::Promise) to all of them, or
    /// [`Policies`] of which the first that fits a ticket holds for it. They are chosen by network,
    /// audience, tags, priority and language, and anew whenever one of these changes. A desk knows no
    /// tiers: a policy that asks for one fits no ticket; ask for a tag. Without a promise there are no
    /// clocks.
    ///
    /// Clocks are computed from what happened, never stored: after a change here the history of a
    /// ticket is judged by what is promised now.
    pub fn promise(mut self, promise: impl Into<Policies>) -> Self {
        self.policies = Some(promise.into());
        self
    }

    /// Sets the rules of tickets.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Says how contact details are read and when links are made.
    pub fn identity(mut self, settings: Settings) -> Self {
        self.identity = settings;
        self
    }

    /// Hashes personal values in memory under a key that is made of this secret for each tenant, of at
    /// least 16 bytes. Without it: a random key of this process.
    pub fn identity_key(mut self, secret: Secret) -> Self {
        self.identity_key = Some(secret);
        self
    }

    /// Weighs evidence by these rates, learnt by [`Linker::learn`], instead of the shipped ones.
    /// [`Desk::relink`] decides what is stored anew.
    pub fn identity_model(mut self, model: Model) -> Self {
        self.identity_model = model;
        self
    }

    /// Offers this share of the links by rule, 0 to 1, among the [reviews](Desk::reviews), to measure
    /// how many are right; 0 unless said. The identity key picks them, the same ones in every process,
    /// so that nobody outside can tell which.
    pub fn audits(mut self, share: f64) -> Self {
        self.audits = share;
        self
    }

    /// Says how long [asking who somebody is](Desk::ask_who) may take and how often it may go wrong.
    pub fn asking(mut self, policy: RequestPolicy) -> Self {
        self.asking = policy;
        self
    }

    /// Stores credentials under these keys: each with a name of the host's and at least 32 bytes, the newest
    /// first. The newest writes, all of them read; after [`Desk::rekey_credentials`] the older ones can go.
    pub fn credential_keys(mut self, keys: Vec<(String, Secret)>) -> Self {
        self.credential_keys = keys;
        self
    }

    /// Says how long tenants keep things that have not said so themselves, and has a
    /// [running](Desk::run) desk see to it.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Tells the time by this clock instead of the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// For how long a worker has what it claimed to itself before somebody else may take it over; 60 s
    /// unless said. Zero where this desk is the only one at its store and nothing else runs at the
    /// same time: then what a crash interrupted is taken up at once.
    pub fn lease(mut self, lease: TimeDelta) -> Self {
        self.lease = lease;
        self
    }

    /// Lets nothing leave: effects are checked and set down as dry runs, never performed.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Says on what terms each reply may leave: who has to approve it, for how long it can be taken
    /// back. Without it: at once.
    pub fn terms(mut self, policy: impl TermsPolicy) -> Self {
        self.terms = Some(Box::new(policy));
        self
    }

    /// How long an effect that is blocked waits, and its conversation with it, for somebody to mend what
    /// stands in its way; then it has failed. A day unless said.
    pub fn blocked_for(mut self, time: TimeDelta) -> Self {
        self.blocked_for = time;
        self
    }

    /// The longest body of a delivery that is taken in, in bytes; a longer one is answered 413 unread.
    /// 4 MiB unless said.
    pub fn longest_body(mut self, bytes: usize) -> Self {
        self.longest_body = bytes;
        self
    }

    /// How many events may wait to be decided before deliveries are answered 503 and polls wait, until
    /// workers have caught up. 100,000 unless said. It is looked at once a second.
    pub fn most_waiting(mut self, events: u64) -> Self {
        self.most_waiting = events;
        self
    }

    /// How long the store may take over one call before it is given up as timed out; 60 s unless said.
    pub fn store_within(mut self, time: Duration) -> Self {
        self.store_within = time;
        self
    }

    /// How long a channel may take over one call; 60 s unless said. An effect that took longer is
    /// uncertain and looked for first, never repeated blindly; it is also given up in three quarters
    /// of the [lease](Self::lease).
    pub fn answer_within(mut self, time: Duration) -> Self {
        self.answer_within = time;
        self
    }

    /// How long [`Desk::run`] may go on with what is under way once it was told to stop; 20 s unless
    /// said.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Puts the desk together.
    ///
    /// # Errors
    ///
    /// When the promise makes no sense, an account or a webhook's name was given twice, the identity key
    /// is too short, or audits were asked for without one.
    pub fn build(mut self) -> Result<Desk, Error> {
        for back in &self.crms {
            let (account, channel) = (back.account()?, back.channel(self.clock.clone())?);
            if self.channels.insert(account.clone(), channel).is_some() {
                self.twice.get_or_insert(format!("account {account}"));
            }
        }
        if let Some(twice) = self.twice {
            return Err(Error::Twice(twice));
        }
        let sla = self.policies.as_ref().map(Policies::compile).transpose()?;
        for policy in self.policies.iter().flat_map(|all| &all.policies) {
            if !policy.when.tier.is_empty() {
                let policy = policy.name();
                tracing::warn!(
                    policy,
                    "asks for a tier, which a desk does not know: fits no ticket"
                );
            }
        }
        if let Some(key) = &self.identity_key {
            Linker::with_secret(Settings::default(), key, "")?;
        }
        let audit = match (self.audits > 0.0, &self.identity_key) {
            (true, Some(key)) => Some(Audit::new(key, self.audits)?),
            (true, None) => return Err(Error::AuditsWithoutKey),
            (false, _) => None,
        };
        let store = Watched::new(self.store, self.store_within);
        let parts = Parts {
            watch: store.watch(),
            store: Arc::new(store),
            pressure: Pressure::new(self.longest_body, self.most_waiting),
            accounts: Accounts::default(),
            holds: Holds::default(),
            automations: Automations::default(),
            learnt: Learnt::default(),
            beats: Beats::default(),
            stopping: AtomicBool::new(false),
            answer_within: self.answer_within,
            grace: self.grace,
            clock: self.clock,
            channels: self.channels,
            tenants: self.tenants,
            webhooks: self.webhooks,
            crms: self.crms,
            notifiers: self.notifiers,
            sla,
            rules: self.rules,
            identity: self.identity,
            identity_key: self.identity_key,
            identity_model: self.identity_model,
            audit,
            asking: self.asking,
            credential_keys: Keys::new(self.credential_keys)?,
            retention: self.retention,
            stones: Mutex::default(),
            replicas: Mutex::default(),
            readings: Mutex::default(),
            lease: self.lease,
            dry_run: self.dry_run,
            terms: self.terms,
            blocked_for: self.blocked_for,
            paused: AtomicBool::new(false),
            wake: Wake::default(),
            news: Notify::new(),
            counters: Counted::default(),
        };
        Ok(Desk {
            parts: Arc::new(parts),
            tenant: TenantId::default(),
        })
    }
}
