//! A customer as the linker keeps it: numbers of interned names and keyed hashes of everything that
//! is personal and need not be read again. No e-mail, phone or customer number stands in it.

use aspa_crm::{Customer, CustomerKind, Field, normal};
use aspa_types::HandleKey;

use crate::names;
use crate::store::{Keyed, Table};
use crate::text;

/// What a record holds, in the order in which it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Names, one number each: the whole given name, then its parts.
    Given,
    Family,
    /// Numbers of the places.
    City,
    /// Numbers of the companies: its own name, or the employer's.
    Company,
    /// Network and user name, a number each.
    UserName,
    /// The rest are hashes in two words each.
    Email,
    Phone,
    CustomerNumber,
    OrderNumber,
    /// What stands before the `@` of a mail address, as a user name.
    LocalPart,
    /// Hosts of mail addresses that are not everybody's.
    Domain,
    /// Own web sites: host and path.
    Site,
    Handle,
}

const LISTS: usize = 13;
/// Flags and the lengths of the lists, a byte each.
const HEAD: usize = 1 + LISTS.div_ceil(4);
const COMPANY: u32 = 1;
/// Behind that flag stand the figures of mail addresses, see [`text::figures`].
const FIGURE_BITS: usize = 10;
/// The last family name is from a mail address.
const MAILED: u32 = 1 << 31;

/// A stored record.
#[derive(Clone, Copy)]
pub(crate) struct Card<'a> {
    words: &'a [u32],
}

impl<'a> Card<'a> {
    /// What [`Draft::words`] made.
    pub(crate) fn new(words: &'a [u32]) -> Self {
        Self { words }
    }

    /// Whether words can be what [`Draft::words`] made with this spelling.
    pub(crate) fn is_sound(words: &'a [u32], spelling: &Spelling) -> bool {
        let card = Self::new(words);
        if words.len() < HEAD
            || HEAD + (0..LISTS).map(|list| card.len(list)).sum::<usize>() != words.len()
        {
            return false;
        }
        let below = |list: List, end: u32| card.list(list).iter().all(|number| *number < end);
        let pairs = LISTS - List::UserName as usize;
        below(List::Given, spelling.names.end())
            && below(List::Family, spelling.names.end())
            && below(List::City, spelling.cities.end())
            && below(List::Company, spelling.companies.end())
            && (LISTS - pairs..LISTS).all(|list| card.len(list) % 2 == 0)
            && card.user_names().all(|(network, name)| {
                network < spelling.networks.end() && name < spelling.user_names.end()
            })
    }

    pub(crate) fn is_company(self) -> bool {
        self.words[0] & COMPANY != 0
    }

    /// The figures in its mail addresses.
    pub(crate) fn figures(self) -> impl Iterator<Item = u32> + 'a {
        let flags = self.words[0] >> 1;
        let all = (0..text::FIGURES).map(move |at| flags >> (FIGURE_BITS * at) & 0x3ff);
        all.filter(|figure| *figure != 0)
    }

    /// The family name that stands in a mail address only: the last one.
    pub(crate) fn mailed_family(self) -> Option<u32> {
        let is_mailed = self.words[0] & MAILED != 0;
        self.list(List::Family)
            .last()
            .copied()
            .filter(|_| is_mailed)
    }

    fn len(self, list: usize) -> usize {
        ((self.words[1 + list / 4] >> (8 * (list % 4))) & 0xff) as usize
    }

    #[inline]
    pub(crate) fn list(self, list: List) -> &'a [u32] {
        let at = list as usize;
        let start = HEAD + self.lengths_before(at);
        &self.words[start..start + self.len(at)]
    }

    /// The sum of the first lengths, added four at a time, since this is what comparing does most.
    fn lengths_before(self, list: usize) -> usize {
        const EVERY_OTHER: u64 = 0x00ff_00ff_00ff_00ff;
        let sum = |low: u32, high: u32, count: usize| {
            let all = u64::from(low) | u64::from(high) << 32;
            let some = match count {
                0 => return 0,
                8.. => all,
                _ => all & ((1 << (8 * count)) - 1),
            };
            let pairs = (some & EVERY_OTHER) + (some >> 8 & EVERY_OTHER);
            (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as usize
        };
        sum(self.words[1], self.words[2], list)
            + sum(self.words[3], self.words[4], list.saturating_sub(8))
    }

    /// A list of hashes.
    pub(crate) fn hashes(self, list: List) -> impl Iterator<Item = u64> + 'a {
        self.list(list)
            .chunks_exact(2)
            .map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32)
    }

    #[inline]
    pub(crate) fn holds(self, list: List, hash: u64) -> bool {
        self.hashes(list).any(|held| held == hash)
    }

    /// Network and user name.
    pub(crate) fn user_names(self) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.list(List::UserName)
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
    }

    /// Whether two records are evidently of one person: a given and a family name of both, and a mail
    /// address or customer number of both. A shared phone is not enough: parents and children share
    /// names, phones and addresses.
    pub(crate) fn is_same_person(self, other: Card<'_>) -> bool {
        let shares = |list: List| {
            let theirs = other.list(list);
            self.list(list).iter().any(|name| theirs.contains(name))
        };
        let shares_hash = |list: List| {
            let (ours, theirs) = (self.list(list), other.list(list));
            let holds = |hash: &[u32]| theirs.chunks_exact(2).any(|held| held == hash);
            ours.chunks_exact(2).any(holds)
        };
        !self.is_company()
            && !other.is_company()
            && shares(List::Given)
            && shares(List::Family)
            && (shares_hash(List::Email) || shares_hash(List::CustomerNumber))
    }
}

