use std::borrow::Cow;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use aspa_channel::{
    AttributeKind, Capabilities, Channel, ConversationKey, Cursor, Effect, EffectName, Error,
    ErrorKind, Fetch, Fetched, Handle, Idempotency, Message, Page, Probe, Receipt, Rejected,
    Support, TextUnit, Via,
};
use aspa_http::{HttpError, HttpErrorKind};
use aspa_types::{AccountId, HandleKey, Network};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::api::{Api, Ask};
use crate::comment::Comment;
use crate::config::SiteConfig;
use crate::cursor::{Place, Round};
use crate::effects::{Desk, MOST_BYTES, more_fields};
use crate::poll::{Reading, take};
use crate::site::{Site, scope};

/// How many comments of one post a look-up brings at most: the newest.
const MOST_FETCHED: u64 = 1_000;

/// The comments of one site, read and answered as one of its editors.
///
/// A conversation is a post, named by its WordPress id; a message is a comment. Login and capability
/// are checked before the first request of each channel: a wrong password would be a mere visitor.
#[derive(Debug)]
pub struct WordPressChannel {
    network: Network,
    capabilities: Capabilities,
    api: Api,
    site: Site,
    since: Option<DateTime<Utc>>,
    watched: usize,
    page: u64,
    spam: bool,
    beside_webhook: bool,
    /// Our WordPress id, once it is known.
    me: Mutex<Option<u64>>,
}

/// `GET /wp/v2/users/me`.
#[derive(Deserialize)]
struct Me {
    id: u64,
    #[serde(default)]
    capabilities: Value,
}

/// A user of the site, as far as everybody sees.
#[derive(Deserialize)]
struct User {
    #[serde(default)]
    name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    link: String,
}

impl WordPressChannel {
    pub(crate) fn new(config: SiteConfig, api: Api) -> Self {
        // The day on which the figures were measured.
        let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let capabilities = Capabilities::new(checked, "WordPress 6.1.9, measured")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::Edit, Support::Full)
            .with(EffectName::Delete, Support::Full)
            .with(EffectName::Hide, Support::Full)
            .with_text(MOST_BYTES, TextUnit::Bytes)
            .with_idempotency(Idempotency::ReadBack);
        let site = Site {
            account: config.account,
            scope: scope(&config.url),
            ours: config.team,
            personal: config.personal,
        };
        Self {
            network: Network::WORDPRESS,
            capabilities,
            api,
            site,
            since: config.since,
            watched: config.watched,
            page: config.page,
            spam: config.spam,
            beside_webhook: config.beside_webhook,
            me: Mutex::default(),
        }
    }

    /// Logs in and looks whether the account may read and moderate everything; gives its WordPress id.
    /// For whoever connects a site; the channel does it by itself before anything else.
    ///
    /// # Errors
    ///
    /// `Unauthorized` for a wrong login or password, `Forbidden` where the account is no editor, each
    /// with a remedy; else what the site says.
    pub async fn check(&self) -> Result<u64, Error> {
        const OPERATION: &str = "check";
        let ask = Ask::new("wp/v2/users/me").with("context", "edit");
        let ask = ask.with("_fields", "id,capabilities");
        let me: Me = self.api.get(OPERATION, ask).await?.content()?;
        if me.capabilities.get("moderate_comments") != Some(&Value::Bool(true)) {
            let error = Error::new(ErrorKind::Forbidden, OPERATION);
            return Err(
                error.with_remedy("make the account an editor or administrator of the site")
            );
        }
        *self.me.lock().unwrap_or_else(PoisonError::into_inner) = Some(me.id);
        Ok(me.id)
    }

    async fn me(&self) -> Result<u64, Error> {
        let known = *self.me.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(id) => Ok(id),
            None => self.check().await,
        }
    }

    /// The site with everybody who is us on it.
    fn site(&self, me: u64) -> Site {
        let mut site = self.site.clone();
        site.ours.push(me);
        site
    }

    fn list(&self, round: &Round) -> Ask {
        let ask = Ask::comments(None, &more_fields(&self.site))
            // One list of everything, spam and trash too, so that places in it last.
            .with("status", "any")
            .with("orderby", "id")
            .with("order", "asc")
            .with("per_page", round.size)
            .with("offset", round.offset);
        match self.since {
            // Without the Z it would be taken for the site's local time.
            Some(since) => ask.with("after", since.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => ask,
        }
    }

    fn checked(&self, operation: &'static str, account: &AccountId) -> Result<(), Error> {
        match *account == self.site.account {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Invalid, operation).with("field", "account")),
        }
    }

    async fn conversation(&self, site: &Site, post: &str) -> Result<Vec<Message>, Error> {
        const OPERATION: &str = "fetch";
        let Some(post) = post.parse::<u64>().ok().filter(|post| *post > 0) else {
            return Ok(Vec::new());
        };
        let page = async |offset: u64| {
            let ask = Ask::comments(None, &more_fields(site))
                .with("status", "all")
                .with("post", post)
                .with("orderby", "id")
                .with("order", "asc")
                .with("per_page", 100)
                .with("offset", offset);
            let answer = self.api.get(OPERATION, ask).await?;
            let values: Vec<Value> = answer.content()?;
            let total = total(&answer).ok_or_else(|| answer.no_sense())?;
            Ok::<_, Error>((values, total))
        };
        let (mut values, total) = page(0).await?;
        let mut offset = 100;
        if total > MOST_FETCHED {
            values.clear();
            offset = total - MOST_FETCHED;
        }
        while offset < total && values.len() as u64 <= MOST_FETCHED {
            values.extend(page(offset).await?.0);
            offset += 100;
        }
        let read = values.iter().filter_map(|value| {
            let comment = Comment::read(value).ok()?;
            comment.message(site, comment.edited().unwrap_or(0)).ok()
        });
        Ok(read.collect())
    }

    async fn user(&self, key: &HandleKey) -> Result<Fetched, Error> {
        const OPERATION: &str = "fetch";
        let id = key
            .id()
            .strip_prefix("user-")
            .and_then(|id| id.parse::<u64>().ok());
        let here = *key.network() == self.network && key.scope() == Some(&self.site.scope);
        // Nothing can be asked about a visitor.
        let Some(id) = id.filter(|_| here) else {
            return Ok(Fetched::Nothing);
        };
        let ask = Ask::new(format!("wp/v2/users/{id}")).with("_fields", "name,slug,link");
        let user: User = match self.api.get(OPERATION, ask).await?.content() {
            // Whoever wrote no post is not shown to an editor.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => {
                return Ok(Fetched::Nothing);
            }
            read => read?,
        };
        let seen = DateTime::UNIX_EPOCH;
        let mut handle = Handle::new(key.clone());
        for (kind, value) in [
            (AttributeKind::DisplayName, user.name),
            (AttributeKind::UserName, user.slug),
            (AttributeKind::ProfileUrl, user.link),
        ] {
            if !value.is_empty() {
                handle = handle.with(kind, value, seen);
            }
        }
        Ok(Fetched::Handle(handle))
    }
}

