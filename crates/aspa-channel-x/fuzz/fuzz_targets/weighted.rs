//! Any text is measured and split.
#![no_main]

use aspa_channel::{
    Capabilities, ConversationKey, Effect, EffectKind, EffectName, ReplyKind, Support, TextUnit,
};
use aspa_types::{AccountId, EffectKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let checked = chrono::NaiveDate::default();
    let claims = Capabilities::new(checked, "fuzz")
        .with(EffectName::Send, Support::Full)
        .with_text(30, TextUnit::Weighted);
    let conversation = ConversationKey::new(AccountId::new("shop").unwrap(), "1").unwrap();
    let kind = EffectKind::send(text, ReplyKind::Answer);
    let effect = Effect::new(EffectKey::new("e").unwrap(), conversation, kind);
    if let Ok(parts) = claims.split(&effect) {
        for part in parts {
            assert!(claims.check(&part).is_ok());
        }
    }
});
