use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectName, Error, ErrorKind, Fetch,
    Fetched, Idempotency, MediaLimit, Page, Probe, RateBucket, Receipt, Support, TextUnit, Window,
};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use chrono::NaiveDate;

use crate::config::PageConfig;
use crate::graph::Api;
use crate::place::{Place, person_of};

/// The longest text of a message or a private reply, in characters (from memory).
const LONGEST: usize = 2_000;
/// The longest text of a comment, in characters (from memory).
const LONGEST_COMMENT: usize = 8_000;
const DAY: u64 = 86_400;
/// The largest attachment in bytes.
const MOST_BYTES: u64 = 25 << 20;
/// How many of our own messages are remembered.
const REMEMBERED: usize = 1_000;

/// One Facebook Page: its posts, comments and reviews, and its Messenger conversations.
///
/// What can be done depends on the conversation: a thread below a post, or Messenger with one person.
#[derive(Debug)]
pub struct PageChannel {
    pub(crate) place: Place,
    pub(crate) config: PageConfig,
    pub(crate) api: Api,
    network: Network,
    below_posts: Capabilities,
    in_messenger: Capabilities,
    both: Capabilities,
    /// Which effect made which message, of the newest that this process sent.
    sent: Mutex<VecDeque<(String, EffectKey)>>,
}

impl PageChannel {
    pub(crate) fn new(config: PageConfig, api: Api) -> Self {
        let checked = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default();
        let nothing = Capabilities::new(checked, "Meta's documentation; not verified live")
            .with_text(LONGEST, TextUnit::Scalars)
            .with_idempotency(Idempotency::ReadBack);
        let mut media = MediaLimit::new(1);
        media.bytes = Some(MOST_BYTES);
        let public = |claims: Capabilities| {
            claims
                .with(EffectName::PrivateReply, Support::Full)
                .with(EffectName::Edit, Support::Full)
                .with(EffectName::Delete, Support::Full)
                .with(EffectName::Hide, Support::Full)
                .with(EffectName::React, Support::Partial)
                .with_private_reply_seconds(7 * DAY)
                .with_rate(RateBucket::new("private_replies", 750, 3_600))
        };
        let private = |claims: Capabilities| {
            let mut standard = Window::new("standard messaging", DAY);
            if config.human_agent {
                let next = "a person answers, with the human agent tag, for 7 days".to_owned();
                standard.alternatives.push(next);
            }
            standard
                .alternatives
                .push("wait until the customer writes again".to_owned());
            standard
                .alternatives
                .push("answer below a public post or comment".to_owned());
            let claims = claims
                .with(EffectName::MarkRead, Support::Full)
                .with_window(standard)
                .with_rate(RateBucket::new("send", 300, 1))
                .with_rate(RateBucket::new("conversations", 2, 1));
            match config.human_agent {
                true => claims.with_window(Window::new("human agent", 7 * DAY)),
                false => claims,
            }
        };
        let sends = nothing
            .with(EffectName::Send, Support::Full)
            .with_media(media);
        Self {
            place: Place {
                account: config.account.clone(),
                page: config.page.as_str().into(),
            },
            network: Network::FACEBOOK_PAGE,
            below_posts: public(sends.clone())
                .with_text(LONGEST_COMMENT, TextUnit::Scalars)
                .with_private_text(LONGEST, TextUnit::Scalars),
            in_messenger: private(sends.clone()),
            both: private(public(sends)),
            config,
            api,
            sent: Mutex::default(),
        }
    }

    pub(crate) fn checked(&self, operation: &'static str, of: &AccountId) -> Result<(), Error> {
        match *of == self.place.account {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Invalid, operation).with("field", "account")),
        }
    }

    /// Takes note that this effect made this message.
    pub(crate) fn remember(&self, id: &str, effect: &EffectKey) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() == REMEMBERED {
            sent.pop_front();
        }
        sent.push_back((id.to_owned(), effect.clone()));
    }

    /// Which effect made it, where that is known.
    pub(crate) fn made_by(&self, id: &str) -> Option<EffectKey> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sent = sent.iter().rev();
        sent.find(|(known, _)| known == id)
            .map(|(_, effect)| effect.clone())
    }
}

#[async_trait]
impl Channel for PageChannel {
    fn account(&self) -> &AccountId {
        &self.place.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(match conversation.map(person_of) {
            None => &self.both,
            Some(None) => &self.below_posts,
            Some(Some(_)) => &self.in_messenger,
        })
    }

    /// One request: a list of posts, of comments below one, of reviews, of conversations or of messages.
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.next_page(cursor).await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.look_up(what).await
    }

    /// One request. Where Messenger refuses as outside the 24 hours and the Page has the human agent
    /// permission, what a person wrote is sent once more with that tag: nothing had landed.
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let claims = self.capabilities(Some(&effect.conversation));
        claims.check(effect)?;
        self.checked("perform", effect.account())?;
        match person_of(&effect.conversation) {
            Some(person) => self.in_messenger(effect, person).await,
            None => self.below_a_post(effect).await,
        }
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look_whether(effect).await
    }
}
