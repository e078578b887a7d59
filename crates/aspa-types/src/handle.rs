use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{BadId, Network};

/// What identifies somebody's presence on a network: `{network, scope, id}`.
///
/// Ids are opaque and may hold only within a scope: an app, a page, a business portfolio, a server.
/// Two handles of different networks or scopes are never equal. User names and display names are
/// not keys: they change and are given to others.
///
/// Closed, as every key is: a field that it does not know is an error. Written `network:scope:id`, where `%` and `:` inside the scope stand as `%25` and `%3A`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct HandleKey {
    network: Network,
    scope: Option<Arc<str>>,
    id: Arc<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    network: Network,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Arc<str>>,
    id: Arc<str>,
}

impl HandleKey {
    /// Names a presence.
    ///
    /// # Errors
    ///
    /// [`BadId`] when `id` or a given `scope` is empty, too long or holds control characters.
    pub fn new(network: Network, scope: Option<&str>, id: &str) -> Result<Self, BadId> {
        Self::from_shared(network, scope.map(Arc::from), Arc::from(id))
    }

    fn from_shared(network: Network, scope: Option<Arc<str>>, id: Arc<str>) -> Result<Self, BadId> {
        if let Some(scope) = &scope {
            BadId::check("handle scope", scope)?;
        }
        BadId::check("handle id", &id)?;
        Ok(Self { network, scope, id })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Within what the id holds, where it does not hold on the whole network.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The network's id, opaque.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// `Debug` shows no id that is somebody's address or number.
impl fmt::Debug for HandleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_contact =
            [Network::EMAIL, Network::PHONE, Network::WHATSAPP].contains(&self.network);
        let id = if is_contact { "…" } else { &*self.id };
        f.debug_struct("HandleKey")
            .field("network", &self.network)
            .field("scope", &self.scope)
            .field("id", &id)
            .finish()
    }
}

impl fmt::Display for HandleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.network)?;
        for c in self.scope().unwrap_or_default().chars() {
            match c {
                '%' => f.write_str("%25")?,
                ':' => f.write_str("%3A")?,
                c => write!(f, "{c}")?,
            }
        }
        write!(f, ":{}", self.id)
    }
}

impl FromStr for HandleKey {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let shape = BadId::Shape {
            what: "handle",
            shape: "network:scope:id",
        };
        let (network, rest) = text.split_once(':').ok_or(shape.clone())?;
        let (scope, id) = rest.split_once(':').ok_or(shape)?;
        let scope = scope.replace("%3A", ":").replace("%25", "%");
        Self::new(network.parse()?, (!scope.is_empty()).then_some(&scope), id)
    }
}

impl TryFrom<Parts> for HandleKey {
    type Error = BadId;

    fn try_from(parts: Parts) -> Result<Self, BadId> {
        Self::from_shared(parts.network, parts.scope, parts.id)
    }
}

impl From<HandleKey> for Parts {
    fn from(key: HandleKey) -> Self {
        Self {
            network: key.network,
            scope: key.scope,
            id: key.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_and_json_give_the_same_key_back(scope in "[a-z:%.25A3]{0,12}", id in "[!-~äö]{1,20}") {
            let scope = (!scope.is_empty()).then_some(scope.as_str());
            let key = HandleKey::new(Network::MASTODON, scope, &id).unwrap();
            prop_assert_eq!(&key, &key.to_string().parse::<HandleKey>().unwrap());
            let json = serde_json::to_string(&key).unwrap();
            prop_assert_eq!(&key, &serde_json::from_str::<HandleKey>(&json).unwrap());
        }
    }

    #[test]
    fn debug_shows_no_address_and_no_number() {
        let shown = |network| format!("{:?}", HandleKey::new(network, None, "maija@x").unwrap());
        assert!(shown(Network::MASTODON).contains("maija"));
        for network in [Network::EMAIL, Network::PHONE, Network::WHATSAPP] {
            assert!(!shown(network).contains("maija"));
        }
    }

    #[test]
    fn handles_of_two_networks_or_scopes_differ_and_an_empty_one_cannot_exist() {
        let on = |network, scope| HandleKey::new(network, scope, "42").unwrap();
        assert_ne!(on(Network::X, None), on(Network::MASTODON, None));
        assert_ne!(
            on(Network::MESSENGER, Some("page-1")),
            on(Network::MESSENGER, Some("page-2"))
        );
        assert!(HandleKey::new(Network::X, None, "").is_err());
        assert!(serde_json::from_str::<HandleKey>(r#"{"network":"x","id":""}"#).is_err());
        assert!(serde_json::from_str::<HandleKey>(r#"{"network":"X","id":"1"}"#).is_err());
    }
}
