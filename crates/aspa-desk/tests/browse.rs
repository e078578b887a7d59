//! Queries that people keep, and counts.

use aspa_desk::{Desk, Error};
use aspa_store::{ErrorKind, MemoryStore, SavedName, TicketQuery};
use aspa_types::AgentId;

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
