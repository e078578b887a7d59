//! User names taken apart: who may stand behind `mvirtanen82`, `masa.v` or `nenatriv`.
//!
//! [`decode`] says what names a user name may be made of, to look candidates up by; [`explain`] says
//! how well it follows from the names of one candidate; [`near_copy`] tells an imitation from the
//! user name that it imitates.
//!
//! ```
//! use aspa_identity::handle::{Level, explain, tokens};
//!
//! let name = tokens("TheRealMattiV_82");
//! let found = explain(&name, &["matti", "masa"], "virtanen");
//! assert_eq!(found.level, Level::GivenInitial);
//! assert_eq!((found.leftover, found.digits), (0, 2));
//! assert_eq!(explain(&name, &["mikko"], "virtanen").level, Level::None);
//! ```
//!
//! Weak spots. A word of four or more letters that happens to start like a name explains it with
//! letters left over; [`Derivation::leftover`] tells. Names are compared as spelled, apart from
//! `ä`/`ae` and figures for letters: typing errors and other spellings are the caller's to try.

mod decode;
mod explain;
mod near;
mod text;
mod tokens;

pub use decode::{Form, Lexicon, Part, Reading, decode};
pub(crate) use decode::{Piece, Word, each_reading};
pub use explain::{Derivation, Level, explain};
pub use near::{NearCopy, near_copy};
pub use tokens::{Tokens, tokens};
