//! What has to hold at the end, whatever was killed when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_channel::{Direction, Event, Idempotency, MessageKey, Received, Visibility, Webhook};
use aspa_channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa_desk::ManualClock;
use aspa_store::{
    Attempt, MemoryStore, OutboxRow, OutboxState, Outcome, TenantStore, TicketQuery, Wanted,
};
use aspa_testkit::WrappedStore;
use aspa_ticket::{Rules, Ticket, fold};
use aspa_types::{AccountId, DeliveryId, Secret, TenantId};
use chrono::{DateTime, Utc};
use http::Request;

use crate::Error;
use crate::broken::MaybeBroken;
use crate::drive::{Promised, Stage, tenants};
use crate::feed::Post;
use crate::fleet::lock;
use crate::journal::{self, Entry};
use crate::line::{ACCOUNTS, SECRET, idempotency, tenant_of};
use crate::worker::{WEBHOOK, builder};

/// Everything that is wrong, a line each.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.0.push(what());
        }
    }
}

/// Checks all of it; what it says was counted.
pub(crate) async fn everything(stage: &Stage) -> Result<String, Error> {
    let mut wrong = Wrong::default();
    let promised = std::mem::take(&mut *lock(&stage.promised));
    let arrived = arrivals(stage, &promised, &mut wrong).await?;
    tickets(stage, &promised, &mut wrong).await?;
    let performed = effects(stage, &promised, &mut wrong).await?;
    let fits = stage.place.is_sound()?;
    wrong.unless(fits, || "the file is not sound".to_owned());
    if wrong.0.is_empty() {
        return Ok(format!(
            "{arrived}\n{performed}\nnothing lost, nothing doubled, nothing stuck"
        ));
    }
    let count = wrong.0.len();
    wrong.0.truncate(20);
    Err(format!("{count} things are wrong:\n{}", wrong.0.join("\n")).into())
}

fn webhook() -> Result<ApiWebhook, Error> {
    let mut accounts = ACCOUNTS.iter().map(|name| AccountId::new(*name));
    let first = accounts.next().ok_or("no account")??;
    let mut config = WebhookConfig::new(first, Secret::new(SECRET));
    config.more_accounts = accounts.collect::<Result<_, _>>()?;
    Ok(ApiWebhook::new(config)?)
}

fn request(post: &Post, now: DateTime<Utc>) -> Result<Request<bytes::Bytes>, Error> {
    let id = DeliveryId::new(post.id.as_str())?;
    let headers = sign(&Secret::new(SECRET), now, &id, post.body.as_bytes())?;
    let mut request = Request::post("/").body(post.body.clone().into())?;
    request.headers_mut().extend(headers);
    Ok(request)
}

/// Each delivery and each event is there once, and none waits.
async fn arrivals(stage: &Stage, promised: &Promised, wrong: &mut Wrong) -> Result<String, Error> {
    let (webhook, now) = (webhook()?, stage.now());
    let mut events = BTreeSet::new();
    let mut deliveries = BTreeSet::new();
    for post in &promised.posts {
        let Received::Accepted { events: all, .. } = webhook.receive(&request(post, now)?, now)
        else {
            return Err("a delivery of ours makes no sense".into());
        };
        let of = |event: &Event| tenant_of(event.account.as_str());
        let mut owners: BTreeSet<TenantId> = all.iter().map(of).collect();
        if owners.len() > 1 {
            // What is for several is kept whole as the host's.
            owners.insert(TenantId::default());
        }
        deliveries.extend(owners.into_iter().map(|owner| (owner, post.id.clone())));
        events.extend(all.iter().map(|event| (event.account.clone(), event.key())));
    }
    let counts = [
        ("deliveries", deliveries.len()),
        ("seen", events.len()),
        ("inbox", 0),
        ("kept", 0),
    ];
    for (table, expected) in counts {
        let found = stage.place.count(table).await?;
        wrong.unless(found == expected as u64, || {
            format!("{table}: {found} rows instead of {expected}")
        });
    }
    Ok(format!(
        "{} deliveries acknowledged, {} requests repeated, {} events",
        promised.posts.len(),
        promised.repeats,
        events.len()
    ))
}

/// What customers wrote, as the desk has it: by ticket, and by message.
type Written = (
    BTreeMap<(String, u32), Vec<(MessageKey, bool)>>,
    BTreeMap<MessageKey, String>,
);

