#![doc = include_str!("../README.md")]

mod config;
mod delivery;
mod json;
mod messenger;
mod page;
mod place;
mod signature;
mod webhook;

pub use config::{ConfigError, PageHook, WebhookConfig};
pub use signature::{SIGNATURE, appsecret_proof};
pub use webhook::MetaWebhook;
