use aspa_channel::Cursor;
use aspa_store::{Changes, ErrorKind, TicketQuery, TicketRow, TicketSort, Versioned, Wanted};
use aspa_ticket::{Category, Ticket};
use aspa_types::{AccountId, CustomerId};

use super::rows::{
    about, at, conversation, customer, customer_id, handle_key, link, message_key, name, record,
    ticket, waking,
};
use super::stage::{Stage, done, ends, same};
use crate::case::{Checked, fault};

const PAGES: &str =
    "a page does not go on after the last key of the one before, or is not in order";

fn write<T>(
    values: impl IntoIterator<Item = T>,
    put: impl FnOnce(&mut Changes) -> &mut Vec<Versioned<T>>,
) -> Changes {
    let mut changes = Changes::default();
    put(&mut changes).extend(values.into_iter().map(Versioned::new));
    changes
}

/// S8: who waits for a message is found by it, in order, until it waits no longer.
pub(super) async fn awaiting(stage: Stage) -> Checked {
    const CAUSE: &str = "the awaited message is compared by less than its key, or kept when it is no longer awaited";
    let waits = |id: &str, of: &str| {
        let mut record = record(id, "t-1");
        record.awaits = Some(message_key(of));
        record
    };
    let mut part = waits("c", "m-0");
    part.awaits = Some(message_key("m-0").part(1));
    let rows = [
        waits("b", "m-0"),
        waits("a", "m-0"),
        part,
        waits("d", "m-1"),
        record("e", "t-1"),
    ];
    stage.commit(write(rows, |c| &mut c.messages)).await?;
    let found = async |stage: &Stage| {
        let mut wanted = Wanted::default();
        wanted.awaiting.extend(["m-0", "m-2"].map(message_key));
        let loaded = done("loading", stage.tenant.load(&wanted).await)?;
        let of = |id: &str| {
            loaded
                .awaiting
                .get(&message_key(id))
                .cloned()
                .unwrap_or_default()
        };
        Ok((of("m-0"), of("m-2")))
    };
    let expected = (["a", "b"].map(message_key).to_vec(), Vec::new());
    same("who waits", &expected, &found(&stage).await?, CAUSE)?;
    let mut changes = Changes::default();
    changes.messages.push(Versioned {
        value: record("a", "t-1"),
        version: 1,
    });
    stage.commit(changes).await?;
    let expected = (vec![message_key("b")], Vec::new());
    same("who still waits", &expected, &found(&stage).await?, CAUSE)
}

/// S8: messages by key, whole or of one conversation.
pub(super) async fn messages(stage: Stage) -> Checked {
    // Keys sort as texts, parts as numbers.
    let keys = ["10", "9", "Z", "a", "ä"].map(message_key);
    let mut rows = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        for part in [10, 2] {
            let mut row = record("x", if number % 2 == 0 { "even" } else { "odd" });
            row.key = key.clone().part(part);
            rows.push(row);
        }
    }
    let mut bare = record("no text yet", "even");
    bare.message = None;
    rows.push(bare);
    stage
        .commit(write(rows.clone(), |c| &mut c.messages))
        .await?;
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    for size in [1, 4, 100] {
        let mut read = Vec::new();
        loop {
            let after = read
                .last()
                .map(|record: &aspa_store::MessageRecord| &record.key);
            let page = done("messages", stage.tenant.messages(after, size).await)?;
            if page.is_empty() {
                break;
            }
            same(
                &format!("no more than {size}"),
                &true,
                &(page.len() <= size),
                PAGES,
            )?;
            read.extend(page);
            ends("a list", 20, read.len())?;
        }
        same(&format!("messages in pages of {size}"), &rows, &read, PAGES)?;
    }
    let within = |record: &&aspa_store::MessageRecord| {
        record
            .message
            .as_ref()
            .is_some_and(|m| m.conversation == conversation("odd"))
    };
    let expected: Vec<_> = rows.iter().filter(within).cloned().collect();
    let thread = done(
        "conversation",
        stage.tenant.conversation(&conversation("odd")).await,
    )?;
    same(
        "a conversation",
        &expected,
        &thread,
        "a conversation is not in order of keys",
    )?;
    let mut elsewhere = conversation("odd");
    elsewhere.account = name::<AccountId>("branch");
    let none = done("conversation", stage.tenant.conversation(&elsewhere).await)?;
    same(
        "the same thread of another account",
        &Vec::new(),
        &none,
        "a conversation is compared by its id alone",
    )
}

