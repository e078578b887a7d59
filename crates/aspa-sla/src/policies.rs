use std::fmt;

use aspa_hours::Schedule;
use serde::{Deserialize, Serialize};

use crate::promise::waiting_for_the_customer;
use crate::{ChangeMode, Error, Promise, ReopenMode, Sla, Status, Target, Texts, at_field};

/// What is promised to whom: an ordered list, of which the first policy that fits holds.
///
/// ```
/// use aspa_sla::{Facts, Policies};
///
/// let policies: Policies = serde_json::from_str(r#"{
///     "hours": { "zone": "Europe/Helsinki" },
///     "policies": [
///         {
///             "name": "key customers by mail",
///             "when": { "channel": ["email"], "tier": ["gold"] },
///             "targets": [{ "clock": "first_response", "within": "1h", "time": "calendar" }]
///         },
///         {
///             "name": "everybody",
///             "targets": [{ "clock": "first_response", "within": "24h", "time": "calendar" }]
///         }
///     ]
/// }"#)?;
/// let choice = policies.choose(&Facts::new().channel("mastodon").tier("gold"));
/// assert_eq!(choice.policy.as_deref(), Some("everybody"));
/// assert_eq!(
///     choice.misses[0].to_string(),
///     "key customers by mail: channel is mastodon, not email"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Policies {
    /// The opening hours of every policy that has none of its own.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::hours"
    )]
    pub hours: Option<Schedule>,
    /// The policies; the first that fits holds. Their names differ.
    #[serde(deserialize_with = "at_field::policies")]
    pub policies: Vec<Policy>,
}

impl Policies {
    /// No policies yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The opening hours of every policy that has none of its own.
    #[must_use]
    pub fn hours(mut self, hours: impl Into<Schedule>) -> Self {
        self.hours = Some(hours.into());
        self
    }

    /// Adds a policy at the end.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Policy>) -> Self {
        self.policies.push(policy.into());
        self
    }

    /// The first policy that fits these facts, and why those before it do not.
    ///
    /// One pass over the list; each condition is compared as text, to the letter.
    #[must_use]
    pub fn choose(&self, facts: &Facts) -> Choice {
        let mut misses = Vec::new();
        for policy in &self.policies {
            if policy.when.fits(facts) {
                let policy = Some(policy.name().to_owned());
                return Choice { policy, misses };
            }
            misses.push(Miss {
                policy: policy.name().to_owned(),
                reasons: policy.when.reasons(facts),
            });
        }
        Choice {
            policy: None,
            misses,
        }
    }

    /// Checks every policy and makes them ready for tickets.
    ///
    /// # Errors
    /// [`Error`] names the policy and the field at fault.
    pub fn compile(&self) -> Result<Sla, Error> {
        Sla::new(self.clone())
    }
}

/// One promise to everybody.
impl From<Promise> for Policies {
    fn from(promise: Promise) -> Self {
        Self::new().policy(promise)
    }
}

/// A promise, and to whom it is made. In JSON the fields of both stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Flat", into = "Flat")]
#[non_exhaustive]
pub struct Policy {
    /// To whom; nothing said: to everybody.
    pub when: When,
    /// What. Its name is the policy's.
    pub promise: Promise,
}

impl Policy {
    /// A promise to those of whom all this is true.
    #[must_use]
    pub const fn new(when: When, promise: Promise) -> Self {
        Self { when, promise }
    }

    /// What it is called: as its promise.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.promise.name
    }
}

/// A promise to everybody.
impl From<Promise> for Policy {
    fn from(promise: Promise) -> Self {
        Self::new(When::default(), promise)
    }
}

