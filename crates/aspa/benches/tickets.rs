//! How long lists and searches take over a million tickets of several tenants, beside plain SQL with
//! the best index for that one question in the same file.
//!
//! `cargo bench -p aspa --bench tickets`; with `ASPA_POSTGRES_URL` set on PostgreSQL instead.
//! `ASPA_BENCH_TICKETS` (1,000,000 by default) says how many.
//!
//! The mix: four tenants, of which the one that is asked has 70 % of all tickets. Of its tickets 30 %
//! are active (half of them open); 200 people share 80 %, the rest is nobody's; a tag on 1 %, one on
//! 30 %; five accounts, 20,000 customers; 3 or 4 messages of 12 to 20 words out of 20,000 with
//! frequencies as in a language, one word in 1 %, one in 30 % of all tickets.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aspa::channel::{ConversationKey, Direction, Message, MessageKey, Part};
use aspa::store::{
    Changes, MessageRecord, Store, TenantStore, TicketQuery, TicketRow, TicketSort, Versioned,
};
use aspa::store_sqlite::{Options, SqliteStore};
use aspa::ticket::{Actor, Event, EventKind, Ticket, TicketKey};
use aspa::types::{AccountId, HandleKey, Network, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

const BATCH: u64 = 1_000;
/// How often each question is asked; each time of another person, tag or place.
const TIMES: u64 = 200;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// A number that looks drawn by chance and is the same in every run.
fn chance(of: u64, salt: u64) -> u64 {
    let mut x = of.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    for _ in 0..2 {
        x ^= x >> 31;
        x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    }
    x ^ (x >> 29)
}

fn tenant_of(number: u64) -> TenantId {
    let id = match chance(number, 1) % 10 {
        0..7 => "large",
        7 => "a",
        8 => "b",
        _ => "c",
    };
    TenantId::new(id).unwrap()
}

/// A word out of 20,000: the more frequent, the smaller its number.
fn word(draw: u64) -> String {
    let share = (draw % 1_000_000) as f64 / 1_000_000.0;
    let rank = 20_000_f64.powf(share) as u64;
    format!("sana{rank}")
}

fn text(ticket: u64, message: u64) -> String {
    let salt = 100 + message;
    let words = 12 + chance(ticket, salt) % 9;
    let mut words: Vec<String> = (0..words)
        .map(|n| word(chance(ticket, salt * 1_000 + n)))
        .collect();
    if message == 0 && ticket.is_multiple_of(100) {
        words.push("harvinainen".to_owned());
    }
    if message == 1 && ticket % 10 < 3 {
        words.push("yleinen".to_owned());
    }
    words.join(" ")
}

fn ticket(number: u64) -> (Versioned<TicketRow>, Vec<Versioned<MessageRecord>>) {
    let account = AccountId::new(format!("account-{}", chance(number, 2) % 5)).unwrap();
    let customer = chance(number, 3) % 20_000;
    let key = TicketKey {
        conversation: ConversationKey::new(account.clone(), &number.to_string()).unwrap(),
        customer: HandleKey::new(Network::X, None, &customer.to_string()).unwrap(),
    };
    let began = now() - TimeDelta::seconds((chance(number, 4) % 31_536_000) as i64);
    let mut ticket = Ticket::open(key.clone(), 1, began);
    let mut messages = Vec::new();
    for n in 0..3 + chance(number, 5) % 2 {
        let name = MessageKey::new(account.clone(), &format!("{number}-{n}")).unwrap();
        let mut message = Message::new(name.clone(), key.conversation.clone(), Direction::Inbound);
        message.parts.push(Part::text(text(number, n)));
        let at = began + TimeDelta::minutes(n as i64 * 30);
        let received = EventKind::received(name.clone());
        ticket.apply(&Event::new(at, Actor::Customer, received));
        let mut record = MessageRecord::new(name);
        record.message = Some(message);
        messages.push(Versioned::new(record));
    }
    let standing = match chance(number, 6) % 20 {
        0..3 => "open",
        3 => "new",
        4 => "waiting_customer",
        5 => "snoozed",
        6..12 => "resolved",
        _ => "closed",
    };
    ticket.category = standing.into();
    let share = chance(number, 7) % 1_000;
    if share < 800 {
        ticket.assignee = Some(format!("agent-{}", share % 200).parse().unwrap());
    }
    let share = chance(number, 8) % 100;
    if share < 1 {
        ticket.tags.insert("billing/refund".parse().unwrap());
    }
    if share < 30 {
        ticket.tags.insert("delivery".parse().unwrap());
    }
    let mut row = TicketRow::new(ticket);
    if row.ticket.category.is_active() {
        row.breach_at =
            Some(now() + TimeDelta::seconds((chance(number, 9) % 864_000) as i64 - 86_400));
    }
    (Versioned::new(row), messages)
}

async fn fill(store: &dyn Store, tickets: u64) {
    let began = Instant::now();
    for batch in 0..tickets.div_ceil(BATCH) {
        let mut by_tenant: std::collections::BTreeMap<TenantId, Changes> = Default::default();
        for number in batch * BATCH..((batch + 1) * BATCH).min(tickets) {
            let changes = by_tenant.entry(tenant_of(number)).or_default();
            let (row, messages) = ticket(number);
            changes.tickets.push(row);
            changes.messages.extend(messages);
        }
        for (tenant, changes) in by_tenant {
            store.tenant(&tenant).commit(changes).await.unwrap();
        }
    }
    println!("  written in {:.1?}", began.elapsed());
}

/// Until everything that was written can be found.
async fn read(tenant: &dyn TenantStore, tickets: u64) {
    let began = Instant::now();
    let last = (0..tickets)
        .rev()
        .find(|n| tenant_of(*n).as_str() == "large")
        .unwrap();
    let (last, _) = ticket(last);
    let account = &last.value.ticket.key.conversation.account;
    let mut query = TicketQuery::default();
    query.text = Some("sana1".parse().unwrap());
    query.account = Some(account.clone());
    query.handle = Some(last.value.ticket.key.customer.clone());
    let mut before = 0;
    loop {
        let found = tenant
            .count_tickets(&every("yleinen"), usize::MAX)
            .await
            .unwrap();
        if found == before && found > 0 {
            break;
        }
        before = found;
    }
    println!("  taken into the search in {:.1?}", began.elapsed());
}

fn every(words: &str) -> TicketQuery {
    let mut query = TicketQuery::default();
    query.text = Some(words.parse().unwrap());
    query
}

/// Active tickets by breach, the way an inbox asks.
fn inbox() -> TicketQuery {
    let mut query = TicketQuery::default();
    (query.active, query.sort, query.limit) = (true, TicketSort::Breach, 50);
    query
}

fn narrowed(n: u64, words: Option<&str>) -> TicketQuery {
    let mut query = inbox();
    query.categories = ["open".into()].into();
    query.tags = ["delivery".parse().unwrap()].into();
    query.assignee = Some(format!("agent-{}", n % 200).parse().unwrap());
    query.text = words.map(|words| words.parse().unwrap());
    query
}

fn with(words: &str, change: impl FnOnce(&mut TicketQuery)) -> TicketQuery {
    let mut query = inbox();
    query.text = Some(words.parse().unwrap());
    change(&mut query);
    query
}

type Question = (&'static str, fn(u64) -> TicketQuery);

const QUESTIONS: &[Question] = &[
    ("state + tag + assignee", |n| narrowed(n, None)),
    ("state + tag + assignee + word in 1 %", |n| {
        narrowed(n, Some("harvinainen"))
    }),
    ("state + tag + assignee + word in 30 %", |n| {
        narrowed(n, Some("yleinen"))
    }),
    ("word in 1 %", |_| with("harvinainen", |_| {})),
    ("word in 30 %", |_| with("yleinen", |_| {})),
    ("word in 30 %, rare tag, one person", |n| {
        with("yleinen", |query| {
            query.tags = ["billing/refund".parse().unwrap()].into();
            query.assignee = Some(format!("agent-{}", n % 200).parse().unwrap());
        })
    }),
    ("word in 30 %, closed, by activity", |_| {
        with("yleinen", |query| {
            query.active = false;
            query.categories = ["closed".into()].into();
            query.sort = TicketSort::Activity;
        })
    }),
    ("two words, 30 % and 1 %", |_| {
        with("yleinen harvinainen", |_| {})
    }),
    ("30 % but never with these: empty", |_| {
        with("yleinen", |query| {
            query.categories = ["waiting_internal".into()].into();
        })
    }),
    ("no such word", |_| with("olematon", |_| {})),
    ("phrase", |_| with("\"sana2 sana1\"", |_| {})),
    ("beginning of words", |_| with("sana199*", |_| {})),
    ("all active by breach", |_| inbox()),
    ("deep page by breach", |n| {
        let mut query = inbox();
        let at = now() + TimeDelta::seconds(n as i64 * 4_000);
        let place = at.timestamp_nanos_opt().unwrap();
        query.after = Some(format!("breach.{place}.t-m").parse().unwrap());
        query
    }),
    ("nobody's, 30 % tag", |_| {
        let mut query = inbox();
        query.unassigned = true;
        query.tags = ["delivery".parse().unwrap()].into();
        query
    }),
    ("one customer's handle, all, by activity", |n| {
        let mut query = TicketQuery::default();
        let id = (chance(n, 77) % 20_000).to_string();
        query.handle = HandleKey::new(Network::X, None, &id).ok();
        query.sort = TicketSort::Activity;
        query
    }),
    ("one account and one day, closed", |n| {
        let mut query = TicketQuery::default();
        query.account = Some("account-3".parse().unwrap());
        query.categories = ["closed".into()].into();
        let from = now() - TimeDelta::days((n % 300) as i64);
        (query.opened.from, query.opened.before) = (Some(from), Some(from + TimeDelta::days(1)));
        query
    }),
];

/// p50 and p99 in milliseconds.
fn shown(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("p50 {:8.2} ms   p99 {:8.2} ms", at(50), at(99))
}

async fn ask(tenant: &dyn TenantStore) {
    for (name, question) in QUESTIONS {
        let mut rows = 0;
        let mut times = Vec::new();
        for n in 0..TIMES + 5 {
            let query = question(n);
            let began = Instant::now();
            let page = tenant.tickets(&query).await.unwrap();
            // The first warm up what the file system keeps.
            if n >= 5 {
                times.push(began.elapsed());
                rows += page.len();
            }
        }
        println!(
            "  {name:42} {}   {:6.1} rows",
            shown(times),
            rows as f64 / TIMES as f64
        );
    }
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let count = tenant
            .count_tickets(&every("yleinen"), 1_001)
            .await
            .unwrap();
        assert_eq!(count, 1_001);
        times.push(began.elapsed());
    }
    println!(
        "  {:42} {}",
        "count of the word in 30 %, up to 1,001",
        shown(times)
    );
}

/// The first question as plain SQL over a table that has just its columns and just its index.
fn plain(path: &std::path::Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;
         CREATE TEMP TABLE best AS
             SELECT t.tenant, t.assignee, t.category, g.tag, t.place, t.id, t.ticket FROM tickets AS t
             JOIN ticket_tags AS g ON g.number = t.number WHERE t.category = 'open' AND g.tag = 'delivery';
         CREATE INDEX temp.best_index ON best (tenant, assignee, category, tag, place, id);",
    )
    .unwrap();
    let mut ask = file
        .prepare(
            "SELECT ticket FROM best WHERE tenant = (SELECT id FROM tenants WHERE name = 'large')
             AND assignee = ?1 AND category = 'open' AND tag = 'delivery' ORDER BY place, id LIMIT 50",
        )
        .unwrap();
    let mut times = Vec::new();
    for n in 0..TIMES {
        let began = Instant::now();
        let rows = ask.query_map([format!("agent-{}", n % 200)], |row| {
            row.get::<_, String>(0)
        });
        let rows: Vec<String> = rows.unwrap().collect::<Result<_, _>>().unwrap();
        assert!(!rows.is_empty());
        times.push(began.elapsed());
    }
    println!(
        "  {:42} {}",
        "plain SQL, state + tag + assignee",
        shown(times)
    );
    let mut count = file
        .prepare("SELECT count(*) FROM search WHERE search MATCH ?1")
        .unwrap();
    let tenant: i64 = file
        .query_row("SELECT id FROM tenants WHERE name = 'large'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let found: i64 = count
            .query_row([format!("\"{tenant}xyleinen\"")], |row| row.get(0))
            .unwrap();
        assert!(found > 0);
        times.push(began.elapsed());
    }
    println!(
        "  {:42} {}",
        "plain FTS5, count of the word in 30 %",
        shown(times)
    );
}

fn main() {
    let tickets = std::env::var("ASPA_BENCH_TICKETS");
    let tickets: u64 = tickets.map_or(1_000_000, |count| count.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let large = TenantId::new("large").unwrap();
    if let Ok(url) = std::env::var("ASPA_POSTGRES_URL") {
        println!("PostgreSQL, {tickets} tickets");
        runtime.block_on(async {
            let store = aspa::store_postgres::PostgresStore::connect(&url)
                .await
                .unwrap();
            let store: Arc<dyn Store> = Arc::new(store);
            fill(&*store, tickets).await;
            read(&*store.tenant(&large), tickets).await;
            ask(&*store.tenant(&large)).await;
        });
        return;
    }
    println!("SQLite, {tickets} tickets");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    runtime.block_on(async {
        // Filling need not survive a power cut.
        let store = SqliteStore::open_with(&path, &Options::default().durable(false)).unwrap();
        fill(&store, tickets).await;
        read(&*store.tenant(&large), tickets).await;
        drop(store);
        let bytes = std::fs::metadata(&path).unwrap().len();
        println!("  {:.2} GB", bytes as f64 / 1e9);
        let store = SqliteStore::open(&path).unwrap();
        ask(&*store.tenant(&large)).await;
    });
    plain(&path);
}
