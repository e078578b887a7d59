use std::time::Instant;

use async_trait::async_trait;
use metrics::histogram;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span, debug_span};

use super::{Call, Layer, Next, Reply};
use crate::error::{Error, ErrorKind};

const NAME: &str = "aspa.channel.duration";

/// Makes each call one span and one figure, without its content.
///
/// The span is `poll`, `fetch`, `perform` or `probe` of the target `aspa_channel`, at level debug, with
/// `account`, `network`, the key of an `effect`, and the kind of an `error` in the end. The figure is the
/// histogram `aspa.channel.duration` in seconds, told apart by `account`, `call` and `outcome`: `ok`, or
/// the kind of the error.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to it")]
pub struct Trace;

fn span(call: Call<'_>, next: &Next<'_>) -> Span {
    let channel = next.channel();
    let (account, network) = (channel.account(), channel.network());
    macro_rules! named {
        ($name:literal) => {
            debug_span!(target: "aspa_channel", $name, %account, %network, effect = Empty, error = Empty)
        };
    }
    let span = match call {
        Call::Poll(_) => named!("poll"),
        Call::Fetch(_) => named!("fetch"),
        Call::Perform(_) => named!("perform"),
        Call::Probe(_) => named!("probe"),
    };
    if let Call::Perform(effect) | Call::Probe(effect) = call {
        span.record("effect", display(&effect.key));
    }
    span
}

#[async_trait]
impl Layer for Trace {
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let account = next.channel().account().clone();
        let span = span(call, &next);
        let began = Instant::now();
        let reply = next.run(call).instrument(span.clone()).await;
        let outcome = match &reply {
            Ok(_) => "ok",
            Err(error) => word(error.kind()),
        };
        if reply.is_err() {
            span.record("error", outcome);
        }
        histogram!(NAME, "account" => account.as_str().to_owned(), "call" => call.name(), "outcome" => outcome)
            .record(began.elapsed());
        reply
    }
}

/// A kind that this code knows, or `other`: figures are told apart by few values.
fn word(kind: &ErrorKind) -> &'static str {
    let known = ErrorKind::KNOWN.iter();
    known
        .copied()
        .find(|word| *word == kind.as_str())
        .unwrap_or("other")
}
