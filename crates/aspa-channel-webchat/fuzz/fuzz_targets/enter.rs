//! Whatever a page shows on coming in, nobody is somebody without a signature.
#![no_main]

use aspa_channel_webchat::{ChatConfig, Enter, Visitors};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let config = ChatConfig::new(
        AccountId::new("chat").unwrap(),
        Secret::new("chsec-0123456789abcdef"),
    )
    .with_identities(Secret::new("idsec-0123456789abcdef"), None);
    let visitors = Visitors::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let (token, identity) = text.split_once('\n').unwrap_or((text, text));
    let mut enter = Enter::default();
    enter.token = Some(token.to_owned());
    enter.identity = Some(identity.to_owned());
    enter.join = true;
    let entered = visitors.enter(&enter, [7; 16], now);
    assert!(entered.is_new && !entered.visitor.is_verified());
    assert!(visitors.known(token, now).is_none());
    assert_eq!(visitors.known(&entered.token, now), Some(entered.visitor));
});
