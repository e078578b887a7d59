use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use aspa_store::{Position, Recorded};
use tokio::time::{Instant, sleep, timeout};

use crate::desk::Desk;
use crate::error::Error;

/// How long a worker sleeps at most before it looks again: what another process wrote wakes nobody
/// here.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Desk {
    /// Does everything by itself until `shutdown` is done: polls each account every `poll_every`,
    /// decides what comes in, performs effects and fires timers. What is under way when it is told to
    /// stop ends first; nothing is lost by stopping at any time.
    ///
    /// Failures of channels and stores are logged and tried again; they do not end it.
    pub async fn run(&self, poll_every: Duration, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut poll_at = Instant::now();
        loop {
            self.round(&mut poll_at, poll_every).await;
            let nap = self
                .nap()
                .await
                .min(poll_at.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = &mut shutdown => return,
                () = self.parts.wake.notified() => {}
                () = sleep(nap) => {}
            }
        }
    }

    async fn round(&self, poll_at: &mut Instant, poll_every: Duration) {
        if Instant::now() >= *poll_at {
            for account in self.parts.channels.keys() {
                loop {
                    match self.poll(account).await {
                        Ok(polled) if polled.more => {}
                        Ok(_) => break,
                        Err(Error::Channel(error))
                            if *error.kind() == aspa_channel::ErrorKind::Unsupported =>
                        {
                            break;
                        }
                        Err(error) => {
                            tracing::warn!(%account, %error, "poll failed");
                            break;
                        }
                    }
                }
            }
            *poll_at = Instant::now() + poll_every;
        }
        if let Err(error) = self.work().await {
            tracing::error!(%error, "inbox");
        }
        if let Err(error) = self.tick().await {
            tracing::error!(%error, "timers");
        }
        if let Err(error) = self.deliver().await {
            tracing::error!(%error, "outbox");
        }
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
                let _ = timeout(LOOK_AGAIN, news).await;
            }
        }
    }
}
