//! Reading stored deliveries again with a newer decoder: first what would differ, then applied.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aspa_channel::{Event, EventKind, Message, MessageKey, Webhook};
use aspa_store::{Arrival, Changes, RawDelivery, Versioned, Wanted};
use aspa_types::{AccountId, DeliveryId, TenantId};

use crate::desk::Desk;
use crate::error::Error;

/// How many deliveries are read again at a time.
const PAGE: usize = 100;
/// How many kept events are looked at at a time.
const KEPT: usize = 500;

/// An event that a newer decoder sees otherwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The delivery that it came with.
    pub delivery: DeliveryId,
    /// The account that it concerns.
    pub account: AccountId,
    /// Its kind, such as `message` or `unknown`.
    pub kind: &'static str,
    /// The message that it is or is about, where it is about one.
    pub message: Option<MessageKey>,
    /// The event as the decoder gives it, where that was [asked for](Replay::with_events).
    pub event: Option<Event>,
}

/// What one page of deliveries came to.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Replayed {
    /// Deliveries that were read again.
    pub deliveries: usize,
    /// Those that this decoder cannot read from what was kept.
    pub undecodable: usize,
    /// Events that it gave.
    pub events: usize,
    /// Events that had not come.
    pub new: Vec<Difference>,
    /// Messages whose content is another one now.
    pub changed: Vec<Difference>,
    /// Events that it does not give any longer: kept ones that nobody understood, and what the [earlier
    /// decoder](Replay::compared_with) gave.
    pub gone: Vec<Difference>,
}

/// Reads the deliveries of one webhook again, page by page. Made by [`Desk::replay`].
#[derive(Debug)]
pub struct Replay {
    desk: Desk,
    webhook: Arc<str>,
    decoder: Arc<dyn Webhook>,
    earlier: Option<Arc<dyn Webhook>>,
    after: Option<DeliveryId>,
    applies: bool,
    with_events: bool,
    /// Kept events that nobody understood, by the delivery that they came with: number and key.
    kept: Option<HashMap<DeliveryId, Vec<(u64, Event)>>>,
}

impl Desk {
    /// Reads this tenant's stored deliveries of a webhook again with a newer decoder. It only tells what
    /// would differ, until it is told to [apply](Replay::applied) it.
    ///
    /// Deliveries that were sent for several tenants are the default tenant's: replayed there, each event
    /// goes to its own tenant. Elsewhere, events of other tenants' accounts are left alone.
    #[must_use]
    pub fn replay(&self, webhook: &str, decoder: impl Webhook) -> Replay {
        Replay {
            desk: self.clone(),
            webhook: webhook.into(),
            decoder: Arc::new(decoder),
            earlier: None,
            after: None,
            applies: false,
            with_events: false,
            kept: None,
        }
    }

    /// Puts kept events back into the inbox that this version has words for, to be decided again: what
    /// was kept by an earlier version is understood then; the rest is kept again. Returns how many.
    /// O(kept events), a page at a time.
    ///
    /// # Errors
    ///
    /// When the store fails, or another process does the same; it can be called again.
    pub async fn replay_kept(&self) -> Result<usize, Error> {
        let store = self.store();
        let (mut after, mut reopened) = (0, 0);
        loop {
            let page = store.kept(after, KEPT).await?;
            let Some(last) = page.last() else {
                self.parts.wake.notify_one();
                return Ok(reopened);
            };
            after = last.seq;
            let known = page
                .iter()
                .filter(|entry| !matches!(entry.event.kind, EventKind::Unknown(_)));
            let mut changes = Changes::default();
            changes.reopened.extend(known.map(|entry| entry.seq));
            if !changes.is_empty() {
                reopened += changes.reopened.len();
                store.commit(changes).await?;
            }
        }
    }
}

