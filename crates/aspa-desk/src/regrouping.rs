//! Tickets that belong together: bundled, split, moved, linked, and taken apart again.

use aspa_channel::MessageKey;
use aspa_store::Wanted;
use aspa_ticket::{
    ActId, Actor, Command, RuleBroken, Ticket, TicketKey, Together, bundle, close, link,
    move_messages, resolve, split, undo,
};
use aspa_types::{DeliveryId, TicketId};
use chrono::{DateTime, Utc};

use crate::automating::run_rules_after;
use crate::desk::Desk;
use crate::error::Error;
use crate::world::World;

impl Desk {
    /// Has a ticket worked as one with another, until it is [undone](Self::undo): what its customer
    /// writes reaches that one, whose clocks count for both, and it is resolved and closed with it.
    /// Returns the name of the act.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, a rule forbids it ([`bundle`]), or the store fails; nothing has
    /// changed then.
    pub async fn bundle(
        &self,
        one: &TicketId,
        into: &TicketId,
        by: &Actor,
    ) -> Result<ActId, Error> {
        let act = self.act_name("bundle", &[one.as_str(), into.as_str()]);
        self.together(&[one, into], |tickets, now| match tickets {
            [one, into] => bundle(one, into, &act, by, now),
            _ => Ok(Vec::new()),
        })
        .await?;
        Ok(act)
    }

    /// Makes some messages of a ticket a ticket of their own. Returns the name of the act and the new
    /// ticket.
    ///
    /// # Errors
    ///
    /// As [`bundle`](Self::bundle), by the rules of [`split`].
    pub async fn split(
        &self,
        ticket: &TicketId,
        messages: &[MessageKey],
        by: &Actor,
    ) -> Result<(ActId, Ticket), Error> {
        let act = self.act_name("split", &[ticket.as_str()]);
        self.together(&[ticket], |tickets, now| match tickets {
            [ticket] => split(ticket, messages, &act, by, now),
            _ => Ok(Vec::new()),
        })
        .await?;
        let key = self.ticket(ticket).await?.key;
        let new = self.ticket(&key.split_id(&act)).await?;
        Ok((act, new))
    }

    /// Puts messages onto another ticket. Returns the name of the act.
    ///
    /// # Errors
    ///
    /// As [`bundle`](Self::bundle), by the rules of [`move_messages`].
    pub async fn move_messages(
        &self,
        messages: &[MessageKey],
        from: &TicketId,
        to: &TicketId,
        by: &Actor,
    ) -> Result<ActId, Error> {
        let act = self.act_name("move", &[from.as_str(), to.as_str()]);
        self.together(&[from, to], |tickets, now| match tickets {
            [from, to] => move_messages(messages, from, to, &act, by, now),
            _ => Ok(Vec::new()),
        })
        .await?;
        Ok(act)
    }

    /// Says that two tickets have to do with each other: `relation` is a word of the host. Returns the
    /// name of the act.
    ///
    /// # Errors
    ///
    /// As [`bundle`](Self::bundle), by the rules of [`link`].
    pub async fn link_tickets(
        &self,
        one: &TicketId,
        other: &TicketId,
        relation: &str,
        by: &Actor,
    ) -> Result<ActId, Error> {
        let act = self.act_name("link", &[one.as_str(), other.as_str(), relation]);
        self.together(&[one, other], |tickets, now| match tickets {
            [one, other] => link(one, other, relation, &act, by, now),
            _ => Ok(Vec::new()),
        })
        .await?;
        Ok(act)
    }

    /// Takes back a bundle, split, move or link of this ticket: everything is as if it had never been,
    /// with all that came in between.
    ///
    /// # Errors
    ///
    /// As [`bundle`](Self::bundle); when the ticket has no such act.
    pub async fn undo(&self, ticket: &TicketId, act: &ActId, by: &Actor) -> Result<(), Error> {
        self.together(&[ticket], |tickets, now| match tickets {
            [ticket] => undo(ticket, act, by, now),
            _ => Ok(Vec::new()),
        })
        .await
    }

    /// Resolves or closes a ticket together with those that are bundled into it; none where there are
    /// none, or it is another command.
    pub(crate) async fn settle_bundle(
        &self,
        ticket: &Ticket,
        command: &Command,
        by: &Actor,
    ) -> Result<Option<()>, Error> {
        let ends = matches!(command, Command::Resolve { .. } | Command::Close);
        let members: Vec<TicketId> = ticket.joined().map(|(id, _)| id.clone()).collect();
        if !ends || members.is_empty() {
            return Ok(None);
        }
        let ids: Vec<&TicketId> = [&ticket.id].into_iter().chain(&members).collect();
        self.together(&ids, |tickets, now| {
            let Some((ticket, members)) = tickets.split_first() else {
                return Ok(Vec::new());
            };
            match command {
                Command::Resolve {
                    outcome,
                    rest,
                    newest_seen,
                } => {
                    let (rest, seen) = (rest.as_ref(), newest_seen.as_ref());
                    resolve(ticket, members, outcome, rest, seen, by, now)
                }
                _ => close(ticket, members, by, now),
            }
        })
        .await?;
        Ok(Some(()))
    }

    /// Decides something about several tickets as they are, and writes it all or not at all, with what
    /// rules then do to each of them and to what was split off.
    async fn together(
        &self,
        ids: &[&TicketId],
        plan: impl Fn(&[Ticket], DateTime<Utc>) -> Result<Together, RuleBroken>,
    ) -> Result<(), Error> {
        let mut keys: Vec<TicketKey> = Vec::new();
        for id in ids {
            keys.push(self.ticket(id).await?.key);
        }
        let automation = self.automation().await?;
        let now = self.now();
        let mut wanted = Wanted::default();
        wanted.tickets.extend(keys.iter().cloned());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let mut tickets = Vec::new();
            for (id, key) in ids.iter().zip(&keys) {
                let found = world.find(key, id);
                tickets.push(found.ok_or_else(|| Error::UnknownTicket((*id).clone()))?);
            }
            // Never before what it is about, also where another machine's clock is ahead.
            let latest = tickets.iter().map(Ticket::active_at).max();
            let at = latest.map_or(now, |latest| latest.max(now));
            let (plan, sla) = (plan(&tickets, at)?, self.parts.sla.as_ref());
            for (key, event) in &plan {
                // What is missing has been noted, and `finish` tells.
                let _ = world.happen(key, event.clone());
            }
            for (key, event) in &plan {
                let Some(automation) = &automation else { break };
                let new = event.splits_off().map(|act| key.split_id(act));
                for id in event.ticket.iter().chain(&new) {
                    let events = std::slice::from_ref(event);
                    run_rules_after(&mut world, automation, sla, (key, id), events, now);
                }
            }
            Ok(world.finish(sla, now))
        })
        .await?;
        self.parts.news.notify_waiters();
        Ok(())
    }

    fn act_name(&self, what: &str, about: &[&str]) -> ActId {
        let now = self.now().to_rfc3339();
        let parts: Vec<&str> = [what, &now]
            .into_iter()
            .chain(about.iter().copied())
            .collect();
        DeliveryId::derive(&parts).as_str().into()
    }
}
