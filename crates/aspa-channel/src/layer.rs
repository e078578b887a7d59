//! What every call of a channel goes through, whatever its network.
//!
//! A [`Layer`] sees a [`Call`], hands it on with its [`Next`] and sees the [`Reply`]; [`Layered`] is a
//! channel with layers in front, and again a [`Channel`]. The first layer that is given sees a call
//! first and its reply last. The order that makes sense:
//!
//! ```
//! use std::time::Duration;
//! use aspa_channel::layer::{Check, Layered, Timeout, Trace};
//! use aspa_channel::{Channel, MemoryChannel};
//! # use aspa_types::AccountId;
//! # fn sleep(_: Duration) -> std::future::Pending<()> { std::future::pending() }
//!
//! let channel = MemoryChannel::new(AccountId::new("memory")?);
//! let channel = Layered::new(channel)
//!     .with(Trace)                                         // everything below is one span
//!     .with(Check)                                         // refused here, nothing is asked of the network
//!     .with(Timeout::new(Duration::from_secs(30), sleep)); // with tokio: tokio::time::sleep
//! assert_eq!(channel.account().as_str(), "memory");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! No layer performs an effect again: `Next` is used up by [`run`](Next::run), and gives a second one
//! for calls that change nothing. Throttling and credentials are layers of the HTTP client, where one
//! call may be several requests.

mod check;
mod faults;
mod timeout;
mod trace;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aspa_types::{AccountId, Network};
use async_trait::async_trait;

use crate::capabilities::Capabilities;
use crate::channel::{Channel, Cursor, Fetch, Fetched, Page};
use crate::effect::{Effect, Probe, Receipt};
use crate::error::{Error, ErrorKind, Landed};
use crate::key::ConversationKey;

pub use check::Check;
pub use faults::{Fault, Faults};
pub use timeout::Timeout;
pub use trace::Trace;

/// One call of a channel.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the methods of a channel that do IO"
)]
pub enum Call<'a> {
    /// [`Channel::poll`].
    Poll(Option<&'a Cursor>),
    /// [`Channel::fetch`].
    Fetch(&'a Fetch),
    /// [`Channel::perform`].
    Perform(&'a Effect),
    /// [`Channel::probe`].
    Probe(&'a Effect),
}

impl Call<'_> {
    /// What it is called in spans, figures and errors.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Poll(_) => "poll",
            Self::Fetch(_) => "fetch",
            Self::Perform(_) => "perform",
            Self::Probe(_) => "probe",
        }
    }
}

/// What a call came to, of the same kind as the call.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the methods of a channel that do IO"
)]
pub enum Reply {
    /// Of [`Call::Poll`].
    Page(Page),
    /// Of [`Call::Fetch`].
    Fetched(Fetched),
    /// Of [`Call::Perform`].
    Receipt(Receipt),
    /// Of [`Call::Probe`].
    Probe(Probe),
}

/// Something that every call goes through.
///
/// Implementors keep the contract of [`Channel`], reply in kind, and call [`Next::run`] once: or not at
/// all, where they reply themselves or refuse.
#[async_trait]
pub trait Layer: fmt::Debug + Send + Sync + 'static {
    /// Handles one call.
    ///
    /// # Errors
    ///
    /// As the method of [`Channel`].
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error>;
}

/// The layers that are left, and the channel behind them.
#[derive(Debug)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Layer>],
    channel: &'a dyn Channel,
}

impl<'a> Next<'a> {
    /// The channel behind all layers, to ask what needs no IO.
    #[must_use]
    pub fn channel(&self) -> &'a dyn Channel {
        self.channel
    }

    /// Hands the call on.
    ///
    /// # Errors
    ///
    /// What the layers behind and the channel say.
    pub async fn run(self, call: Call<'_>) -> Result<Reply, Error> {
        if let Some((layer, layers)) = self.layers.split_first() {
            return layer.call(call, Self { layers, ..self }).await;
        }
        Ok(match call {
            Call::Poll(cursor) => Reply::Page(self.channel.poll(cursor).await?),
            Call::Fetch(what) => Reply::Fetched(self.channel.fetch(what).await?),
            Call::Perform(effect) => Reply::Receipt(self.channel.perform(effect).await?),
            Call::Probe(effect) => Reply::Probe(self.channel.probe(effect).await?),
        })
    }

    /// A way to make this call a second time: of performing there is none.
    #[must_use]
    pub fn again(&self, call: Call<'_>) -> Option<Self> {
        (!matches!(call, Call::Perform(_))).then_some(Self { ..*self })
    }
}

/// A channel with layers in front. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Layered {
    layers: Vec<Arc<dyn Layer>>,
    channel: Arc<dyn Channel>,
}

impl Layered {
    /// A channel without layers yet.
    pub fn new(channel: impl Channel) -> Self {
        Self {
            layers: Vec::new(),
            channel: Arc::new(channel),
        }
    }

    /// With one more layer, nearer to the network than those before.
    #[must_use]
    pub fn with(mut self, layer: impl Layer) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    async fn run(&self, call: Call<'_>) -> Result<Reply, Error> {
        let next = Next {
            layers: &self.layers,
            channel: self.channel.as_ref(),
        };
        next.run(call).await
    }
}

/// A layer replied in another kind than it was asked: whether anything happened is not known.
fn out_of_kind(operation: &'static str) -> Error {
    let landed = match operation {
        "perform" => Landed::Maybe,
        _ => Landed::No,
    };
    Error::new(ErrorKind::Protocol, operation)
        .with_landed(landed)
        .with_remedy("a layer replies in another kind than it is asked")
}

#[async_trait]
impl Channel for Layered {
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
        match self.run(Call::Poll(cursor)).await? {
            Reply::Page(page) => Ok(page),
            _ => Err(out_of_kind("poll")),
        }
    }

    /// Waits for as long as it takes, so no layer stands before it.
    async fn changed(&self) -> Result<(), Error> {
        self.channel.changed().await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        match self.run(Call::Fetch(what)).await? {
            Reply::Fetched(fetched) => Ok(fetched),
            _ => Err(out_of_kind("fetch")),
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        match self.run(Call::Perform(effect)).await? {
            Reply::Receipt(receipt) => Ok(receipt),
            _ => Err(out_of_kind("perform")),
        }
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.run(Call::Probe(effect)).await? {
            Reply::Probe(probe) => Ok(probe),
            _ => Err(out_of_kind("probe")),
        }
    }

    fn snapshot(&self) -> Option<String> {
        self.channel.snapshot()
    }

    fn restore(&self, snapshot: &str) {
        self.channel.restore(snapshot);
    }
}
