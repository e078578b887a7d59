use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_types::{AccountId, AgentId, Tag, TicketId, text_enum};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::gaps::{Cover, Gap, gaps};
use super::staff::{Agent, Need, Span};
use crate::event::Priority;
use crate::tags::Tags;
use crate::ticket::Ticket;

text_enum! {
    /// Whom to prefer among those who can take a ticket. One that this version does not know prefers
    /// nobody.
    pub enum Preference {
        /// Whoever worked on it or answered its customer last.
        LastAgent = "last_agent",
        /// Whoever the customer belongs to.
        Owner = "owner",
        /// Those with the fewest skills, so that who can do more stays free for what needs it.
        FewestSkills = "fewest_skills",
        /// Those with the least load for their capacity.
        LeastLoaded = "least_loaded",
        /// Whoever has waited longest for a turn.
        RoundRobin = "round_robin",
    }
}

/// How tickets are assigned.
///
/// # Order
///
/// A ticket's place in line is the time by which somebody should have it: when its promise breaks, or
/// where it has none, [`without_due_seconds`](Self::without_due_seconds) after it began to wait; less
/// the [head start](Self::head_start_seconds) of its priority. The earliest is first. A place never
/// moves while a ticket waits, so nothing waits for ever: at most the tickets that came before its
/// place plus the largest head start are taken first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Whether a desk that runs assigns by itself, as tickets come and capacity frees. If not, tickets
    /// are taken by hand, or assigned when the host says so.
    pub automatic: bool,
    /// Each narrows down what those before it left; one that would leave nobody is passed over. What
    /// is then left is decided by turn, and at last by id.
    pub preferences: Vec<Preference>,
    /// How much earlier in line a ticket of this priority stands, in seconds; less than 0: later.
    pub head_start_seconds: BTreeMap<Priority, i64>,
    /// By when a ticket without a promise should be taken, in seconds after it began to wait.
    pub without_due_seconds: i64,
    /// For how many seconds an assignment holds; if its agent has done nothing about the ticket by
    /// then, it goes back into line. None: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_seconds: Option<i64>,
    /// What tickets need: the first that fits holds. Without one that fits: anybody.
    pub routes: Vec<Route>,
    /// How many of whom must be on shift while we are open. Empty: one of everybody whom a route wants
    /// first, and anybody at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Cover>,
}

impl Default for Policy {
    /// Not by itself. The last agent, the owner, the least loaded, in turn. Urgent is four hours ahead and high one,
    /// low waits four more; without a promise a ticket should be taken within a day. Assignments do
    /// not expire.
    fn default() -> Self {
        const HOUR: i64 = 3600;
        let head_starts = [
            (Priority::Urgent, 4 * HOUR),
            (Priority::High, HOUR),
            (Priority::Low, -4 * HOUR),
        ];
        Self {
            automatic: false,
            preferences: vec![
                Preference::LastAgent,
                Preference::Owner,
                Preference::LeastLoaded,
                Preference::RoundRobin,
            ],
            head_start_seconds: head_starts.into(),
            without_due_seconds: 24 * HOUR,
            expires_seconds: None,
            routes: Vec::new(),
            covers: Vec::new(),
        }
    }
}

impl Policy {
    /// By when somebody should have the ticket, which is where it stands in line.
    #[must_use]
    pub fn place(&self, waiting: &Waiting) -> DateTime<Utc> {
        let due = waiting
            .due
            .unwrap_or_else(|| later(waiting.since, self.without_due_seconds));
        let priority = waiting.priority.as_ref();
        let head_start = priority.and_then(|p| self.head_start_seconds.get(p));
        later(
            due,
            head_start.map_or(0, |seconds| seconds.saturating_neg()),
        )
    }

    /// The same, with the tags of its routes by their [names of today](Tags::current).
    #[must_use]
    pub fn by_names_of_today(mut self, tags: &Tags) -> Self {
        for route in &mut self.routes {
            route.tags = tags.of(&route.tags);
        }
        self
    }

