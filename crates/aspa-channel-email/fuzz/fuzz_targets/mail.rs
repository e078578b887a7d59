//! Any mail becomes one event of our account, the same each time.
#![no_main]

use std::sync::LazyLock;

use aspa_channel_email::{EmailChannel, EmailConfig, Login, Server};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;

static CHANNEL: LazyLock<EmailChannel> = LazyLock::new(|| {
    let login = Login::password("support", Secret::new("password"));
    let server = || Server::tls("mail.shop.example", 993);
    let key = Secret::new("0123456789abcdef");
    let account = AccountId::new("mail").unwrap();
    let config = EmailConfig::new(account, "support@shop.example", key, server(), server(), login);
    config.vouched_by("mx.shop.example").build().unwrap()
});

fuzz_target!(|raw: &[u8]| {
    let read = || CHANNEL.read(raw, chrono::DateTime::UNIX_EPOCH).unwrap();
    let event = read();
    assert_eq!(event.account.as_str(), "mail");
    assert_eq!(event.key(), read().key());
});
