use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use aspa_ticket::{Category, Ticket};
use aspa_types::{AccountId, AgentId, CustomerId, HandleKey, Tag, TicketId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::changes::TicketRow;
use crate::search::Search;

/// How a list of tickets is sorted. Every order ends with the id, so that it is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TicketSort {
    /// By id: stable while tickets change.
    #[default]
    Id,
    /// By when a promise breaks, soonest first; those without such a time last.
    Breach,
    /// By when something happened last, latest first.
    Activity,
}

impl TicketSort {
    /// The word that stands for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Breach => "breach",
            Self::Activity => "activity",
        }
    }

    /// Where a ticket stands in this order, beside those with the same number by id: nanoseconds
    /// since 1970, for `Activity` before 1970. What lies outside 1677 to 2262 stands at the end of that
    /// time; without a time to sort by: `i64::MAX`. For stores.
    #[must_use]
    pub fn place(self, row: &TicketRow) -> i64 {
        match self {
            Self::Id => 0,
            Self::Breach => row.breach_at.map_or(i64::MAX, nanos),
            Self::Activity => -nanos(row.ticket.active_at()),
        }
    }
}

/// One nanosecond inside, so that none is at the very end and each has a negative.
fn nanos(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 {
        i64::MIN + 2
    } else {
        i64::MAX - 1
    };
    at.timestamp_nanos_opt().unwrap_or(end).max(i64::MIN + 2)
}

/// Where a page of tickets ended: the order, and where its last ticket stood when it was read.
///
/// It holds whatever becomes of that ticket. Tickets that stay where they are while someone reads on
/// come exactly once; one that moves meanwhile comes where it stands when its page is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub struct TicketCursor {
    /// In which order.
    pub sort: TicketSort,
    /// The last ticket's [place](TicketSort::place).
    pub place: i64,
    /// The last ticket.
    pub id: TicketId,
}

impl TicketCursor {
    /// After this row.
    #[must_use]
    pub fn after(sort: TicketSort, row: &TicketRow) -> Self {
        Self {
            sort,
            place: sort.place(row),
            id: row.ticket.id.clone(),
        }
    }
}

/// `breach.1794000000000000000.t-1`: for an address or a form.
impl fmt::Display for TicketCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.sort.as_str(), self.place, self.id)
    }
}

impl From<TicketCursor> for String {
    fn from(cursor: TicketCursor) -> Self {
        cursor.to_string()
    }
}

/// A text that is no [`TicketCursor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadCursor;

impl fmt::Display for BadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no place in a list of tickets: begin with its first page")
    }
}

impl std::error::Error for BadCursor {}

impl FromStr for TicketCursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let mut pieces = text.splitn(3, '.');
        let mut next = || pieces.next().ok_or(BadCursor);
        let (sort, place, id) = (next()?, next()?, next()?);
        let sorts = [TicketSort::Id, TicketSort::Breach, TicketSort::Activity];
        let sort = sorts.into_iter().find(|known| known.as_str() == sort);
        Ok(Self {
            sort: sort.ok_or(BadCursor)?,
            place: place.parse().map_err(|_| BadCursor)?,
            id: TicketId::new(id).map_err(|_| BadCursor)?,
        })
    }
}

impl TryFrom<String> for TicketCursor {
    type Error = BadCursor;

    fn try_from(text: String) -> Result<Self, BadCursor> {
        text.parse()
    }
}

/// A time span: from the first instant on, up to before the second; without one, without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "the two ends of a span")]
pub struct Between {
    /// From then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<DateTime<Utc>>,
}

impl Between {
    /// Whether it holds this time.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }

