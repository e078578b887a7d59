use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::row::{ClockRow, Contact, Disposition, Labels, MessageRow, Row, TicketRow, Took};
use super::{Level, Method, Rate, Sample, Summary};
use crate::{ClockKind, Verdict};

/// By what figures can be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dimension {
    /// [`Labels::channel`].
    Channel,
    /// [`Labels::tags`], and what they are within.
    Tag,
    /// [`Labels::agent`].
    Agent,
    /// [`Labels::tier`].
    Tier,
    /// The hour of the local day, `00` to `23`, in which the message was written, the clock started,
    /// the ticket was opened.
    Hour,
}

/// What figures are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Question {
    /// Whose wall clock tells the hour of the day.
    pub zone: Tz,
    /// As of when the backlog stands.
    pub now: DateTime<Utc>,
    /// By what the figures are split; each dimension by itself.
    #[serde(default)]
    pub by: BTreeSet<Dimension>,
    /// What handling costs; none: minutes without money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

impl Question {
    /// The total alone.
    #[must_use]
    pub const fn new(zone: Tz, now: DateTime<Utc>) -> Self {
        Self {
            zone,
            now,
            by: BTreeSet::new(),
            rate: None,
        }
    }

    /// Splits by one more dimension.
    #[must_use]
    pub fn by(mut self, dimension: Dimension) -> Self {
        self.by.insert(dimension);
        self
    }

    /// Tells money too.
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// The groups of a dimension that a row belongs to, each once.
    fn groups(
        &self,
        dimension: Dimension,
        at: DateTime<Utc>,
        labels: &Labels,
        mut each: impl FnMut(&str),
    ) {
        match dimension {
            Dimension::Channel => labels.channel.iter().for_each(|name| each(name)),
            Dimension::Agent => labels.agent.iter().for_each(|name| each(name)),
            Dimension::Tier => labels.tier.iter().for_each(|name| each(name)),
            Dimension::Hour => each(&format!("{:02}", at.with_timezone(&self.zone).hour())),
            Dimension::Tag => {
                let tags: BTreeSet<&str> = labels.tags.iter().flat_map(|t| within(t)).collect();
                tags.into_iter().for_each(each);
            }
        }
    }
}

/// `delivery/late` and `delivery`.
fn within(tag: &str) -> impl Iterator<Item = &str> {
    let ends = tag.match_indices('/').map(|(end, _)| end);
    ends.chain([tag.len()]).map(|end| &tag[..end])
}

/// Figures that answer different questions cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("figures that answer different questions cannot be merged")]
#[non_exhaustive]
pub struct OtherQuestion {}

/// The fold; see the [module](super).
#[derive(Debug, Clone)]
pub struct Figures {
    question: Question,
    total: Counts,
    by: BTreeMap<Dimension, BTreeMap<String, Counts>>,
}

impl Figures {
    /// Nothing yet.
    #[must_use]
    pub fn new(question: Question) -> Self {
        Self {
            by: question
                .by
                .iter()
                .map(|by| (*by, BTreeMap::new()))
                .collect(),
            question,
            total: Counts::default(),
        }
    }

    /// What they are asked.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// Counts one row in. O(groups that it belongs to), each a look-up by name.
    pub fn push(&mut self, row: &Row) {
        self.count(row, Sign::In);
    }

    /// Takes one row back out that was pushed exactly so, here or in figures that these are merged
    /// with.
    pub fn retract(&mut self, row: &Row) {
        self.count(row, Sign::Out);
    }

    /// Adds what others counted.
    ///
    /// # Errors
    /// [`OtherQuestion`] where they answer another one; then nothing is added.
    pub fn merge(&mut self, other: Self) -> Result<(), OtherQuestion> {
        if self.question != other.question {
            return Err(OtherQuestion {});
        }
        self.total.merge(other.total);
        for (dimension, groups) in other.by {
            let known = self.by.entry(dimension).or_default();
            for (name, counts) in groups {
                known.entry(name).or_default().merge(counts);
            }
        }
        Ok(())
    }

    /// The figures as they stand. Sorts the times, O(n log n); what was sorted before and had nothing
    /// added is not sorted again.
    #[must_use]
    pub fn summary(&mut self, method: Method) -> Summary {
        let rate = self.question.rate;
        let groups = |groups: &mut BTreeMap<String, Counts>| {
            let groups = groups.iter_mut().filter(|(_, counts)| counts.rows != 0);
            groups
                .map(|(name, counts)| (name.clone(), counts.summary(method, rate)))
                .collect()
        };
        Summary {
            question: self.question.clone(),
            method,
            total: self.total.summary(method, rate),
            by: (self.by.iter_mut())
                .map(|(dimension, of)| (*dimension, groups(of)))
                .collect(),
        }
    }

