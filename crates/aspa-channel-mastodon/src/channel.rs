use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, ErrorKind, Fetch, Fetched, Page,
    Probe, Receipt,
};
use aspa_http::HttpClient;
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::api::Api;
use crate::config::{ConfigError, MastodonConfig};
use crate::poll::Roots;
use crate::send::Sent;
use crate::server::Server;
use crate::status::Decoder;
use crate::stream::{Stream, Told};

/// Why a channel could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server could not be asked, or its answer makes no sense.
    #[error(transparent)]
    Server(#[from] Error),
}

/// One account on a server with the Mastodon API. The crate's page says what it does on which.
///
/// Where a poll goes on is in its [`Cursor`] alone. What is kept in memory saves requests, or tells at
/// once what a later poll would find.
pub struct MastodonChannel {
    pub(crate) account: AccountId,
    pub(crate) server: Server,
    pub(crate) api: Api,
    capabilities: Capabilities,
    pub(crate) roots: Roots,
    pub(crate) sent: Sent,
    pub(crate) told: Mutex<Told>,
    pub(crate) stream: tokio::sync::Mutex<Stream>,
}

/// `Debug` shows which account it is, and neither the server nor the token.
impl fmt::Debug for MastodonChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MastodonChannel")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl MastodonChannel {
    /// Asks the server for its limits and who we are there, and makes a channel of it. `clock` tells the
    /// time; it is asked for how long a limit still lasts.
    ///
    /// # Errors
    ///
    /// As [`Server::ask`].
    pub async fn connect(
        config: &MastodonConfig,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        let api = Api::new(config, http, Arc::new(clock))?;
        let server = Server::of(&api).await?;
        Ok(Self::with(config, api, server))
    }

    /// The same with what a server said [before](Server::ask), so that nothing is asked.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the field at fault.
    pub fn new(
        config: &MastodonConfig,
        server: Server,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        let api = Api::new(config, http, Arc::new(clock))?;
        Ok(Self::with(config, api, server))
    }

    fn with(config: &MastodonConfig, api: Api, server: Server) -> Self {
        Self {
            account: config.account.clone(),
            capabilities: server.capabilities(),
            api: api.at(server.is_snac()),
            server,
            roots: Roots::default(),
            sent: Sent::default(),
            told: Mutex::default(),
            stream: tokio::sync::Mutex::default(),
        }
    }

    /// What the server said of itself: to be stored for [`new`](Self::new).
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn decoder(&self) -> Decoder<'_> {
        Decoder {
            account: &self.account,
            server: &self.server,
        }
    }
}

#[async_trait]
impl Channel for MastodonChannel {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::MASTODON
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.page(cursor).await
    }

    async fn changed(&self) -> Result<(), Error> {
        self.follow().await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.look_up(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        if effect.account() != &self.account {
            return Err(Error::new(ErrorKind::Invalid, "perform").with("field", "account"));
        }
        self.do_it(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look_whether(effect).await
    }

    /// How much was sent lately, and until when the server wants to be left alone.
    fn snapshot(&self) -> Option<String> {
        self.api.snapshot()
    }

    fn restore(&self, snapshot: &str) {
        self.api.restore(snapshot);
    }
}
