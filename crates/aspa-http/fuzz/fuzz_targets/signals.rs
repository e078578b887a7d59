//! Any status and headers are read, each line one header; what they say holds nothing back for ever.
#![no_main]

use aspa_http::{Purpose, Signals, Throttle};
use chrono::{DateTime, TimeDelta};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u32, &[u8])| {
    let (status, seconds, lines) = input;
    let Ok(status) = StatusCode::from_u16(status) else {
        return;
    };
    let mut headers = HeaderMap::new();
    for line in lines.split(|b| *b == b'\n') {
        let mut parts = line.splitn(2, |b| *b == b':');
        let name = parts.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts.next().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let now = DateTime::from_timestamp(seconds.into(), 0).unwrap_or_default();
    let signals = Signals::read(status, &headers, now);
    let month = now + TimeDelta::days(31);
    for at in signals.wait_until.into_iter().chain(signals.reset) {
        assert!(now <= at && at <= month);
    }
    let throttle = Throttle::default();
    throttle.heard(Some("a"), &signals, now);
    let kept = serde_json::to_string(&throttle.snapshot()).unwrap_or_default();
    let restored = Throttle::default();
    restored.restore(serde_json::from_str(&kept).unwrap_or_default(), now);
    assert_eq!(restored.snapshot(), throttle.snapshot());
    let wait = month - now;
    assert!(throttle.pass(Some("a"), Purpose::Effect, now, wait.to_std().unwrap_or_default()).is_ok());
});