    fn count(&mut self, row: &Row, sign: Sign) {
        let (at, labels) = match row {
            Row::Message(row) => (row.at, &row.labels),
            Row::Clock(row) => (row.started_at, &row.labels),
            Row::Ticket(row) => (row.opened_at, &row.labels),
        };
        let Self {
            question,
            total,
            by,
        } = self;
        total.count(row, sign, question.now);
        for (dimension, groups) in by {
            question.groups(*dimension, at, labels, |name| {
                if !groups.contains_key(name) {
                    groups.insert(name.to_owned(), Counts::default());
                }
                if let Some(counts) = groups.get_mut(name) {
                    counts.count(row, sign, question.now);
                }
            });
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    In,
    Out,
}

/// A count that may be below zero while rows that were pushed elsewhere are retracted here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count(i64);

impl Count {
    fn add(&mut self, sign: Sign) {
        match sign {
            Sign::In => self.0 += 1,
            Sign::Out => self.0 -= 1,
        }
    }

    pub(super) fn get(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// What is counted of one group.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    rows: i64,
    pub(super) inbound: Count,
    pub(super) unhandled: Count,
    pub(super) spam: Count,
    pub(super) levels: [Count; Level::ALL.len()],
    pub(super) clocks: BTreeMap<ClockKind, Clocks>,
    pub(super) tickets: Count,
    pub(super) first_response: TookSample,
    pub(super) resolution: TookSample,
    /// Ages of the tickets that are open.
    pub(super) open: Sample,
    /// Tickets with handling time, and all of it in seconds.
    pub(super) handled_tickets: Count,
    pub(super) handling: i128,
}

/// What is counted of one kind of clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Clocks {
    pub(super) met: Count,
    pub(super) breached: Count,
    pub(super) undecided: Count,
    pub(super) took: TookSample,
}

#[derive(Debug, Clone, Default)]
pub(super) struct TookSample {
    pub(super) calendar: Sample,
    pub(super) business: Sample,
}

impl TookSample {
    fn add(&mut self, took: Option<&Took>, sign: Sign) {
        let Some(took) = took else { return };
        add(&mut self.calendar, took.calendar, sign);
        if let Some(business) = took.business {
            add(&mut self.business, business, sign);
        }
    }

    fn merge(&mut self, other: Self) {
        self.calendar.merge(other.calendar);
        self.business.merge(other.business);
    }
}

fn add(sample: &mut Sample, value: TimeDelta, sign: Sign) {
    match sign {
        Sign::In => sample.push(value),
        Sign::Out => sample.retract(value),
    }
}

impl Counts {
    fn count(&mut self, row: &Row, sign: Sign, now: DateTime<Utc>) {
        self.rows += match sign {
            Sign::In => 1,
            Sign::Out => -1,
        };
        match row {
            Row::Message(row) => self.message(row, sign),
            Row::Clock(row) => self.clock(row, sign),
            Row::Ticket(row) => self.ticket(row, sign, now),
        }
    }

    fn message(&mut self, row: &MessageRow, sign: Sign) {
        if let Some(level) = Level::of(row.contact) {
            self.levels[level as usize].add(sign);
        }
        let (Contact::Asked(disposition) | Contact::Overheard(disposition)) = row.contact else {
            return;
        };
        self.inbound.add(sign);
        match disposition {
            Disposition::Unhandled => self.unhandled.add(sign),
            Disposition::Spam => self.spam.add(sign),
            _ => {}
        }
    }

    fn clock(&mut self, row: &ClockRow, sign: Sign) {
        let clocks = self.clocks.entry(row.kind.clone()).or_default();
        match row.verdict {
            Verdict::Met => clocks.met.add(sign),
            Verdict::Breached => clocks.breached.add(sign),
            Verdict::Undecided => clocks.undecided.add(sign),
        }
        clocks.took.add(row.took.as_ref(), sign);
    }

    fn ticket(&mut self, row: &TicketRow, sign: Sign, now: DateTime<Utc>) {
        self.tickets.add(sign);
        self.first_response.add(row.first_response.as_ref(), sign);
        self.resolution.add(row.resolution.as_ref(), sign);
        if row.opened_at <= now && row.resolved_at.is_none_or(|resolved| resolved > now) {
            add(&mut self.open, now - row.opened_at, sign);
        }
        if let Some(handling) = row.handling {
            self.handled_tickets.add(sign);
            let seconds = i128::from(handling.num_seconds());
            self.handling += match sign {
                Sign::In => seconds,
                Sign::Out => -seconds,
            };
        }
    }

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.inbound += other.inbound;
        self.unhandled += other.unhandled;
        self.spam += other.spam;
        for (known, more) in self.levels.iter_mut().zip(other.levels) {
            *known += more;
        }
        for (kind, more) in other.clocks {
            let known = self.clocks.entry(kind).or_default();
            known.met += more.met;
            known.breached += more.breached;
            known.undecided += more.undecided;
            known.took.merge(more.took);
        }
        self.tickets += other.tickets;
        self.first_response.merge(other.first_response);
        self.resolution.merge(other.resolution);
        self.open.merge(other.open);
        self.handled_tickets += other.handled_tickets;
        self.handling += other.handling;
    }
}
