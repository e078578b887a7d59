use aspa_identity::{Link, LinkState};
use aspa_types::{CustomerId, HandleKey};
use serde::Serialize;

/// Who was linked to whom, as far as the report goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Links {
    /// How many handles are linked to a customer.
    pub linked: u64,
    /// How many wait for a person to look.
    pub review: u64,
    /// Of how many an agent said that they are not the customer they were taken for.
    pub refused: u64,
    /// The linked ones, in order of their handles.
    pub links: Vec<LinkLine>,
    /// Those that wait, the most probable first.
    pub to_review: Vec<LinkLine>,
}

/// One handle, who it is taken for, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LinkLine {
    /// The handle.
    pub handle: HandleKey,
    /// What the network shows as its name.
    pub name: String,
    /// Who it is, or most probably is.
    pub customer: Option<CustomerId>,
    /// What the CRM calls them.
    pub customer_name: Option<String>,
    /// How probable that is, 0 to 1.
    pub probability: f64,
    /// The reasons that weigh most, in bits: `+13.3 contact: same e-mail (m…@e….fi)`. Personal values
    /// are masked.
    pub why: Vec<String>,
}

impl LinkLine {
    fn new(link: &Link) -> Self {
        let chosen = link
            .decision
            .candidates
            .iter()
            .find(|c| link.customer.as_ref() == Some(&c.customer));
        let mut reasons: Vec<_> = chosen
            .map(|c| c.reasons.iter().collect())
            .unwrap_or_default();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        let why = reasons
            .iter()
            .filter(|reason| reason.comparison.as_str() != "prior")
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
            name: link.handle.id().to_owned(),
            handle: link.handle.clone(),
            customer_name: None,
            customer: link.customer.clone(),
            probability: link.probability,
            why: why.collect(),
        }
    }
}

impl Links {
    pub(crate) fn add(&mut self, link: &Link) {
        match link.state {
            LinkState::Linked => {
                self.linked += 1;
                self.links.push(LinkLine::new(link));
            }
            LinkState::Review => {
                self.review += 1;
                self.to_review.push(LinkLine::new(link));
            }
            LinkState::Refused => self.refused += 1,
            _ => {}
        }
    }

    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut LinkLine> {
        self.links.iter_mut().chain(&mut self.to_review)
    }

    pub(crate) fn sort(&mut self) {
        self.to_review.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then_with(|| a.handle.cmp(&b.handle))
        });
    }
}
