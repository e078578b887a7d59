//! Every public call, with another tenant's ids: nothing is read, changed or revealed.
//!
//! The methods are read from the source, so that a new one that is in neither list below fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;
#[path = "isolation/teamwork.rs"]
mod teamwork;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use aspa_channel::{Effect, EffectKind, MemoryChannel, MessageKey, ReplyKind, Via};
use aspa_crm::{Activity, Customer, NaturalKey};
use aspa_desk::{Approver, Desk, Reply, Subject, Terms};
use aspa_identity::LinkState;
use aspa_store::{
    Arrival, AuditAction, AuditQuery, Changes, Document, MemoryStore, Note, OutboxQuery, Pause,
    PauseScope, Position, PrivacyStore, Purge, RawDelivery, Store, TenantStore, TicketQuery,
    Versioned, Wanted,
};
use aspa_store_postgres::PostgresStore;
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_sqlite::SqliteStore;
use aspa_ticket::{Actor, Command, TicketKey};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, Secret, TenantId, TicketId};
use chrono::TimeDelta;
use common::{Hand, agent, all, asks, builder, event, minute, person, shop, thread};

/// Methods that work for the host, over all tenants, and take or give no id of a tenant's row.
const OF_THE_HOST: &[&str] = &[
    "builder",
    "tenant",
    "tenant_id",
    "sla",
    "now",
    "counters",
    "pause",
    "resume",
    "health",
    "work",
    "deliver",
    "tick",
    "run",
    "newest",
    "receive",
];

/// The same of a store: each row that they give says whose it is, which the kit's S3 cases check.
const OF_THE_WORKERS: &[&str] = &[
    "tenant",
    "claim_inbox",
    "release_inbox",
    "vitals",
    "claim_outbox",
    "claim_timers",
    "lapsed_effects",
    "next_wakeup",
    "log",
    "changed",
];

/// Names of rows: another tenant's, or nobody's.
struct Ids {
    ticket: TicketId,
    about: TicketKey,
    message: MessageKey,
    effect: EffectKey,
    handle: HandleKey,
    customer: CustomerId,
    delivery: DeliveryId,
    seq: u64,
    note: aspa_ticket::NoteId,
}

impl Ids {
    /// Names that nobody has, as long as those of rows.
    fn of_nobody() -> Self {
        let about = TicketKey {
            conversation: thread("nobodys"),
            customer: person("nobody"),
        };
        Self {
            ticket: "t-nobody".parse().unwrap(),
            message: common::message("nobodys"),
            effect: "e-nobody".parse().unwrap(),
            handle: person("nobody"),
            customer: CustomerId::new("crm".parse().unwrap(), "nobody").unwrap(),
            delivery: "d-nobody".parse().unwrap(),
            seq: 9_999,
            note: "n-nobody".into(),
            about,
        }
    }

    /// The text with every name taken out, so that two outcomes can be compared.
    fn taken_out_of(&self, text: &str) -> String {
        let names = [
            self.ticket.to_string(),
            self.effect.to_string(),
            self.handle.to_string(),
            self.handle.id().to_owned(),
            self.customer.id.to_string(),
            self.delivery.to_string(),
            self.about.conversation.id.to_string(),
            self.message.id.to_string(),
            self.note.to_string(),
            self.seq.to_string(),
        ];
        let mut names: Vec<_> = names.into_iter().filter(|name| name.len() > 1).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let text = names
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(name, "<id>"));
        // A digest of a key stands for it in errors.
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for word in &mut words {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if bare.len() >= 16 && bare.chars().any(|c| c.is_ascii_digit()) {
                *word = word.replace(bare, "<digest>");
            }
        }
        words.join(" ")
    }
}

