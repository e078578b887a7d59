use std::fmt;
use std::sync::Arc;

use aspa_channel::{AttributeKind, ConversationKey, Handle, HostAssertion};
use aspa_types::{AccountId, BadId, CustomerId, HandleKey, Network};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::{ChatConfig, ConfigError};
use crate::file::StoredFile;
use crate::identity::{Identity, IdentityError};
use crate::seal::{Key, encode, open, seal};

/// What a visitor's token is sealed for.
const USE: &str = "aspa-webchat visitor 1";
/// How far ahead of ours the clock of another machine of the desk may be.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Lets visitors in and knows them again. Pure: no clock, no chance, no store.
///
/// A visitor without identity has a conversation under an unguessable name; whoever the host vouches
/// for has one under a name derived from account and user id, so that it is the same on each device.
#[derive(Debug, Clone)]
pub struct Visitors {
    config: Arc<ChatConfig>,
    /// The keys of visitors' tokens, as `secrets` of the configuration.
    tokens: Arc<[Key]>,
    /// The keys of references to files, before what each is used for.
    files: Arc<[Key]>,
}

/// Somebody who may write into and read one conversation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Visitor {
    /// The conversation, and the id of the visitor's handle.
    #[serde(rename = "c")]
    pub conversation: Arc<str>,
    /// The host's id of the user, where the host vouches for one: the visitor is verified.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Arc<str>>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    email: Option<(String, bool)>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    phone: Option<(String, bool)>,
    /// When the conversation was first let in.
    #[serde(rename = "b")]
    began: i64,
    /// When this token was made.
    #[serde(rename = "t")]
    at: i64,
}

/// `Debug` shows whether the visitor is verified, and not who it is or where it writes.
impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor")
            .field("verified", &self.user.is_some())
            .finish_non_exhaustive()
    }
}

impl Visitor {
    /// Whether the host vouches for who it is.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.user.is_some()
    }

    /// The profile that the host vouched for, as seen at `at`.
    pub(crate) fn handle(&self, key: HandleKey, at: DateTime<Utc>) -> Handle {
        let mut handle = Handle::new(key);
        if let Some(name) = &self.name {
            handle = handle.verified(AttributeKind::DisplayName, name, at);
        }
        let contacts = [
            (AttributeKind::Email, &self.email),
            (AttributeKind::Phone, &self.phone),
        ];
        for (kind, contact) in contacts {
            handle = match contact {
                Some((value, true)) => handle.verified(kind, value, at),
                Some((value, false)) => handle.with(kind, value, at),
                None => handle,
            };
        }
        handle
    }
}

/// What a page shows on coming in.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Enter {
    /// The token from an earlier visit.
    pub token: Option<String>,
    /// Who is logged in, signed by the host.
    pub identity: Option<String>,
    /// Whether whoever is logged in wrote the anonymous chat of the token, as far as the page can
    /// know: it was begun in the same tab.
    pub join: bool,
}

/// `Debug` shows what was there, and nothing of it.
impl fmt::Debug for Enter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enter")
            .field("token", &self.token.is_some())
            .field("identity", &self.identity.is_some())
            .field("join", &self.join)
            .finish()
    }
}

/// Somebody who came in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Entered {
    /// Who.
    pub visitor: Visitor,
    /// What the page sends with everything from now on.
    pub token: String,
    /// Whether the page has to forget what it shows: this is another visitor than that of the token.
    pub is_new: bool,
    /// Why an identity that was shown did not count.
    pub refused: Option<IdentityError>,
}