/// Everything that records and queries are spelled with.
pub(crate) struct Spelling {
    /// Counted as given names, then as family names.
    pub(crate) names: Table<2>,
    pub(crate) cities: Table<1>,
    pub(crate) companies: Table<1>,
    pub(crate) networks: Table<1>,
    pub(crate) user_names: Table<1>,
}

impl Spelling {
    pub(crate) fn new(keyed: &Keyed) -> Self {
        Self {
            names: Table::new(keyed.clone()),
            cities: Table::new(keyed.clone()).sieved(),
            companies: Table::new(keyed.clone()).sieved(),
            networks: Table::new(keyed.clone()),
            user_names: Table::new(keyed.clone()),
        }
    }

    /// Counts a record in, or out.
    pub(crate) fn count(&mut self, card: Card<'_>, is_in: bool) {
        fn step<const N: usize>(table: &mut Table<N>, number: u32, counter: usize, is_in: bool) {
            if is_in {
                table.add(number, counter);
            } else {
                table.sub(number, counter);
            }
        }
        for name in card.list(List::Given) {
            step(&mut self.names, *name, 0, is_in);
        }
        for name in card.list(List::Family) {
            step(&mut self.names, *name, 1, is_in);
        }
        for city in card.list(List::City) {
            step(&mut self.cities, *city, 0, is_in);
        }
        for company in card.list(List::Company) {
            step(&mut self.companies, *company, 0, is_in);
        }
        for (network, name) in card.user_names() {
            step(&mut self.networks, network, 0, is_in);
            step(&mut self.user_names, name, 0, is_in);
        }
    }
}

/// Most texts of a record, over all lists.
const MOST_TEXTS: usize = 256;

/// A record in the making: normalised, its texts not yet spelled out as numbers. Making it takes most of
/// the time that a record costs, and nothing of the state.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    company: bool,
    /// A family name that stands in a mail address only: a former one, or that of another marriage.
    mailed: Option<String>,
    figures: [u32; text::FIGURES],
    lists: [Vec<u32>; LISTS],
    texts: Vec<(List, String)>,
    /// Networks and names on them.
    user_names: Vec<(String, String)>,
}

impl Draft {
    pub(crate) fn of(customer: &Customer, keyed: &Keyed, region: normal::Region) -> Self {
        let mut draft = Self {
            company: customer.kind == CustomerKind::Company,
            ..Self::default()
        };
        let values = |field: Field| customer.values(&field).into_iter().take(8);
        let mut given: Vec<&str> = values(Field::FirstName).collect();
        let mut family: Vec<&str> = values(Field::LastName).collect();
        let whole = customer.value(&Field::FullName).unwrap_or_default();
        if family.is_empty() && given.is_empty() {
            let (first, last) = text::parted(whole);
            given.extend(Some(first).filter(|name| !name.is_empty()));
            family.extend(Some(last).filter(|name| !name.is_empty()));
        }
        for (list, values) in [(List::Given, given), (List::Family, family)] {
            for value in values {
                for word in text::name_parts(value) {
                    draft.put(list, word);
                }
            }
        }
        for value in values(Field::City) {
            draft.put(List::City, text::place(value));
        }
        let company = values(Field::Company).chain(draft.company.then_some(whole));
        for value in company {
            draft.put(List::Company, text::company(value));
        }
        for value in values(Field::Handle) {
            if let Some((network, name)) = value.split_once(":@") {
                let network = network.trim().to_lowercase();
                draft.user_names.push((network, text::user_name(name)));
            } else if let Ok(handle) = value.parse::<HandleKey>() {
                draft.put_hash(List::Handle, keyed.of(HANDLE, &[&handle.to_string()]));
            }
        }
        for value in values(Field::Email) {
            let Some(email) = normal::email(value) else {
                continue;
            };
            draft.put_hash(List::Email, keyed.of(EMAIL, &[&text::mailbox(&email)]));
            if let Some((local, domain)) = email.rsplit_once('@') {
                for figure in text::figures(local) {
                    draft.put_figure(figure);
                }
                if draft.mailed.is_none() && !draft.company {
                    draft.mailed = draft.mailed_family(local);
                }
                draft.put_hash(List::LocalPart, keyed.of(USER, &[&text::joined(local)]));
                if !text::is_public_mail(domain) {
                    draft.put_hash(List::Domain, keyed.of(HOST, &[domain]));
                }
            }
        }
        for value in values(Field::Phone) {
            if let Some(phone) = normal::phone(value, region) {
                draft.put_hash(List::Phone, keyed.of(PHONE, &[&phone]));
            }
        }
        for (list, kind, field) in [
            (List::CustomerNumber, CUSTOMER, Field::CustomerNumber),
            (List::OrderNumber, ORDER, Field::OrderNumber),
        ] {
            // A customer may have ordered often: the newest and the others up to the room there is.
            for value in customer.values(&field).into_iter().take(60) {
                if let Some(number) = normal::number(value) {
                    draft.put_hash(list, keyed.of(kind, &[&number]));
                }
            }
        }
        for value in values(Field::Website) {
            if let Some(site) = text::sites(value).last() {
                draft.put_hash(List::Site, keyed.of(HOST, &[site]));
            }
        }
        draft
    }