/// A policy as it is written: flat.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    #[serde(deserialize_with = "at_field::name")]
    name: String,
    #[serde(
        default,
        skip_serializing_if = "When::is_anything",
        deserialize_with = "at_field::when"
    )]
    when: When,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::hours"
    )]
    hours: Option<Schedule>,
    #[serde(default, deserialize_with = "at_field::targets")]
    targets: Vec<Target>,
    #[serde(
        default,
        skip_serializing_if = "Texts::is_empty",
        deserialize_with = "at_field::texts"
    )]
    texts: Texts,
    #[serde(
        default = "waiting_for_the_customer",
        deserialize_with = "at_field::pause_on"
    )]
    pause_on: Vec<Status>,
    #[serde(default, deserialize_with = "at_field::reopen_mode")]
    reopen_mode: ReopenMode,
    #[serde(default, deserialize_with = "at_field::change_mode")]
    change_mode: ChangeMode,
    #[serde(default, deserialize_with = "at_field::holding_stops")]
    holding_stops: bool,
}

impl From<Flat> for Policy {
    fn from(flat: Flat) -> Self {
        Self {
            when: flat.when,
            promise: Promise {
                name: flat.name,
                hours: flat.hours,
                targets: flat.targets,
                texts: flat.texts,
                pause_on: flat.pause_on,
                reopen_mode: flat.reopen_mode,
                change_mode: flat.change_mode,
                holding_stops: flat.holding_stops,
            },
        }
    }
}

impl From<Policy> for Flat {
    fn from(policy: Policy) -> Self {
        let promise = policy.promise;
        Self {
            name: promise.name,
            when: policy.when,
            hours: promise.hours,
            targets: promise.targets,
            texts: promise.texts,
            pause_on: promise.pause_on,
            reopen_mode: promise.reopen_mode,
            change_mode: promise.change_mode,
            holding_stops: promise.holding_stops,
        }
    }
}

/// The conditions of a policy: of each list that is not empty, one entry is true of the ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct When {
    /// Where it came from: `email`, `facebook_page`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::channel"
    )]
    pub channel: Vec<String>,
    /// Who can read it: `public`, `direct`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::audience"
    )]
    pub audience: Vec<String>,
    /// A tag of it; `delivery` is true of `delivery/late` too.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::tag"
    )]
    pub tag: Vec<String>,
    /// Its priority.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::priority"
    )]
    pub priority: Vec<String>,
    /// The tier of the customer.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::tier"
    )]
    pub tier: Vec<String>,
    /// Its language; `en` is true of `en-GB` too, in any case, and `*` of each that is known (RFC
    /// 4647 section 3.3.1, basic filtering, September 2006).
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::language"
    )]
    pub language: Vec<String>,
}

impl When {
    /// No conditions: it is always true.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it has no conditions.
    #[must_use]
    pub fn is_anything(&self) -> bool {
        self.conditions().all(|(_, wanted)| wanted.is_empty())
    }

    /// Whether all of it is true of these facts. What is not known is not true.
    #[must_use]
    pub fn fits(&self, facts: &Facts) -> bool {
        self.conditions()
            .all(|(condition, wanted)| condition.holds(wanted, facts))
    }

    /// Each condition that does not hold.
    fn reasons(&self, facts: &Facts) -> Vec<Reason> {
        self.conditions()
            .filter(|(condition, wanted)| !condition.holds(wanted, facts))
            .map(|(condition, wanted)| Reason {
                condition,
                found: condition.found(facts).to_vec(),
                wanted: wanted.to_vec(),
            })
            .collect()
    }

    fn conditions(&self) -> impl Iterator<Item = (Condition, &[String])> {
        [
            (Condition::Channel, &self.channel[..]),
            (Condition::Audience, &self.audience),
            (Condition::Tag, &self.tag),
            (Condition::Priority, &self.priority),
            (Condition::Tier, &self.tier),
            (Condition::Language, &self.language),
        ]
        .into_iter()
    }
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident),*) => {
        impl When {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, any_of: impl IntoIterator<Item = impl Into<String>>) -> Self {
                self.$name = any_of.into_iter().map(Into::into).collect();
                self
            })*
        }
    };
}

