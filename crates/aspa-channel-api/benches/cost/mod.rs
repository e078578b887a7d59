//! What a webhook's `receive` costs beside the two parts that cannot be left out, on the same bytes: parsing
//! the body into a `serde_json::Value`, and one HMAC-SHA256 over what is signed. Benches of other adapters
//! include this file by its path.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aspa_channel::{Delivery, Received, Webhook};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// Time per call, over so many that the clock does not matter.
fn time(mut call: impl FnMut()) -> Duration {
    const CALLS: u32 = 5_000;
    let began = Instant::now();
    (0..CALLS).for_each(|_| call());
    began.elapsed() / CALLS
}

/// Prints the quickest of forty rounds. The three take turns, so that whatever else the machine does slows
/// all of them.
pub(crate) fn compare(
    webhook: &impl Webhook,
    delivery: &Delivery,
    now: DateTime<Utc>,
    secret: &str,
    signed: &[&[u8]],
) {
    let body = delivery.body();
    let mut best = [Duration::MAX; 3];
    for _ in 0..40 {
        let ours = time(|| {
            let received = webhook.receive(black_box(delivery), now);
            assert!(matches!(received, Received::Accepted { .. }));
        });
        let parse = time(|| {
            let value: Value = serde_json::from_slice(black_box(body)).unwrap();
            black_box(value);
        });
        let mac = time(|| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            signed.iter().for_each(|part| mac.update(black_box(part)));
            black_box(mac.finalize());
        });
        for (best, round) in best.iter_mut().zip([ours, parse, mac]) {
            *best = round.min(*best);
        }
    }
    let [ours, parse, mac] = best;
    let share = ours.as_secs_f64() / (parse * 2 + mac).as_secs_f64();
    let rate = 1.0 / ours.as_secs_f64();
    println!("body                     {:>8} bytes", body.len());
    println!("receive                  {ours:>8.2?}  {rate:.0} a second");
    println!("serde_json parsing       {parse:>8.2?}");
    println!("HMAC-SHA256              {mac:>8.2?}");
    println!("of 2 x parsing and HMAC  {share:>8.2}");
}
