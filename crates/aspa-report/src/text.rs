//! The report as a person reads it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use aspa_identity::{Ask, ContactKind, ReviewWhy};
use aspa_ticket::Went;
use chrono::{DateTime, TimeDelta, Utc};

use crate::figures::{Group, Service};
use crate::people::{LinkLine, ReviewLine};
use crate::report::{Overdue, Report};

/// How many lines of a long list are shown.
const SHOWN: usize = 8;

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Customer service as of {}", time(self.now))?;
        if let Some(promise) = &self.promise {
            writeln!(f, "Promise: {promise}")?;
        }
        self.overview(f)?;
        self.service(f)?;
        self.team(f)?;
        groups(f, "By network", &self.networks)?;
        groups(f, "By tag", &self.tags)?;
        groups(f, "By who answered first", &self.agents)?;
        self.accounts(f)?;
        self.overdue(f)?;
        self.people(f)
    }
}

impl Report {
    fn overview(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "Counts")?;
        let rejected = match self.rejected_rows {
            0 => String::new(),
            1 => " (1 row could not be read)".to_owned(),
            rows => format!(" ({rows} rows could not be read)"),
        };
        writeln!(f, "  messages       {}{rejected}", self.messages)?;
        counts(f, "conversations", &self.conversations)?;
        counts(f, "tickets", &self.tickets)?;
        let standing = self
            .categories
            .iter()
            .map(|(name, n)| format!("{n} {name}"));
        writeln!(
            f,
            "  standing       {}",
            standing.collect::<Vec<_>>().join(", ")
        )
    }

    fn team(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = &self.team.total;
        heading(f, "Work together")?;
        writeln!(f, "  transfers      {}", total.transfers)?;
        writeln!(
            f,
            "  came again     {} (reopened, or back soon after another ticket was resolved)",
            total.repeat_contacts
        )?;
        writeln!(
            f,
            "  first contact  {}  ({} of {} solved at once; {} are resolved too recently to say)",
            percent(total.first_contact_share()),
            total.first_contact,
            total.first_contact + total.not_first_contact,
            total.undecided,
        )?;
        if total.redirected > 0 {
            writeln!(
                f,
                "  sent elsewhere {} messages, {} of them to the phone",
                total.redirected, total.to_phone
            )?;
        }
        if total.by_customers > 0 {
            writeln!(
                f,
                "  by customers   {} messages were answered by other customers",
                total.by_customers
            )?;
        }
        for helper in self.helpers.iter().take(SHOWN) {
            writeln!(
                f,
                "      {} on {} helped {} times",
                helper.handle, helper.network, helper.messages
            )?;
        }
        more(f, self.helpers.len(), SHOWN)?;
        contacts(f, "Work together, by team", &self.team.teams)?;
        contacts(f, "Work together, by who answered first", &self.team.agents)?;
        contacts(f, "Work together, by playbook", &self.team.playbooks)
    }

    fn service(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = &self.service;
        let handled = &service.handled;
        heading(f, "Service")?;
        writeln!(
            f,
            "  handled share  {}  ({} customers' messages: {} unhandled, {} spam)",
            percent(service.handled_share),
            handled.inbound,
            handled.unhandled,
            handled.spam,
        )?;
        let gap = &self.ingestion_gap;
        writeln!(
            f,
            "  ingestion gap  {}  ({} messages that no webhook brought; found by reconciling)",
            percent(gap.share),
            gap.missed_by_webhook,
        )?;
        for (what, name, times) in [
            (
                "first response",
                "calendar",
                &service.first_response_calendar,
            ),
            (
                "first response",
                "business",
                &service.first_response_business,
            ),
            ("resolution    ", "calendar", &service.resolution_calendar),
            ("resolution    ", "business", &service.resolution_business),
        ] {
            writeln!(
                f,
                "  {what} median {}, p90 {} in {name} time (linear interpolation, {} tickets)",
                length(times.median),
                length(times.p90),
                times.count,
            )?;
        }
        let promises = &service.promises;
        writeln!(
            f,
            "  promises kept  {}  ({} kept, {} broken, {} undecided)",
            percent(service.kept_share),
            promises.met,
            promises.breached,
            promises.undecided,
        )?;
        let backlog = &service.backlog;
        writeln!(
            f,
            "  backlog        {} open  (age median {}, p90 {}, oldest {})",
            backlog.age.count,
            length(backlog.age.median),
            length(backlog.age.p90),
            length(backlog.oldest),
        )?;
        let levels = service.levels.iter();
        let levels = levels.map(|(level, part)| {
            format!(
                "{} {}",
                level.as_str().replace('_', "-"),
                percent(part.share)
            )
        });
        let levels: Vec<String> = levels.collect();
        writeln!(f, "  service levels {}", levels.join(", "))?;
        let (Some(work), Some(handling)) = (&self.work, &service.work) else {
            return Ok(());
        };
        writeln!(
            f,
            "  work           {} min, {}  (at {} a reply)",
            handling.minutes,
            euros(handling.cost_minor),
            length(Some(work.reply)),
        )
    }

    fn accounts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accounts.is_empty() {
            return Ok(());
        }
        heading(f, "By account")?;
        let mut accounts: Vec<_> = self.accounts.iter().collect();
        accounts.sort_by_key(|(_, account)| std::cmp::Reverse(account.tickets.count));
        for (name, account) in accounts.iter().take(2 * SHOWN) {
            let tickets = &account.tickets;
            writeln!(
                f,
                "  {:<20} wrote in {:>4} conversations, replied to {:>4} tickets, median {}",
                name.as_str(),
                account.conversations.count,
                tickets.count,
                length(tickets.first_response.median_seconds.map(time_delta)),
            )?;
        }
        more(f, accounts.len(), 2 * SHOWN)
    }

    fn overdue(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "Overdue now")?;
        if self.overdue.is_empty() {
            return writeln!(f, "  nothing");
        }
        for Overdue {
            ticket,
            customer,
            assignee,
            late_seconds,
            why,
            ..
        } in self.overdue.iter().take(SHOWN)
        {
            let who = assignee.as_ref().map_or("nobody", |agent| agent.as_str());
            let late = length(TimeDelta::try_seconds(*late_seconds));
            writeln!(f, "  {ticket}  {customer}, with {who}, {late} late")?;
            for line in why.lines() {
                writeln!(f, "      {line}")?;
            }
        }
        more(f, self.overdue.len(), SHOWN)
    }

    fn people(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people = &self.people;
        heading(f, "Who writes")?;
        writeln!(
            f,
            "  {} of {} customers' messages are from known customers",
            percent(people.known_share),
            people.messages
        )?;
        let by = people.linked_by.iter();
        let by: Vec<String> = by.map(|(who, n)| format!("{n} by {who}")).collect();
        let by = match by.is_empty() {
            true => String::new(),
            false => format!(" ({})", by.join(", ")),
        };
        writeln!(
            f,
            "  {} handles linked{by}, {} to review, {} refused, {} unknown",
            people.linked, people.review, people.refused, people.unknown
        )?;
        for line in people.links.iter().take(SHOWN) {
            link(f, line)?;
        }
        more(f, people.links.len(), SHOWN)?;
        heading(f, "Waits for review")?;
        if people.to_review.is_empty() {
            writeln!(f, "  nothing")?;
        }
        for line in people.to_review.iter().take(SHOWN) {
            link(f, &line.link)?;
            waits(f, line)?;
        }
        more(f, people.to_review.len(), SHOWN)
    }
}

