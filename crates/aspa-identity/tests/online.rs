//! A linker in use: written to, saved, loaded, asked by many.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use aspa_crm::normal::Region;
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_identity::{
    Contact, ContactKind, Decision, Evidence, EvidenceKind, Linker, LoadError, Profile, Settings,
    Sharing, Turns,
};
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use chrono::DateTime;
use proptest::prelude::*;

const KEY: [u8; 16] = [7; 16];
const GIVEN: [&str; 5] = ["Matti", "Liisa", "Antero-Heikki", "Åke", "Zoë"];
const FAMILY: [&str; 4] = ["Virta", "Mäki-Laine", "Öst", "Nguyen"];

fn customer(number: usize) -> Customer {
    let system = SystemId::new("crm").unwrap();
    let id = CustomerId::new(system.clone(), number.to_string()).unwrap();
    let kind = if number % 9 == 8 {
        CustomerKind::Company
    } else {
        CustomerKind::Person
    };
    let claim =
        |field, value: String| Claim::new(field, value, system.clone(), DateTime::UNIX_EPOCH);
    Customer::new(id, kind)
        .with(claim(Field::FirstName, GIVEN[number % 5].to_owned()))
        .with(claim(
            Field::LastName,
            format!("{}{}", FAMILY[number % 4], number / 20),
        ))
        .with(claim(
            Field::Email,
            format!("person{}@example.org", number / 2),
        ))
        .with(claim(Field::Phone, format!("040 123 {:04}", number % 50)))
        .with(claim(
            Field::CustomerNumber,
            format!("{}", 100_000 + number),
        ))
        .with(claim(Field::City, "Tampere".to_owned()))
        .with(claim(Field::Handle, format!("x:@user{number}")))
}

fn author(number: usize) -> (HandleKey, Vec<Evidence>) {
    let handle = HandleKey::new(Network::X, None, &format!("author{number}")).unwrap();
    let name = format!(
        "{} {}{}",
        GIVEN[number % 5],
        FAMILY[number % 4],
        number / 20
    );
    let mut profile = Profile::named(format!("user{number}"), &name);
    profile.location = Some("Tampere".to_owned());
    let mut evidence = vec![EvidenceKind::ProfileSeen(profile)];
    if number.is_multiple_of(3) {
        let email = format!("person{}@example.org", number / 2);
        evidence.push(EvidenceKind::ContactRevealed(Contact::private(
            ContactKind::Email,
            email,
        )));
    }
    let at = DateTime::UNIX_EPOCH;
    let dated = evidence
        .into_iter()
        .map(|kind| Evidence::new(at, "message", kind));
    (handle, dated.collect())
}

fn linker(customers: usize) -> Linker {
    let linker = Linker::with_key(Settings::default(), KEY);
    (0..customers).for_each(|number| assert!(linker.put(&customer(number))));
    linker
}

fn saved(linker: &Linker) -> Vec<u8> {
    let mut stream = Vec::new();
    linker.save(&mut stream).unwrap();
    stream
}

fn loaded(stream: &[u8]) -> Result<Linker, LoadError> {
    Linker::load(Settings::default(), KEY, stream)
}

fn decisions(linker: &Linker, authors: usize) -> Vec<Decision> {
    let decide = |number| {
        let (handle, evidence) = author(number);
        linker.decide(&handle, &evidence)
    };
    (0..authors).map(decide).collect()
}

#[test]
fn many_put_together_are_as_if_put_one_by_one() {
    let mut customers: Vec<Customer> = (0..300).map(customer).collect();
    // The last word about one of them counts.
    let mut moved = customer(7);
    moved.claims.pop();
    customers.push(moved);
    let one_by_one = Linker::with_key(Settings::default(), KEY);
    customers
        .iter()
        .for_each(|customer| assert!(one_by_one.put(customer)));
    for threads in [1, 2, 3, 7] {
        let together = Linker::with_key(Settings::default(), KEY);
        assert!(together.put_all(&customers, NonZeroUsize::new(threads).unwrap()));
        assert_eq!(saved(&together), saved(&one_by_one), "{threads} threads");
    }
    let nobody = Linker::with_key(Settings::default(), KEY);
    assert!(nobody.put_all(&[], NonZeroUsize::MIN) && nobody.is_empty());
}

