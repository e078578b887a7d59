//! Social customer support inside an axum program: what is mounted, and what runs behind it.
//!
//! | | |
//! | --- | --- |
//! | `/` | a shop's page with the web chat in its corner |
//! | `/agent` | a page for the agent, who is known by a key |
//! | `/chat/…` | the web chat, as [`aspa::web::Chat`] serves it |
//! | `/api/…` | tickets for agents, as [`aspa::web::agents`] serves them |
//! | `/webhooks/app` | what customers write in your own app: signed JSON, as `aspa-channel-api` describes it |
//! | `/health/live`, `/health/ready` | for load balancers |
//!
//! What a host of its own changes: the secrets come from where its secrets are, and `OneAgent` gives
//! way to its sessions.

mod app;
mod demo;
mod keys;
mod pages;
mod serve;

use std::path::PathBuf;
use std::sync::Arc;

use aspa::channel_api::{ApiChannel, ApiWebhook, ChannelConfig, WebhookConfig};
use aspa::desk::{Clock, Desk, SystemClock};
use aspa::hours::Hours;
use aspa::http::ReqwestClient;
use aspa::sla::Promise;
use aspa::store::Store;
use aspa::types::{AccountId, AgentId, Secret, SystemId};
use aspa::web::{Chat, ChatOptions, Closing, FileStore, Folder, StoreTranscript};
use aspa::webchat::{ChatConfig, ChatWebhook, Visitors, WebChat};
use chrono::TimeDelta;

pub use app::{App, Posted};
pub use demo::demo;
pub use keys::Keys;
pub use pages::OneAgent;
pub use serve::serve;

/// The opening hours of a shop that says nothing else.
pub const HOURS: &str = "Mo-Fr 08:00-18:00";

/// What can go wrong while the program starts.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// How the program is set up.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "all of it is needed")]
pub struct Config {
    /// Its secrets.
    pub keys: Keys,
    /// When somebody answers, in Helsinki's time, as OpenStreetMap writes it: [`HOURS`].
    pub hours: String,
    /// Where files that visitors upload are kept.
    pub files: PathBuf,
    /// The app of one's own that is connected too, if there is one.
    pub app: Option<AppConfig>,
}

/// How the app that customers use is connected.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "all three are needed")]
pub struct AppConfig {
    /// Where replies are posted: https, or http on this machine.
    pub callback_url: String,
    /// What the app signs with, 16 bytes or more.
    pub webhook_secret: Secret,
    /// What we sign with, 16 bytes or more; another one.
    pub callback_secret: Secret,
}

/// A desk with what is mounted around it.
#[derive(Debug)]
pub struct Embedded {
    pub(crate) desk: Desk,
    pub(crate) chat: Chat,
    pub(crate) files: Arc<dyn FileStore>,
    pub(crate) closing: Closing,
    pub(crate) keys: Keys,
    pub(crate) agent: OneAgent,
}

/// A desk for a web chat and, if it is configured, one app: an answer promised within four open hours.
///
/// # Errors
///
/// When the opening hours, a callback's address, a secret or the folder for files cannot be used.
pub fn embed(store: impl Store + Clone, config: Config) -> Result<Embedded, Error> {
    let keys = config.keys;
    let chat = ChatConfig::new(AccountId::new("chat")?, keys.chat.clone())
        .with_identities(keys.identity.clone(), Some(SystemId::new("shop")?));
    let visitors = Visitors::new(chat)?;
    let transcript = Arc::new(StoreTranscript::new(&store));
    let hours = Hours::new(chrono_tz::Europe::Helsinki).open(&config.hours)?;
    let mut desk = Desk::builder(store)
        .channel(WebChat::new(&visitors, transcript.clone()))
        .webhook("webchat", ChatWebhook::new(visitors.clone()))
        .promise(Promise::answer_within(TimeDelta::hours(4), hours))
        // What was under way when the program was killed goes on 10 s after it has started again.
        .lease(TimeDelta::seconds(10));
    if let Some(app) = config.app {
        let name = AccountId::new("app")?;
        let callback = ChannelConfig::new(name.clone(), app.callback_url, app.callback_secret);
        let client = Arc::new(ReqwestClient::new()?);
        let webhook = ApiWebhook::new(WebhookConfig::new(name, app.webhook_secret))?;
        desk = desk
            .channel(ApiChannel::new(callback, client, || SystemClock.now())?)
            .webhook("app", webhook);
    }
    let desk = desk.build()?;
    let closing = Closing::new();
    let files = Folder::open(config.files)?;
    let options = ChatOptions::new()
        .files(files.clone(), 5 << 20)
        .closing(closing.clone());
    Ok(Embedded {
        chat: Chat::new(desk.clone(), visitors, transcript, options),
        desk,
        files: Arc::new(files),
        closing,
        agent: OneAgent::new(keys.agent.clone(), AgentId::new("anna")?),
        keys,
    })
}
