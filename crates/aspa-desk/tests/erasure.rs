//! A person is erased: nothing of them is left, sums stay, and nothing brings them back.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::collections::BTreeMap;

use aspa_channel::{AttributeKind, Handle, Message, Part};
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_desk::{Desk, Error, Subject};
use aspa_store::{
    AuditAction, AuditQuery, Changes, OutboxQuery, OutboxRow, Position, SavedName, Store,
    TicketQuery, Versioned,
};
use aspa_ticket::{Actor, Command, Rules, Ticket, fold};
use aspa_types::{CustomerId, Secret, SystemId};

use chrono::TimeDelta;
use serde_json::json;

use common::{Bench, agent, answers, asks, event, minute, person};

const SECRET: &str = "a secret of the host's, long enough";
const BODY: &str = "Minulla on astma, ja tilaukseni 123456 puuttuu yhä kotoa";
const ADDRESS: &str = "matti.meikalainen@example.com";
const NAME: &str = "Matti Meikäläinen";
const HANDLE: &str = "angrymatti";
const TELLS: [&str; 5] = [BODY, ADDRESS, NAME, HANDLE, "astma"];

fn bench() -> Bench {
    Bench::with(|builder| builder.identity_key(Secret::new(SECRET)))
}

fn customer() -> Customer {
    let crm = SystemId::new("crm").unwrap();
    let claim = |field, value| Claim::new(field, value, crm.clone(), minute(0));
    let id = CustomerId::new(crm.clone(), "c-77").unwrap();
    Customer::new(id, CustomerKind::Person)
        .with(claim(Field::FullName, NAME))
        .with(claim(Field::Email, ADDRESS))
}

fn says(mut message: Message, text: &str) -> Message {
    message.parts = vec![Part::text(text)];
    message
}

/// Matti asks twice and is answered, in private and in public; Liisa quotes him.
async fn day(bench: &Bench) {
    let mut changes = Changes::default();
    changes.customers.push(customer());
    bench.desk.store().commit(changes).await.unwrap();
    let mut first = event(says(asks("1", "c", HANDLE, 0), BODY));
    let profile = Handle::new(person(HANDLE))
        .with(AttributeKind::UserName, HANDLE, minute(0))
        .with(AttributeKind::DisplayName, NAME, minute(0))
        .verified(AttributeKind::Email, ADDRESS, minute(0));
    first.handles.push(profile);
    bench.tell([first]).await;
    bench
        .desk
        .confirm_link(&person(HANDLE), &customer().id, agent("maija"))
        .await
        .unwrap();
    bench
        .tell([
            event(says(
                answers("2", "c", HANDLE, 3),
                &format!("Hei {NAME}! Kirjoitit: {BODY}"),
            )),
            event(says(asks("3", "d", HANDLE, 4), "Ja vielä yksi asia")),
            event(says(
                asks("4", "d", "liisa", 5),
                &format!("@{HANDLE} sanoi: {BODY}, ja olen samaa mieltä"),
            )),
        ])
        .await;
    let tickets = common::all(&bench.desk).await;
    let mine = tickets
        .iter()
        .find(|ticket| ticket.key.conversation.id.as_ref() == "c")
        .unwrap();
    bench
        .desk
        .note(
            &mine.id,
            format!("{NAME} soitti, astma"),
            Some(agent("maija")),
        )
        .await
        .unwrap();
}

