//! One presence against one record: the level of every comparison.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::card::{Card, List};
use crate::handle::{self, Level, Tokens};
use crate::levels::{
    CautionLevel, ContactLevel, HandleLevel, NameLevel, NumberLevel, Pattern, PlaceLevel,
    UserLevel, WorkLevel,
};
use crate::names::WordMatch;
use crate::query::{Query, Shown, ShownName, ToldKey};
use crate::state::State;
use crate::store::WordHasher;

/// From so many people that share a detail on it is a role's, not a person's.
const ROLE: usize = 4;
/// With more wrong details of one kind somebody is guessing: people have a few addresses and phones.
pub(crate) const GUESSES: usize = 3;

/// Share of names that begin with a letter, and with two or three letters: our own estimates.
const INITIAL: f32 = 0.08;
const BEGINNING: f32 = 0.01;
/// Letters that a made-up pet name of a short name may have, but two.
const PET: usize = 6;

/// What was compared, and which told details it rests on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    pub(crate) pattern: Pattern,
    /// Places in [`Query::told`].
    pub(crate) contact: Option<u8>,
    pub(crate) number: Option<u8>,
    /// A detail that was told for somebody else agrees.
    pub(crate) behalf: bool,
}

pub(crate) struct Comparer<'a> {
    state: &'a State,
    query: &'a Query,
    /// Namesakes are compared once.
    namesakes: RefCell<Namesakes<'a>>,
    /// And each word with each name once: by where the word stands and the name's number.
    words: RefCell<HashMap<(usize, u32), WordMatch, BuildHasherDefault<WordHasher>>>,
}

/// By given names, family names, whether the last of those is of the e-mail, and whether the user name
/// is known: how the name compares.
type Namesakes<'a> =
    HashMap<(&'a [u32], &'a [u32], bool, bool), (NameLevel, f32), BuildHasherDefault<WordHasher>>;

/// Whether a record has what was told but for one slip.
fn is_slip(told: &ToldKey, card: Card<'_>) -> bool {
    !told.near.is_empty()
        && card
            .hashes(told.list)
            .any(|hash| told.near.binary_search(&hash).is_ok())
}

