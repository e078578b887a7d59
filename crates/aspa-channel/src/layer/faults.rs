use std::fmt;
use std::future::pending;

use async_trait::async_trait;

use super::{Call, Layer, Next, Reply};
use crate::error::Error;

/// How a call goes wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The channel never hears of it.
    Before(Error),
    /// The channel does it, and its reply is lost. Of an effect the error should say that it may have
    /// landed.
    After(Error),
    /// The channel never hears of it, and no reply ever comes.
    Hang,
}

/// Has calls go wrong as a test says. For what a host has to survive, without a network.
pub struct Faults {
    script: Box<dyn Fn(Call<'_>) -> Option<Fault> + Send + Sync>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

impl Faults {
    /// Asks `script` about each call; where it gives none the call goes through.
    pub fn new(script: impl Fn(Call<'_>) -> Option<Fault> + Send + Sync + 'static) -> Self {
        let script = Box::new(script);
        Self { script }
    }
}

#[async_trait]
impl Layer for Faults {
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error> {
        match (self.script)(call) {
            None => next.run(call).await,
            Some(Fault::Before(error)) => Err(error),
            Some(Fault::After(error)) => {
                next.run(call).await?;
                Err(error)
            }
            Some(Fault::Hang) => pending().await,
        }
    }
}