/// S8: all tickets about one customer in one conversation, first to last.
pub(super) async fn of_key(stage: Stage) -> Checked {
    let nth = |ordinal| TicketRow::new(Ticket::open(about("t-1"), ordinal, at(0)));
    let rows = [nth(10), nth(2), ticket("t-2"), nth(1)];
    stage.commit(write(rows, |c| &mut c.tickets)).await?;
    let mut wanted = Wanted::default();
    wanted.tickets.extend([about("t-1"), about("t-3")]);
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let ordinals = loaded
        .tickets
        .get(&about("t-1"))
        .map(|rows| rows.iter().map(|row| row.value.ordinal).collect());
    same(
        "their places",
        &Some(vec![1, 2, 10]),
        &ordinals,
        "tickets are not in order of their ordinals",
    )?;
    let none = loaded.tickets.get(&about("t-3")).is_none_or(Vec::is_empty);
    same(
        "tickets of who has none",
        &true,
        &none,
        "a key is compared by less than all of it",
    )
}

/// Twelve tickets of every sort, in no order.
fn many() -> Vec<TicketRow> {
    let categories = [
        "new",
        "open",
        "resolved",
        "waiting_customer",
        "closed",
        "haunted",
    ];
    let tags = ["delivery", "delivery/late", "deliveryman", "bill"];
    let mut rows = Vec::new();
    for number in 0..12_i64 {
        let index = usize::try_from(number).unwrap_or_default();
        let mut key = about(&format!("t-{number}"));
        key.customer = handle_key(["h-1", "h-2", "h-3"][index % 3]);
        key.conversation.account = name(["shop", "branch"][index % 2]);
        let mut row = TicketRow::new(Ticket::open(key, 1, at(0)));
        row.ticket.category = categories[index % 6].into();
        row.ticket.assignee = (index % 4 < 2).then(|| name(["maija", "matti"][index % 2]));
        row.ticket.tags.insert(name(tags[index % 4]));
        row.ticket.tags.insert(name("all"));
        // Two share a time, some have none.
        row.breach_at = (index % 5 != 0).then(|| at([40, 10, 30, 10][index % 4]));
        rows.push(row);
    }
    rows
}

fn place(
    row: &TicketRow,
    sort: TicketSort,
) -> (
    bool,
    Option<chrono::DateTime<chrono::Utc>>,
    aspa_types::TicketId,
) {
    let id = row.ticket.id.clone();
    match sort {
        TicketSort::Breach => (row.breach_at.is_none(), row.breach_at, id),
        _ => (false, None, id),
    }
}

fn fits(row: &TicketRow, query: &TicketQuery) -> bool {
    let ticket = &row.ticket;
    let within = |tag| ticket.tags.iter().any(|own| own.is_within(tag));
    query
        .category
        .as_ref()
        .is_none_or(|category| ticket.category == *category)
        && (!query.active || ticket.category.is_active())
        && query
            .assignee
            .as_ref()
            .is_none_or(|agent| ticket.assignee.as_ref() == Some(agent))
        && query.tag.as_ref().is_none_or(within)
        && query
            .account
            .as_ref()
            .is_none_or(|account| ticket.key.conversation.account == *account)
        && query
            .customer
            .as_ref()
            .is_none_or(|customer| ticket.key.customer == *customer)
}

/// Each set of conditions, `mask` saying which hold.
fn query(mask: u32, sort: TicketSort) -> TicketQuery {
    let on = |bit: u32| mask & (1 << bit) != 0;
    let mut query = TicketQuery::default();
    query.category = on(0).then(|| Category::from(if on(1) { "resolved" } else { "open" }));
    query.active = on(2);
    query.assignee = on(3).then(|| name("matti"));
    query.tag = on(4).then(|| name(if on(1) { "all" } else { "delivery" }));
    query.account = on(5).then(|| name("branch"));
    query.customer = on(6).then(|| handle_key("h-2"));
    query.sort = sort;
    query
}

