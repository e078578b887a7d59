use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;

use super::{Call, Layer, Next, Reply};
use crate::error::{Error, ErrorKind, Landed};

type Sleep = Box<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Gives a call up that takes too long, as `Unavailable`; an effect may have landed then.
///
/// It limits one call of the channel, however many requests the adapter makes for it. One request is limited
/// by the adapter's HTTP client, or by `aspa_http::layer::Timeout` before that.
pub struct Timeout {
    limit: Duration,
    sleep: Sleep,
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timeout").field(&self.limit).finish()
    }
}

impl Timeout {
    /// Gives up after `limit`, which `sleep` waits for: `tokio::time::sleep`.
    pub fn new<F>(limit: Duration, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            limit,
            sleep: Box::new(move |time| Box::pin(sleep(time))),
        }
    }
}

#[async_trait]
impl Layer for Timeout {
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let mut work = pin!(next.run(call));
        let mut limit = (self.sleep)(self.limit);
        let ended = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => limit.as_mut().poll(context).map(|()| None),
        });
        ended.await.unwrap_or_else(|| {
            let landed = match call {
                Call::Perform(_) => Landed::Maybe,
                _ => Landed::No,
            };
            Err(Error::new(ErrorKind::Unavailable, call.name())
                .with_landed(landed)
                .with("after", format_args!("{} s", self.limit.as_secs_f32())))
        })
    }
}
