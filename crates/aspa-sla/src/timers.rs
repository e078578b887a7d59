//! The next instants of very many tickets: which comes first, and which have come.
//!
//! A [`State`](crate::State) knows its next instant; [`Timers`] holds one for each of a million
//! tickets, so that a program sleeps until the first of them and never polls.
//!
//! Instants are whole Unix seconds, keys are whatever number the caller knows a ticket by. What a
//! timer is for is asked of the ticket's state when the timer comes: it may have changed meanwhile.
//!
//! # Waiting for opening hours
//!
//! A reminder that should not disturb outside opening hours is armed at the first open instant from
//! its own on, which [`when_open`] finds. Quiet hours are the same thing seen from the other side:
//! give the calendar of the hours in which a person may be disturbed.

use std::hash::{BuildHasher, RandomState};
use std::iter::FusedIterator;

use aspa_hours::Calendar;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// How many children a node has: a block of timers is four cache lines.
const FAN: usize = 16;

/// When a timer fires that was meant for `at` and waits until `calendar` is open: the first open
/// instant from `at` on, `at` itself where it is open. None where the calendar's horizon ends
/// before it opens.
#[must_use]
pub fn when_open(calendar: &Calendar, at: i64) -> Option<i64> {
    calendar.next_open(at).ok()
}

/// One next instant a key, the earliest at hand.
///
/// Order is by instant, then by key. Where `n` timers are armed:
///
/// | operation | cost |
/// | --- | --- |
/// | [`next_wakeup`](Self::next_wakeup), [`get`](Self::get) | O(1) |
/// | [`set`](Self::set), each timer that [`due`](Self::due) yields | O(log n), however many share an instant |
/// | [`rearm`](Self::rearm) | O(n + changes) |
///
/// Memory: at most 32 bytes a timer for more than a few hundred of them, whatever their number, counted
/// with the capacity that is not in use; twice that of the part that grows, while it grows. It is
/// kept when timers go. At most 2^32 timers.
///
/// ```
/// use aspa_sla::timers::Timers;
///
/// let mut timers: Timers = [(7, 300), (8, 100), (9, 100)].into_iter().collect();
/// timers.set(8, Some(200));
/// assert_eq!(timers.next_wakeup(), Some(100));
/// assert_eq!(timers.due(250).collect::<Vec<_>>(), [(9, 100), (8, 200)]);
/// assert_eq!(timers.next_wakeup(), Some(300));
/// ```
#[derive(Clone, Default)]
pub struct Timers {
    /// The timers, in no order.
    leaves: Vec<Timer>,
    /// Above each block of `FAN` the first of it; the last level has one block.
    levels: Vec<Vec<Timer>>,
    /// Where the timer of a key stands among the leaves.
    places: HashTable<u32>,
    hasher: RandomState,
}

/// Ordered by instant, then by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    at: i64,
    key: u64,
}

