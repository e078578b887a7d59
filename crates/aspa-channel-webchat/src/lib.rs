#![doc = include_str!("../README.md")]

mod channel;
mod config;
mod decode;
mod feed;
mod file;
mod identity;
mod line;
mod seal;
mod service;
mod transcript;
mod visitors;
mod webhook;
mod widget;

pub use channel::WebChat;
pub use config::{ChatConfig, ConfigError};
pub use decode::Limits;
pub use feed::{Feed, Frame, Window};
pub use file::{BadFile, StoredFile, sniff};
pub use identity::{Identity, IdentityError};
pub use line::{Line, LineFile, Side};
pub use service::Service;
pub use transcript::{MemoryTranscript, Transcript, TranscriptPage, conversation_of};
pub use visitors::{Enter, Entered, Visitor, Visitors};
pub use webhook::{ChatWebhook, VISITOR};
pub use widget::{WIDGET, widget_version};
