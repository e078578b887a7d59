#![doc = include_str!("../README.md")]

mod agents;
mod body;
mod chat;
mod failed;
mod files;
mod follow;
mod limits;
mod own;
mod stream;
mod together;
mod transcript;
mod webhooks;

pub use agents::{Agent, Authenticate, Role, agents};
pub use chat::{Chat, ChatOptions};
pub use files::{FileStore, Folder};
pub use limits::{Rate, Rates};
pub use stream::Closing;
pub use transcript::StoreTranscript;
pub use webhooks::{health, webhooks};
