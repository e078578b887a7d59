//! What a CRM says is taken in whole, whatever fails on the way, and who is gone there goes here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aspa_crm::{
    Capabilities, Crm, CrmFault, Cursor, Customer, CustomerKind, Deletes, ErrorKind, Field, Hint,
    Lookup, MemoryCrm, Page, Policies,
};
use aspa_desk::{CrmAccount, Desk, Error};
use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Bench, Hand, builder, minute};

fn system() -> SystemId {
    SystemId::new("erp").unwrap()
}

fn id(number: usize) -> CustomerId {
    CustomerId::new(system(), format!("{number:04}")).unwrap()
}

fn put(crm: &MemoryCrm, number: usize) {
    let email = format!("{number}@example.fi");
    crm.put(&id(number), CustomerKind::Person, &[(Field::Email, &email)]);
}

/// An ERP with so many customers.
fn erp(customers: usize, deletes: Deletes) -> MemoryCrm {
    let crm = MemoryCrm::new(system(), minute(0)).with_deletes(deletes);
    (0..customers).for_each(|number| put(&crm, number));
    crm
}

/// The numbers of those that a desk knows.
async fn known(desk: &Desk) -> Vec<usize> {
    let all = desk.store().customers(None, 5000).await.unwrap();
    all.iter().map(|one| one.id.id.parse().unwrap()).collect()
}

fn passes(bench: &Bench, crm: &MemoryCrm, time: TimeDelta) {
    bench.clock.advance(time);
    crm.advance(time);
}

/// A CRM that gives pages of ten and then fails at one of them.
#[derive(Debug)]
struct Tired {
    crm: MemoryCrm,
    /// How many pages it gives before.
    pages: AtomicUsize,
}

#[async_trait]
impl Crm for Tired {
    fn system(&self) -> &SystemId {
        self.crm.system()
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        self.crm.capabilities()
    }

    async fn changes(&self, cursor: Option<&Cursor>, _: usize) -> Result<Page, aspa_crm::Error> {
        let left = self
            .pages
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_err() {
            self.pages.store(usize::MAX, Ordering::SeqCst);
            self.crm.fail_read(CrmFault::NoConnection);
        }
        self.crm.changes(cursor, 10).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        self.crm.find(lookup).await
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        match *id == self::id(9999) {
            true => Err(aspa_crm::Error::new(ErrorKind::Forbidden, "get")),
            false => self.crm.get(id).await,
        }
    }
}

#[tokio::test]
async fn who_was_deleted_where_nobody_tells_is_gone_within_a_day() {
    for deletes in [Deletes::ScanOnly, Deletes::Horizon { days: 2 }] {
        let (bench, crm) = (Bench::new(), erp(30, deletes));
        bench.desk.sync(&crm).await.unwrap();
        crm.delete(&id(7));
        // Longer ago than the system remembers.
        for _ in 0..4 {
            passes(&bench, &crm, TimeDelta::hours(25));
        }
        let synced = bench.desk.sync(&crm).await.unwrap();
        assert_eq!(synced.gone, 1, "{deletes:?}");
        let left = known(&bench.desk).await;
        assert!(!left.contains(&7) && left.len() == 29, "{deletes:?}");
    }
}

#[tokio::test]
async fn who_was_gone_before_a_complete_reading_failed_is_gone_after_it() {
    for restarts in [false, true] {
        let bench = Bench::new();
        let crm = Tired {
            crm: erp(60, Deletes::ScanOnly),
            pages: AtomicUsize::new(usize::MAX),
        };
        bench.desk.sync(&crm).await.unwrap();
        crm.crm.delete(&id(3));
        crm.crm.delete(&id(55));
        crm.crm.expire_cursors();
        passes(&bench, &crm.crm, TimeDelta::hours(1));
        // The one whose cursor is unknown, and two of six.
        crm.pages.store(3, Ordering::SeqCst);
        bench.desk.sync(&crm).await.unwrap_err();
        assert_eq!(known(&bench.desk).await.len(), 60);
        let desk = match restarts {
            true => builder(bench.store.clone(), &bench.clock).build().unwrap(),
            false => bench.desk.clone(),
        };
        let calls = crm.crm.calls();
        let synced = desk.sync(&crm).await.unwrap();
        assert_eq!(synced.gone, 2, "{restarts}");
        assert_eq!(crm.crm.calls() - calls, 4, "no page comes twice");
        assert_eq!(known(&desk).await.len(), 58);
    }
}

#[tokio::test]
async fn who_was_read_again_meanwhile_is_not_gone() {
    let crm = Arc::new(Tired {
        crm: erp(60, Deletes::InFeed),
        pages: AtomicUsize::new(3),
    });
    let account = CrmAccount::new(crm.clone(), Policies::usual(&system()));
    let bench = Bench::with(|desk| desk.crm(account));
    bench.desk.sync(crm.as_ref()).await.unwrap_err();
    crm.crm.edit(&id(3), &Field::City, "Oulu");
    let hint = [Hint::Record(id(3))];
    bench.desk.read_again(&system(), &hint).await.unwrap();
    let synced = bench.desk.sync(crm.as_ref()).await.unwrap();
    assert_eq!((synced.gone, known(&bench.desk).await.len()), (0, 60));
}

