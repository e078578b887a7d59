//! How fast requests may be sent.

mod lane;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::purpose::Purpose;
use crate::signals::Signals;
use lane::{Lane, Limit};

/// More buckets than this are not kept: those that nothing is known of any more go first.
const MOST: usize = 512;

/// Keeps one account within what its network takes: slows down before a limit is reached, and after a
/// refusal sends nothing until the network takes more again.
///
/// A request counts into its bucket, where it has one, and into the whole. For each of them:
///
/// - After a refusal nothing goes out before the instant that the network named; where it named none,
///   for 30 seconds, and twice as long with each further refusal, up to 15 minutes.
/// - Of a quota that the network reports, the first half goes out at once. From there on reads are
///   spread over the time that is left. The last tenth is for effects, which are spread only there.
/// - Where nothing is reported, a [declared](Self::limited) limit holds: a quarter of it goes out at
///   once, the rest evenly, so that no time of that length, wherever it begins, sees more than the
///   limit. A quarter of what goes out at once is for effects.
/// - Above 75 % of reported usage reads are spaced, by 1 second doubling with each 5 %; at 100 % nothing
///   goes out for 5 minutes, or for as long as the network says.
///
/// Who comes first goes first: of one bucket and purpose nobody gets an earlier instant than somebody
/// before. Cheap to clone; clones share everything, so that accounts of one app can share its limits.
/// A decision is O(log buckets). It reads no clock.
///
/// ```
/// use aspa_http::{Purpose, Signals, Throttle};
/// use std::time::Duration;
///
/// let throttle = Throttle::default().limited("media", 30, Duration::from_secs(1800));
/// let now = "2026-11-22T08:00:00Z".parse()?;
/// let pass = throttle.pass(Some("media"), Purpose::Effect, now, Duration::ZERO)?;
/// // … the request is sent, and the network answers 429 with `retry-after: 900`:
/// let headers = [(http::header::RETRY_AFTER, 900.into())].into_iter().collect();
/// pass.answered(&Signals::read(http::StatusCode::TOO_MANY_REQUESTS, &headers, now), now);
///
/// // Also after a restart nothing more goes out before it may.
/// let kept = serde_json::to_string(&throttle.snapshot())?;
/// let restarted = Throttle::default();
/// restarted.restore(serde_json::from_str(&kept)?, now);
/// let refused = restarted.pass(Some("media"), Purpose::Effect, now, Duration::ZERO).unwrap_err();
/// assert_eq!(refused.until, now + Duration::from_secs(900));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Throttle {
    limits: Arc<BTreeMap<String, Limit>>,
    state: Arc<Mutex<ThrottleState>>,
}

/// Too much was sent: nothing goes out before `until`. This request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("throttled until {until}; nothing was sent")]
#[non_exhaustive]
pub struct Throttled {
    /// When the same request would have gone out.
    pub until: DateTime<Utc>,
}

/// What a [`Throttle`] knows, to be kept over a restart. Its text is for [`Throttle::restore`] alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThrottleState {
    #[serde(skip_serializing_if = "Lane::is_default")]
    whole: Lane,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    buckets: BTreeMap<String, Lane>,
    /// What the network calls the bucket of a route, where it told.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<String, String>,
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl ThrottleState {
    /// Whether there is nothing to keep: nothing was sent yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_default() && self.buckets.is_empty()
    }

    fn key<'a>(&'a self, bucket: &'a str) -> &'a str {
        self.names.get(bucket).map_or(bucket, String::as_str)
    }

    fn lane(&mut self, bucket: Option<&str>) -> &mut Lane {
        let Some(bucket) = bucket else {
            return &mut self.whole;
        };
        let key = self.key(bucket).to_owned();
        self.buckets.entry(key).or_default()
    }

    /// Keeps what is known small, whatever names come.
    fn tidy(&mut self, now: DateTime<Utc>) {
        if self.buckets.len() <= MOST && self.names.len() <= MOST {
            return;
        }
        self.buckets.retain(|_, lane| lane.matters(now));
        while self.buckets.len() > MOST && self.buckets.pop_last().is_some() {}
        self.names.retain(|_, key| self.buckets.contains_key(key));
        while self.names.len() > MOST && self.names.pop_last().is_some() {}
    }
}

