#![doc = include_str!("../README.md")]

mod channel;
mod config;
mod delivery;
mod fetch;
mod graph;
mod json;
mod messenger;
mod node;
mod page;
mod place;
mod poll;
mod probe;
mod refusal;
mod send;
mod signature;
mod watched;
mod webhook;

pub use channel::PageChannel;
pub use config::{ConfigError, PageConfig, PageHook, WebhookConfig};
pub use graph::Graph;
pub use refusal::signals;
pub use signature::{SIGNATURE, appsecret_proof};
pub use webhook::MetaWebhook;
