use std::collections::BTreeSet;

use aspa_channel::MessageKey;
use aspa_identity::{ContactKind, ContactRequest, Language, PublicText, RequestEvent};
use aspa_types::{AgentId, EffectKey, HandleKey, TicketId};
use serde::{Deserialize, Serialize};

use crate::act::reply_key;

/// What somebody is asked for, in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// One of these is enough.
    pub kinds: Vec<ContactKind>,
    /// In which language; none: the ticket's, else English.
    pub language: Option<Language>,
    /// What it is for, as the person reads it; none: only to recognise the person.
    pub purpose: Option<String>,
    /// The offer in public; none: the built-in one.
    pub offer: Option<PublicText>,
    /// What is said in public once the person has told something in private, whether we know then who it
    /// is or not; none: the built-in text.
    pub received: Option<PublicText>,
}

impl Question {
    /// For one of these details, in built-in words.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = ContactKind>) -> Self {
        Self {
            kinds: kinds.into_iter().collect(),
            language: None,
            purpose: None,
            offer: None,
            received: None,
        }
    }

    /// The same, in this language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// The same, for this purpose, in the host's words.
    #[must_use]
    pub fn for_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// The same, with the host's own words in public: the offer, and what is said once something was
    /// told in private, whatever it leads to.
    #[must_use]
    pub fn saying(mut self, offer: PublicText, received: PublicText) -> Self {
        (self.offer, self.received) = (Some(offer), Some(received));
        self
    }
}

/// One attempt to learn who somebody is, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asking {
    /// The ticket on which it began.
    pub ticket: TicketId,
    /// Who of us wanted to know.
    pub by: AgentId,
    /// The ticket on which the person writes to us in private, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<TicketId>,
    /// The handle by which the person writes to us in private, where it is not the one that is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<HandleKey>,
    /// What happened so far. It names messages and kinds of details, and holds none of them.
    pub events: Vec<RequestEvent>,
    /// The message that is answered in public and in private.
    pub(super) message: MessageKey,
    pub(super) kinds: Vec<ContactKind>,
    pub(super) question: String,
    /// What is said in public, where it began in public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Said>,
    /// The question on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) effect: Option<EffectKey>,
    /// Private messages that were looked at.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) looked: BTreeSet<MessageKey>,
}

/// What is said in public.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) offer: String,
    pub(super) offered: bool,
    pub(super) received: String,
}

impl Asking {
    /// How it stands; none where a later version wrote what this one cannot read.
    #[must_use]
    pub fn request(&self) -> Option<ContactRequest> {
        ContactRequest::of(&self.events)
    }

    /// What makes the offer, where there is one.
    pub(super) fn offer(&self) -> Option<EffectKey> {
        self.public.as_ref()?;
        Some(reply_key(&self.ticket, &offer_name(&self.request()?)))
    }

    /// The name of what is sent at this step: the same however often it is tried.
    pub(super) fn name(&self, request: &ContactRequest, step: &str) -> String {
        format!("ask {} {step} {}", request.id, self.events.len())
    }
}

/// The name of the reply that makes the offer.
pub(super) fn offer_name(request: &ContactRequest) -> String {
    format!("ask {} offer", request.id)
}
