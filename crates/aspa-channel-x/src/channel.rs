use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectName, Error, ErrorKind, Fetch,
    Fetched, Idempotency, MediaLimit, Page, Probe, RateBucket, Receipt, Support, TextUnit, Via,
};
use aspa_http::HttpClient;
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;

use crate::api::{Api, LIMITS, XAuth};
use crate::budget::{Meter, Spent};
use crate::config::{self, ConfigError, Names, XConfig};
use crate::direct::Place;
use crate::known::Known;
use crate::media::{MOST_BYTES, TYPES};
use crate::own::Own;
use crate::post::Decoder;
use crate::stream::Stream;
use crate::told::Told;

/// One account on X. The crate's page says what it does and what is not verified.
///
/// Where a poll goes on is in its [`Cursor`] alone. What is kept in memory saves requests, or tells at
/// once what a later poll would find.
pub struct XChannel {
    pub(crate) own: Own,
    pub(crate) api: Api,
    pub(crate) names: Names,
    pub(crate) page: u8,
    pub(crate) direct_messages: bool,
    pub(crate) direct_every: TimeDelta,
    pub(crate) threads: usize,
    pub(crate) known: Known,
    pub(crate) told: Told,
    pub(crate) stream_kind: Option<config::Stream>,
    pub(crate) stream: tokio::sync::Mutex<Stream>,
    public: Capabilities,
    direct: Capabilities,
    nothing: Capabilities,
}

/// `Debug` shows which account it is, and no token.
impl fmt::Debug for XChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XChannel")
            .field("account", &self.own.account)
            .finish_non_exhaustive()
    }
}

impl XChannel {
    /// An account, how it shows who it is, what sends requests, and what tells the time.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the field at fault.
    pub fn new(
        config: &XConfig,
        auth: XAuth,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            api: Api::new(config, auth, http, Arc::new(clock))?,
            own: Own {
                account: config.account.clone(),
                user_id: config.user_id.clone(),
            },
            names: config.names,
            page: config.page,
            direct_messages: config.direct_messages,
            direct_every: TimeDelta::seconds(config.direct_every.into()),
            threads: config.threads.min(64).into(),
            known: Known::new(config.summoned_only),
            told: Told::default(),
            stream_kind: config.stream,
            stream: tokio::sync::Mutex::default(),
            public: public(config),
            direct: direct(),
            nothing: nothing(),
        })
    }

    /// What was spent this month, as far as this channel knows: deliveries of a webhook count where it
    /// [has the meter](crate::XWebhook::metered).
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.api.spent_now()
    }

    /// What counts the deliveries of a webhook into what this channel spends.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.api.meter()
    }

    pub(crate) fn decoder<'a>(&'a self, via: &'a Via) -> Decoder<'a> {
        Decoder {
            own: &self.own,
            all: std::slice::from_ref(&self.own),
            via,
            now: self.api.now(),
        }
    }

    fn claims(&self, conversation: Option<&ConversationKey>) -> &Capabilities {
        match conversation.and_then(|conversation| Place::of(&conversation.id)) {
            Some(Place::Two(..) | Place::Group(_)) => &self.direct,
            Some(Place::Encrypted) => &self.nothing,
            Some(Place::Public(_)) | None => &self.public,
        }
    }
}

fn since(source: &str) -> Capabilities {
    let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
    let mut claims = Capabilities::new(checked, source);
    for (name, limit) in LIMITS {
        claims = claims.with_rate(RateBucket::new(name, limit, 900));
    }
    claims
}

/// The longest direct message, in characters (from memory, not verified).
const DIRECT_TEXT: usize = 10_000;

/// In public. A post of 280 characters as X counts them, 25,000 with a subscription (not verified). A private
/// reply is a direct message.
fn public(config: &XConfig) -> Capabilities {
    let max = match config.premium {
        false => 280,
        true => 25_000,
    };
    let mut claims = since("https://docs.x.com/x-api")
        .with(EffectName::Send, Support::Full)
        .with(EffectName::Delete, Support::Full)
        // Only replies in a conversation that we began.
        .with(EffectName::Hide, Support::Partial)
        .with_text(max, TextUnit::Weighted)
        .with_private_text(DIRECT_TEXT, TextUnit::Utf16)
        .with_media(images(MOST_IMAGES))
        .with_idempotency(Idempotency::ReadBack);
    if config.direct_messages {
        // To whoever takes direct messages from us.
        claims = claims.with(EffectName::PrivateReply, Support::Partial);
    }
    if config.likes {
        // A like, and no other reaction.
        claims = claims.with(EffectName::React, Support::Partial);
    }
    if config.premium {
        claims = claims
            .with(EffectName::Edit, Support::Partial)
            .with_edit_seconds(3_600);
    }
    if config.summoned_only {
        claims.extra.insert(
            "reply_rule".to_owned(),
            json!({
                "name": "summoned_only",
                "since": "2026-02-23",
                "allowed": "replies to posts whose author names or quotes the account",
                "alternatives": ["private_reply", "a person replies on X"],
            }),
        );
    }
    claims
}

/// Among two or in a group.
fn direct() -> Capabilities {
    since("https://docs.x.com/x-api/direct-messages")
        .with(EffectName::Send, Support::Full)
        .with_text(DIRECT_TEXT, TextUnit::Utf16)
        .with_media(images(1))
        .with_idempotency(Idempotency::ReadBack)
}

/// The most images of one post (OpenAPI 2.159, `TweetCreateRequest`).
const MOST_IMAGES: usize = 4;

/// Images that were put on X before ([`XChannel::upload`]).
fn images(count: usize) -> MediaLimit {
    let mut limit = MediaLimit::new(count);
    limit.bytes = Some(MOST_BYTES);
    limit.types = TYPES.iter().map(|of| (*of).to_owned()).collect();
    limit
}

/// In an encrypted chat.
fn nothing() -> Capabilities {
    since("https://docs.x.com/x-api/activity")
}

#[async_trait]
impl Channel for XChannel {
    fn account(&self) -> &AccountId {
        &self.own.account
    }

    fn network(&self) -> &Network {
        &Network::X
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(self.claims(conversation))
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let page = self.page(cursor).await?;
        page.events.iter().for_each(|event| self.known.seen(event));
        Ok(page)
    }

    async fn changed(&self) -> Result<(), Error> {
        self.follow().await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.find(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let conversation = Some(&effect.conversation);
        self.claims(conversation).check(effect).map_err(|error| {
            match conversation.and_then(|conversation| Place::of(&conversation.id)) {
                Some(Place::Encrypted) if *error.kind() == ErrorKind::Unsupported => {
                    error.with_remedy("this chat is encrypted from end to end: answer it on X")
                }
                _ => error,
            }
        })?;
        if effect.account() != &self.own.account {
            return Err(Error::new(ErrorKind::Invalid, "perform").with("field", "account"));
        }
        self.do_it(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look_whether(effect).await
    }

    /// How much was sent lately, until when X wants to be left alone, and what was spent.
    fn snapshot(&self) -> Option<String> {
        self.api.snapshot()
    }

    fn restore(&self, snapshot: &str) {
        self.api.restore(snapshot);
    }
}
