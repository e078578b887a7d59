//! The customers, as they are found and compared.

use std::hint;
use std::sync::LazyLock;

use aspa_types::{CustomerId, SystemId};

use crate::card::{Card, Draft, Keys, List, Spelling};
use crate::handle::Lexicon;
use crate::names::{self, Word};
use crate::sharing::Turns;
use crate::store::{Index, Keyed, Paged, Records, Sieve};

/// Directories smaller than this are weighed as if they had so many records, so that weights read
/// alike everywhere.
const SMALLEST: f64 = 200.0;
/// With the weight of so many people the population's share of a name counts beside the records'.
const POPULATION: f64 = 3_000.0;
/// Share of people with a name that no table has.
const RARE: f32 = 2e-5;

/// What is known of a name, made once a name.
#[derive(Debug, Clone)]
struct Entry {
    word: Word,
    given: Option<f32>,
    family: Option<f32>,
}

pub(crate) struct State {
    pub(crate) keyed: Keyed,
    pub(crate) spelling: Spelling,
    /// By number of the name.
    entries: Paged<Entry>,
    /// All names that are known here or in the tables.
    sieve: Sieve,
    pub(crate) index: Index,
    pub(crate) records: Records,
    pub(crate) turns: Turns,
}

impl State {
    pub(crate) fn new(key: [u8; 16]) -> Self {
        let keyed = Keyed::new(key);
        Self {
            spelling: Spelling::new(&keyed),
            entries: Paged::default(),
            sieve: shipped(Sieve::of(0)),
            index: Index::new(),
            records: Records::new(keyed.clone()),
            turns: Turns::default(),
            keyed,
        }
    }

    /// Takes a record in, in place of the one with the same id. Whether there was room; if not,
    /// nothing has changed.
    pub(crate) fn put(&mut self, customer: &CustomerId, draft: Draft) -> bool {
        let id = customer.to_string();
        let words = draft.words(&mut self.spelling);
        let old = self
            .records
            .find(&id)
            .and_then(|number| self.records.words(number));
        let old = old.map(<[u32]>::to_vec);
        if old.as_ref() == Some(&words) {
            return true;
        }
        let old = old.as_deref().map(Card::new);
        let card = Card::new(&words);
        let before = self.before(old, Some(card));
        let Ok(number) = self.records.put(&id, &words) else {
            return false;
        };
        // First in, then out, so that a text of both is not forgotten in between.
        self.spelling.count(card, true);
        for name in card.list(List::Given).iter().chain(card.list(List::Family)) {
            self.learn(*name);
        }
        let keys = (Keys { keyed: &self.keyed }).of(card, &self.spelling);
        if let Some(old) = old {
            for key in (Keys { keyed: &self.keyed }).of(old, &self.spelling) {
                if keys.binary_search(&key).is_err() {
                    self.index.remove(key, number);
                }
            }
            self.spelling.count(old, false);
            self.unlearn(old);
        }
        for key in keys {
            self.index.insert(key, number);
        }
        self.turn(before, customer);
        true
    }

    /// Takes a record out; whether it was there.
    pub(crate) fn remove(&mut self, id: &CustomerId) -> bool {
        let Some(number) = self.records.find(&id.to_string()) else {
            return false;
        };
        let Some(words) = self.records.words(number).map(<[u32]>::to_vec) else {
            return false;
        };
        let card = Card::new(&words);
        let before = self.before(Some(card), None);
        for key in (Keys { keyed: &self.keyed }).of(card, &self.spelling) {
            self.index.remove(key, number);
        }
        self.spelling.count(card, false);
        self.unlearn(card);
        self.records.remove(number);
        self.turn(before, id);
        true
    }

    pub(crate) fn learn(&mut self, name: u32) {
        let text = self.spelling.names.text(name);
        let entry = |text: &str| {
            let (given, family) = names::shares(text);
            Entry {
                word: Word::new(text),
                given,
                family,
            }
        };
        while self.entries.len() <= name as usize {
            self.entries.push(entry(""));
        }
        match self.entries.get_mut(name as usize) {
            Some(known) if known.word.text() != text => *known = entry(text),
            _ => return,
        }
        self.sieve.add(text);
        if self.sieve.is_full() {
            // Those of the tables come on top.
            let names = 2 * self.spelling.names.end();
            self.sieve = shipped(Sieve::of(names as usize));
            let all = (0..self.spelling.names.end()).map(|name| self.spelling.names.text(name));
            all.for_each(|text| self.sieve.add(text));
        }
    }

    /// Forgets what was known of names that nobody bears any more.
    fn unlearn(&mut self, card: Card<'_>) {
        for name in card.list(List::Given).iter().chain(card.list(List::Family)) {
            if self.spelling.names.text(*name).is_empty()
                && let Some(entry) = self.entries.get_mut(*name as usize)
            {
                *entry = Entry {
                    word: Word::new(""),
                    given: None,
                    family: None,
                };
            }
        }
    }

