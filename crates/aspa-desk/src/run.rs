use std::collections::{BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use aspa_store::{Position, Recorded};
use aspa_types::{AccountId, TenantId};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::desk::Desk;
use crate::error::Error;
use crate::outbox::Delivered;

/// How long a worker sleeps at most before it looks again: what another process wrote wakes nobody
/// here unless the store hears of it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Desk {
    /// Does everything by itself until `shutdown` is done: polls each account every `poll_every`,
    /// decides what comes in, performs effects and fires timers. What is under way when it is told to
    /// stop ends first, but for polls, which are left; nothing is lost by stopping at any time.
    ///
    /// Failures of channels and stores are logged and tried again; they do not end it, and a channel
    /// that does not answer holds up nothing but itself.
    pub async fn run(&self, poll_every: Duration, shutdown: impl Future<Output = ()>) {
        let (stop, stopped) = watch::channel(false);
        let accounts = self.parts.channels.keys();
        let polling = accounts.map(|account| self.keep_polling(account, poll_every, &stopped));
        let all = async {
            tokio::join!(
                together(polling),
                self.keep_working(&stopped),
                self.arm(&stopped),
                self.keep_tidy(&stopped)
            )
        };
        let all = std::pin::pin!(all);
        let stop = async {
            shutdown.await;
            stop.send_replace(true);
        };
        tokio::join!(stop, all);
    }

    /// What was promised may have changed since this store was last run. Tried until it is done: a
    /// store may be away just when a worker starts.
    async fn arm(&self, stopped: &Stopped) {
        let own = self.tenant_id().clone();
        let tenants: BTreeSet<TenantId> =
            self.parts.tenants.values().cloned().chain([own]).collect();
        for tenant in tenants {
            let desk = self.tenant(tenant);
            loop {
                match desk.rearm().await {
                    Ok(0) => break,
                    Ok(changed) => {
                        tracing::info!(changed, "due times follow another promise");
                        break;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "due times may be those of an earlier promise");
                    }
                }
                tokio::select! {
                    () = told(stopped) => return,
                    () = sleep(LOOK_AGAIN) => {}
                }
            }
        }
    }

    /// Goes on with what was begun about people who want to be forgotten.
    async fn keep_tidy(&self, stopped: &Stopped) {
        let own = self.tenant_id().clone();
        let tenants: BTreeSet<TenantId> =
            self.parts.tenants.values().cloned().chain([own]).collect();
        while !*stopped.borrow() {
            for tenant in &tenants {
                if let Err(error) = self.tenant(tenant.clone()).tidy().await {
                    tracing::warn!(%error, "an erasure waits");
                }
            }
            tokio::select! {
                () = told(stopped) => {}
                () = sleep(crate::privacy::LOOK) => {}
            }
        }
    }

    async fn keep_polling(&self, account: &AccountId, every: Duration, stopped: &Stopped) {
        while !*stopped.borrow() {
            let polled = tokio::select! {
                polled = self.poll(account) => polled,
                () = told(stopped) => return,
            };
            match polled {
                Ok(polled) if polled.more => continue,
                Ok(_) => {}
                Err(Error::Channel(error))
                    if *error.kind() == aspa_channel::ErrorKind::Unsupported =>
                {
                    return;
                }
                Err(error) => tracing::warn!(%account, %error, "poll failed"),
            }
            tokio::select! {
                () = told(stopped) => {}
                () = sleep(every) => {}
            }
        }
    }

    async fn keep_working(&self, stopped: &Stopped) {
        while !*stopped.borrow() {
            // Asked for before looking, so that nothing is missed in between.
            let changed = self.parts.store.changed();
            let more = self.round().await;
            if more {
                continue;
            }
            let nap = self.nap().await;
            tokio::select! {
                () = told(stopped) => {}
                () = self.parts.wake.notified() => {}
                () = changed => {}
                () = sleep(nap) => {}
            }
        }
    }

    /// One batch of everything. Returns whether there may be more right now.
    async fn round(&self) -> bool {
        let decided = self.work_some().await.unwrap_or_else(|error| {
            tracing::error!(%error, "inbox");
            0
        });
        if let Err(error) = self.tick().await {
            tracing::error!(%error, "timers");
        }
        if let Err(error) = self.lapse().await {
            tracing::error!(%error, "effects that nobody decided");
        }
        let mut delivered = Delivered::default();
        let performed = self
            .deliver_some(&mut delivered)
            .await
            .unwrap_or_else(|error| {
                tracing::error!(%error, "outbox");
                false
            });
        decided > 0 || performed
    }

    async fn nap(&self) -> Duration {
        let wakeup = self.parts.store.next_wakeup().await.ok().flatten();
        let until = wakeup.map(|at| (at - self.now()).to_std().unwrap_or_default());
        // Something overdue that could not be done now is not tried again at once.
        let until = until.filter(|nap| !nap.is_zero());
        until.map_or(LOOK_AGAIN, |nap| nap.min(LOOK_AGAIN))
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

type Stopped = watch::Receiver<bool>;

/// Waits until it is to stop.
async fn told(stopped: &Stopped) {
    // Whoever tells is gone only when it has stopped.
    let _ = stopped.clone().wait_for(|stopped| *stopped).await;
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
