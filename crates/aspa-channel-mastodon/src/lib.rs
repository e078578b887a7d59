#![doc = include_str!("../README.md")]

mod account;
mod api;
mod channel;
mod config;
mod fetch;
mod html;
mod json;
mod markup;
mod media;
mod notification;
mod place;
mod poll;
mod probe;
mod send;
mod server;
mod status;
mod stream;

pub use channel::{BuildError, MastodonChannel};
pub use config::{ConfigError, MastodonConfig};
pub use media::Upload;
pub use server::Server;
