use std::time::Duration;

use aspa_channel::{
    Effect, EffectName, Error, ErrorKind, Idempotency, Landed, Probe, Receipt, Status,
};
use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Response, StatusCode};

use super::stage::{Stage, listed, told};
use crate::case::{Checked, Stop, fault, skip};
use crate::faults::{Faults, Hint, HttpFault, On};

/// How far the wait of an error may be from the one that a date or a reset asks for.
const ROUNDING: Duration = Duration::from_secs(2);

/// What a page for people looks like to a program that expects something else.
const A_PAGE: &[u8] = b"<!doctype html><title>Sign in</title><p>Welcome to the guest network";

/// Performs an effect while something goes wrong with its request, of which there are `most` at most.
async fn troubled(
    stage: &Stage,
    effect: &Effect,
    wrong: HttpFault,
    most: usize,
) -> Checked<Result<Receipt, Error>> {
    let faults = stage.faults()?;
    let before = faults.writes();
    faults.script(On::write(), wrong.clone());
    let result = stage.channel().perform(effect).await;
    if faults.clear() > 0 {
        return fault(
            "a request that writes",
            "none",
            "the adapter does not send through ChannelFixture::faults, or Faults::writes_when does \
             not know what writes",
        );
    }
    let writes = faults.writes() - before;
    if writes <= most {
        return Ok(result);
    }
    let cause = "the adapter or its HTTP client repeats an effect; only whoever performs may";
    fault(
        format!("one request after {wrong:?}"),
        writes.to_string(),
        cause,
    )
}

fn name_of(hint: Hint) -> &'static str {
    match hint {
        Hint::Seconds => "retry-after in seconds",
        Hint::Date => "retry-after as a date",
        Hint::ResetEpoch => "x-ratelimit-reset since 1970",
        Hint::ResetIso => "x-ratelimit-reset in ISO 8601",
        Hint::Nothing => "no hint",
    }
}

fn gives(stage: &Stage, hint: Hint) -> Checked {
    match stage.faults()?.hints().contains(&hint) {
        true => Ok(()),
        false => skip(format!("Faults::with_hints leaves out {}", name_of(hint))),
    }
}

/// What is wrong with the error for a 429, in words; nothing where it is right.
fn misheard(error: &Error, hint: Hint) -> Option<String> {
    if *error.kind() != ErrorKind::Throttled || error.landed() != Landed::No {
        return Some(told(error));
    }
    let wait = error.retry_after();
    let is_right = match hint {
        Hint::Nothing => true,
        Hint::Seconds => wait == Some(Faults::WAIT),
        _ => wait.is_some_and(|wait| wait.abs_diff(Faults::WAIT) <= ROUNDING),
    };
    (!is_right).then(|| format!("retry_after {wait:?}"))
}

const NOT_READ: &str = "the status is taken for another refusal, or the hint is not read: \
                        Retry-After is seconds or a date, a reset is seconds since 1970 or ISO 8601";

/// C12: a 429 is told as such, with the wait that it asks for, after one request.
pub(super) async fn throttled(stage: &Stage, hint: Hint) -> Checked {
    gives(stage, hint)?;
    stage.needs(&EffectName::Send)?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let expected = format!(
        "throttled, landed No, to wait {:?}, after 429 with {}",
        Faults::WAIT,
        name_of(hint)
    );
    match troubled(stage, &effect, HttpFault::Throttled(hint), 1).await? {
        Ok(_) => return fault(expected, "a receipt", NOT_READ),
        Err(error) => {
            if let Some(came) = misheard(&error, hint) {
                return fault(expected, came, NOT_READ);
            }
        }
    }
    let seen = stage.ours_with(&text).await;
    match seen.is_empty() {
        true => Ok(()),
        false => fault("nothing published", listed(&seen), NOT_READ),
    }
}

/// C12: the same of a read.
pub(super) async fn throttled_reading(stage: &Stage) -> Checked {
    let faults = stage.faults()?;
    match stage.channel().poll(None).await {
        Err(e) if *e.kind() == ErrorKind::Unsupported => return skip("the network only pushes"),
        _ => {}
    }
    let hint = faults.hints().first().copied().unwrap_or(Hint::Nothing);
    faults.script(On::read(), HttpFault::Throttled(hint));
    let polled = stage.channel().poll(None).await;
    if faults.clear() > 0 {
        return skip("a poll sends no request that reads");
    }
    let expected = format!("a poll throttled after 429 with {}", name_of(hint));
    let cause = "an error in the middle of a poll is swallowed, or not mapped as in perform";
    match polled {
        Ok(page) => {
            let came = format!("a page of {} events", page.events.len());
            fault(expected, came, cause)
        }
        Err(error) => match misheard(&error, hint) {
            Some(came) => fault(expected, came, cause),
            None => Ok(()),
        },
    }
}

