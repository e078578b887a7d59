use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, Fetch, Fetched, Page, Probe,
    Receipt,
};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;

use crate::case::{Checked, fault};

/// Every error that a channel gave, in every way in which it can be shown.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<Vec<(&'static str, String)>>);

impl Heard {
    fn hear(&self, operation: &'static str, error: &Error) {
        let mut all = format!("{error}\n{error:?}\n{error:#?}");
        for text in [error.code(), error.remedy()].into_iter().flatten() {
            let _ = write!(all, "\n{text}");
        }
        let mut source = error.source();
        while let Some(cause) = source {
            let _ = write!(all, "\n{cause}\n{cause:?}");
            source = cause.source();
        }
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push((operation, all));
    }

    /// C15, in every case: no error showed a secret of the fixture or a text of the kit.
    pub(super) fn check(&self, secrets: &[String], texts: &[String]) -> Checked {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (operation, shown) in heard.iter() {
            let Some(what) = shown_in(shown, secrets, texts) else {
                continue;
            };
            return fault(
                format!("C15: no error of {operation} shows {what}"),
                "one does (its text is left out here)",
                "an error takes over a URL, a header, or the body of the request or of the answer",
            );
        }
        Ok(())
    }
}

/// Which of these a text shows, in words.
pub(super) fn shown_in(shown: &str, secrets: &[String], texts: &[String]) -> Option<&'static str> {
    let any = |of: &[String]| of.iter().any(|one| shown.contains(one.as_str()));
    match () {
        () if any(secrets) => Some("a secret"),
        () if any(texts) => Some("the text of a message"),
        () => None,
    }
}

/// A channel whose errors are kept.
#[derive(Debug)]
pub(super) struct Listener {
    channel: Arc<dyn Channel>,
    heard: Arc<Heard>,
}

impl Listener {
    pub(super) fn on(channel: Arc<dyn Channel>, heard: &Arc<Heard>) -> Arc<dyn Channel> {
        let heard = Arc::clone(heard);
        Arc::new(Self { channel, heard })
    }

    fn heard<T>(&self, operation: &'static str, result: Result<T, Error>) -> Result<T, Error> {
        result.inspect_err(|error| self.heard.hear(operation, error))
    }
}

#[async_trait]
impl Channel for Listener {
    fn account(&self) -> &AccountId {
        self.channel.account()
    }

    fn network(&self) -> &Network {
        self.channel.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.channel.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.heard("poll", self.channel.poll(cursor).await)
    }

    async fn changed(&self) -> Result<(), Error> {
        self.heard("changed", self.channel.changed().await)
    }

    fn snapshot(&self) -> Option<String> {
        self.channel.snapshot()
    }

    fn restore(&self, snapshot: &str) {
        self.channel.restore(snapshot);
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.heard("fetch", self.channel.fetch(what).await)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.heard("perform", self.channel.perform(effect).await)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.heard("probe", self.channel.probe(effect).await)
    }
}
