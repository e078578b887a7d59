//! One linker in memory: how long a question takes, how soon a write is seen, what it costs in
//! memory.
//!
//! `cargo bench -p aspa-identity --bench online -- 10000000` for ten million customers; without a
//! number it is 200,000 and done in seconds. Customers and authors are synthetic. Times of single
//! questions and writes are the thread's own processor time unless the row says wall; memory is
//! what Linux says the process has resident.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_identity::{Contact, ContactKind, Evidence, EvidenceKind, Linker, Profile, Settings};
use aspa_identity_sample as sample;
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use chrono::DateTime;
use rustix::time::{ClockId, clock_gettime};

/// It asks the kernel for huge pages: with ten million customers, much of a question is finding out where
/// the many small pages are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AUTHORS: u64 = 100_000;
const WRITES: u64 = 100_000;

type Author = (HandleKey, Vec<Evidence>);

fn main() {
    let customers = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(200_000);
    println!(
        "online: {customers} customers, {AUTHORS} authors; load {}",
        load()
    );
    let world = sample::World::new(sample::Config::new(1, customers, AUTHORS));
    let authors: Vec<Author> = world
        .authors()
        .map(|(author, _)| evidence(&author))
        .collect();

    let linker = Linker::with_key(Settings::default(), [7; 16]);
    let mut puts = Times::of(usize::try_from(customers).unwrap());
    let start = Instant::now();
    let before = resident();
    for customer in world.customers() {
        let customer = record(&customer);
        puts.time(|| linker.put(&customer));
    }
    let taken = start.elapsed();
    row(
        "build, with making the customers",
        format!("{:.1} s", taken.as_secs_f64()),
    );
    puts.row("put, new");
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let memory = (resident() - before) as f64;
    #[expect(clippy::cast_precision_loss, reason = "customers")]
    let each = memory / customers as f64;
    row(
        "resident",
        format!("{:.3} GB, {each:.0} bytes a customer", memory / 1e9),
    );

    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let counted = linker.bytes() as f64;
    row("of it in tables", format!("{:.3} GB", counted / 1e9));
    questions(&linker, &authors);
    batches(&linker, &authors);
    writes(&linker, &world, &authors);
    saving(&linker);
}

/// One at a time, as messages come in.
fn questions(linker: &Linker, authors: &[Author]) {
    let mut times = Times::of(authors.len());
    for (handle, evidence) in authors {
        times.time(|| linker.decide(handle, evidence));
    }
    times.row("decide");
    let rate = 1e9 / times.mean();
    row("decide, one core", format!("{rate:.0} authors/s"));
}

fn batches(linker: &Linker, authors: &[Author]) {
    let mut walls = Vec::new();
    for threads in [1, 2] {
        let start = Instant::now();
        let mut decided = 0;
        let threads = NonZeroUsize::new(threads).unwrap();
        let done: Result<(), Infallible> =
            linker.decide_all(authors.iter().cloned(), threads, |_| {
                decided += 1;
                Ok(())
            });
        done.unwrap();
        assert_eq!(decided, authors.len());
        walls.push(start.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "authors")]
    let rate = |wall: f64| authors.len() as f64 / wall;
    let (one, two) = (rate(walls[0]), rate(walls[1]));
    row(
        "decide_all, 1 and 2 threads",
        format!("{one:.0} and {two:.0} authors/s: {:.2} x", two / one),
    );
}

/// Records replaced; new ones, each looked for at once, alone and beside threads that only ask.
fn writes(linker: &Linker, world: &sample::World, authors: &[Author]) {
    let system = SystemId::new("crm").unwrap();
    let number = AtomicUsize::new(0);
    let newcomer = || {
        let n = number.fetch_add(1, Ordering::Relaxed);
        let id = CustomerId::new(system.clone(), format!("new{n}")).unwrap();
        let email = format!("newcomer{n}@example.org");
        let claim = Claim::new(
            Field::Email,
            email.as_str(),
            system.clone(),
            DateTime::UNIX_EPOCH,
        );
        let told = EvidenceKind::ContactRevealed(Contact::private(ContactKind::Email, email));
        let handle = HandleKey::new(Network::X, None, &format!("new{n}")).unwrap();
        let evidence = Evidence::new(DateTime::UNIX_EPOCH, "message", told);
        (
            Customer::new(id, CustomerKind::Person).with(claim),
            handle,
            [evidence],
        )
    };
    let mut replaced = Times::of(usize::try_from(WRITES).unwrap());
    for customer in world.customers().take(usize::try_from(WRITES).unwrap()) {
        let mut customer = record(&customer);
        customer.claims.pop();
        replaced.time(|| linker.put(&customer));
    }
    replaced.row("put, replacing");

    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    for askers in [0, 1, 2] {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..askers {
                scope.spawn(|| {
                    let mut turn = authors.iter().cycle();
                    while !stop.load(Ordering::Relaxed) {
                        let (handle, evidence) = turn.next().unwrap();
                        std::hint::black_box(linker.decide(handle, evidence));
                    }
                });
            }
            let mut seen = Times::of(20_000);
            for _ in 0..20_000 {
                let (customer, handle, evidence) = newcomer();
                let start = Instant::now();
                linker.put(&customer);
                let decision = linker.decide(&handle, &evidence);
                seen.push(start.elapsed());
                let best = &decision.candidates.first().unwrap().customer;
                assert_eq!(best, &customer.id, "a write is seen when the call returns");
            }
            stop.store(true, Ordering::Relaxed);
            // Without a core of its own a writer waits for its turn on one, whatever it writes.
            let is_crowded = if askers < cores { "" } else { ", no core free" };
            let label = format!("put, then seen, wall, {askers} ask{is_crowded}");
            seen.row(&label);
        });
    }
}