    /// When the rota lacks somebody: the times within `during` (such as the opening hours) in which fewer
    /// are on shift than [`covers`](Self::covers) asks for. See [`gaps`].
    #[must_use]
    pub fn gaps(&self, agents: &[Agent], during: &[Span]) -> Vec<Gap> {
        if !self.covers.is_empty() {
            return gaps(agents, &self.covers, during);
        }
        let wanted = self.routes.iter().filter_map(|route| route.needs.first());
        let needs: BTreeSet<Need> = wanted.cloned().chain([Need::default()]).collect();
        let covers = needs.into_iter().map(|need| Cover { need, least: 1 });
        gaps(agents, &covers.collect::<Vec<_>>(), during)
    }

    /// Until when an assignment that is made now holds.
    #[must_use]
    pub fn expires(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.expires_seconds.map(|seconds| later(now, seconds))
    }

    /// What somebody must be to take the ticket, most wanted first: what the first route that fits
    /// says, within the ticket's team where it has one and the route names none.
    #[must_use]
    pub fn needs_of(&self, ticket: &Ticket) -> Arc<[Need]> {
        let route = self.routes.iter().find(|route| route.fits(ticket));
        let mut needs = route.map_or_else(Vec::new, |route| route.needs.clone());
        if needs.is_empty() {
            needs.push(Need::default());
        }
        for need in &mut needs {
            if need.team.is_none() {
                need.team.clone_from(&ticket.team);
            }
        }
        needs.into()
    }
}

/// So many seconds later, at most at the end of time.
fn later(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    let end = match seconds < 0 {
        true => DateTime::<Utc>::MIN_UTC,
        false => DateTime::<Utc>::MAX_UTC,
    };
    TimeDelta::try_seconds(seconds)
        .and_then(|time| at.checked_add_signed(time))
        .unwrap_or(end)
}

/// What tickets of a kind need. Every condition that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Route {
    /// With each of these tags or one within it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    /// Of this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// In this language, a BCP 47 tag; one that is longer fits too (`sv`: `sv-FI`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What somebody must be to take it. Where nobody who is the first has room, the next will do.
    pub needs: Vec<Need>,
}

impl Route {
    /// Whether it is for this ticket.
    #[must_use]
    pub fn fits(&self, ticket: &Ticket) -> bool {
        let tagged = |tag| ticket.tags.iter().any(|own| own.is_within(tag));
        let account = &ticket.key.conversation.account;
        self.tags.iter().all(tagged)
            && self.account.as_ref().is_none_or(|own| own == account)
            && self.language.as_deref().is_none_or(|language| {
                let written = ticket.language.as_deref();
                written.is_some_and(|written| is_language(written, language))
            })
    }
}

/// Whether `written` is this language or a form of it.
pub(crate) fn is_language(written: &str, language: &str) -> bool {
    let Some((start, rest)) = written.split_at_checked(language.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(language) && (rest.is_empty() || rest.starts_with('-'))
}

/// A ticket that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Waiting {
    /// Which.
    pub ticket: TicketId,
    /// What somebody must be to take it, most wanted first: where nobody who is the first has room, the
    /// next will do. Empty: anybody. Tickets that need the same may share the list.
    #[serde(default)]
    pub needs: Arc<[Need]>,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// When it began to wait.
    pub since: DateTime<Utc>,
    /// When its promise breaks.
    #[serde(default)]
    pub due: Option<DateTime<Utc>>,
    /// Who worked on it or answered its customer last.
    #[serde(default)]
    pub last_agent: Option<AgentId>,
    /// Who the customer belongs to.
    #[serde(default)]
    pub owner: Option<AgentId>,
}

impl Waiting {
    /// A ticket that anybody can take.
    #[must_use]
    pub fn new(ticket: TicketId, since: DateTime<Utc>) -> Self {
        Self {
            ticket,
            needs: Arc::default(),
            priority: None,
            since,
            due: None,
            last_agent: None,
            owner: None,
        }
    }

    /// What it needs; what says nothing is "anybody".
    pub(super) fn needs(&self) -> Vec<Need> {
        match self.needs.is_empty() {
            true => vec![Need::default()],
            false => self.needs.to_vec(),
        }
    }
}
