use aspa_channel::Cursor;
use aspa_store::{
    Between, Changes, ErrorKind, TicketCursor, TicketQuery, TicketRow, TicketSort, Versioned,
    Wanted,
};
use aspa_ticket::{Actor, EventKind, Ticket};
use aspa_types::CustomerId;
use chrono::TimeDelta;

use super::rows::{
    about, at, customer, customer_id, handle_key, link, message_key, name, record, tenant_id,
    ticket, waking,
};
use super::stage::{Stage, done, ends, same};
use crate::case::{Checked, fault};

const PAGES: &str =
    "a page does not go on after the last key of the one before, or is not in order";

pub(super) fn write<T>(
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

/// S8: messages by key, in pages.
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
    Ok(())
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
        row.ticket.opened_at = at(-3 * (number % 9));
        let changed = aspa_ticket::Event::new(
            at(10 * (number % 8)),
            Actor::Customer,
            EventKind::Prioritised { priority: None },
        );
        row.ticket.apply(&changed);
        // Two share a time, some have none.
        row.breach_at = (index % 5 != 0).then(|| at([40, 10, 30, 10][index % 4]));
        rows.push(row);
    }
    rows
}

/// Where a row stands in an order, told another way than stores do.
fn place(row: &TicketRow, sort: TicketSort) -> (bool, Option<TimeDelta>, aspa_types::TicketId) {
    let id = row.ticket.id.clone();
    match sort {
        TicketSort::Breach => (
            row.breach_at.is_none(),
            row.breach_at.map(|time| time - at(0)),
            id,
        ),
        TicketSort::Activity => (false, Some(at(0) - row.ticket.active_at()), id),
        _ => (false, None, id),
    }
}

const SORTS: [TicketSort; 3] = [TicketSort::Id, TicketSort::Breach, TicketSort::Activity];

fn fits(row: &TicketRow, query: &TicketQuery) -> bool {
    let ticket = &row.ticket;
    let within = |tag| ticket.tags.iter().any(|own| own.is_within(tag));
    let customer = &ticket.key.customer;
    let held = |span: &Between, time| {
        span.from.is_none_or(|from| time >= from) && span.before.is_none_or(|end| time < end)
    };
    let mut all = vec![
        query.categories.is_empty() || query.categories.contains(&ticket.category),
        !query.active || ticket.category.is_active(),
        query.assignee.is_none() || query.assignee == ticket.assignee,
        !query.unassigned || ticket.assignee.is_none(),
        query.tags.iter().all(within),
        held(&query.opened, ticket.opened_at),
        held(&query.active_in, ticket.active_at()),
    ];
    all.extend(
        query
            .account
            .as_ref()
            .map(|account| ticket.key.conversation.account == *account),
    );
    all.extend(query.handle.as_ref().map(|handle| customer == handle));
    // Only the link of `h-2` stands; see `linked`.
    all.extend(
        query
            .customer
            .as_ref()
            .map(|id| *id == customer_id("c-1") && *customer == handle_key("h-2")),
    );
    all.into_iter().all(|fits| fits)
}

/// Of `h-1` somebody doubts what is said, `h-3` is somebody else.
fn linked() -> Vec<aspa_identity::Link> {
    let mut other = link("h-3", "linked");
    other.customer = Some(customer_id("c-2"));
    vec![link("h-1", "review"), link("h-2", "linked"), other]
}

/// How many conditions a `mask` can switch on.
const CONDITIONS: u32 = 11;

/// Each set of conditions, `mask` saying which hold.
fn query(mask: u32, sort: TicketSort) -> TicketQuery {
    let on = |bit: u32| mask & (1 << bit) != 0;
    let span = |from: i64, before: i64| Between {
        from: Some(at(from)),
        before: Some(at(before)),
    };
    let mut query = TicketQuery::default();
    if on(0) {
        query
            .categories
            .insert(if on(1) { "resolved" } else { "open" }.into());
    }
    if on(0) && on(8) {
        query.categories.insert("haunted".into());
    }
    query.active = on(2);
    query.assignee = on(3).then(|| name("matti"));
    query.unassigned = on(7) && !on(3);
    if on(4) {
        query
            .tags
            .insert(name(if on(1) { "all" } else { "delivery" }));
    }
    if on(4) && on(9) {
        query.tags.insert(name("delivery/late"));
    }
    query.account = on(5).then(|| name("branch"));
    query.handle = on(6).then(|| handle_key("h-2"));
    query.customer = on(10).then(|| customer_id("c-1"));
    if on(8) {
        query.opened = span(-20, -5);
    }
    if on(9) {
        query.active_in = span(20, 60);
    }
    query.sort = sort;
    query
}

