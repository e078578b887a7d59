use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use aspa_channel::{TextLimit, TextUnit};
use aspa_types::{Network, Tag};
use serde::{Deserialize, Serialize};

mod template;

pub use template::Template;

/// Names a playbook. The host chooses it: `late-parcel`.
pub type PlaybookId = Arc<str>;

/// Which playbook an answer was made from, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a name and a version")]
pub struct PlaybookUse {
    /// Which.
    pub id: PlaybookId,
    /// In which version, from 1.
    pub version: u32,
}

impl fmt::Display for PlaybookUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.id, self.version)
    }
}

/// Something that is filled in when a playbook is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Field {
    /// How many characters it has at most. What an answer may come to is counted with it.
    pub longest: usize,
    /// Whether it tells something of the customer that only the customer may read. It cannot stand in
    /// an answer that may be written in public.
    pub private: bool,
}

impl Field {
    /// A field that everybody may read, of at most so many characters.
    #[must_use]
    pub const fn public(longest: usize) -> Self {
        let private = false;
        Self { longest, private }
    }

    /// A field that only the customer may read, of at most so many characters.
    #[must_use]
    pub const fn private(longest: usize) -> Self {
        let private = true;
        Self { longest, private }
    }
}

/// What playbooks of a house are checked against.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct House {
    /// What can be filled in, by name.
    pub fields: BTreeMap<String, Field>,
    /// The longest texts of the networks where answers are written.
    pub limits: BTreeMap<Network, TextLimit>,
}

impl House {
    /// The same, with a field.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, field: Field) -> Self {
        self.fields.insert(name.into(), field);
        self
    }

    /// The same, with the longest text of a network, as its capabilities have it.
    #[must_use]
    pub fn with_limit(mut self, network: Network, limit: TextLimit) -> Self {
        self.limits.insert(network, limit);
        self
    }
}

/// An agreed answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Answer {
    /// The language it is written in, a BCP 47 tag; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The network it is for; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Whether it may be written where everybody reads it. Else it is for private conversations only.
    #[serde(default)]
    pub public: bool,
    /// What is written.
    pub text: Template,
}

impl Answer {
    /// An answer for any network and language, in public and in private.
    #[must_use]
    pub fn new(text: Template) -> Self {
        Self {
            language: None,
            network: None,
            public: true,
            text,
        }
    }

    /// The same, in a language.
    #[must_use]
    pub fn in_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// The same, for one network.
    #[must_use]
    pub fn on(mut self, network: Network) -> Self {
        self.network = Some(network);
        self
    }

    /// The same, for private conversations only.
    #[must_use]
    pub fn in_private(mut self) -> Self {
        self.public = false;
        self
    }

    /// The text with everything filled in.
    ///
    /// What is filled in was often written by the customer, such as a name. Where everybody reads it,
    /// it may hold no link, no address and no line end: we would publish it as our own words.
    ///
    /// # Errors
    ///
    /// [`PlaybookError::Missing`] and [`PlaybookError::BadValue`] name the field,
    /// [`PlaybookError::TooLong`] the length.
    pub fn fill(
        &self,
        values: &BTreeMap<String, String>,
        limit: Option<&TextLimit>,
    ) -> Result<String, PlaybookError> {
        let field = |name: &str| {
            let named = || name.to_owned();
            let value = values.get(name).filter(|value| !value.trim().is_empty());
            let value = value.ok_or_else(|| PlaybookError::Missing { field: named() })?;
            let held = |sign: &str| value.contains(sign);
            let harmful = ["://", "www.", "@"].iter().any(|sign| held(sign));
            if value.contains(char::is_control) || self.public && harmful {
                return Err(PlaybookError::BadValue { field: named() });
            }
            Ok(value.as_str())
        };
        let text = self.text.fill(field)?;
        match limit {
            Some(limit) => within(text, limit),
            None => Ok(text),
        }
    }

    /// How long it may get at most, in a unit; none in a unit that this version does not know.
    fn longest(&self, unit: &TextUnit, fields: &BTreeMap<String, Field>) -> Option<usize> {
        // The most that one character counts.
        let each = match unit {
            TextUnit::Bytes => 4,
            TextUnit::Utf16 | TextUnit::Weighted => 2,
            _ => 1,
        };
        let filled = self.text.fields().filter_map(|name| fields.get(name));
        let filled: usize = filled.map(|field| field.longest.saturating_mul(each)).sum();
        Some(unit.measure(&self.text.fixed())?.saturating_add(filled))
    }

