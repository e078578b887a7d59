//! Queries that people keep, lists by tags that are called otherwise since, and counts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::MemoryChannel;
use aspa_desk::{Desk, Error};
use aspa_store::{ErrorKind, MemoryStore, SavedName, Store, TicketQuery, TicketSort};
use aspa_store_sqlite::SqliteStore;
use aspa_ticket::{Actor, Command};
use aspa_types::{AgentId, Tag};
use common::{Hand, asks, event, shop};

fn conflicts<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(
        matches!(result, Err(Error::Store(error)) if error.kind() == ErrorKind::Conflict),
        "{result:?}"
    );
}

#[tokio::test]
async fn queries_are_kept_by_owner_and_version() {
    let desk = Desk::builder(MemoryStore::new()).build().unwrap();
    let maija: AgentId = "maija".parse().unwrap();
    let mut late = TicketQuery::default();
    late.active = true;
    late.text = Some("myöhässä".parse().unwrap());
    let everybodys = SavedName::new(None, "Myöhässä").unwrap();
    let mine = SavedName::new(Some(maija.clone()), "Myöhässä").unwrap();
    desk.save_query(&everybodys, &late, Some(&maija), 0)
        .await
        .unwrap();
    desk.save_query(&mine, &TicketQuery::default(), None, 0)
        .await
        .unwrap();
    conflicts(&desk.save_query(&mine, &late, None, 0).await);
    desk.save_query(&mine, &late, None, 1).await.unwrap();
    conflicts(&desk.delete_query(&mine, 1).await);

    let kept = desk.saved_queries(None).await.unwrap();
    assert_eq!(kept.len(), 1);
    let (name, row) = &kept[0];
    assert_eq!((name, row.version), (&everybodys, 1));
    assert_eq!(row.value.query(), Ok(late));
    assert_eq!(
        desk.saved_queries(Some(&maija)).await.unwrap()[0].1.version,
        2
    );
    let other = desk.tenant("other".parse().unwrap());
    assert!(other.saved_queries(None).await.unwrap().is_empty());

    desk.delete_query(&mine, 2).await.unwrap();
    assert!(desk.saved_queries(Some(&maija)).await.unwrap().is_empty());
    assert_eq!(
        desk.count_tickets(&TicketQuery::default(), 1_001)
            .await
            .unwrap(),
        0
    );
}

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

/// Tickets of customers `0`, `1` and so on, each with the tags of its place. The name of a tag that the
/// desk knows comes to it as it was at that time.
async fn tagged(desk: &Desk, channel: &MemoryChannel, first: usize, tags: &[&[&str]]) {
    for (customer, tags) in (first..).zip(tags) {
        let customer = customer.to_string();
        channel.say(event(asks(&customer, &customer, &customer, 0)));
        desk.poll(&shop()).await.unwrap();
        desk.work().await.unwrap();
        let rows = desk.tickets(&TicketQuery::default()).await.unwrap();
        let of = |row: &&aspa_store::TicketRow| *row.ticket.key.conversation.id == *customer;
        let ticket = rows.iter().find(of).unwrap().ticket.id.clone();
        for name in *tags {
            let command = Command::Tag { tag: tag(name) };
            desk.command(&ticket, command, Actor::Us(None))
                .await
                .unwrap();
        }
    }
}

/// The customers whose tickets a query by these tags finds, read in pages of one and together, and
/// counted.
async fn found(desk: &Desk, tags: &[&str]) -> String {
    let mut query = TicketQuery::default();
    query.tags = tags.iter().map(|name| tag(name)).collect();
    let who = |row: &aspa_store::TicketRow| row.ticket.key.conversation.id.to_string();
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all.join(" ")
    };
    let all = desk.tickets(&query).await.unwrap();
    let together = sorted(all.iter().map(who).collect());
    assert_eq!(desk.count_tickets(&query, 1_001).await.unwrap(), all.len());
    assert_eq!(
        desk.count_tickets(&query, 1).await.unwrap(),
        all.len().min(1)
    );
    for sort in [TicketSort::Id, TicketSort::Breach, TicketSort::Activity] {
        (query.sort, query.limit, query.after) = (sort, 1, None);
        let mut one_by_one = Vec::new();
        loop {
            let page = desk.tickets(&query).await.unwrap();
            assert!(page.len() < 2, "{page:?}");
            one_by_one.extend(page.iter().map(who));
            if !query.go_on(&page) {
                break;
            }
        }
        assert_eq!(sorted(one_by_one), together, "{sort:?}");
    }
    together
}

async fn former_names_find_what_they_found(store: impl Store) {
    let clock = Hand::at(1);
    let channel = std::sync::Arc::new(MemoryChannel::new(shop()));
    let builder = common::builder(store, &clock).shared_channel(channel.clone());
    let desk = builder.build().unwrap();
    let mut tags = desk.tags().await.unwrap();
    for name in ["delivery", "delivery/late", "parcel", "bill"] {
        tags.value.declare(&tag(name), None);
    }
    desk.save_tags(&tags.value, tags.version).await.unwrap();
    let before: [&[&str]; 4] = [
        &["delivery"],
        &["delivery/late", "bill"],
        &["parcel"],
        &["bill"],
    ];
    tagged(&desk, &channel, 0, &before).await;
    let mut late = TicketQuery::default();
    late.tags.insert(tag("delivery/late"));
    let name = SavedName::new(None, "late").unwrap();
    desk.save_query(&name, &late, None, 0).await.unwrap();
    assert_eq!(found(&desk, &["delivery"]).await, "0 1");
    assert_eq!(found(&desk, &["shipping"]).await, "");

    let mut tags = desk.tags().await.unwrap();
    tags.value
        .rename(&tag("delivery"), &tag("shipping"))
        .unwrap();
    tags.value
        .merge(&tag("parcel"), &tag("shipping/late"))
        .unwrap();
    desk.save_tags(&tags.value, tags.version).await.unwrap();
    let after: [&[&str]; 2] = [&["shipping/late"], &["parcel", "bill"]];
    tagged(&desk, &channel, 4, &after).await;
    tagged(&desk, &channel, 6, &[&["shipping"]]).await;
    // By an old name and a new one: found once.
    let rows = desk.tickets(&late).await.unwrap();
    let command = Command::Tag {
        tag: tag("delivery"),
    };
    for row in rows {
        let ticket = &row.ticket.id;
        desk.command(ticket, command.clone(), Actor::Us(None))
            .await
            .unwrap();
    }
    for (names, expected) in [
        (&["delivery"][..], "0 1 2 4 5 6"),
        (&["shipping"], "0 1 2 4 5 6"),
        (&["delivery/late"], "1 2 4 5"),
        (&["shipping/late"], "1 2 4 5"),
        (&["parcel"], "1 2 4 5"),
        (&["bill"], "1 3 5"),
        (&["bill", "parcel"], "1 5"),
        (&["bill", "delivery", "shipping"], "1 5"),
        (&["else"], ""),
    ] {
        assert_eq!(found(&desk, names).await, expected, "{names:?}");
    }
    let kept = desk.saved_queries(None).await.unwrap();
    let kept = kept[0].1.value.query().unwrap();
    assert_eq!(kept, late, "a query is kept as it was written");
    assert_eq!(desk.tickets(&kept).await.unwrap().len(), 4);
}

#[tokio::test]
async fn former_names_of_tags_find_what_they_found() {
    former_names_find_what_they_found(MemoryStore::new()).await;
}

#[tokio::test]
async fn former_names_of_tags_find_what_they_found_in_a_database() {
    former_names_find_what_they_found(SqliteStore::open_in_memory().unwrap()).await;
}