/// What each call came to.
#[derive(Default)]
struct Outcomes(BTreeMap<&'static str, String>);

impl Outcomes {
    fn say(&mut self, name: &'static str, outcome: impl Debug) {
        self.0
            .entry(name)
            .or_default()
            .push_str(&format!("{outcome:?}\n"));
    }
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

/// A desk to which the accounts of `owner` belong.
fn desk(store: &(impl Store + Clone), owner: &TenantId, channel: &Arc<MemoryChannel>) -> Desk {
    builder(store.clone(), &Hand::at(10))
        .shared_channel(channel.clone())
        .owned_by(shop(), owner.clone())
        .terms(Held)
        .identity_key(Secret::new("a key of the test, long enough"))
        .build()
        .unwrap()
}

/// Every reply waits for somebody.
#[derive(Debug)]
struct Held;

impl aspa_desk::TermsPolicy for Held {
    fn terms(&self, _: &Effect, _: Option<&aspa_ticket::Ticket>) -> Terms {
        Terms::at_once().approved_by("lead", TimeDelta::days(1))
    }
}

/// A tenant with a row of each kind, in which everything that anybody wrote has a word of its own.
async fn fill(store: &(impl Store + Clone), owner: &TenantId, word: &str) -> Ids {
    let channel = Arc::new(MemoryChannel::new(shop()));
    let desk = desk(store, owner, &channel).tenant(owner.clone());
    let mut message = asks("1", "c", "matti", 0);
    message.parts = vec![aspa_channel::Part::text(format!("{word} asks"))];
    let unknown =
        aspa_channel::EventKind::Unknown(serde_json::json!({ "type": "x", "word": word }));
    let events = vec![
        event(message),
        aspa_channel::Event::new(shop(), unknown, Via::Webhook),
    ];
    let id: DeliveryId = "d-1".parse().unwrap();
    let mut arrival = Arrival::new(minute(0), events);
    let body = format!("{word} body").into_bytes();
    arrival.delivery = Some(RawDelivery::new("hook".into(), id.clone(), minute(0), body));
    arrival.cursor = Some((
        "source".into(),
        aspa_channel::Cursor(format!("{word} page")),
    ));
    let mut changes = Changes::arrive(vec![arrival]);
    let customer: CustomerId = CustomerId::new("crm".parse().unwrap(), "c-1").unwrap();
    changes.customers.push(Customer::new(
        customer.clone(),
        aspa_crm::CustomerKind::Person,
    ));
    let policy = Document::new("policy", "one", serde_json::json!({ "word": word }));
    changes.documents.push(Versioned::new(policy));
    desk.store().commit(changes).await.unwrap();
    desk.work().await.unwrap();
    let ticket = all(&desk).await.remove(0);
    let noted = desk
        .note(&ticket.id, format!("{word} note"), Some(agent("aino")))
        .await
        .unwrap();
    let mine = aspa_ticket::Followed::Ticket(ticket.id.clone());
    let mine = aspa_ticket::Follow::new(mine).on([aspa_ticket::Occasion::Noted]);
    let following = aspa_desk::Following::new([mine]).told_by(word, word);
    desk.save_following(&agent("aino"), &following, 0)
        .await
        .unwrap();
    desk.note(&ticket.id, "for aino", Some(agent("liisa")))
        .await
        .unwrap();
    assert_eq!(desk.notify().await.unwrap(), 1);
    let writes = aspa_desk::Doing::Writes;
    desk.attend(&ticket.id, &agent("aino"), writes)
        .await
        .unwrap();
    let reply = Reply::answer(format!("{word} answer"))
        .by(agent("aino"))
        .named("r");
    let effect = desk.reply(&ticket.id, reply).await.unwrap();
    desk.confirm_link(&person("matti"), &customer, agent("aino"))
        .await
        .unwrap();
    desk.add_pause(
        PauseScope::account(shop()),
        None,
        Some(format!("{word} reason")),
    )
    .await
    .unwrap();
    // One more that is not decided yet.
    let mut waiting = asks("2", "c", "matti", 1);
    waiting.parts = vec![aspa_channel::Part::text(format!("{word} waits"))];
    let arrival = Arrival::new(minute(1), vec![event(waiting)]);
    desk.store()
        .commit(Changes::arrive(vec![arrival]))
        .await
        .unwrap();
    let kept = desk.store().kept(0, 10).await.unwrap();
    Ids {
        about: ticket.key.clone(),
        ticket: ticket.id,
        message: common::message("1"),
        effect,
        handle: person("matti"),
        customer,
        delivery: id,
        seq: kept[0].seq,
        note: noted.notes[0].clone(),
    }
}

/// Everything that a tenant has.
async fn everything(store: &dyn Store, of: &TenantId) -> Outcomes {
    let mut told = Outcomes::default();
    let tenant = store.tenant(of);
    let ids = Ids {
        about: TicketKey {
            conversation: thread("c"),
            customer: person("matti"),
        },
        message: common::message("1"),
        handle: person("matti"),
        customer: CustomerId::new("crm".parse().unwrap(), "c-1").unwrap(),
        ..Ids::of_nobody()
    };
    let effects = tenant.outbox(&OutboxQuery::default()).await.unwrap();
    told.say("outbox", &effects);
    for row in &effects {
        told.say("effect", tenant.effect(&row.value.effect.key).await);
    }
    let tickets = tenant.tickets(&TicketQuery::default()).await.unwrap();
    for row in &tickets {
        told.say("row", serde_json::to_string(&row.ticket));
        for note in &row.ticket.notes {
            told.say("note", tenant.note(note).await.unwrap().map(|n| n.text));
        }
    }
    told.say("tickets", &tickets);
    told.say("load", sorted(&tenant.load(&wanted(&ids)).await.unwrap()));
    told.say("kept", tenant.kept(0, 100).await);
    told.say("pauses", tenant.pauses().await);
    told.say("backlog", tenant.backlog().await);
    told.say("cursor", tenant.cursor("source").await);
    told.say("customers", tenant.customers(None, 10).await);
    for state in LinkState::KNOWN {
        told.say("links", tenant.links(&(*state).into(), None, 10).await);
    }
    let bodies = tenant.deliveries("hook", None, 10).await.unwrap();
    told.say(
        "deliveries",
        bodies.iter().map(|d| d.body.clone()).collect::<Vec<_>>(),
    );
    let policy = tenant.privacy().document("policy", "one").await.unwrap();
    told.say("document", policy.map(|row| (row.value.body, row.version)));
    for kind in [
        "following",
        "helped",
        "notice",
        "noticed",
        "telling",
        "presence",
    ] {
        let all = tenant.privacy().documents(kind, None, 10).await.unwrap();
        let all = all.into_iter().map(|row| (row.value.body, row.version));
        told.say("document", all.collect::<Vec<_>>());
    }
    told.say(
        "audit",
        tenant.privacy().audit(&AuditQuery::default()).await,
    );
    let log = store.log(Position::default(), 1_000).await.unwrap();
    told.say(
        "log",
        log.iter()
            .filter(|entry| entry.tenant == *of)
            .collect::<Vec<_>>(),
    );
    told
}

fn wanted(ids: &Ids) -> Wanted {
    let mut wanted = Wanted::default();
    wanted.messages.insert(ids.message.clone());
    wanted.awaiting.insert(ids.message.clone());
    wanted.handles.insert(ids.handle.clone());
    wanted.tickets.insert(ids.about.clone());
    wanted.histories.insert(ids.about.clone());
    wanted.people.insert(ids.handle.clone());
    wanted.customers.insert(ids.customer.clone());
    wanted.effects.insert(ids.effect.clone());
    wanted
}

/// What was loaded, with the contents of messages, in one order.
fn sorted(loaded: &aspa_store::Loaded) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    lines.extend(
        loaded
            .messages
            .values()
            .map(|row| serde_json::to_string(&row.value).unwrap()),
    );
    lines.extend(loaded.handles.values().map(|row| format!("{row:?}")));
    lines.extend(
        loaded
            .tickets
            .values()
            .flatten()
            .map(|row| format!("{row:?}")),
    );
    lines.extend(
        loaded
            .histories
            .values()
            .flatten()
            .map(|row| format!("{row:?}")),
    );
    let known = |p: &&aspa_store::Person| p.link.is_some() || !p.evidence.is_empty();
    lines.extend(
        loaded
            .people
            .values()
            .filter(known)
            .map(|row| format!("{row:?}")),
    );
    lines.extend(loaded.customers.values().map(|row| format!("{row:?}")));
    lines.extend(loaded.effects.values().map(|row| format!("{row:?}")));
    lines.extend(
        loaded
            .awaiting
            .values()
            .flatten()
            .map(|row| format!("{row:?}")),
    );
    lines
}

/// Every method of a tenant's part of a store.
async fn ask_store(store: &dyn TenantStore, ids: &Ids, told: &mut Outcomes) {
    told.say("ticket", store.ticket(&ids.ticket).await);
    told.say(
        "load",
        store.load(&wanted(ids)).await.map(|loaded| sorted(&loaded)),
    );
    let mut query = TicketQuery::default();
    query.handle = Some(ids.handle.clone());
    query.account = Some(shop());
    told.say("tickets", store.tickets(&query).await);
    told.say("count_tickets", store.count_tickets(&query, 10).await);
    query.after = format!("id.0.{}", ids.ticket).parse().ok();
    told.say("tickets", store.tickets(&query).await);
    (query.sort, query.after) = (aspa_store::TicketSort::Breach, None);
    told.say("tickets", store.tickets(&query).await);
    query.text = "parcel*".parse().ok();
    told.say("tickets", store.tickets(&query).await);
    told.say(
        "conversation",
        store.conversation(&ids.about.conversation, None, 10).await,
    );
    told.say("messages", store.messages(None, 10).await);
    told.say("messages", store.messages(Some(&ids.message), 10).await);
    told.say("note", store.note(&ids.note).await);
    for state in LinkState::KNOWN {
        told.say("links", store.links(&(*state).into(), None, 10).await);
    }
    told.say(
        "links",
        store.links(&LinkState::Linked, Some(&ids.handle), 10).await,
    );
    told.say("effect", store.effect(&ids.effect).await);
    let mut query = OutboxQuery::default();
    query.conversation = Some(ids.about.conversation.clone());
    told.say("outbox", store.outbox(&query).await);
    query.after = Some(ids.effect.clone());
    told.say("outbox", store.outbox(&query).await);
    told.say("pauses", store.pauses().await);
    told.say("customers", store.customers(None, 10).await);
    told.say("customers", store.customers(Some(&ids.customer), 10).await);
    told.say("cursor", store.cursor("source").await);
    told.say("kept", store.kept(0, 10).await);
    told.say("kept", store.kept(ids.seq - 1, 10).await);
    told.say("deliveries", store.deliveries("hook", None, 10).await);
    told.say(
        "deliveries",
        store.deliveries("hook", Some(&ids.delivery), 10).await,
    );
    let asked = [event(asks("1", "c", "matti", 0))];
    told.say("known_events", store.known_events(&asked).await);
    told.say("backlog", store.backlog().await);
    ask_privacy(store.privacy(), ids, told).await;
    told.say("privacy", ());
}

/// Every method of what privacy works with.
async fn ask_privacy(store: &dyn PrivacyStore, ids: &Ids, told: &mut Outcomes) {
    told.say("document", store.document("policy", "one").await);
    told.say("documents", store.documents("policy", None, 10).await);
    told.say("audit", store.audit(&AuditQuery::default()).await);
    told.say("all_deliveries", store.all_deliveries(None, 10).await);
    let after = ("hook".into(), ids.delivery.clone());
    told.say(
        "all_deliveries",
        store.all_deliveries(Some(&after), 10).await,
    );
    told.say("waiting", store.waiting(0, 10).await);
    told.say("handles", store.handles(None, 10).await);
    told.say("handles", store.handles(Some(&ids.handle), 10).await);
    told.say("notes", store.notes(None, 10).await);
    told.say("notes", store.notes(Some(&ids.note), 10).await);
    told.say("scrub", store.scrub().await);
}

/// Commits that name another tenant's rows, one for each way to name one.
async fn commit_foreign(store: &dyn TenantStore, ids: &Ids, told: &mut Outcomes) {
    let ticket = aspa_ticket::Ticket::open(ids.about.clone(), 1, minute(0));
    let ways: [fn(&mut Changes, &Ids, &aspa_ticket::Ticket); 14] = [
        |c, _, _| {
            let key = ("policy".into(), "one".into());
            c.purged.push(Purge::Document(Versioned {
                value: key,
                version: 1,
            }));
        },
        |c, ids, _| c.processed.push(ids.seq),
        |c, ids, _| c.kept.push(ids.seq),
        |c, ids, _| c.reopened.push(ids.seq),
        |c, ids, _| c.dropped.push(ids.seq),
        |c, _, ticket| {
            let value = aspa_store::TicketRow::new(ticket.clone());
            c.tickets.push(Versioned { value, version: 1 });
        },
        |c, ids, _| {
            c.removed.push(Versioned {
                value: ids.ticket.clone(),
                version: 1,
            })
        },
        |c, ids, _| {
            let value = aspa_store::MessageRecord::new(ids.message.clone());
            c.messages.push(Versioned { value, version: 1 });
        },
        |c, ids, _| {
            let value = aspa_channel::Handle::new(ids.handle.clone());
            c.handles.push(Versioned { value, version: 1 });
        },
        |c, ids, _| c.forgotten.push(ids.handle.clone()),
        |c, ids, _| c.gone.push(ids.customer.clone()),
        |c, _, _| c.resumed.push(PauseScope::account(shop())),
        |c, ids, _| {
            let note = Note::new(
                ids.note.clone(),
                ids.about.clone(),
                None,
                minute(0),
                "x".into(),
            );
            c.notes.push(note);
        },
        |c, _, _| {
            c.pauses
                .push(Pause::new(PauseScope::account(shop()), minute(0)))
        },
    ];
    for way in ways {
        let mut changes = Changes::default();
        way(&mut changes, ids, &ticket);
        told.say("commit", store.commit(changes).await);
    }
}

fn us_all() -> Actor {
    Actor::Us(Some(agent("eve")))
}

/// Every method of a desk that takes or gives what belongs to a tenant.
async fn ask_desk(desk: &Desk, ids: &Ids, told: &mut Outcomes) {
    let lead = || Approver::new(agent("lead")).with_right("lead");
    told.say("store", desk.store().ticket(&ids.ticket).await);
    told.say("ticket", desk.ticket(&ids.ticket).await);
    told.say("tickets", desk.tickets(&TicketQuery::default()).await);
    let all = TicketQuery::default();
    told.say("count_tickets", desk.count_tickets(&all, 10).await);
    told.say("saved_queries", desk.saved_queries(None).await);
    let kept = aspa_store::SavedName::new(None, "kept").unwrap();
    told.say("save_query", desk.save_query(&kept, &all, None, 0).await);
    told.say("delete_query", desk.delete_query(&kept, 1).await);
    let someone = aspa_ticket::assignment::Agent::new(agent("eve"), 1);
    told.say("agents", desk.agents().await);
    told.say("save_agent", desk.save_agent(&someone, 0).await);
    told.say("remove_agent", desk.remove_agent(&someone.id, 1).await);
    let policy = desk.assignment_policy().await.unwrap();
    let written = desk.save_assignment_policy(&policy.value, policy.version);
    told.say("save_assignment_policy", written.await);
    told.say("assignment_policy", policy.version);
    let owner = agent("eve");
    told.say("owner", desk.owner(&ids.customer).await);
    told.say(
        "set_owner",
        desk.set_owner(&ids.customer, Some(&owner)).await,
    );
    let eve = agent("eve");
    let mine = aspa_ticket::Followed::Ticket(ids.ticket.clone());
    let mine = aspa_desk::Following::new([aspa_ticket::Follow::new(mine)]);
    let followed = desk.following(&agent("aino")).await.unwrap();
    told.say(
        "following",
        (followed.value.follows.len(), followed.version),
    );
    told.say("save_following", desk.save_following(&eve, &mine, 0).await);
    told.say("mentions", desk.mentions("@aino @eve").await);
    told.say("assign_waiting", desk.assign_waiting().await);
    told.say("goal", desk.goal(&shop()).await);
    let goal = aspa_ticket::Goal::customers_first(300);
    told.say("save_goal", desk.save_goal(&shop(), &goal, 0).await);
    let tags = desk.tags().await.unwrap();
    told.say("save_tags", desk.save_tags(&tags.value, tags.version).await);
    told.say("tags", tags);
    let rules = desk.rules().await.unwrap();
    let saved = desk.save_rules(&rules.value, rules.version).await;
    told.say("save_rules", saved);
    told.say(
        "rules_on",
        desk.rules_on(&ids.ticket).await.map(|run| run.matched),
    );
    told.say("explain_rules", desk.explain_rules(&ids.ticket).await);
    let tried = desk.try_rules(&rules.value, Default::default(), 9).await;
    told.say("try_rules", tried);
    told.say("rules", rules);
    let (act, messages) = ("act".into(), [ids.message.clone()]);
    let (one, us_too) = (&ids.ticket, us_all());
    told.say("bundle", desk.bundle(one, one, &us_too).await);
    told.say("split", desk.split(one, &messages, &us_too).await);
    let moved = desk.move_messages(&messages, one, one, &us_too).await;
    told.say("move_messages", moved);
    let linked = desk.link_tickets(one, one, "r", &us_too).await;
    told.say("link_tickets", linked);
    told.say("undo", desk.undo(one, &act, &us_too).await);
    told.say("escalation", desk.escalation(&ids.ticket, &[]).await);
    let day = aspa_ticket::assignment::Span {
        from: minute(0),
        until: minute(600),
    };
    told.say("rota_gaps", desk.rota_gaps(day).await);
    teamwork::ask(desk, ids, told).await;
    let stranger = aspa_ticket::Ticket::open(ids.about.clone(), 1, minute(0));
    told.say("clocks", desk.clocks(&stranger).is_some());
    told.say("policy", desk.policy(&stranger).is_some());
    told.say("away_text", desk.away_text(&stranger));
    let us = || Actor::Us(Some(agent("eve")));
    told.say(
        "command",
        desk.command(&ids.ticket, Command::Reopen, us()).await,
    );
    told.say("note", desk.note(&ids.ticket, "x", None).await);
    let (here, looks) = (&ids.ticket, aspa_desk::Doing::Looks);
    told.say("attend", desk.attend(here, &eve, looks).await);
    told.say("present", desk.present(here).await);
    told.say("leave", desk.leave(here, &eve).await);
    told.say("notify", desk.notify().await);
    told.say("find_help", desk.find_help().await);
    for name in ["aino", "eve"] {
        let notices = desk.notices(&agent(name), 0, 10).await;
        told.say("notices", notices.map(|all| all.len()));
        told.say("read_notices", desk.read_notices(&agent(name), 0).await);
        let mut watch = desk.watch_notices(&agent(name), 0);
        let next = tokio::time::timeout(std::time::Duration::from_millis(20), watch.next());
        told.say("watch_notices", next.await.is_ok());
    }
    told.say("reply", desk.reply(&ids.ticket, Reply::answer("x")).await);
    let replacing = Reply::answer("x").replacing(ids.effect.clone());
    told.say("reply", desk.reply(&ids.ticket, replacing).await);
    told.say("rearm", desk.rearm().await);
    told.say("outbox", desk.outbox(&OutboxQuery::default()).await);
    told.say("effect", desk.effect(&ids.effect).await);
    told.say("approve", desk.approve(&ids.effect, &lead()).await);
    told.say("decline", desk.decline(&ids.effect, &lead(), "x").await);
    told.say("cancel", desk.cancel(&ids.effect, None, None).await);
    told.say("retry", desk.retry(&ids.effect, None).await);
    told.say(
        "settle_uncertain",
        desk.settle_uncertain(&ids.effect, true, None).await,
    );
    told.say("pauses", desk.pauses().await);
    told.say(
        "end_pause",
        desk.end_pause(&PauseScope::account(shop())).await,
    );
    told.say(
        "add_pause",
        desk.add_pause(PauseScope::account(shop()), None, None)
            .await,
    );
    told.say("relink", desk.relink().await);
    told.say("link", desk.link(&ids.handle).await);
    told.say("reviews", desk.reviews(10).await);
    let (action, policy) = (
        aspa_identity::Action::ShowName,
        aspa_identity::DisclosurePolicy::default(),
    );
    told.say(
        "disclosure",
        desk.disclosure(&ids.handle, &action, &policy).await,
    );
    told.say("forget_link", desk.forget_link(&ids.handle).await);
    let by = agent("eve");
    told.say(
        "refuse_link",
        desk.refuse_link(&ids.handle, &ids.customer, by.clone())
            .await,
    );
    told.say(
        "confirm_link",
        desk.confirm_link(&ids.handle, &ids.customer, by)
            .await
            .map(|_| ()),
    );
    let conversation = ids.about.conversation.clone();
    let kind = EffectKind::send("x", ReplyKind::Answer);
    let effect = Effect::new("e-new".parse().unwrap(), conversation, kind);
    told.say("queue", desk.queue(effect.clone()).await);
    told.say("supersede", desk.supersede(&ids.effect, effect).await);
    let erp = ids.customer.system.clone();
    told.say("offer", desk.offer(&ids.customer, &[], None).await);
    let line = NaturalKey::derive(&["call"]);
    let line = Activity::new(line, ids.customer.clone(), minute(5), "Called");
    let line = aspa_crm::EffectKind::AddActivity(line);
    let line = aspa_crm::Effect::new("e-line".parse().unwrap(), erp.clone(), line);
    told.say("write", desk.write(&line).await);
    let hint = aspa_crm::Hint::Record(ids.customer.clone());
    told.say("read_again", desk.read_again(&erp, &[hint]).await);
    told.say("proposals", desk.proposals(&erp, 10).await);
    let (field, liisa) = (aspa_crm::Field::Email, agent("liisa"));
    let accepted = desk.accept_proposal(&ids.effect, &field, &liisa).await;
    told.say("accept_proposal", accepted);
    let dismissed = desk.dismiss_proposal(&ids.effect, &field, &liisa).await;
    told.say("dismiss_proposal", dismissed);
    told.say("poll", desk.poll(&shop()).await);
    let handle = Subject::Handle(ids.handle.clone());
    let customer = Subject::Customer(ids.customer.clone());
    told.say(
        "audit_log",
        desk.audit_log(AuditQuery::default(), None)
            .await
            .map(|log| log.len()),
    );
    for subject in [&handle, &customer] {
        let log = desk.audit_log(AuditQuery::default(), Some(subject)).await;
        told.say("audit_log", log.map(|log| log.len()));
        told.say("erased_at", desk.erased_at(subject).await);
        let erased = desk.erase(subject, None, "a wish").await;
        told.say(
            "erase",
            erased.map(|erasure| (erasure.subjects.len(), erasure.rows)),
        );
        told.say(
            "audit",
            desk.audit(AuditAction::Viewed, None, subject, "a look")
                .await,
        );
    }
    told.say("erasures", desk.erasures().await.map(|all| all.len()));
    told.say(
        "erased_customers",
        desk.erased_customers().await.map(|all| all.len()),
    );
    told.say("erased_files", desk.erased_files().await);
    told.say("files_gone", desk.files_gone(&["a-file".to_owned()]).await);
    told.say("crm_erasures", desk.crm_erasures().await);
    told.say("crm_erasures_left", desk.crm_erasures_left().await);
    told.say("crm_knows", desk.crm_knows(&ids.customer).await);
    told.say("tidy", desk.tidy().await);
    let mut out = Vec::new();
    let exported = desk.export(&handle, None, "a wish", &mut out).await;
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let parts = [
        "customers",
        "handles",
        "evidence",
        "links",
        "tickets",
        "messages",
        "replies",
        "notes",
    ];
    told.say(
        "export",
        exported.map(|()| parts.map(|part| json[part].to_string())),
    );
    let account = &ids.about.conversation.account;
    let secret = aspa_types::Secret::new("a token");
    let written = desk.put_credential(account, &secret, 0, None).await;
    told.say("put_credential", written.map(|_| ()));
    told.say(
        "credential",
        desk.credential(account).await.map(|found| found.is_some()),
    );
    told.say("rekey_credentials", desk.rekey_credentials().await);
    told.say(
        "remove_credential",
        desk.remove_credential(account, None).await,
    );
    told.say("retention", desk.retention().await);
    told.say(
        "set_retention",
        desk.set_retention(&aspa_desk::Retention::default(), None)
            .await,
    );
    told.say(
        "sweep",
        desk.sweep(desk.now()).await.map(|swept| swept.is_some()),
    );
    told.say("sweeps", desk.sweeps().await.map(|all| all.len()));
    let replayed = desk.replay("hook", Nothing).applied().next_page().await;
    told.say("replay", replayed);
    told.say("replay_kept", desk.replay_kept().await);
    told.say("sync", desk.sync(&NoCrm("crm".parse().unwrap())).await);
    let system = "crm".parse().unwrap();
    told.say("allow_gone", desk.allow_gone(&system).await);
    let mut log = desk.subscribe(Position::default());
    let next = tokio::time::timeout(std::time::Duration::from_millis(50), log.next());
    // What this tenant itself has done is in it; nothing else.
    let foreign = matches!(next.await, Ok(Ok(entry)) if entry.tenant != *desk.tenant_id());
    told.say("subscribe", foreign);
}

/// Has nobody.
#[derive(Debug)]
struct NoCrm(aspa_types::SystemId);

#[async_trait::async_trait]
impl aspa_crm::Crm for NoCrm {
    fn system(&self) -> &aspa_types::SystemId {
        &self.0
    }

    fn capabilities(&self) -> std::borrow::Cow<'_, aspa_crm::Capabilities> {
        let deletes = aspa_crm::Deletes::InFeed;
        std::borrow::Cow::Owned(aspa_crm::Capabilities::new(deletes, Vec::new()))
    }

    async fn changes(
        &self,
        _: Option<&aspa_crm::Cursor>,
        _: usize,
    ) -> Result<aspa_crm::Page, aspa_crm::Error> {
        Ok(aspa_crm::Page::new(
            Vec::new(),
            aspa_crm::Cursor::new("1"),
            true,
        ))
    }

    async fn find(&self, _: &aspa_crm::Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        Ok(Vec::new())
    }

    async fn get(&self, _: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        Ok(None)
    }
}

