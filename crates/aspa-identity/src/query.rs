//! What is known of a presence, in the spelling in which it is compared; made once a question.

mod cautions;
mod slips;

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use aspa_types::{HandleKey, Network};

use crate::card::{self, Card, Keys, List};
use crate::facts::{Facts, Sourced};
use crate::handle::{self, Piece, Tokens};
use crate::levels::CautionLevel;
use crate::names::{self, Name, Word, put_skeleton};
use crate::state::State;
use crate::store::Keyed;
use crate::{ContactKind, NameRole, text};

/// From so many people that share a detail on it is a role's, not a person's.
pub(crate) const ROLE: usize = 4;
/// Most told details, places and employers that are looked at.
const TOLD: usize = 24;
/// Most user names that a presence bore.
const BORNE: usize = 8;
/// Most words of a bio that are looked at.
const WORDS: usize = 60;
/// Seldom more keys are made of a presence.
const KEYS: usize = 48;
/// Seldom more slips are looked for in one detail.
const SLIPS: usize = 96;
/// Most pairs of names that are looked for.
const PAIRS: usize = 24;

/// A told contact detail or number.
#[derive(Debug, Clone)]
pub(crate) struct ToldKey {
    pub(crate) list: List,
    pub(crate) hash: u64,
    pub(crate) public: bool,
    pub(crate) behalf: bool,
    /// The mailbox of a role: `info@`.
    pub(crate) is_role: bool,
    /// How many different people of the directory have it.
    pub(crate) people: usize,
    /// What may have been meant if it is mistyped, see [`slips`].
    pub(crate) near: Vec<u64>,
    pub(crate) masked: Arc<str>,
    pub(crate) source: Arc<str>,
}

/// One word of a shown name and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) word: Word,
    pub(crate) is_given: bool,
    pub(crate) is_family: bool,
}

/// A name that is shown or told.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShownName {
    pub(crate) words: Vec<Shown>,
}

impl ShownName {
    fn of(name: Name, state: &State) -> Self {
        let words = name.into_words().into_iter().take(6);
        Self {
            words: words
                .map(|word| {
                    let (is_given, is_family) = state.is_name(word.text());
                    Shown {
                        word,
                        is_given,
                        is_family,
                    }
                })
                .collect(),
        }
    }

    /// Whether it is a person's whole name, as far as names are known.
    pub(crate) fn is_person(&self) -> bool {
        let mut whole = self.words.iter().filter(|shown| !shown.word.is_initial());
        match (whole.next(), whole.next_back()) {
            (Some(a), Some(b)) => (a.is_given && b.is_family) || (a.is_family && b.is_given),
            _ => false,
        }
    }
}

/// What a profile looks like, whoever it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    pub(crate) has_bio: bool,
    pub(crate) has_location: bool,
    pub(crate) has_links: bool,
    pub(crate) display_capitals: bool,
    /// Signs that are neither letters nor spaces.
    pub(crate) display_marks: bool,
    /// Digits of the user name.
    pub(crate) digits: usize,
}