/// How the words of one shown name meet a person's names.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Met {
    given: WordMatch,
    family: WordMatch,
    /// The names of the record that were met.
    given_name: Option<u32>,
    family_name: Option<u32>,
    /// A word that is known as a given or family name meets neither.
    other_given: bool,
    other_family: bool,
    /// An initial that is another's.
    other_initial: bool,
    /// Words that meet neither name.
    others: usize,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(state: &'a State, query: &'a Query) -> Self {
        Self {
            state,
            query,
            namesakes: RefCell::default(),
            words: RefCell::default(),
        }
    }

    /// The same, with room for what is compared of so many records.
    pub(crate) fn of_many(state: &'a State, query: &'a Query, records: usize) -> Self {
        let comparer = Self::new(state, query);
        comparer.namesakes.borrow_mut().reserve(records);
        comparer.words.borrow_mut().reserve(2 * records);
        comparer
    }

    pub(crate) fn compare(&self, card: Card<'a>) -> Compared {
        let mut compared = Compared::default();
        self.contact(card, &mut compared);
        self.number(card, &mut compared);
        self.handle(card, &mut compared.pattern);
        self.name(card, &mut compared.pattern);
        self.place(card, &mut compared.pattern);
        self.work(card, &mut compared.pattern);
        compared.pattern.caution = match self.query.caution {
            // A company calls itself official and means it.
            CautionLevel::Official if card.is_company() => CautionLevel::Unseen,
            caution => caution,
        };
        compared.pattern.chance[6] = 1.0;
        compared
    }

    /// Compares told details again, where nothing else of the query has changed.
    pub(crate) fn compare_told(&self, card: Card<'_>, compared: &mut Compared) {
        compared.behalf = false;
        self.contact(card, compared);
        self.number(card, compared);
    }

    fn name(&self, card: Card<'a>, pattern: &mut Pattern) {
        // A known user name that spells the name says nothing of who has it now.
        let is_known = pattern.handle <= HandleLevel::Elsewhere;
        let (level, chance) = if card.is_company() {
            self.company(card)
        } else {
            let (given, family) = (card.list(List::Given), card.list(List::Family));
            let mailed = card.mailed_family();
            let mut namesakes = self.namesakes.borrow_mut();
            *namesakes
                .entry((given, family, mailed.is_some(), is_known))
                .or_insert_with(|| self.person(given, family, mailed, is_known))
        };
        pattern.name = level;
        pattern.chance[0] = chance;
    }

    /// How much of the person's name the user name spells.
    pub(crate) fn user(&self, card: Card<'_>) -> UserLevel {
        let Some(tokens) = self.query.user.as_ref().filter(|_| !card.is_company()) else {
            return UserLevel::Nothing;
        };
        let (given, family) = (card.list(List::Given), card.list(List::Family));
        match self.spelled(tokens, given, family, 1.0, 1.0).0 {
            NameLevel::UserWhole | NameLevel::UserInitial => UserLevel::Whole,
            NameLevel::Nothing => UserLevel::Nothing,
            _ => UserLevel::Part,
        }
    }

    fn company(&self, card: Card<'_>) -> (NameLevel, f32) {
        let query = self.query;
        let mut best = (NameLevel::NotCompany, 1.0);
        for company in card.list(List::Company) {
            let name = self.state.spelling.companies.text(*company);
            // Brands are unlike each other by law: few have the name by chance.
            let level = if query.display_company == name {
                (NameLevel::Company, 2e-5)
            } else if query.user_joined == name
                || query
                    .user_joined
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.len() <= 8)
            {
                (NameLevel::CompanyUser, 4e-5)
            } else if name.len() >= 5
                && (query.display_company.starts_with(name)
                    || (query.display_company.len() >= 5
                        && name.starts_with(&query.display_company)))
            {
                (NameLevel::CompanyPart, 2e-4)
            } else {
                continue;
            };
            if level.0 < best.0 {
                best = level;
            }
        }
        best
    }

    /// `mailed`: the family name that stands in the e-mail only.
    fn person(
        &self,
        given: &[u32],
        family: &[u32],
        mailed: Option<u32>,
        is_known: bool,
    ) -> (NameLevel, f32) {
        let query = self.query;
        // Of a double name whichever part is the commoner: it may be what agrees.
        let share = |list: &[u32], of: &dyn Fn(u32) -> f32| {
            let shares = list.iter().map(|name| of(*name));
            shares.reduce(f32::max).unwrap_or(1.0)
        };
        let fg = share(given, &|name| self.state.given_share(name));
        let ff = share(family, &|name| self.state.family_share(name));
        let mut best = self.shown(&query.display, given, family, mailed);
        for said in &query.said {
            let told = self.shown(said, given, family, mailed);
            // What somebody signs with is the name they answer to.
            // A part of a name does not undo another whole one.
            let is_better =
                told.0 < best.0 && (told.0 <= NameLevel::Mailed || best.0 < NameLevel::Words);
            if is_better || told.0 >= NameLevel::OtherGiven {
                best = told;
            }
        }
        if best.0 <= NameLevel::Mailed {
            return best;
        }
        let spelled = |tokens: &Option<Tokens>| {
            tokens
                .as_ref()
                .map(|tokens| self.spelled(tokens, given, family, fg, ff))
        };
        if best.0 == NameLevel::Unseen || is_known {
            return best;
        }
        if matches!(
            best.0,
            NameLevel::Nothing
                | NameLevel::Words
                | NameLevel::GivenWord
                | NameLevel::FamilyWord
                | NameLevel::Given
                | NameLevel::Family
                | NameLevel::Initial
                | NameLevel::UserInitial
                | NameLevel::OtherWord
        ) || (best.0 >= NameLevel::OtherGiven && !query.display.is_person())
        {
            let found = [&query.user, &query.display_user, &query.mailbox];
            for (at, found) in found.into_iter().map(spelled).enumerate() {
                let Some((level, chance)) = found else {
                    continue;
                };
                let is_mailbox = at == 2;
                let (level, chance) = match (best.0, level) {
                    (
                        NameLevel::Given,
                        NameLevel::UserWhole | NameLevel::UserInitial | NameLevel::Family,
                    )
                    | (NameLevel::Family, NameLevel::UserWhole | NameLevel::Given)
                    | (NameLevel::Initial, NameLevel::UserInitial | NameLevel::Family)
                    | (NameLevel::UserInitial, NameLevel::Initial | NameLevel::Given) => {
                        (NameLevel::Across, fg * ff)
                    }
                    (_, NameLevel::UserWhole) if is_mailbox => (NameLevel::Across, fg * ff),
                    // What else a mailbox is called is no user name.
                    _ if is_mailbox => continue,
                    (NameLevel::Given, NameLevel::Initial) => (NameLevel::Initial, fg * INITIAL),
                    (NameLevel::Given | NameLevel::Initial, NameLevel::UserShort) => {
                        (NameLevel::Initial, fg * BEGINNING)
                    }
                    _ => (level, chance),
                };
                // A user name that spells nothing takes nothing back.
                let is_better = level < best.0 || level == best.0 && chance < best.1;
                if is_better && level < NameLevel::Nothing {
                    best = (level, chance);
                }
            }
            // A user name that spells another whole name is another's.
            if matches!(
                best.0,
                NameLevel::Given | NameLevel::Family | NameLevel::Nothing | NameLevel::OtherWord
            ) && query.user_person.is_person()
            {
                let other = self.shown(&query.user_person, given, family, mailed);
                if other.0 >= NameLevel::OtherGiven {
                    best = other;
                }
            }
        }
        best
    }

    /// The words of a shown name.
    fn shown(
        &self,
        name: &ShownName,
        given: &[u32],
        family: &[u32],
        mailed: Option<u32>,
    ) -> (NameLevel, f32) {
        if name.words.is_empty() {
            let is_shown = self.query.is_named;
            return (
                if is_shown {
                    NameLevel::Nothing
                } else {
                    NameLevel::Unseen
                },
                1.0,
            );
        }
        let met = self.meet(name, given, family);
        let fg = met
            .given_name
            .map_or(1.0, |name| self.state.given_share(name));
        let ff = met
            .family_name
            .map_or(1.0, |name| self.state.family_share(name));
        let whole = |level: WordMatch| level <= WordMatch::Typo;
        match (met.given, met.family) {
            (g, f) if whole(g) && whole(f) && met.family_name == mailed => {
                (NameLevel::Mailed, fg * ff)
            }
            (g, f) if whole(g) && whole(f) => match g.max(f) {
                WordMatch::Same => (NameLevel::Whole, fg * ff),
                WordMatch::Spelling => (NameLevel::Spelling, fg * ff),
                WordMatch::Nickname => (NameLevel::Nickname, (2.0 * fg + 1e-5) * ff),
                _ => (NameLevel::Typo, fg * ff),
            },
            (WordMatch::Prefix, f) if whole(f) => (NameLevel::Typo, fg.max(BEGINNING) * ff),
            (g, WordMatch::Initial) if whole(g) => (NameLevel::Initial, fg * INITIAL),
            (WordMatch::Initial, f) if whole(f) => (NameLevel::UserInitial, INITIAL * ff),
            (g, _) if whole(g) => {
                if met.other_family || met.other_initial {
                    (NameLevel::OtherFamily, fg)
                } else if met.others > 0 {
                    (NameLevel::GivenWord, fg)
                } else {
                    (NameLevel::Given, fg)
                }
            }
            (_, f) if whole(f) => {
                if met.other_given || met.other_initial {
                    (NameLevel::OtherGiven, ff)
                } else if met.others > 0 {
                    (NameLevel::FamilyWord, ff)
                } else {
                    (NameLevel::Family, ff)
                }
            }
            _ if name.is_person() => (NameLevel::Other, 1.0),
            _ if met.others >= 2 && (met.other_given || met.other_family) => {
                (NameLevel::Other, 1.0)
            }
            _ if met.others >= 2 => (NameLevel::Words, 1.0),
            _ if met.other_given || met.other_family => (NameLevel::OtherWord, 1.0),
            _ => (NameLevel::Nothing, 1.0),
        }
    }

    fn meet(&self, name: &ShownName, given: &[u32], family: &[u32]) -> Met {
        let mut met = Met {
            given: WordMatch::Different,
            family: WordMatch::Different,
            given_name: None,
            family_name: None,
            other_given: false,
            other_family: false,
            other_initial: false,
            others: 0,
        };
        let mut taken = [0_u8; 2];
        // Aino is no misspelt Väinö: a name that others have is that name.
        let mut words = self.words.borrow_mut();
        let mut best = |shown: &Shown, list: &[u32]| {
            let found = list
                .iter()
                .map(|name| {
                    let known = (std::ptr::from_ref(shown).addr(), *name);
                    let found = *words.entry(known).or_insert_with(|| {
                        crate::names::compare_words(&shown.word, self.state.word(*name))
                    });
                    (found, Some(*name))
                })
                .min_by_key(|(found, _)| *found)
                .unwrap_or((WordMatch::Different, None));
            let is_weak = match found.0 {
                WordMatch::Typo => shown.is_given || shown.is_family,
                // Eri is no short form of Eriksson; only a sole letter stands for a name.
                WordMatch::Prefix => true,
                WordMatch::Initial => !shown.word.is_initial(),
                _ => false,
            };
            if is_weak {
                (WordMatch::Different, None)
            } else {
                found
            }
        };
        for (i, shown) in name.words.iter().enumerate() {
            let i = u8::try_from(i).unwrap_or(u8::MAX) + 1;
            let ((mut g, mut given_name), (f, family_name)) =
                (best(shown, given), best(shown, family));
            if g == WordMatch::Different && f == WordMatch::Different {
                given_name = given
                    .iter()
                    .copied()
                    .find(|name| self.begins_alike(shown, *name));
                g = given_name.map_or(g, |_| WordMatch::Prefix);
            }
            let f = if f == WordMatch::Nickname {
                WordMatch::Different
            } else {
                f
            };
            // One word is one name: the better of the two.
            if g < met.given && (g <= f || met.family <= f) {
                (met.given, met.given_name) = (g, given_name);
                taken[0] = i;
            } else if f < met.family {
                (met.family, met.family_name) = (f, family_name);
                taken[1] = i;
            }
        }
        // That a word begins like a name tells something beside the family name only.
        if met.given == WordMatch::Prefix && met.family > WordMatch::Typo {
            (met.given, met.given_name) = (WordMatch::Different, None);
            taken[0] = 0;
        }
        for (i, shown) in name.words.iter().enumerate() {
            let i = u8::try_from(i).unwrap_or(u8::MAX) + 1;
            if taken.contains(&i) {
                continue;
            }
            if shown.word.is_initial() {
                met.other_initial = true;
            } else {
                met.others +=
                    usize::from(shown.word.text().len() >= 2 && !shown.word.is_particle());
                met.other_given |= shown.is_given;
                met.other_family |= shown.is_family;
            }
        }
        // A middle name is no other given name, a maiden name no other family name.
        if met.given <= WordMatch::Typo && met.family <= WordMatch::Typo {
            (met.other_given, met.other_family) = (false, false);
        }
        met
    }

    /// Whether a word that is no known name begins like this one, as pet names that people make up do.
    fn begins_alike(&self, shown: &Shown, name: u32) -> bool {
        let (word, name) = (shown.word.text(), self.state.word(name).text());
        let is_odd = !(shown.is_given || shown.is_family || shown.word.is_initial());
        let is_like = is_odd && word.len() <= name.len().max(PET) + 2;
        is_like
            && word.as_bytes().first_chunk::<3>() == name.as_bytes().first_chunk::<3>()
            && word.len() > 2
    }

    /// A user name, or a display name that is one.
    fn spelled(
        &self,
        tokens: &Tokens,
        given: &[u32],
        family: &[u32],
        fg: f32,
        ff: f32,
    ) -> (NameLevel, f32) {
        let mut texts = [""; 4];
        for (text, name) in texts.iter_mut().zip(given) {
            *text = self.state.word(*name).text();
        }
        let texts = &texts[..given.len().min(texts.len())];
        let mut best = (NameLevel::Nothing, 1.0);
        for name in family.iter().take(3) {
            let found = handle::explain(tokens, texts, self.state.word(*name).text());
            let level = match found.level {
                Level::Both => (
                    NameLevel::UserWhole,
                    fg * ff * if found.nickname { 2.0 } else { 1.0 },
                ),
                Level::InitialFamily => (NameLevel::UserInitial, INITIAL * ff),
                Level::GivenInitial => (NameLevel::Initial, INITIAL * fg),
                Level::Vowelless | Level::Abbreviated => (NameLevel::UserShort, 1e-3),
                Level::Family => (NameLevel::Family, ff),
                Level::Given => (NameLevel::Given, fg),
                Level::Initials => (NameLevel::Initials, 5e-3),
                Level::None => continue,
            };
            if level.0 < best.0 {
                best = level;
            }
        }
        best
    }

    fn contact(&self, card: Card<'_>, compared: &mut Compared) {
        let (mut email, mut phone, mut behalf) = (None, None, None);
        let (mut public, mut role, mut other_email, mut other_phone) = (None, None, None, None);
        let mut slip = None;
        for (at, told) in self.query.told.iter().enumerate() {
            if !matches!(told.list, List::Email | List::Phone) {
                continue;
            }
            let at = u8::try_from(at).unwrap_or(u8::MAX);
            let is_email = told.list == List::Email;
            if card.holds(told.list, told.hash) {
                let place = if told.behalf {
                    compared.behalf = true;
                    &mut behalf
                } else if told.people >= ROLE || told.is_role {
                    &mut role
                } else if told.public {
                    &mut public
                } else if is_email {
                    &mut email
                } else {
                    &mut phone
                };
                place.get_or_insert((at, told.people));
            } else if !told.behalf && !card.list(told.list).is_empty() {
                let place = if is_slip(told, card) {
                    &mut slip
                } else if is_email {
                    &mut other_email
                } else {
                    &mut other_phone
                };
                place.get_or_insert((at, 0));
            }
        }
        let (level, found) = match (email, phone) {
            // Two details of a household are no more one person's than one is.
            (Some(email), Some(phone)) if email.1.min(phone.1) <= 1 => {
                (ContactLevel::Both, Some(email))
            }
            (Some((at, people)), _) if people > 1 => {
                (ContactLevel::EmailShared, Some((at, people)))
            }
            (Some(email), _) => (ContactLevel::Email, Some(email)),
            (None, Some((at, people))) if people > 1 => {
                (ContactLevel::PhoneShared, Some((at, people)))
            }
            (None, Some(phone)) => (ContactLevel::Phone, Some(phone)),
            (None, None) => match (public, slip, behalf, role) {
                (Some(public), ..) => (ContactLevel::Public, Some(public)),
                (_, Some(slip), ..) => (ContactLevel::Slip, Some(slip)),
                (_, _, Some(behalf), _) => (ContactLevel::Behalf, Some(behalf)),
                (.., Some(role)) => (ContactLevel::Role, Some(role)),
                _ => match (other_email, other_phone) {
                    (Some(other), _) => (ContactLevel::OtherEmail, Some(other)),
                    (_, Some(other)) => (ContactLevel::OtherPhone, Some(other)),
                    _ => (ContactLevel::Unseen, None),
                },
            },
        };
        compared.pattern.contact = level;
        compared.contact = found.map(|(at, _)| at);
        compared.pattern.chance[1] = 1.0;
    }

    /// Whether so many details of a kind were told as one's own that are not this record's that it
    /// looks like trying them out.
    pub(crate) fn is_guessed(&self, card: Card<'_>) -> bool {
        let kinds = [
            List::Email,
            List::Phone,
            List::CustomerNumber,
            List::OrderNumber,
        ];
        kinds.into_iter().any(|list| {
            let told = self.query.told.iter();
            let missed = told
                .filter(|told| told.list == list && !told.behalf && !card.holds(list, told.hash));
            missed.count() > GUESSES
        })
    }

    fn number(&self, card: Card<'_>, compared: &mut Compared) {
        let mut best = (NumberLevel::Unseen, None);
        for (at, told) in self.query.told.iter().enumerate() {
            if !matches!(told.list, List::CustomerNumber | List::OrderNumber) {
                continue;
            }
            let is_customer = told.list == List::CustomerNumber;
            let level = if card.holds(told.list, told.hash) {
                if told.behalf {
                    compared.behalf = true;
                    NumberLevel::Behalf
                } else if told.public {
                    NumberLevel::Public
                } else if is_customer {
                    NumberLevel::Customer
                } else {
                    NumberLevel::Order
                }
            } else if told.behalf || card.list(told.list).is_empty() {
                continue;
            } else if is_slip(told, card) {
                NumberLevel::Slip
            } else if is_customer {
                NumberLevel::OtherCustomer
            } else {
                NumberLevel::OtherOrder
            };
            if level < best.0 {
                best = (level, u8::try_from(at).ok());
            }
        }
        compared.pattern.number = best.0;
        compared.number = best.1;
        compared.pattern.chance[2] = 1.0;
    }

    fn handle(&self, card: Card<'_>, pattern: &mut Pattern) {
        let query = self.query;
        let mut level = HandleLevel::Unseen;
        if card.holds(List::Handle, query.handle) {
            level = HandleLevel::Id;
        } else if !query.user_names.is_empty() {
            for (network, name) in card.user_names() {
                let known = self.state.spelling.user_names.text(name);
                let here = query.network == Some(network);
                let found = if query.user_names.iter().any(|user| user == known) {
                    // A bare name is not told apart from that of another server.
                    if here && (!query.is_local || known.contains('@')) {
                        HandleLevel::Here
                    } else {
                        HandleLevel::Elsewhere
                    }
                } else if query
                    .user_names
                    .iter()
                    .any(|user| handle::near_copy(known, user).is_some())
                {
                    HandleLevel::NearCopy
                } else if here {
                    HandleLevel::AnotherHere
                } else {
                    continue;
                };
                level = level.min(found);
            }
        }
        // What an address that is nearly theirs is called agrees for that reason.
        if level == HandleLevel::Unseen && pattern.contact != ContactLevel::Slip {
            let part = query.local_part;
            if part.is_some_and(|key| card.holds(List::LocalPart, key)) {
                level = HandleLevel::LocalPart;
            } else if card.figures().any(|figure| query.figures.contains(&figure)) {
                level = HandleLevel::Figures;
            }
        }
        pattern.handle = level;
        pattern.chance[3] = 1.0;
    }

    fn place(&self, card: Card<'_>, pattern: &mut Pattern) {
        let own = card.list(List::City);
        if own.is_empty() || self.query.cities.is_empty() {
            return;
        }
        match own.iter().find(|city| self.query.cities.contains(city)) {
            Some(city) => {
                pattern.place = PlaceLevel::City;
                pattern.chance[4] = self.state.city_share(*city);
            }
            None => {
                pattern.place = PlaceLevel::Elsewhere;
                pattern.chance[4] = 1.0;
            }
        }
    }

    fn work(&self, card: Card<'_>, pattern: &mut Pattern) {
        let query = self.query;
        let employers = card.list(List::Company);
        let (level, chance) = if query
            .verified_sites
            .iter()
            .any(|site| card.holds(List::Site, *site))
        {
            (
                if card.is_company() {
                    WorkLevel::CompanySite
                } else {
                    WorkLevel::OwnsSite
                },
                1.0,
            )
        } else if query.sites.iter().any(|site| card.holds(List::Site, *site)) {
            (WorkLevel::NamesSite, 1.0)
        } else if let Some(host) = query
            .hosts
            .iter()
            .chain(&query.verified_hosts)
            .find(|host| card.holds(List::Domain, **host))
        {
            (
                WorkLevel::EmployerSite,
                self.state.share(self.state.index.count(*host)),
            )
        } else if card.is_company() || query.companies.is_empty() || employers.is_empty() {
            (WorkLevel::Unseen, 1.0)
        } else if let Some(company) = employers
            .iter()
            .find(|company| query.companies.contains(company))
        {
            let count = self.state.spelling.companies.count(*company, 0) as usize;
            (WorkLevel::Employer, self.state.share(count))
        } else {
            (WorkLevel::OtherEmployer, 1.0)
        };
        pattern.work = level;
        pattern.chance[5] = chance;
    }
}
