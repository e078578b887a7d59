use std::collections::BTreeMap;

use aspa_channel::Audience;
use aspa_types::{Tag, text_enum};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::disposition::Disposition;
use crate::helped::{Help, HelpVerdict};
use crate::tags::Tags;
use crate::ticket::Ticket;

text_enum! {
    /// What an account is for.
    pub enum Aim {
        /// Customers are helped where they ask.
        SolveHere = "solve_here",
        /// Customers are led to where they can help themselves.
        SelfService = "self_service",
        /// Other customers may answer first.
        CustomersFirst = "customers_first",
    }
}

/// What holds for a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Topic {
    /// For how many seconds other customers may answer first. None: as long as the account's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,
    /// Whether a wrong answer may hurt somebody: agents are called at once, whatever the grace.
    pub risky: bool,
}

impl Topic {
    /// Other customers may answer for so long.
    #[must_use]
    pub const fn grace(seconds: u32) -> Self {
        Self {
            grace_seconds: Some(seconds),
            risky: false,
        }
    }

    /// Agents are called at once.
    #[must_use]
    pub const fn risky() -> Self {
        Self {
            grace_seconds: None,
            risky: true,
        }
    }
}

/// What an account is for, and how long customers may answer each other before agents are called.
///
/// ```
/// use aspa_ticket::{Goal, Topic};
/// use aspa_types::Tag;
/// let goal = Goal::customers_first(3600)
///     .with_topic(Tag::new("tips")?, Topic::grace(86_400))
///     .with_topic(Tag::new("safety")?, Topic::risky());
/// # Ok::<(), aspa_types::BadId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Goal {
    /// What the account is for.
    pub aim: Aim,
    /// For how many seconds other customers may answer first, where they may at all.
    #[serde(default)]
    pub grace_seconds: u32,
    /// How many seconds before what was promised is due agents are called at the latest, so that they can
    /// keep it.
    #[serde(default = "quarter_of_an_hour")]
    pub lead_seconds: u32,
    /// What holds for tickets of a tag, and of the tags below it.
    #[serde(default)]
    pub topics: BTreeMap<Tag, Topic>,
}

const fn quarter_of_an_hour() -> u32 {
    900
}

text_enum! {
    /// Why agents are called when they are.
    pub enum CallWhy {
        /// Nobody waits.
        NobodyWaits = "nobody_waits",
        /// The topic is risky.
        Risky = "risky",
        /// The account is not for customers to answer first.
        OursToAnswer = "ours_to_answer",
        /// Not everybody can read it, so nobody else can answer.
        NotPublic = "not_public",
        /// One of us is at it, or has written already.
        Begun = "begun",
        /// A customer answered, and one of us said that it is wrong or not enough.
        Corrected = "corrected",
        /// The grace period ends then.
        Grace = "grace",
        /// The grace period would leave them too little time to keep what was promised.
        Promise = "promise",
    }
}

/// When agents are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// From when on; none: not at all, as it stands.
    pub at: Option<DateTime<Utc>>,
    /// Why then.
    pub why: CallWhy,
    /// The tag of the goal that decided, if one did.
    pub topic: Option<Tag>,
}

impl Goal {
    /// An account with an aim other than [customers first](Self::customers_first).
    #[must_use]
    pub const fn new(aim: Aim) -> Self {
        Self {
            aim,
            grace_seconds: 0,
            lead_seconds: quarter_of_an_hour(),
            topics: BTreeMap::new(),
        }
    }

    /// Other customers may answer for so many seconds before agents are called.
    #[must_use]
    pub const fn customers_first(grace_seconds: u32) -> Self {
        Self {
            aim: Aim::CustomersFirst,
            grace_seconds,
            lead_seconds: quarter_of_an_hour(),
            topics: BTreeMap::new(),
        }
    }

    /// The same, with agents called so many seconds before what was promised is due, instead of 900.
    #[must_use]
    pub const fn lead(mut self, seconds: u32) -> Self {
        self.lead_seconds = seconds;
        self
    }

    /// The same, with what holds for a topic.
    #[must_use]
    pub fn with_topic(mut self, tag: Tag, topic: Topic) -> Self {
        self.topics.insert(tag, topic);
        self
    }

