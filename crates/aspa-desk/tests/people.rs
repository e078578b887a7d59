//! Who writes: what the host asserts, what an author is, and what an agent says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{AttributeKind, Audience, Handle, HostAssertion, Message, Part};
use aspa_crm_csv::{CsvSource, Mapping};
use aspa_desk::Desk;
use aspa_identity::{DecidedBy, EvidenceKind, LinkState};
use aspa_store::Wanted;
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use common::{Bench, agent, asks, event, minute, person};

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,emails,phones,customer_no
1,person,Matti,Virtanen,matti@example.fi,040 1234567,10000001
2,person,Maija,Korhonen,maija@example.fi,050 7654321,10000002
";

fn customer(id: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), id).unwrap()
}

/// A bench whose CRM knows Matti and Maija.
async fn bench() -> Bench {
    let bench = Bench::new();
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let crm = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), minute(0)).unwrap();
    assert_eq!(bench.desk.sync(&crm).await.unwrap().put, 2);
    bench
}

async fn evidence(desk: &Desk, handle: &HandleKey) -> Vec<EvidenceKind> {
    let mut wanted = Wanted::default();
    wanted.people.insert(handle.clone());
    let mut people = desk.store().load(&wanted).await.unwrap().people;
    let known = people.remove(handle).unwrap_or_default().evidence;
    known.into_iter().map(|evidence| evidence.kind).collect()
}

fn asserted(id: &str, whom: &str) -> Message {
    let mut message = asks(id, "c", "visitor", 0);
    message.asserted = Some(HostAssertion::new(customer(whom)));
    message
}

#[tokio::test]
async fn what_the_host_asserts_is_linked_and_not_set_down_twice() {
    let bench = bench().await;
    let second = {
        let mut second = asserted("2", "1");
        second.times = aspa_channel::Times::vouched(minute(1));
        second
    };
    bench.tell([event(asserted("1", "1")), event(second)]).await;
    bench.tell([event(asserted("3", "1"))]).await;
    let visitor = person("visitor");
    let link = bench.desk.link(&visitor).await.unwrap().unwrap();
    assert_eq!(
        (link.state, link.customer),
        (LinkState::Linked, Some(customer("1")))
    );
    assert_eq!(link.decided_by, DecidedBy::Host);
    assert_eq!(evidence(&bench.desk, &visitor).await.len(), 1);
}

#[tokio::test]
async fn the_author_of_a_mail_is_known_by_the_address() {
    let bench = bench().await;
    let author = HandleKey::new(Network::EMAIL, None, "Maija@example.fi").unwrap();
    let mut mail = asks("1", "c", "x", 0);
    mail.author = Some(author.clone());
    bench.tell([event(mail)]).await;
    let link = bench.desk.link(&author).await.unwrap().unwrap();
    assert_eq!(
        (link.state, link.customer),
        (LinkState::Linked, Some(customer("2")))
    );
    assert_eq!(link.decided_by, DecidedBy::Rule);
}

#[tokio::test]
async fn what_is_told_in_private_counts_and_what_is_told_in_public_is_not_read() {
    for (audience, told) in [(Audience::Direct, true), (Audience::Public, false)] {
        let bench = bench().await;
        let mut message = asks("1", "c", "somebody", 0);
        message.audience = audience;
        let text = "My number is 040 1234567, matti@example.fi";
        message.parts = vec![Part::text(text)];
        bench.tell([event(message)]).await;
        let link = bench.desk.link(&person("somebody")).await.unwrap();
        let linked = link.is_some_and(|link| link.customer == Some(customer("1")));
        assert_eq!(linked, told);
        assert_eq!(
            evidence(&bench.desk, &person("somebody")).await.is_empty(),
            !told
        );
    }
}

#[tokio::test]
async fn an_agents_no_undoes_a_link_and_is_remembered() {
    let bench = bench().await;
    bench.tell([event(asserted("1", "1"))]).await;
    let visitor = person("visitor");
    let one = customer("1");
    let liisa = || agent("liisa");
    bench.clock.advance(chrono::TimeDelta::minutes(1));
    let undone = bench
        .desk
        .refuse_link(&visitor, &one, liisa())
        .await
        .unwrap()
        .unwrap();
    assert_ne!(undone.state, LinkState::Linked);
    // The same assertion again changes nothing: the agent knew of it.
    bench.tell([event(asserted("2", "1"))]).await;
    let still = bench.desk.link(&visitor).await.unwrap().unwrap();
    assert_ne!(still.state, LinkState::Linked);
    bench.clock.advance(chrono::TimeDelta::minutes(1));
    let again = bench
        .desk
        .confirm_link(&visitor, &one, liisa())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (again.state, again.customer),
        (LinkState::Linked, Some(customer("1")))
    );
    assert_eq!(again.decided_by, DecidedBy::Agent(agent("liisa")));
}

