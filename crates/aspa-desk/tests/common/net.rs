//! A network that does with each effect what it is told to, and remembers what it published.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Effect, EffectName, Error, ErrorKind, Idempotency,
    Landed, MessageKey, Probe, Receipt, Support, TextUnit, Window,
};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;

use super::shop;
use super::store::Fuse;

/// What becomes of one try.
pub enum Then {
    /// It is published and the receipt comes back.
    Lands,
    /// It is not published and the process ends in it.
    DiesBefore,
    /// It is published and the process ends before the receipt comes back.
    DiesAfter,
    /// It is not published.
    Fails(Error),
    /// It is published all the same.
    FailsAfter(Error),
}

/// What lives on when a desk dies.
#[derive(Default)]
pub struct Net {
    published: Mutex<Vec<Effect>>,
    tries: Mutex<usize>,
    plan: Mutex<VecDeque<Then>>,
    probes: Mutex<VecDeque<Error>>,
}

impl Net {
    pub fn plan(&self, then: impl IntoIterator<Item = Then>) {
        self.plan.lock().unwrap().extend(then);
    }

    /// The next probe fails with this.
    pub fn probe_fails(&self, error: Error) {
        self.probes.lock().unwrap().push_back(error);
    }

    pub fn published(&self) -> Vec<String> {
        let published = self.published.lock().unwrap();
        let text = |effect: &Effect| effect.kind.text().unwrap_or_default().to_owned();
        published.iter().map(text).collect()
    }

    /// The keys of what was published, in order.
    pub fn keys(&self) -> Vec<EffectKey> {
        let published = self.published.lock().unwrap();
        published.iter().map(|effect| effect.key.clone()).collect()
    }

    /// Forgets what was planned: from now on everything goes well.
    pub fn calm(&self) {
        self.plan.lock().unwrap().clear();
        self.probes.lock().unwrap().clear();
    }

    pub fn tries(&self) -> usize {
        *self.tries.lock().unwrap()
    }

    fn publish(&self, effect: &Effect, native: bool) -> Receipt {
        let mut published = self.published.lock().unwrap();
        if !(native && published.iter().any(|known| known.key == effect.key)) {
            published.push(effect.clone());
        }
        receipt(effect)
    }
}

fn receipt(effect: &Effect) -> Receipt {
    let mut receipt = Receipt::new(effect.key.clone());
    let id = format!("sent-{}", effect.key);
    let account = effect.account().clone();
    receipt
        .messages
        .push(MessageKey::new(account, &id).unwrap());
    receipt
}

/// An account on it.
#[derive(Clone)]
pub struct Line {
    pub net: Arc<Net>,
    account: AccountId,
    capabilities: Capabilities,
    can_tell: bool,
    by_words: bool,
    names_nothing: bool,
    fuse: Fuse,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    /// A network that can be asked whether something landed, and makes two of two.
    pub fn that_can_be_read_back(net: &Arc<Net>) -> Self {
        Self::new(net, Idempotency::ReadBack, true)
    }

    /// The same, by what was written: it takes any message with the same words for the one.
    pub fn that_compares_words(net: &Arc<Net>) -> Self {
        let mut line = Self::that_can_be_read_back(net);
        line.by_words = true;
        line
    }

    /// A network that makes one of two, and cannot be asked.
    pub fn with_keys(net: &Arc<Net>) -> Self {
        Self::new(net, Idempotency::Native, false)
    }

    /// A network that makes two of two, and cannot be asked.
    pub fn that_cannot_tell(net: &Arc<Net>) -> Self {
        Self::new(net, Idempotency::None, false)
    }

    /// A network that shows what it published, under our key, and cannot be asked.
    pub fn by_echo(net: &Arc<Net>) -> Self {
        Self::new(net, Idempotency::ByEcho, false)
    }

    /// A network that says of nothing what it is called, and cannot be asked.
    pub fn that_names_nothing(net: &Arc<Net>) -> Self {
        let mut line = Self::that_cannot_tell(net);
        line.names_nothing = true;
        line
    }

    pub fn with_text(mut self, max: usize, unit: TextUnit) -> Self {
        self.capabilities = self.capabilities.with_text(max, unit);
        self
    }

    pub fn with_window(mut self, window: Window) -> Self {
        self.capabilities = self.capabilities.with_window(window);
        self
    }

    pub fn that_can(mut self, effects: impl IntoIterator<Item = EffectName>) -> Self {
        for effect in effects {
            self.capabilities = self.capabilities.with(effect, Support::Full);
        }
        self
    }

    pub fn with_edit_seconds(mut self, seconds: u64) -> Self {
        self.capabilities = self.capabilities.with_edit_seconds(seconds);
        self
    }

    fn new(net: &Arc<Net>, idempotency: Idempotency, can_tell: bool) -> Self {
        let capabilities = Capabilities::new(chrono::NaiveDate::default(), "a test")
            .with(EffectName::Send, Support::Full)
            .with_idempotency(idempotency);
        let (net, account, fuse) = (net.clone(), shop(), Fuse::default());
        Self {
            net,
            account,
            capabilities,
            can_tell,
            by_words: false,
            names_nothing: false,
            fuse,
        }
    }

    pub fn fused(mut self, fuse: &Fuse) -> Self {
        self.fuse = fuse.clone();
        self
    }
}

#[async_trait]
impl Channel for Line {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::API
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.fuse.burn().await;
        *self.net.tries.lock().unwrap() += 1;
        let then = self.net.plan.lock().unwrap().pop_front();
        let native = self.capabilities.idempotency == Idempotency::Native;
        let mut receipt = match then.unwrap_or(Then::Lands) {
            Then::Lands => self.net.publish(effect, native),
            Then::DiesBefore => std::future::pending().await,
            Then::DiesAfter => {
                self.net.publish(effect, native);
                std::future::pending().await
            }
            Then::Fails(error) => return Err(error),
            Then::FailsAfter(error) => {
                self.net.publish(effect, native);
                return Err(error);
            }
        };
        self.fuse.burn().await;
        if self.names_nothing {
            receipt.messages.clear();
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.fuse.burn().await;
        if let Some(error) = self.net.probes.lock().unwrap().pop_front() {
            return Err(error);
        }
        if !self.can_tell {
            return Ok(Probe::CannotTell);
        }
        let published = self.net.published.lock().unwrap();
        let is_it = |known: &&Effect| match self.by_words {
            true => known.kind.text() == effect.kind.text(),
            false => known.key == effect.key,
        };
        Ok(published.iter().find(is_it).map_or(Probe::Absent, |known| {
            let mut found = receipt(known);
            found.effect = effect.key.clone();
            Probe::Found(found)
        }))
    }
}

/// The network refused, and waiting helps.
pub fn busy() -> Error {
    Error::new(ErrorKind::Throttled, "perform")
}

/// The network refused for good.
pub fn refused() -> Error {
    Error::new(ErrorKind::Forbidden, "perform").with_status(aspa_channel::Status::Permanent)
}

/// The connection was cut after sending.
pub fn cut() -> Error {
    Error::new(ErrorKind::Unavailable, "perform").with_landed(Landed::Maybe)
}
