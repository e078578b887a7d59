use std::collections::{BTreeSet, VecDeque};
use std::future::{Future, pending, poll_fn};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use aspa_store::{Position, Recorded};
use aspa_types::{AccountId, TenantId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::Instrument;

use crate::desk::Desk;
use crate::error::Error;
use crate::intake::Batch;
use crate::meter;
use crate::pace::Pace;

/// How long a worker sleeps at most before it looks again: what another process wrote wakes nobody
/// here unless the store hears of it.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a worker left when it had to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Events that were claimed and not decided: given back, so that another worker has them at once.
    pub events: usize,
    /// Effects whose end was not known when the grace was over: they may have happened, and whoever has
    /// them next looks first.
    pub effects: usize,
}

/// What is done for a tenant whenever something has happened, where the tenant wants it.
#[derive(Debug, Clone, Copy)]
enum Chore {
    /// Gives what waits to those who have room.
    Assigning,
    /// Goes on with those who are being asked who they are.
    Asking,
    /// Finds customers who may have answered others.
    Helping,
    /// Finds news of what people follow.
    Noticing,
    /// Tells them outside the desk.
    Telling,
}

impl Chore {
    fn name(self) -> &'static str {
        match self {
            Self::Assigning => "assignment",
            Self::Asking => "asking",
            Self::Helping => "help",
            Self::Noticing => "notices",
            Self::Telling => "telling",
        }
    }
}

/// When a worker is to stop, and when it must.
#[derive(Clone)]
pub(crate) struct Stops {
    told: watch::Receiver<bool>,
    over: watch::Receiver<bool>,
}

impl Stops {
    pub(crate) fn told(&self) -> bool {
        *self.told.borrow()
    }

    pub(crate) fn over(&self) -> watch::Receiver<bool> {
        self.over.clone()
    }

    /// Until it is to stop.
    pub(crate) async fn wait(&self) {
        until_true(&mut self.told.clone()).await;
    }

    /// Until its grace is over.
    pub(crate) async fn wait_over(&self) {
        until_true(&mut self.over.clone()).await;
    }
}

/// Waits until it says so; for ever where nobody is left who could.
pub(crate) async fn until_true(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|is| *is).await.is_err() {
        pending::<()>().await;
    }
}

impl Desk {
    /// Does everything by itself until `shutdown` is done: polls each account every `poll_every`, reads
    /// CRMs as often as [they are to be](crate::CrmAccount::read_every), decides what comes in, performs
    /// effects and fires timers.
    ///
    /// Then it claims nothing more, and what is under way has the [grace](crate::DeskBuilder::grace) to
    /// end, but for polls, which are left. What was claimed and not begun is given back, so that another
    /// worker has it at once; it says what it left. Nothing is lost by stopping at any time.
    ///
    /// Failures of channels and stores are said once and tried again, less and less often up to every
    /// five seconds; they do not end it. A channel that does not answer holds up nothing but itself.
    pub async fn run(&self, poll_every: Duration, shutdown: impl Future<Output = ()>) -> Left {
        let (tell, told) = watch::channel(false);
        let (end, over) = watch::channel(false);
        let (gone, all_gone) = watch::channel(false);
        let stops = Stops { told, over };
        self.parts.stopping.store(false, Ordering::SeqCst);
        let work = async {
            let left = tokio::join!(
                self.keep_deciding(&stops),
                self.keep_performing(&stops),
                self.keep_time(&stops),
                self.keep_at(Chore::Assigning, &stops),
                self.keep_at(Chore::Asking, &stops),
                self.keep_at(Chore::Helping, &stops),
                self.keep_at(Chore::Noticing, &stops),
                self.keep_at(Chore::Telling, &stops),
                self.keep_watching(&stops),
                self.arm(&stops),
                self.keep_tidy(&stops),
                self.keep_polling_all(poll_every, &stops),
                self.keep_reading_all(&stops),
            );
            self.write_all_down().await;
            gone.send_replace(true);
            Left {
                events: left.0,
                effects: left.1,
            }
        };
        let stop = async {
            shutdown.await;
            self.parts.stopping.store(true, Ordering::SeqCst);
            tell.send_replace(true);
            let mut all_gone = all_gone;
            let ended = until_true(&mut all_gone);
            if timeout(self.parts.grace, ended).await.is_err() {
                end.send_replace(true);
            }
        };
        let ((), left) = tokio::join!(stop, work);
        if left != Left::default() {
            let Left { events, effects } = left;
            tracing::warn!(events, effects, "stopped with work under way");
        }
        left
    }