    fn check(&self, house: &House) -> Result<(), PlaybookError> {
        if self.text.is_blank() {
            return Err(PlaybookError::Empty);
        }
        for name in self.text.fields() {
            let field = name.to_owned();
            match house.fields.get(name) {
                None => return Err(PlaybookError::UnknownField { field }),
                Some(known) if known.private && self.public => {
                    return Err(PlaybookError::WrongPlace { field });
                }
                Some(_) => {}
            }
        }
        let meant = |of: &&Network| self.network.as_ref().is_none_or(|network| network == *of);
        for network in house.limits.keys().filter(meant) {
            let Some(limit) = house.limits.get(network) else {
                continue;
            };
            match self.longest(&limit.unit, &house.fields) {
                Some(length) if length > limit.max => {
                    return Err(PlaybookError::TooLong {
                        length,
                        max: limit.max,
                        unit: limit.unit.clone(),
                        network: Some(network.clone()),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// How well it fits; none: it must not be used there.
    fn fits(&self, language: Option<&str>, network: &Network, public: bool) -> Option<u8> {
        let language = match (&self.language, language) {
            (None, _) => 0,
            (Some(own), Some(wanted)) if own.eq_ignore_ascii_case(wanted) => 4,
            (Some(own), Some(wanted)) if primary(own).eq_ignore_ascii_case(primary(wanted)) => 2,
            _ => return None,
        };
        let network = match &self.network {
            None => 0,
            Some(own) if own == network => 1,
            Some(_) => return None,
        };
        (self.public || !public).then_some(language + network)
    }
}

/// `fi` of `fi-FI`.
fn primary(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or_default()
}

fn within(text: String, limit: &TextLimit) -> Result<String, PlaybookError> {
    match limit.unit.measure(&text) {
        Some(length) if length > limit.max => Err(PlaybookError::TooLong {
            length,
            max: limit.max,
            unit: limit.unit.clone(),
            network: None,
        }),
        _ => Ok(text),
    }
}

/// What people write down for a situation that comes again: before it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Draft {
    /// The situation, in the words of colleagues.
    pub situation: String,
    /// Tags of tickets that it is for, and of those below them.
    pub tags: BTreeSet<Tag>,
    /// What to do, step by step. Only colleagues read it.
    pub steps: Vec<String>,
    /// What to answer.
    pub answers: Vec<Answer>,
    /// Where it sends the customer, if it does: `phone`, `self-service`. Such an answer counts as a
    /// redirect.
    pub redirects_to: Option<String>,
}

impl Draft {
    /// Nothing but the situation.
    #[must_use]
    pub fn new(situation: impl Into<String>) -> Self {
        Self {
            situation: situation.into(),
            ..Self::default()
        }
    }

    /// The same, for tickets of a tag.
    #[must_use]
    pub fn tagged(mut self, tag: Tag) -> Self {
        self.tags.insert(tag);
        self
    }

    /// The same, with a further step.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The same, with a further answer.
    #[must_use]
    pub fn answer(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// The same, sending the customer elsewhere.
    #[must_use]
    pub fn redirecting(mut self, to: impl Into<String>) -> Self {
        self.redirects_to = Some(to.into());
        self
    }

    fn check(&self, house: &House) -> Result<(), PlaybookError> {
        if self.situation.trim().is_empty() {
            return Err(PlaybookError::Empty);
        }
        for (place, answer) in self.answers.iter().enumerate() {
            answer.check(house)?;
            let for_same = |other: &Answer| {
                let same_language = match (&other.language, &answer.language) {
                    (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                    (one, other) => one == other,
                };
                same_language && (&other.network, other.public) == (&answer.network, answer.public)
            };
            if self.answers.iter().take(place).any(for_same) {
                return Err(PlaybookError::Twice {
                    language: answer.language.clone(),
                    network: answer.network.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Agreed answers and steps for a situation that comes again: checked, and never changed; what is
/// agreed anew is the next version.
///
/// ```
/// use std::collections::BTreeMap;
/// use aspa_ticket::{Answer, Draft, Field, House, Playbook, PlaybookError};
/// use aspa_types::Network;
///
/// let house = House::default()
///     .with_field("first_name", Field::public(30))
///     .with_field("order", Field::private(12));
/// let answer = Answer::new("Hi {first_name}, your parcel is on its way.".parse()?);
/// let late = Playbook::new("late-parcel", Draft::new("The parcel is late").answer(answer), &house)?;
///
/// let answer = late.answer(Some("en"), &Network::MASTODON, true).unwrap();
/// let values = BTreeMap::from([("first_name".to_owned(), "Matti".to_owned())]);
/// assert_eq!(answer.fill(&values, None)?, "Hi Matti, your parcel is on its way.");
///
/// let leak = Draft::new("Where it is").answer(Answer::new("Order {order} is here.".parse()?));
/// let field = "order".to_owned();
/// assert_eq!(late.revise(leak, &house), Err(PlaybookError::WrongPlace { field }));
/// # Ok::<(), PlaybookError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    id: PlaybookId,
    version: u32,
    draft: Draft,
}

impl Playbook {
    /// The first version.
    ///
    /// # Errors
    ///
    /// What is wrong with the draft: the first that is found.
    pub fn new(
        id: impl Into<PlaybookId>,
        draft: Draft,
        house: &House,
    ) -> Result<Self, PlaybookError> {
        let id = id.into();
        if id.trim().is_empty() {
            return Err(PlaybookError::Empty);
        }
        draft.check(house)?;
        let version = 1;
        Ok(Self { id, version, draft })
    }

    /// The next version.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn revise(&self, draft: Draft, house: &House) -> Result<Self, PlaybookError> {
        draft.check(house)?;
        let id = self.id.clone();
        let version = self.version.saturating_add(1);
        Ok(Self { id, version, draft })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &PlaybookId {
        &self.id
    }

    /// In which version, from 1.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What it says.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// What a reply that is made from it is recorded with.
    #[must_use]
    pub fn used(&self) -> PlaybookUse {
        PlaybookUse {
            id: self.id.clone(),
            version: self.version,
        }
    }

    /// The answer for a place: in its language before any language, for its network before any network,
    /// else the first. Never one in another language, for another network, or for private conversations
    /// where everybody reads.
    #[must_use]
    pub fn answer(
        &self,
        language: Option<&str>,
        network: &Network,
        public: bool,
    ) -> Option<&Answer> {
        let fits = |answer: &Answer| answer.fits(language, network, public);
        let fitting = self.draft.answers.iter().rev();
        let ranked = fitting.filter_map(|answer| Some((fits(answer)?, answer)));
        // Of equals the last is taken, which is the first as they were written.
        ranked.max_by_key(|(fit, _)| *fit).map(|(_, answer)| answer)
    }

    /// Whether it is for a ticket with these tags: one of its own, or one below it.
    #[must_use]
    pub fn is_for(&self, tags: &BTreeSet<Tag>) -> bool {
        let wanted = |own: &Tag| tags.iter().any(|tag| tag.is_within(own));
        self.draft.tags.iter().any(wanted)
    }
}

/// All versions of all playbooks of a house: an answer of last year is found as it was then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Playbooks {
    by_id: BTreeMap<PlaybookId, Vec<Playbook>>,
}

impl Playbooks {
    /// Adds a version.
    ///
    /// # Errors
    ///
    /// [`PlaybookError::NotNext`] where it does not follow the newest: somebody else has revised it
    /// meanwhile.
    pub fn add(&mut self, playbook: Playbook) -> Result<(), PlaybookError> {
        let newest = self.newest(&playbook.id).map_or(0, |newest| newest.version);
        if playbook.version != newest.saturating_add(1) {
            let used = playbook.used();
            return Err(PlaybookError::NotNext { used, newest });
        }
        let versions = self.by_id.entry(playbook.id.clone()).or_default();
        versions.push(playbook);
        Ok(())
    }

    /// The newest version.
    #[must_use]
    pub fn newest(&self, id: &str) -> Option<&Playbook> {
        self.by_id.get(id)?.last()
    }

    /// A playbook as it was when it was used.
    #[must_use]
    pub fn as_used(&self, used: &PlaybookUse) -> Option<&Playbook> {
        let versions = self.by_id.get(&used.id)?;
        versions
            .iter()
            .find(|playbook| playbook.version == used.version)
    }

    /// The newest version of each, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Playbook> {
        self.by_id.values().filter_map(|versions| versions.last())
    }
}

/// What is wrong with a playbook, or with what is filled into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaybookError {
    /// There is no text.
    #[error("there is no text")]
    Empty,
    /// A brace opens a field and nothing closes it, or the other way round. `{{` is a brace itself.
    #[error("the brace at byte {at} stands alone; write it twice if it is meant as a brace")]
    Brace {
        /// Where, in bytes.
        at: usize,
    },
    /// That is no name of a field: small letters, digits and `_`, a letter first, 40 at most.
    #[error("`{field}` is no name of a field")]
    BadField {
        /// What stands there.
        field: String,
    },
    /// No such field can be filled in.
    #[error("field `{field}` is unknown")]
    UnknownField {
        /// Which.
        field: String,
    },
    /// The field tells something of the customer and stands where everybody may read it.
    #[error("field `{field}` is private and the answer is public")]
    WrongPlace {
        /// Which.
        field: String,
    },
    /// Nothing is known to fill in.
    #[error("nothing to fill in for field `{field}`")]
    Missing {
        /// For which.
        field: String,
    },
    /// What is to be filled in must not stand there: a link, an address or a control character.
    #[error("what would stand for field `{field}` cannot be written there")]
    BadValue {
        /// For which.
        field: String,
    },
    /// It is longer than the network takes, or can become that.
    #[error("{length} {unit} of at most {max}")]
    TooLong {
        /// How long it is, or may become.
        length: usize,
        /// How long it may be.
        max: usize,
        /// In what it is counted.
        unit: TextUnit,
        /// On which network, where that is not known from the question.
        network: Option<Network>,
    },
    /// Two answers are for the same place.
    #[error("two answers for the same language, network and audience")]
    Twice {
        /// In which language.
        language: Option<String>,
        /// For which network.
        network: Option<Network>,
    },
    /// Somebody else has revised it meanwhile.
    #[error("{used} does not follow version {newest}")]
    NotNext {
        /// What was to be added.
        used: PlaybookUse,
        /// The newest version there is; 0: none.
        newest: u32,
    },
}