impl Shape {
    fn of(facts: &Facts, display: &str, user: &str) -> Self {
        let letters = || display.chars().filter(|c| c.is_alphabetic());
        Self {
            has_bio: facts.bio.is_some(),
            has_location: facts.location.is_some(),
            has_links: !facts.links.is_empty(),
            display_capitals: letters().count() > 3 && !letters().any(char::is_lowercase),
            display_marks: display
                .chars()
                .any(|c| !(c.is_alphanumeric() || c.is_whitespace() || ".-'’,".contains(c))),
            digits: user.bytes().filter(u8::is_ascii_digit).count(),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) shape: Shape,
    /// Whether there is a display name or a user name at all.
    pub(crate) is_named: bool,
    pub(crate) display: ShownName,
    /// Names the writer told as their own.
    pub(crate) said: Vec<ShownName>,
    pub(crate) user: Option<Tokens>,
    /// The whole name that the user name spells without doubt.
    pub(crate) user_person: ShownName,
    /// The display name is one word and may be a user name itself.
    pub(crate) display_user: Option<Tokens>,
    pub(crate) told: Vec<ToldKey>,
    pub(crate) handle: u64,
    pub(crate) network: Option<u32>,
    /// User names in the spellings a CRM may have.
    pub(crate) user_names: Vec<String>,
    /// Somebody else may bear the same user name elsewhere on the network.
    pub(crate) is_local: bool,
    /// The user name as a key, where it says more than a name does.
    pub(crate) local_part: Option<u64>,
    /// The first told mail address that no record has, taken apart: what it is called is a name and
    /// figures, as namesakes choose them too.
    pub(crate) mailbox: Option<Tokens>,
    /// Figures of the user name, and years in the bio, see [`text::figures`].
    pub(crate) figures: Vec<u32>,
    pub(crate) cities: Vec<u32>,
    pub(crate) companies: Vec<u32>,
    pub(crate) display_company: String,
    /// The same without the country behind it.
    pub(crate) display_abroad: Option<String>,
    pub(crate) user_joined: String,
    pub(crate) hosts: Vec<u64>,
    pub(crate) verified_hosts: Vec<u64>,
    /// Hosts and paths that the links lead to.
    pub(crate) sites: Vec<u64>,
    pub(crate) verified_sites: Vec<u64>,
    pub(crate) caution: CautionLevel,
    pub(crate) keys: Vec<u64>,
    /// Keys of guesses, worth a look where few records share one.
    pub(crate) weak: Vec<u64>,
}

impl Query {
    pub(crate) fn of(handle: &HandleKey, facts: &Facts, state: &State) -> Self {
        fn text_of(sourced: Option<&Sourced>) -> &str {
            sourced.map_or("", |sourced| text::short(&sourced.text))
        }
        let (display, bio) = (
            text_of(facts.display_name.as_ref()),
            text_of(facts.bio.as_ref()),
        );
        let user = text::user_name(text_of(facts.user_name.as_ref()));
        let (folded_display, folded_bio) = (text::folded(display), text::folded(bio));
        let company = text::company_words(&folded_display);
        let mut presence = String::with_capacity(64);
        let _ = write!(presence, "{handle}");
        let mut query = Self {
            is_named: !display.is_empty() || !user.is_empty(),
            shape: Shape::of(facts, display, &user),
            network: state.spelling.networks.find(handle.network().as_str()),
            handle: state.keyed.of(card::HANDLE, &[&presence]),
            caution: cautions::caution(&folded_display, &user, &folded_bio),
            display_company: company.concat(),
            display_abroad: text::company_abroad(&company),
            user_joined: text::joined(user.split('@').next().unwrap_or_default()),
            keys: Vec::with_capacity(KEYS),
            ..Self::default()
        };
        let name = Name::parse(display);
        if name.is_joint() && query.caution == CautionLevel::Unseen {
            query.caution = CautionLevel::Shared;
        }
        query.display = ShownName::of(name, state);
        if query.display.words.len() == 1 {
            query.display_user = Some(handle::tokens(display));
        }
        for (text, _) in facts
            .names
            .iter()
            .filter(|(_, told)| told.role == NameRole::Own)
            .take(3)
        {
            query.said.push(ShownName::of(Name::parse(text), state));
        }
        // What the CRM knows of a recycled name is of whoever bore it before; a name borne earlier may be
        // the one that the CRM knows.
        for name in facts.known_user_names().into_iter().take(BORNE) {
            let local = name.split('@').next().unwrap_or_default();
            query
                .keys
                .push(state.keyed.of(card::USER, &[&text::joined(local)]));
            query
                .user_names
                .extend(handle.scope().map(|scope| format!("{name}@{scope}")));
            query.user_names.push(name);
        }
        // A name that was another's until now tells nothing of who has it.
        if !query.user_names.is_empty() {
            let local = user.split('@').next().unwrap_or_default();
            query.figures.extend(text::figures(local));
            query.figures.extend(text::years(bio).take(2));
        }
        query.is_local = handle.scope().is_some() && !names_hold_everywhere(handle.network());
        query.tell(facts, state);
        query.places(facts, &folded_bio, state);
        query.work(facts, &folded_bio, state);
        query.find(&user, state);
        query
    }