#[tokio::test]
async fn more_than_a_crm_loses_stays_until_somebody_allows_it() {
    for deletes in [Deletes::ScanOnly, Deletes::InFeed] {
        let (bench, crm) = (Bench::new(), erp(200, deletes));
        bench.desk.sync(&crm).await.unwrap();
        (1..150).for_each(|number| crm.delete(&id(number)));
        passes(&bench, &crm, TimeDelta::hours(25));
        for _ in 0..2 {
            let refused = bench.desk.sync(&crm).await.unwrap_err();
            let Error::TooManyGone {
                gone, known: of, ..
            } = refused
            else {
                panic!("{deletes:?}: {refused}");
            };
            assert_eq!((gone, of), (149, 200), "{deletes:?}");
            assert_eq!(known(&bench.desk).await.len(), 200, "{deletes:?}");
        }
        bench.desk.allow_gone(&system()).await.unwrap();
        let synced = bench.desk.sync(&crm).await.unwrap();
        assert_eq!((synced.gone, known(&bench.desk).await.len()), (149, 51));
        // It was allowed once.
        (150..199).for_each(|number| crm.delete(&id(number)));
        passes(&bench, &crm, TimeDelta::hours(25));
        let refused = bench.desk.sync(&crm).await.unwrap_err();
        assert!(matches!(refused, Error::TooManyGone { gone: 49, .. }));
    }
}

/// Many changes at once are read in pages, of which none alone removes too many.
#[tokio::test]
async fn what_the_changes_remove_counts_over_all_pages() {
    let crm = Tired {
        crm: erp(200, Deletes::InFeed),
        pages: AtomicUsize::new(usize::MAX),
    };
    let bench = Bench::new();
    bench.desk.sync(&crm).await.unwrap();
    (0..150).for_each(|number| crm.crm.delete(&id(number)));
    passes(&bench, &crm.crm, TimeDelta::hours(1));
    let refused = bench.desk.sync(&crm).await.unwrap_err();
    assert!(matches!(refused, Error::TooManyGone { .. }), "{refused}");
    let left = known(&bench.desk).await.len();
    assert!((160..200).contains(&left), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_is_left_alone_until_it_is_not() {
    let crm = Arc::new(erp(3, Deletes::InFeed));
    let every = Duration::from_secs(60);
    let account = CrmAccount::new(crm.clone(), Policies::usual(&system())).read_every(every);
    let clock = Hand::at(0);
    let store = aspa_store::MemoryStore::default();
    let desk = builder(store, &clock).crm(account).build().unwrap();
    crm.fail_read(CrmFault::QuotaUntil(minute(60)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = desk.clone();
    let running = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        running.run(Duration::from_millis(100), stopped).await
    });
    for minutes in 1..59 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        clock.advance(TimeDelta::minutes(1));
        assert_eq!(crm.calls(), 1, "after {minutes} min");
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(known(&desk).await, [0, 1, 2]);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_hint_has_no_system_asked_that_is_left_alone() {
    let crm = Arc::new(erp(3, Deletes::InFeed));
    let account = CrmAccount::new(crm.clone(), Policies::usual(&system()));
    let bench = Bench::with(|desk| desk.crm(account));
    let desk = &bench.desk;
    desk.sync(crm.as_ref()).await.unwrap();
    put(&crm, 3);
    let all = [[Hint::Changes], [Hint::Record(id(3))]];
    for refused in &all {
        let until = desk.now() + TimeDelta::hours(1);
        crm.fail_read(CrmFault::QuotaUntil(until));
        assert!(desk.read_again(&system(), refused).await.is_err());
        let calls = crm.calls();
        for hints in &all {
            desk.read_again(&system(), hints).await.unwrap();
        }
        assert_eq!(crm.calls(), calls, "asked again after {refused:?}");
        passes(&bench, &crm, TimeDelta::hours(1));
    }
    assert_eq!(known(desk).await, [0, 1, 2]);
    desk.read_again(&system(), &all[0]).await.unwrap();
    assert_eq!(known(desk).await, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_record_that_cannot_be_had_holds_up_no_other() {
    let tired = Arc::new(Tired {
        crm: erp(3, Deletes::InFeed),
        pages: AtomicUsize::new(usize::MAX),
    });
    let account = CrmAccount::new(tired.clone(), Policies::usual(&system()));
    let bench = Bench::with(|desk| desk.crm(account));
    let hints = [9999, 1].map(|number| Hint::Record(id(number)));
    let hints = [&hints[..], &[Hint::Record(id(2))]].concat();
    for _ in 0..2 {
        let refused = bench.desk.read_again(&system(), &hints).await;
        assert!(matches!(refused, Err(Error::Crm(_))));
    }
    assert_eq!(known(&bench.desk).await, [1, 2]);
    // Nor is the system left alone for it.
    bench.desk.sync(tired.as_ref()).await.unwrap();
    assert_eq!(known(&bench.desk).await, [0, 1, 2]);
}