fn saving(linker: &Linker) {
    let start = Instant::now();
    let mut stream = Counted(0);
    linker.save(&mut stream).unwrap();
    let taken = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let size = stream.0 as f64 / 1e9;
    row("save, to nowhere", format!("{taken:.1} s, {size:.3} GB"));
}

struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A customer as a CRM claims it.
fn record(made: &sample::Customer) -> Customer {
    let system = SystemId::new("crm").unwrap();
    let id = CustomerId::new(system.clone(), made.id.as_str()).unwrap();
    let kind = match made.kind {
        "company" => CustomerKind::Company,
        _ => CustomerKind::Person,
    };
    let mut customer = Customer::new(id, kind);
    let mut say = |field: Field, value: &str| {
        if !value.is_empty() {
            let claim = Claim::new(field, value, system.clone(), DateTime::UNIX_EPOCH);
            customer.claims.push(claim);
        }
    };
    say(Field::FirstName, &made.first);
    say(Field::LastName, &made.last);
    say(Field::Company, &made.company);
    say(Field::City, &made.city);
    say(Field::Website, &made.website);
    say(Field::CustomerNumber, &made.customer_no);
    made.emails
        .iter()
        .for_each(|email| say(Field::Email, email));
    made.phones
        .iter()
        .for_each(|phone| say(Field::Phone, phone));
    made.orders
        .iter()
        .for_each(|order| say(Field::OrderNumber, order));
    for known in &made.handles {
        say(
            Field::Handle,
            &format!("{}:@{}", known.network, known.handle),
        );
    }
    customer
}

/// What a network and a private message tell of an author.
fn evidence(author: &sample::Author) -> Author {
    let handle = HandleKey::new(
        Network::new(author.network).unwrap(),
        None,
        author.author_id.as_str(),
    );
    let mut profile = Profile::named(&author.handle, &author.display);
    profile.bio = Some(author.bio.clone());
    profile.location = Some(author.location.clone());
    profile.links.clone_from(&author.links);
    profile.verified_links.clone_from(&author.verified_links);
    let at = DateTime::UNIX_EPOCH;
    let mut evidence = vec![Evidence::new(
        at,
        "profile",
        EvidenceKind::ProfileSeen(profile),
    )];
    let revealed = &author.revealed;
    for (kind, value) in [
        (ContactKind::Email, &revealed.email),
        (ContactKind::Phone, &revealed.phone),
        (ContactKind::CustomerNumber, &revealed.customer_no),
        (ContactKind::OrderNumber, &revealed.order_no),
    ] {
        if !value.is_empty() {
            let told = EvidenceKind::ContactRevealed(Contact::private(kind, value.as_str()));
            evidence.push(Evidence::new(at, "message", told));
        }
    }
    (handle.unwrap(), evidence)
}

/// How long single calls took, in nanoseconds.
struct Times(Vec<u32>);

impl Times {
    /// Room for so many, resident from the start.
    fn of(calls: usize) -> Self {
        let mut times = vec![1; calls];
        times.clear();
        Self(times)
    }

    /// Times a call in the thread's own processor time.
    fn time<T>(&mut self, call: impl FnOnce() -> T) {
        let start = processor_time();
        std::hint::black_box(call());
        self.push(processor_time() - start);
    }

    fn push(&mut self, time: Duration) {
        self.0.push(time.as_nanos().try_into().unwrap_or(u32::MAX));
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    fn mean(&self) -> f64 {
        self.0.iter().copied().map(f64::from).sum::<f64>() / self.0.len() as f64
    }

    fn row(&mut self, what: &str) {
        self.0.sort_unstable();
        let at = |share: usize| {
            let place = (self.0.len() * share / 1_000).min(self.0.len() - 1);
            f64::from(self.0[place]) / 1e3
        };
        let (p50, p99, p999, max) = (at(500), at(990), at(999), at(1_000));
        row(
            what,
            format!("p50 {p50:.1}  p99 {p99:.1}  p99.9 {p999:.1}  max {max:.0} us"),
        );
    }
}

fn row(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<45} {figure}");
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

/// Bytes that the process has resident; 0 where the system does not say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1000
}

/// The load of the machine over the last minute.
fn load() -> String {
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    loads.split(' ').next().unwrap_or("unknown").to_owned()
}