    /// What the name of a mailbox shows beside the given name, where it is no name of the record:
    /// `melissa.oakwell230` of Melissa Westcombe.
    fn mailed_family(&self, local: &str) -> Option<String> {
        let of = |list: List| {
            let texts = self.texts.iter().filter(move |(of, _)| *of == list);
            texts.map(|(_, text)| text.as_str())
        };
        let folded = text::folded(local);
        let words: Vec<&str> = folded
            .split(|c: char| !c.is_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        let joined = words.concat();
        let given = of(List::Given).filter(|given| given.len() > 2 && joined.contains(given));
        let given = given.max_by_key(|given| given.len())?;
        let rest = joined
            .strip_prefix(given)
            .or_else(|| joined.strip_suffix(given))?;
        let is_parted = words.len() == 2 && words.contains(&given);
        let (as_given, as_family) = names::shares(rest);
        let is_name = as_family.is_some() || is_parted && as_given.is_none();
        if rest.len() < 4 || !is_name || of(List::Given).any(|given| given == rest) {
            return None;
        }
        let skeleton = names::skeleton(rest);
        let is_own = |family: &str| {
            let family = names::skeleton(family);
            family.starts_with(&skeleton) || skeleton.starts_with(&family)
        };
        let mut own = of(List::Family).peekable();
        (own.peek().is_some() && !own.any(is_own)).then(|| rest.to_owned())
    }

    fn put(&mut self, list: List, text: String) {
        if !text.is_empty() && self.texts.len() < MOST_TEXTS {
            self.texts.push((list, text));
        }
    }

    /// Spells a text out only where there is room for it, since what no record counts is never
    /// forgotten.
    fn spell<const COUNTS: usize>(list: &mut Vec<u32>, text: &str, table: &mut Table<COUNTS>) {
        if list.len() >= 24 {
            return;
        }
        let number = table.intern(text);
        if !list.contains(&number) {
            list.push(number);
        }
    }

    fn put_figure(&mut self, figure: u32) {
        let is_in = self.figures.contains(&figure);
        if let Some(free) = self.figures.iter_mut().find(|place| **place == 0)
            && !is_in
        {
            *free = figure;
        }
    }

    fn put_hash(&mut self, list: List, hash: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "a hash in two words")]
        let pair = [hash as u32, (hash >> 32) as u32];
        let list = &mut self.lists[list as usize];
        if !list.chunks_exact(2).any(|held| held == pair) && list.len() < 120 {
            list.extend(pair);
        }
    }

    /// The record as it is stored, its texts as the numbers that they have or get.
    pub(crate) fn words(mut self, spelling: &mut Spelling) -> Vec<u32> {
        for (list, text) in &self.texts {
            let numbers = &mut self.lists[*list as usize];
            match list {
                List::City => Self::spell(numbers, text, &mut spelling.cities),
                List::Company => Self::spell(numbers, text, &mut spelling.companies),
                _ => Self::spell(numbers, text, &mut spelling.names),
            }
        }
        for (network, name) in &self.user_names {
            let network = spelling.networks.intern(network);
            let name = spelling.user_names.intern(name);
            let list = &mut self.lists[List::UserName as usize];
            if !list.chunks_exact(2).any(|pair| pair == [network, name]) {
                list.extend([network, name]);
            }
        }
        let families = self.lists[List::Family as usize].len();
        if let Some(mailed) = &self.mailed {
            let list = &mut self.lists[List::Family as usize];
            Self::spell(list, mailed, &mut spelling.names);
        }
        let mut words = vec![0; HEAD];
        words[0] = u32::from(self.company) * COMPANY;
        if self.lists[List::Family as usize].len() > families {
            words[0] |= MAILED;
        }
        for (at, figure) in self.figures.iter().enumerate() {
            words[0] |= figure << (1 + FIGURE_BITS * at);
        }
        for (at, list) in self.lists.iter().enumerate() {
            // At most 120 long, as `put` and `put_hash` see to.
            words[1 + at / 4] |= u32::try_from(list.len()).unwrap_or(0) << (8 * (at % 4));
        }
        words.extend(self.lists.iter().flatten());
        words
    }
}

