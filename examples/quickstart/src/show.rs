//! One ticket, explained.

use std::fmt::Write as _;

use aspa_channel::{Direction, Handle, Visibility};
use aspa_desk::Desk;
use aspa_store::{MessageRecord, TicketQuery, Wanted};
use aspa_ticket::{Event, EventKind, Ticket};
use chrono::{DateTime, Utc};

use crate::{Failure, print};

/// The ticket whose id begins so.
pub(crate) async fn find(desk: &Desk, id: &str) -> Result<Ticket, Failure> {
    if let Ok(whole) = id.parse() {
        match desk.ticket(&whole).await {
            Ok(ticket) => return Ok(ticket),
            Err(aspa_desk::Error::UnknownTicket(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut found: Vec<Ticket> = Vec::new();
    let mut query = TicketQuery::default();
    query.limit = 1000;
    loop {
        let page = desk.tickets(&query).await?;
        if !query.go_on(&page) {
            break;
        }
        let fits = |ticket: &Ticket| ticket.id.as_str().starts_with(id);
        found.extend(page.into_iter().map(|row| row.ticket).filter(fits));
    }
    match (found.pop(), found.len()) {
        (Some(ticket), 0) => Ok(ticket),
        (None, _) => Err(Failure::Input(format!("there is no ticket {id}"))),
        (_, more) => Err(Failure::Input(format!(
            "{} tickets begin with {id}",
            more + 1
        ))),
    }
}

/// Prints a ticket: what it is about, its messages, what happened, its clocks and the link of its
/// customer, explained.
pub(crate) async fn ticket(desk: &Desk, id: &str) -> Result<(), Failure> {
    let ticket = find(desk, id).await?;
    let key = &ticket.key;
    let mut wanted = Wanted::default();
    wanted.handles.insert(key.customer.clone());
    wanted.histories.insert(key.clone());
    wanted.people.insert(key.customer.clone());
    wanted
        .messages
        .extend(ticket.messages.iter().map(|m| m.message.clone()));
    let known = desk.store().load(&wanted).await?;

    let mut text = String::new();
    let handle = known.handles.get(&key.customer).map(|row| &row.value);
    head(&mut text, &ticket, handle)?;
    writeln!(text, "\nMessages")?;
    for attached in &ticket.messages {
        if let Some(row) = known.messages.get(&attached.message) {
            message(&mut text, &row.value, attached)?;
        }
    }
    writeln!(text, "\nWhat happened")?;
    let mut history = known.histories.get(key).cloned().unwrap_or_default();
    history.sort_by_cached_key(Event::order);
    for event in &history {
        writeln!(text, "  {}  {}", time(event.at), happened(event))?;
    }
    writeln!(text, "\nClocks")?;
    if let Some(state) = desk.clocks(&ticket) {
        for clock in state.clocks(desk.now()) {
            if let Some(why) = state.explain(desk.now(), &clock.kind, clock.cycle) {
                why.to_string()
                    .lines()
                    .try_for_each(|line| writeln!(text, "  {line}"))?;
            }
        }
    }
    if let Some(told) = desk.away_text(&ticket) {
        writeln!(text, "\nWho writes now is told\n  {told}")?;
    }
    writeln!(text, "\nWho it is")?;
    let person = known.people.get(&key.customer);
    match person.and_then(|person| person.link.as_ref()) {
        Some(link) => {
            let why = link.value.decision.explain();
            why.lines()
                .try_for_each(|line| writeln!(text, "  {line}"))?;
        }
        None => writeln!(
            text,
            "  not known; ask in private for a customer number, e-mail or phone"
        )?,
    }
    print(&text)
}

fn head(text: &mut String, ticket: &Ticket, handle: Option<&Handle>) -> std::fmt::Result {
    let name = handle.map_or(ticket.key.customer.id(), |handle| handle.name());
    writeln!(text, "Ticket {}: {name}, {}", ticket.id, ticket.category)?;
    writeln!(text, "  about     {}", ticket.key)?;
    if let Some(earlier) = &ticket.follow_up_of {
        writeln!(text, "  follows   {earlier}")?;
    }
    let who = ticket
        .assignee
        .as_ref()
        .map_or("nobody", |agent| agent.as_str());
    writeln!(text, "  with      {who}")?;
    let tags: Vec<&str> = ticket.tags.iter().map(aspa_types::Tag::as_str).collect();
    writeln!(text, "  tags      {}", tags.join(", "))
}

fn message(
    text: &mut String,
    record: &MessageRecord,
    attached: &aspa_ticket::Attached,
) -> std::fmt::Result {
    let Some(message) = &record.message else {
        return Ok(());
    };
    let inbound = attached.direction == Direction::Inbound;
    let by = attached.agent.as_ref().map_or("us", |agent| agent.as_str());
    let who = if inbound { "customer" } else { by };
    write!(text, "  {}  {who}", time(attached.at))?;
    if message.revision > 0 {
        text.push_str(", edited");
    }
    if *record.visible() != Visibility::Visible {
        write!(text, ", {}", record.visible())?;
    }
    if inbound {
        write!(text, "  [{}]", disposition(&attached.disposition))?;
    }
    text.push('\n');
    message
        .text()
        .lines()
        .try_for_each(|line| writeln!(text, "      {line}"))
}

/// The word for it, and what it names.
fn disposition(disposition: &aspa_ticket::Disposition) -> String {
    use aspa_ticket::Disposition as D;
    match disposition {
        D::Unhandled => "unhandled".to_owned(),
        D::Answered { by } => format!("answered by {by}"),
        D::Covered { by } => format!("covered by {by}"),
        D::AnsweredByCustomer { by } => format!("answered by another customer, {by}"),
        D::Redirected { to } => format!("redirected to {to}"),
        D::AnsweredElsewhere { place } => format!("answered in {place}"),
        D::NeedsNoAnswer { why } => format!("needs no answer: {why}"),
        D::Spam => "spam".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn happened(event: &Event) -> String {
    let by = match &event.by {
        aspa_ticket::Actor::Customer => "customer".to_owned(),
        aspa_ticket::Actor::Us(Some(agent)) => agent.to_string(),
        aspa_ticket::Actor::System(name) => name.clone(),
        _ => "us".to_owned(),
    };
    let what = match &event.kind {
        EventKind::Received { message, .. } => format!("wrote {message}"),
        EventKind::Sent { message, reply, .. } => format!("sent {message} ({reply})"),
        EventKind::Withdrawn { message } => format!("took back {message}"),
        EventKind::Restored { message } => format!("showed {message} again"),
        EventKind::ReplyQueued { effect, .. } => format!("queued reply {effect}"),
        EventKind::ReplyFailed { effect } => format!("reply {effect} will not be sent"),
        EventKind::Assigned {
            to: Some(agent), ..
        } => format!("gave it to {agent}"),
        EventKind::Assigned { to: None, .. } => "gave it to nobody".to_owned(),
        EventKind::Tagged { tag } => format!("tagged {tag}"),
        EventKind::Untagged { tag } => format!("took off {tag}"),
        EventKind::Prioritised { priority: Some(p) } => format!("gave it the priority {p}"),
        EventKind::Prioritised { priority: None } => "took its priority off".to_owned(),
        EventKind::Committed { due, .. } => format!("promised something by {}", time(*due)),
        EventKind::CommitmentEnded { kept: true, .. } => "kept what was promised".to_owned(),
        EventKind::CommitmentEnded { kept: false, .. } => "gave up what was promised".to_owned(),
        EventKind::Noted { .. } => "wrote a note".to_owned(),
        EventKind::Disposed {
            message,
            disposition: became,
            ..
        } => {
            format!("said of {message}: {}", disposition(became))
        }
        EventKind::CustomerAwaited => "waits for the customer".to_owned(),
        EventKind::ColleagueAwaited => "waits for a colleague".to_owned(),
        EventKind::Snoozed { until, .. } => format!("put it aside until {}", time(*until)),
        EventKind::Reopened => "opened it again".to_owned(),
        EventKind::Resolved { outcome } => format!("resolved it: {outcome}"),
        EventKind::Closed => "closed it".to_owned(),
        EventKind::ClockPassed {
            clock,
            cycle,
            point,
            to,
        } => match to.is_empty() {
            true => format!("{clock} {cycle}: {point}"),
            false => format!("{clock} {cycle}: {point}, to {}", to.join(", ")),
        },
        _ => "something that this version does not know".to_owned(),
    };
    format!("{by:<8}  {what}")
}

fn time(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.with_timezone(&chrono_tz::Europe::Helsinki)
        .format("%a %Y-%m-%d %H:%M:%S")
}
