//! Who is told what: which news about a ticket a colleague has asked to hear of.

use std::collections::BTreeSet;
use std::fmt;

use aspa_channel::{Campaign, MessageKey};
use aspa_types::{AgentId, CustomerId, Tag, TicketId, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{Actor, Event, EventKind, Priority};
use crate::ticket::Ticket;

text_enum! {
    /// What somebody is told of.
    pub enum Occasion {
        /// The customer wrote.
        Wrote = "wrote",
        /// One of us answered.
        Answered = "answered",
        /// A colleague wrote a note.
        Noted = "noted",
        /// It was given to a person or a team, or back to nobody.
        Assigned = "assigned",
        /// What we wrote reached nobody.
        Failed = "failed",
        /// It was opened again.
        Reopened = "reopened",
        /// It was resolved or closed.
        Resolved = "resolved",
        /// A clock passed a point that somebody is told about: a warning, a breach.
        Promise = "promise",
        /// A rule had somebody told.
        Called = "called",
        /// A note of a colleague names them or their team.
        Mentioned = "mentioned",
    }
}

impl Occasion {
    /// What an event is an occasion of; none where nobody is told of such events.
    #[must_use]
    pub fn of(event: &EventKind) -> Option<Self> {
        Some(match event {
            EventKind::Received { .. } => Self::Wrote,
            EventKind::Sent { .. } => Self::Answered,
            EventKind::Noted { .. } => Self::Noted,
            EventKind::Assigned { .. } | EventKind::Routed { .. } => Self::Assigned,
            EventKind::ReplyFailed { .. } => Self::Failed,
            EventKind::Reopened => Self::Reopened,
            EventKind::Resolved { .. } | EventKind::Closed => Self::Resolved,
            EventKind::ClockPassed { .. } => Self::Promise,
            EventKind::Called { .. } => Self::Called,
            _ => return None,
        })
    }
}

/// What somebody follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Followed {
    /// One ticket.
    Ticket(TicketId),
    /// A customer, by whatever handle and in whatever conversation they write.
    Customer(CustomerId),
    /// Everybody whom the CRM has under this company's name; letters' case and spaces around it are no
    /// difference.
    Organisation(String),
    /// The customers of this person.
    Portfolio(AgentId),
    /// Tickets with this tag or one within it, by any name it has had.
    Tag(Tag),
    /// Tickets that a saved query finds when the news is looked at.
    Query {
        /// Whose query it is; none: everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<AgentId>,
        /// Its name.
        name: String,
    },
    /// Messages that a campaign brought, by its id or its name.
    Campaign(String),
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(id) => write!(f, "ticket {id}"),
            Self::Customer(id) => write!(f, "customer {id}"),
            Self::Organisation(name) => write!(f, "organisation {name}"),
            Self::Portfolio(agent) => write!(f, "the customers of {agent}"),
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::Query { name, .. } => write!(f, "query {name}"),
            Self::Campaign(name) => write!(f, "campaign {name}"),
        }
    }
}

/// Something that somebody follows, and what of it they want to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Follow {
    /// What is followed.
    pub what: Followed,
    /// On which occasions they are told.
    #[serde(default = "wrote")]
    pub on: BTreeSet<Occasion>,
    /// Only of tickets that are at least so urgent; none: of all. A ticket without a priority counts as
    /// normal, and so does one of a word that this version does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Priority>,
}

fn wrote() -> BTreeSet<Occasion> {
    [Occasion::Wrote].into()
}

impl Follow {
    /// Tells when a customer writes.
    #[must_use]
    pub fn new(what: Followed) -> Self {
        Self {
            what,
            on: wrote(),
            at_least: None,
        }
    }

    /// The same, on these occasions only.
    #[must_use]
    pub fn on(mut self, occasions: impl IntoIterator<Item = Occasion>) -> Self {
        self.on = occasions.into_iter().collect();
        self
    }

    /// The same, of tickets at least so urgent.
    #[must_use]
    pub fn at_least(mut self, priority: Priority) -> Self {
        self.at_least = Some(priority);
        self
    }

