//! What one candidate's agreement is worth.
//!
//! A weight is log2(m / u): how often the level is seen when it is the same person, against when
//! it is somebody else (Fellegi and Sunter 1969). What "somebody else" means differs by level: for
//! contact details it is people who write with another's details, for names people outside the
//! directory who have the name too. Sharing inside the directory needs no term: candidates that
//! agree equally well divide the probability. The figures are estimates by hand, looked over once
//! against a made-up set of authors; a host's own labels should replace them.

use aspa_types::{CustomerId, HandleKey};

use crate::card::{Card, Key, untagged};
use crate::facts::{Facts, Told};
use crate::score::Query;
use crate::{Comparison, ContactKind, Directory, Reason, mask, old_names};

/// Directories smaller than this are weighed as if they had so many records, so that weights read
/// alike everywhere.
const SMALLEST: f64 = 1_000.0;
/// From so many records that share a detail on it is a role's, not a person's.
const ROLE: usize = 4;
/// The highest score that what anybody can copy reaches: 0.957, a review and no link.
const COPYABLE: f64 = 4.5;

/// A candidate and what decides whether it may be linked.
#[derive(Debug)]
pub(crate) struct Weighed {
    pub(crate) customer: CustomerId,
    pub(crate) score: f64,
    pub(crate) reasons: Vec<Reason>,
    /// One piece of evidence that can carry a link.
    pub(crate) hard: bool,
    /// Independent groups that speak for it; a one-word name is none.
    pub(crate) groups: usize,
    profile: bool,
    /// The host or an agent said so: nothing else can hold that back.
    pub(crate) said: bool,
    /// Some detail was told for somebody else.
    on_behalf: bool,
    /// Something forbids linking without a person.
    pub(crate) only_review: bool,
}

impl Weighed {
    fn new(customer: CustomerId) -> Self {
        Self {
            customer,
            score: 0.0,
            reasons: Vec::new(),
            hard: false,
            groups: 0,
            profile: false,
            said: false,
            on_behalf: false,
            only_review: false,
        }
    }

    fn add(&mut self, reason: Reason) {
        self.score += reason.weight;
        self.reasons.push(reason);
    }

    /// Adds a reason that counts as a group of its own where it says enough.
    fn add_group(&mut self, reason: Reason) {
        self.groups += usize::from(reason.weight >= 2.0);
        self.add(reason);
    }

    /// Adds a reason of the group of what a profile says, which is one for all of it.
    fn add_profile(&mut self, reason: Reason) {
        self.profile |= reason.weight >= 2.0;
        self.add(reason);
    }
}

#[derive(Debug)]
pub(crate) struct Weigher<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) handle: &'a HandleKey,
    pub(crate) facts: &'a Facts,
    pub(crate) query: &'a Query,
}

