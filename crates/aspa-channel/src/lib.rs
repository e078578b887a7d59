#![doc = include_str!("../README.md")]

#[cfg(feature = "http")]
mod answer;
mod capabilities;
mod channel;
mod debug;
mod effect;
mod error;
mod event;
mod halves;
mod handle;
mod key;
pub mod layer;
mod memory;
mod message;
mod notifier;
mod split;
mod webhook;
mod weighted;

pub use capabilities::{
    Capabilities, EffectName, Idempotency, MediaLimit, RateBucket, Support, TextLimit, TextUnit,
    Window,
};
pub use channel::{Channel, Cursor, Fetch, Fetched, Page, Rejected};
pub use effect::{Effect, EffectKind, ModerationReason, Probe, Receipt, ReplyKind};
pub use error::{Error, ErrorKind, Landed, Status};
pub use event::{AccountHealth, Act, DeliveryStatus, Event, EventKind, Provenance, Via};
pub use halves::without_halves;
pub use handle::{Attribute, AttributeKind, Followers, Handle};
pub use key::{ConversationKey, MessageKey};
pub use memory::MemoryChannel;
pub use message::{
    Audience, Campaign, Direction, HostAssertion, Media, MediaKind, Message, MessageKind, Part,
    Rating, Times, Visibility,
};
pub use notifier::{Notification, Notifier};
pub use webhook::{Delivery, Received, Refusal, Webhook, answer};
