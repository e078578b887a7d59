use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::BadId;

/// A kind of place where customers write: `mastodon`, `facebook_page`, `email`.
///
/// An open set: an adapter may bring its own. Lower-case ASCII letters, digits and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Network(Cow<'static, str>);

macro_rules! networks {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Network {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($text));)*
        }
    };
}

networks! {
    /// The host's own app: in-app messages, contact forms, call-back requests.
    API = "api";
    /// Bluesky.
    BLUESKY = "bluesky";
    /// E-mail.
    EMAIL = "email";
    /// Posts and comments of a Facebook Page.
    FACEBOOK_PAGE = "facebook_page";
    /// A discussion forum of one's own.
    FORUM = "forum";
    /// Instagram.
    INSTAGRAM = "instagram";
    /// Servers with the Mastodon API.
    MASTODON = "mastodon";
    /// Facebook Messenger.
    MESSENGER = "messenger";
    /// Phone calls and call-back requests.
    PHONE = "phone";
    /// Chat on the company's own pages.
    WEB_CHAT = "web_chat";
    /// WhatsApp.
    WHATSAPP = "whatsapp";
    /// WordPress comments.
    WORDPRESS = "wordpress";
    /// X, formerly Twitter.
    X = "x";
}

impl Network {
    /// Names a network.
    ///
    /// # Errors
    ///
    /// [`BadId`] unless the name has 1 to 1,024 of `a-z`, `0-9` and `_`.
    pub fn new(name: impl Into<String>) -> Result<Self, BadId> {
        let name = name.into();
        BadId::check("network", &name)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.chars().all(fits) {
            return Err(BadId::Shape {
                what: "network",
                shape: "a-z, 0-9 and _",
            });
        }
        Ok(Self(Cow::Owned(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Network {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