    /// Whether it wants these news.
    #[must_use]
    pub fn wants(&self, news: &News<'_>) -> bool {
        let occasion = Occasion::of(&news.event.kind);
        if occasion.is_none_or(|occasion| !self.on.contains(&occasion)) {
            return false;
        }
        let wanted = self.at_least.as_ref();
        if wanted.is_some_and(|least| !is_as_urgent(news.priority(), least)) {
            return false;
        }
        match &self.what {
            Followed::Ticket(id) => news.tickets().any(|ticket| ticket.id == *id),
            Followed::Customer(id) => news.customer == Some(id),
            Followed::Organisation(name) => {
                news.organisations.iter().any(|one| is_same_name(one, name))
            }
            Followed::Portfolio(agent) => news.owner == Some(agent),
            Followed::Tag(tag) => news.tags.iter().any(|own| own.is_within(tag)),
            Followed::Query { owner, name } => news
                .queries
                .iter()
                .any(|(whose, known)| whose == owner && known == name),
            Followed::Campaign(name) => news.campaign.is_some_and(|campaign| {
                campaign.id == *name
                    || campaign
                        .name
                        .as_ref()
                        .is_some_and(|known| is_same_name(known, name))
            }),
        }
    }
}

/// Whether a ticket of one priority is at least as urgent as another; none is normal.
#[must_use]
pub fn is_as_urgent(priority: Option<&Priority>, least: &Priority) -> bool {
    fn rank(priority: Option<&Priority>) -> u8 {
        match priority {
            Some(Priority::Low) => 0,
            Some(Priority::High) => 2,
            Some(Priority::Urgent) => 3,
            _ => 1,
        }
    }
    rank(priority) >= rank(Some(least))
}

fn is_same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Something that happened on a ticket, and what is known around it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct News<'a> {
    /// The ticket, as it stands when the news is looked at.
    pub ticket: &'a Ticket,
    /// The ticket that it is bundled into, where it is worked on: whoever follows that one, or what is
    /// as urgent as that one, is told of both.
    pub into: Option<&'a Ticket>,
    /// What happened.
    pub event: &'a Event,
    /// The customer that the handle is linked to.
    pub customer: Option<&'a CustomerId>,
    /// What the CRM says of where they belong to.
    pub organisations: &'a [String],
    /// Whose the customer is.
    pub owner: Option<&'a AgentId>,
    /// The ticket's tags, with those that they are within and by names of today and before.
    pub tags: &'a BTreeSet<Tag>,
    /// What brought the message.
    pub campaign: Option<&'a Campaign>,
    /// The saved queries that find the ticket: whose, and their names.
    pub queries: &'a BTreeSet<(Option<AgentId>, String)>,
    /// Who is meant: named in the note, themselves or by their team; called by the promise whose clock
    /// passed a point, or by a rule; given the ticket; working on it where the customer writes; whose answer
    /// reached nobody. They are told without following anything.
    pub called: &'a BTreeSet<AgentId>,
}

impl<'a> News<'a> {
    /// News of which nothing but the ticket and the event is known.
    #[must_use]
    pub fn new(ticket: &'a Ticket, event: &'a Event) -> Self {
        static NO_TAGS: BTreeSet<Tag> = BTreeSet::new();
        static NO_QUERIES: BTreeSet<(Option<AgentId>, String)> = BTreeSet::new();
        static NOBODY: BTreeSet<AgentId> = BTreeSet::new();
        Self {
            ticket,
            into: None,
            event,
            customer: None,
            organisations: &[],
            owner: None,
            tags: &NO_TAGS,
            campaign: None,
            queries: &NO_QUERIES,
            called: &NOBODY,
        }
    }

