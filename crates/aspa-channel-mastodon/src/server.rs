//! What a server says of itself and of our account.

use std::borrow::Cow;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, EffectName, Error, ErrorKind, Idempotency, MediaLimit, RateBucket, Support,
    TextUnit,
};
use aspa_http::HttpClient;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::Api;
use crate::channel::BuildError;
use crate::config::MastodonConfig;
use crate::json;
use crate::markup;

const OPERATION: &str = "connect";
/// What a text may have where the server does not say (docs.joinmastodon.org, "Posting toots", read
/// 2026-11-22).
const MAX_CHARACTERS: usize = 500;
/// What an address counts, whatever its length (docs.joinmastodon.org, "Guidelines and best practices",
/// "Text", read 2026-11-22).
const URL_CHARACTERS: usize = 23;
/// The longest text that snac is given. It takes 100,000 characters and carries them whole, but the longer the
/// busier: 10,000 of all scripts (35 kB) were taken in 1.4 s, 25,000 (88 kB) in 21 s, and of 50,000 in a row
/// (175 kB each) some in more than 30 s, so that nobody can tell whether they landed (2.75, measured
/// 2026-11-22, on a busy machine of two cores).
const MOST_OF_SNAC: usize = 10_000;
/// What is left for the name at the start of a reply. Mastodon counts the local part alone, of which
/// its own names have 30; others count the whole name, and have longer limits.
const FOR_NAMES: usize = 40;

/// What has to be known of a server and of our account there before anything is sent. Plain data: a
/// host that stores it can start while the server is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Server {
    /// The domain that names of its accounts end in. It may differ from the host of the API.
    pub domain: String,
    /// What it says its version is. Only snac is told by it.
    pub version: String,
    /// How long a text may be, names included.
    pub max_characters: usize,
    /// What an address in a text counts.
    pub url_characters: usize,
    /// How many media a post may have.
    pub max_media: usize,
    /// Which media types it takes; empty: it does not say.
    pub media_types: Vec<String>,
    /// The largest picture in bytes, where it says so.
    pub max_image_bytes: Option<u64>,
    /// The largest film or sound in bytes, where it says so.
    #[serde(default)]
    pub max_video_bytes: Option<u64>,
    /// Where its stream is, if anywhere.
    pub streaming: Option<String>,
    /// The id of our account there.
    pub account_id: String,
    /// The user name of our account, without a domain.
    pub user_name: String,
}

impl Server {
    /// Asks the server: whose the token is, and its limits by `/api/v2/instance`, or `/api/v1/instance`
    /// where that is not there.
    ///
    /// # Errors
    ///
    /// [`BuildError`] naming what is wrong with the configuration, or what the server says.
    pub async fn ask(
        config: &MastodonConfig,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        let api = Api::new(config, http, Arc::new(clock))?;
        Ok(Self::of(&api).await?)
    }

    pub(crate) async fn of(api: &Api) -> Result<Self, Error> {
        let missing = |what| {
            Error::new(ErrorKind::Protocol, OPERATION)
                .with("path", what)
                .with_remedy("set base_url to a server with the Mastodon API")
        };
        // GET /api/v1/accounts/verify_credentials (docs.joinmastodon.org, methods/accounts, read
        // 2026-11-22). snac answers 422 with an empty body where the token is wrong.
        let whoami = "/api/v1/accounts/verify_credentials";
        let account = api.get(whoami, OPERATION).await.map_err(|error| {
            match *error.kind() == ErrorKind::Invalid {
                true => Error::new(ErrorKind::Unauthorized, OPERATION)
                    .with_remedy("authorise the account again and give the new access token"),
                false => error,
            }
        })?;
        let account = account.ok_or_else(|| missing(whoami))?;
        // GET /api/v2/instance, since 4.0; GET /api/v1/instance before (methods/instance, read
        // 2026-11-22).
        let instance = match api.get("/api/v2/instance", OPERATION).await? {
            Some(instance) => Some(instance),
            None => api.get("/api/v1/instance", OPERATION).await?,
        };
        let instance = instance.ok_or_else(|| missing("/api/v1/instance"))?;
        Self::read(&account, &instance, api.host()).ok_or_else(|| missing(whoami))
    }

