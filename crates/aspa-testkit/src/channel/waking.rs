use std::time::Duration;

use aspa_channel::{Channel, Cursor, Error, ErrorKind, MessageKey};
use http::StatusCode;

use super::polling::{drain, messages, written};
use super::stage::{Stage, told};
use crate::case::{Checked, fault, skip};
use crate::faults::{HttpFault, On};

/// So long a wait goes on without a reason before it is taken to be quiet.
const QUIET: Duration = Duration::from_millis(100);

/// So long news may take.
const SOON: Duration = Duration::from_secs(5);

/// So often a wait may return without a reason: once when it is connected, and a little more.
const FALSE_ALARMS: usize = 3;

const NEVER: &str =
    "the wait hears only what comes while it waits, or a part of what a poll brings";

/// A host that waits and polls.
struct Host<'a> {
    stage: &'a Stage,
    cursor: Option<Cursor>,
}

impl<'a> Host<'a> {
    async fn start(stage: &'a Stage) -> Checked<Self> {
        if let Ok(Err(error)) = tokio::time::timeout(QUIET, stage.channel().changed()).await
            && *error.kind() == ErrorKind::Unsupported
        {
            return skip("the network tells nothing: Channel::changed is unsupported");
        }
        let (_, cursor) = drain(stage, None).await?;
        Ok(Self { stage, cursor })
    }

    async fn poll(&mut self) -> Checked<Vec<MessageKey>> {
        let (events, cursor) = drain(self.stage, self.cursor.take()).await?;
        self.cursor = cursor;
        Ok(messages(&events)
            .map(|message| message.key.clone())
            .collect())
    }

    /// Waits and polls until a wait goes on.
    async fn quiet(&mut self) -> Checked {
        for _ in 0..=FALSE_ALARMS {
            match tokio::time::timeout(QUIET, self.stage.channel().changed()).await {
                Err(_) => return Ok(()),
                Ok(Ok(())) => drop(self.poll().await?),
                Ok(Err(error)) => return broken(&error),
            }
        }
        fault(
            "a wait that goes on while nothing happens",
            format!("{} returns at once", FALSE_ALARMS + 1),
            "it returns whatever happens, so that a host polls without a pause",
        )
    }

    /// What a host reads that waits and polls until this message is there.
    async fn hears(&mut self, channel: &dyn Channel, key: &MessageKey) -> Checked {
        for _ in 0..=FALSE_ALARMS {
            match tokio::time::timeout(SOON, channel.changed()).await {
                Err(_) => {
                    let expected = format!("a wait that ends, since message {key} was written");
                    return fault(expected, format!("none within {SOON:?}"), NEVER);
                }
                Ok(Ok(())) if self.poll().await?.contains(key) => return Ok(()),
                Ok(Ok(())) => {}
                Ok(Err(error)) => return broken(&error),
            }
        }
        let expected = format!("message {key} by the poll after the wait");
        let cause = "the wait returns before the network has what it tells of";
        fault(expected, format!("none after {FALSE_ALARMS} waits"), cause)
    }
}

fn broken(error: &Error) -> Checked {
    let cause = "the stream is closed by the adapter itself, or cannot be opened twice";
    fault("a wait without an error", told(error), cause)
}

async fn news(stage: &Stage) -> Checked<MessageKey> {
    match written(stage, 1).await?.into_iter().next() {
        Some((key, _)) => Ok(key),
        None => skip("FarSide::customer_writes gives no message"),
    }
}

/// C19: who waits is woken by each message, and by nothing else.
pub(super) async fn wakes(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    for _ in 0..3 {
        host.quiet().await?;
        let channel = stage.channel();
        let later = async {
            tokio::time::sleep(QUIET / 4).await;
            news(stage).await
        };
        let waiting = tokio::time::timeout(SOON, channel.changed());
        let (woken, key) = tokio::join!(waiting, later);
        let key = key?;
        match woken {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return broken(&error),
            Err(_) => {
                let expected = format!("a wait that ends, since message {key} was written");
                return fault(expected, format!("none within {SOON:?}"), NEVER);
            }
        }
        if !host.poll().await?.contains(&key) {
            host.hears(channel, &key).await?;
        }
    }
    host.quiet().await
}

/// C19: what comes after a poll and before the next wait, or when a wait was given up, ends the next
/// one.
pub(super) async fn misses_nothing(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    host.quiet().await?;
    let between = news(stage).await?;
    host.hears(stage.channel(), &between).await?;
    host.quiet().await?;
    for patience in [1, 5, 20] {
        let patience = Duration::from_millis(patience);
        let waiting = tokio::time::timeout(patience, stage.channel().changed());
        let (woken, key) = tokio::join!(waiting, news(stage));
        let key = key?;
        // Who was woken in time polls, and has it.
        if woken.is_err() || !host.poll().await?.contains(&key) {
            host.hears(stage.channel(), &key).await?;
        }
        host.quiet().await?;
    }
    Ok(())
}

/// C19: a wait whose stream cannot be had or breaks comes to an end, is not told as unsupported, and
/// the next ones hear again.
pub(super) async fn breaks(stage: &Stage) -> Checked {
    let faults = stage.faults()?;
    Host::start(stage).await?;
    for wrong in [
        HttpFault::NoConnection,
        HttpFault::CutAfter,
        HttpFault::CutWithin,
        HttpFault::HalfBody,
        HttpFault::Status(StatusCode::BAD_GATEWAY),
    ] {
        let mut host = Host::start(stage).await?;
        let channel = stage.restarted()?;
        faults.script(On::read(), wrong.clone());
        // It is opened, breaks, and is opened again: at once, or when something happens.
        for _ in 0..=FALSE_ALARMS {
            match tokio::time::timeout(QUIET, channel.changed()).await {
                Ok(Err(error)) if *error.kind() == ErrorKind::Unsupported => {
                    return fault(
                        format!("an error of kind unavailable, or none, after {wrong:?}"),
                        told(&error),
                        "whoever is told that waiting is unsupported never waits again",
                    );
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        if faults.clear() > 0 {
            return skip("a wait sends no request that reads");
        }
        for _ in 0..2 {
            let key = news(stage).await?;
            host.heals(&*channel, &key, &wrong).await?;
        }
    }
    Ok(())
}

impl Host<'_> {
    /// As [`hears`](Self::hears), but one wait may still tell of what broke.
    async fn heals(
        &mut self,
        channel: &dyn Channel,
        key: &MessageKey,
        wrong: &HttpFault,
    ) -> Checked {
        for _ in 0..=FALSE_ALARMS + 1 {
            let waited = tokio::time::timeout(SOON, channel.changed()).await;
            if waited.is_err() {
                let cause = "a stream that ended is waited for as if it were open";
                let expected = format!("a wait that ends after {wrong:?}");
                return fault(expected, format!("none within {SOON:?}"), cause);
            }
            if self.poll().await?.contains(key) {
                return Ok(());
            }
        }
        let expected = format!("message {key} by a poll, after {wrong:?}");
        fault(expected, "none", NEVER)
    }
}