    fn tell(&mut self, facts: &Facts, state: &State) {
        for ((kind, value), told) in facts.contacts.iter().take(TOLD) {
            let (list, hash) = match kind {
                ContactKind::Email => (
                    List::Email,
                    state.keyed.of(card::EMAIL, &[&text::mailbox(value)]),
                ),
                ContactKind::Phone => (List::Phone, state.keyed.of(card::PHONE, &[value])),
                ContactKind::CustomerNumber => (
                    List::CustomerNumber,
                    state.keyed.of(card::CUSTOMER, &[value]),
                ),
                ContactKind::OrderNumber => {
                    (List::OrderNumber, state.keyed.of(card::ORDER, &[value]))
                }
                ContactKind::Other(_) => continue,
            };
            let people = people(state.index.get(hash), state);
            let is_role = *kind == ContactKind::Email && text::is_role(value);
            // What somebody has is no slip.
            let is_unknown = !told.on_behalf && !is_role && people == 0;
            if *kind == ContactKind::Email && is_unknown {
                self.own_mailbox(value, state);
            }
            let near = match is_unknown {
                true => near(list, value, &state.keyed),
                false => Vec::new(),
            };
            self.told.push(ToldKey {
                list,
                hash,
                public: told.public,
                behalf: told.on_behalf,
                is_role,
                people,
                near,
                masked: Arc::clone(&told.masked),
                source: Arc::clone(&told.source),
            });
            self.keys.push(hash);
        }
    }

    /// A mailbox that no record has is called as its owner calls themself: like a user name.
    fn own_mailbox(&mut self, address: &str, state: &State) {
        let local = address.split(['@', '+']).next().unwrap_or_default();
        self.figures.extend(text::figures(local));
        let joined = text::joined(local);
        if joined.len() >= 6 {
            self.keys.push(state.keyed.of(card::USER, &[&joined]));
        }
        self.mailbox.get_or_insert_with(|| handle::tokens(local));
    }

    fn places(&mut self, facts: &Facts, bio: &str, state: &State) {
        let location = facts.location.as_ref();
        let location = location.map(|location| text::folded(&location.text));
        let mut words: Vec<&str> = Vec::with_capacity(16);
        for folded in [location.as_deref().unwrap_or_default(), bio] {
            words.clear();
            words.extend(folded.split_ascii_whitespace().take(WORDS));
            grams(&words, &mut |gram| {
                if let Some(city) = state.spelling.cities.find(gram)
                    && state.spelling.cities.count(city, 0) > 0
                    && !self.cities.contains(&city)
                    && self.cities.len() < TOLD
                {
                    self.cities.push(city);
                }
            });
        }
    }

    fn work(&mut self, facts: &Facts, bio: &str, state: &State) {
        let (mut hosts, mut sites) = (Vec::new(), Vec::new());
        let mut see = |links: &[Sourced]| {
            for link in links {
                let of_link = text::sites(&link.text);
                let keys = of_link
                    .iter()
                    .map(|site| state.keyed.of(card::HOST, &[site]));
                let from = sites.len();
                sites.extend(keys);
                // A host is the widest of its sites.
                hosts.extend(sites.get(from).copied());
            }
            (std::mem::take(&mut hosts), std::mem::take(&mut sites))
        };
        (self.hosts, self.sites) = see(&facts.links);
        (self.verified_hosts, self.verified_sites) = see(&facts.verified_links);
        self.keys
            .extend(self.sites.iter().chain(&self.verified_sites));
        grams(&text::company_words(bio), &mut |gram| {
            if gram.len() >= 4
                && let Some(company) = state.spelling.companies.find(gram)
                && state.spelling.companies.count(company, 0) > 0
                && !self.companies.contains(&company)
                && self.companies.len() < TOLD
            {
                self.companies.push(company);
            }
        });
    }