#[test]
fn a_loaded_linker_decides_as_the_saved_one() {
    let linker = linker(300);
    for number in [3, 50, 51, 299] {
        linker.remove(&customer(number).id);
    }
    let again = loaded(&saved(&linker)).unwrap();
    assert_eq!(again.len(), linker.len());
    assert_eq!(decisions(&again, 320), decisions(&linker, 320));
    assert_eq!(saved(&again), saved(&linker));
    for linker in [&linker, &again] {
        linker.remove(&customer(10).id);
        linker.put(&customer(50));
        linker.put(&customer(400));
    }
    assert_eq!(decisions(&again, 420), decisions(&linker, 420));
}

#[test]
fn what_is_wrong_with_a_stream_is_told() {
    let stream = saved(&linker(5));
    assert!(matches!(loaded(b""), Err(LoadError::NotALinker)));
    assert!(matches!(
        loaded(b"id,first_name,last_name,email\n"),
        Err(LoadError::NotALinker)
    ));
    let mut newer = stream.clone();
    newer[14] += 1;
    assert!(matches!(loaded(&newer), Err(LoadError::Version { .. })));
    let other = Linker::load(Settings::default(), [8; 16], stream.as_slice());
    assert!(matches!(other, Err(LoadError::Key)));
    let mut settings = Settings::default();
    settings.region = Region::Sweden;
    let abroad = Linker::load(settings, KEY, stream.as_slice());
    assert!(matches!(abroad, Err(LoadError::Region)));
    let cut = loaded(&stream[..stream.len() - 1]);
    assert!(matches!(cut, Err(LoadError::Damaged)));
    let longer = [stream.as_slice(), &[0]].concat();
    assert!(loaded(&longer).is_ok(), "what follows is not read");
    assert_eq!(
        loaded(&newer)
            .unwrap_err()
            .to_string()
            .split(':')
            .next_back(),
        Some(" load the customers anew")
    );
}

#[test]
fn no_name_or_detail_is_shown_by_debug() {
    assert_eq!(format!("{:?}", linker(3)), "Linker { customers: 3, .. }");
}

#[test]
fn details_are_not_saved_in_clear() {
    let stream = saved(&linker(60));
    let holds = |text: &str| {
        stream
            .windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    };
    assert!(holds("nguyen2"), "names are");
    for detail in ["person3", "example.org", "1230007", "100003"] {
        assert!(!holds(detail), "{detail}");
    }
    assert!(!stream.windows(16).any(|bytes| bytes == KEY));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_flipped_bit_and_no_cut_loads(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut stream = saved(&linker(30));
        let at = at.index(stream.len());
        prop_assert!(loaded(&stream[..at]).is_err());
        stream[at] ^= 1 << bit;
        prop_assert!(loaded(&stream).is_err());
    }

    #[test]
    fn many_are_decided_in_order_as_one_by_one(authors in 0usize..700, threads in 1usize..5) {
        let linker = linker(100);
        let mut made = Vec::new();
        let threads = NonZeroUsize::new(threads).unwrap();
        let done: Result<(), Infallible> = linker.decide_all((0..authors).map(author), threads, |decision| {
            made.push(decision);
            Ok(())
        });
        prop_assert_eq!(done, Ok(()));
        prop_assert_eq!(made, decisions(&linker, authors));
    }
}

#[test]
fn deciding_stops_at_the_first_error() {
    for threads in 1..4 {
        let (linker, mut taken) = (linker(10), 0);
        let threads = NonZeroUsize::new(threads).unwrap();
        let endless = (0..).map(author);
        let done = linker.decide_all(endless, threads, |_| {
            taken += 1;
            if taken == 1_000 {
                Err("the disk is full")
            } else {
                Ok(())
            }
        });
        assert_eq!((done, taken), (Err("the disk is full"), 1_000));
    }
}

#[test]
fn a_write_is_seen_when_the_call_returns_whoever_asks_meanwhile() {
    let linker = linker(200);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for asker in 0..2 {
            let (linker, stop) = (&linker, &stop);
            scope.spawn(move || {
                let mut turn = (asker..200)
                    .map(author)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .cycle();
                while !stop.load(Ordering::Relaxed) {
                    let (handle, evidence) = turn.next().unwrap();
                    let _ = linker.decide(&handle, &evidence);
                }
            });
        }
        for number in (300..900).step_by(3) {
            let (handle, evidence) = author(number);
            linker.put(&customer(number));
            let best = linker.decide(&handle, &evidence).candidates[0]
                .customer
                .clone();
            assert_eq!(best, customer(number).id);
            assert!(linker.remove(&best));
            let decision = linker.decide(&handle, &evidence);
            assert!(
                decision
                    .candidates
                    .iter()
                    .all(|other| other.customer != best)
            );
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(linker.len(), 200);
}

#[test]
fn a_linker_is_shared_by_threads_and_asks_while_it_is_saved() {
    struct Slow<'a>(&'a Linker, usize);
    impl std::io::Write for Slow<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // A question in the middle of saving is answered.
            let (handle, evidence) = author(self.1 % 40);
            let _ = self.0.decide(&handle, &evidence);
            self.1 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let linker = linker(100);
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            begun.store(true, Ordering::SeqCst);
            while !done.load(Ordering::SeqCst) {
                linker.put(&customer(7));
            }
        });
        while !begun.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        for _ in 0..20 {
            linker.save(Slow(&linker, 0)).unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
}