/// S8: every set of conditions finds what fits all of them, and nothing else.
pub(super) async fn conditions(stage: Stage) -> Checked {
    let rows = many();
    stage
        .commit(write(rows.clone(), |c| &mut c.tickets))
        .await?;
    stage.commit(write(linked(), |c| &mut c.links)).await?;
    for sort in SORTS {
        for mask in (0..1 << CONDITIONS).step_by(7) {
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
            let most = 3;
            let counted = done("a count", stage.tenant.count_tickets(&query, most).await)?;
            let expected = expected.len().min(most);
            let cause = "a count minds the page, or goes on past what was asked";
            same(
                &format!("how many for {query:?}"),
                &expected,
                &counted,
                cause,
            )?;
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
    by_tag.tags = [name("all")].into();
    let cause = "tags or an assignee of an earlier row are left";
    same(
        "tickets with the old tag",
        &11,
        &done("tickets", stage.tenant.tickets(&by_tag).await)?.len(),
        cause,
    )?;
    by_tag.tags = [name("bill/late")].into();
    same(
        "tickets with the new tag",
        &vec![row],
        &done("tickets", stage.tenant.tickets(&by_tag).await)?,
        cause,
    )
}

/// S8: every order, in pages of every size.
pub(super) async fn sorted(stage: Stage) -> Checked {
    let rows = many();
    stage
        .commit(write(rows.clone(), |c| &mut c.tickets))
        .await?;
    stage.commit(write(linked(), |c| &mut c.links)).await?;
    for sort in SORTS {
        for mask in [
            0,
            0b100,
            0b1_0000,
            0b1_0010,
            0b1000,
            0b10_0000,
            0b100_0000,
            0b1000_0000,
            0b101_0000_0000,
        ] {
            for limit in [1, 2, 5, 100] {
                let mut query = query(mask, sort);
                query.limit = limit;
                let fit = rows.iter().filter(|row| fits(row, &query));
                let mut expected: Vec<_> = fit.cloned().collect();
                expected.sort_by_key(|row| place(row, sort));
                let mut read: Vec<TicketRow> = Vec::new();
                loop {
                    let page = done("tickets", stage.tenant.tickets(&query).await)?;
                    if !query.go_on(&page) {
                        break;
                    }
                    let kept = page.len() <= limit;
                    same(&format!("no more than {limit}"), &true, &kept, PAGES)?;
                    read.extend(page);
                    ends("a list", 20, read.len())?;
                }
                let ids = |rows: &[TicketRow]| {
                    let ids = rows.iter().map(|row| row.ticket.id.clone());
                    ids.collect::<Vec<_>>()
                };
                let what = format!("pages of {limit} for {query:?}");
                same(&what, &ids(&expected), &ids(&read), PAGES)?;
            }
        }
    }
    Ok(())
}

/// S8: who reads on while tickets move, come and go gets each of the others once.
pub(super) async fn moving(stage: Stage) -> Checked {
    const CAUSE: &str = "a page goes on after where its last ticket is now, not after where it was";
    let rows = many();
    for sort in SORTS {
        let stage_rows = write(rows.clone(), |c| &mut c.tickets);
        let tenant = stage.store.tenant(&tenant_id(sort.as_str()));
        done("a commit", tenant.commit(stage_rows).await)?;
        let mut query = query(0, sort);
        query.limit = 3;
        let mut order = rows.clone();
        order.sort_by_key(|row| place(row, sort));
        let first = done("tickets", tenant.tickets(&query).await)?;
        same("the first page", &order[..3].to_vec(), &first, PAGES)?;
        query.go_on(&first);
        // The last of the page goes to the end, the one before it is removed, one comes at the front.
        let mut moved = first[2].clone();
        moved.breach_at = Some(at(1_000));
        let late = EventKind::Prioritised { priority: None };
        moved
            .ticket
            .apply(&aspa_ticket::Event::new(at(500), Actor::Customer, late));
        let mut changes = Changes::default();
        changes.tickets.push(Versioned {
            value: moved.clone(),
            version: 1,
        });
        let gone = first[1].ticket.id.clone();
        changes.removed.push(Versioned {
            value: gone,
            version: 1,
        });
        done("a commit", tenant.commit(changes).await)?;
        let mut read = Vec::new();
        loop {
            let page = done("tickets", tenant.tickets(&query).await)?;
            if !query.go_on(&page) {
                break;
            }
            read.extend(page);
            ends("a list", 20, read.len())?;
        }
        read.retain(|row| row.ticket.id != moved.ticket.id);
        same(
            &format!("the rest by {sort:?}"),
            &order[3..].to_vec(),
            &read,
            CAUSE,
        )?;
    }
    let mut query = query(0, TicketSort::Breach);
    query.after = Some(TicketCursor::after(TicketSort::Id, &rows[0]));
    match stage.tenant.tickets(&query).await {
        Err(error) if error.kind() == ErrorKind::Invalid => Ok(()),
        other => fault(
            "a page after one of another order: refused as invalid",
            format!("{other:?}"),
            "a place in one order is taken for one in another",
        ),
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
        for sort in SORTS {
            let came = done("tickets", stage.tenant.tickets(&query(mask, sort)).await)?;
            same("tickets that are left", &left, &came, CAUSE)?;
        }
    }
    let mut by = TicketQuery::default();
    by.tags = [name("bill")].into();
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