/// Everything that can be read of the store.
async fn everything(desk: &Desk) -> String {
    let store = desk.store();
    let privacy = store.privacy();
    let mut all = String::new();
    for record in store.messages(None, 1000).await.unwrap() {
        all += &serde_json::to_string(&record).unwrap();
    }
    for row in store.tickets(&TicketQuery::default()).await.unwrap() {
        all += &serde_json::to_string(&row.ticket).unwrap();
    }
    for row in privacy.handles(None, 1000).await.unwrap() {
        all += &serde_json::to_string(&row.value).unwrap();
    }
    for note in privacy.notes(None, 1000).await.unwrap() {
        all += &serde_json::to_string(&note).unwrap();
    }
    for row in store.outbox(&OutboxQuery::default()).await.unwrap() {
        all += &serde_json::to_string(&row.value).unwrap();
        let found = store.effect(&row.value.effect.key).await.unwrap();
        all += &serde_json::to_string(&found.unwrap().1).unwrap();
    }
    for state in ["linked", "review", "refused", "none"] {
        for link in store.links(&state.into(), None, 100).await.unwrap() {
            all += &serde_json::to_string(&link).unwrap();
        }
    }
    for customer in store.customers(None, 100).await.unwrap() {
        all += &serde_json::to_string(&customer).unwrap();
    }
    for kind in ["tombstone", "erasure", "erasure_job", "query"] {
        for row in privacy.documents(kind, None, 100).await.unwrap() {
            all += &serde_json::to_string(&row.value).unwrap();
        }
    }
    for audited in privacy.audit(&AuditQuery::default()).await.unwrap() {
        all += &serde_json::to_string(&audited.entry).unwrap();
    }
    all
}

fn tells(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    let found = TELLS
        .iter()
        .filter(|tell| lower.contains(&tell.to_lowercase()));
    found.copied().collect()
}

/// What reports are made of: for each ticket its times, category and dispositions, without names.
fn facts(tickets: &[Ticket]) -> Vec<String> {
    let mut facts: Vec<String> = tickets
        .iter()
        .map(|ticket| {
            let messages = ticket.messages.iter().map(|one| {
                format!(
                    "{} {:?} {:?} {:?}",
                    one.message, one.at, one.direction, one.disposition
                )
            });
            let handled = format!("{:?}", ticket.handled());
            let messages: Vec<String> = messages.collect();
            format!(
                "{:?} {} {handled} {messages:?}",
                ticket.opened_at, ticket.category
            )
        })
        .collect();
    facts.sort();
    facts
}

#[tokio::test]
async fn nothing_of_an_erased_customer_is_left_and_sums_stay() {
    let bench = bench();
    day(&bench).await;
    assert_eq!(
        tells(&everything(&bench.desk).await).len(),
        TELLS.len(),
        "the day tells of him"
    );
    let before = facts(&common::all(&bench.desk).await);
    let subject = Subject::Customer(customer().id);
    let maija = agent("maija");
    let receipt = bench
        .desk
        .erase(&subject, Some(&maija), "erasure_request")
        .await
        .unwrap();
    assert_eq!(tells(&everything(&bench.desk).await), Vec::<&str>::new());
    assert_eq!(facts(&common::all(&bench.desk).await), before);
    assert_eq!(
        (receipt.erased_at, receipt.by.as_ref()),
        (minute(0), Some(&maija))
    );
    assert_eq!(
        bench.desk.erased_at(&subject).await.unwrap(),
        Some(minute(0))
    );
    assert_eq!(
        bench
            .desk
            .erased_at(&Subject::Handle(person(HANDLE)))
            .await
            .unwrap(),
        Some(minute(0))
    );
    assert_eq!(
        bench
            .desk
            .erased_at(&Subject::Handle(person("liisa")))
            .await
            .unwrap(),
        None
    );
    assert_eq!(bench.desk.erasures().await.unwrap(), [receipt]);
    let pending: BTreeMap<CustomerId, _> = bench
        .desk
        .erased_customers()
        .await
        .unwrap()
        .into_iter()
        .collect();
    assert!(pending.contains_key(&customer().id));
    bench.desk.crm_knows(&customer().id).await.unwrap();
    assert!(bench.desk.erased_customers().await.unwrap().is_empty());
    let audit = bench
        .desk
        .audit_log(AuditQuery::default(), Some(&subject))
        .await
        .unwrap();
    let actions: Vec<_> = audit
        .into_iter()
        .map(|audited| audited.entry.action)
        .collect();
    assert_eq!(actions, [AuditAction::Erased]);
    let of_handle = Subject::Handle(person(HANDLE));
    let audit = bench
        .desk
        .audit_log(AuditQuery::default(), Some(&of_handle))
        .await
        .unwrap();
    let confirmed = &audit[0].entry;
    assert_eq!(
        (&confirmed.action, confirmed.by.as_ref()),
        (&AuditAction::LinkConfirmed, Some(&maija))
    );
}

