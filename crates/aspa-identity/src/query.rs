//! What is known of a presence, in the spelling in which it is compared; made once a question.

use aspa_types::{HandleKey, Network};

use crate::card::{self, Card, Keys, List};
use crate::facts::Facts;
use crate::handle::{self, Piece, Tokens};
use crate::levels::CautionLevel;
use crate::names::{self, Name, Word};
use crate::state::State;
use crate::{ContactKind, NameRole, text};

/// From so many people that share a detail on it is a role's, not a person's.
pub(crate) const ROLE: usize = 4;
/// Most told details, places and employers that are looked at.
const TOLD: usize = 24;
/// Most user names that a presence bore.
const BORNE: usize = 8;
/// Most words of a bio that are looked at.
const WORDS: usize = 60;

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
    pub(crate) masked: String,
    pub(crate) source: String,
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
    fn of(name: &Name, state: &State) -> Self {
        let words = name.words().iter().take(6);
        Self {
            words: words
                .map(|word| {
                    let (is_given, is_family) = state.is_name(word.text());
                    Shown {
                        word: word.clone(),
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
    /// Figures of the user name, and years in the bio, see [`text::figures`].
    pub(crate) figures: Vec<u32>,
    pub(crate) cities: Vec<u32>,
    pub(crate) companies: Vec<u32>,
    pub(crate) display_company: String,
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
        let text_of = |sourced: &Option<crate::facts::Sourced>| {
            sourced
                .as_ref()
                .map(|sourced| text::short(&sourced.text).to_owned())
                .unwrap_or_default()
        };
        let (display, user) = (text_of(&facts.display_name), text_of(&facts.user_name));
        let user = text::user_name(&user);
        let mut query = Self {
            is_named: !display.is_empty() || !user.is_empty(),
            shape: Shape::of(facts, &display, &user),
            network: state.spelling.networks.find(handle.network().as_str()),
            handle: state.keyed.of(card::HANDLE, &[&handle.to_string()]),
            caution: caution(&display, &user, &text_of(&facts.bio)),
            display_company: text::company(&display),
            user_joined: text::joined(user.split('@').next().unwrap_or_default()),
            ..Self::default()
        };
        let bio = text_of(&facts.bio);
        query
            .figures
            .extend(text::figures(user.split('@').next().unwrap_or_default()));
        query.figures.extend(text::years(&bio).take(2));
        let name = Name::parse(&display);
        if name.is_joint() && query.caution == CautionLevel::Unseen {
            query.caution = CautionLevel::Shared;
        }
        query.display = ShownName::of(&name, state);
        if query.display.words.len() == 1 {
            query.display_user = Some(handle::tokens(&display));
        }
        for (text, _) in facts
            .names
            .iter()
            .filter(|(_, told)| told.role == NameRole::Own)
            .take(3)
        {
            query.said.push(ShownName::of(&Name::parse(text), state));
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
        query.is_local = handle.scope().is_some() && !names_hold_everywhere(handle.network());
        query.tell(facts, state);
        query.places(facts, state);
        query.work(facts, state);
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
            self.told.push(ToldKey {
                list,
                hash,
                public: told.public,
                behalf: told.on_behalf,
                is_role: *kind == ContactKind::Email && text::is_role(value),
                people: people(state.index.get(hash), state),
                masked: told.masked.clone(),
                source: told.source.clone(),
            });
            self.keys.push(hash);
        }
    }

    fn places(&mut self, facts: &Facts, state: &State) {
        for text in [&facts.location, &facts.bio].into_iter().flatten() {
            let folded = text::folded(&text.text);
            let words: Vec<&str> = folded.split_ascii_whitespace().take(WORDS).collect();
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

    fn work(&mut self, facts: &Facts, state: &State) {
        let hosts = |links: &[crate::facts::Sourced]| -> Vec<u64> {
            links
                .iter()
                .filter_map(|link| text::host(&link.text))
                .map(|host| state.keyed.of(card::HOST, &[&host]))
                .collect()
        };
        self.hosts = hosts(&facts.links);
        self.verified_hosts = hosts(&facts.verified_links);
        let sites = |links: &[crate::facts::Sourced]| -> Vec<u64> {
            let sites = links.iter().flat_map(|link| text::sites(&link.text));
            sites
                .map(|site| state.keyed.of(card::HOST, &[&site]))
                .collect()
        };
        self.sites = sites(&facts.links);
        self.verified_sites = sites(&facts.verified_links);
        // A host is the widest of its sites.
        self.keys
            .extend(self.sites.iter().chain(&self.verified_sites));
        if let Some(bio) = &facts.bio {
            let words = text::company_words(&bio.text.chars().take(400).collect::<String>());
            let words: Vec<&str> = words.iter().map(String::as_str).take(WORDS).collect();
            grams(&words, &mut |gram| {
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
    }

    /// Every key that can bring a candidate.
    fn find(&mut self, user: &str, state: &State) {
        let keys = Keys {
            keyed: &state.keyed,
        };
        self.keys.push(self.handle);
        let local = user.split('@').next().unwrap_or_default();
        if self.user_joined.len() >= 3 {
            let key = state.keyed.of(card::USER, &[&self.user_joined]);
            self.keys.push(key);
            let digits = self.user_joined.bytes().filter(u8::is_ascii_digit).count();
            if self.user_joined.len() >= 6 && digits >= 2 {
                self.local_part = Some(key);
            }
            self.keys.push(keys.company(&self.user_joined));
            for suffix in ["fi", "oy", "official", "suomi", "finland"] {
                if let Some(bare) = self
                    .user_joined
                    .strip_suffix(suffix)
                    .filter(|bare| bare.len() >= 3)
                {
                    self.keys.push(keys.company(bare));
                }
            }
        }
        if !self.display_company.is_empty() {
            self.keys.push(keys.company(&self.display_company));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        let names = std::iter::once(&self.display).chain(&self.said);
        for name in names {
            let words: Vec<&Shown> = name
                .words
                .iter()
                .filter(|shown| !shown.word.is_initial())
                .collect();
            for (i, a) in words.iter().enumerate() {
                for b in &words[i + 1..] {
                    pairs.push((a.word.text().to_owned(), b.word.text().to_owned()));
                    self.weak.extend(misspelt(a, b, &keys));
                    self.weak.extend(misspelt(b, a, &keys));
                }
                for initial in name.words.iter().filter(|shown| shown.word.is_initial()) {
                    if let Some(letter) = initial.word.text().chars().next() {
                        for given in formal(a.word.text()) {
                            self.keys
                                .push(keys.given_initial(&names::skeleton(given), letter));
                        }
                        self.keys
                            .push(keys.initial_family(letter, &names::skeleton(a.word.text())));
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
                pairs.push((text(&words[..1]), text(&words[1..])));
                pairs.push((
                    text(&words[..words.len() - 1]),
                    text(&words[words.len() - 1..]),
                ));
            }
            // At the employer's, one name is enough to find somebody.
            let places = self
                .companies
                .iter()
                .map(|company| keys.company(state.spelling.companies.text(*company)));
            let places: Vec<u64> = places
                .chain(self.hosts.iter().chain(&self.verified_hosts).copied())
                .collect();
            for shown in words.iter().take(2) {
                for given in formal(shown.word.text()) {
                    let given = names::skeleton(given);
                    self.keys
                        .extend(places.iter().map(|place| keys.at_work(*place, &given)));
                }
            }
        }
        for (tokens, is_display) in [
            (Some(handle::tokens(local)), false),
            (self.display_user.take(), true),
        ] {
            let Some(tokens) = tokens else { continue };
            handle::each_reading(&tokens, state, |given, family| {
                self.read(given, family, &keys, &mut pairs);
                if let (Piece::Whole(given), Piece::Whole(family)) = (given, family)
                    && self.user_person.words.is_empty()
                    && state.is_name(given.text()).0
                    && state.is_name(family.text()).1
                {
                    let whole = format!("{} {}", given.text(), family.text());
                    self.user_person = ShownName::of(&Name::parse(&whole), state);
                }
            });
            if is_display {
                self.display_user = Some(tokens);
            } else {
                self.user = Some(tokens);
            }
        }
        for (a, b) in pairs.into_iter().take(24) {
            let (skeleton_a, skeleton_b) = (names::skeleton(&a), names::skeleton(&b));
            self.keys.push(keys.name(&skeleton_a, &skeleton_b));
            for given in formal(&a) {
                self.keys
                    .push(keys.name(&names::skeleton(given), &skeleton_b));
            }
            for given in formal(&b) {
                self.keys
                    .push(keys.name(&names::skeleton(given), &skeleton_a));
            }
        }
        self.keys.sort_unstable();
        self.keys.dedup();
        self.weak
            .retain(|key| self.keys.binary_search(key).is_err());
        self.weak.sort_unstable();
        self.weak.dedup();
    }

    /// The keys of one reading of a user name.
    fn read(
        &mut self,
        given: &Piece,
        family: &Piece,
        keys: &Keys<'_>,
        pairs: &mut Vec<(String, String)>,
    ) {
        match (given, family) {
            (Piece::Whole(given), Piece::Whole(family)) => {
                pairs.push((given.text().to_owned(), family.text().to_owned()));
            }
            (Piece::Initial(initial), Piece::Whole(family)) => {
                let initial = char::from(*initial);
                self.keys.push(initial_family(initial, family.text(), keys));
            }
            (Piece::Prefix(given) | Piece::Vowelless(given), Piece::Whole(family)) => {
                let initial = given.text().chars().next();
                self.weak
                    .extend(initial.map(|initial| initial_family(initial, family.text(), keys)));
            }
            (Piece::Whole(given), Piece::Initial(initial)) => {
                let initial = char::from(*initial);
                self.keys.extend(given_initial(given.text(), initial, keys));
            }
            (Piece::Whole(given), Piece::Prefix(family) | Piece::Vowelless(family)) => {
                if let Some(initial) = family.text().chars().next() {
                    self.weak.extend(given_initial(given.text(), initial, keys));
                }
            }
            (Piece::Prefix(given), Piece::Prefix(family)) => {
                let (given, family) = (given.text(), family.text());
                let (given, family) = (names::skeleton(given), names::skeleton(family));
                if let (Some(given), Some(family)) = (given.get(..3), family.get(..3)) {
                    self.keys.push(keys.short(given, family));
                }
            }
            _ => {}
        }
    }
}

fn given_initial<'a>(
    given: &'a str,
    initial: char,
    keys: &'a Keys<'_>,
) -> impl Iterator<Item = u64> + 'a {
    formal(given).map(move |given| keys.given_initial(&names::skeleton(given), initial))
}

fn initial_family(initial: char, family: &str, keys: &Keys<'_>) -> u64 {
    keys.initial_family(initial, &names::skeleton(family))
}

/// The keys of a name that nobody has beside one that is known: it may be mistyped, but seldom in its
/// first letter.
fn misspelt<'k>(
    odd: &Shown,
    known: &'k Shown,
    keys: &'k Keys<'_>,
) -> impl Iterator<Item = u64> + use<'k> {
    let first = odd.word.text().chars().next();
    let is_odd = !odd.is_given && !odd.is_family && odd.word.text().len() >= 4;
    first.filter(|_| is_odd).into_iter().flat_map(|first| {
        let skeleton = names::skeleton(known.word.text());
        let as_given = known.is_given.then(|| keys.given_initial(&skeleton, first));
        let as_family = known
            .is_family
            .then(|| keys.initial_family(first, &skeleton));
        as_given.into_iter().chain(as_family)
    })
}

/// The name itself and what it may be short for.
fn formal(word: &str) -> impl Iterator<Item = &str> {
    std::iter::once(word).chain(names::formal(word).iter().copied())
}

/// One to three words in a row, joined.
fn grams(words: &[&str], see: &mut impl FnMut(&str)) {
    let mut gram = String::new();
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
    if records.len() > 3 * ROLE {
        return records.len();
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

fn caution(display: &str, user: &str, bio: &str) -> CautionLevel {
    use CautionLevel as Level;
    let (display, bio) = (text::folded(display), text::folded(bio));
    let words = || {
        display
            .split_ascii_whitespace()
            .chain(bio.split_ascii_whitespace())
            .take(WORDS)
    };
    let any = |list: &[&str]| words().any(|word| list.contains(&word));
    let is_mock = |word: &str| MOCK.iter().any(|stem| word.starts_with(stem));
    let disclaims = DISCLAIMERS.iter().any(|phrase| bio.contains(phrase));
    if any(&IMITATION) || disclaims || words().any(is_mock) {
        Level::Imitation
    } else if any(&SHARED) {
        Level::Shared
    } else if any(&BOT) {
        Level::Bot
    } else if any(&STAFF)
        || STAFF
            .iter()
            .any(|word| word.len() > 5 && user.contains(word))
    {
        Level::Staff
    } else if any(&OFFICIAL) {
        Level::Official
    } else {
        Level::Unseen
    }
}

/// Words with which imitations own up, folded.
const IMITATION: [&str; 13] = [
    "fan",
    "fans",
    "fanclub",
    "fani",
    "fanit",
    "fake",
    "feikki",
    "unofficial",
    "epavirallinen",
    "inofficiell",
    "inoffiziell",
    "memorial",
    "impersonator",
];
/// How words for parody and satire begin, inflected or not.
const MOCK: [&str; 4] = ["parod", "parood", "satir", "satiir"];
/// How accounts say that they are not whom they show, as the networks ask of parodies.
const DISCLAIMERS: [&str; 9] = [
    "not affiliated",
    "not the real",
    "not associated with",
    "ei liity",
    "ei ole virallinen",
    "inte officiell",
    "ej officiell",
    "nicht offiziell",
    "no oficial",
];
const SHARED: [&str; 24] = [
    "team",
    "fam",
    "perekond",
    "perekonna",
    "hogar",
    "huset",
    "haushalt",
    "talous",
    "perhe",
    "perheen",
    "family",
    "familj",
    "familjen",
    "familie",
    "pere",
    "familia",
    "semya",
    "suku",
    "kotitalous",
    "couple",
    "pariskunta",
    "yhteinen",
    "joint",
    "shared",
];
const BOT: [&str; 10] = [
    "crypto", "bot", "botti", "airdrop", "giveaway", "onlyfans", "forex", "casino", "kasino",
    "bitcoin",
];
const STAFF: [&str; 20] = [
    "support",
    "asiakaspalvelu",
    "asiakaspalvelija",
    "helpdesk",
    "kundtjanst",
    "kundservice",
    "kundenservice",
    "kundendienst",
    "klienditugi",
    "soporte",
    "atencion",
    "podderzhka",
    "hr",
    "orders",
    "customerservice",
    "myynti",
    "help",
    "palvelee",
    "rekry",
    "care",
];
const OFFICIAL: [&str; 8] = [
    "official",
    "virallinen",
    "officiell",
    "offiziell",
    "ofitsialnyy",
    "ametlik",
    "oficial",
    "verified",
];