    /// Whether it holds every time.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// Which tickets are asked for. Every condition that is given must hold.
///
/// As JSON it is what people save and what an interface sends: a field that this version does not
/// know is refused, since leaving a condition out would find too much.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TicketQuery {
    /// Standing in one of these; empty: in any.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<Category>,
    /// Not resolved or closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub active: bool,
    /// Given to this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// Given to nobody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unassigned: bool,
    /// With each of these tags or one within it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    /// Of this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// About this handle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<HandleKey>,
    /// About a handle that is linked to this customer now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Opened in this time.
    #[serde(skip_serializing_if = "Between::is_everything")]
    pub opened: Between,
    /// Something happened last in this time.
    #[serde(skip_serializing_if = "Between::is_everything")]
    pub active_in: Between,
    /// With these words in its messages or notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Search>,
    /// In this order.
    pub sort: TicketSort,
    /// Only those after this place in that order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<TicketCursor>,
    /// At most so many; 0: 100.
    pub limit: usize,
}

impl TicketQuery {
    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }

    /// Goes on after the last row of a page; `false` where the page is empty, which is the end.
    pub fn go_on(&mut self, page: &[TicketRow]) -> bool {
        let last = page.last().map(|row| TicketCursor::after(self.sort, row));
        let more = last.is_some();
        if more {
            self.after = last;
        }
        more
    }

    /// Whether only active tickets can fit.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active
            || !self.categories.is_empty() && self.categories.iter().all(Category::is_active)
    }

    /// Whether no ticket can fit, since two conditions exclude each other.
    #[must_use]
    pub fn contradicts_itself(&self) -> bool {
        let none_active =
            !self.categories.is_empty() && !self.categories.iter().any(Category::is_active);
        self.active && none_active || self.unassigned && self.assignee.is_some()
    }

    /// Whether a ticket fits all that can be told from the ticket alone: everything but `customer`
    /// and `text`.
    #[must_use]
    pub fn fits(&self, ticket: &Ticket) -> bool {
        let within = |tag| ticket.tags.iter().any(|own| own.is_within(tag));
        let key = &ticket.key;
        (self.categories.is_empty() || self.categories.contains(&ticket.category))
            && (!self.active || ticket.category.is_active())
            && (self.assignee.is_none() || self.assignee == ticket.assignee)
            && (!self.unassigned || ticket.assignee.is_none())
            && self.tags.iter().all(within)
            && self
                .account
                .as_ref()
                .is_none_or(|a| *a == key.conversation.account)
            && self
                .handle
                .as_ref()
                .is_none_or(|handle| *handle == key.customer)
            && self.opened.holds(ticket.opened_at)
            && self.active_in.holds(ticket.active_at())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_json_and_knows_what_it_does_not_know() {
        let mut query = TicketQuery::default();
        query.categories.insert(Category::Open);
        query.tags.insert("delivery/late".parse().unwrap());
        query.text = Some("toimi*".parse().unwrap());
        query.sort = TicketSort::Breach;
        query.after = Some("breach.-5.t-1".parse().unwrap());
        let json = serde_json::to_string(&query).unwrap();
        let expected = r#"{"categories":["open"],"tags":["delivery/late"],"text":"toimi*","sort":"breach","after":"breach.-5.t-1","limit":0}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<TicketQuery>(&json).unwrap(), query);
        assert!(serde_json::from_str::<TicketQuery>(r#"{"mood":"bad"}"#).is_err());
        assert!(query.is_active());
        query.categories.insert(Category::Closed);
        assert!(!query.is_active());
    }

    #[test]
    fn a_cursor_is_read_back_or_refused() {
        for text in ["id.0.t-1", "activity.-9223372036854775806.t.with.dots"] {
            assert_eq!(text.parse::<TicketCursor>().unwrap().to_string(), text);
        }
        for text in ["", "t-1", "breach.t-1", "mood.1.t-1", "id.0.", "id.x.t"] {
            assert_eq!(text.parse::<TicketCursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn spans_hold_their_beginning_and_not_their_end() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let span = Between {
            from: at(1),
            before: at(3),
        };
        let held: Vec<i64> = (0..5).filter(|s| span.holds(at(*s).unwrap())).collect();
        assert_eq!(held, [1, 2]);
        for far in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!((-i64::MAX..i64::MAX).contains(&nanos(far)) && -nanos(far) < i64::MAX);
        }
    }
}
