use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};

use super::{Layer, Next, Sleep, boxed};
use crate::body::BodyStream;
use crate::error::{HttpError, HttpErrorKind};
use crate::purpose::{Awaited, Bucket, Purpose};
use crate::signals::Signals;
use crate::throttle::{Throttle, Throttled};

type Read = dyn Fn(&Response<BodyStream>, DateTime<Utc>) -> Signals + Send + Sync;

/// Keeps requests within what the network takes, by a [`Throttle`] that learns from each answer.
///
/// A request that may not go out is refused at once as [`HttpErrorKind::Throttled`] with the wait, and
/// nothing is sent; short waits are slept where [that is wished](Self::patient). Requests count into the
/// [`Bucket`] in their extensions, and a read that is [`Awaited`] into the share of effects.
pub struct Throttling {
    throttle: Throttle,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    patience: Option<(Duration, Sleep)>,
    read: Box<Read>,
}

impl fmt::Debug for Throttling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttling")
            .field("throttle", &self.throttle)
            .field(
                "patience",
                &self.patience.as_ref().map(|(longest, _)| longest),
            )
            .finish_non_exhaustive()
    }
}

impl Throttling {
    /// Throttles by what `throttle` knows at the time that `clock` tells. The host keeps a clone to
    /// [snapshot](Throttle::snapshot).
    #[must_use]
    pub fn new(
        throttle: Throttle,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        Self {
            throttle,
            clock: Box::new(clock),
            patience: None,
            read: Box::new(|answer, now| Signals::read(answer.status(), answer.headers(), now)),
        }
    }

    /// Sleeps instead of refusing where the wait is no longer than this, first come first served:
    /// `patient(Duration::from_secs(2), tokio::time::sleep)`.
    #[must_use]
    pub fn patient<F>(
        mut self,
        longest: Duration,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.patience = Some((longest, boxed(sleep)));
        self
    }

    /// Reads the signals of answers in another way, for networks that also say it in the body: the
    /// function starts from [`Signals::read`] and adds what it finds.
    #[must_use]
    pub fn reading(
        mut self,
        read: impl Fn(&Response<BodyStream>, DateTime<Utc>) -> Signals + Send + Sync + 'static,
    ) -> Self {
        self.read = Box::new(read);
        self
    }

    fn refusal(&self, refused: Throttled) -> HttpError {
        let wait = refused.until - (self.clock)();
        HttpError::new(HttpErrorKind::Throttled)
            .with_retry_after(wait.to_std().unwrap_or_default())
            .with_source(refused)
    }
}

#[async_trait]
impl Layer for Throttling {
    async fn call(
        &self,
        request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let bucket = request.extensions().get().map(|Bucket(name)| name.clone());
        let bucket = bucket.as_deref();
        let longest = self.patience.as_ref().map(|(longest, _)| *longest);
        let share = match request.extensions().get::<Awaited>() {
            Some(Awaited) => Purpose::Effect,
            None => Purpose::of(&request),
        };
        let now = (self.clock)();
        let pass = self
            .throttle
            .pass(bucket, share, now, longest.unwrap_or_default())
            .map_err(|refused| self.refusal(refused))?;
        let wait = pass.at() - now;
        if wait > TimeDelta::zero()
            && let Some((_, sleep)) = &self.patience
        {
            sleep(wait.to_std().unwrap_or_default()).await;
            // What others heard in the meantime holds for this one too.
            if let Some(until) = self.throttle.held_until(bucket, (self.clock)()) {
                return Err(self.refusal(Throttled { until }));
            }
        }
        let answer = next.run(request).await?;
        let now = (self.clock)();
        pass.answered(&(self.read)(&answer, now), now);
        Ok(answer)
    }
}