fn is_too_large(error: &Error) -> bool {
    let http = error.source().and_then(|e| e.downcast_ref::<HttpError>());
    http.is_some_and(|http| http.kind() == HttpErrorKind::TooLarge)
}

/// How long the whole list is.
fn total(answer: &Answer) -> Option<u64> {
    answer
        .headers()
        .get("x-wp-total")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[async_trait]
impl Channel for WordPressChannel {
    fn account(&self) -> &AccountId {
        &self.site.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    /// `GET /wp/v2/comments`: one request, after the first of all.
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        const OPERATION: &str = "poll";
        let mut place = Place::read(cursor)?;
        let site = self.site(self.me().await?);
        let round = place.take_round(self.page);
        let answer = match self.api.get(OPERATION, self.list(&round)).await {
            // A hundred comments of 64 KiB can be more than the client takes.
            Err(error) if is_too_large(&error) && round.size > 1 => {
                let size = (round.size / 4).max(1);
                place.round = Some(Round { size, ..round });
                return Ok(Page::new(Vec::new(), Some(place.write()), true));
            }
            answer => answer?,
        };
        let values: Vec<Value> = answer.content()?;
        let total = total(&answer).filter(|total| values.len() as u64 <= *total);
        let total = total.ok_or_else(|| answer.no_sense())?;
        let via = match (place.whole, self.beside_webhook) {
            (false, _) => Via::Backfill,
            (true, true) => Via::Reconcile,
            (true, false) => Via::Poll,
        };
        let reading = Reading {
            site: &site,
            via,
            watched: self.watched,
            page: self.page,
            spam: self.spam,
        };
        let events = take(&mut place, &reading, round, &values, total);
        let mut page = Page::new(events, Some(place.write()), place.round.is_some());
        page.rejected = rejected(&values);
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        const OPERATION: &str = "fetch";
        let me = self.me().await?;
        let site = self.site(me);
        let desk = Desk {
            api: &self.api,
            site: &site,
            me,
        };
        match what {
            Fetch::Message(key) => {
                self.checked(OPERATION, &key.account)?;
                let Ok(id) = key.id.parse() else {
                    return Ok(Fetched::Nothing);
                };
                let comment = desk.comment(OPERATION, id).await?;
                let message = comment
                    .and_then(|comment| comment.message(&site, comment.edited().unwrap_or(0)).ok());
                Ok(message.map_or(Fetched::Nothing, |found| Fetched::Message(Box::new(found))))
            }
            Fetch::Conversation(key) => {
                self.checked(OPERATION, &key.account)?;
                let messages = self.conversation(&site, &key.id).await?;
                Ok(Fetched::Conversation(messages))
            }
            Fetch::Handle(key) => self.user(key).await,
            _ => Err(Error::new(ErrorKind::Unsupported, OPERATION)),
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        self.checked("perform", effect.account())?;
        let me = self.me().await?;
        let site = self.site(me);
        Desk {
            api: &self.api,
            site: &site,
            me,
        }
        .perform(effect)
        .await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let me = self.me().await?;
        let site = self.site(me);
        Desk {
            api: &self.api,
            site: &site,
            me,
        }
        .probe(effect)
        .await
    }

    /// Until when the site wants to be left alone.
    fn snapshot(&self) -> Option<String> {
        self.api.snapshot()
    }

    fn restore(&self, snapshot: &str) {
        self.api.restore(snapshot);
    }
}

/// What of a page could not be read, by its place in it. It is kept as unknown, too.
fn rejected(values: &[Value]) -> Vec<Rejected> {
    let read = values.iter().enumerate();
    let wrong = read.filter_map(|(index, value)| {
        let reason = Comment::read(value).err()?;
        let id = value.get("id").and_then(Value::as_u64);
        let place = id.map_or(format!("entry {index}"), |id| format!("comment {id}"));
        Some(Rejected { place, reason })
    });
    wrong.collect()
}