/// Decodes nothing.
#[derive(Debug)]
struct Nothing;

impl aspa_channel::Webhook for Nothing {
    fn receive(
        &self,
        _: &aspa_channel::Delivery,
        _: chrono::DateTime<chrono::Utc>,
    ) -> aspa_channel::Received {
        let answer = aspa_channel::answer(http::StatusCode::OK, "");
        aspa_channel::Received::Handshake { answer }
    }
}

async fn apart(store: impl Store + Clone) {
    let (south, north) = (tenant("south"), tenant("north"));
    let ids = fill(&store, &south, "eteläinen").await;
    let nobody = Ids::of_nobody();
    let channel = Arc::new(MemoryChannel::new(shop()));
    let host = desk(&store, &south, &channel);
    let before = everything(&store, &south).await;
    // A tenant that has nothing, with another's ids and with ids that nobody has.
    let (mut foreign, mut absent) = (Outcomes::default(), Outcomes::default());
    for (name, ids, told) in [
        ("eve-1", &ids, &mut foreign),
        ("eve-2", &nobody, &mut absent),
    ] {
        let (eve, mut stored) = (tenant(name), Outcomes::default());
        ask_store(&*store.tenant(&eve), ids, told).await;
        commit_foreign(&*store.tenant(&eve), ids, &mut stored).await;
        ask_desk(
            &host.tenant(tenant(&format!("{name}-desk"))),
            ids,
            &mut stored,
        )
        .await;
        for (method, outcome) in stored.0 {
            let all = told.0.entry(method).or_default();
            all.push_str(&outcome);
        }
    }
    for (method, outcome) in &foreign.0 {
        assert!(!outcome.contains("eteläinen"), "{method}: {outcome}");
        assert_eq!(
            ids.taken_out_of(outcome).replace("eve-1", "eve"),
            nobody
                .taken_out_of(&absent.0[method])
                .replace("eve-2", "eve"),
            "{method}: not there in both cases"
        );
    }
    assert_eq!(
        before.0,
        everything(&store, &south).await.0,
        "nothing has changed"
    );
    // One that has the same ids sees and changes its own.
    let same = fill(&store, &north, "pohjoinen").await;
    // Workers decide for every tenant, so the one of the other has done so too.
    let before = everything(&store, &south).await;
    assert_eq!((&same.ticket, &same.effect), (&ids.ticket, &ids.effect));
    let mut own = Outcomes::default();
    ask_store(&*store.tenant(&north), &same, &mut own).await;
    let text: String = own.0.values().map(String::as_str).collect();
    assert!(
        text.contains("pohjoinen") && !text.contains("eteläinen"),
        "{text}"
    );
    let twin = desk(&store, &north, &channel).tenant(north.clone());
    ask_desk(&twin, &same, &mut own).await;
    commit_foreign(&*store.tenant(&north), &same, &mut own).await;
    let text: String = own.0.values().map(String::as_str).collect();
    assert!(!text.contains("eteläinen"), "{text}");
    assert_eq!(
        before.0,
        everything(&store, &south).await.0,
        "nothing has changed"
    );
}

