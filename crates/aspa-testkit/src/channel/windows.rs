use aspa_channel::{EffectName, ErrorKind, Landed};
use chrono::TimeDelta;

use super::stage::{Stage, told};
use crate::case::{Checked, fault, skip};

/// C16: in the last second of the declared time the effect is done, and in the first after it is
/// refused, with nothing landed.
pub(super) async fn hold(stage: &Stage, name: EffectName) -> Checked {
    stage.needs(&name)?;
    let Some(seconds) = stage.claims().seconds(&name) else {
        return skip(format!("no time is declared for {name}"));
    };
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX / 2_000);
    for (after, is_open) in [(seconds - 1, true), (seconds + 1, false)] {
        let effect = stage.about(&name, &stage.text()).await?;
        let after = TimeDelta::try_seconds(after).unwrap_or(TimeDelta::MAX);
        if !stage.far_side().pass_time(after).await {
            return skip("FarSide::pass_time does nothing");
        }
        let result = stage.channel().perform(&effect).await;
        if is_open {
            if let Err(e) = result {
                return fault(
                    format!("{name} done a second before its {seconds} are over"),
                    told(&e),
                    "capabilities declare more time than the network gives",
                );
            }
            continue;
        }
        let expected = format!("{name} refused as window_closed, landed No, a second after");
        let cause = "the network's refusal is not mapped, or capabilities declare less time than it \
                     gives";
        match result {
            Err(e) if *e.kind() == ErrorKind::WindowClosed && e.landed() == Landed::No => {}
            Err(e) => return fault(expected, told(&e), cause),
            Ok(_) => return fault(expected, "a receipt", cause),
        }
    }
    Ok(())
}
