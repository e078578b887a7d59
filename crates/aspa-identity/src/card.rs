use aspa_crm::{Customer, CustomerKind, Field, normal};
use aspa_types::{CustomerId, HandleKey};

use crate::old_names;

/// What comparisons need of a customer, made once.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) id: CustomerId,
    pub(crate) is_company: bool,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) company: String,
    pub(crate) emails: Vec<String>,
    pub(crate) phones: Vec<String>,
    pub(crate) customer_numbers: Vec<String>,
    pub(crate) order_numbers: Vec<String>,
    pub(crate) city: String,
    pub(crate) sites: Vec<String>,
    pub(crate) mail_domains: Vec<String>,
    /// Network and user name in lower case.
    pub(crate) user_names: Vec<(String, String)>,
    pub(crate) handles: Vec<HandleKey>,
}

/// What a directory finds customers by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Email(String),
    Phone(String),
    CustomerNumber(String),
    OrderNumber(String),
    Handle(HandleKey),
    /// Network and user name.
    UserName(String, String),
    /// A user name on any network.
    AnyUserName(String),
    /// The part of an e-mail before the `@`.
    LocalPart(String),
    /// Given name and family name.
    Name(String, String),
    /// Given name and the first letter of the family name.
    LastInitial(String, char),
    /// Both names in one word, in either order.
    Joined(String),
    /// One name and the other's first letter in one word.
    JoinedInitial(String),
    Company(String),
    /// The host of a web site.
    Site(String),
    /// The domain of a mail address that is not everybody's.
    Domain(String),
    /// Counted only.
    First(String),
    /// Counted only.
    Last(String),
    /// Counted only.
    City(String),
}

impl Key {
    /// Keys that are counted and never looked up.
    pub(crate) fn is_count_only(&self) -> bool {
        matches!(self, Self::First(_) | Self::Last(_) | Self::City(_))
    }
}

impl Card {
    pub(crate) fn of(customer: &Customer, region: normal::Region) -> Self {
        let all = |field: Field, norm: &dyn Fn(&str) -> Option<String>| {
            let mut values: Vec<String> = customer
                .values(&field)
                .into_iter()
                .filter_map(norm)
                .collect();
            values.sort();
            values.dedup();
            values
        };
        let one = |field: Field| {
            customer
                .value(&field)
                .map(old_names::joined)
                .unwrap_or_default()
        };
        let (mut first, mut last) = (one(Field::FirstName), one(Field::LastName));
        if let (true, Some(full)) = (last.is_empty(), customer.value(&Field::FullName)) {
            let words = old_names::words(full);
            if let [given, .., family] = words.as_slice() {
                (first, last) = (given.clone(), family.clone());
            }
        }
        let emails = all(Field::Email, &|text| {
            normal::email(text).map(|email| untagged(&email))
        });
        let mut mail_domains: Vec<String> = emails
            .iter()
            .filter_map(|email| email.rsplit_once('@'))
            .map(|(_, domain)| domain.to_owned())
            .filter(|domain| !is_public_mail(domain))
            .collect();
        mail_domains.dedup();
        let handles = customer.values(&Field::Handle);
        let user_name = |text: &&str| {
            let (network, name) = text.split_once(":@")?;
            Some((network.to_lowercase(), name.trim().to_lowercase()))
        };
        Self {
            id: customer.id.clone(),
            is_company: customer.kind == CustomerKind::Company,
            first,
            last,
            company: customer
                .value(&Field::Company)
                .map(old_names::company)
                .unwrap_or_default(),
            emails,
            phones: all(Field::Phone, &|text| normal::phone(text, region)),
            customer_numbers: all(Field::CustomerNumber, &normal::number),
            order_numbers: all(Field::OrderNumber, &normal::number),
            city: one(Field::City),
            sites: all(Field::Website, &old_names::host),
            mail_domains,
            user_names: handles.iter().filter_map(user_name).collect(),
            handles: handles
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
        }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        keys.extend(self.emails.iter().cloned().map(Key::Email));
        keys.extend(self.phones.iter().cloned().map(Key::Phone));
        keys.extend(
            self.customer_numbers
                .iter()
                .cloned()
                .map(Key::CustomerNumber),
        );
        keys.extend(self.order_numbers.iter().cloned().map(Key::OrderNumber));
        keys.extend(self.handles.iter().cloned().map(Key::Handle));
        for (network, name) in &self.user_names {
            keys.push(Key::UserName(network.clone(), name.clone()));
            keys.push(Key::AnyUserName(name.clone()));
        }
        let locals = self.emails.iter().filter_map(|email| email.split_once('@'));
        keys.extend(locals.map(|(local, _)| Key::LocalPart(local.to_owned())));
        let (first, last) = (self.first.as_str(), self.last.as_str());
        if let (Some(f), Some(l)) = (first.chars().next(), last.chars().next()) {
            keys.push(Key::Name(first.to_owned(), last.to_owned()));
            keys.push(Key::LastInitial(first.to_owned(), l));
            keys.push(Key::Joined(format!("{first}{last}")));
            keys.push(Key::Joined(format!("{last}{first}")));
            keys.push(Key::JoinedInitial(format!("{f}{last}")));
            keys.push(Key::JoinedInitial(format!("{last}{f}")));
            keys.push(Key::JoinedInitial(format!("{first}{l}")));
        }
        if !first.is_empty() {
            keys.push(Key::First(first.to_owned()));
        }
        if !last.is_empty() {
            keys.push(Key::Last(last.to_owned()));
        }
        if self.is_company && !self.company.is_empty() {
            keys.push(Key::Company(self.company.clone()));
        }
        keys.extend(
            self.sites
                .iter()
                .chain(&self.mail_domains)
                .cloned()
                .map(Key::Domain),
        );
        if !self.city.is_empty() {
            keys.push(Key::City(self.city.clone()));
        }
        keys.sort_by_cached_key(|key| format!("{key:?}"));
        keys.dedup();
        keys
    }

    /// Whether two records are evidently of one person: the same whole name and a mail address or
    /// customer number of both. A shared phone is not enough: parents and children share names,
    /// phones and addresses.
    pub(crate) fn is_same_person(&self, other: &Self) -> bool {
        let shares = |a: &[String], b: &[String]| a.iter().any(|value| b.contains(value));
        !self.is_company
            && !other.is_company
            && !self.last.is_empty()
            && (&self.first, &self.last) == (&other.first, &other.last)
            && (shares(&self.emails, &other.emails)
                || shares(&self.customer_numbers, &other.customer_numbers))
    }
}

/// An address without what stands behind a `+`.
pub(crate) fn untagged(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            format!(
                "{}@{domain}",
                local
                    .split('+')
                    .next()
                    .filter(|l| !l.is_empty())
                    .unwrap_or(local)
            )
        }
        None => email.to_owned(),
    }
}

/// Domains under which anybody has a mailbox, so that sharing one tells nothing.
fn is_public_mail(domain: &str) -> bool {
    const DOMAINS: [&str; 22] = [
        "gmail.com",
        "googlemail.com",
        "hotmail.com",
        "hotmail.fi",
        "outlook.com",
        "live.com",
        "live.fi",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "mail.com",
        "gmx.com",
        "gmx.de",
        "proton.me",
        "protonmail.com",
        "elisanet.fi",
        "kolumbus.fi",
        "luukku.com",
        "saunalahti.fi",
        "suomi24.fi",
        "pp.inet.fi",
    ];
    DOMAINS.contains(&domain)
}