/// How well a name agrees.
enum Name {
    /// Both parts; how many outside the directory share it, for each one inside.
    Whole(&'static str, f64),
    /// One part or none; a weight, and no group of its own.
    Weak(&'static str, f64),
    /// Somebody else's: whatever else agrees may have been told for the customer.
    Other(&'static str, f64),
}

impl Weigher<'_> {
    /// Weighs a record.
    pub(crate) fn weigh(&self, card: &Card) -> Weighed {
        let mut weighed = self.by_word_only(&card.id);
        self.name(card, &mut weighed);
        self.contact(card, &mut weighed);
        self.number(card, &mut weighed);
        self.handle(card, &mut weighed);
        self.place(card, &mut weighed);
        self.work(card, &mut weighed);
        self.caution(&mut weighed);
        // Name, city, employer and links are on the profile for everybody to copy, all together.
        if !weighed.hard
            && !weighed.said
            && weighed.groups == 0
            && weighed.profile
            && weighed.score > COPYABLE
        {
            let less = COPYABLE - weighed.score;
            weighed.add(Reason::new(
                Comparison::Caution,
                "all of it can be copied",
                less,
            ));
        }
        weighed.groups += usize::from(weighed.profile);
        weighed.only_review |= weighed.on_behalf && !weighed.hard;
        weighed
    }

    /// The prior and what host and agents said.
    pub(crate) fn by_word_only(&self, id: &CustomerId) -> Weighed {
        let mut weighed = Weighed::new(id.clone());
        let prior = (self.directory.settings.customer_odds() / self.size()).log2();
        weighed.add(Reason::new(
            Comparison::Prior,
            "one customer among all",
            prior,
        ));
        if let Some(source) = self.facts.host.get(id) {
            weighed.said = true;
            weighed.add(Reason::new(Comparison::Host, "logged in as", 48.0).from(source));
        }
        if let Some((_, source)) = self.facts.same.get(id) {
            weighed.said = true;
            weighed.add(Reason::new(Comparison::Agent, "said to be", 60.0).from(source));
        }
        weighed
    }

    fn size(&self) -> f64 {
        (self.directory.len() as f64).max(SMALLEST)
    }

    fn count(&self, key: &Key) -> f64 {
        self.directory.count(key) as f64
    }

    /// The weight of something that, given it is not this customer, is met `others` times as
    /// often as given it is, over the whole directory.
    fn rare(&self, others: f64) -> f64 {
        (self.size() / others).log2()
    }

    fn name(&self, card: &Card, weighed: &mut Weighed) {
        let shown = self
            .facts
            .display_name
            .as_ref()
            .or(self.facts.user_name.as_ref());
        let Some(shown) = shown else { return };
        let level = if card.is_company {
            self.company(card)
        } else {
            self.person(card)
        };
        let reason = |level, weight| {
            Reason::new(Comparison::Name, level, weight)
                .showing(mask::name(&shown.text), &shown.source)
        };
        match level {
            Some(Name::Whole(level, others)) => {
                weighed.add_profile(reason(level, self.rare(others)));
            }
            Some(Name::Other(level, weight)) => {
                weighed.only_review = true;
                weighed.add(reason(level, weight));
            }
            Some(Name::Weak(level, weight)) => weighed.add(reason(level, weight)),
            None => {}
        }
    }

    fn company(&self, card: &Card) -> Option<Name> {
        let query = self.query;
        if card.company.is_empty() {
            None
        } else if query.company == card.company {
            Some(Name::Whole("the company's name", 2.0))
        } else if query.ways.contains(&card.company) {
            Some(Name::Whole("the company's name as user name", 4.0))
        } else {
            Some(Name::Other("not the company's name", -6.0))
        }
    }

    fn person(&self, card: &Card) -> Option<Name> {
        let query = self.query;
        let (first, last) = (&card.first, &card.last);
        if first.is_empty() || last.is_empty() {
            return None;
        }
        // How many have the name by chance if the two parts are independent: of common names
        // there are more outside too.
        let (firsts, lasts) = (
            self.count(&Key::First(first.clone())),
            self.count(&Key::Last(last.clone())),
        );
        let outside = self.directory.settings.outside_namesakes.clamp(0.01, 1e6);
        let namesakes = outside * (1.0 + 4.0 * firsts * lasts / self.size());
        let spelled =
            |a: &str, b: &str| query.ways.iter().any(|way| way.strip_prefix(a) == Some(b));
        let user_whole = spelled(first, last) || spelled(last, first);
        let (f, l) = (initial(first), initial(last));
        let user_initial = spelled(f, last) || spelled(last, f) || spelled(first, l);

        if query.full.iter().any(|(a, b)| a == first && b == last) {
            return Some(Name::Whole("the same whole name", namesakes / 0.9));
        }
        let near = |(a, b): &(String, String)| {
            let close = |a: &str, b: &str| a.len() >= 4 && old_names::distance(a, b) <= 1;
            // Aino is no misspelt Väinö: a name that others have is that name.
            let is_other = |key: Key| self.directory.count(&key) > 0;
            (a == first && close(b, last) && !is_other(Key::Last(b.clone())))
                || (b == last && close(a, first) && !is_other(Key::First(a.clone())))
        };
        if query.full.iter().any(near) {
            return Some(Name::Whole("nearly the same whole name", 2.0 * namesakes));
        }
        let has = |name: &str| query.words.iter().any(|word| word == name);
        let known = |word: Option<&String>| {
            word.is_some_and(|word| {
                self.count(&Key::First(word.clone())) + self.count(&Key::Last(word.clone())) > 0.0
            })
        };
        let is_name =
            query.words.len() >= 2 && known(query.words.first()) && known(query.words.last());
        let (has_first, has_last) = (has(first), has(last));
        if is_name && !has_first && !has_last {
            return Some(Name::Other("another name", -6.0));
        }
        if is_name && has_last {
            return Some(Name::Other(
                "another given name, the same family name",
                -4.0,
            ));
        }
        if is_name && has_first {
            return Some(Name::Other(
                "another family name, the same given name",
                -4.0,
            ));
        }
        if user_whole {
            return Some(Name::Whole("the whole name as user name", 1.5 * namesakes));
        }
        if let [word, letter] = query.words.as_slice()
            && word == first
            && letter == l
        {
            let sharing = self.count(&Key::LastInitial(first.clone(), letter.chars().next()?));
            return Some(Name::Whole(
                "given name and an initial",
                outside * (1.0 + 3.0 * sharing),
            ));
        }
        if user_initial && has_first {
            return Some(Name::Whole(
                "given name, and the family name in the user name",
                2.0 * namesakes,
            ));
        }
        if has_first || has_last {
            let sharing = if has_first { firsts } else { lasts };
            let weight = (0.6 * self.size() / sharing.max(1.0)).log2().min(6.0);
            return Some(Name::Weak("one word of the name", weight));
        }
        if user_initial {
            return Some(Name::Weak("an initial and a name as user name", 4.0));
        }
        None
    }

    /// E-mail and phone: one group, the best agreement counts.
    fn contact(&self, card: &Card, weighed: &mut Weighed) {
        let mut best: Option<(Reason, &Told, usize)> = None;
        let (mut agreeing, mut differing) = (0, None);
        for ((kind, value), told) in &self.facts.contacts {
            let (held, key, level) = match kind {
                ContactKind::Email => {
                    let value = untagged(value);
                    (
                        card.emails.contains(&value),
                        Key::Email(value),
                        "the same e-mail",
                    )
                }
                ContactKind::Phone => (
                    card.phones.contains(value),
                    Key::Phone(value.clone()),
                    "the same phone",
                ),
                _ => continue,
            };
            if held {
                let sharing = self.directory.count(&key);
                let reason = self.told(Comparison::Contact, level, told, 400.0, sharing);
                agreeing += usize::from(!told.on_behalf);
                if best
                    .as_ref()
                    .is_none_or(|(other, ..)| other.weight < reason.weight)
                {
                    best = Some((reason, told, sharing));
                }
            } else if *kind == ContactKind::Email && !told.on_behalf && !card.emails.is_empty() {
                differing = Some(told);
            }
        }
        match (best, differing) {
            (Some((mut reason, told, sharing)), _) => {
                if agreeing > 1 {
                    reason =
                        Reason::new(Comparison::Contact, "e-mail and phone", reason.weight + 3.0)
                            .showing(&*told.masked, &told.source);
                }
                self.count_in(reason, told, sharing, weighed);
            }
            (None, Some(told)) => weighed.add(
                Reason::new(Comparison::Contact, "another e-mail", -3.0)
                    .showing(&*told.masked, &told.source),
            ),
            (None, None) => {}
        }
    }

    /// Customer and order numbers: one group, the best agreement counts.
    fn number(&self, card: &Card, weighed: &mut Weighed) {
        let mut best: Option<(Reason, &Told, usize)> = None;
        let mut differing = None;
        for ((kind, value), told) in &self.facts.contacts {
            let (held, key, level) = match kind {
                ContactKind::CustomerNumber => (
                    card.customer_numbers.contains(value),
                    Key::CustomerNumber(value.clone()),
                    "the same customer number",
                ),
                ContactKind::OrderNumber => (
                    card.order_numbers.contains(value),
                    Key::OrderNumber(value.clone()),
                    "the same order number",
                ),
                _ => continue,
            };
            if held {
                let sharing = self.directory.count(&key);
                let reason = self.told(Comparison::Number, level, told, 300.0, sharing);
                if best
                    .as_ref()
                    .is_none_or(|(other, ..)| other.weight < reason.weight)
                {
                    best = Some((reason, told, sharing));
                }
            } else if *kind == ContactKind::CustomerNumber && !told.on_behalf {
                differing = (!card.customer_numbers.is_empty()).then_some(told);
            }
        }
        match (best, differing) {
            (Some((reason, told, sharing)), _) => self.count_in(reason, told, sharing, weighed),
            (None, Some(told)) => weighed.add(
                Reason::new(Comparison::Number, "another customer number", -4.0)
                    .showing(&*told.masked, &told.source),
            ),
            (None, None) => {}
        }
    }

    /// A detail that agrees. `trust`: own against another's, where it was told in private.
    fn told(
        &self,
        comparison: Comparison,
        level: &str,
        told: &Told,
        trust: f64,
        sharing: usize,
    ) -> Reason {
        let (trust, level) = match told {
            Told {
                on_behalf: true, ..
            } => (4.0, format!("{level}, told for somebody else")),
            Told { public: true, .. } => (20.0, format!("{level}, told in public")),
            _ => (trust, level.to_owned()),
        };
        // Behind a role's address are people who have no record.
        let others = if sharing < ROLE { 1.0 } else { sharing as f64 };
        Reason::new(comparison, &level, self.rare(others / trust))
            .showing(&*told.masked, &told.source)
    }

    fn count_in(&self, reason: Reason, told: &Told, sharing: usize, weighed: &mut Weighed) {
        if told.on_behalf {
            weighed.on_behalf = true;
            weighed.add(reason);
        } else {
            weighed.hard |= !told.public && sharing < ROLE;
            weighed.add_group(reason);
        }
    }

    /// Handles that the CRM knows.
    fn handle(&self, card: &Card, weighed: &mut Weighed) {
        let network = self.handle.network().as_str();
        if card.handles.contains(self.handle) {
            weighed.hard = true;
            weighed.add_group(Reason::new(
                Comparison::Handle,
                "known id",
                self.rare(0.001),
            ));
            return;
        }
        let Some(seen) = &self.facts.user_name else {
            return;
        };
        let reason = |level, weight| {
            Reason::new(Comparison::Handle, level, weight)
                .showing(mask::name(&seen.text), &seen.source)
        };
        let is_seen = |name: &String| self.query.user_names.contains(name);
        let here = |name: &String| {
            card.user_names
                .iter()
                .any(|(known, user)| known == network && user == name)
        };
        if self.query.user_names.iter().any(here) {
            weighed.hard = true;
            weighed.add_group(reason("known user name", self.rare(1.0 / 300.0)));
        } else if card.user_names.iter().any(|(_, name)| is_seen(name)) {
            weighed.add_group(reason(
                "user name known on another network",
                self.rare(1.0 / 8.0),
            ));
        } else if let Some((_, known)) = card.user_names.iter().find(|(n, _)| n == network) {
            let copied = self
                .query
                .user_names
                .iter()
                .any(|name| old_names::distance(name, known) <= 2);
            if copied {
                weighed.only_review = true;
                weighed.add(reason("close copy of a known user name", -4.0));
            } else {
                weighed.add(reason("another user name is known here", -2.0));
            }
        } else if self.is_own_local_part(card) {
            weighed.add_group(reason("user name as in the e-mail", self.rare(1.0 / 4.0)));
        }
    }

    /// Whether the user name is what stands before the `@` of a mail address and more than a name,
    /// so that it says something that the name does not.
    fn is_own_local_part(&self, card: &Card) -> bool {
        let own = |name: &String| {
            let plain = old_names::joined(name);
            let letters = plain.trim_matches(|c: char| c.is_ascii_digit());
            let digits = plain.len() - letters.len();
            let of_name = letters.contains(&card.first) || letters.contains(&card.last);
            name.len() >= 6
                && (digits >= 2 || !of_name)
                && card
                    .emails
                    .iter()
                    .any(|email| email.split('@').next() == Some(name.as_str()))
        };
        self.query.user_names.iter().any(own)
    }

    fn place(&self, card: &Card, weighed: &mut Weighed) {
        if card.city.is_empty() {
            return;
        }
        let texts = [&self.facts.location, &self.facts.bio];
        let mut elsewhere = None;
        for text in texts.into_iter().flatten() {
            let folded = old_names::fold(&text.text);
            for word in folded
                .split(|c: char| !(c.is_alphanumeric() || c == '-'))
                .take(60)
            {
                let word = old_names::letters(word);
                if word == card.city {
                    let share = self.count(&Key::City(word)).max(1.0) / self.size();
                    let weight = (0.5 / share).log2().clamp(0.5, 4.0);
                    return weighed.add_profile(
                        Reason::new(Comparison::Place, "the same city", weight).from(&text.source),
                    );
                }
                if self.count(&Key::City(word)) > 0.0 {
                    elsewhere = Some(text);
                }
            }
        }
        if let Some(text) = elsewhere {
            weighed.add(Reason::new(Comparison::Place, "another city", -2.0).from(&text.source));
        }
    }

    /// Web site and company.
    fn work(&self, card: &Card, weighed: &mut Weighed) {
        let facts = self.facts;
        let sourced = |links: &[crate::facts::Sourced]| {
            links
                .first()
                .map(|link| link.source.clone())
                .unwrap_or_default()
        };
        let own_site = |hosts: &[String]| hosts.iter().any(|host| card.sites.contains(host));
        let most = |hosts: &[String], key: fn(String) -> Key| {
            hosts
                .iter()
                .map(|host| self.directory.count(&key(host.clone())))
                .max()
                .unwrap_or(0)
        };
        let query = self.query;
        if own_site(&query.verified_hosts) && most(&query.verified_hosts, Key::Site) < ROLE {
            // A company's site is proven by its staff too.
            let (trust, hard) = if card.is_company {
                (20.0, false)
            } else {
                (300.0, true)
            };
            weighed.hard |= hard;
            let reason = Reason::new(
                Comparison::Work,
                "owns the web site",
                self.rare(1.0 / trust),
            );
            return weighed.add_group(reason.from(&sourced(&facts.verified_links)));
        }
        let all: Vec<String> = query
            .hosts
            .iter()
            .chain(&query.verified_hosts)
            .cloned()
            .collect();
        let shown = if facts.links.is_empty() {
            &facts.verified_links
        } else {
            &facts.links
        };
        if own_site(&all) && most(&all, Key::Site) < ROLE {
            let reason = Reason::new(
                Comparison::Work,
                "names the web site",
                self.rare(0.5).min(8.0),
            );
            return weighed.add_profile(reason.from(&sourced(shown)));
        }
        if all
            .iter()
            .any(|host| card.mail_domains.contains(host) || card.sites.contains(host))
        {
            let colleagues = 5.0 + most(&all, Key::Domain) as f64;
            let reason = Reason::new(
                Comparison::Work,
                "names the employer's web site",
                self.rare(colleagues).clamp(0.0, 5.0),
            );
            return weighed.add_profile(reason.from(&sourced(shown)));
        }
        if !card.is_company
            && card.company.len() >= 5
            && let Some(bio) = &facts.bio
            && old_names::joined(&bio.text).contains(&card.company)
        {
            let reason = Reason::new(Comparison::Work, "names the employer", 4.0);
            weighed.add_profile(reason.from(&bio.source));
        }
    }

    /// Signs that it is somebody else.
    fn caution(&self, weighed: &mut Weighed) {
        const SIGNS: [&str; 8] = [
            "parody",
            "parodia",
            "fan",
            "fans",
            "fake",
            "unofficial",
            "epavirallinen",
            "memorial",
        ];
        for text in [&self.facts.display_name, &self.facts.bio]
            .into_iter()
            .flatten()
        {
            if old_names::words(&text.text)
                .iter()
                .any(|word| SIGNS.contains(&word.as_str()))
            {
                weighed.only_review = true;
                let reason = Reason::new(Comparison::Caution, "calls itself an imitation", -5.0);
                return weighed.add(reason.from(&text.source));
            }
        }
    }
}

/// The first letter.
fn initial(name: &str) -> &str {
    name.chars().next().map_or("", |c| &name[..c.len_utf8()])
}