impl Timers {
    /// No timers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many timers are armed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Whether none is armed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// When the timer of `key` fires; none where it has none.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<i64> {
        let leaves = &self.leaves;
        let fits = |&place: &u32| leaves[place as usize].key == key;
        let place = self.places.find(self.hasher.hash_one(key), fits)?;
        Some(leaves[*place as usize].at)
    }

    /// Arms the timer of `key`, again where it has one; `None` takes it off.
    ///
    /// # Panics
    /// When 2^32 timers are armed and this is one more.
    pub fn set(&mut self, key: u64, at: Option<i64>) {
        match self.put(key, at) {
            Touched::Nothing => {}
            Touched::One(place) => self.refresh(place, Until::Settled),
            Touched::Removed { place } => self.refresh_removed(place),
        }
    }

    /// Arms and takes off many timers at once, the last word on a key holds.
    ///
    /// Faster than [`set`](Self::set) for each from about one in twenty on.
    ///
    /// # Panics
    /// As [`set`](Self::set); the timers that came before are armed.
    pub fn rearm(&mut self, timers: impl IntoIterator<Item = (u64, Option<i64>)>) {
        /// Builds the levels even where the iterator panics.
        struct Rebuild<'a>(&'a mut Timers);
        impl Drop for Rebuild<'_> {
            fn drop(&mut self) {
                self.0.build_levels();
            }
        }
        let to_build = Rebuild(self);
        for (key, at) in timers {
            to_build.0.put(key, at);
        }
    }

    /// The instant of the first timer: until then there is nothing to do.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<i64> {
        self.first().map(|timer| timer.at)
    }

    /// Takes off, in order, the timers whose instant has come at `now`, each as its key and its
    /// instant.
    ///
    /// It takes one at a time: what the caller does not ask for stays armed, so `due(now).take(100)`
    /// is a batch.
    pub fn due(&mut self, now: i64) -> Due<'_> {
        Due { timers: self, now }
    }

    fn first(&self) -> Option<Timer> {
        let top = self.levels.last().unwrap_or(&self.leaves);
        top.iter().min().copied()
    }

    /// Changes leaves and places, and says what the levels have yet to learn.
    fn put(&mut self, key: u64, at: Option<i64>) -> Touched {
        let Self {
            leaves,
            places,
            hasher,
            ..
        } = self;
        let hash = hasher.hash_one(key);
        let entry = places.entry(
            hash,
            |&place| leaves[place as usize].key == key,
            |&place| hasher.hash_one(leaves[place as usize].key),
        );
        match (entry, at) {
            (Entry::Vacant(_), None) => Touched::Nothing,
            (Entry::Vacant(vacant), Some(at)) => {
                let place = leaves.len();
                #[expect(clippy::expect_used, reason = "documented: the limit of the type")]
                let short = u32::try_from(place).expect("at most 2^32 timers");
                vacant.insert(short);
                // An eighth more at a time: twice as much would leave half of it unused.
                if place == leaves.capacity() {
                    leaves.reserve_exact(FAN.max(place / 8));
                }
                leaves.push(Timer { at, key });
                Touched::One(place)
            }
            (Entry::Occupied(known), Some(at)) => {
                let place = *known.get() as usize;
                if std::mem::replace(&mut leaves[place].at, at) == at {
                    return Touched::Nothing;
                }
                Touched::One(place)
            }
            (Entry::Occupied(known), None) => {
                let (gone, _) = known.remove();
                let place = gone as usize;
                leaves.swap_remove(place);
                if let Some(moved) = leaves.get(place) {
                    let last = leaves.len();
                    let at_last = |&other: &u32| other as usize == last;
                    if let Some(other) = places.find_mut(hasher.hash_one(moved.key), at_last) {
                        *other = gone;
                    }
                }
                Touched::Removed { place }
            }
        }
    }

    /// Tells the levels that the leaf at `place` is new or another one.
    fn refresh(&mut self, mut place: usize, until: Until) {
        for level in 0.. {
            let (below, above) = self.levels.split_at_mut(level);
            let below = below.last().unwrap_or(&self.leaves);
            if below.len() <= FAN {
                return;
            }
            place /= FAN;
            let Some(first) = first_of_block(below, place) else {
                return;
            };
            match above.first_mut() {
                Some(above) => match above.get_mut(place) {
                    Some(known) if *known == first && until == Until::Settled => return,
                    Some(known) => *known = first,
                    None => above.push(first),
                },
                // One block has become two.
                None => {
                    let top = firsts(below);
                    self.levels.push(top);
                }
            }
        }
    }

    /// Tells the levels that the last leaf is gone and that another one may stand at `place` now.
    fn refresh_removed(&mut self, place: usize) {
        let mut len = self.leaves.len();
        for level in 0..self.levels.len() {
            len = if len <= FAN { 0 } else { len.div_ceil(FAN) };
            self.levels[level].truncate(len);
        }
        while self.levels.last().is_some_and(Vec::is_empty) {
            self.levels.pop();
        }
        // A block that lost its last child shows it only further up.
        self.refresh(self.leaves.len().saturating_sub(1), Until::Top);
        if place < self.leaves.len() {
            self.refresh(place, Until::Settled);
        }
    }

    fn build_levels(&mut self) {
        let mut levels: Vec<Vec<Timer>> = Vec::new();
        loop {
            let below = levels.last().unwrap_or(&self.leaves);
            if below.len() <= FAN {
                break;
            }
            let level = firsts(below);
            levels.push(level);
        }
        self.levels = levels;
    }
}

/// How far up a change is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// To the first block whose first timer stays the same.
    Settled,
    /// All the way.
    Top,
}

enum Touched {
    Nothing,
    One(usize),
    Removed { place: usize },
}

/// The level above.
fn firsts(level: &[Timer]) -> Vec<Timer> {
    let blocks = level.chunks(FAN);
    blocks
        .filter_map(|block| block.iter().min().copied())
        .collect()
}

fn first_of_block(level: &[Timer], block: usize) -> Option<Timer> {
    let end = level.len().min((block + 1) * FAN);
    level.get(block * FAN..end)?.iter().min().copied()
}

impl std::fmt::Debug for Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timers")
            .field("len", &self.len())
            .field("next_wakeup", &self.next_wakeup())
            .finish()
    }
}

/// Arms these timers; the last word on a key holds.
impl FromIterator<(u64, i64)> for Timers {
    fn from_iter<I: IntoIterator<Item = (u64, i64)>>(timers: I) -> Self {
        let mut all = Self::new();
        all.rearm(timers.into_iter().map(|(key, at)| (key, Some(at))));
        all
    }
}

/// The timers that have come, in order; what [`Timers::due`] gives.
#[derive(Debug)]
pub struct Due<'a> {
    timers: &'a mut Timers,
    now: i64,
}

impl Iterator for Due<'_> {
    type Item = (u64, i64);

    fn next(&mut self) -> Option<(u64, i64)> {
        let first = self.timers.first().filter(|first| first.at <= self.now)?;
        self.timers.set(first.key, None);
        Some((first.key, first.at))
    }
}

impl FusedIterator for Due<'_> {}