/// What each tenant's part of a store says of it.
async fn written(parts: Vec<Arc<dyn TenantStore>>) -> Result<Written, Error> {
    let (mut tickets, mut messages) = (BTreeMap::new(), BTreeMap::new());
    for part in parts {
        for ticket in all_tickets(&*part).await? {
            let inbound = ticket.inbound().map(|m| (m.message.clone(), m.withdrawn));
            let inbound: Vec<_> = inbound.collect();
            tickets.insert((ticket.key.to_string(), ticket.ordinal), inbound);
        }
        for record in part.messages(None, 1_000_000).await? {
            let inbound = |m: &&aspa_channel::Message| m.direction == Direction::Inbound;
            if let Some(message) = record.message.as_ref().filter(inbound) {
                let gone = *record.visible() == Visibility::Deleted;
                let (text, reactions) = (message.text(), record.reactions.len());
                let shown = format!("{} {text} {gone} {reactions}", message.revision);
                messages.insert(record.key.clone(), shown);
            }
        }
    }
    Ok((tickets, messages))
}

async fn all_tickets(part: &dyn TenantStore) -> Result<Vec<Ticket>, Error> {
    let mut query = TicketQuery::default();
    query.limit = 1_000_000;
    let rows = part.tickets(&query).await?;
    Ok(rows.into_iter().map(|row| row.ticket).collect())
}

/// The same as after a run that nothing disturbed; history, tickets and timers say the same.
async fn tickets(stage: &Stage, promised: &Promised, wrong: &mut Wrong) -> Result<(), Error> {
    let now = stage.now();
    let calm = builder(
        MemoryStore::new(),
        std::sync::Arc::new(ManualClock::new(now)),
    )?
    .build()?;
    for post in promised
        .posts
        .iter()
        .filter(|post| !post.id.starts_with("echo"))
    {
        calm.receive(WEBHOOK, request(post, now)?).await;
    }
    calm.work().await?;
    let of = |tenant: &TenantId| calm.tenant(tenant.clone()).store();
    let expected = written(tenants().iter().map(of).collect()).await?;
    let of = |tenant: &TenantId| stage.store.tenant(tenant);
    let found = written(tenants().iter().map(of).collect()).await?;
    compare("ticket", &found.0, &expected.0, wrong);
    compare("message", &found.1, &expected.1, wrong);

    let store = WrappedStore(MaybeBroken {
        inner: Arc::clone(&stage.store),
        broken: None,
    });
    let desk = builder(store, ManualClock::new(now))?.build()?;
    for tenant in tenants() {
        let part = stage.store.tenant(&tenant);
        let stored = all_tickets(&*part).await?;
        let mut wanted = Wanted::default();
        wanted
            .histories
            .extend(stored.iter().map(|t| t.key.clone()));
        let histories = part.load(&wanted).await?.histories;
        for ticket in &stored {
            let history = histories.get(&ticket.key).map_or(&[][..], Vec::as_slice);
            let folded = fold(&ticket.key, history, &Rules::default());
            wrong.unless(folded.contains(ticket), || {
                format!("ticket {} is not what its history says", ticket.id)
            });
            wrong.unless(ticket.queued.is_empty(), || {
                format!("ticket {} waits for replies that ended", ticket.id)
            });
        }
        let armed = desk.tenant(tenant.clone()).rearm().await?;
        wrong.unless(armed == 0, || {
            format!("{armed} tickets have other timers than they want")
        });
    }
    let mut last = 0;
    for entry in stage.store.log(aspa_store::Position(0), 10_000_000).await? {
        wrong.unless(entry.position.0 > last, || "the log goes back".to_owned());
        last = entry.position.0;
    }
    Ok(())
}

fn compare<K: Ord + std::fmt::Debug, V: PartialEq>(
    what: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    wrong: &mut Wrong,
) {
    for (key, value) in expected {
        match found.get(key) {
            None => wrong.0.push(format!("lost: {what} {key:?}")),
            Some(other) => wrong.unless(other == value, || {
                format!("{what} {key:?} is not as after a run without kills")
            }),
        }
    }
    for key in found.keys().filter(|key| !expected.contains_key(*key)) {
        wrong.0.push(format!("{what} {key:?} came out of nothing"));
    }
}

