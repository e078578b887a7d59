use std::collections::BTreeMap;

use aspa_desk::Review;
use aspa_identity::{Ask, Comparison, DecidedBy, Link, ReviewWhy, WhatIf};
use aspa_types::{CustomerId, HandleKey, Network};
use serde::Serialize;

/// Who writes, as far as is known. Personal values are masked: `M… V…`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Links {
    /// Customers' messages.
    pub messages: u64,
    /// Those of them whose author is linked to a customer.
    pub known_messages: u64,
    /// Their share, 0 to 1.
    pub known_share: Option<f64>,
    /// How many handles are linked to a customer.
    pub linked: u64,
    /// The same by who decided: `rule`, `host`, `agent`.
    pub linked_by: BTreeMap<String, u64>,
    /// How many wait for a person to look.
    pub review: u64,
    /// Of how many an agent said that they are not the customer they were taken for.
    pub refused: u64,
    /// Of how many nobody knows who they are.
    pub unknown: u64,
    /// The linked ones, the least sure first.
    pub links: Vec<LinkLine>,
    /// Those that wait, and links picked for an audit: what contradicts an agent first, then what is
    /// most worth a look.
    pub to_review: Vec<ReviewLine>,
}

/// One handle, who it is taken for, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LinkLine {
    /// Where the handle is.
    pub network: Network,
    /// Its id there, masked: `7…42`.
    pub handle: String,
    /// What the network shows as its name, masked.
    pub name: String,
    /// Who it is, or most probably is.
    pub customer: Option<CustomerId>,
    /// What the CRM calls them, masked.
    pub customer_name: Option<String>,
    /// How probable that is, 0 to 1.
    pub probability: f64,
    /// Who decided: `rule`, `host`, `agent`.
    pub by: String,
    /// The reasons that weigh most, in bits: `+13.3 contact: same e-mail (m…@e….fi)`.
    pub why: Vec<String>,
    #[serde(skip)]
    pub(crate) key: HandleKey,
}

/// A link that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReviewLine {
    /// The link.
    #[serde(flatten)]
    pub link: LinkLine,
    /// Why somebody should look.
    pub reason: ReviewWhy,
    /// What looking is expected to save, in the unit of the costs that the host has set.
    pub value: f64,
    /// What would bring it further.
    pub next_step: Option<Ask>,
    /// How probable the candidate would be with one more detail told in private.
    pub what_if: Vec<WhatIf>,
}

/// A customer who answered other customers, as staff or a rule said. Masked: `7…42`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Helper {
    /// Where the handle is.
    pub network: Network,
    /// Its id there.
    pub handle: String,
    /// How many messages they answered.
    pub messages: u64,
}

impl Helper {
    pub(crate) fn new((handle, messages): (HandleKey, u64)) -> Self {
        Self {
            network: handle.network().clone(),
            handle: id(handle.id()),
            messages,
        }
    }
}

impl LinkLine {
    pub(crate) fn new(link: &Link) -> Self {
        let candidates = &link.decision.candidates;
        let decided_on = link.redirected_from.as_ref().or(link.customer.as_ref());
        let chosen = candidates.iter().find(|c| {
            decided_on == Some(&c.customer) || link.customer.as_ref() == Some(&c.customer)
        });
        let mut reasons: Vec<_> = chosen
            .map(|c| c.reasons.iter().collect())
            .unwrap_or_default();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        let why = reasons
            .iter()
            .filter(|reason| reason.comparison != Comparison::Prior && reason.weight.abs() >= 0.05)
            .take(3);
        let why = why.map(|reason| {
            let value = reason
                .value
                .as_ref()
                .map(|v| format!(" ({v})"))
                .unwrap_or_default();
            format!(
                "{:+.1} {}: {}{value}",
                reason.weight, reason.comparison, reason.level
            )
        });
        Self {
            network: link.handle.network().clone(),
            handle: id(link.handle.id()),
            name: initials(link.handle.id()),
            customer_name: None,
            customer: link.customer.clone(),
            probability: link.probability,
            by: by(&link.decided_by).to_owned(),
            why: why.collect(),
            key: link.handle.clone(),
        }
    }
}

impl ReviewLine {
    pub(crate) fn new(review: &Review) -> Self {
        let link = &review.link;
        Self {
            link: LinkLine::new(link),
            reason: review.why.clone(),
            value: review.value,
            next_step: link.decision.next_step.clone(),
            what_if: link.decision.what_if.clone(),
        }
    }
}

fn by(decided: &DecidedBy) -> &'static str {
    match decided {
        DecidedBy::Rule => "rule",
        DecidedBy::Host => "host",
        DecidedBy::Agent(_) => "agent",
        _ => "unknown",
    }
}

/// `Matti Virtanen` is `M… V…`.
pub(crate) fn initials(text: &str) -> String {
    let words = text.split_whitespace().take(6);
    let first = words.filter_map(|word| word.chars().next());
    let first: Vec<String> = first.map(|c| format!("{c}…")).collect();
    first.join(" ")
}

/// `775100741595` is `7…95`; of a short one nothing is shown but the first sign.
fn id(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let last: String = match signs.len() {
        0..6 => String::new(),
        // The end of an address would tell whose service it is, which is no secret.
        n => signs[n - 2..].iter().collect(),
    };
    format!(
        "{}…{last}",
        signs.first().map(char::to_string).unwrap_or_default()
    )
}

impl Links {
    pub(crate) fn link(&mut self, link: &Link) {
        self.linked += 1;
        let by = by(&link.decided_by).to_owned();
        *self.linked_by.entry(by).or_default() += 1;
        self.links.push(LinkLine::new(link));
    }

    pub(crate) fn sort(&mut self) {
        self.links.sort_by(|a, b| {
            a.probability
                .total_cmp(&b.probability)
                .then_with(|| a.key.cmp(&b.key))
        });
    }

    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut LinkLine> {
        let reviews = self.to_review.iter_mut().map(|review| &mut review.link);
        self.links.iter_mut().chain(reviews)
    }
}
