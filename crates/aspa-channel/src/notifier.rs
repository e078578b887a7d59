use std::fmt;

use aspa_types::DeliveryId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::Error;

/// What a colleague is told, in words for people and as JSON for programs.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// Its name: the same where it is told again since nobody knows whether it got through.
    pub id: DeliveryId,
    /// When it was put together.
    pub at: DateTime<Utc>,
    /// Where to, as the notifier understands it: an address of mail, for instance.
    pub to: String,
    /// What it is about, in one line.
    pub subject: String,
    /// All of it, in lines.
    pub text: String,
    /// The same as JSON.
    pub data: serde_json::Value,
}

impl Notification {
    /// Something to tell.
    #[must_use]
    pub fn new(
        id: DeliveryId,
        at: DateTime<Utc>,
        to: impl Into<String>,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            id,
            at,
            to: to.into(),
            subject: subject.into(),
            text: text.into(),
            data: serde_json::Value::Null,
        }
    }
}

/// `Debug` shows neither where it goes nor what it says.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A way to tell colleagues something outside the desk: mail, a webhook of the host's, a chat.
///
/// # Contract
///
/// 1. `Ok` means that the other side has taken it. What it makes of it is its own business.
/// 2. The same [id](Notification::id) twice is one notification: it goes along, so that the other side can
///    know it again. Whoever calls does so after a failure, and after a crash.
/// 3. After an error that is [permanent](crate::Status::Permanent) it is given up; after another one it
///    is tried again later.
/// 4. Calls may come at the same time.
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Tells it.
    ///
    /// # Errors
    ///
    /// When the address makes no sense there, or the other side has not taken it.
    async fn notify(&self, notification: &Notification) -> Result<(), Error>;
}
