#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod channel;
mod comment;
mod config;
mod cursor;
mod effects;
mod poll;
mod site;
mod text;
mod webhook;

pub use channel::WordPressChannel;
pub use config::{ConfigError, Personal, SiteConfig, SiteHook, WebhookConfig, WordPress};
pub use webhook::{SIGNATURE, WordPressWebhook};
