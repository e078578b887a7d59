//! Customers' records: what is proposed for them, and what is left when somebody is erased.

use std::fmt::Write as _;

use aspa_crm::{Claim, Field};
use aspa_desk::{Desk, Proposed, Subject};
use aspa_types::{AgentId, SystemId};

use crate::input::SYSTEM;
use crate::who::{bad, customer};
use crate::{Failure, print};

/// How many proposals are shown.
const SHOWN: usize = 50;

/// Offers what a profile shows for a customer's record.
pub(crate) async fn offer(
    desk: &Desk,
    whose: &str,
    field: &str,
    value: &str,
) -> Result<(), Failure> {
    if !Field::KNOWN.contains(&field) {
        let known = Field::KNOWN.join(", ");
        return Err(Failure::Input(format!(
            "there is no field {field:?}; there are {known}"
        )));
    }
    let whose = customer(whose)?;
    let value = Claim::new(field.into(), value, SystemId::new("profile")?, desk.now());
    let by = AgentId::new("quickstart")?;
    match desk.offer(&whose, &[value], Some(by)).await {
        Ok(_) => Ok(()),
        Err(aspa_desk::Error::UnknownCustomer(_) | aspa_desk::Error::UnknownAccount(_)) => {
            Err(bad("such customer"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows what was proposed and not written.
pub(crate) async fn proposals(desk: &Desk) -> Result<(), Failure> {
    let mut text = String::from("Proposed and not written\n");
    let all = listed(desk).await?;
    for (number, proposed) in all.iter().enumerate() {
        let one = &proposed.proposal;
        let has = one.has.as_deref().unwrap_or("nothing");
        writeln!(
            text,
            "  {}. {} {}: has {has}, {} says {}",
            number + 1,
            proposed.customer,
            one.field,
            one.source,
            one.proposed
        )?;
    }
    if all.is_empty() {
        writeln!(text, "  nothing")?;
    }
    print(&text)
}

/// An agent agrees with a proposal, or not.
pub(crate) async fn settle(desk: &Desk, number: usize, agrees: bool) -> Result<(), Failure> {
    let all = listed(desk).await?;
    let proposed = number.checked_sub(1).and_then(|place| all.get(place));
    let proposed = proposed
        .ok_or_else(|| Failure::Input(format!("there is no proposal {number}; --proposals")))?;
    let by = AgentId::new("quickstart")?;
    let (effect, field) = (&proposed.effect, &proposed.proposal.field);
    match agrees {
        true => desk.accept_proposal(effect, field, &by).await?,
        false => desk.dismiss_proposal(effect, field, &by).await?,
    }
    Ok(())
}

async fn listed(desk: &Desk) -> Result<Vec<Proposed>, Failure> {
    Ok(desk.proposals(&SystemId::new(SYSTEM)?, SHOWN).await?)
}

/// Erases a person, and shows what shows it.
pub(crate) async fn erase(desk: &Desk, who: &str) -> Result<(), Failure> {
    let subject = match who.parse() {
        Ok(handle) if desk.link(&handle).await?.is_some() => Subject::Handle(handle),
        _ => Subject::Customer(customer(who)?),
    };
    let by = AgentId::new("quickstart")?;
    let receipt = desk.erase(&subject, Some(&by), "request").await?;
    let mut text = format!("Erased as of {}\n", receipt.erased_at);
    for (kind, rows) in &receipt.rows {
        writeln!(text, "  {kind}: {rows}")?;
    }
    writeln!(text, "\nIn systems")?;
    for one in desk.crm_erasures().await? {
        let did = format!("{:?}", one.did).to_lowercase();
        writeln!(text, "  {} {}: {did}", one.system, one.subject)?;
    }
    for left in desk.crm_erasures_left().await? {
        writeln!(text, "  {} {}: {}", left.system, left.subject, left.state)?;
    }
    for (customer, _) in desk.erased_customers().await? {
        writeln!(text, "  {customer}: left to whoever keeps the file")?;
    }
    print(&text)
}