    /// Every key that can bring a candidate.
    fn find(&mut self, user: &str, state: &State) {
        let keys = &Keys {
            keyed: &state.keyed,
        };
        let mut sought = Sought {
            keys: std::mem::take(&mut self.keys),
            weak: Vec::with_capacity(16),
            pairs: 0,
            read: Vec::new(),
            skeleton: Vec::with_capacity(64),
        };
        sought.keys.push(self.handle);
        let local = user.split('@').next().unwrap_or_default();
        if self.user_joined.len() >= 3 {
            let key = state.keyed.of(card::USER, &[&self.user_joined]);
            sought.keys.push(key);
            let digits = self.user_joined.bytes().filter(u8::is_ascii_digit).count();
            if self.user_joined.len() >= 6 && digits >= 2 && !self.user_names.is_empty() {
                self.local_part = Some(key);
            }
            sought.keys.push(keys.company(&self.user_joined));
            let names = text::company_in_user(&self.user_joined);
            sought.keys.extend(names.map(|name| keys.company(name)));
        }
        if !self.display_company.is_empty() {
            sought.keys.push(keys.company(&self.display_company));
            sought.keys.extend(
                self.display_abroad
                    .as_deref()
                    .map(|name| keys.company(name)),
            );
        }
        let names = std::iter::once(&self.display).chain(&self.said);
        for name in names {
            let words: Vec<&Shown> = name
                .words
                .iter()
                .filter(|shown| !shown.word.is_initial())
                .collect();
            for (i, a) in words.iter().enumerate() {
                for b in &words[i + 1..] {
                    sought.pair(&Skeleton::of(&a.word), &Skeleton::of(&b.word), keys);
                    sought.weak.extend(misspelt(a, b, keys));
                    sought.weak.extend(misspelt(b, a, keys));
                }
                for initial in name.words.iter().filter(|shown| shown.word.is_initial()) {
                    if let Some(letter) = initial.word.text().bytes().next() {
                        let given = formal(&a.word);
                        let found = given.map(|given| keys.given_initial(given, letter));
                        sought.keys.extend(found);
                        let family = a.word.skeleton().as_bytes();
                        sought.keys.push(keys.initial_family(letter, family));
                    }
                }
            }
            if words.len() > 2 {
                // Double names: the first against the rest, all but the last against the last.
                let text = |range: &[&Shown]| {
                    range
                        .iter()
                        .map(|shown| shown.word.text())
                        .collect::<String>()
                };
                let parted = |at: usize| (text(&words[..at]), text(&words[at..]));
                for (given, family) in [parted(1), parted(words.len() - 1)] {
                    sought.texts(given.as_bytes(), family.as_bytes(), keys);
                }
            }
            // At the employer's, one name is enough to find somebody.
            let places = self
                .companies
                .iter()
                .map(|company| keys.company(state.spelling.companies.text(*company)));
            let places: Vec<u64> = places
                .chain(self.hosts.iter().chain(&self.verified_hosts).copied())
                .collect();
            let most = if places.is_empty() { 0 } else { 2 };
            for shown in words.iter().take(most) {
                for given in formal(&shown.word) {
                    sought
                        .keys
                        .extend(places.iter().map(|place| keys.at_work(*place, given)));
                }
            }
        }
        if let Some(tokens) = &self.mailbox {
            handle::each_reading(tokens, state, |given, family| {
                sought.read(given, family, keys);
            });
        }
        for (tokens, is_display) in [
            (Some(handle::tokens(local)), false),
            (self.display_user.take(), true),
        ] {
            let Some(tokens) = tokens else { continue };
            handle::each_reading(&tokens, state, |given, family| {
                sought.read(given, family, keys);
                if let (Piece::Whole(given), Piece::Whole(family)) = (given, family)
                    && self.user_person.words.is_empty()
                    && state.is_name(given.text()).0
                    && state.is_name(family.text()).1
                {
                    let whole = format!("{} {}", given.text(), family.text());
                    self.user_person = ShownName::of(Name::parse(&whole), state);
                }
            });
            if is_display {
                self.display_user = Some(tokens);
            } else {
                self.user = Some(tokens);
            }
        }
        (self.keys, self.weak) = (sought.keys, sought.weak);
        self.keys.sort_unstable();
        self.keys.dedup();
        self.weak
            .retain(|key| self.keys.binary_search(key).is_err());
        self.weak.sort_unstable();
        self.weak.dedup();
    }
}

/// Hashes of what somebody may have meant who told this detail.
fn near(list: List, value: &str, keyed: &Keyed) -> Vec<u64> {
    let mut near = Vec::with_capacity(SLIPS);
    let kind = match list {
        List::Email => card::EMAIL,
        List::Phone => card::PHONE,
        List::CustomerNumber => card::CUSTOMER,
        List::OrderNumber => card::ORDER,
        _ => return near,
    };
    let mut see = |meant: &[u8]| near.push(keyed.of(kind, &[meant]));
    match list {
        List::Email => slips::of_address(&text::mailbox(value), &mut see),
        _ => slips::of_number(value, see),
    }
    near.sort_unstable();
    near
}

/// A word and its skeleton, which may be known already.
struct Skeleton<'a> {
    text: &'a [u8],
    skeleton: Cow<'a, [u8]>,
}