    /// What was promised may have changed since this store was last run. Tried until it is done: a
    /// store may be away just when a worker starts.
    async fn arm(&self, stops: &Stops) {
        let own = self.tenant_id().clone();
        let tenants: BTreeSet<TenantId> =
            self.parts.tenants.values().cloned().chain([own]).collect();
        let mut pace = Pace::new("due times");
        for tenant in tenants {
            let desk = self.tenant(tenant);
            loop {
                let armed = tokio::select! {
                    armed = desk.rearm() => armed,
                    () = stops.wait() => return,
                };
                let wait = match armed {
                    Ok(changed) => {
                        pace.went_well();
                        if changed > 0 {
                            tracing::info!(changed, "due times follow another promise");
                        }
                        break;
                    }
                    Err(error) => pace.failed(&error),
                };
                tokio::select! {
                    () = stops.wait() => return,
                    () = sleep(wait) => {}
                }
            }
        }
    }

    /// Goes on with what was begun about people who want to be forgotten.
    async fn keep_tidy(&self, stops: &Stops) {
        let own = self.tenant_id().clone();
        let tenants: BTreeSet<TenantId> =
            self.parts.tenants.values().cloned().chain([own]).collect();
        let mut pace = Pace::new("erasures");
        while !stops.told() {
            for tenant in &tenants {
                let desk = self.tenant(tenant.clone());
                let tidied = tokio::select! {
                    tidied = desk.tidy_and_sweep() => tidied,
                    () = stops.wait_over() => return,
                };
                match tidied {
                    Ok(_) => pace.went_well(),
                    Err(error) => drop(pace.failed(&error)),
                }
            }
            tokio::select! {
                () = stops.wait() => {}
                () = sleep(crate::privacy::LOOK) => {}
            }
        }
    }

    /// Polls every account on a task of its own: what one channel's page takes to read holds up neither
    /// the others nor what is decided.
    async fn keep_polling_all(&self, every: Duration, stops: &Stops) {
        let mut polling = JoinSet::new();
        for account in self.parts.channels.keys() {
            let (desk, account, stops) = (self.clone(), account.clone(), stops.clone());
            let keep = async move { desk.keep_polling(&account, every, &stops).await };
            polling.spawn(keep.in_current_span());
        }
        // What panics there ends the worker, as it would here.
        polling.join_all().await;
    }

    async fn keep_polling(&self, account: &AccountId, every: Duration, stops: &Stops) {
        let mut pace = Pace::new("poll");
        while !stops.told() {
            let (mut wait, mut hears) = (every, true);
            if self.room().await.is_err() {
                // What is there already comes first.
                meter::polled(account.as_str(), "slowed");
                wait = wait.max(LOOK_AGAIN);
                hears = false;
            } else {
                let polled = tokio::select! {
                    polled = self.poll(account) => polled,
                    () = stops.wait() => return,
                };
                match polled {
                    Ok(polled) => {
                        pace.went_well();
                        if polled.more {
                            continue;
                        }
                    }
                    Err(Error::Channel(error))
                        if *error.kind() == aspa_channel::ErrorKind::Unsupported =>
                    {
                        return;
                    }
                    Err(error) => {
                        pace.failed(&format_args!("{account}: {error}"));
                        if let Error::Channel(error) = error {
                            wait = wait.max(error.retry_after().unwrap_or_default());
                        }
                        hears = false;
                    }
                }
            }
            tokio::select! {
                () = stops.wait() => {}
                () = sleep(wait) => {}
                () = self.told(account), if hears => {}
            }
        }
    }

    /// Until the network of an account tells that polling is worth it, not at once after a poll; for ever
    /// where it does not tell, or cannot be heard now.
    async fn told(&self, account: &AccountId) {
        sleep(LOOK_AGAIN).await;
        match self.parts.channels.get(account) {
            Some(channel) if channel.changed().await.is_ok() => {}
            _ => pending().await,
        }
    }