/// Each reply is there, was performed as often as its account lets us know, in order, and its tries
/// are those that the network saw.
async fn effects(stage: &Stage, promised: &Promised, wrong: &mut Wrong) -> Result<String, Error> {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let mut order: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in journal::read(&stage.journal())? {
        match entry {
            Entry::Asked { key, .. } => *asked.entry(key).or_default() += 1,
            Entry::Published(one) => order.entry(one.conversation).or_default().push(one.key),
            Entry::Nonsense { why } => wrong.0.push(format!("the network was asked for: {why}")),
        }
    }
    let published = stage.published()?;
    let (mut landed, mut failed, mut interrupted, mut tries) = (0, 0, 0, 0);
    let mut known = BTreeSet::new();
    let mut lanes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in stage.effects(|_| true).await? {
        let tenant = tenant_of(row.effect.account().as_str());
        let stored = stage.store.tenant(&tenant).effect(&row.effect.key).await?;
        let attempts = stored.map(|(_, attempts)| attempts).unwrap_or_default();
        let keys = keys(&row);
        let seen = keys
            .iter()
            .map(|key| asked.get(*key).copied().unwrap_or_default());
        interrupted += attempts.iter().filter(|a| a.outcome.is_none()).count();
        tries += attempts.len();
        one(
            &row,
            &attempts,
            seen.sum(),
            &keys,
            &published,
            promised,
            wrong,
        );
        match row.state.has_landed() {
            true => landed += 1,
            false => failed += 1,
        }
        known.extend(keys.iter().map(|key| (*key).to_owned()));
        let lane = lanes
            .entry(row.effect.conversation.id.to_string())
            .or_default();
        lane.extend(keys.iter().map(|key| (*key).to_owned()));
        known.insert(row.effect.key.to_string());
    }
    for (wish, key) in &promised.replies {
        wrong.unless(known.contains(key.as_str()), || {
            format!("lost: reply {} ({key})", wish.name)
        });
    }
    for key in published.keys().filter(|key| !known.contains(*key)) {
        wrong
            .0
            .push(format!("{key} was published and nobody queued it"));
    }
    for (conversation, came) in &order {
        let lane = lanes.get(conversation).map_or(&[][..], Vec::as_slice);
        let places = came
            .iter()
            .map(|key| lane.iter().position(|known| known == key));
        wrong.unless(places.is_sorted(), || {
            format!("{conversation}: not in the order in which they were queued")
        });
    }
    Ok(format!(
        "{} replies acknowledged, {landed} landed, {failed} surely did not; {tries} tries, \
         {interrupted} interrupted; {} waited as uncertain until a person looked",
        promised.replies.len(),
        promised.uncertain.len(),
    ))
}

/// What an effect is performed as.
fn keys(row: &OutboxRow) -> Vec<&str> {
    match row.parts.is_empty() {
        true => vec![row.effect.key.as_str()],
        false => row
            .parts
            .iter()
            .map(|part| part.effect.key.as_str())
            .collect(),
    }
}

fn one(
    row: &OutboxRow,
    attempts: &[Attempt],
    asked: usize,
    keys: &[&str],
    published: &BTreeMap<String, usize>,
    promised: &Promised,
    wrong: &mut Wrong,
) {
    let (key, account) = (&row.effect.key, row.effect.account().as_str());
    let counts: Vec<usize> = keys
        .iter()
        .map(|key| published.get(*key).copied().unwrap_or_default())
        .collect();
    let place = || format!("{key} on {account} is {}, published {counts:?}", row.state);
    wrong.unless(counts.iter().all(|count| *count <= 1), || {
        format!("doubled: {}", place())
    });
    wrong.unless(counts.is_sorted_by(|a, b| a >= b), || {
        format!("out of order: {}", place())
    });
    let knows = matches!(
        idempotency(account),
        Idempotency::Native | Idempotency::ReadBack
    );
    wrong.unless(!knows || !promised.uncertain.contains_key(key), || {
        format!("uncertain although it can be known: {}", place())
    });
    match &row.state {
        state if state.has_landed() => {
            wrong.unless(!counts.contains(&0), || format!("lost: {}", place()));
        }
        // Only a person says so, of what is nowhere to be seen.
        OutboxState::FailedFinal => {
            wrong.unless(!knows && counts.contains(&0), || {
                format!("given up: {}", place())
            });
        }
        _ => wrong.0.push(format!("stuck: {}", place())),
    }
    let numbers = attempts.iter().map(|attempt| attempt.number);
    wrong.unless(numbers.eq(1..=row.attempts), || {
        format!(
            "{} tries were written down, {} counted: {}",
            attempts.len(),
            row.attempts,
            place()
        )
    });
    // A person's word is written down like a try.
    wrong.unless(asked <= attempts.len(), || {
        format!(
            "tried {asked} times, written down {}: {}",
            attempts.len(),
            place()
        )
    });
    let landed = attempts.iter().filter(|attempt| {
        let outcome = attempt.outcome.as_ref();
        matches!(
            outcome,
            Some(Outcome::Accepted { .. } | Outcome::Found { .. })
        )
    });
    let parts = counts.iter().filter(|count| **count == 1).count();
    let said = landed.count();
    wrong.unless(said == parts, || {
        format!("{said} tries say that it landed: {}", place())
    });
}