#[tokio::test]
async fn other_people_keep_what_they_wrote() {
    let bench = bench();
    day(&bench).await;
    bench
        .desk
        .erase(&Subject::Handle(person(HANDLE)), None, "erasure_request")
        .await
        .unwrap();
    let records = bench.desk.store().messages(None, 100).await.unwrap();
    let liisa = records
        .iter()
        .find(|record| record.key.id.as_ref() == "4")
        .unwrap();
    let text = liisa.message.as_ref().unwrap().text();
    assert!(
        text.ends_with("ja olen samaa mieltä") && liisa.erased_at.is_none(),
        "{text}"
    );
    assert_eq!(tells(&text), Vec::<&str>::new());
}

#[tokio::test]
async fn what_is_left_of_a_ticket_is_still_its_history() {
    let bench = bench();
    let desk = &bench.desk;
    for (id, minute) in [("1", 0), ("2", 1), ("3", 2)] {
        let said = says(asks(id, "c", HANDLE, minute), BODY);
        bench.tell([event(said)]).await;
    }
    bench.clock.advance(TimeDelta::hours(1));
    let (us, one) = (Actor::Us(Some(agent("maija"))), common::only(desk).await);
    let messages: Vec<_> = one.inbound().map(|m| m.message.clone()).collect();
    let tag = |name: &str| Command::Tag {
        tag: name.parse().unwrap(),
    };
    // Split off and taken back, and split off for good; each was tagged.
    let last = &messages[2..];
    let (act, gone) = desk.split(&one.id, last, &us).await.unwrap();
    desk.command(&gone.id, tag("gone"), us.clone())
        .await
        .unwrap();
    desk.undo(&one.id, &act, &us).await.unwrap();
    bench.clock.advance(TimeDelta::minutes(1));
    let (_, kept) = desk.split(&one.id, last, &us).await.unwrap();
    desk.command(&kept.id, tag("kept"), us.clone())
        .await
        .unwrap();
    desk.command(&kept.id, Command::Close, us.clone())
        .await
        .unwrap();
    let whose = Subject::Handle(person(HANDLE));
    desk.erase(&whose, None, "erasure_request").await.unwrap();

    let tickets = common::all(desk).await;
    let log = bench.store.log(Position::default(), 100).await.unwrap();
    let log: Vec<_> = log.into_iter().map(|entry| entry.event).collect();
    let told = fold(&tickets[0].key, &log, &Rules::default());
    assert_eq!(tickets.len(), 2);
    for ticket in &tickets {
        assert_eq!(told.iter().find(|one| one.id == ticket.id), Some(ticket));
    }
    let tags: Vec<usize> = told.iter().map(|one| one.tags.len()).collect();
    assert_eq!(tags, [0, 1]);
}

#[tokio::test]
async fn what_happened_before_does_not_come_back() {
    let bench = bench();
    day(&bench).await;
    bench.clock.advance(chrono::TimeDelta::hours(1));
    bench
        .desk
        .erase(&Subject::Customer(customer().id), None, "erasure_request")
        .await
        .unwrap();
    let before = facts(&common::all(&bench.desk).await);
    // The same message edited, one that never came, and an old profile.
    let mut edited = says(asks("1", "c", HANDLE, 0), BODY);
    (edited.revision, edited.edited_at) = (1, Some(minute(90)));
    let late = says(asks("9", "c", HANDLE, 1), BODY);
    let mut answered = says(answers("2", "c", HANDLE, 3), &format!("Hei {NAME}"));
    answered.revision = 1;
    bench
        .tell([event(edited), event(late), event(answered)])
        .await;
    bench.desk.tidy().await.unwrap();
    assert_eq!(tells(&everything(&bench.desk).await), Vec::<&str>::new());
    assert_eq!(facts(&common::all(&bench.desk).await), before);
    // What is written from now on is of somebody who wrote for the first time.
    bench.clock.advance(chrono::TimeDelta::hours(1));
    bench
        .tell([event(says(asks("10", "c", HANDLE, 110), "Hei taas"))])
        .await;
    assert_eq!(common::all(&bench.desk).await.len(), before.len() + 1);
    let link = bench.desk.link(&person(HANDLE)).await.unwrap().unwrap();
    assert_ne!(link.state, aspa_identity::LinkState::Linked);
}

