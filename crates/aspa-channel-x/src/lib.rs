#![doc = include_str!("../README.md")]

mod activity;
mod api;
mod budget;
mod channel;
mod config;
mod direct;
mod fetch;
mod fields;
mod includes;
mod json;
mod known;
mod media;
mod oauth1;
mod oauth2;
mod own;
mod place;
mod poll;
mod post;
mod probe;
mod send;
mod stream;
mod text;
mod told;
mod webhook;

pub use api::XAuth;
pub use budget::{Budget, Meter, Prices, Spent};
pub use channel::XChannel;
pub use config::{ConfigError, Names, Stream, XConfig};
pub use media::Image;
pub use oauth1::OAuth1Keys;
pub use oauth2::{OAuth2App, TokenStore, Tokens};
pub use webhook::XWebhook;
