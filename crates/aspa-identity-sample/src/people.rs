//! People and their homes, from which records and profiles are made.

use crate::handles;
use crate::names::{self, Name, Tongue, capitalised, folded};
use crate::region::{Country, Phone, Style};
use crate::rng::Rng;
use crate::schema::KnownHandle;

/// What a world is made of, handed down to whatever is made in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground {
    pub(crate) seed: u64,
    pub(crate) style: Style,
    pub(crate) companies: u64,
    /// How many digits keep common names apart in e-mail addresses.
    pub(crate) digits: u32,
}

/// Where a family lives.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) tongue: Tongue,
    pub(crate) country: &'static Country,
    pub(crate) town: &'static str,
    pub(crate) street: String,
    pub(crate) postcode: String,
    pub(crate) family: Name,
    /// Shared by everybody at home.
    pub(crate) landline: Option<Phone>,
    /// Shared by everybody at home.
    pub(crate) mail: Option<String>,
}

impl Home {
    pub(crate) fn of(ground: &Ground, serial: u64, rng: &mut Rng) -> Self {
        let tongue = ground.style.tongue(rng);
        let country = ground.style.country(tongue, rng);
        let town = rng.common(country.towns);
        let family = names::family(tongue, false, rng);
        let mail = rng.chance(160).then(|| {
            let word = rng.pick(&["familie", "perhe", "family", "casa", "kotivaki"]);
            format!(
                "{word}.{}{}@{}",
                folded(&family.latin, false),
                serial % 10_000,
                country.mail_host(rng)
            )
        });
        Self {
            tongue,
            country,
            town,
            street: country.street(rng),
            postcode: country.postcode(town, rng),
            landline: rng.chance(350).then(|| country.landline(serial)),
            mail,
            family,
        }
    }
}

/// Somebody, whether a customer or not.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// No two people of a world have the same.
    pub(crate) serial: u64,
    pub(crate) tongue: Tongue,
    pub(crate) female: bool,
    pub(crate) given: Name,
    pub(crate) family: Name,
    /// The family name that the CRM still holds.
    pub(crate) former: Option<Name>,
    /// Senior or junior, where father and son have one name.
    pub(crate) junior: Option<bool>,
    pub(crate) born: u64,
    pub(crate) home: Home,
    pub(crate) emails: Vec<String>,
    pub(crate) phones: Vec<Phone>,
    pub(crate) company: Option<u64>,
    pub(crate) site: Option<String>,
    /// Accounts of theirs that the CRM knows.
    pub(crate) handles: Vec<KnownHandle>,
}

impl Person {
    pub(crate) fn of(ground: &Ground, home: Home, serial: u64, rng: &mut Rng) -> Self {
        let female = rng.chance(500);
        // Not everybody at home has the name on the door.
        let family = match rng.chance(120) {
            true => names::family(home.tongue, female, rng),
            false if female => names::feminine(&home.family),
            false => home.family.clone(),
        };
        let given = names::given(home.tongue, female, rng);
        let mut person = Self {
            serial,
            tongue: home.tongue,
            female,
            given,
            family,
            former: None,
            junior: None,
            born: rng.within(1942, 2008),
            emails: Vec::new(),
            phones: Vec::new(),
            company: rng.chance(380).then(|| company(ground, rng)),
            site: None,
            handles: Vec::new(),
            home,
        };
        if rng.chance(60) {
            person.site = Some(person.own_site(rng));
        }
        person.reach(ground, rng);
        person
    }

    /// E-mail addresses and phone numbers of their own.
    pub(crate) fn reach(&mut self, ground: &Ground, rng: &mut Rng) {
        let mails = rng.weighted(&[(640, 1_u64), (280, 2), (80, 3)]);
        self.emails = (0..mails).map(|_| self.new_mail(ground, rng)).collect();
        if let Some(number) = self.company
            && rng.chance(450)
        {
            let company = crate::company::Company::of(ground.seed, ground.style, number);
            let (first, last) = (self.first_word(), folded(&self.family.latin, false));
            self.emails.push(format!(
                "{first}.{last}{}@{}",
                self.serial % 97,
                company.domain
            ));
        }
        let phones = rng.weighted(&[(850, 1_u64), (150, 2)]);
        let country = self.home.country;
        self.phones = (0..phones)
            .map(|nth| country.mobile(self.serial * 2 + nth))
            .collect();
    }

    pub(crate) fn new_mail(&self, ground: &Ground, rng: &mut Rng) -> String {
        let wide = rng.chance(150);
        let (first, last) = (
            folded(&self.given.latin, wide),
            folded(&self.family.latin, wide),
        );
        let (first, last) = if first.is_empty() || last.is_empty() {
            ("me".to_owned(), format!("m{}", self.serial))
        } else {
            (first, last)
        };
        let word = self.first_word();
        let (initial, year) = (&first[..1], self.born);
        let host = self.home.country.mail_host(rng);
        let plain = match rng.below(10) {
            0..=2 => format!("{word}.{last}"),
            3 => format!("{first}{last}"),
            4 => format!("{initial}{last}"),
            5 => format!("{last}.{word}"),
            6 => format!("{word}_{last}"),
            7 => format!("{word}{}", &last[..1]),
            8 => handles::nick_of(self, rng),
            _ => {
                return format!(
                    "{}{}@{host}",
                    handles::unrelated(self, rng).to_lowercase(),
                    self.serial % 100_000
                );
            }
        };
        // Addresses are unique: whoever comes late gets digits, which are theirs by their serial.
        let mark = self.serial % 10_u64.pow(ground.digits);
        match rng.below(10) {
            0..=3 if plain.len() > 9 => format!("{plain}@{host}"),
            4..=5 if plain.len() > 7 => format!("{plain}{:02}@{host}", year % 100),
            _ => format!("{plain}{mark}@{host}"),
        }
    }

    /// The first given name, folded.
    pub(crate) fn first_word(&self) -> String {
        let first = self
            .given
            .latin
            .split(['-', ' '])
            .next()
            .unwrap_or_default();
        match folded(first, false) {
            word if word.is_empty() => "me".to_owned(),
            word => word,
        }
    }

    pub(crate) fn own_site(&self, rng: &mut Rng) -> String {
        let (first, last) = (self.first_word(), folded(&self.family.latin, false));
        let tld = if rng.chance(500) {
            self.home.country.tld
        } else {
            "com"
        };
        match rng.below(3) {
            0 => format!("https://{first}{last}.{tld}"),
            1 => format!("https://www.{first}-{last}.{tld}"),
            _ => format!("https://{last}{}.{tld}", self.serial % 1000),
        }
    }

    /// The family name as the CRM has it.
    pub(crate) fn on_record(&self) -> &Name {
        self.former.as_ref().unwrap_or(&self.family)
    }

    pub(crate) fn full(&self) -> String {
        format!("{} {}", self.given.latin, self.family.latin)
    }

    pub(crate) fn nick(&self, rng: &mut Rng) -> Name {
        let nick = names::nick(self.tongue, &self.given, rng);
        Name {
            latin: capitalised(&nick.latin),
            native: nick.native.as_deref().map(capitalised),
        }
    }
}

/// Where somebody works; large companies employ more.
pub(crate) fn company(ground: &Ground, rng: &mut Rng) -> u64 {
    let all = rng.below(ground.companies);
    match rng.chance(500) {
        true => all,
        false => rng.below(all + 1),
    }
}