    /// From the answers; none where the first is no account.
    pub(crate) fn read(account: &Value, instance: &Value, host: &str) -> Option<Self> {
        let configuration = &instance["configuration"];
        let statuses = &configuration["statuses"];
        let media = &configuration["media_attachments"];
        let number = |of: &Value, name: &str| {
            let number = of[name].as_u64().and_then(|n| usize::try_from(n).ok());
            number.filter(|n| *n > 0)
        };
        // Version 1 calls the domain `uri`, which some servers take at its word.
        let domain = json::text(instance, "domain")
            .or_else(|| json::text(instance, "account_domain"))
            .or_else(|| json::text(instance, "uri"));
        let domain = domain.map_or(host, |domain| {
            let domain = domain.split_once("://").map_or(domain, |(_, rest)| rest);
            domain.trim_end_matches('/')
        });
        let types = json::list(media, "supported_mime_types").iter();
        let streaming = json::text(&configuration["urls"], "streaming")
            .or_else(|| json::text(&instance["urls"], "streaming_api"));
        let max = number(statuses, "max_characters")
            // Pleroma and its kin.
            .or_else(|| number(instance, "max_toot_chars"));
        Some(Self {
            domain: domain.to_owned(),
            version: json::text(instance, "version")
                .unwrap_or_default()
                .to_owned(),
            max_characters: max.unwrap_or(MAX_CHARACTERS),
            url_characters: number(statuses, "characters_reserved_per_url")
                .unwrap_or(URL_CHARACTERS),
            max_media: number(statuses, "max_media_attachments").unwrap_or(4),
            media_types: types.filter_map(Value::as_str).map(str::to_owned).collect(),
            max_image_bytes: media["image_size_limit"].as_u64(),
            max_video_bytes: media["video_size_limit"].as_u64(),
            streaming: streaming.map(str::to_owned),
            account_id: json::id(account, "id")?.into_owned(),
            user_name: json::text(account, "username")
                .or_else(|| json::text(account, "acct"))?
                .split('@')
                .next()?
                .to_owned(),
        })
    }

    /// Whether it is snac, which says so (2.75: `4.0.0 (not true; really snac/2.75)`). Of it nothing
    /// else tells: it has no delete, calls direct posts private, and gives a post another id when it
    /// is edited.
    pub(crate) fn is_snac(&self) -> bool {
        self.version.contains("snac/")
    }

    /// The id of a post that stays the same. snac's are ten digits of a time, which an edit changes,
    /// and 32 of a digest; it looks at the digest alone (measured on 2.75, 2026-11-22).
    pub(crate) fn stable(&self, id: &str) -> String {
        match id.get(10..) {
            Some(digest) if self.is_snac() && id.len() == 42 => format!("0000000000{digest}"),
            _ => id.to_owned(),
        }
    }

    /// A text as the server has to be given it for its readers to see what is written.
    pub(crate) fn given<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.is_snac() {
            true => Cow::Owned(markup::escaped(text)),
            false => Cow::Borrowed(text),
        }
    }

    /// Whether a name, with or without a domain, is that of our account.
    pub(crate) fn is_our_name(&self, name: &str) -> bool {
        let (user, domain) = name.split_once('@').unwrap_or((name, &self.domain));
        user.eq_ignore_ascii_case(&self.user_name) && domain.eq_ignore_ascii_case(&self.domain)
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let max = match self.is_snac() {
            true => self.max_characters.min(MOST_OF_SNAC),
            false => self.max_characters,
        };
        let mut media = MediaLimit::new(self.max_media);
        media.types.clone_from(&self.media_types);
        let sizes = self.max_image_bytes.zip(self.max_video_bytes);
        media.bytes = sizes.map(|(image, video)| image.max(video));
        let capabilities = Capabilities::new(checked, "https://docs.joinmastodon.org/api/")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::PrivateReply, Support::Full)
            .with(EffectName::Edit, Support::Full)
            .with(EffectName::React, Support::Full)
            .with_text(max.saturating_sub(FOR_NAMES).max(1), TextUnit::Scalars)
            .with_media(media)
            .with_idempotency(Idempotency::ReadBack)
            // docs.joinmastodon.org, "Rate limits", read 2026-11-22.
            .with_rate(RateBucket::new("requests of the account", 300, 300))
            .with_rate(RateBucket::new("media", 30, 1800));
        if self.is_snac() {
            return capabilities;
        }
        capabilities
            .with(EffectName::Delete, Support::Full)
            .with_rate(RateBucket::new("deletions", 30, 1800))
    }
}
