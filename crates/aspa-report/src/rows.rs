//! From tickets and messages to the rows that figures are folded from.

use std::collections::BTreeSet;

use aspa_channel::{Direction, Message, ReplyKind};
use aspa_sla::figures::{ClockRow, Contact, Disposition, Labels, MessageRow, Row, TicketRow, Took};
use aspa_sla::{Clock, Sla, State};
use aspa_ticket::tags::Tags;
use aspa_ticket::{Category, Change, Ticket};
use chrono::{DateTime, TimeDelta, Utc};

/// The rows of a ticket. It counts to who answered it first, and to its tags as they are called today.
pub(crate) fn of_ticket(
    ticket: &Ticket,
    sla: Option<&Sla>,
    clocks: Option<(&State, &[Clock])>,
    reply: Option<TimeDelta>,
    tags: &Tags,
) -> Vec<Row> {
    let mut labels = Labels::new().channel(ticket.key.customer.network().to_string());
    for tag in &tags.of(&ticket.tags) {
        labels = labels.tag(tag.as_str());
    }
    let response = ticket.first_response();
    if let Some(agent) = response.and_then(|message| message.agent.as_ref()) {
        labels = labels.agent(agent.as_str());
    }
    let hours = sla.filter(|sla| sla.promise().hours.is_some());
    let took = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let business = hours.map(|sla| sla.calendar().between(from, to));
        Took::new(to - from, business)
    };

    let mut rows: Vec<Row> = Vec::new();
    for message in ticket.inbound() {
        let contact = Contact::Asked(grouped(&message.disposition));
        rows.push(MessageRow::new(message.at, contact, labels.clone()).into());
    }
    if let Some((state, clocks)) = clocks {
        let row = |clock| ClockRow::of(clock, state.status(), labels.clone()).into();
        rows.extend(clocks.iter().map(row));
    }
    let asked = ticket.inbound().map(|message| message.at).min();
    let done_at = done_at(ticket);
    let mut row = TicketRow::new(ticket.opened_at, done_at, labels);
    row.first_response = asked
        .zip(response)
        .map(|(asked, response)| took(asked, response.at));
    let resolved = ticket.resolved_at.zip(asked);
    row.resolution = resolved
        .filter(|(resolved, asked)| resolved >= asked)
        .map(|(resolved, asked)| took(asked, resolved));
    row.handling = reply.map(|reply| {
        let by_people = |reply: &Option<ReplyKind>| *reply != Some(ReplyKind::Automatic);
        let replies = ticket.outbound().filter(|m| by_people(&m.reply)).count();
        let seconds = i64::try_from(replies).unwrap_or(i64::MAX);
        let seconds = seconds.saturating_mul(reply.num_seconds());
        TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)
    });
    rows.push(row.into());
    rows
}

/// Since when nothing is left to do, where that is so.
fn done_at(ticket: &Ticket) -> Option<DateTime<Utc>> {
    if ticket.category.is_active() {
        return None;
    }
    let closed = ticket.changes.iter().rev().find_map(|change| match change {
        Change::Category(at, Category::Closed) => Some(*at),
        _ => None,
    });
    Some(ticket.resolved_at.or(closed).unwrap_or(ticket.active_at()))
}

/// What became of a message, as far as figures care.
const fn grouped(disposition: &aspa_ticket::Disposition) -> Disposition {
    use aspa_ticket::Disposition as D;
    match disposition {
        D::Answered { .. }
        | D::Covered { .. }
        | D::Redirected { .. }
        | D::AnsweredElsewhere { .. } => Disposition::Answered,
        D::AnsweredByCustomer { .. } => Disposition::AnsweredByCustomer,
        D::NeedsNoAnswer { .. } => Disposition::NeedsNoAnswer,
        D::Spam => Disposition::Spam,
        // What is undecided, or decided in words of a later version, is unhandled.
        _ => Disposition::Unhandled,
    }
}

/// What began a conversation, as far as is known: its earliest message, a customer's before ours of the
/// same instant.
#[derive(Debug)]
pub(crate) struct Opener {
    order: (DateTime<Utc>, Direction),
    /// Ours, by a person or planned, and in answer to nothing.
    ours: Option<Labels>,
}

impl Opener {
    pub(crate) fn new(message: &Message, at: DateTime<Utc>) -> Self {
        let begins = message.direction == Direction::Outbound
            && message.in_reply_to.is_none()
            && !message.automatic
            && message.reply != Some(ReplyKind::Automatic);
        let labels = || {
            let mut labels = Labels::new();
            let people: BTreeSet<String> = (message.author.iter().chain(&message.to))
                .map(|handle| handle.network().to_string())
                .collect();
            if let Some(network) = people.into_iter().next() {
                labels = labels.channel(network);
            }
            if let Some(agent) = &message.agent {
                labels = labels.agent(agent.as_str());
            }
            labels
        };
        Self {
            order: (at, message.direction),
            ours: begins.then(labels),
        }
    }

    /// The earlier of two.
    pub(crate) fn min(self, other: Self) -> Self {
        if other.order < self.order {
            other
        } else {
            self
        }
    }

    /// The row of a conversation that we began.
    pub(crate) fn row(&self) -> Option<Row> {
        let labels = self.ours.clone()?;
        Some(MessageRow::new(self.order.0, Contact::Started, labels).into())
    }
}
