//! The accounts: four ways in which networks let us know whether something landed, over one protocol.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Effect, Error, Idempotency, Probe, Receipt,
};
use aspa_channel_api::{ApiChannel, ChannelConfig};
use aspa_desk::Clock;
use aspa_http::ReqwestClient;
use aspa_types::{AccountId, Network, Secret, TenantId};
use async_trait::async_trait;

/// The accounts.
pub(crate) const ACCOUNTS: [&str; 4] = ["native", "echo", "readback", "none"];

/// What both sides sign with.
pub(crate) const SECRET: &str = "crash-secret-0123456789";

/// Longer texts are sent in parts.
pub(crate) const LONGEST: usize = 60;

/// How long a request may take; an effect makes three at most, which have to fit into a lease.
const PATIENCE: Duration = Duration::from_millis(300);

/// Whose an account is.
pub(crate) fn tenant_of(account: &str) -> TenantId {
    match account {
        "none" => TenantId::new("other").unwrap_or_default(),
        _ => TenantId::default(),
    }
}

pub(crate) fn idempotency(account: &str) -> Idempotency {
    match account {
        "native" => Idempotency::Native,
        "echo" => Idempotency::ByEcho,
        "readback" => Idempotency::ReadBack,
        _ => Idempotency::None,
    }
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Line {
    inner: ApiChannel,
    capabilities: Capabilities,
}

impl Line {
    pub(crate) fn all(network: &str, clock: &Arc<dyn Clock>) -> Result<Vec<Self>, crate::Error> {
        let http = ReqwestClient::builder()
            .connect_timeout(PATIENCE)
            .timeout(PATIENCE)
            .build()?;
        let http = Arc::new(http);
        let mut lines = Vec::new();
        for account in ACCOUNTS {
            let id = AccountId::new(account)?;
            let mut config =
                ChannelConfig::new(id, format!("{network}/{account}"), Secret::new(SECRET));
            config.max_text = LONGEST;
            let clock = Arc::clone(clock);
            let inner = ApiChannel::new(config, http.clone(), move || clock.now())?;
            let mut capabilities = inner.capabilities(None).into_owned();
            capabilities.idempotency = idempotency(account);
            lines.push(Self {
                inner,
                capabilities,
            });
        }
        Ok(lines)
    }
}

#[async_trait]
impl Channel for Line {
    fn account(&self) -> &AccountId {
        self.inner.account()
    }

    fn network(&self) -> &Network {
        self.inner.network()
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.inner.perform(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.capabilities.idempotency {
            Idempotency::ReadBack => self.inner.probe(effect).await,
            _ => Ok(Probe::CannotTell),
        }
    }
}
