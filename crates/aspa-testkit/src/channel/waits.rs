use std::time::Duration;

use aspa_channel::{Channel, Effect, EffectName, Error, ErrorKind, Landed};
use chrono::TimeDelta;

use super::stage::{Stage, told};
use crate::case::{Checked, fault, skip};
use crate::faults::{Faults, Hint, HttpFault, On};

/// The longest snapshot, in bytes.
const LONGEST: usize = 64 << 10;

/// How far a wait may be from the one that was asked for.
const ROUNDING: Duration = Duration::from_secs(2);

/// Performs an effect that the network refuses as too many; gives what the channel keeps of it.
async fn throttled(stage: &Stage, effect: &Effect) -> Checked<String> {
    let faults = stage.faults()?;
    let hints = faults.hints().iter().copied();
    let Some(hint) = { hints }.find(|hint| *hint != Hint::Nothing) else {
        return skip("Faults::with_hints says that the network gives none");
    };
    faults.script(On::write(), HttpFault::Throttled(hint));
    let refused = stage.channel().perform(effect).await;
    faults.clear();
    if !refused.is_err_and(|error| *error.kind() == ErrorKind::Throttled) {
        return skip("a 429 is not told as throttled; see C12");
    }
    match stage.channel().snapshot() {
        Some(snapshot) => Ok(snapshot),
        None => skip("the channel keeps nothing over a restart: Channel::snapshot is none"),
    }
}

/// C20: another process that takes the snapshot up sends nothing before the network takes it.
pub(super) async fn outlives(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let effect = stage.reply(&stage.text()).await;
    let snapshot = throttled(stage, &effect).await?;
    let cause = "the snapshot holds what belongs to the process or to a message";
    if snapshot.len() > LONGEST {
        let came = format!("one of {} bytes", snapshot.len());
        return fault(
            format!("a snapshot of at most {LONGEST} bytes"),
            came,
            cause,
        );
    }
    if let Some(what) = stage.shown_in(&snapshot) {
        return fault(format!("no {what} in the snapshot"), "one", cause);
    }
    let another = stage.restarted()?;
    another.restore(&snapshot);
    held(stage, &*another, &effect, Faults::WAIT).await?;
    let half = Faults::WAIT / 2;
    let pass = async |time| {
        let time = TimeDelta::from_std(time).unwrap_or_default();
        stage.far_side().pass_time(time).await
    };
    if !pass(half).await {
        return Ok(());
    }
    let third = stage.restarted()?;
    third.restore(&snapshot);
    held(stage, &*third, &effect, half).await?;
    pass(half + ROUNDING).await;
    match third.perform(&effect).await {
        Ok(_) => Ok(()),
        Err(error) => fault(
            "the effect done once the wait is over",
            told(&error),
            "the wait begins again with each restart",
        ),
    }
}

/// Nothing is sent, and the rest of the wait is told.
async fn held(stage: &Stage, channel: &dyn Channel, effect: &Effect, wait: Duration) -> Checked {
    let expected = format!("throttled by itself, landed No, for {wait:?} more, after a restart");
    let cause = "restore does nothing, or the snapshot holds how long instead of until when";
    let writes = stage.faults()?.writes();
    let result = channel.perform(effect).await;
    if stage.faults()?.writes() > writes {
        return fault(expected, "a request to the network", cause);
    }
    let is_right = |error: &Error| {
        *error.kind() == ErrorKind::Throttled
            && error.landed() == Landed::No
            && error
                .retry_after()
                .is_some_and(|told| told.abs_diff(wait) <= ROUNDING)
    };
    match result {
        Err(error) if is_right(&error) => Ok(()),
        Err(error) => {
            let came = format!("{}, retry_after {:?}", told(&error), error.retry_after());
            fault(expected, came, cause)
        }
        Ok(_) => fault(expected, "a receipt", cause),
    }
}

/// C20: a snapshot of another version, of another adapter, or cut, does no harm.
pub(super) async fn no_snapshot(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let effect = stage.reply(&stage.text()).await;
    let snapshot = throttled(stage, &effect).await?;
    let mut half = snapshot.len() / 2;
    while !snapshot.is_char_boundary(half) {
        half -= 1;
    }
    let deep = "[".repeat(10_000);
    for strange in ["", "{}", "null", "7", "ä😀", &snapshot[..half], &deep] {
        let another = stage.restarted()?;
        another.restore(strange);
        let effect = stage.reply(&stage.text()).await;
        if let Err(error) = another.perform(&effect).await {
            let expected = format!("an effect done after {} strange bytes", strange.len());
            let cause = "what cannot be read is taken for a wait";
            return fault(expected, told(&error), cause);
        }
    }
    Ok(())
}