    pub(crate) fn card(&self, record: u32) -> Option<Card<'_>> {
        self.records.words(record).map(Card::new)
    }

    /// The id of a record; `other` is one that may be of the same system.
    pub(crate) fn id(&self, record: u32, other: Option<&CustomerId>) -> Option<CustomerId> {
        let text = self.records.id(record)?;
        let (system, id) = text.split_once(':')?;
        let system = match other {
            Some(other) if other.system.as_str() == system => other.system.clone(),
            _ => SystemId::new(system).ok()?,
        };
        CustomerId::new(system, id).ok()
    }

    pub(crate) fn find(&self, id: &CustomerId) -> Option<u32> {
        self.records.find(&id.to_string())
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        let spelling = &self.spelling;
        self.index.bytes()
            + self.records.bytes()
            + spelling.names.bytes()
            + spelling.cities.bytes()
            + spelling.companies.bytes()
            + spelling.networks.bytes()
            + spelling.user_names.bytes()
            + self.entries.bytes()
    }

    /// How many customers a weight reckons with.
    #[expect(clippy::cast_precision_loss, reason = "a count of records")]
    pub(crate) fn size(&self) -> f64 {
        (self.len() as f64).max(SMALLEST)
    }

    /// The share of the records that so many are.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share"
    )]
    pub(crate) fn share(&self, count: usize) -> f32 {
        ((count as f64).max(1.0) / self.size()).min(1.0) as f32
    }

    pub(crate) fn city_share(&self, city: u32) -> f32 {
        self.share(self.spelling.cities.count(city, 0) as usize)
    }

    pub(crate) fn word(&self, name: u32) -> &Word {
        &self.entry(name).word
    }

    /// Looks at what is known of the names and user names of these records, so that comparing finds
    /// it in the cache. The processor waits for memory once and not once a name.
    pub(crate) fn touch_names(&self, records: &[u32]) {
        let mut names: Vec<u32> = Vec::with_capacity(2 * records.len());
        let mut users: Vec<u32> = Vec::new();
        for card in records.iter().filter_map(|record| self.card(*record)) {
            for list in [card.list(List::Given), card.list(List::Family)] {
                // Namesakes stand in a row often enough.
                let is_seen = |name: &u32| names.iter().rev().take(2).any(|seen| seen == name);
                names.extend(list.first().copied().filter(|name| !is_seen(name)));
            }
            users.extend(card.user_names().map(|(_, name)| name));
        }
        let first = |text: &str| text.as_bytes().first().copied().map_or(0, u32::from);
        let Spelling {
            names: spelled,
            user_names,
            ..
        } = &self.spelling;
        // Where a text is, then the text.
        let places = names.iter().map(|name| {
            let entry = self.entry(*name);
            spelled.count(*name, 0) ^ u32::from(entry.given.is_some())
        });
        let users_places = users.iter().map(|name| user_names.count(*name, 0));
        hint::black_box(places.chain(users_places).fold(0, u32::wrapping_add));
        let texts = names.iter().map(|name| first(self.word(*name).text()));
        let users = users.iter().map(|name| first(user_names.text(*name)));
        hint::black_box(texts.chain(users).fold(0, u32::wrapping_add));
    }

    fn entry(&self, name: u32) -> &Entry {
        static NOBODY: LazyLock<Entry> = LazyLock::new(|| Entry {
            word: Word::new(""),
            given: None,
            family: None,
        });
        self.entries.get(name as usize).unwrap_or(&NOBODY)
    }

    /// Share of the people who write that have a given name: the records' and the population's, each
    /// with its weight.
    pub(crate) fn given_share(&self, name: u32) -> f32 {
        self.name_share(name, 0, self.entry(name).given)
    }

    pub(crate) fn family_share(&self, name: u32) -> f32 {
        self.name_share(name, 1, self.entry(name).family)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share"
    )]
    fn name_share(&self, name: u32, counter: usize, population: Option<f32>) -> f32 {
        let count = f64::from(self.spelling.names.count(name, counter));
        let population = f64::from(population.unwrap_or(RARE));
        // The record itself does not tell that others have the name.
        let others = (count - 0.5).max(0.0);
        ((others + POPULATION * population) / (self.len() as f64 + POPULATION)) as f32
    }

    /// Whether a word is known as a given and as a family name.
    pub(crate) fn is_name(&self, word: &str) -> (bool, bool) {
        if !self.sieve.may_hold(word) {
            return (false, false);
        }
        let number = self.spelling.names.find(word);
        let is_counted =
            |counter| number.is_some_and(|number| self.spelling.names.count(number, counter) > 0);
        match (is_counted(0), is_counted(1)) {
            (true, true) => (true, true),
            (given, family) => {
                let known = names::shares(word);
                (given || known.0.is_some(), family || known.1.is_some())
            }
        }
    }
}

impl Lexicon for State {
    fn given(&self, word: &str) -> f32 {
        self.shares(word).0
    }

    fn family(&self, word: &str) -> f32 {
        self.shares(word).1
    }

    fn shares(&self, word: &str) -> (f32, f32) {
        let number = self.spelling.names.find(word);
        let counted =
            |counter| number.filter(|number| self.spelling.names.count(*number, counter) > 0);
        let (given, family) = (counted(0), counted(1));
        let known = match (given, family) {
            (Some(_), Some(_)) => (None, None),
            _ => names::shares(word),
        };
        (
            match given {
                Some(name) => self.given_share(name),
                None => known.0.unwrap_or(0.0),
            },
            match family {
                Some(name) => self.family_share(name),
                None => known.1.unwrap_or(0.0),
            },
        )
    }

    fn formal(&self, word: &str, out: &mut Vec<String>) {
        out.extend(names::formal(word).iter().map(|name| (*name).to_owned()));
    }

    fn may_know(&self, word: &str) -> bool {
        self.sieve.may_hold(word)
    }
}

/// With every name of the tables.
fn shipped(mut sieve: Sieve) -> Sieve {
    names::known_words().for_each(|word| sieve.add(word));
    sieve
}