#[tokio::test]
async fn erasing_twice_and_nobody_is_harmless() {
    let bench = bench();
    day(&bench).await;
    for subject in [
        Subject::Customer(customer().id),
        Subject::Handle(person("nobody at all")),
    ] {
        bench
            .desk
            .erase(&subject, None, "erasure_request")
            .await
            .unwrap();
        bench.clock.advance(chrono::TimeDelta::minutes(1));
        bench
            .desk
            .erase(&subject, None, "erasure_request")
            .await
            .unwrap();
        bench.clock.advance(chrono::TimeDelta::minutes(1));
    }
    assert_eq!(tells(&everything(&bench.desk).await), Vec::<&str>::new());
    let without_key = Bench::new();
    let erased = without_key
        .desk
        .erase(&Subject::Handle(person("x")), None, "")
        .await;
    assert!(matches!(erased, Err(Error::ErasureWithoutKey)));
}

/// What a hostile outbox and colleagues' queries hold: the person in a network's answer, in what was
/// proposed instead, in what a later version wrote, in the name of a query and in what it looks for.
#[tokio::test]
async fn outbox_rows_and_queries_of_any_shape_hold_nothing() {
    let bench = bench();
    day(&bench).await;
    let store = bench.desk.store();
    let conversation = json!({"account": "shop", "id": "c"});
    let ticket = common::all(&bench.desk).await;
    let mine = ticket
        .iter()
        .find(|t| t.key.customer == person(HANDLE))
        .unwrap();
    let kinds = [
        json!({"type": "send", "text": format!("Hei {NAME}"), "reply": "answer", "subject": BODY}),
        json!({"type": "call", "script": [BODY], "number": ADDRESS}),
    ];
    let mut changes = Changes::default();
    for (number, kind) in kinds.into_iter().enumerate() {
        let key = format!("hostile-{number}");
        let effect = json!({"key": key, "conversation": conversation, "kind": kind});
        let row = json!({
            "effect": effect, "ticket": [mine.id, mine.key], "state": "failed_final",
            "queued_at": minute(0), "next_at": minute(0), "parts": [{"effect": effect}],
            "blocked": {"kind": "rejected", "reason": "astma", "alternatives": [format!("template astma {NAME}")], "at": minute(0)},
            "decisions": [{"kind": "declined", "at": minute(0), "reason": BODY}],
        });
        let row: OutboxRow = serde_json::from_value(row).unwrap();
        let attempt = json!({
            "number": 1, "started_at": minute(0),
            "outcome": {"type": "failed", "kind": "rejected", "status": "permanent", "landed": "no",
                "error": format!("{ADDRESS} said: astma")},
        });
        let attempt = serde_json::from_value(attempt).unwrap();
        changes.attempts.push((row.effect.key.clone(), attempt));
        changes.outbox.push(Versioned::new(row));
    }
    store.commit(changes).await.unwrap();
    let named = |name: &str| SavedName::new(Some(agent("maija")), name).unwrap();
    let mut of_handle = TicketQuery::default();
    of_handle.handle = Some(person(HANDLE));
    let mut of_customer = TicketQuery::default();
    of_customer.customer = Some(customer().id);
    let mut of_words = TicketQuery::default();
    of_words.text = NAME.parse().ok();
    let other = TicketQuery::default();
    for (name, query) in [
        ("a", &of_handle),
        ("b", &of_customer),
        ("c", &of_words),
        (NAME, &other),
        ("stays", &other),
    ] {
        bench
            .desk
            .save_query(&named(name), query, None, 0)
            .await
            .unwrap();
    }
    let subject = Subject::Customer(customer().id);
    bench
        .desk
        .erase(&subject, None, "erasure_request")
        .await
        .unwrap();
    assert_eq!(tells(&everything(&bench.desk).await), Vec::<&str>::new());
    let kept = bench
        .desk
        .saved_queries(Some(&agent("maija")))
        .await
        .unwrap();
    let kept: Vec<_> = kept.into_iter().map(|(name, _)| name).collect();
    assert_eq!(kept, [named("stays")]);
}