/// C13: without a connection nothing landed, and the same effect can be performed again.
pub(super) async fn no_connection(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let expected = "unavailable, landed No, retryable without a connection";
    let cause = "HttpError::may_have_been_sent is not asked";
    match troubled(stage, &effect, HttpFault::NoConnection, 1).await? {
        Err(e)
            if *e.kind() == ErrorKind::Unavailable
                && e.landed() == Landed::No
                && e.status() == Status::Temporary => {}
        Err(e) => return fault(expected, told(&e), cause),
        Ok(_) => return fault(expected, "a receipt", cause),
    }
    stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    match seen.len() {
        1 => Ok(()),
        _ => fault(
            "one message once it is performed again",
            listed(&seen),
            cause,
        ),
    }
}

/// What an effect is left at that nobody answered, in words.
fn left_open(result: &Result<Receipt, Error>) -> Option<String> {
    match result {
        Err(e) if e.landed() == Landed::No => Some(told(e)),
        Err(e) if !matches!(e.kind(), ErrorKind::Unavailable | ErrorKind::Protocol) => {
            Some(told(e))
        }
        _ => None,
    }
}

const SAYS_NO: &str = "an error without an answer, or of 5xx, is taken for a refusal; who believes it performs again \
     and makes a second message";

/// C13: where the request was sent and the network did nothing, it is open whether it landed.
pub(super) async fn nothing_came_of_it(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    for wrong in [
        HttpFault::CutBefore,
        HttpFault::Status(StatusCode::BAD_GATEWAY),
    ] {
        let text = stage.text();
        let effect = stage.reply(&text).await;
        let expected = format!("unavailable, landed Maybe, after {wrong:?}");
        let result = troubled(stage, &effect, wrong, 1).await?;
        if let Some(came) = left_open(&result) {
            return fault(expected, came, SAYS_NO);
        }
        if result.is_ok() {
            return fault(
                expected,
                "a receipt",
                "success is made up where no answer came",
            );
        }
        let expected = "what never landed absent, or cannot_tell";
        let cause =
            "the probe takes the adapter's own memory or another message for what it looks for";
        match stage.channel().probe(&effect).await {
            Ok(Probe::Absent | Probe::CannotTell) => {}
            Ok(Probe::Found(_)) => return fault(expected, "found", cause),
            Err(e) => return fault(expected, told(&e), cause),
        }
    }
    Ok(())
}

/// C13: where the network did its work and the answer is lost, nothing claims that it did not: one
/// message, one request, and the probe finds it or cannot tell.
pub(super) async fn answer_lost(stage: &Stage, wrongs: &[HttpFault]) -> Checked {
    stage.needs(&EffectName::Send)?;
    for wrong in wrongs {
        let text = stage.text();
        let effect = stage.reply(&text).await;
        let result = troubled(stage, &effect, wrong.clone(), 1).await?;
        let seen = stage.ours_with(&text).await;
        let [message] = seen.as_slice() else {
            let came = stage.instead(&seen).await;
            let cause = "the fixture's network does nothing before it answers";
            return fault("one message, although the answer is lost", came, cause);
        };
        if let Some(came) = left_open(&result) {
            let expected = format!("landed Maybe or Yes after {wrong:?}");
            return fault(expected, came, SAYS_NO);
        }
        let names = |receipt: &Receipt| {
            let mut keys = receipt.messages.iter();
            receipt.messages.is_empty() || keys.any(|key| *key.id == *message.id)
        };
        if let Ok(receipt) = &result
            && !names(receipt)
        {
            return fault(
                format!(
                    "an error, or a receipt of message {}, after {wrong:?}",
                    message.id
                ),
                "a receipt of another message",
                "an answer that makes no sense is taken for success, and its blanks are filled in",
            );
        }
        probe_after(stage, &effect, &message.id, names).await?;
        if stage.claims().idempotency == Idempotency::Native {
            stage.perform(&effect).await?;
            let seen = stage.ours_with(&text).await;
            if seen.len() != 1 {
                let cause = "the network does not know the key again, so idempotency is not native";
                return fault("one message after performing again", listed(&seen), cause);
            }
        }
    }
    Ok(())
}

async fn probe_after(
    stage: &Stage,
    effect: &Effect,
    id: &str,
    names: impl Fn(&Receipt) -> bool,
) -> Checked {
    let expected = format!("message {id} found, or cannot_tell, after its answer was lost");
    let cause = "the probe goes by what the adapter remembers of its own answers, or looks in the \
                 wrong place";
    match stage.channel().probe(effect).await {
        Ok(Probe::CannotTell) => Ok(()),
        Ok(Probe::Found(receipt)) if names(&receipt) => Ok(()),
        Ok(Probe::Found(_)) => fault(expected, "another message", cause),
        Ok(Probe::Absent) => fault(expected, "absent", cause),
        Err(e) => fault(expected, told(&e), cause),
    }
}