fn heading(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    writeln!(f, "\n{name}")
}

fn counts(f: &mut fmt::Formatter<'_>, name: &str, group: &Group) -> fmt::Result {
    let first = &group.first_response;
    writeln!(
        f,
        "  {name:<14} {}, {} answered; first response median {}, {} within 1 h, {} within 24 h",
        group.count,
        group.answered,
        length(first.median_seconds.map(time_delta)),
        first.within_1h,
        first.within_24h,
    )
}

fn groups<K: Display + Ord>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    groups: &BTreeMap<K, Service>,
) -> fmt::Result {
    let work = groups.values().any(|service| service.work.is_some());
    if groups.is_empty() {
        return Ok(());
    }
    heading(f, name)?;
    writeln!(
        f,
        "  {:<20} tickets  open  handled  kept     answered (business), p90  resolved (business){}",
        "",
        if work { "     work" } else { "" },
    )?;
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by_key(|(_, service)| std::cmp::Reverse(service.tickets));
    for (name, service) in sorted.iter().take(2 * SHOWN) {
        write!(
            f,
            "  {:<20} {:>7}  {:>4}  {:>7}  {:>7}  {:>12} {:>12}  {:>19}",
            name.to_string(),
            service.tickets,
            service.backlog.age.count,
            percent(service.handled_share),
            percent(service.kept_share),
            length(service.first_response_business.median),
            length(service.first_response_business.p90),
            length(service.resolution_business.median),
        )?;
        match &service.work {
            Some(work) => writeln!(f, "  {}", euros(work.cost_minor))?,
            None => writeln!(f)?,
        }
    }
    more(f, sorted.len(), 2 * SHOWN)
}

