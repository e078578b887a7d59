use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The widget: one script of plain JavaScript, to be served to pages.
pub const WIDGET: &str = include_str!("../widget/webchat.js");

/// A name of this version of the widget, for an address that can be kept for ever.
#[must_use]
pub fn widget_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let digest = Sha256::digest(WIDGET.as_bytes());
        aspa_types::hex::encode(&digest[..6])
    })
}