/// S8: every set of conditions finds what fits all of them, and nothing else.
pub(super) async fn conditions(stage: Stage) -> Checked {
    let rows = many();
    stage
        .commit(write(rows.clone(), |c| &mut c.tickets))
        .await?;
    for sort in [TicketSort::Id, TicketSort::Breach] {
        for mask in 0..128 {
            let query = query(mask, sort);
            let mut expected: Vec<_> = rows
                .iter()
                .filter(|row| fits(row, &query))
                .cloned()
                .collect();
            expected.sort_by_key(|row| place(row, sort));
            let came = done("tickets", stage.tenant.tickets(&query).await)?;
            let cause = "a condition is left out, or a tag is compared by its first letters";
            same(&format!("tickets for {query:?}"), &expected, &came, cause)?;
        }
    }
    // What is found follows the row that was written last.
    let mut row = rows[1].clone();
    row.ticket.tags = [name("bill/late")].into();
    row.ticket.assignee = None;
    row.breach_at = Some(at(1));
    let mut changes = Changes::default();
    changes.tickets.push(Versioned {
        value: row.clone(),
        version: 1,
    });
    stage.commit(changes).await?;
    let mut by_tag = TicketQuery::default();
    by_tag.tag = Some(name("all"));
    let cause = "tags or an assignee of an earlier row are left";
    same(
        "tickets with the old tag",
        &11,
        &done("tickets", stage.tenant.tickets(&by_tag).await)?.len(),
        cause,
    )?;
    by_tag.tag = Some(name("bill/late"));
    same(
        "tickets with the new tag",
        &vec![row],
        &done("tickets", stage.tenant.tickets(&by_tag).await)?,
        cause,
    )
}

/// S8: both orders, in pages of every size.
pub(super) async fn sorted(stage: Stage) -> Checked {
    let rows = many();
    stage
        .commit(write(rows.clone(), |c| &mut c.tickets))
        .await?;
    for sort in [TicketSort::Id, TicketSort::Breach] {
        for mask in [0, 0b100, 0b1_0000, 0b1_0010, 0b1000, 0b100_0000] {
            for limit in [1, 2, 5, 100] {
                let mut query = query(mask, sort);
                query.limit = limit;
                let mut expected: Vec<_> = rows
                    .iter()
                    .filter(|row| fits(row, &query))
                    .cloned()
                    .collect();
                expected.sort_by_key(|row| place(row, sort));
                let mut read: Vec<TicketRow> = Vec::new();
                loop {
                    query.after = read.last().map(|row| row.ticket.id.clone());
                    let page = done("tickets", stage.tenant.tickets(&query).await)?;
                    if page.is_empty() {
                        break;
                    }
                    same(
                        &format!("no more than {limit}"),
                        &true,
                        &(page.len() <= limit),
                        PAGES,
                    )?;
                    read.extend(page);
                    ends("a list", 20, read.len())?;
                }
                let ids = |rows: &[TicketRow]| {
                    rows.iter()
                        .map(|row| row.ticket.id.clone())
                        .collect::<Vec<_>>()
                };
                same(
                    &format!("pages of {limit} by {sort:?}"),
                    &ids(&expected),
                    &ids(&read),
                    PAGES,
                )?;
            }
        }
    }
    // By id a page goes on after what has gone; by time nobody can tell where that stood.
    let mut query = TicketQuery::default();
    let gone = ticket("not there").ticket.id;
    let later = rows.iter().filter(|row| row.ticket.id > gone).count();
    query.after = Some(gone);
    same(
        "by id after one that is gone",
        &later,
        &done("tickets", stage.tenant.tickets(&query).await)?.len(),
        PAGES,
    )?;
    query.sort = TicketSort::Breach;
    match stage.tenant.tickets(&query).await {
        Err(error) if error.kind() == ErrorKind::Invalid => Ok(()),
        other => {
            let cause = "a page that cannot be found is taken for the first one, so that reading never ends";
            fault(
                "by time after one that is gone: refused as invalid",
                format!("{other:?}"),
                cause,
            )
        }
    }
}

/// S8: a removed ticket is in no list, and what is left is.
pub(super) async fn removed(stage: Stage) -> Checked {
    const CAUSE: &str = "what is derived from a ticket stays when it is removed";
    let mut row = waking("t-1", &[(1, "snooze")]);
    row.breach_at = Some(at(2));
    row.ticket.tags.insert(name("bill"));
    row.ticket.assignee = Some(name("matti"));
    stage
        .commit(write([row.clone(), ticket("t-2")], |c| &mut c.tickets))
        .await?;
    let mut changes = Changes::default();
    changes.removed.push(Versioned {
        value: row.ticket.id.clone(),
        version: 1,
    });
    stage.commit(changes).await?;
    let left = vec![ticket("t-2")];
    for mask in [0, 0b100] {
        for sort in [TicketSort::Id, TicketSort::Breach] {
            let came = done("tickets", stage.tenant.tickets(&query(mask, sort)).await)?;
            same("tickets that are left", &left, &came, CAUSE)?;
        }
    }
    let mut by = TicketQuery::default();
    by.tag = Some(name("bill"));
    same(
        "tickets with its tag",
        &Vec::new(),
        &done("tickets", stage.tenant.tickets(&by).await)?,
        CAUSE,
    )?;
    let mut by = TicketQuery::default();
    by.assignee = Some(name("matti"));
    same(
        "tickets of its assignee",
        &Vec::new(),
        &done("tickets", stage.tenant.tickets(&by).await)?,
        CAUSE,
    )?;
    let mut wanted = Wanted::default();
    wanted.tickets.insert(about("t-1"));
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let none = loaded.tickets.values().all(Vec::is_empty);
    same("no ticket of its key", &true, &none, CAUSE)
}

