//! How much a desk takes in at once: what it cannot keep in time it refuses, so that the network sends
//! it again, rather than growing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aspa_channel::answer;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::desk::Desk;

/// How long a count of what waits is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// When a network may send again that was sent away since too much waits.
const BACKLOG_WAIT: u64 = 10;
/// The same where the store is away.
const STORE_WAIT: u64 = 5;
/// The same where too much is being written right now.
const BUSY_WAIT: u64 = 1;
/// Bodies that are being written at once take so much memory at most.
const UNDER_WAY: usize = 64 << 20;
/// Each delivery counts for at least so many bytes.
const LEAST: usize = 1 << 10;

/// What limits how much comes in.
#[derive(Debug)]
pub(crate) struct Pressure {
    /// The longest body that is looked at.
    pub(crate) longest: usize,
    /// The most events that may wait.
    pub(crate) backlog: u64,
    room: Semaphore,
    counted: Mutex<Option<(Instant, u64)>>,
    /// Events that came since the count.
    since: AtomicU64,
}

/// Why something is not taken in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Backlog,
    Store,
    Busy,
}

impl Full {
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            Self::Backlog | Self::Busy => "overloaded",
            Self::Store => "unavailable",
        }
    }

    /// What a network is told: to send it again, and when.
    pub(crate) fn answer(self) -> http::Response<Bytes> {
        let (text, wait) = match self {
            Self::Backlog => ("too much waits, try again later", BACKLOG_WAIT),
            Self::Store => ("try again later", STORE_WAIT),
            Self::Busy => ("busy, try again", BUSY_WAIT),
        };
        let mut answer = answer(StatusCode::SERVICE_UNAVAILABLE, text);
        let headers = answer.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        answer
    }
}

impl Pressure {
    pub(crate) fn new(longest: usize, backlog: u64) -> Self {
        let room = UNDER_WAY.max(longest) / LEAST;
        Self {
            longest,
            backlog,
            room: Semaphore::new(room),
            counted: Mutex::new(None),
            since: AtomicU64::new(0),
        }
    }

    /// Room in memory for a body, until what is returned is dropped.
    pub(crate) fn admit(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Full> {
        let places = u32::try_from(bytes.div_ceil(LEAST).max(1)).unwrap_or(u32::MAX);
        self.room.try_acquire_many(places).map_err(|_| Full::Busy)
    }

    pub(crate) fn came(&self, events: usize) {
        self.since.fetch_add(events as u64, Ordering::Relaxed);
    }

    /// Sets down how much waits.
    pub(crate) fn counted(&self, backlog: u64) {
        self.since.store(0, Ordering::Relaxed);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted = Some((Instant::now(), backlog));
    }

    /// How much waits, and whether it has to be counted anew.
    fn waits(&self) -> (u64, bool) {
        let counted = *self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let since = self.since.load(Ordering::Relaxed);
        match counted {
            Some((at, backlog)) => (backlog.saturating_add(since), at.elapsed() > GOOD_FOR),
            None => (0, true),
        }
    }
}

impl Desk {
    /// Whether there is room for more: the store answers and not too much waits in it. Counts at most
    /// once a second.
    pub(crate) async fn room(&self) -> Result<(), Full> {
        let pressure = &self.parts.pressure;
        if self.parts.watch.stays_away(GOOD_FOR) {
            return Err(Full::Store);
        }
        let (_, stale) = pressure.waits();
        if stale {
            let most = pressure.backlog.saturating_add(1);
            match self.parts.store.vitals(most).await {
                Ok(vitals) => pressure.counted(vitals.backlog),
                Err(_) => return Err(Full::Store),
            }
        }
        match pressure.waits() {
            (waits, _) if waits >= pressure.backlog => Err(Full::Backlog),
            _ => Ok(()),
        }
    }
}
