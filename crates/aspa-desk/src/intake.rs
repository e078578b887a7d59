//! What comes in: deliveries and polls, kept first, decided from the inbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aspa_channel::{Delivery, ErrorKind, Received, Rejected, Webhook, answer};
use aspa_identity::Link;
use aspa_store::{Arrival, Arrived, Changes, Claim, InboxEntry, RawDelivery, Wanted};
use aspa_types::{AccountId, TenantId};
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use tokio::time::{Instant, timeout};

use crate::desk::Desk;
use crate::error::Error;
use crate::holds::POLL;
use crate::ingest::{self, Context};
use crate::meter;
use crate::parts::parts;
use crate::pressure::Full;
use crate::world::Known;

/// How many inbox entries are claimed together.
const BATCH: usize = 2000;
/// How many of them are decided together, as a rule.
const PART: usize = 500;
/// How many such parts are under way at a time.
const PARTS: usize = 4;
/// What was being done when a channel did not answer a poll in time.
const LATE: &str = "poll in time";
/// How often something is decided again when others keep being first.
const TRIES: usize = 32;

/// Entries of the inbox, and the wish that brought them.
#[derive(Debug)]
pub(crate) struct Batch {
    claim: Claim,
    pub(crate) entries: Vec<InboxEntry>,
}

/// What one poll brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Polled {
    /// Events that were new.
    pub new: usize,
    /// Events that were known.
    pub repeated: usize,
    /// What the channel could not understand.
    pub rejected: Vec<Rejected>,
    /// Whether more is waiting right now.
    pub more: bool,
}

/// What was decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worked {
    /// Inbox entries.
    pub events: usize,
}

impl Desk {
    /// Receives a delivery: checks it, keeps it durably with every event of it, and only then gives
    /// the answer. A delivery that is known is answered and has no effect. A body that is too long is
    /// answered 413; where the store is away, or too much waits, the answer is 503 with `Retry-After`,
    /// so that the network delivers again: nothing of it is kept.
    pub async fn receive(&self, name: &str, delivery: Delivery) -> http::Response<Bytes> {
        let Some(webhook) = self.parts.webhooks.get(name) else {
            meter::deliveries("", "not_found");
            return answer(StatusCode::NOT_FOUND, "no such webhook");
        };
        let (answer, outcome) = self.take(name, webhook.as_ref(), delivery).await;
        meter::deliveries(name, outcome);
        answer
    }

    #[tracing::instrument(name = "receive", skip_all, fields(webhook = name))]
    async fn take(
        &self,
        name: &str,
        webhook: &dyn Webhook,
        delivery: Delivery,
    ) -> (http::Response<Bytes>, &'static str) {
        let bytes = delivery.body().len();
        if bytes > self.parts.pressure.longest {
            let answer = answer(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
            return (answer, "too_large");
        }
        let _room = match self.parts.pressure.admit(bytes) {
            Ok(room) => room,
            Err(full) => return (full.answer(), full.outcome()),
        };
        let now = self.now();
        match webhook.receive(&delivery, now) {
            Received::Accepted {
                answer: ok,
                id,
                events,
            } => {
                if let Err(full) = self.room().await {
                    return (full.answer(), full.outcome());
                }
                self.parts.accounts.heard(&events, now);
                let body = delivery.into_body().to_vec();
                let raw = RawDelivery::new(name.into(), id, now, body);
                match self.keep(raw, events).await {
                    Ok(true) => (ok, "known"),
                    Ok(false) => (ok, "accepted"),
                    Err(error) => {
                        // That the store is away was said once.
                        tracing::debug!(%error, "delivery could not be kept");
                        (Full::Store.answer(), Full::Store.outcome())
                    }
                }
            }
            Received::Handshake { answer } => (answer, "handshake"),
            Received::Refused { answer, reason } => {
                self.parts.counters.refused.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%reason, "delivery refused");
                (answer, "refused")
            }
            _ => (
                answer(StatusCode::NOT_IMPLEMENTED, "not understood"),
                "not_understood",
            ),
        }
    }