#[tokio::test]
async fn tenants_are_apart_in_memory() {
    apart(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_are_apart_in_a_file() {
    apart(SqliteStore::open_in_memory().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: set ASPA_POSTGRES_URL"]
async fn tenants_are_apart_on_a_server() {
    let schema = format!("isolation_{}", std::process::id());
    let options = aspa_store_postgres::Options::default().schema(schema);
    let url = std::env::var("ASPA_POSTGRES_URL").unwrap();
    let config: Config = url.parse().unwrap();
    let store = PostgresStore::connect_with(config, NoTls, &options);
    apart(store.await.unwrap()).await;
}

/// Public methods in blocks that begin so.
fn methods(folder: &str, block: &str, signs: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(methods(path.to_str().unwrap(), block, signs));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let mut inside = false;
        for line in text.lines() {
            inside = (inside || line.starts_with(block)) && !line.starts_with('}');
            let name = signs.iter().find_map(|sign| line.strip_prefix(sign));
            if let (true, Some(name)) = (inside, name) {
                let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                found.insert(name[..end.unwrap_or(name.len())].to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn no_public_call_is_left_out() {
    let store = MemoryStore::new();
    let ids = Ids::of_nobody();
    let host = desk(
        &store,
        &tenant("south"),
        &Arc::new(MemoryChannel::new(shop())),
    );
    let (mut of_desk, mut of_store) = (Outcomes::default(), Outcomes::default());
    let mut of_privacy = Outcomes::default();
    ask_privacy(
        store.tenant(&tenant("eve")).privacy(),
        &ids,
        &mut of_privacy,
    )
    .await;
    ask_desk(&host.tenant(tenant("eve")), &ids, &mut of_desk).await;
    ask_store(&*store.tenant(&tenant("eve")), &ids, &mut of_store).await;
    of_store
        .0
        .retain(|name, _| !of_privacy.0.contains_key(name));
    commit_foreign(&*store.tenant(&tenant("eve")), &ids, &mut of_store).await;
    let root = env!("CARGO_MANIFEST_DIR");
    for (folder, block, signs, asked, host) in [
        (
            "src",
            "impl Desk {",
            &["    pub fn ", "    pub async fn "],
            &of_desk,
            OF_THE_HOST,
        ),
        (
            "../aspa-store/src",
            "pub trait TenantStore",
            &["    fn ", "    async fn "],
            &of_store,
            &[][..],
        ),
        (
            "../aspa-store/src",
            "pub trait PrivacyStore",
            &["    fn ", "    async fn "],
            &of_privacy,
            &[][..],
        ),
        (
            "../aspa-store/src",
            "pub trait Store:",
            &["    fn ", "    async fn "],
            &Outcomes::default(),
            OF_THE_WORKERS,
        ),
    ] {
        let there = methods(&format!("{root}/{folder}"), block, signs);
        let mut covered: BTreeSet<String> = host.iter().map(|name| (*name).to_owned()).collect();
        covered.extend(asked.0.keys().map(|name| (*name).to_owned()));
        assert_eq!(
            covered, there,
            "{block}: asked on the left, in the source on the right"
        );
    }
}
