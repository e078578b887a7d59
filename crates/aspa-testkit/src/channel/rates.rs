use std::time::Duration;

use aspa_channel::{Effect, EffectName, Error, ErrorKind, Landed, RateBucket};
use chrono::TimeDelta;

use super::stage::{Stage, told};
use crate::case::{Checked, Stop, fault, skip};

/// Larger limits are not tried.
const MOST: u32 = 1_000;

/// So often an effect is told to wait, at most, before it lands.
const MOST_WAITS: usize = 5;

/// What clocks of whole seconds make of a wait.
const ROUNDING: TimeDelta = TimeDelta::seconds(2);

/// C18: one effect more than is declared, each performed as soon as may be.
pub(super) async fn hold(stage: &Stage) -> Checked {
    let rates = stage.claims().rates;
    if rates.is_empty() {
        return skip("no rates are declared");
    }
    let mut tried = 0;
    for rate in &rates {
        let Some(name) = stage.far_side().counts_into(rate) else {
            continue;
        };
        if rate.limit <= MOST && stage.does(&name) {
            one(stage, rate, &name).await?;
            tried += 1;
        }
    }
    match tried {
        0 => skip("FarSide::counts_into names no effect that can be tried"),
        _ => Ok(()),
    }
}

async fn one(stage: &Stage, rate: &RateBucket, name: &EffectName) -> Checked {
    let limit = usize::try_from(rate.limit).unwrap_or(usize::MAX);
    let within = TimeDelta::seconds(rate.seconds.into());
    let mut subjects = Vec::new();
    for _ in 0..=limit {
        subjects.push(subject(stage, name).await?);
    }
    if !stage.far_side().pass_time(within + ROUNDING).await {
        return skip("FarSide::pass_time does nothing");
    }
    let (mut landed, mut now) = (Vec::new(), TimeDelta::zero());
    for effect in &subjects {
        now += performed(stage, effect, rate).await?;
        landed.push(now);
    }
    for (first, last) in landed.iter().zip(&landed[limit.min(landed.len())..]) {
        if *last - *first + ROUNDING < within {
            return fault(
                format!(
                    "at most {limit} in {} s, as is declared: {}",
                    rate.seconds, rate.name
                ),
                format!("{} in {} s", limit + 1, (*last - *first).num_seconds()),
                "neither the adapter nor the network holds the rate; declare what is held",
            );
        }
    }
    Ok(())
}

/// An effect to be performed, with what it needs on the network.
async fn subject(stage: &Stage, name: &EffectName) -> Checked<Effect> {
    if matches!(name, EffectName::Edit | EffectName::Delete) {
        let send = stage.reply(&stage.text()).await;
        let mut receipt = None;
        for _ in 0..=MOST_WAITS {
            match stage.channel().perform(&send).await {
                Ok(done) => {
                    receipt = Some(done);
                    break;
                }
                Err(error) => drop(waited(stage, &error).await?),
            }
        }
        let made = receipt.and_then(|receipt| receipt.messages.into_iter().next());
        return match made {
            Some(message) => stage.effect_on(name, message, &stage.text()),
            None => skip("the receipt of a send names no message"),
        };
    }
    stage.about(name, &stage.text()).await
}

/// Performs it as soon as it may be; gives the time that passed.
async fn performed(stage: &Stage, effect: &Effect, rate: &RateBucket) -> Checked<TimeDelta> {
    let mut passed = TimeDelta::zero();
    for _ in 0..=MOST_WAITS {
        let before = stage.far_side().seen().await;
        let error = match stage.channel().perform(effect).await {
            Ok(_) => return Ok(passed),
            Err(error) => error,
        };
        let is_throttled = *error.kind() == ErrorKind::Throttled
            && error.landed() == Landed::No
            && error.retry_after().is_some();
        if !is_throttled {
            return fault(
                format!(
                    "done, or throttled, landed No, with a wait, within {} of {} s",
                    rate.limit, rate.seconds
                ),
                format!("{}, retry_after {:?}", told(&error), error.retry_after()),
                "a request that is held back, or refused as too many, is told as another failure or \
                 without its wait",
            );
        }
        if stage.far_side().seen().await != before {
            let cause = "landed No is said of what landed";
            return fault(
                "nothing changed by what was throttled",
                "another view",
                cause,
            );
        }
        passed += waited(stage, &error).await?;
    }
    fault(
        "an effect done after the wait that it was told",
        format!("throttled again, {} times", MOST_WAITS + 1),
        "the wait is shorter than what holds the effect back",
    )
}

/// Lets pass what an error asks to wait.
async fn waited(stage: &Stage, error: &Error) -> Checked<TimeDelta> {
    let wait = error.retry_after().unwrap_or(Duration::from_secs(1));
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    if !stage.far_side().pass_time(wait).await {
        return Err(Stop::Skip("FarSide::pass_time does nothing".to_owned()));
    }
    Ok(wait)
}