    /// Returns whether the delivery was known.
    async fn keep(
        &self,
        raw: RawDelivery,
        events: Vec<aspa_channel::Event>,
    ) -> Result<bool, Error> {
        let mut by_tenant: BTreeMap<TenantId, Vec<aspa_channel::Event>> = BTreeMap::new();
        for event in events {
            by_tenant
                .entry(self.tenant_of(&event.account))
                .or_default()
                .push(event);
        }
        if by_tenant.is_empty() {
            by_tenant.insert(TenantId::default(), Vec::new());
        }
        // What was sent for several tenants is nobody's alone: whole it belongs to the host.
        let shared = by_tenant.len() > 1;
        if shared {
            by_tenant.entry(TenantId::default()).or_default();
        }
        let mut known = true;
        for (tenant, events) in by_tenant {
            let mut arrival = Arrival::new(raw.received_at, events);
            let mut delivery = raw.clone();
            if shared && tenant != TenantId::default() {
                delivery.body.clear();
            }
            arrival.delivery = Some(delivery);
            let store = self.parts.store.tenant(&tenant);
            for arrived in store.commit(Changes::arrive(vec![arrival])).await?.arrivals {
                known &= arrived.known_delivery;
                self.count(arrived);
            }
        }
        let counters = &self.parts.counters;
        let counter = match known {
            true => &counters.known_deliveries,
            false => &counters.deliveries,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.parts.wake.notify_one();
        Ok(known)
    }

    pub(crate) fn count(&self, arrived: Arrived) {
        meter::events(arrived.new, arrived.repeated);
        self.parts.pressure.came(arrived.new);
        let add = |counter: &AtomicU64, n: usize| counter.fetch_add(n as u64, Ordering::Relaxed);
        add(&self.parts.counters.events, arrived.new);
        add(&self.parts.counters.repeated_events, arrived.repeated);
    }

    pub(crate) fn tenant_of(&self, account: &AccountId) -> TenantId {
        self.parts.tenants.get(account).cloned().unwrap_or_default()
    }

    /// Reads one page from an account and keeps it, together with where to go on, in one write. The
    /// default tenant's desk is the host's: it reads every account, others their own.
    ///
    /// # Errors
    ///
    /// When the account is unknown, the channel fails, does not answer in time, or the store does.
    /// Polling again is harmless.
    pub async fn poll(&self, account: &AccountId) -> Result<Polled, Error> {
        let polled = self.poll_once(account).await;
        if matches!(polled, Err(Error::UnknownAccount(_))) {
            return polled;
        }
        let now = self.now();
        let outcome = match &polled {
            Ok(_) => {
                self.parts.accounts.worked(account, now);
                "ok"
            }
            Err(Error::Channel(error)) => {
                self.parts.accounts.failed(account, error, now);
                match error.operation() {
                    LATE => "timed_out",
                    _ => "failed",
                }
            }
            Err(_) => "failed",
        };
        meter::polled(account.as_str(), outcome);
        polled
    }

    #[tracing::instrument(name = "poll", skip_all, fields(%account))]
    async fn poll_once(&self, account: &AccountId) -> Result<Polled, Error> {
        let owner = self.tenant(self.tenant_of(account));
        let host = self.tenant == TenantId::default();
        let channel = match host {
            true => owner.channel(account),
            false => self.channel(account),
        }?;
        owner.take_up(channel.as_ref()).await?;
        let now = self.now();
        if let Some(until) = self.parts.holds.until(account, POLL, now) {
            let wait = (until - now).to_std().unwrap_or_default();
            let held = aspa_channel::Error::new(ErrorKind::Throttled, "poll");
            return Err(held.with_retry_after(wait).into());
        }
        let store = owner.store();
        let source: Arc<str> = format!("channel {account}").into();
        let cursor = store.cursor(&source).await?;
        let limit = self.parts.answer_within;
        let page = timeout(limit, channel.poll(cursor.as_ref())).await;
        let page = page.unwrap_or_else(|_| {
            let error = aspa_channel::Error::new(ErrorKind::Unavailable, LATE);
            Err(error.with("after", format_args!("{} s", limit.as_secs_f32())))
        });
        if let Err(error) = &page {
            self.parts.holds.failed(account, POLL, error, self.now());
        }
        owner.write_down(channel.as_ref(), false).await;
        let page = page?;
        self.parts.accounts.heard(&page.events, self.now());
        let mut polled = Polled {
            rejected: page.rejected,
            more: page.more,
            ..Polled::default()
        };
        if page.events.is_empty() && (page.next.is_none() || page.next == cursor) {
            return Ok(polled);
        }
        let mut arrival = Arrival::new(self.now(), page.events);
        arrival.cursor = page.next.map(|next| (source, next));
        for arrived in store.commit(Changes::arrive(vec![arrival])).await?.arrivals {
            polled.new += arrived.new;
            polled.repeated += arrived.repeated;
            self.count(arrived);
        }
        self.parts.wake.notify_one();
        Ok(polled)
    }

    /// Decides what waits in the inbox, until nothing does.
    ///
    /// # Errors
    ///
    /// When the store fails. What was not decided stays in the inbox.
    pub async fn work(&self) -> Result<Worked, Error> {
        let mut worked = Worked::default();
        let (mut batch, mut ahead) = (self.claim_batch().await?, None);
        loop {
            let decided = self.decide_and_claim(&batch, &mut ahead).await;
            worked.events += *decided.as_ref().unwrap_or(&0);
            let next = ahead.take();
            if !matches!(decided, Ok(1..)) {
                if let Some(next) = next {
                    self.release_batch(&next).await?;
                }
                return decided.map(|_| worked);
            }
            batch = match next {
                Some(next) => next,
                None => self.claim_batch().await?,
            };
        }
    }

    pub(crate) async fn claim_batch(&self) -> Result<Batch, Error> {
        let claim = self.wish();
        let entries = self.parts.store.claim_inbox(claim).await?;
        Ok(Batch { claim, entries })
    }

    /// Gives back what was not decided, so that another worker can go on with it.
    pub(crate) async fn release_batch(&self, batch: &Batch) -> Result<(), Error> {
        let (claim, entries) = (batch.claim, &batch.entries);
        Ok(self.parts.store.release_inbox(claim, entries).await?)
    }

    /// Decides a batch; returns how much of it was decided. Where more surely waits, the next batch is
    /// claimed meanwhile: the store is idle while this one is thought about.
    pub(crate) async fn decide_and_claim(
        &self,
        batch: &Batch,
        ahead: &mut Option<Batch>,
    ) -> Result<usize, Error> {
        // Without a lease, what is claimed now would be the same again.
        if batch.entries.len() < BATCH || self.parts.lease <= TimeDelta::zero() {
            return self.decide_claimed(&batch.entries).await;
        }
        let claim = async {
            // What fails is tried again when this batch is done.
            *ahead = self.claim_batch().await.ok();
        };
        tokio::join!(self.decide_claimed(&batch.entries), claim).0
    }

    /// What is claimed from the inbox at once.
    fn wish(&self) -> Claim {
        Claim {
            now: self.now(),
            lease: self.parts.lease,
            limit: BATCH,
        }
    }

    /// Decides what was claimed; returns how much of it was decided. What cannot be read by this
    /// version, with what it is about, is left in the inbox and holds up nothing else.
    async fn decide_claimed(&self, claimed: &[InboxEntry]) -> Result<usize, Error> {
        // Side by side: the store writes one part while another is thought about.
        let mut deciding = Vec::new();
        for part in parts(claimed, PART) {
            if let Some(first) = part.first() {
                let desk = self.tenant(first.tenant.clone());
                deciding.push(async move { desk.decide_readable(part).await }.boxed());
            }
        }
        let mut deciding = stream::iter(deciding).buffer_unordered(PARTS);
        let (mut failed, mut events) = (None, 0);
        while let Some(decided) = deciding.next().await {
            // What fails for one is not in the way of the others.
            match decided {
                Err(error) => failed = failed.or(Some(error)),
                Ok(decided) => events += decided,
            }
        }
        if events > 0 {
            self.parts.news.notify_waiters();
        }
        failed.map_or(Ok(events), Err)
    }

    /// Decides entries of one tenant together, and where something cannot be read in halves, down to
    /// the entries that need it.
    async fn decide_readable(&self, entries: Vec<&InboxEntry>) -> Result<usize, Error> {
        let (mut decided, mut batches) = (0, vec![entries]);
        while let Some(mut entries) = batches.pop() {
            let began = Instant::now();
            let done = self.decide(&entries).await;
            let (took, count) = (began.elapsed(), entries.len());
            match done {
                Ok(()) => {
                    meter::decided(count, "ok", took);
                    decided += count;
                }
                Err(error) if error.is_conflict() => {
                    meter::decided(count, "conflict", took);
                    tracing::warn!("another worker decided the batch when its lease had ended");
                    decided += count;
                }
                Err(Error::Store(error)) if error.is_unreadable() => {
                    meter::decided(count, "failed", took);
                    if count == 1 {
                        let seq = entries.first().map(|entry| entry.seq);
                        tracing::error!(?seq, %error, "left in the inbox");
                        continue;
                    }
                    let later = entries.split_off(count / 2);
                    batches.extend([later, entries]);
                }
                Err(error) => {
                    meter::decided(count, "failed", took);
                    return Err(error);
                }
            }
        }
        Ok(decided)
    }

    #[tracing::instrument(name = "decide", skip_all, fields(entries = entries.len()))]
    async fn decide(&self, entries: &[&InboxEntry]) -> Result<(), Error> {
        let again = self.told_again(entries).await?;
        let replica = self.replica().await?;
        let foreseen = ingest::foresee(entries);
        let automation = self.automation().await?;
        let now = self.now();
        let decide = |known: &Known| {
            let (rules, sla) = (self.parts.rules, self.parts.sla.as_ref());
            let context = Context {
                rules,
                sla,
                replica: &replica,
                again: &again,
                automation: automation.as_deref(),
                now,
            };
            Ok(ingest::decide(entries, known, &context))
        };
        let links = self.settle(foreseen, decide).await?;
        self.teach(&replica, &links).await
    }

    /// Loads, decides and commits; again with more loaded where something was missing, and again from
    /// the start where somebody else was first.
    pub(crate) async fn settle(
        &self,
        foreseen: Wanted,
        decide: impl Fn(&Known) -> Result<Result<Changes, Box<Wanted>>, Error>,
    ) -> Result<Vec<Link>, Error> {
        let store = self.store();
        let mut tries = 0;
        loop {
            let mut known = Known::default();
            let mut wanted = foreseen.clone();
            let changes = loop {
                let loaded = store.load(&wanted).await?;
                known.learn(wanted, loaded);
                let missing = match decide(&known)? {
                    Ok(mut changes) => match self.write_back(&known, &mut changes).await? {
                        Ok(()) => break changes,
                        Err(missing) => missing,
                    },
                    Err(missing) => missing,
                };
                wanted = known.lacks(*missing);
            };
            if changes.is_empty() {
                return Ok(Vec::new());
            }
            let links = changes.links.iter().map(|row| row.value.clone()).collect();
            tries += 1;
            match store.commit(changes).await.map_err(Error::from) {
                Ok(_) => {
                    self.parts.wake.notify_one();
                    return Ok(links);
                }
                Err(error) if error.is_conflict() && tries < TRIES => {
                    tracing::debug!(tries, "decided again: somebody else was first");
                }
                Err(error) => return Err(error),
            }
        }
    }
}