    fn tickets(&self) -> impl Iterator<Item = &'a Ticket> {
        [self.ticket].into_iter().chain(self.into)
    }

    /// How urgent it is: as the more urgent of both.
    fn priority(&self) -> Option<&'a Priority> {
        let more = |one: Option<&'a Priority>, other: &'a Priority| match one {
            Some(one) if is_as_urgent(Some(one), other) => Some(one),
            None if is_as_urgent(None, other) => None,
            _ => Some(other),
        };
        let others = self.into.and_then(|into| into.priority.as_ref());
        others.into_iter().fold(self.ticket.priority.as_ref(), more)
    }

    /// What somebody is told of it, if anything: one notice, however many of the things that they follow
    /// want it, with all of these as its reasons. Nobody is told of what they did themselves.
    ///
    /// ```
    /// use aspa_channel::{ConversationKey, MessageKey};
    /// use aspa_ticket::{Actor, Event, EventKind, Follow, Followed, News, Ticket, TicketKey};
    /// use aspa_types::{AccountId, AgentId, HandleKey, Network};
    ///
    /// let account = AccountId::new("shop")?;
    /// let key = TicketKey {
    ///     conversation: ConversationKey::new(account.clone(), "thread")?,
    ///     customer: HandleKey::new(Network::X, None, "matti")?,
    /// };
    /// let at = "2026-11-23T08:00:00Z".parse()?;
    /// let ticket = Ticket::open(key, 1, at);
    /// let wrote = EventKind::received(MessageKey::new(account, "1")?);
    /// let event = Event::new(at, Actor::Customer, wrote);
    ///
    /// let follows = [Follow::new(Followed::Ticket(ticket.id.clone()))];
    /// let notice = News::new(&ticket, &event).notice(&AgentId::new("liisa")?, &follows);
    /// assert_eq!(notice.ok_or("nothing to tell")?.why[0], follows[0].what);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn notice(&self, to: &AgentId, follows: &[Follow]) -> Option<Notice> {
        if matches!(&self.event.by, Actor::Us(Some(by)) if by == to) {
            return None;
        }
        let wanted = follows.iter().filter(|follow| follow.wants(self));
        let why: BTreeSet<&Followed> = wanted.map(|follow| &follow.what).collect();
        let called = self.called.contains(to);
        if why.is_empty() && !called {
            return None;
        }
        let occasion = match Occasion::of(&self.event.kind)? {
            Occasion::Noted if called => Occasion::Mentioned,
            occasion => occasion,
        };
        let message = match &self.event.kind {
            EventKind::Received { message, .. } | EventKind::Sent { message, .. } => Some(message),
            _ => None,
        };
        let named = |campaign: &Campaign| campaign.name.clone().unwrap_or(campaign.id.clone());
        Some(Notice {
            number: 0,
            to: to.clone(),
            at: self.event.at,
            ticket: self.ticket.id.clone(),
            occasion,
            by: self.event.by.clone(),
            message: message.cloned(),
            campaign: self.campaign.map(named),
            priority: self.priority().cloned(),
            called,
            why: why.into_iter().cloned().collect(),
        })
    }
}

/// That something happened, for somebody who is to know. It names the ticket and the message, and holds
/// nothing of what they say or whom they are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// Its place among all notices of a desk: later ones have larger numbers, with gaps.
    pub number: u64,
    /// Who is told.
    pub to: AgentId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// On which ticket.
    pub ticket: TicketId,
    /// What happened.
    pub occasion: Occasion,
    /// Who did it.
    pub by: Actor,
    /// The message, where one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageKey>,
    /// The campaign that brought it, as people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// How urgent the ticket was, where somebody had said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Whether they are meant themselves: mentioned, called by the ticket's promise or by a rule, or since
    /// the ticket or the answer is theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub called: bool,
    /// Which of the things that they follow it is news of; none where they are only meant themselves.
    pub why: Vec<Followed>,
}

/// One line for people, in English.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticket = &self.ticket;
        match &self.by {
            Actor::Customer => f.write_str("a customer")?,
            Actor::Us(Some(agent)) => write!(f, "{agent}")?,
            Actor::System(name) => write!(f, "{name}")?,
            _ => f.write_str("somebody")?,
        }
        match &self.occasion {
            Occasion::Wrote => write!(f, " wrote on {ticket}")?,
            Occasion::Answered => write!(f, " answered on {ticket}")?,
            Occasion::Noted => write!(f, " left a note on {ticket}")?,
            Occasion::Mentioned => write!(f, " mentioned you in a note on {ticket}")?,
            Occasion::Assigned if self.called => write!(f, " gave you {ticket}")?,
            Occasion::Assigned => write!(f, " gave {ticket} to somebody else")?,
            Occasion::Failed => write!(f, ": an answer on {ticket} was not delivered")?,
            Occasion::Reopened => write!(f, " opened {ticket} again")?,
            Occasion::Resolved => write!(f, " resolved {ticket}")?,
            Occasion::Promise => write!(f, ": a promise on {ticket} is in danger or broken")?,
            Occasion::Called => write!(f, ": somebody is to look at {ticket}")?,
            Occasion::Other(word) => write!(f, ": {word} on {ticket}")?,
        }
        if let Some(campaign) = &self.campaign {
            write!(f, ", brought by campaign {campaign}")?;
        }
        for (i, what) in self.why.iter().enumerate() {
            let before = if i == 0 { "; you follow " } else { ", " };
            write!(f, "{before}{what}")?;
        }
        Ok(())
    }
}