impl<'a> Skeleton<'a> {
    fn of(word: &'a Word) -> Self {
        Self {
            text: word.text().as_bytes(),
            skeleton: Cow::Borrowed(word.skeleton().as_bytes()),
        }
    }

    fn made(text: &'a [u8]) -> Self {
        let mut skeleton = Vec::with_capacity(text.len());
        put_skeleton(text, &mut skeleton);
        Self {
            text,
            skeleton: Cow::Owned(skeleton),
        }
    }
}

/// Keys in the making.
struct Sought {
    keys: Vec<u64>,
    weak: Vec<u64>,
    /// How many pairs of names are among them.
    pairs: usize,
    /// Those that readings gave.
    read: Vec<[handle::Word; 2]>,
    /// The last skeleton that was made.
    skeleton: Vec<u8>,
}

impl Sought {
    /// Two words as given and family name, whichever is which.
    fn pair(&mut self, a: &Skeleton<'_>, b: &Skeleton<'_>, keys: &Keys<'_>) {
        if self.pairs == PAIRS {
            return;
        }
        self.pairs += 1;
        self.keys.push(keys.name(&a.skeleton, &b.skeleton));
        for (nickname, other) in [(a, b), (b, a)] {
            for given in names::formal_skeletons(nickname.text) {
                self.keys.push(keys.name(given.as_bytes(), &other.skeleton));
            }
        }
    }

    fn texts(&mut self, a: &[u8], b: &[u8], keys: &Keys<'_>) {
        if self.pairs < PAIRS {
            self.pair(&Skeleton::made(a), &Skeleton::made(b), keys);
        }
    }

    /// The keys of one reading of a user name.
    fn read(&mut self, given: &Piece, family: &Piece, keys: &Keys<'_>) {
        match (given, family) {
            (Piece::Whole(given), Piece::Whole(family)) => {
                // In the other order, and in another user name, they make the same keys.
                let is_same = |pair: &[handle::Word; 2]| {
                    *pair == [*given, *family] || *pair == [*family, *given]
                };
                if self.read.iter().any(is_same) {
                    self.pairs = (self.pairs + 1).min(PAIRS);
                } else {
                    self.texts(given.bytes(), family.bytes(), keys);
                    self.read.push([*given, *family]);
                }
            }
            (Piece::Initial(initial), Piece::Whole(family)) => {
                let key = self.initial_family(*initial, family, keys);
                self.keys.push(key);
            }
            (Piece::Prefix(given) | Piece::Vowelless(given), Piece::Whole(family)) => {
                if let Some(initial) = given.bytes().first() {
                    let key = self.initial_family(*initial, family, keys);
                    self.weak.push(key);
                }
            }
            (Piece::Whole(given), Piece::Initial(initial)) => {
                put_skeleton(given.bytes(), &mut self.skeleton);
                let found = given_initial(given, &self.skeleton, *initial, keys);
                self.keys.extend(found);
            }
            (Piece::Whole(given), Piece::Prefix(family) | Piece::Vowelless(family)) => {
                if let Some(initial) = family.bytes().first() {
                    put_skeleton(given.bytes(), &mut self.skeleton);
                    let found = given_initial(given, &self.skeleton, *initial, keys);
                    self.weak.extend(found);
                }
            }
            (Piece::Prefix(given), Piece::Prefix(family)) => {
                put_skeleton(given.bytes(), &mut self.skeleton);
                let given = self.skeleton.first_chunk::<3>().copied();
                put_skeleton(family.bytes(), &mut self.skeleton);
                if let (Some(given), Some(family)) = (given, self.skeleton.get(..3)) {
                    self.keys.push(keys.short(&given, family));
                }
            }
            _ => {}
        }
    }