/// C13: the same holds for every effect that is claimed.
pub(super) async fn every_effect_is_left_open(stage: &Stage) -> Checked {
    stage.faults()?;
    let mut tried = 0;
    for name in EffectName::KNOWN.iter().map(|word| EffectName::from(*word)) {
        if !stage.does(&name) {
            continue;
        }
        let effect = match stage.about(&name, &stage.text()).await {
            Ok(effect) => effect,
            Err(Stop::Skip(_)) => continue,
            Err(stop) => return Err(stop),
        };
        let result = troubled(stage, &effect, HttpFault::CutAfter, 1).await?;
        if let Some(came) = left_open(&result) {
            let expected = format!("{name}: landed Maybe or Yes after a lost answer");
            return fault(expected, came, SAYS_NO);
        }
        if result.is_ok() && name == EffectName::Send {
            continue;
        }
        match stage.channel().probe(&effect).await {
            Ok(Probe::Found(_) | Probe::CannotTell) => tried += 1,
            other => {
                let came = match other {
                    Err(e) => told(&e),
                    _ => "absent".to_owned(),
                };
                let expected = format!("{name} found or cannot_tell after a lost answer");
                let cause = "the probe looks for a new message whatever the effect was";
                return fault(expected, came, cause);
            }
        }
    }
    match tried {
        0 => skip("the channel claims no effect that can be tried"),
        _ => Ok(()),
    }
}

/// C14: expired credentials are told, and nothing landed; or they are renewed, and one message did.
pub(super) async fn expired(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let result = troubled(stage, &effect, HttpFault::Expired, 2).await?;
    let seen = stage.ours_with(&text).await;
    let expected = "unauthorized, landed No; or one message under renewed credentials";
    let cause = "the network's answer to expired credentials is not told from other refusals (see \
                 Faults::expired_as)";
    match result {
        Ok(_) if seen.len() == 1 => Ok(()),
        Err(e)
            if *e.kind() == ErrorKind::Unauthorized
                && e.landed() == Landed::No
                && seen.is_empty() =>
        {
            Ok(())
        }
        Ok(_) => fault(expected, format!("a receipt, and {}", listed(&seen)), cause),
        Err(e) => fault(
            expected,
            format!("{}, and {}", told(&e), listed(&seen)),
            cause,
        ),
    }
}

/// C15: whatever the network answers, no error shows it; nor does the channel show its secrets.
pub(super) async fn secrets_stay_inside(stage: &Stage) -> Checked {
    let secrets = &stage.fixture.secrets;
    if secrets.is_empty() {
        return skip("ChannelFixture::with_secret names none");
    }
    let shown = format!("{0:?}\n{0:#?}", stage.channel());
    if secrets.iter().any(|secret| shown.contains(secret.as_str())) {
        return fault(
            "no secret in the channel's Debug",
            "one (left out here)",
            "a String, or a header, holds what belongs into aspa_types::Secret",
        );
    }
    let faults = stage.faults()?;
    // 429 last: after it, an adapter may keep silent by itself.
    for status in [400_u16, 401, 403, 404, 409, 422, 500, 200, 429] {
        let text = stage.text();
        let effect = stage.reply(&text).await;
        let echo = format!(
            "{{\"error\":\"{text} {0}\",\"message\":\"{0} {text}\",\"code\":\"no {0}\"}}",
            secrets.join(" ")
        );
        let mut answer = Response::new(Bytes::from(echo));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        if let Ok(value) = HeaderValue::from_str(&secrets.join(" ")) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        let answer = HttpFault::Answer(answer);
        // Each is kept by the listener and looked at when the case ends.
        if stage.does(&EffectName::Send) {
            faults.script(On::write(), answer.clone());
            let _ = stage.channel().perform(&effect).await;
            faults.clear();
        }
        faults.script(On::read(), answer.clone());
        let _ = stage.channel().poll(None).await;
        faults.clear();
        faults.script(On::read(), answer);
        let _ = stage.channel().probe(&effect).await;
        faults.clear();
    }
    Ok(())
}

/// The answers that get lost by a cut or no answer in time.
pub(super) fn cuts() -> Vec<HttpFault> {
    vec![
        HttpFault::CutAfter,
        HttpFault::TimeoutAfter,
        HttpFault::CutWithin,
    ]
}

/// The errors of servers that did their work all the same.
pub(super) fn server_errors() -> Vec<HttpFault> {
    [500, 502, 504]
        .into_iter()
        .filter_map(|status| StatusCode::from_u16(status).ok())
        .map(HttpFault::StatusAfter)
        .collect()
}

/// Answers of which nobody can make sense.
pub(super) fn nonsense() -> Vec<HttpFault> {
    vec![
        HttpFault::Body(Bytes::from_static(A_PAGE)),
        HttpFault::Body(Bytes::from_static(b"\xff\x00\xfe")),
        HttpFault::HalfBody,
        HttpFault::TooLarge,
    ]
}