    /// Decides what comes in until told to stop; returns how much was given back.
    async fn keep_deciding(&self, stops: &Stops) -> usize {
        let mut pace = Pace::new("inbox");
        // What was claimed when something failed: given back before more is claimed.
        let mut held: Vec<Batch> = Vec::new();
        let mut ahead = None;
        while !stops.told() {
            self.parts.beats.beat("inbox");
            // Asked for before looking, so that nothing is missed in between.
            let changed = self.parts.store.changed();
            let mut failed = self.give_back_held(&mut held).await.err();
            if failed.is_none() {
                let batch = match ahead.take() {
                    Some(batch) => Ok(batch),
                    None => self.claim_batch().await,
                };
                match batch {
                    Err(error) => failed = Some(error),
                    Ok(batch) => {
                        let decided = tokio::select! {
                            decided = self.decide_and_claim(&batch, &mut ahead) => decided,
                            () = stops.wait_over() => {
                                held.push(batch);
                                break;
                            }
                        };
                        match decided {
                            Ok(decided) => {
                                pace.went_well();
                                if decided > 0 {
                                    continue;
                                }
                            }
                            Err(error) => {
                                failed = Some(error);
                                held.push(batch);
                            }
                        }
                    }
                }
            }
            held.extend(ahead.take());
            let nap = failed.map_or(LOOK_AGAIN, |error| pace.failed(&error));
            tokio::select! {
                () = stops.wait() => {}
                () = self.parts.wake.inbox.notified(), if held.is_empty() => {}
                () = changed, if held.is_empty() => {}
                () = sleep(nap) => {}
            }
        }
        self.parts.beats.end("inbox");
        held.extend(ahead);
        let left = held.iter().map(|batch| batch.entries.len()).sum();
        if let Err(error) = self.give_back_held(&mut held).await {
            tracing::warn!(%error, "events are left to the end of their lease");
        }
        left
    }

    async fn give_back_held(&self, held: &mut Vec<Batch>) -> Result<(), Error> {
        while let Some(batch) = held.last() {
            self.release_batch(batch).await?;
            held.pop();
        }
        Ok(())
    }

    /// Fires timers, and ends what nobody decided in time.
    async fn keep_time(&self, stops: &Stops) {
        let mut pace = Pace::new("timers");
        while !stops.told() {
            self.parts.beats.beat("timers");
            let round = async {
                self.tick().await?;
                self.lapse().await
            };
            let done = tokio::select! {
                done = round => done,
                () = stops.wait_over() => return,
            };
            let nap = match done {
                Ok(_) => {
                    pace.went_well();
                    self.nap().await
                }
                Err(error) => pace.failed(&error),
            };
            tokio::select! {
                () = stops.wait() => {}
                () = self.parts.wake.timers.notified() => {}
                () = sleep(nap) => {}
            }
        }
        self.parts.beats.end("timers");
    }

    /// Does a chore for every tenant: whenever something was committed, and each second, since shifts
    /// begin, times of grace end and quiet hours are over by the clock alone.
    async fn keep_at(&self, chore: Chore, stops: &Stops) {
        let own = self.tenant_id().clone();
        let tenants: BTreeSet<TenantId> =
            self.parts.tenants.values().cloned().chain([own]).collect();
        let mut pace = Pace::new(chore.name());
        while !stops.told() {
            self.parts.beats.beat(chore.name());
            // Asked for before looking, so that nothing is missed in between.
            let news = self.parts.news.notified();
            let mut news = std::pin::pin!(news);
            news.as_mut().enable();
            let changed = self.parts.store.changed();
            let began = Instant::now();
            let mut wanted = false;
            let mut failed = None;
            for tenant in &tenants {
                let desk = self.tenant(tenant.clone());
                let done = tokio::select! {
                    done = desk.do_chore(chore) => done,
                    () = stops.wait_over() => return,
                };
                match done {
                    Ok(is) => wanted |= is,
                    Err(error) => failed = Some(error),
                }
            }
            let nap = match &failed {
                None => {
                    pace.went_well();
                    LOOK_AGAIN
                }
                Some(error) => pace.failed(error),
            };
            let wakes = wanted && failed.is_none();
            // A long line is not looked through more than half of the time.
            let rest = began.elapsed().min(nap);
            tokio::select! {
                () = stops.wait() => continue,
                () = sleep(rest) => {}
            }
            tokio::select! {
                () = stops.wait() => {}
                () = news, if wakes => {}
                () = changed, if wakes => {}
                () = sleep(nap - rest) => {}
            }
        }
        self.parts.beats.end(chore.name());
    }