#[tokio::test]
async fn a_stranger_is_linked_to_nobody_and_keeps_what_was_seen() {
    let bench = bench().await;
    let mut seen = event(asks("1", "c", "stranger", 0));
    let name = Handle::new(person("stranger")).with(AttributeKind::DisplayName, "Pekka", minute(0));
    seen.handles.push(name);
    bench.tell([seen.clone()]).await;
    let link = bench.desk.link(&person("stranger")).await.unwrap();
    assert!(link.is_none_or(|link| link.state == LinkState::None));
    assert_eq!(evidence(&bench.desk, &person("stranger")).await.len(), 1);
    let mut wanted = Wanted::default();
    wanted.handles.insert(person("stranger"));
    let handles = bench.desk.store().load(&wanted).await.unwrap().handles;
    assert_eq!(handles[&person("stranger")].value.name(), "Pekka");
}

#[tokio::test]
async fn authors_that_the_network_does_not_name_are_not_taken_for_one_person() {
    let bench = bench().await;
    let unnamed = |id| {
        let mut message = asks(id, "c", "x", 0);
        message.author = None;
        event(message)
    };
    bench.tell([unnamed("1"), unnamed("2")]).await;
    let tickets = common::all(&bench.desk).await;
    assert_eq!(tickets.len(), 2);
    assert_ne!(tickets[0].key.customer, tickets[1].key.customer);
}

#[tokio::test]
async fn a_desk_that_starts_anew_knows_the_customers_of_its_store() {
    let bench = bench().await;
    let heir = common::builder(bench.store.clone(), &bench.clock)
        .shared_channel(bench.channel.clone())
        .build()
        .unwrap();
    bench.channel.say(event(asserted("1", "2")));
    heir.poll(&common::shop()).await.unwrap();
    heir.work().await.unwrap();
    let link = heir.link(&person("visitor")).await.unwrap().unwrap();
    assert_eq!(link.customer, Some(customer("2")));
}

#[tokio::test]
async fn customers_of_another_system_stay_when_one_is_read_anew() {
    let bench = bench().await;
    let file = |system: &str, rows: &str| {
        let mapping = aspa_crm_csv::Mapping::usual(aspa_types::SystemId::new(system).unwrap());
        let csv = format!("id,first_name,last_name\n{rows}");
        aspa_crm_csv::CsvSource::csv(mapping, csv.as_bytes(), minute(0)).unwrap()
    };
    bench
        .desk
        .sync(&file("billing", "7,Aino,Aalto\n8,Olli,Oja\n"))
        .await
        .unwrap();
    // Another process reads a changed file: the cursor is no longer known, so all is read again.
    let synced = bench
        .desk
        .sync(&file("billing", "7,Aino,Aalto\n"))
        .await
        .unwrap();
    assert_eq!((synced.put, synced.gone), (0, 1));
    let left = bench.desk.store().customers(None, 10).await.unwrap();
    let systems: Vec<&str> = left.iter().map(|c| c.id.system.as_str()).collect();
    assert_eq!(systems, ["billing", "crm", "crm"]);
    let nobody = bench.desk.sync(&file("billing", "")).await.unwrap_err();
    assert!(
        matches!(
            nobody,
            aspa_desk::Error::TooManyGone {
                gone: 1,
                known: 1,
                ..
            }
        ),
        "{nobody}"
    );
    assert_eq!(
        bench.desk.store().customers(None, 10).await.unwrap().len(),
        3
    );
}

#[tokio::test]
async fn who_wrote_before_the_crm_knew_them_is_found_by_deciding_anew() {
    let bench = Bench::new();
    let author = HandleKey::new(Network::EMAIL, None, "late@example.fi").unwrap();
    let mut mail = asks("1", "c", "x", 0);
    mail.author = Some(author.clone());
    bench.tell([event(mail)]).await;
    let mapping = aspa_crm_csv::Mapping::usual(aspa_types::SystemId::new("crm").unwrap());
    let csv = b"id,first_name,last_name,emails\n9,Late,Comer,late@example.fi\n";
    let crm = aspa_crm_csv::CsvSource::csv(mapping, csv, minute(0)).unwrap();
    bench.desk.sync(&crm).await.unwrap();
    assert_eq!(bench.desk.relink().await.unwrap(), 1);
    assert_eq!(bench.desk.relink().await.unwrap(), 0);
    let link = bench.desk.link(&author).await.unwrap().unwrap();
    assert_eq!(link.customer, Some(customer("9")));
}