impl Visitors {
    /// For this chat.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the field at fault.
    pub fn new(config: ChatConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let r#use = format!("{USE} {}", config.account);
        let files: Arc<[Key]> = config.secrets.iter().map(Key::of).collect();
        Ok(Self {
            config: Arc::new(config),
            tokens: files.iter().map(|key| key.for_use(&r#use)).collect(),
            files,
        })
    }

    /// The account of the chat.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.config.account
    }

    pub(crate) fn config(&self) -> &ChatConfig {
        &self.config
    }

    /// Lets somebody in. `random` is 16 bytes from a cryptographic source, new for each call.
    ///
    /// | token | identity | who comes in |
    /// | --- | --- | --- |
    /// | none, or not ours | none | a new visitor |
    /// | anonymous | none | the same visitor |
    /// | of a user | none | a new visitor: nobody is logged in, so that the user's chat is not shown |
    /// | none, or not ours | of a user | the user |
    /// | anonymous | of a user | the same conversation, now the user's, where `join` and begun lately; else the user |
    /// | of the same user | of a user | the same conversation |
    /// | of another user | of a user | the user |
    ///
    /// An identity that does not count is none.
    #[must_use]
    pub fn enter(&self, enter: &Enter, random: [u8; 16], now: DateTime<Utc>) -> Entered {
        let known = enter.token.as_deref().and_then(|t| self.known(t, now));
        let shown = enter.identity.as_deref().map(|text| {
            let secrets = &self.config.identity_secrets;
            Identity::verify(secrets, text, now)
        });
        let (identity, refused) = match shown {
            None => (None, None),
            Some(Ok(identity)) => (Some(identity), None),
            Some(Err(error)) => (None, Some(error)),
        };
        let (visitor, is_new) = match identity {
            Some(identity) => self.user(known, identity, enter.join, now),
            None => match known.filter(|known| known.user.is_none()) {
                Some(known) => (known, false),
                None => (anonymous(random, now), true),
            },
        };
        let mut visitor = visitor;
        visitor.at = now.timestamp();
        let token = self.token(&visitor);
        Entered {
            visitor,
            token,
            is_new,
            refused,
        }
    }

    fn user(
        &self,
        known: Option<Visitor>,
        identity: Identity,
        join: bool,
        now: DateTime<Utc>,
    ) -> (Visitor, bool) {
        let user: Arc<str> = identity.user.into();
        let began = |known: &Visitor| now.timestamp().saturating_sub(known.began);
        let lately = i64::from(self.config.join_minutes) * 60;
        let same = known.filter(|known| match &known.user {
            Some(before) => *before == user,
            None => join && began(known) <= lately,
        });
        let is_new = same.is_none();
        let (conversation, began) = match same {
            Some(same) => (same.conversation, same.began),
            None => (self.conversation_of(&user), now.timestamp()),
        };
        let visitor = Visitor {
            conversation,
            user: Some(user),
            name: identity.name,
            email: identity.email,
            phone: identity.phone,
            began,
            at: now.timestamp(),
        };
        (visitor, is_new)
    }

    /// 128 bits of SHA-256 over account and user, each with its length.
    fn conversation_of(&self, user: &str) -> Arc<str> {
        let account = self.config.account.as_str();
        let mut hash = Sha256::new();
        for part in [account, user] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        format!("u-{}", encode(&digest[..16])).into()
    }

    fn token(&self, visitor: &Visitor) -> String {
        let key = self.tokens.first();
        key.map_or_else(String::new, |key| seal(key, visitor))
    }

    /// Whose token it is; none where it is not ours, or too old.
    #[must_use]
    pub fn known(&self, token: &str, now: DateTime<Utc>) -> Option<Visitor> {
        let visitor: Visitor = open(&self.tokens, token)?;
        (!self.is_over(&visitor, now)).then_some(visitor)
    }

    /// Whether a visitor's token no longer counts, so that the page has to come in again.
    #[must_use]
    pub fn is_over(&self, visitor: &Visitor, now: DateTime<Utc>) -> bool {
        let Some(at) = DateTime::from_timestamp(visitor.at, 0) else {
            return true;
        };
        let age = now - at;
        age > self.config.remembered(visitor.is_verified()) || age < -SKEW
    }

    /// The longest message, in Unicode scalar values.
    #[must_use]
    pub fn max_text(&self) -> usize {
        self.config.max_text
    }

    /// The conversation of a visitor.
    ///
    /// # Errors
    ///
    /// [`BadId`] never for a visitor that was let in here.
    pub fn conversation(&self, visitor: &Visitor) -> Result<ConversationKey, BadId> {
        ConversationKey::new(self.config.account.clone(), &visitor.conversation)
    }

    pub(crate) fn handle(&self, visitor: &Visitor) -> Result<HandleKey, BadId> {
        let account = self.config.account.as_str();
        HandleKey::new(Network::WEB_CHAT, Some(account), &visitor.conversation)
    }

    /// The customer that a verified visitor is, where the host's user ids name customers.
    pub(crate) fn assertion(&self, visitor: &Visitor) -> Option<HostAssertion> {
        let system = self.config.customer_system.clone()?;
        let customer = CustomerId::new(system, visitor.user.clone()?).ok()?;
        Some(HostAssertion::new(customer))
    }

    /// A reference to a file that this visitor uploaded, to be named in a message. Nobody can make one
    /// up, and it is of use in this conversation only.
    #[must_use]
    pub fn reference(&self, visitor: &Visitor, file: &StoredFile) -> String {
        let key = self.file_keys(visitor).next();
        key.map_or_else(String::new, |key| seal(&key, file))
    }

    /// The file that a reference names.
    #[must_use]
    pub fn file(&self, visitor: &Visitor, reference: &str) -> Option<StoredFile> {
        let keys: Vec<Key> = self.file_keys(visitor).collect();
        open(&keys, reference)
    }

    fn file_keys(&self, visitor: &Visitor) -> impl Iterator<Item = Key> {
        let account = &self.config.account;
        let r#use = format!("aspa-webchat file 1 {account} {}", visitor.conversation);
        self.files.iter().map(move |key| key.for_use(&r#use))
    }
}

fn anonymous(random: [u8; 16], now: DateTime<Utc>) -> Visitor {
    Visitor {
        conversation: format!("v-{}", encode(&random)).into(),
        user: None,
        name: None,
        email: None,
        phone: None,
        began: now.timestamp(),
        at: now.timestamp(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_types::{Secret, SystemId};

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn host() -> Secret {
        Secret::new("idsec-0123456789abcdef")
    }

    fn visitors() -> Visitors {
        let account = AccountId::new("chat").unwrap();
        let config = ChatConfig::new(account, Secret::new("chsec-0123456789abcdef"))
            .with_identities(host(), Some(SystemId::new("crm").unwrap()));
        Visitors::new(config).unwrap()
    }

    fn identity(user: &str) -> Option<String> {
        Some(Identity::sign(&host(), user, now() + TimeDelta::days(9)).unwrap())
    }

    fn enter(
        token: Option<&Entered>,
        user: Option<&str>,
        join: bool,
        at: DateTime<Utc>,
    ) -> Entered {
        let token = token.map(|entered| entered.token.clone());
        let identity = user.and_then(identity);
        let enter = Enter {
            token,
            identity,
            join,
        };
        let random = [u8::try_from(at.timestamp() % 251).unwrap(); 16];
        visitors().enter(&enter, random, at)
    }

    fn place(entered: &Entered) -> &str {
        &entered.visitor.conversation
    }

    #[test]
    fn a_visitor_is_the_same_until_a_user_signs_out() {
        let later = |minutes| now() + TimeDelta::minutes(minutes);
        let first = enter(None, None, false, now());
        let again = enter(Some(&first), None, false, later(1));
        assert_eq!((place(&first), again.is_new), (place(&again), false));

        let joined = enter(Some(&again), Some("matti"), true, later(2));
        assert_eq!((place(&joined), joined.is_new), (place(&first), false));
        let reload = enter(Some(&joined), Some("matti"), false, later(3));
        assert_eq!((place(&reload), reload.is_new), (place(&first), false));

        let out = enter(Some(&reload), None, false, later(4));
        assert!(out.is_new && !out.visitor.is_verified());
        assert_ne!(place(&out), place(&first));

        let other = enter(Some(&reload), Some("liisa"), true, later(5));
        assert!(other.is_new);
        assert_ne!(place(&other), place(&first));
    }

    #[test]
    fn a_user_has_one_conversation_on_each_device() {
        let phone = enter(None, Some("matti"), false, now());
        let laptop = enter(None, Some("matti"), false, now() + TimeDelta::minutes(1));
        let liisa = enter(None, Some("liisa"), false, now());
        assert_eq!(place(&phone), place(&laptop));
        assert_ne!(place(&phone), place(&liisa));
        let asserted = visitors().assertion(&phone.visitor).unwrap();
        assert_eq!(asserted.customer.to_string(), "crm:matti");
    }

    #[test]
    fn an_anonymous_chat_of_somebody_before_is_not_taken_along() {
        let before = enter(None, None, false, now());
        let another_tab = enter(
            Some(&before),
            Some("matti"),
            false,
            now() + TimeDelta::minutes(1),
        );
        assert_ne!(place(&another_tab), place(&before));
        let too_late = enter(
            Some(&before),
            Some("matti"),
            true,
            now() + TimeDelta::hours(2),
        );
        assert_ne!(place(&too_late), place(&before));
    }

    #[test]
    fn tokens_are_ours_fresh_and_whole() {
        let entered = enter(None, None, false, now());
        let known = |text: &str, at| visitors().known(text, at);
        assert_eq!(known(&entered.token, now()), Some(entered.visitor.clone()));
        assert_eq!(known(&entered.token, now() + TimeDelta::days(181)), None);
        assert_eq!(known(&entered.token, now() - TimeDelta::hours(1)), None);
        let user = enter(None, Some("matti"), false, now());
        assert!(known(&user.token, now() + TimeDelta::hours(11)).is_some());
        assert_eq!(known(&user.token, now() + TimeDelta::hours(13)), None);
        for end in 0..entered.token.len() {
            assert_eq!(known(&entered.token[..end], now()), None);
        }
        let forged = user.token.split_once('.').unwrap().0.to_owned()
            + "."
            + entered.token.split_once('.').unwrap().1;
        assert_eq!(known(&forged, now()), None);
    }

    #[test]
    fn a_forged_identity_is_none() {
        let enter = Enter {
            identity: Some("matti.99999999999.00".to_owned()),
            ..Enter::default()
        };
        let entered = visitors().enter(&enter, [7; 16], now());
        assert!(!entered.visitor.is_verified());
        assert_eq!(entered.refused, Some(IdentityError::WrongSignature));
    }
}