    fn initial_family(&mut self, initial: u8, family: &handle::Word, keys: &Keys<'_>) -> u64 {
        put_skeleton(family.bytes(), &mut self.skeleton);
        keys.initial_family(initial, &self.skeleton)
    }
}

/// The keys of a given name, of which the skeleton is known, and of what it may be short for.
fn given_initial<'a>(
    given: &handle::Word,
    skeleton: &'a [u8],
    initial: u8,
    keys: &'a Keys<'_>,
) -> impl Iterator<Item = u64> + use<'a> {
    let formal = names::formal_skeletons(given.bytes()).iter();
    let all = std::iter::once(skeleton).chain(formal.map(String::as_bytes));
    all.map(move |given| keys.given_initial(given, initial))
}

/// The keys of a name that nobody has beside one that is known: it may be mistyped, but seldom in its
/// first letter.
fn misspelt<'k>(
    odd: &Shown,
    known: &'k Shown,
    keys: &'k Keys<'_>,
) -> impl Iterator<Item = u64> + use<'k> {
    let first = odd.word.text().bytes().next();
    let is_odd = !odd.is_given && !odd.is_family && odd.word.text().len() >= 4;
    first.filter(|_| is_odd).into_iter().flat_map(|first| {
        let skeleton = known.word.skeleton().as_bytes();
        let as_given = known.is_given.then(|| keys.given_initial(skeleton, first));
        let as_family = known
            .is_family
            .then(|| keys.initial_family(first, skeleton));
        as_given.into_iter().chain(as_family)
    })
}

/// The skeletons of a name and of what it may be short for.
fn formal(word: &Word) -> impl Iterator<Item = &[u8]> {
    let formal = names::formal_skeletons(word.text().as_bytes()).iter();
    std::iter::once(word.skeleton().as_bytes()).chain(formal.map(String::as_bytes))
}

/// One to three words in a row, joined.
fn grams(words: &[&str], see: &mut impl FnMut(&str)) {
    let mut gram = String::with_capacity(if words.is_empty() { 0 } else { 64 });
    for start in 0..words.len() {
        gram.clear();
        for word in &words[start..(start + 3).min(words.len())] {
            gram.push_str(word);
            see(&gram);
        }
    }
}

/// How many different people stand behind these records, counted up to a role.
pub(crate) fn people(records: &[u32], state: &State) -> usize {
    match records {
        [record] => return usize::from(state.card(*record).is_some()),
        _ if records.len() > 3 * ROLE => return records.len(),
        _ => {}
    }
    let mut heads: Vec<Card<'_>> = Vec::new();
    for card in records.iter().filter_map(|record| state.card(*record)) {
        if !heads.iter().any(|head| head.is_same_person(card)) {
            heads.push(card);
        }
    }
    heads.len()
}

/// Whether a user name is one person's on the whole network, whatever the scope of its ids: ids of a
/// business or app, names of all. Elsewhere a scope is a server, where everybody may take the name.
fn names_hold_everywhere(network: &Network) -> bool {
    [
        Network::BLUESKY,
        Network::FACEBOOK_PAGE,
        Network::INSTAGRAM,
        Network::MESSENGER,
        Network::WHATSAPP,
        Network::X,
    ]
    .contains(network)
}
