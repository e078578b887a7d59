//! What is gone on with by itself.

use std::time::Duration;

use crate::desk::Desk;
use crate::error::Error;

/// How often a running desk looks whether an erasure waits.
pub(crate) const LOOK: Duration = Duration::from_secs(60);

impl Desk {
    /// Goes on with erasures that were interrupted, and looks through what has come again of people who
    /// were erased; erases in CRMs what could not be erased there yet. What a CRM refuses or is away for is
    /// no failure: it stands in [`crm_erasures_left`](Self::crm_erasures_left). [`run`](Self::run) does it
    /// once a minute. Returns how many have ended.
    ///
    /// # Errors
    ///
    /// When the store fails; the next call goes on.
    pub async fn tidy(&self) -> Result<usize, Error> {
        let ended = self.resume_erasures().await?;
        self.erase_in_crms().await?;
        Ok(ended)
    }

    /// The same, forgets who was at tickets, and sweeps a page where it was said how long things are kept.
    /// What of it fails keeps nothing else from being done.
    pub(crate) async fn tidy_and_sweep(&self) -> Result<usize, Error> {
        let ended = self.tidy().await;
        let presence = self.tidy_presence().await;
        if self.says_retention().await? {
            self.sweep(self.now()).await?;
        }
        presence?;
        ended
    }
}