impl Throttle {
    /// With a limit that the network documents for a bucket: so many requests in such a time. For the
    /// whole account: the bucket `""`. Of several limits for one bucket the slower one holds; it is for
    /// where the network reports none.
    #[must_use]
    pub fn limited(mut self, bucket: impl Into<String>, limit: u32, time: Duration) -> Self {
        let new = Limit::new(limit, time);
        let limits = Arc::make_mut(&mut self.limits);
        let kept = limits.entry(bucket.into()).or_insert(new);
        *kept = kept.slower(new);
        self
    }

    /// Whether a request may be sent: at once, or at an instant that is no further off than
    /// `patience`, which is then the caller's alone; whoever gets it waits until then and sends.
    ///
    /// # Errors
    ///
    /// [`Throttled`] where it may not; nothing is counted.
    pub fn pass(
        &self,
        bucket: Option<&str>,
        purpose: Purpose,
        now: DateTime<Utc>,
        patience: Duration,
    ) -> Result<Pass, Throttled> {
        let mut state = self.state();
        state.tidy(now);
        let (whole, named) = self.limits_of(bucket);
        let mut at = state.whole.earliest(purpose, now, whole);
        if bucket.is_some() {
            at = at.max(state.lane(bucket).earliest(purpose, now, named));
        }
        let patience = TimeDelta::from_std(patience).unwrap_or(TimeDelta::MAX);
        if at - now > patience {
            return Err(Throttled { until: at });
        }
        state.whole.take(purpose, at, whole);
        if bucket.is_some() {
            state.lane(bucket).take(purpose, at, named);
        }
        Ok(Pass {
            throttle: self.clone(),
            bucket: bucket.map(str::to_owned),
            at,
            open: true,
        })
    }

    /// Takes down what the network says, also from elsewhere than the answer to a [`Pass`]: a wait
    /// that stands in a body, or in an error of a batch.
    pub fn heard(&self, bucket: Option<&str>, signals: &Signals, now: DateTime<Utc>) {
        let mut state = self.state();
        if let (Some(bucket), Some(theirs)) = (bucket, &signals.bucket)
            && state.key(bucket) != theirs
        {
            // Routes that turn out to be of one bucket share it from now on.
            let ours = state.key(bucket).to_owned();
            let lane = state.buckets.remove(&ours).unwrap_or_default();
            state.names.insert(bucket.to_owned(), theirs.clone());
            state.buckets.entry(theirs.clone()).or_default().join(&lane);
        }
        if signals.global {
            state.whole.wait(signals, now);
        } else {
            state.lane(bucket).wait(signals, now);
        }
        state.lane(bucket).report(signals, now);
    }

    /// Until when this refuses everything of the bucket, after a refusal of the network.
    #[must_use]
    pub fn held_until(&self, bucket: Option<&str>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let state = self.state();
        let named = bucket.and_then(|bucket| state.buckets.get(state.key(bucket)));
        let until = named.and_then(Lane::until).max(state.whole.until());
        until.filter(|until| *until > now)
    }

    /// What has to outlive a restart.
    #[must_use]
    pub fn snapshot(&self) -> ThrottleState {
        self.state().clone()
    }

    /// Takes up what a former process kept. What is known already is not forgotten: the later instant
    /// and the smaller rest hold. Nothing is held back for longer than 31 days from `now`.
    pub fn restore(&self, kept: ThrottleState, now: DateTime<Utc>) {
        let mut state = self.state();
        state.whole.join(&kept.whole.believed(now));
        for (name, lane) in kept.buckets.into_iter().take(MOST) {
            let lane = lane.believed(now);
            state.buckets.entry(name).or_default().join(&lane);
        }
        for (bucket, name) in kept.names.into_iter().take(MOST) {
            state.names.entry(bucket).or_insert(name);
        }
    }

    fn limits_of(&self, bucket: Option<&str>) -> (Option<Limit>, Option<Limit>) {
        let limit = |name: &str| self.limits.get(name).copied();
        (limit(""), bucket.and_then(limit))
    }

    fn state(&self) -> MutexGuard<'_, ThrottleState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to send one request. Dropped where no answer came, it counts as sent.
#[must_use]
#[derive(Debug)]
pub struct Pass {
    throttle: Throttle,
    bucket: Option<String>,
    at: DateTime<Utc>,
    open: bool,
}

impl Pass {
    /// When it may be sent.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The network answered at `now` and said this.
    pub fn answered(mut self, signals: &Signals, now: DateTime<Utc>) {
        self.end();
        self.throttle.heard(self.bucket.as_deref(), signals, now);
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            let mut state = self.throttle.state();
            state.whole.landed();
            if self.bucket.is_some() {
                state.lane(self.bucket.as_deref()).landed();
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.end();
    }
}
