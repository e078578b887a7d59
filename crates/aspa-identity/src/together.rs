//! Many handles at once: that several of them fit one customer tells against each.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{self, AtomicUsize};
use std::thread;

use crate::decide::{Decider, Kept};
use crate::facts::Facts;
use crate::levels::UserLevel;
use crate::{Author, Decision, Linker, handle};

/// Authors that a thread gets at a time.
const CHUNK: usize = 256;
/// Odds from which on a handle is taken for a customer's when pairs are counted.
const SURE: f64 = 99.0;
/// Handles of a customer whose user names are compared with the others', the most probable ones.
const COPIED: usize = 8;
/// A change of probability, as share of the handle's own, that is not worth telling.
const UNTOLD: f64 = 0.02;
/// Authors of whom is kept how they are compared, some 2 kB each, until it is known whether they are
/// contested. Of those beyond, it is made again.
const KEPT: usize = 1 << 17;
/// What a user name made like another one tells against it, in bits, beyond that two fit: our own estimate.
const COPY: f64 = -2.0;

/// Somebody whom a handle may be, by itself.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    /// Records of the person.
    pub(crate) records: Vec<u32>,
    pub(crate) odds: f64,
    /// How much of the person's name the user name spells.
    pub(crate) user: UserLevel,
}

/// Whom one handle may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fits {
    pub(crate) user_name: String,
    pub(crate) people: Vec<Fit>,
}

impl Fits {
    fn of(facts: &Facts, people: Vec<Fit>) -> Self {
        let user_name = match (&facts.user_name, people.is_empty()) {
            (Some(user_name), false) => user_name.text.clone(),
            _ => String::new(),
        };
        Self { user_name, people }
    }
}

/// What the other handles say about one record as one handle's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Other {
    pub(crate) record: u32,
    /// Base 2 logarithm of odds.
    pub(crate) bits: f64,
    /// Whether the handle's user name is made like one of theirs.
    pub(crate) is_copy: bool,
}

/// An author whom another one competes with.
struct Contested {
    at: usize,
    others: Vec<Other>,
    kept: Option<Box<Kept>>,
}

