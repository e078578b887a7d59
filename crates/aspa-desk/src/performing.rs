//! Performing effects as they come due, many at a time, so that a network that does not answer holds
//! up nothing but itself.

use std::collections::HashMap;
use std::time::Duration;

use aspa_channel::ErrorKind;
use aspa_store::ClaimedEffect;
use aspa_types::AccountId;
use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use crate::desk::Desk;
use crate::error::Error;
use crate::pace::Pace;
use crate::run::{LOOK_AGAIN, Stops};

/// How many effects are performed side by side, those that hang not counted.
const AT_ONCE: usize = 16;
/// With those that hang.
const MOST: usize = 256;
/// What has been under way for so long hangs: its account gets nothing new until it has ended.
const HANGS: Duration = Duration::from_secs(5);
/// For how long effects of an account that hangs are left.
const LEFT_FOR: TimeDelta = TimeDelta::seconds(10);
/// How long is waited for the store to take down what was given up.
const LAST_WORDS: Duration = Duration::from_secs(5);

type Performed = Result<aspa_store::OutboxState, Error>;

/// The effects under way.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<Performed>,
    /// Whose they are and since when.
    of: HashMap<Id, (AccountId, Instant)>,
}

impl UnderWay {
    fn hangs(&self, account: &AccountId) -> bool {
        let mut all = self.of.values();
        all.any(|(of, since)| of == account && since.elapsed() > HANGS)
    }

    /// How many more may begin.
    fn room(&self) -> usize {
        let young = self
            .of
            .values()
            .filter(|(_, since)| since.elapsed() <= HANGS);
        let young = AT_ONCE.saturating_sub(young.count());
        young.min(MOST.saturating_sub(self.tasks.len()))
    }

    fn begin(&mut self, desk: &Desk, effect: ClaimedEffect, over: watch::Receiver<bool>) {
        let account = effect.row.value.effect.account().clone();
        let desk = desk.clone();
        let task = if self.hangs(&account) {
            self.tasks.spawn(async move {
                desk.give_back(effect, ErrorKind::Unavailable, LEFT_FOR)
                    .await
            })
        } else {
            self.tasks
                .spawn(async move { desk.perform(effect, over).await })
        };
        self.of.insert(task.id(), (account, Instant::now()));
    }

    /// Waits for the next to end; at once none where nothing is under way.
    async fn next(&mut self) -> Option<Performed> {
        match self.tasks.join_next_with_id().await? {
            Ok((id, performed)) => {
                self.of.remove(&id);
                Some(performed)
            }
            Err(ended) => {
                self.of.remove(&ended.id());
                // A channel that panics: the lease ends, and the effect is looked for.
                tracing::error!(error = %ended, "performing an effect");
                self.next_boxed().await
            }
        }
    }

    fn next_boxed(
        &mut self,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<Performed>> + Send + '_>> {
        Box::pin(self.next())
    }
}

impl Desk {
    /// Performs effects until told to stop; what is under way then has the grace to end. Returns how
    /// many did not: whoever has them next looks for them first.
    pub(crate) async fn keep_performing(&self, stops: &Stops) -> usize {
        let mut under_way = UnderWay::default();
        let mut pace = Pace::new("outbox");
        while !stops.told() {
            self.parts.beats.beat("outbox");
            // Asked for before looking, so that nothing is missed in between.
            let changed = self.parts.store.changed();
            let room = under_way.room().min(AT_ONCE);
            let mut nap = None;
            match self.claim_effects(room).await {
                Ok(claimed) => {
                    pace.went_well();
                    let full = claimed.len() == room;
                    for effect in claimed {
                        under_way.begin(self, effect, stops.over());
                    }
                    if !full {
                        nap = Some(self.nap().await);
                    }
                }
                Err(error) => nap = Some(pace.failed(&error)),
            }
            let nothing = under_way.tasks.is_empty();
            if nap.is_none() && under_way.room() > 0 {
                continue;
            }
            tokio::select! {
                performed = under_way.next(), if !nothing => {
                    if let Some(Err(error)) = performed {
                        sleep(pace.failed(&error)).await;
                    }
                }
                () = stops.wait() => {}
                () = self.parts.wake.outbox.notified() => {}
                () = changed => {}
                () = sleep(nap.unwrap_or(LOOK_AGAIN)) => {}
            }
        }
        self.parts.beats.end("outbox");
        let end = stops.wait_over();
        let mut end = std::pin::pin!(end);
        loop {
            // In this order, so that what ends only since the grace is over counts as left.
            tokio::select! {
                biased;
                () = &mut end => break,
                performed = under_way.next() => {
                    if performed.is_none() {
                        return 0;
                    }
                }
            }
        }
        let left = under_way.tasks.len();
        let words = async { while under_way.next().await.is_some() {} };
        if timeout(LAST_WORDS, words).await.is_err() {
            tracing::warn!("effects are left to the end of their leases");
        }
        left
    }
}
