//! Who writes: what was linked and why, what waits, and what to ask.

use std::fmt::Write as _;

use aspa_desk::Desk;
use aspa_identity::{
    Ask, ContactKind, DecidedBy, Language, Link, LinkState, PublicText, private_question,
};
use aspa_types::{AgentId, CustomerId, HandleKey};

use crate::{Failure, print};

/// How many of each kind are shown.
const SHOWN: usize = 5;

pub(crate) async fn show(desk: &Desk) -> Result<(), Failure> {
    let mut text = String::new();
    writeln!(text, "Linked by what is known of them")?;
    let linked = links(desk, &LinkState::Linked).await?;
    let by_rule: Vec<&Link> = linked
        .iter()
        .filter(|link| link.decided_by == DecidedBy::Rule)
        .collect();
    list(&mut text, &by_rule)?;
    writeln!(text, "\nWait for review, what is most worth a look first")?;
    let reviews = desk.reviews(SHOWN).await?;
    for review in &reviews {
        one(&mut text, &review.link)?;
        let next = match &review.link.decision.next_step {
            Some(Ask::PrivateContact | Ask::AnotherContact) => "ask in private",
            _ => "look at it: --confirm or --refuse, HANDLE CUSTOMER",
        };
        writeln!(text, "    next: {next}")?;
        for what_if in &review.link.decision.what_if {
            let detail = what_if.detail.as_str().replace('_', " ");
            let percent = what_if.probability * 100.0;
            writeln!(
                text,
                "    with the {detail} of this customer: {percent:.1} %"
            )?;
        }
    }
    if reviews.is_empty() {
        writeln!(text, "  nobody")?;
    }
    writeln!(text, "\nRuled out by an agent")?;
    let refused = links(desk, &LinkState::Refused).await?;
    list(&mut text, &refused.iter().collect::<Vec<_>>())?;
    let unknown = links(desk, &LinkState::None).await?.len();
    writeln!(text, "\nNobody knows who {unknown} others are. In public:")?;
    writeln!(text, "  {}", PublicText::offer(&Language::Fi))?;
    let kinds = [
        ContactKind::CustomerNumber,
        ContactKind::Email,
        ContactKind::Phone,
    ];
    let question = private_question(&Language::Fi, &kinds, None);
    writeln!(text, "And to who writes in private then:\n  {question}")?;
    print(&text)
}

async fn links(desk: &Desk, state: &LinkState) -> Result<Vec<Link>, Failure> {
    let mut all: Vec<Link> = Vec::new();
    loop {
        let after = all.last().map(|link| &link.handle);
        let page = desk.store().links(state, after, 1000).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn list(text: &mut String, links: &[&Link]) -> std::fmt::Result {
    for link in links.iter().take(SHOWN) {
        one(text, link)?;
    }
    match links.len() {
        0 => writeln!(text, "  nobody"),
        n if n > SHOWN => writeln!(text, "  ... and {} more", n - SHOWN),
        _ => Ok(()),
    }
}

fn one(text: &mut String, link: &Link) -> std::fmt::Result {
    let customer = link.customer.as_ref();
    let customer = customer.map_or_else(|| "nobody".to_owned(), ToString::to_string);
    writeln!(text, "  {} {customer}", link.handle)?;
    let why = link.decision.explain();
    why.lines()
        .try_for_each(|line| writeln!(text, "    {line}"))
}

/// A customer as `--who` names them.
pub(crate) fn customer(text: &str) -> Result<CustomerId, Failure> {
    let (system, id) = text.split_once(':').ok_or_else(|| bad("such customer"))?;
    let system = system.parse().map_err(|_| bad("such customer"))?;
    CustomerId::new(system, id).map_err(|_| bad("such customer"))
}

pub(crate) fn bad(what: &str) -> Failure {
    Failure::Input(format!("there is no {what}; --who names them"))
}

/// Says for an agent who a handle is or is not, and shows what that changes.
pub(crate) async fn answer(
    desk: &Desk,
    handle: &str,
    customer: &str,
    same: bool,
) -> Result<(), Failure> {
    let handle: HandleKey = handle.parse().map_err(|_| bad("such handle"))?;
    let customer = self::customer(customer)?;
    let before = desk.link(&handle).await?;
    let before = before.ok_or_else(|| bad("such handle"))?;
    let by = AgentId::new("quickstart")?;
    let after = match same {
        true => desk.confirm_link(&handle, &customer, by).await?,
        false => desk.refuse_link(&handle, &customer, by).await?,
    };
    let mut text = format!("Before: {}\n", before.state);
    one(&mut text, &before)?;
    if let Some(after) = after {
        writeln!(text, "\nNow: {}", after.state)?;
        one(&mut text, &after)?;
    }
    print(&text)
}
