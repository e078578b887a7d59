#![doc = include_str!("../README.md")]

mod answer;
mod channel;
mod config;
mod decode;
mod fields;
mod json;
mod signature;
mod webhook;

pub use channel::ApiChannel;
pub use config::{ChannelConfig, ConfigError, WebhookConfig};
pub use signature::{DELIVERY, SIGNATURE, TIMESTAMP, TOLERANCE, sign, verify};
pub use webhook::ApiWebhook;