impl Linker {
    /// Decides about many handles, knowing of each other, and gives what `each` makes of the decisions,
    /// in the order of the authors.
    ///
    /// Where several handles fit one customer, [`decide`](Self::decide) takes each for the only one. Here
    /// each tells against the others, the more so the fewer customers of whom one can be sure have two
    /// handles among the authors: reason [`Comparison::Accounts`](crate::Comparison::Accounts). A handle
    /// that is also nearly the same as another one of the same customer is never linked but by a detail
    /// told in private, the host or an agent. So `authors` should be all of a host's; of a few, it decides as `decide` does.
    /// Labels play no part.
    ///
    /// With `n` the odds by themselves of the others, and `r` how many more pairs of handles the customers
    /// have than chance would give them, a handle's odds change by a factor of `e / (1 + (e - 1) / r)`
    /// where `e` is the product of all `1 + r n`: the sum over all sets of handles, a set of `k` of them
    /// being `r` to the `k - 1` times as probable as if they came about independently. Handles with the
    /// same user name on several networks, and copies of a handle's own user name, are none of its others.
    ///
    /// O(authors × candidates); memory for the authors' candidates. `each` runs on the threads, and a second
    /// time for an author whom another one competes with: that result counts. Records that are put or
    /// removed while it runs count or not.
    #[must_use]
    pub fn decide_together<T: Send>(
        &self,
        authors: &[Author],
        threads: NonZeroUsize,
        each: impl Fn(&Decision) -> T + Sync,
    ) -> Vec<T> {
        let room = AtomicUsize::new(0);
        let first = in_order(authors, threads, |_, author| {
            let facts = Facts::of(&author.evidence, self.settings());
            let state = self.read();
            let decider = self.decider(&state).beside(&[]);
            let (decision, people, kept) = decider.decide_and_fit(&author.handle, &facts);
            let kept = kept.filter(|_| room.fetch_add(1, atomic::Ordering::Relaxed) < KEPT);
            (
                each(&decision),
                Fits::of(&facts, people),
                kept.map(Box::new),
            )
        });
        let (mut made, mut fits, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for (one, fit, query) in first {
            made.push(one);
            fits.push(fit);
            kept.push(query);
        }
        let others = weigh(&fits, self.len());
        drop(fits);
        let contested: Vec<Contested> = others
            .into_iter()
            .zip(kept)
            .enumerate()
            .filter(|(_, (others, _))| !others.is_empty())
            .map(|(at, (others, kept))| Contested { at, others, kept })
            .collect();
        let again = in_order(&contested, threads, |_, contested| {
            let author = &authors[contested.at];
            let facts = Facts::of(&author.evidence, self.settings());
            let state = self.read();
            let decider = self.decider(&state).beside(&contested.others);
            each(&match &contested.kept {
                Some(kept) => decider.decide_again(&facts, kept),
                None => decider.decide(&author.handle, &facts),
            })
        });
        for (contested, again) in contested.iter().zip(again) {
            made[contested.at] = again;
        }
        made
    }

    /// What the others say about each author's candidates, by these rates.
    pub(crate) fn others(
        &self,
        authors: &[Author],
        threads: NonZeroUsize,
        rates: &crate::Model,
    ) -> Vec<Vec<Other>> {
        let fits = in_order(authors, threads, |_, author| {
            let facts = Facts::of(&author.evidence, self.settings());
            let state = self.read();
            let decider = Decider::new(&state, rates, self.settings());
            Fits::of(&facts, decider.fits(&author.handle, &facts))
        });
        weigh(&fits, self.len())
    }
}

/// One person whom one handle may be.
#[derive(Debug, Clone, Copy)]
struct Claim {
    /// The first record of the person, over all handles.
    person: u32,
    author: usize,
    place: usize,
    odds: f64,
}

/// What handles say about each other's candidates among so many customers.
fn weigh(fits: &[Fits], customers: usize) -> Vec<Vec<Other>> {
    let claims = claims(fits);
    others(fits, &claims, rate(&claims, customers as f64))
}

/// Whom the handles may be, by person, the most probable handle first.
fn claims(fits: &[Fits]) -> Vec<Claim> {
    let firsts = firsts(fits);
    let mut claims: Vec<Claim> = Vec::new();
    let mut known: Vec<u32> = Vec::new();
    for (author, fits) in fits.iter().enumerate() {
        known.clear();
        for (place, fit) in fits.people.iter().enumerate() {
            let Some(person) = fit.records.first().map(|record| first(&firsts, *record)) else {
                continue;
            };
            // Two candidates may be one person for another handle: the better one stands for both.
            if !known.contains(&person) {
                known.push(person);
                claims.push(Claim {
                    person,
                    author,
                    place,
                    odds: fit.odds.clamp(1e-12, 1e12),
                });
            }
        }
    }
    claims.sort_by(|a, b| {
        let by_odds = b.odds.total_cmp(&a.odds);
        a.person
            .cmp(&b.person)
            .then(by_odds)
            .then(a.author.cmp(&b.author))
    });
    claims
}

fn others(fits: &[Fits], claims: &[Claim], rate: f64) -> Vec<Vec<Other>> {
    let mut others: Vec<Vec<Other>> = vec![Vec::new(); fits.len()];
    for claims in claims.chunk_by(|a, b| a.person == b.person) {
        if claims.len() < 2 {
            continue;
        }
        let log = |claim: &Claim| (rate * claim.odds).ln_1p();
        let all: f64 = claims.iter().map(log).sum();
        let user_name = |claim: &Claim| fits[claim.author].user_name.as_str();
        let oddness = |claim: &Claim| {
            let user = fits[claim.author].people[claim.place].user;
            (user, oddness(user_name(claim)))
        };
        let best = &claims[..claims.len().min(COPIED)];
        for claim in claims {
            let (mut spared, mut is_copy) = (0.0, false);
            for other in best.iter().filter(|other| other.author != claim.author) {
                let (ours, theirs) = (user_name(claim), user_name(other));
                let is_same = !ours.is_empty() && ours.eq_ignore_ascii_case(theirs);
                let is_near = !is_same && handle::near_copy(ours, theirs).is_some();
                let order = oddness(claim).cmp(&oddness(other));
                // Who is copied is no less the customer for it, nor who bears one user name everywhere.
                if is_same || is_near && order == Ordering::Less {
                    spared += log(other);
                } else if is_near {
                    is_copy = true;
                }
            }
            // 1/e, where e is the product over the others.
            let inverse = (log(claim) + spared - all).exp().min(1.0);
            let bits = -(inverse + (1.0 - inverse) / rate).log2();
            let probability = claim.odds / (1.0 + claim.odds);
            if probability * (bits.exp2() - 1.0).abs() < UNTOLD && !is_copy {
                continue;
            }
            let records = &fits[claim.author].people[claim.place].records;
            others[claim.author].extend(records.iter().map(|record| Other {
                record: *record,
                bits: if is_copy { bits + COPY } else { bits },
                is_copy,
            }));
        }
    }
    others
}

/// Of two user names that are nearly the same, the odder one is taken for the copy: figures among letters,
/// separators at the ends, length.
fn oddness(user: &str) -> (usize, usize) {
    let is_separator = |c: char| matches!(c, '_' | '.' | '-');
    let core = user.trim_end_matches(|c: char| c.is_ascii_digit() || is_separator(c));
    let figures = core.chars().filter(char::is_ascii_digit).count();
    let ends = user.starts_with(is_separator) || user.ends_with(is_separator);
    (figures + usize::from(ends), user.chars().count())
}

/// How many more pairs of handles customers have than chance would give them: those of whom one can
/// be sure, held towards 1 as one pair.
fn rate(claims: &[Claim], customers: f64) -> f64 {
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let sure = |claims: &[Claim]| claims.iter().filter(|claim| claim.odds >= SURE).count() as f64;
    let seen: f64 = claims
        .chunk_by(|a, b| a.person == b.person)
        .map(|claims| pairs(sure(claims)))
        .sum();
    let by_chance = pairs(sure(claims)) / customers.max(1.0);
    (seen + 1.0) / (by_chance.max(0.0) + 1.0)
}

/// The next record of the same person, towards the first one.
fn firsts(fits: &[Fits]) -> HashMap<u32, u32> {
    let mut firsts: HashMap<u32, u32> = HashMap::new();
    for fit in fits.iter().flat_map(|fits| &fits.people) {
        for pair in fit.records.windows(2) {
            let (a, b) = (first(&firsts, pair[0]), first(&firsts, pair[1]));
            if a != b {
                firsts.insert(a.max(b), a.min(b));
            }
        }
    }
    firsts
}

fn first(firsts: &HashMap<u32, u32>, mut record: u32) -> u32 {
    while let Some(next) = firsts.get(&record) {
        record = *next;
    }
    record
}

/// What `work` makes of each, by several threads, in their order.
pub(crate) fn in_order<T: Sync, R: Send>(
    of: &[T],
    threads: NonZeroUsize,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let chunks: Vec<&[T]> = of.chunks(CHUNK).collect();
    let (next, done) = (
        AtomicUsize::new(0),
        Mutex::new(Vec::with_capacity(chunks.len())),
    );
    let worker = || {
        loop {
            let chunk = next.fetch_add(1, atomic::Ordering::Relaxed);
            let Some(of) = chunks.get(chunk) else { return };
            let from = chunk * CHUNK;
            let made: Vec<R> = of
                .iter()
                .enumerate()
                .map(|(i, one)| work(from + i, one))
                .collect();
            if let Ok(mut done) = done.lock() {
                done.push((chunk, made));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get().min(chunks.len().max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(chunk, _)| *chunk);
    done.into_iter().flat_map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(user_name: &str, records: &[u32], odds: f64) -> Fits {
        Fits {
            user_name: user_name.to_owned(),
            people: vec![Fit {
                records: records.to_vec(),
                odds,
                user: UserLevel::Nothing,
            }],
        }
    }

    fn bits(fits: &[Fits], rate: f64) -> Vec<Option<f64>> {
        let found = others(fits, &claims(fits), rate);
        found
            .iter()
            .map(|others| others.first().map(|other| other.bits))
            .collect()
    }

    /// How much more probable it is that handle `i` is the customer's, from all sets of handles that may be.
    fn by_sets(odds: &[f64], i: usize, rate: f64) -> f64 {
        let (mut with, mut without) = (0.0, 0.0);
        for set in 0_u32..1 << odds.len() {
            let is_in = |j: usize| set >> j & 1 == 1;
            let product: f64 = (0..odds.len())
                .filter(|j| is_in(*j))
                .map(|j| odds[j])
                .product();
            let mass = product * rate.powi((set.count_ones() as i32 - 1).max(0));
            if is_in(i) {
                with += mass
            } else {
                without += mass
            }
        }
        (with / without / odds[i]).log2()
    }

    proptest! {
        #[test]
        fn the_factor_is_that_of_all_sets(
            odds in prop::collection::vec(1e-2..1e3, 2..7),
            rate in 0.01..5.0,
        ) {
            let fits: Vec<Fits> = odds.iter().enumerate().map(|(i, odds)| one(&i.to_string(), &[7], *odds)).collect();
            for (i, bits) in bits(&fits, rate).into_iter().enumerate() {
                let expected = by_sets(&odds, i, rate);
                let told = odds[i] / (1.0 + odds[i]) * (expected.exp2() - 1.0).abs();
                match bits {
                    Some(bits) => prop_assert!((bits - expected).abs() < 1e-6),
                    None => prop_assert!(told < UNTOLD + 1e-6),
                }
            }
        }
    }

    #[test]
    fn only_handles_of_one_person_matter_to_each_other() {
        let apart = [one("aino.maki", &[1], 50.0), one("liisa.salo", &[2], 50.0)];
        assert_eq!(bits(&apart, 0.1), [None, None]);
        // Of one customer entered three times, each handle finds other records.
        let entered = [
            one("aino.maki", &[4, 2], 50.0),
            one("amaki82", &[3], 50.0),
            one("xyz", &[3, 4], 50.0),
        ];
        let found = bits(&entered, 0.1);
        assert!(found.iter().all(|bits| bits.unwrap() < -1.0), "{found:?}");
        let records = others(&entered, &claims(&entered), 0.1);
        let told: Vec<u32> = records[0].iter().map(|other| other.record).collect();
        assert_eq!(told, [4, 2]);
    }

    #[test]
    fn a_copy_tells_nothing_against_the_one_it_is_made_like() {
        for (user, copy) in [
            ("aino.maki", "aino.maki_"),
            ("aino.maki", "aino.rnaki"),
            ("aino.maki", "ain0.maki"),
            ("aino_maki", "realaino_maki"),
            ("AinoMaki", "ainomaki1"),
        ] {
            let level = if copy == "aino.rnaki" {
                UserLevel::Nothing
            } else {
                UserLevel::Whole
            };
            let mut fits = [one(user, &[1], 5.0), one(copy, &[1], 5.0)];
            fits[0].people[0].user = UserLevel::Whole;
            fits[1].people[0].user = level;
            let found = others(&fits, &claims(&fits), 0.1);
            assert!(found[0].is_empty(), "{user}");
            assert!(
                found[1][0].bits < COPY - 1.0 && found[1][0].is_copy,
                "{copy}"
            );
        }
        // Of two that spell the name as well the longer one is the copy.
        let alike = [one("janimaki", &[1], 5.0), one("jannimaki", &[1], 5.0)];
        let found = others(&alike, &claims(&alike), 0.1);
        let copies = found.iter().flatten().filter(|other| other.is_copy);
        assert_eq!(copies.count(), 1);
    }

    #[test]
    fn one_user_name_on_two_networks_is_one_person() {
        let fits = [one("aino.maki", &[1], 5.0), one("Aino.Maki", &[1], 5.0)];
        assert_eq!(bits(&fits, 0.1), [None, None]);
        let nameless = [one("", &[1], 5.0), one("", &[1], 5.0)];
        assert!(bits(&nameless, 0.1).iter().all(|bits| bits.unwrap() < -1.0));
    }

    #[test]
    fn pairs_of_sure_handles_say_how_many_handles_customers_have() {
        // 100 sure handles among 1,000 customers: chance makes 4.95 pairs.
        let single: Vec<Fits> = (0..100).map(|n| one(&n.to_string(), &[n], 1e3)).collect();
        assert!((rate(&claims(&single), 1e3) - 1.0 / 5.95).abs() < 1e-9);
        let double: Vec<Fits> = (0..100)
            .map(|n| one(&n.to_string(), &[n / 2], 1e3))
            .collect();
        assert!((rate(&claims(&double), 1e3) - 51.0 / 5.95).abs() < 1e-9);
        // Who is not sure does not count, nor does a handful of handles say anything.
        let unsure: Vec<Fits> = (0..100)
            .map(|n| one(&n.to_string(), &[n / 2], 50.0))
            .collect();
        assert!((rate(&claims(&unsure), 1e3) - 1.0).abs() < 1e-9);
        assert!((rate(&claims(&double[..2]), 1e6) - 2.0).abs() < 1e-3);
    }

    /// Namesakes, one of them entered twice, and what somebody shows.
    fn place() -> (Linker, Vec<Author>) {
        use crate::{Evidence, EvidenceKind, Profile, Settings};
        use aspa_crm::{Claim, Customer, CustomerKind, Field};
        use aspa_types::{CustomerId, HandleKey, Network, SystemId};
        use chrono::DateTime;

        let system = SystemId::new("crm").unwrap();
        let linker = Linker::with_key(Settings::default(), [7; 16]);
        for number in 0..90 {
            let id = CustomerId::new(system.clone(), number.to_string()).unwrap();
            let claim = |field, value: String| {
                Claim::new(field, value, system.clone(), DateTime::UNIX_EPOCH)
            };
            let given = ["Aino", "Liisa", "Matti"][number % 3];
            let family = ["Virta", "Salo"][number / 45];
            let email = format!("{given}.{family}{}@example.org", number / 2);
            linker.put(
                &Customer::new(id, CustomerKind::Person)
                    .with(claim(Field::FirstName, given.to_owned()))
                    .with(claim(Field::LastName, family.to_owned()))
                    .with(claim(Field::Email, email))
                    .with(claim(Field::City, format!("Town {}", number % 7))),
            );
        }
        let author = |number: usize| {
            let handle = HandleKey::new(Network::X, None, &format!("a{number}")).unwrap();
            let user = ["aino.virta3", "ainovirta", "liisasalo70", "msalo"][number % 4];
            let shown = ["Aino Virta", "Liisa Salo", "Matti S.", "Somebody Else"][number / 4 % 4];
            let mut profile = Profile::named(user, shown);
            profile.location = Some(format!("Town {}", number % 7));
            let seen = EvidenceKind::ProfileSeen(profile);
            Author::new(
                handle,
                vec![Evidence::new(DateTime::UNIX_EPOCH, "profile", seen)],
            )
        };
        (linker, (0..48).map(author).collect())
    }

    #[test]
    fn what_is_kept_decides_as_all_that_is_known() {
        let (linker, authors) = place();
        let state = linker.read();
        let mut contested = 0;
        for author in &authors {
            let facts = Facts::of(&author.evidence, linker.settings());
            let decider = linker.decider(&state).beside(&[]);
            let (_, fits, kept) = decider.decide_and_fit(&author.handle, &facts);
            let Some(kept) = kept else { continue };
            let others: Vec<Other> = fits
                .iter()
                .enumerate()
                .flat_map(|(i, fit)| {
                    let bits = if i == 0 { -3.0 } else { 1.5 };
                    fit.records.iter().map(move |record| Other {
                        record: *record,
                        bits,
                        is_copy: i == 1,
                    })
                })
                .collect();
            let decider = linker.decider(&state).beside(&others);
            let again = decider.decide_again(&facts, &kept);
            assert_eq!(again, decider.decide(&author.handle, &facts));
            contested += 1;
        }
        assert!(contested > 20, "{contested}");
    }

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        let numbers: Vec<usize> = (0..5 * CHUNK + 3).collect();
        for threads in [1, 2, 3, 7, 100] {
            let threads = NonZeroUsize::new(threads).unwrap();
            let made = in_order(&numbers, threads, |at, number| (at, number * 2));
            assert!(made.iter().enumerate().all(|(i, made)| *made == (i, i * 2)));
            assert_eq!(made.len(), numbers.len());
            assert!(in_order(&[] as &[u8], threads, |at, _| at).is_empty());
        }
    }
}