    /// Whether a tenant wants it done.
    async fn do_chore(&self, chore: Chore) -> Result<bool, Error> {
        match chore {
            Chore::Assigning => self.assign_by_itself().await,
            Chore::Asking => self.go_on_asking().await.map(|_| false),
            Chore::Helping => self.find_help_by_itself().await,
            Chore::Noticing => self.notice_by_itself().await,
            Chore::Telling => self.tell_by_itself().await,
        }
    }

    /// Measures, each second.
    async fn keep_watching(&self, stops: &Stops) {
        while !stops.told() {
            self.health().await;
            tokio::select! {
                () = stops.wait() => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    pub(crate) async fn nap(&self) -> Duration {
        let wakeup = self.parts.store.next_wakeup().await.ok().flatten();
        let until = wakeup.map(|at| (at - self.now()).to_std().unwrap_or_default());
        // Something overdue that could not be done now is not tried again at once.
        let until = until.filter(|nap| !nap.is_zero());
        until.map_or(LOOK_AGAIN, |nap| nap.min(LOOK_AGAIN))
    }

    /// Where the log ends now: to [`subscribe`](Self::subscribe) to what happens from now on. Found by
    /// halving, with at most 63 small reads, however long the log is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn newest(&self) -> Result<Position, Error> {
        let (mut low, mut high) = (0, i64::MAX.unsigned_abs());
        while low < high {
            let middle = low + (high - low) / 2;
            let after = self.parts.store.log(Position(middle), 1).await?;
            match after.first() {
                Some(entry) => low = entry.position.0.max(middle + 1),
                None => high = middle,
            }
        }
        Ok(Position(low))
    }

    /// Follows the log of this tenant from a position on: everything after it, in order, then what
    /// happens next, for as long as it is asked.
    #[must_use]
    pub fn subscribe(&self, after: Position) -> Subscription {
        Subscription {
            desk: self.clone(),
            after,
            ready: VecDeque::new(),
        }
    }
}

/// Drives all of them until each has ended.
pub(crate) async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut all = Poll::Ready(());
        for (future, ended) in running.iter_mut().filter(|(_, ended)| ended.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *ended = Some(value),
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    })
    .await;
    running.into_iter().filter_map(|(_, ended)| ended).collect()
}

/// Follows a desk's log.
#[derive(Debug)]
pub struct Subscription {
    desk: Desk,
    after: Position,
    ready: VecDeque<Recorded>,
}

impl Subscription {
    /// Where to go on after the last entry that was given: kept by whoever subscribes.
    #[must_use]
    pub fn position(&self) -> Position {
        self.after
    }

    /// The next entry; waits until there is one. Safe to drop and call again.
    ///
    /// # Errors
    ///
    /// When the store fails; calling again goes on at the same place.
    pub async fn next(&mut self) -> Result<Recorded, Error> {
        loop {
            if let Some(recorded) = self.ready.pop_front() {
                self.after = recorded.position;
                return Ok(recorded);
            }
            let news = self.desk.parts.news.notified();
            let mut news = std::pin::pin!(news);
            news.as_mut().enable();
            let changed = self.desk.parts.store.changed();
            let mut from = self.after;
            loop {
                let entries = self.desk.parts.store.log(from, 100).await?;
                let Some(last) = entries.last() else { break };
                from = last.position;
                let ours = entries
                    .into_iter()
                    .filter(|e| e.tenant == *self.desk.tenant_id());
                self.ready.extend(ours);
                if !self.ready.is_empty() {
                    break;
                }
            }
            if self.ready.is_empty() {
                self.after = from;
                // Another process may have written: look again now and then.
                tokio::select! {
                    () = news => {}
                    () = changed => {}
                    () = sleep(LOOK_AGAIN) => {}
                }
            }
        }
    }
}