/// Kinds of keyed hashes, so that a phone is never an order number.
pub(crate) const EMAIL: u8 = 1;
pub(crate) const PHONE: u8 = 2;
pub(crate) const CUSTOMER: u8 = 3;
pub(crate) const ORDER: u8 = 4;
pub(crate) const HANDLE: u8 = 5;
pub(crate) const USER: u8 = 6;
pub(crate) const HOST: u8 = 7;
/// Given and family name, whichever comes first.
const NAME: u8 = 8;
const GIVEN_INITIAL: u8 = 9;
const INITIAL_FAMILY: u8 = 10;
const COMPANY_NAME: u8 = 11;
/// An employer or its host, and a given name.
const AT_WORK: u8 = 12;
const SHORT: u8 = 13;

/// The keys under which records are found; both sides make them here.
pub(crate) struct Keys<'a> {
    pub(crate) keyed: &'a Keyed,
}

impl Keys<'_> {
    /// A whole name; the order of the two does not matter. Words are skeletons.
    pub(crate) fn name(&self, one: &[u8], other: &[u8]) -> u64 {
        self.keyed.of(NAME, &[one.min(other), one.max(other)])
    }

    pub(crate) fn given_initial(&self, given: &[u8], initial: u8) -> u64 {
        self.keyed.of(GIVEN_INITIAL, &[given, [initial].as_slice()])
    }

    pub(crate) fn initial_family(&self, initial: u8, family: &[u8]) -> u64 {
        self.keyed
            .of(INITIAL_FAMILY, &[[initial].as_slice(), family])
    }

    pub(crate) fn company(&self, company: &str) -> u64 {
        self.keyed.of(COMPANY_NAME, &[company])
    }

    pub(crate) fn at_work(&self, place: u64, given: &[u8]) -> u64 {
        let place = format!("{place:x}");
        self.keyed.of(AT_WORK, &[place.as_bytes(), given])
    }

    /// The start of both names: `matvir`.
    pub(crate) fn short(&self, given: &[u8], family: &[u8]) -> u64 {
        self.keyed.of(SHORT, &[given, family])
    }

    /// Every key of a record.
    pub(crate) fn of(&self, card: Card<'_>, spelling: &Spelling) -> Vec<u64> {
        let mut keys: Vec<u64> = [
            List::Email,
            List::Phone,
            List::CustomerNumber,
            List::OrderNumber,
            List::LocalPart,
            List::Site,
            List::Handle,
        ]
        .into_iter()
        .flat_map(|list| card.hashes(list))
        .collect();
        for (_, name) in card.user_names() {
            // Without its server, as a presence of that server bears it.
            let name = spelling.user_names.text(name).split('@').next();
            let name = text::joined(name.unwrap_or_default());
            keys.push(self.keyed.of(USER, &[&name]));
        }
        let skeletons = |list: List| -> Vec<Vec<u8>> {
            let names = card.list(list).iter().take(4);
            names
                .map(|name| names::skeleton(spelling.names.text(*name)).into_bytes())
                .collect()
        };
        let (given, family) = (skeletons(List::Given), skeletons(List::Family));
        let companies: Vec<&str> = card
            .list(List::Company)
            .iter()
            .map(|company| spelling.companies.text(*company))
            .collect();
        if card.is_company() {
            keys.extend(companies.iter().map(|company| self.company(company)));
            keys.extend(card.hashes(List::Domain));
        } else {
            let places = companies.iter().map(|company| self.company(company));
            let places: Vec<u64> = places.chain(card.hashes(List::Domain)).collect();
            for g in &given {
                keys.extend(places.iter().map(|place| self.at_work(*place, g)));
                for f in &family {
                    keys.push(self.name(g, f));
                    if let (Some(initial), Some(last)) = (g.first(), f.first()) {
                        keys.push(self.given_initial(g, *last));
                        keys.push(self.initial_family(*initial, f));
                    }
                    if let (Some(g), Some(f)) = (g.get(..3), f.get(..3)) {
                        keys.push(self.short(g, f));
                    }
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