impl Replay {
    /// The same, writing what differs: new events come into the inbox at the time their delivery came,
    /// changed messages are rewritten, and kept events that are understood now are dropped. Doing it
    /// twice does nothing more.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.applies = true;
        self
    }

    /// The same, telling also what this decoder gave and the newer one does not.
    #[must_use]
    pub fn compared_with(mut self, earlier: impl Webhook) -> Self {
        self.earlier = Some(Arc::new(earlier));
        self
    }

    /// The same, with the events themselves: content.
    #[must_use]
    pub fn with_events(mut self) -> Self {
        self.with_events = true;
        self
    }

    /// The same, going on after this delivery.
    #[must_use]
    pub fn after(mut self, delivery: DeliveryId) -> Self {
        self.after = Some(delivery);
        self
    }

    /// The last delivery that was read again: where to go on after, also in another process.
    #[must_use]
    pub fn position(&self) -> Option<&DeliveryId> {
        self.after.as_ref()
    }

    /// The next page; none at the end. After an error it is done again when called again. Deliveries are
    /// read a page at a time; of kept events that nobody understood, the whole list is held in memory.
    ///
    /// # Errors
    ///
    /// When the store fails, or a message was written by somebody else in between.
    pub async fn next_page(&mut self) -> Result<Option<Replayed>, Error> {
        let store = self.desk.store();
        let after = self.after.as_ref();
        let page = store.deliveries(&self.webhook, after, PAGE).await?;
        let Some(last) = page.last().map(|delivery| delivery.id.clone()) else {
            return Ok(None);
        };
        if self.kept.is_none() {
            self.kept = Some(self.read_kept().await?);
        }
        let mut replayed = Replayed::default();
        for delivery in page {
            replayed.deliveries += 1;
            self.one(&delivery, &mut replayed).await?;
        }
        self.after = Some(last);
        Ok(Some(replayed))
    }

    async fn read_kept(&self) -> Result<HashMap<DeliveryId, Vec<(u64, Event)>>, Error> {
        let store = self.desk.store();
        let (mut all, mut after) = (HashMap::<_, Vec<_>>::new(), 0);
        loop {
            let page = store.kept(after, KEPT).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = last.seq;
            for entry in page {
                let unknown = matches!(entry.event.kind, EventKind::Unknown(_));
                if let (true, Some(id)) = (unknown, entry.event.provenance.delivery.clone()) {
                    all.entry(id).or_default().push((entry.seq, entry.event));
                }
            }
        }
    }

    async fn one(&mut self, raw: &RawDelivery, told: &mut Replayed) -> Result<(), Error> {
        // An empty body stands for one that the default tenant has.
        let decoded = match raw.body.is_empty() {
            true => None,
            false => self.decoder.decode(&raw.id, &raw.body, raw.received_at),
        };
        let Some(events) = decoded else {
            told.undecodable += 1;
            return Ok(());
        };
        let own = self.desk.tenant_id();
        let mut by_tenant: BTreeMap<TenantId, Vec<Event>> = BTreeMap::new();
        for mut event in events {
            let tenant = self.desk.tenant_of(&event.account);
            if tenant == *own || *own == TenantId::default() {
                event.provenance.delivery = Some(raw.id.clone());
                told.events += 1;
                by_tenant.entry(tenant).or_default().push(event);
            }
        }
        let named = |event: &Event| (event.account.clone(), event.key());
        let given: HashSet<_> = by_tenant.values().flatten().map(named).collect();
        for (tenant, events) in by_tenant {
            self.of_tenant(raw, tenant, events, told).await?;
        }
        let earlier = self.earlier.as_ref();
        let earlier = earlier.and_then(|old| old.decode(&raw.id, &raw.body, raw.received_at));
        let mut gone: HashMap<_, _> = earlier
            .into_iter()
            .flatten()
            .filter(|event| {
                let tenant = self.desk.tenant_of(&event.account);
                tenant == *own || *own == TenantId::default()
            })
            .map(|event| (named(&event), event))
            .collect();
        let kept = self.kept.as_ref().and_then(|kept| kept.get(&raw.id));
        let mut dropped = Vec::new();
        for (seq, event) in kept.into_iter().flatten() {
            if !given.contains(&named(event)) {
                dropped.push(*seq);
                gone.insert(named(event), event.clone());
            }
        }
        gone.retain(|name, _| !given.contains(name));
        let mut gone: Vec<_> = gone.into_iter().collect();
        gone.sort_by(|(a, _), (b, _)| a.cmp(b));
        let gone = gone.into_iter().map(|(_, event)| self.differs(raw, event));
        told.gone.extend(gone);
        if self.applies && !dropped.is_empty() {
            let mut changes = Changes::default();
            changes.dropped = dropped;
            self.desk.store().commit(changes).await?;
            if let Some(kept) = &mut self.kept {
                kept.remove(&raw.id);
            }
        }
        Ok(())
    }

    async fn of_tenant(
        &self,
        raw: &RawDelivery,
        tenant: TenantId,
        events: Vec<Event>,
        told: &mut Replayed,
    ) -> Result<(), Error> {
        let store = self.desk.tenant(tenant).store();
        let known = store.known_events(&events).await?;
        let mut wanted = Wanted::default();
        for (event, known) in events.iter().zip(&known) {
            if let (EventKind::Message(message), true) = (&event.kind, known) {
                wanted.messages.insert(message.key.clone());
            }
        }
        let mut loaded = match wanted.is_empty() {
            true => HashMap::new(),
            false => store.load(&wanted).await?.messages,
        };
        let (mut changes, mut new) = (Changes::default(), Vec::new());
        for (event, known) in events.into_iter().zip(known) {
            if !known {
                told.new.push(self.differs(raw, event.clone()));
                new.push(event);
                continue;
            }
            let EventKind::Message(message) = &event.kind else {
                continue;
            };
            let Some(mut row) = loaded.remove(&message.key) else {
                continue;
            };
            if let Some(now) = rewritten(&row, message) {
                told.changed.push(self.differs(raw, event));
                row.value.message = Some(now);
                changes.messages.push(row);
            }
        }
        if !self.applies {
            return Ok(());
        }
        if !new.is_empty() {
            changes.arrivals.push(Arrival::new(raw.received_at, new));
        }
        if !changes.is_empty() {
            for arrived in store.commit(changes).await?.arrivals {
                self.desk.count(arrived);
            }
            self.desk.parts.wake.notify_one();
        }
        Ok(())
    }

    fn differs(&self, raw: &RawDelivery, event: Event) -> Difference {
        let (kind, message) = match &event.kind {
            EventKind::Message(message) => ("message", Some(&message.key)),
            EventKind::Visibility { message, .. } => ("visibility", Some(message)),
            EventKind::Reaction { message, .. } => ("reaction", Some(message)),
            EventKind::Status { message, .. } => ("status", Some(message)),
            EventKind::StatusUntil { .. } => ("status_until", None),
            EventKind::Handle { .. } => ("handle", None),
            EventKind::ThreadControl { .. } => ("thread_control", None),
            EventKind::Account { .. } => ("account", None),
            EventKind::Action { .. } => ("action", None),
            _ => ("unknown", None),
        };
        Difference {
            delivery: raw.id.clone(),
            account: event.account.clone(),
            kind,
            message: message.cloned(),
            event: self.with_events.then_some(event),
        }
    }
}

/// The message as a newer decoder reads it, with what we have learnt of it since; none where it says
/// the same, where a later revision stands, or where its content was removed.
fn rewritten(row: &Versioned<aspa_store::MessageRecord>, message: &Message) -> Option<Message> {
    if row.value.erased_at.is_some() {
        return None;
    }
    let old = row.value.message.as_ref()?;
    if old.revision != message.revision {
        return None;
    }
    let mut new = message.clone();
    new.times.received = old.times.received;
    new.times.applied = old.times.applied;
    new.visibility.clone_from(&old.visibility);
    new.effect.clone_from(&old.effect);
    new.reply.clone_from(&old.reply);
    (new != *old).then_some(new)
}