fn contacts<K: Display + Ord>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    groups: &BTreeMap<K, Went>,
) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    heading(f, name)?;
    writeln!(
        f,
        "  {:<20} tickets  solved  first contact  came again  handed on",
        ""
    )?;
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by_key(|(_, went)| std::cmp::Reverse(went.tickets));
    for (name, went) in sorted.iter().take(2 * SHOWN) {
        writeln!(
            f,
            "  {:<20} {:>7}  {:>6}  {:>13}  {:>10}  {:>9}",
            name.to_string(),
            went.tickets,
            went.solved,
            percent(went.first_contact_share()),
            went.repeat_contacts,
            went.transfers,
        )?;
    }
    more(f, sorted.len(), 2 * SHOWN)
}

fn link(f: &mut fmt::Formatter<'_>, line: &LinkLine) -> fmt::Result {
    let LinkLine {
        network,
        handle,
        name,
        customer,
        customer_name,
        probability,
        by: _,
        why,
        key: _,
    } = line;
    let id = customer
        .as_ref()
        .map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let known_as = customer_name.as_deref().map(|name| format!(" {name}"));
    let known_as = known_as.unwrap_or_default();
    let sure = sure(*probability);
    writeln!(
        f,
        "  {name} on {network} ({handle}) -> {id}{known_as}, {sure}"
    )?;
    for reason in why {
        writeln!(f, "      {reason}")?;
    }
    Ok(())
}

/// What would bring a link further.
fn waits(f: &mut fmt::Formatter<'_>, line: &ReviewLine) -> fmt::Result {
    let why = match line.reason {
        ReviewWhy::Conflict => "an agent had ruled this out: look at it",
        ReviewWhy::Audit => "picked at random, to see whether links are right: look at it",
        _ => match line.next_step {
            Some(Ask::PrivateContact) => "ask in private for a customer number, e-mail or phone",
            Some(Ask::AnotherContact) => "ask in private for one more detail",
            _ => "look at it",
        },
    };
    writeln!(f, "      next: {why}")?;
    let Some(best) = line
        .what_if
        .iter()
        .max_by(|a, b| a.probability.total_cmp(&b.probability))
    else {
        return Ok(());
    };
    let detail = match &best.detail {
        ContactKind::Email => "an e-mail",
        ContactKind::Phone => "a phone number",
        ContactKind::CustomerNumber => "a customer number",
        ContactKind::OrderNumber => "an order number",
        other => other.as_str(),
    };
    let sure = sure(best.probability);
    writeln!(f, "      {detail} of theirs would give {sure}")
}

fn more(f: &mut fmt::Formatter<'_>, all: usize, shown: usize) -> fmt::Result {
    match all.checked_sub(shown) {
        Some(more) if more > 0 => writeln!(f, "  … and {more} more"),
        _ => Ok(()),
    }
}

fn time(at: DateTime<Utc>) -> impl Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// No link is certain.
fn sure(probability: f64) -> String {
    match probability > 0.999 {
        true => "over 99.9 %".to_owned(),
        false => percent(Some(probability)),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// `12.50 EUR`.
fn euros(cents: Option<u64>) -> String {
    cents.map_or_else(
        || "–".to_owned(),
        |cents| format!("{}.{:02} EUR", cents / 100, cents % 100),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a human time span in milliseconds fits i64"
)]
fn time_delta(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0).round() as i64)
}

/// `2 d 3 h`, `1 h 5 min`, `20 min 7 s`, `9 s`.
fn length(time: Option<TimeDelta>) -> String {
    let Some(time) = time else {
        return "–".to_owned();
    };
    let whole = (time + TimeDelta::milliseconds(500)).num_seconds();
    let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", whole % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
