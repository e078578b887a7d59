#![doc = include_str!("../README.md")]

mod answer;
mod channel;
mod config;
mod decode;
mod fields;
mod json;
mod notifier;
mod signature;
mod webhook;

pub use channel::ApiChannel;
pub use config::{ChannelConfig, ConfigError, WebhookConfig};
pub use notifier::ApiNotifier;
pub use signature::{DELIVERY, SIGNATURE, TIMESTAMP, TOLERANCE, sign, verify};
pub use webhook::ApiWebhook;
