//! Tells streams that something happened in their conversation: one reader of the desk's log for the
//! whole process, however many follow.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aspa_channel::ConversationKey;
use aspa_desk::Desk;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// For how long the reader goes on when nobody follows.
const LINGER: Duration = Duration::from_secs(60);
/// So many are kept without looking who has gone.
const FEW: usize = 64;
/// How long it waits when the store is away.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Follow {
    desk: Desk,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<ConversationKey, watch::Sender<u64>>,
    /// Beyond so many it is looked who has gone.
    most: usize,
    reading: bool,
}

impl Follow {
    pub(crate) fn new(desk: Desk) -> Arc<Self> {
        let state = Mutex::default();
        Arc::new(Self { desk, state })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that changes when the conversation may have. To be asked for before reading.
    pub(crate) fn conversation(self: &Arc<Self>, key: &ConversationKey) -> watch::Receiver<u64> {
        let mut state = self.state();
        let told = match state.waiting.get(key) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, told) = watch::channel(0);
                state.waiting.insert(key.clone(), sender);
                if state.waiting.len() > state.most {
                    // Who has gone is forgotten before there are twice as many as stay.
                    state.waiting.retain(|_, sender| !sender.is_closed());
                    state.most = FEW.max(state.waiting.len() * 2);
                }
                told
            }
        };
        if !state.reading {
            state.reading = true;
            tokio::spawn(Self::read(Arc::clone(self)));
        }
        told
    }

    async fn read(self: Arc<Self>) {
        loop {
            let end = match self.desk.newest().await {
                Ok(end) => end,
                Err(_) => {
                    sleep(PAUSE).await;
                    continue;
                }
            };
            // What happened before we knew where the log ends is found by looking.
            self.tell_all();
            let mut log = self.desk.subscribe(end);
            loop {
                match timeout(LINGER, log.next()).await {
                    Ok(Ok(recorded)) => self.tell(&recorded.about.conversation),
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "the log cannot be read");
                        sleep(PAUSE).await;
                    }
                    Err(_) => {
                        let mut state = self.state();
                        state.waiting.retain(|_, sender| !sender.is_closed());
                        if state.waiting.is_empty() {
                            state.reading = false;
                            return;
                        }
                    }
                }
            }
        }
    }

    fn tell(&self, key: &ConversationKey) {
        let mut state = self.state();
        let Some(sender) = state.waiting.get(key) else {
            return;
        };
        if sender.is_closed() {
            state.waiting.remove(key);
        } else {
            sender.send_modify(|count| *count += 1);
        }
    }

    fn tell_all(&self) {
        let mut state = self.state();
        state.waiting.retain(|_, sender| {
            sender.send_modify(|count| *count += 1);
            !sender.is_closed()
        });
    }
}