    /// The same, with topics by their [names of today](Tags::current). Of two that are one by now, what is
    /// more careful holds: it is risky where either is, and the shorter grace period holds.
    #[must_use]
    pub fn by_names_of_today(mut self, tags: &Tags) -> Self {
        for (tag, topic) in std::mem::take(&mut self.topics) {
            let kept = self.topics.entry(tags.current(&tag)).or_insert(topic);
            kept.risky |= topic.risky;
            let graces = kept.grace_seconds.into_iter().chain(topic.grace_seconds);
            kept.grace_seconds = graces.min();
        }
        self
    }

    /// When agents are called to a ticket. `promised` is when its promise is due: a grace period ends
    /// [so long](Self::lead_seconds) before that at the latest, and at once where less is left.
    ///
    /// At once, counting from the oldest message that nothing became of: where the topic is risky (any tag
    /// above counts), where not everybody can read the ticket or that is not known, and where one of us
    /// is at it. Else the grace period is over: of several topics the shortest, of each the nearest tag
    /// above; 0 seconds is at once.
    #[must_use]
    pub fn call(&self, ticket: &Ticket, promised: Option<DateTime<Utc>>) -> Call {
        let open = |m: &&crate::Attached| !m.withdrawn && m.disposition == Disposition::Unhandled;
        let call = |at, why, topic: Option<&Tag>| Call {
            at,
            why,
            topic: topic.cloned(),
        };
        let active = ticket.category.is_active();
        let Some(since) = ticket
            .inbound()
            .chain(ticket.joined_messages())
            .filter(open)
            .map(|m| m.at)
            .min()
            .filter(|_| active)
        else {
            return call(None, CallWhy::NobodyWaits, None);
        };
        if let Some(risky) = self.risk(ticket) {
            return call(Some(since), CallWhy::Risky, Some(risky));
        }
        if self.aim != Aim::CustomersFirst {
            return call(Some(since), CallWhy::OursToAnswer, None);
        }
        if !matches!(ticket.audience, Some(Audience::Public | Audience::Unlisted)) {
            return call(Some(since), CallWhy::NotPublic, None);
        }
        if ticket.assignee.is_some() || ticket.outbound().next().is_some() {
            return call(Some(since), CallWhy::Begun, None);
        }
        let wrong = |help: &Help| {
            let mut asked = ticket.inbound().filter(open);
            help.verdict == HelpVerdict::Corrected && asked.any(|m| m.message == help.message)
        };
        if ticket.helped.iter().any(wrong) {
            return call(Some(since), CallWhy::Corrected, None);
        }
        let (grace, topic) = self.grace(ticket);
        let until = since
            .checked_add_signed(TimeDelta::seconds(grace.into()))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let lead = TimeDelta::seconds(self.lead_seconds.into());
        let latest = promised.map(|due| due.checked_sub_signed(lead).unwrap_or(since));
        match latest {
            Some(latest) if latest < until => {
                call(Some(latest.max(since)), CallWhy::Promise, topic)
            }
            _ => call(Some(until), CallWhy::Grace, topic),
        }
    }

    fn risk(&self, ticket: &Ticket) -> Option<&Tag> {
        let risky = |(tag, topic): &(&Tag, &Topic)| {
            topic.risky && ticket.tags.iter().any(|own| own.is_within(tag))
        };
        self.topics.iter().find(risky).map(|(tag, _)| tag)
    }

    /// The grace period in seconds, and the topic that it is of.
    fn grace(&self, ticket: &Ticket) -> (u32, Option<&Tag>) {
        let nearest = |own: &Tag| {
            let above = self.topics.iter().filter(|(tag, _)| own.is_within(tag));
            let named = above.filter_map(|(tag, topic)| Some((tag, topic.grace_seconds?)));
            named.max_by_key(|(tag, _)| tag.as_str().len())
        };
        let shortest = ticket
            .tags
            .iter()
            .filter_map(nearest)
            .min_by_key(|(_, grace)| *grace);
        match shortest {
            Some((tag, grace)) => (grace, Some(tag)),
            None => (self.grace_seconds, None),
        }
    }
}
