use aspa_types::SystemId;
use futures_executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::{Crm, CrmFault, CustomerKind, Field, MemoryCrm};

fn system() -> SystemId {
    SystemId::new("crm").unwrap()
}

fn id(number: u32) -> CustomerId {
    CustomerId::new(system(), format!("{number:04}")).unwrap()
}

fn start() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn crm_with(customers: u32) -> MemoryCrm {
    let crm = MemoryCrm::new(system(), start());
    for number in 0..customers {
        crm.put(&id(number), CustomerKind::Person, &[(Field::City, "Oulu")]);
    }
    crm
}

fn reading(crm: &MemoryCrm, page: usize) -> Reading {
    let settings = ReadSettings {
        page,
        ..ReadSettings::default()
    };
    Reading::new(None, &crm.capabilities(), settings)
}

fn caught_up(reading: &mut Reading, crm: &MemoryCrm, mirror: &MemoryMirror) {
    block_on(catch_up(reading, crm, mirror, || crm.now())).unwrap();
}

fn same(crm: &MemoryCrm, mirror: &MemoryMirror) -> bool {
    let rows = |customers: Vec<Customer>| -> Vec<(CustomerId, Option<String>)> {
        let each = customers.into_iter();
        each.map(|c| (c.id.clone(), c.value(&Field::City).map(str::to_owned)))
            .collect()
    };
    rows(crm.customers()) == rows(mirror.customers())
}

#[test]
fn everything_is_read_once_and_then_what_changes() {
    let (crm, mirror) = (crm_with(10), MemoryMirror::default());
    let mut reading = reading(&crm, 3);
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
    assert!(reading.checkpoint().complete_at.is_some());
    crm.edit(&id(4), &Field::City, "Espoo");
    crm.delete(&id(5));
    crm.merge(&id(6), &id(7));
    crm.advance(TimeDelta::minutes(2));
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
    assert_eq!(mirror.merged_into(&id(6)), Some(id(7)));
}

#[test]
fn nothing_is_written_again_that_an_overlap_brings_again() {
    let (crm, mirror) = (crm_with(5), MemoryMirror::default());
    let mut reading = reading(&crm, 100);
    caught_up(&mut reading, &crm, &mirror);
    crm.advance(TimeDelta::minutes(2));
    let done = block_on(step(&mut reading, &crm, &mirror, crm.now())).unwrap();
    assert_eq!(done, Done::Read { news: 0 });
}

#[test]
fn a_failure_on_any_page_repeats_that_page_at_most() {
    for page in 0..4 {
        let (crm, mirror) = (crm_with(10), MemoryMirror::default());
        let mut first = reading(&crm, 3);
        for _ in 0..page {
            block_on(step(&mut first, &crm, &mirror, crm.now())).unwrap();
        }
        let before = crm.calls();
        crm.fail_read(CrmFault::LostAfter);
        let failed = block_on(step(&mut first, &crm, &mirror, crm.now()));
        assert!(matches!(failed, Err(StepError::Crm(_))));
        // Another process goes on, not before the pause is over.
        let kept = block_on(mirror.load()).unwrap();
        let settings = ReadSettings {
            page: 3,
            ..ReadSettings::default()
        };
        let mut second = Reading::new(kept, &crm.capabilities(), settings);
        let waits = second.next(crm.now());
        assert!(matches!(waits, Step::Wait { .. }), "{waits:?}");
        crm.advance(TimeDelta::seconds(6));
        caught_up(&mut second, &crm, &mirror);
        assert!(same(&crm, &mirror));
        // 4 pages make the whole, one of which failed once.
        assert_eq!(crm.calls() - before, 4 - page + 1);
    }
}

#[test]
fn an_expired_cursor_heals_by_itself_and_drops_what_is_gone() {
    let crm = crm_with(10).with_deletes(Deletes::ScanOnly);
    let mirror = MemoryMirror::default();
    let mut reading = reading(&crm, 3);
    caught_up(&mut reading, &crm, &mirror);
    crm.delete(&id(1));
    crm.expire_cursors();
    crm.advance(TimeDelta::minutes(2));
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
    assert_eq!(reading.checkpoint().passes, 2);
}

#[test]
fn an_interrupted_pass_removes_nobody_and_goes_on() {
    let crm = crm_with(10).with_deletes(Deletes::ScanOnly);
    let mirror = MemoryMirror::default();
    let mut reading = reading(&crm, 3);
    caught_up(&mut reading, &crm, &mirror);
    crm.delete(&id(9));
    reading.compare_now();
    for _ in 0..2 {
        block_on(step(&mut reading, &crm, &mirror, crm.now())).unwrap();
        assert_eq!(mirror.customers().len(), 10);
    }
    let kept = block_on(mirror.load()).unwrap().unwrap();
    assert!(kept.pass.as_ref().unwrap().rows >= 6);
    let mut again = Reading::new(Some(kept), &crm.capabilities(), ReadSettings::default());
    caught_up(&mut again, &crm, &mirror);
    assert!(same(&crm, &mirror));
}

