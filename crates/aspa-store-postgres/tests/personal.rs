//! Every column of the schema stands in the table of personal data, and after an erasure none of them
//! holds anything of the person. Without a server reported as ignored.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;

use std::sync::Arc;

use aspa_channel::{
    AttributeKind, ConversationKey, Direction, Event, EventKind, Handle, Message, MessageKey, Part,
    Times, Via,
};
use aspa_desk::{Desk, ManualClock, Subject};
use aspa_store::{Arrival, Changes, RawDelivery, Store, is_declared};
use aspa_store_postgres::tokio_postgres::{Client, NoTls};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_types::{AccountId, DeliveryId, HandleKey, Network, Secret, TenantId};
use chrono::{DateTime, TimeDelta, Utc};

use common::{Server, ignored_without};

const TELLS: [&str; 4] = ["angrymatti", "matti meikäläinen", "0401234567", "astma"];

fn at(minutes: i64) -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

/// Every text of every column of the schema, with where it stands.
async fn texts(client: &Client, schema: &str) -> Vec<(String, String, String)> {
    let sql = "SELECT table_name::text, column_name::text, data_type::text
               FROM information_schema.columns WHERE table_schema = $1";
    let mut all = Vec::new();
    for row in client.query(sql, &[&schema]).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let sql = match kind.as_str() {
            "bytea" => format!("SELECT encode(\"{column}\", 'escape') FROM {schema}.\"{table}\""),
            _ => format!("SELECT \"{column}\"::text FROM {schema}.\"{table}\""),
        };
        let mut texts = String::new();
        for row in client.query(&sql, &[]).await.unwrap() {
            texts += row
                .get::<_, Option<String>>(0)
                .as_deref()
                .unwrap_or_default();
            texts.push('\n');
        }
        all.push((table, column, texts.to_lowercase()));
    }
    all
}

fn tells(texts: &[(String, String, String)]) -> Vec<String> {
    let found = texts.iter().flat_map(|(table, column, text)| {
        let tells = TELLS.iter().filter(move |tell| text.contains(**tell));
        tells.map(move |tell| format!("{table}.{column}: {tell}"))
    });
    found.collect()
}

async fn fill(store: &dyn Store, desk: &Desk) {
    let account = AccountId::new("shop").unwrap();
    let author = HandleKey::new(Network::X, None, "angrymatti").unwrap();
    for number in 0..20_i64 {
        let conversation = ConversationKey::new(account.clone(), "dm-angrymatti").unwrap();
        let key = MessageKey::new(account.clone(), &format!("m{number}")).unwrap();
        let mut message = Message::new(key, conversation, Direction::Inbound);
        message.author = Some(author.clone());
        message.times = Times::vouched(at(number));
        message.parts.push(Part::text("Minulla on astma"));
        let mut event = Event::new(account.clone(), EventKind::message(message), Via::Webhook);
        let profile = Handle::new(author.clone())
            .with(AttributeKind::DisplayName, "Matti Meikäläinen", at(number))
            .with(AttributeKind::Phone, "0401234567", at(number));
        event.handles.push(profile);
        let body = serde_json::to_vec(&event).unwrap();
        let mut arrival = Arrival::new(at(0), vec![event]);
        let id = DeliveryId::new(format!("d{number}")).unwrap();
        arrival.delivery = Some(RawDelivery::new("hook".into(), id, at(0), body));
        let tenant = store.tenant(&TenantId::default());
        tenant.commit(Changes::arrive(vec![arrival])).await.unwrap();
        if number < 19 {
            desk.work().await.unwrap();
        }
    }
}

async fn check(server: &Server) {
    let schema = server.new_schema();
    let store = server.open(&schema).await.unwrap();
    let (client, connection) = server.config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let clock = Arc::new(ManualClock::new(at(400)));
    let builder = Desk::builder(store.clone()).clock(clock);
    let key = Secret::new("a secret of the host's, long enough");
    let desk = builder.identity_key(key).build().unwrap();
    fill(&store, &desk).await;
    let before = texts(&client, &schema).await;
    let missing = before
        .iter()
        .filter(|(table, column, _)| !is_declared(table, column));
    let missing: Vec<_> = missing.map(|(table, column, _)| (table, column)).collect();
    assert!(
        missing.is_empty(),
        "say what they are kept for, in aspa-store's personal.rs: {missing:?}"
    );
    assert!(tells(&before).len() > TELLS.len(), "the day tells of him");
    let author = HandleKey::new(Network::X, None, "angrymatti").unwrap();
    desk.erase(&Subject::Handle(author), None, "erasure_request")
        .await
        .unwrap();
    assert_eq!(tells(&texts(&client, &schema).await), Vec::<String>::new());
}

fn main() {
    let server = Server::from_environment();
    let given = server.clone();
    let trial = Trial::test("the tables hold nothing of an erased person", move || {
        let server = given.unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(check(&server));
        Ok(())
    });
    let trials = ignored_without(server.as_ref(), vec![trial]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
