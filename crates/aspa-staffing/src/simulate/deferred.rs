use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::TimeDelta;

use super::{BATCHES, Estimate, Random};
use crate::deferred::{Duty, Stretch, Work, jobs, stretches};
use crate::demand::{longer_than_zero, team};
use crate::error::{QueueError, within};

/// Simulates deferred work message by message, and gives the share of messages done in time.
///
/// Each piece of work is a random number of messages (Poisson, with the mean that makes the work) of
/// exponential handling time. One message is for one agent, who takes up what is due first, finishes
/// it, and lays it down only at the end of duty. Idle time of live staff counts as whole agents,
/// rounded down. Thirty repetitions make the interval.
///
/// The demand-bound test is about the work that is expected. A team that just passes it is late on the
/// days with more: this tells how often.
///
/// # Errors
/// As [`least_agents`](crate::deferred::least_agents); [`QueueError::OutOfRange`] where `handling` is not
/// longer than zero, or there are too many agents or over ten million messages.
pub fn deferred(
    work: &[Work],
    duty: &[Duty],
    agents: u32,
    handling: TimeDelta,
    seed: u64,
) -> Result<Estimate, QueueError> {
    let handling = longer_than_zero("handling", handling)?;
    let agents = team(agents)?;
    let (jobs, stretches) = (jobs(work)?, stretches(duty)?);
    let expected: f64 = jobs.iter().map(|job| job.seconds as f64 / handling).sum();
    within("work", expected, (0.0, 1e7), "at most 10,000,000 messages")?;
    let origin = jobs.first().map_or(0, |job| job.arrives);
    let mut random = Random(seed);
    let shares = [(); BATCHES].map(|()| {
        let mut messages = Vec::new();
        for job in &jobs {
            let mut expected = random.exponential(handling);
            while expected <= job.seconds as f64 {
                messages.push(Message {
                    arrives: (job.arrives - origin) as f64,
                    due: job.due - origin,
                    left: random.exponential(handling),
                });
                expected += random.exponential(handling);
            }
        }
        let count = messages.len() as f64;
        in_time(messages, &stretches, agents, origin) as f64 / count
    });
    Ok(Estimate::of(shares))
}

/// A message, in seconds since the first.
#[derive(Debug, Clone, Copy)]
struct Message {
    arrives: f64,
    due: i64,
    /// Work that is left.
    left: f64,
}

/// How many messages, in order of arrival, are done by their deadline.
fn in_time(mut messages: Vec<Message>, stretches: &[Stretch], agents: u32, origin: i64) -> usize {
    let mut waiting: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    let (mut next, mut done) = (0, 0);
    for stretch in stretches {
        let (mut now, end) = ((stretch.from - origin) as f64, (stretch.to - origin) as f64);
        let staff = stretch.staff(agents);
        let mut busy: Vec<usize> = Vec::new();
        while now < end {
            while messages
                .get(next)
                .is_some_and(|message| message.arrives <= now)
            {
                waiting.push(Reverse((messages[next].due, next)));
                next += 1;
            }
            while busy.len() < staff {
                let Some(Reverse((_, index))) = waiting.pop() else {
                    break;
                };
                busy.push(index);
            }
            let arrival = messages
                .get(next)
                .map_or(end, |message| message.arrives.min(end));
            let least = busy
                .iter()
                .map(|&index| messages[index].left)
                .fold(f64::INFINITY, f64::min);
            let until = arrival.min(now + least);
            let passed = until - now;
            busy.retain(|&index| {
                let message = &mut messages[index];
                if message.left <= least && now + least <= arrival {
                    done += usize::from(until <= message.due as f64);
                    return false;
                }
                message.left -= passed;
                true
            });
            now = until;
        }
        waiting.extend(
            busy.into_iter()
                .map(|index| Reverse((messages[index].due, index))),
        );
    }
    done
}