#[test]
fn what_is_not_told_is_found_by_comparing_each_day() {
    let crm = crm_with(30).with_deletes(Deletes::ScanOnly);
    let mirror = MemoryMirror::default();
    let mut reading = reading(&crm, 7);
    caught_up(&mut reading, &crm, &mirror);
    crm.delete(&id(2));
    crm.advance(TimeDelta::hours(12));
    caught_up(&mut reading, &crm, &mirror);
    assert_eq!(mirror.customers().len(), 30);
    crm.advance(TimeDelta::hours(13));
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
}

#[test]
fn a_system_that_forgets_its_customers_removes_nobody_here() {
    let crm = crm_with(100).with_deletes(Deletes::ScanOnly);
    let mirror = MemoryMirror::default();
    let mut reading = reading(&crm, 50);
    caught_up(&mut reading, &crm, &mirror);
    for number in 0..60 {
        crm.delete(&id(number));
    }
    reading.compare_now();
    crm.advance(TimeDelta::minutes(2));
    let refused = block_on(catch_up(&mut reading, &crm, &mirror, || crm.now()));
    let Err(StepError::TooManyGone(many)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((many.gone, many.known), (60, 100));
    assert_eq!(mirror.customers().len(), 100);
    // The changes go on all the same.
    crm.edit(&id(99), &Field::City, "Espoo");
    crm.advance(TimeDelta::minutes(2));
    block_on(step(&mut reading, &crm, &mirror, crm.now())).unwrap();
    assert_eq!(mirror.customers()[99].value(&Field::City), Some("Espoo"));
    // Nobody looks: a day later it is compared anew.
    let refused = reading.checkpoint().passes;
    crm.advance(TimeDelta::hours(25));
    drop(block_on(catch_up(&mut reading, &crm, &mirror, || {
        crm.now()
    })));
    assert_eq!(reading.checkpoint().passes, refused + 1);
    assert_eq!(mirror.customers().len(), 100);
    reading.allow_gone();
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
}

#[test]
fn a_record_that_nobody_may_read_holds_nothing_up() {
    let (crm, mirror) = (crm_with(3), MemoryMirror::default());
    let mut reading = reading(&crm, 5);
    caught_up(&mut reading, &crm, &mirror);
    for (kind, is_left) in [
        (ErrorKind::Forbidden, true),
        (ErrorKind::Protocol, true),
        (ErrorKind::NotFound, true),
        (ErrorKind::Unavailable, false),
        (ErrorKind::Auth, false),
    ] {
        reading.ask_now();
        reading.hinted(Hint::Record(id(1)));
        assert_eq!(reading.next(crm.now()), Step::Get(id(1)));
        let failed = reading.failed(&Error::new(kind.clone(), "get"), crm.now());
        reading.committed(&failed);
        let next = reading.next(crm.now());
        assert_eq!(
            matches!(next, Step::Read { .. }),
            is_left,
            "{kind:?} {next:?}"
        );
        assert_eq!(reading.checkpoint().failures == 0, is_left, "{kind:?}");
        reading.checkpoint.failures = 0;
        reading.asked_for.clear();
    }
}

#[test]
fn pauses_are_kept_and_those_that_are_asked_for_too() {
    let crm = crm_with(1);
    let mirror = MemoryMirror::default();
    let mut reading = reading(&crm, 5);
    let midnight = start() + TimeDelta::hours(16);
    let cases = [
        (
            CrmFault::Throttled(Duration::from_secs(77)),
            TimeDelta::seconds(77),
        ),
        (CrmFault::QuotaUntil(midnight), TimeDelta::hours(16)),
    ];
    for (fault, pause) in cases {
        crm.fail_read(fault);
        let failed = block_on(step(&mut reading, &crm, &mirror, start()));
        assert!(failed.is_err());
        let until = start() + pause;
        let calls = crm.calls();
        let early = block_on(step(
            &mut reading,
            &crm,
            &mirror,
            until - TimeDelta::seconds(1),
        ));
        assert_eq!(early.unwrap(), Done::Wait { until });
        assert_eq!(crm.calls(), calls);
        reading.checkpoint.parked_until = None;
    }
}

#[test]
fn a_hint_brings_that_record_next() {
    let (crm, mirror) = (crm_with(3), MemoryMirror::default());
    let mut reading = reading(&crm, 5);
    caught_up(&mut reading, &crm, &mirror);
    crm.edit(&id(1), &Field::City, "Espoo");
    reading.hinted(Hint::Record(id(1)));
    reading.hinted(Hint::Record(id(1)));
    assert_eq!(reading.next(crm.now()), Step::Get(id(1)));
    caught_up(&mut reading, &crm, &mirror);
    assert!(same(&crm, &mirror));
}

/// 10,000 edits, many at one instant, a tenth of them committed up to 240 s late, with readings, failures,
/// expired cursors and restarts between them.
fn ten_thousand_edits(overlap: TimeDelta) -> bool {
    let crm = crm_with(60).with_overlap(overlap);
    let mirror = MemoryMirror::default();
    let settings = ReadSettings {
        page: 25,
        ..ReadSettings::default()
    };
    let mut reading = Reading::new(None, &crm.capabilities(), settings.clone());
    // A linear congruential sequence (Knuth's MMIX constants): the same in each run.
    let mut seed: u64 = 1;
    let mut draw = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for edit in 0..10_000_u32 {
        let late = if draw(10) == 0 { draw(240) } else { 0 };
        let (who, city) = (u32::try_from(draw(60)).unwrap(), format!("C{edit}"));
        let late = TimeDelta::seconds(i64::try_from(late).unwrap());
        crm.put_late(
            &id(who),
            CustomerKind::Person,
            &[(Field::City, &city)],
            late,
        );
        if draw(3) == 0 {
            crm.advance(TimeDelta::seconds(i64::try_from(draw(60)).unwrap()));
        }
        match draw(200) {
            0 => crm.fail_read(CrmFault::LostAfter),
            1 => crm.expire_cursors(),
            2 => {
                let kept = block_on(mirror.load()).unwrap();
                reading = Reading::new(kept, &crm.capabilities(), settings.clone());
            }
            3..24 => drop(block_on(step(&mut reading, &crm, &mirror, crm.now()))),
            _ => {}
        }
    }
    crm.advance(TimeDelta::minutes(10));
    for _ in 0..5 {
        drop(block_on(catch_up(&mut reading, &crm, &mirror, || {
            crm.now()
        })));
        crm.advance(TimeDelta::minutes(2));
    }
    same(&crm, &mirror)
}

#[test]
fn of_ten_thousand_edits_none_is_lost_or_stale() {
    assert!(ten_thousand_edits(TimeDelta::seconds(600)));
    // What the overlap is for: without it late commits are lost.
    assert!(!ten_thousand_edits(TimeDelta::zero()));
}

#[derive(Debug, Clone)]
enum Act {
    Put(u32, String, i64),
    Delete(u32),
    Advance(i64),
    Read(usize),
    Fail,
    Expire,
    Restart,
}

fn any_act() -> impl Strategy<Value = Act> {
    let late = prop_oneof![9 => Just(0), 1 => 1i64..240];
    prop_oneof![
        6 => (0u32..40, "[a-z]{1,3}", late).prop_map(|(n, city, late)| Act::Put(n, city, late)),
        1 => (0u32..40).prop_map(Act::Delete),
        4 => (0i64..90).prop_map(Act::Advance),
        4 => (1usize..4).prop_map(Act::Read),
        1 => Just(Act::Fail),
        1 => Just(Act::Expire),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// 64 x about 160 acts: some 5,000 edits, ties and late commits among them.
    #[test]
    fn nothing_is_lost_and_nothing_stays_stale(
        acts in proptest::collection::vec(any_act(), 100..220),
        in_feed in any::<bool>(),
        page in 1usize..9,
    ) {
        let deletes = if in_feed { Deletes::InFeed } else { Deletes::ScanOnly };
        let crm = MemoryCrm::new(system(), start()).with_deletes(deletes);
        let mirror = MemoryMirror::default();
        let settings = ReadSettings { page, always_gone: 1000, most_gone: 1.0, ..ReadSettings::default() };
        let mut reading = Reading::new(None, &crm.capabilities(), settings.clone());
        for act in acts {
            match act {
                Act::Put(n, city, late) => crm.put_late(
                    &id(n), CustomerKind::Person, &[(Field::City, &city)], TimeDelta::seconds(late),
                ),
                Act::Delete(n) => crm.delete(&id(n)),
                Act::Advance(seconds) => crm.advance(TimeDelta::seconds(seconds)),
                Act::Fail => crm.fail_read(CrmFault::LostAfter),
                Act::Expire => crm.expire_cursors(),
                Act::Read(steps) => for _ in 0..steps {
                    drop(block_on(step(&mut reading, &crm, &mirror, crm.now())));
                },
                Act::Restart => {
                    let kept = block_on(mirror.load()).unwrap();
                    reading = Reading::new(kept, &crm.capabilities(), settings.clone());
                }
            }
        }
        // Whatever went wrong is over, and every transaction has ended.
        crm.advance(TimeDelta::hours(25));
        reading.allow_gone();
        for _ in 0..40 {
            drop(block_on(catch_up(&mut reading, &crm, &mirror, || crm.now())));
            crm.advance(TimeDelta::minutes(20));
        }
        reading.compare_now();
        reading.allow_gone();
        drop(block_on(catch_up(&mut reading, &crm, &mirror, || crm.now())));
        prop_assert!(same(&crm, &mirror));
    }
}