/// A person with these mail addresses and nothing else.
fn person(id: &str, name: &str, emails: &[&str]) -> Customer {
    let system = SystemId::new("crm").unwrap();
    let claim = |field, value: &str| Claim::new(field, value, system.clone(), DateTime::UNIX_EPOCH);
    let id = CustomerId::new(system.clone(), id).unwrap();
    let named = Customer::new(id, CustomerKind::Person)
        .with(claim(Field::FirstName, name))
        .with(claim(Field::LastName, "Virta"));
    emails.iter().fold(named, |customer, email| {
        customer.with(claim(Field::Email, email))
    })
}

fn turns(linker: &Linker) -> Vec<(Sharing, Sharing, Vec<String>)> {
    let turns = linker.take_turns();
    assert_eq!(turns.dropped, 0);
    let ids = |ids: &[CustomerId]| ids.iter().map(|id| id.id.to_string()).collect();
    turns
        .turned
        .iter()
        .map(|turned| (turned.from, turned.to, ids(&turned.customers)))
        .collect()
}

#[test]
fn it_is_told_when_people_come_to_share_a_detail_or_cease_to() {
    use Sharing::{Few, Many, One};
    let linker = Linker::new(Settings::default());
    let all = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let office = ["office@example.org"];

    linker.put(&person("1", "Matti", &office));
    assert_eq!(turns(&linker), [], "nothing can have rested on it");
    linker.put(&person("2", "Matti", &office));
    assert_eq!(turns(&linker), [], "a duplicate is the same person");
    linker.put(&person("3", "Liisa", &office));
    assert_eq!(turns(&linker), [(One, Few, all(&["1", "2", "3"]))]);
    linker.put(&person("4", "Aino", &office));
    assert_eq!(turns(&linker), [], "three are as two");
    linker.put(&person(
        "5",
        "Eino",
        &["eino@example.org", "office@example.org"],
    ));
    assert_eq!(
        turns(&linker),
        [(Few, Many, all(&["1", "2", "3", "4", "5"]))]
    );
    assert_eq!(turns(&linker), [], "told once");

    linker.put(&person("5", "Eino", &["eino@example.org"]));
    assert_eq!(
        turns(&linker),
        [(Many, Few, all(&["1", "2", "3", "4", "5"]))]
    );
    linker.put(&person("5", "Eino", &["eino@example.org"]));
    linker.remove(&person("4", "", &[]).id);
    assert_eq!(turns(&linker), []);
    linker.remove(&person("3", "", &[]).id);
    assert_eq!(turns(&linker), [(Few, One, all(&["1", "2", "3"]))]);
    linker.put(&person("1", "Eero", &office));
    assert_eq!(
        turns(&linker),
        [(One, Few, all(&["1", "2"]))],
        "another person now"
    );
}

#[test]
fn changes_that_nobody_asks_for_are_bounded() {
    let linker = Linker::new(Settings::default());
    for pair in 0..10_050 {
        let email = format!("pair{pair}@example.org");
        linker.put(&person(&format!("a{pair}"), "Matti", &[&email]));
        linker.put(&person(&format!("b{pair}"), "Liisa", &[&email]));
    }
    let turns = linker.take_turns();
    assert_eq!((turns.turned.len(), turns.dropped), (10_000, 50));
    assert_eq!(linker.take_turns(), Turns::default());
}

#[test]
fn what_was_learnt_is_the_same_after_storage() {
    let linker = linker(60);
    for labelled in [0, 10, 40] {
        let authors: Vec<aspa_identity::Author> = (0..60)
            .map(|number| {
                let (handle, evidence) = author(number);
                let author = aspa_identity::Author::new(handle, evidence);
                match number < labelled {
                    true => author.labelled(vec![customer(number).id]),
                    false => author,
                }
            })
            .collect();
        let learnt = linker.learn(&authors, NonZeroUsize::MIN);
        let json = serde_json::to_string(&learnt).unwrap();
        let read: aspa_identity::Model = serde_json::from_str(&json).unwrap();
        assert_eq!(read, learnt, "{labelled} labels");
    }
}
