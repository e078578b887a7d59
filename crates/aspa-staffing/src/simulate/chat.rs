use std::collections::VecDeque;

use chrono::TimeDelta;

use super::{BATCHES, Estimate, Random, Run};
use crate::chat::Chat;
use crate::demand::{Demand, longer_than_zero, team, zero_or_longer};
use crate::error::QueueError;

/// Simulates chat agent by agent, and gives the share of customers answered within a time, of all.
///
/// A new chat goes to an agent who holds the fewest. A chat takes 1 of its handling time while its
/// agent holds no other, the full slowdown while the agent holds as many as allowed, and evenly
/// between. The slots of [`Chat`] take the full slowdown always, so this shows how much they are on
/// the safe side.
///
/// # Errors
/// [`QueueError::OutOfRange`] for a time below zero or too many agents; [`QueueError::Unstable`] where
/// nobody gives up and all slots together cannot keep up, or there is nobody.
pub fn chat(
    chat: Chat,
    alone: Demand,
    patience: Option<TimeDelta>,
    agents: u32,
    within: TimeDelta,
    run: Run,
) -> Result<Estimate, QueueError> {
    let patience = patience
        .map(|patience| longer_than_zero("patience", patience))
        .transpose()?;
    let within = zero_or_longer("within", within)?;
    let load = chat.slots_demand(alone)?.load();
    let slots = f64::from(team(agents)?) * f64::from(chat.concurrency());
    if agents == 0 || (patience.is_none() && slots <= load) {
        return Err(QueueError::Unstable { agents, load });
    }
    let most = chat.concurrency() as usize;
    // Chats that end in a second at an agent who holds so many.
    let ending: Vec<f64> = (0..=most)
        .map(|held| held as f64 / (alone.handling() * chat.slowdown_at(held)))
        .collect();
    let mut holding = vec![0_u32; most + 1];
    holding[0] = agents;
    let mut random = Random(run.seed);
    let mut queue: VecDeque<Waiting> = VecDeque::new();
    let (start, batch) = run.batches();
    let contacts = start + batch * BATCHES as u32;
    let mut answered = [0_u32; BATCHES];
    let mut count = |contact: u32| {
        if let Some(counted) = contact.checked_sub(start) {
            answered[(counted / batch) as usize] += 1;
        }
    };
    let (mut now, mut contact) = (0.0, 0);
    while contact < contacts || !queue.is_empty() {
        let arriving = if contact < contacts {
            alone.arrival_rate()
        } else {
            0.0
        };
        let rates = || {
            holding
                .iter()
                .zip(&ending)
                .map(|(&held, rate)| f64::from(held) * rate)
        };
        let rate = arriving + rates().sum::<f64>();
        now += random.exponential(1.0 / rate);
        let drawn = random.share() * rate;
        if drawn <= arriving {
            let stays = patience.map_or(f64::INFINITY, |patience| random.exponential(patience));
            match holding[..most].iter().position(|&agents| agents > 0) {
                Some(fewest) => {
                    move_one(&mut holding, fewest, fewest + 1);
                    count(contact);
                }
                None => queue.push_back(Waiting {
                    contact,
                    since: now,
                    until: now + stays,
                }),
            }
            contact += 1;
            continue;
        }
        // An end at an agent with `held` chats, by its share of the rate.
        let mut left = drawn - arriving;
        let held = rates().position(|rate| {
            left -= rate;
            left <= 0.0 && rate > 0.0
        });
        let last = || holding.iter().rposition(|&agents| agents > 0).unwrap_or(0);
        let held = held.unwrap_or_else(last);
        if held == 0 {
            continue;
        }
        while queue.front().is_some_and(|waiting| waiting.until <= now) {
            queue.pop_front();
        }
        match queue.pop_front() {
            Some(waiting) if now - waiting.since <= within => count(waiting.contact),
            Some(_) => {}
            None => move_one(&mut holding, held, held - 1),
        }
    }
    Ok(Estimate::of(
        answered.map(|answered| f64::from(answered) / f64::from(batch)),
    ))
}

/// Somebody in the queue.
#[derive(Debug)]
struct Waiting {
    contact: u32,
    since: f64,
    until: f64,
}

fn move_one(holding: &mut [u32], from: usize, to: usize) {
    holding[from] -= 1;
    holding[to] += 1;
}
