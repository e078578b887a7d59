//! Social customer support inside an axum program: what is mounted, and what runs behind it.
//!
//! | | |
//! | --- | --- |
//! | `POST /webhooks/app` | what customers write: signed JSON, as `aspa-channel-api` describes it |
//! | `GET /tickets` | the active tickets, those whose promise breaks first at the top |
//! | `GET /tickets/{id}` | one ticket with its messages and clocks |
//! | `POST /tickets/{id}/reply` | `{"text": …, "by": …, "newest_seen": …}`; sent as signed JSON to the callback |
//!
//! **There is no login here.** Webhooks carry their own signature; everything under `/tickets` shows
//! what customers wrote and speaks in your name, so a host puts its own authentication in front of
//! it (an axum layer around [`tickets`] will do). Until then, listen on this machine only.

mod app;
mod demo;
mod serve;
mod tickets;

use std::sync::Arc;

use aspa::channel_api::{ApiChannel, ApiWebhook, ChannelConfig, WebhookConfig};
use aspa::desk::{Clock, Desk, SystemClock};
use aspa::hours::Hours;
use aspa::http::ReqwestClient;
use aspa::sla::Promise;
use aspa::store::Store;
use aspa::types::{AccountId, Secret};
use chrono::TimeDelta;

pub use app::{App, Posted};
pub use demo::demo;
pub use serve::serve;
pub use tickets::{tickets, webhooks};

/// What can go wrong while the program starts.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// How the app that customers use is connected.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "all three are needed")]
pub struct Config {
    /// Where replies are posted: https, or http on this machine.
    pub callback_url: String,
    /// What the app signs with, 16 bytes or more.
    pub webhook_secret: Secret,
    /// What we sign with, 16 bytes or more; another one.
    pub callback_secret: Secret,
}

/// A desk for one app: one account, one webhook, and an answer promised within four open hours.
///
/// # Errors
///
/// When the callback's address or a secret cannot be used.
pub fn desk(store: impl Store, config: Config) -> Result<Desk, Error> {
    let app = AccountId::new("app")?;
    let callback = ChannelConfig::new(app.clone(), config.callback_url, config.callback_secret);
    let client = Arc::new(ReqwestClient::new()?);
    let channel = ApiChannel::new(callback, client, || SystemClock.now())?;
    let webhook = ApiWebhook::new(WebhookConfig::new(app, config.webhook_secret))?;
    let hours = Hours::new(chrono_tz::Europe::Helsinki).open("Mo-Fr 08:00-18:00")?;
    Ok(Desk::builder(store)
        .channel(channel)
        .webhook("app", webhook)
        .promise(Promise::answer_within(TimeDelta::hours(4), hours))
        .build()?)
}
