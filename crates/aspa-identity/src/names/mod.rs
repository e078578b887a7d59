//! Personal names as people write them on social networks: folded to plain letters, parsed, and
//! compared with grades.
//!
//! ```
//! use aspa_identity::names::{Name, similarity};
//!
//! let crm = Name::parse("Matti Virtanen");
//! assert!(similarity(&crm, &Name::parse("𝓜𝓪𝓼𝓪 Virtanen 🍀 | CEO @ Virta")) > 0.9);
//! assert!(similarity(&crm, &Name::parse("Mikko Virtanen")) < 0.5);
//! ```
//!
//! Weak spots. Arabic and Hebrew write few vowels: outside a short table of given names only the
//! consonants are compared. Chinese is read as pinyin, also where a name is Japanese or in another
//! reading; Thai, Khmer and Tibetan come out as letter-by-letter spellings that few people use.

mod compare;
mod fold;
mod lexicon;
mod parse;
mod scripts;
mod similarity;
mod skeleton;
mod tables;
mod word;

pub(crate) use compare::is_one_slip_apart;
pub use compare::{WordMatch, compare_words};
pub use fold::fold;
pub use lexicon::{family, formal, given, same_given};
pub(crate) use lexicon::{formal_of, formal_skeletons, known_words, may_be_nickname, shares};
pub use parse::Name;
pub use similarity::similarity;
pub(crate) use skeleton::put_skeleton;
pub use skeleton::skeleton;
pub use word::Word;

/// Version of the normalising rules and tables. It rises whenever [`fold`], [`skeleton`] or
/// [`Name::parse`] may give another result for the same text, so that what was stored can be made
/// again.
pub const RULES: u32 = 1;
