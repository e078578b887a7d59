//! The desk: over an SQLite file, with the archive as its channel.

use std::sync::Arc;

use aspa_channel::{Channel, Rejected};
use aspa_crm_csv::CsvSource;
use aspa_desk::{CrmAccount, Desk, DeskBuilder, ManualClock, Reply};
use aspa_hours::Hours;
use aspa_hours::holidays::Region;
use aspa_identity::Settings;
use aspa_identity::extract::Pattern;
use aspa_sla::Promise;
use aspa_store_sqlite::SqliteStore;
use aspa_types::{AccountId, Secret};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Helsinki;

use crate::input::{Input, bar};
use crate::{Arguments, Failure, show, tell, whole};

pub(crate) struct Open {
    pub(crate) desk: Desk,
    store: SqliteStore,
    now: DateTime<Utc>,
    crm: Option<CrmAccount>,
    key: Option<Secret>,
}

/// "Mo-Fr 08:00-18:00 Europe/Helsinki, not on Finland's public holidays, answer within 1 h."
fn promise() -> Result<Promise, Failure> {
    let finland: Region = "FI".parse()?;
    let hours = Hours::new(Helsinki)
        .open("Mo-Fr 08:00-18:00; PH off")?
        .holidays_of(finland);
    Ok(Promise::answer_within(TimeDelta::hours(1), hours))
}

/// A desk that nobody shares, so that what a crash interrupted is taken up at once.
fn desk(
    store: SqliteStore,
    now: DateTime<Utc>,
    crm: Option<CrmAccount>,
    key: Option<Secret>,
) -> Result<DeskBuilder, Failure> {
    let mut identity = Settings::default();
    identity.numbers = vec![
        Pattern::customer_number("10", 6..=6)?,
        Pattern::order_number("T", 6..=6)?,
    ];
    let desk = Desk::builder(store)
        .promise(promise()?)
        .identity(identity)
        .clock(ManualClock::new(now))
        .lease(TimeDelta::zero());
    let desk = match key {
        Some(key) => desk.identity_key(key),
        None => desk,
    };
    Ok(match crm {
        Some(crm) => desk.crm(crm),
        None => desk,
    })
}

pub(crate) fn open(arguments: &Arguments, input: &Input) -> Result<Open, Failure> {
    let place = input.database.display();
    let store = SqliteStore::open(&input.database)
        .map_err(|e| Failure::Input(format!("cannot open the database {place}: {}", whole(&e))))?;
    if !arguments.json {
        tell(&format!("Keeping everything in {place}"));
    }
    let desk = desk(
        store.clone(),
        input.now,
        input.crm.clone(),
        input.key.clone(),
    )?
    .build()?;
    Ok(Open {
        desk,
        store,
        now: input.now,
        crm: input.crm.clone(),
        key: input.key.clone(),
    })
}

/// Takes in customers, then conversations. Returns how many rows were rejected.
pub(crate) async fn import(open: &Open, input: Input, quiet: bool) -> Result<u64, Failure> {
    let Input {
        archive,
        customers,
        now,
        ..
    } = input;
    let mut news = Vec::new();
    if let Some(customers) = &customers {
        news.push(import_customers(&open.desk, customers).await?);
    }
    let (events, rejected) = (archive.events(), archive.rejected().to_vec());
    show_rejected(&rejected);
    let account = archive.account().clone();
    // No message is received before it was written, whatever the time as of which lists are read.
    let received = archive.newest().map_or(now, |newest| newest.max(now));
    let desk = desk(
        open.store.clone(),
        received,
        open.crm.clone(),
        open.key.clone(),
    )?
    .shared_channel(Arc::new(archive))
    .build()?;
    // What an interrupted run had kept but not decided comes first.
    desk.work().await?;
    let bar = bar(events, "importing {pos}/{len} {bar:30} {per_sec}");
    let (mut new, mut repeated) = (0, 0);
    loop {
        let polled = desk.poll(&account).await?;
        desk.work().await?;
        new += polled.new;
        repeated += polled.repeated;
        bar.inc((polled.new + polled.repeated) as u64);
        if !polled.more {
            break;
        }
    }
    bar.finish_and_clear();
    open.desk.tick().await?;
    news.push(match (new, repeated) {
        (0, _) => "No message or event is new.".to_owned(),
        (new, 0) => format!("{new} messages and other events are new."),
        (new, repeated) => {
            format!("{new} messages and other events are new, {repeated} had come before.")
        }
    });
    if open.crm.is_some() {
        let written = open.desk.deliver().await?;
        news.push(format!("{} changes were written back.", written.accepted));
    }
    if !quiet {
        news.iter().for_each(|line| tell(line));
    }
    Ok(rejected.len() as u64)
}

/// Writes back what an agent's word has changed.
pub(crate) async fn write_back(open: &Open) -> Result<(), Failure> {
    if open.crm.is_some() {
        let written = open.desk.deliver().await?;
        tell(&format!("{} changes were written back.", written.accepted));
    }
    Ok(())
}

async fn import_customers(desk: &Desk, customers: &CsvSource) -> Result<String, Failure> {
    let synced = desk.sync(customers).await?;
    if synced.put + synced.gone > 0 {
        desk.relink().await?;
    }
    Ok(match (synced.put, synced.gone) {
        (0, 0) => "No customer is new or changed.".to_owned(),
        (put, 0) => format!("{put} customers are new or changed."),
        (put, gone) => format!("{put} customers are new or changed, {gone} are gone."),
    })
}

fn show_rejected(rejected: &[Rejected]) {
    const SHOWN: usize = 20;
    if rejected.is_empty() {
        return;
    }
    tell(&format!(
        "{} rows could not be read and were left out:",
        rejected.len()
    ));
    rejected
        .iter()
        .take(SHOWN)
        .for_each(|row| tell(&format!("  {row}")));
    if rejected.len() > SHOWN {
        tell(&format!("  … and {} more", rejected.len() - SHOWN));
    }
}

/// Replies through the outbox. The network is one that lives in memory: nothing leaves this machine.
pub(crate) async fn reply(open: &Open, id: &str, text: &str) -> Result<(), Failure> {
    let ticket = show::find(&open.desk, id).await?;
    let account: AccountId = ticket.key.conversation.account.clone();
    let network = ticket.key.customer.network().clone();
    let channel = Arc::new(aspa_channel::MemoryChannel::new(account).on(network));
    let desk = desk(
        open.store.clone(),
        open.now,
        open.crm.clone(),
        open.key.clone(),
    )?
    .shared_channel(channel.clone())
    .build()?;
    let key = desk
        .reply(&ticket.id, Reply::answer(text))
        .await
        .map_err(refused)?;
    let delivered = desk.deliver().await?;
    if delivered.accepted == 0 {
        return Err(Failure::Other(format!(
            "the reply {key} was queued but not accepted"
        )));
    }
    let published = channel.published();
    let sent = published.iter().find(|m| m.effect.as_ref() == Some(&key));
    let name = sent.map_or_else(|| key.to_string(), |m| m.key.to_string());
    crate::print(&format!(
        "Sent as {name}: effect {key}, accepted by a network in memory.\n"
    ))?;
    show::ticket(&desk, ticket.id.as_str()).await
}

/// A reply that a rule or the network forbids is wrong usage; the rest is not.
fn refused(error: aspa_desk::Error) -> Failure {
    match error {
        aspa_desk::Error::Rule(_)
        | aspa_desk::Error::Channel(_)
        | aspa_desk::Error::NothingToAnswer(_) => Failure::Input(error.to_string()),
        other => Failure::from(other),
    }
}