lists! {
    /// It came from one of these.
    channel,
    /// One of these can read it.
    audience,
    /// It has one of these tags, or one below them.
    tag,
    /// It has one of these priorities.
    priority,
    /// The customer is of one of these tiers.
    tier,
    /// It is written in one of these languages.
    language
}

/// What is known of a ticket when a policy is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Facts {
    /// Where it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Who can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The tier of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Facts {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It has one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident),*) => {
        impl Facts {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $name: impl Into<String>) -> Self {
                self.$name = Some($name.into());
                self
            })*
        }
    };
}

facts! {
    /// It came from here.
    channel,
    /// These can read it.
    audience,
    /// It has this priority.
    priority,
    /// The customer is of this tier.
    tier,
    /// It is written in this language.
    language
}

/// What a [`When`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Condition {
    /// [`When::channel`].
    Channel,
    /// [`When::audience`].
    Audience,
    /// [`When::tag`].
    Tag,
    /// [`When::priority`].
    Priority,
    /// [`When::tier`].
    Tier,
    /// [`When::language`].
    Language,
}

impl Condition {
    fn found(self, facts: &Facts) -> &[String] {
        let fact = match self {
            Self::Channel => &facts.channel,
            Self::Audience => &facts.audience,
            Self::Tag => return &facts.tags,
            Self::Priority => &facts.priority,
            Self::Tier => &facts.tier,
            Self::Language => &facts.language,
        };
        fact.as_slice()
    }

    fn holds(self, wanted: &[String], facts: &Facts) -> bool {
        let found = self.found(facts);
        wanted.is_empty()
            || found
                .iter()
                .any(|f| wanted.iter().any(|w| self.meets(f, w)))
    }

    fn meets(self, found: &str, wanted: &str) -> bool {
        match self {
            Self::Tag => {
                let below = found.strip_prefix(wanted);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Language if wanted == "*" => true,
            Self::Language => {
                let start = found.get(..wanted.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(wanted))
                    && matches!(found.as_bytes().get(wanted.len()), None | Some(b'-'))
            }
            _ => found == wanted,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Channel => "channel",
            Self::Audience => "audience",
            Self::Tag => "tag",
            Self::Priority => "priority",
            Self::Tier => "tier",
            Self::Language => "language",
        })
    }
}

/// Which policy holds for a ticket, and why not one before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Choice {
    /// The name of the policy; none where no policy fits.
    pub policy: Option<String>,
    /// The policies before it, or all where none fits, in their order.
    pub misses: Vec<Miss>,
}

/// Why a policy does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Miss {
    /// The name of the policy.
    pub policy: String,
    /// Each condition that does not hold.
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, reason) in self.reasons.iter().enumerate() {
            match n {
                0 => write!(f, "{}: {reason}", self.policy)?,
                _ => write!(f, "; {reason}")?,
            }
        }
        Ok(())
    }
}

/// A condition that does not hold. Its `Display` says it in words:
/// `channel is mastodon, not facebook or email`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Which.
    pub condition: Condition,
    /// What the ticket has; empty: it is not known, or there is no tag.
    pub found: Vec<String>,
    /// What the policy asks for: one of these.
    pub wanted: Vec<String>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (condition, wanted) = (self.condition, Listed(&self.wanted, "or"));
        match (condition, &self.found[..]) {
            (Condition::Tag, []) => write!(f, "there is no tag; {wanted} is asked for"),
            (_, []) => write!(f, "{condition} is not known; {wanted} is asked for"),
            (_, [found]) => write!(f, "{condition} is {found}, not {wanted}"),
            (_, found) => {
                let found = Listed(found, "and");
                write!(f, "{condition}s are {found}, not {wanted}")
            }
        }
    }
}

/// Words with commas and one `and` or `or`.
struct Listed<'a>(&'a [String], &'static str);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, word) in self.0.iter().enumerate() {
            match n {
                0 => {}
                _ if n + 1 == self.0.len() => write!(f, " {} ", self.1)?,
                _ => f.write_str(", ")?,
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}