/// S8: links that stand so, in order of their handles.
pub(super) async fn links(stage: Stage) -> Checked {
    let ids = ["h-1", "h-10", "h-2", "h-3"];
    let rows = ids
        .map(|id| link(id, "review"))
        .into_iter()
        .chain([link("h-4", "linked")]);
    stage.commit(write(rows, |c| &mut c.links)).await?;
    for size in [1, 3, 100] {
        let mut read = Vec::new();
        loop {
            let after = read.last().map(|link: &aspa_identity::Link| &link.handle);
            let page = done(
                "links",
                stage.tenant.links(&"review".into(), after, size).await,
            )?;
            if page.is_empty() {
                break;
            }
            read.extend(page);
            ends("a list", 20, read.len())?;
        }
        let expected: Vec<_> = ids.map(|id| link(id, "review")).to_vec();
        same(
            &format!("links in pages of {size}"),
            &expected,
            &read,
            PAGES,
        )?;
    }
    let mut changes = Changes::default();
    changes.links.push(Versioned {
        value: link("h-2", "linked"),
        version: 1,
    });
    stage.commit(changes).await?;
    let linked = done(
        "links",
        stage.tenant.links(&"linked".into(), None, 10).await,
    )?;
    let expected = vec![link("h-2", "linked"), link("h-4", "linked")];
    same(
        "links after one changed its state",
        &expected,
        &linked,
        "the state of an earlier row is left",
    )
}

/// S8: customers are replaced, go, and come in pages.
pub(super) async fn customers(stage: Stage) -> Checked {
    let elsewhere = |id: &str| {
        let mut customer = customer(id, "Oulu");
        customer.id = CustomerId {
            system: name("billing"),
            id: id.into(),
        };
        customer
    };
    let mut changes = Changes::default();
    changes
        .customers
        .extend(["10", "9", "1"].map(|id| customer(id, "Espoo")));
    changes.customers.extend(["7", "2"].map(elsewhere));
    stage.commit(changes).await?;
    let mut changes = Changes::default();
    changes.customers.push(customer("9", "Turku"));
    changes
        .gone
        .extend([customer_id("1"), customer_id("never there")]);
    stage.commit(changes).await?;
    let expected = vec![
        elsewhere("2"),
        elsewhere("7"),
        customer("10", "Espoo"),
        customer("9", "Turku"),
    ];
    for size in [1, 3, 100] {
        let mut read = Vec::new();
        loop {
            let after = read
                .last()
                .map(|customer: &aspa_crm::Customer| &customer.id);
            let page = done("customers", stage.tenant.customers(after, size).await)?;
            if page.is_empty() {
                break;
            }
            read.extend(page);
            ends("a list", 20, read.len())?;
        }
        same(
            &format!("customers in pages of {size}"),
            &expected,
            &read,
            PAGES,
        )?;
    }
    Ok(())
}

/// S8: a cursor is the one that was written last, of its source.
pub(super) async fn cursors(stage: Stage) -> Checked {
    const CAUSE: &str = "a cursor is not replaced, or sources are mixed up";
    let cursor = |text: &str| Some(Cursor(text.to_owned()));
    let mut changes = Changes::arrive(vec![super::rows::arrival([1])]);
    changes.arrivals[0].cursor = Some(("a".into(), Cursor("1".to_owned())));
    changes.cursors.push(("b".into(), Cursor("2".to_owned())));
    stage.commit(changes).await?;
    let mut changes = Changes::default();
    changes.cursors.push(("a".into(), Cursor("3".to_owned())));
    stage.commit(changes).await?;
    for (source, expected) in [("a", cursor("3")), ("b", cursor("2")), ("c", None)] {
        same(
            "a cursor",
            &expected,
            &done("cursor", stage.tenant.cursor(source).await)?,
            CAUSE,
        )?;
    }
    Ok(())
}
