//! What a message says of the one who writes: contact details, numbers that we gave, names, and
//! for whom it is written.

mod cues;
mod email;
mod mask;
mod number;
mod pattern;
mod people;
mod phone;
mod text;

use std::fmt;

use aspa_crm::normal::Region;

use crate::{ContactKind, NameRole, Speaker};
use cues::Hits;
use number::{Finder, Ready};
pub use pattern::{Check, Pattern, PatternError};
use text::Text;

/// Most details of one text.
const DETAILS: usize = 32;

/// Reads free text; made once of the region and the host's patterns, shared by threads.
///
/// It knows Finnish, Swedish, English, German, Russian, Estonian and Spanish.
///
/// ```
/// use aspa_identity::extract::{Extractor, Pattern};
/// use aspa_identity::{ContactKind, NameRole, Speaker};
/// use aspa_crm::normal::Region;
///
/// let extractor = Extractor::new(Region::Finland, &[Pattern::customer_number("10", 6..=6)?]);
/// let said = extractor.read("Äitini asiakasnumero on 10 036 889, puh 040 123 4567. Terv. Matti Virtanen");
/// assert_eq!(said.contacts[0], (ContactKind::CustomerNumber, "10036889".to_owned()));
/// assert_eq!(said.contacts[1], (ContactKind::Phone, "+358401234567".to_owned()));
/// assert_eq!(said.speaker, Speaker::OnBehalf);
/// assert_eq!((&*said.names[0].text, said.names[0].role.clone()), ("Matti Virtanen", NameRole::Own));
/// # Ok::<(), aspa_identity::extract::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Extractor {
    region: Region,
    patterns: Vec<Ready>,
}

impl Extractor {
    /// Reads phone numbers without a country code as the region's, and numbers of these patterns.
    /// Cheap: the tables of words are made once for all, when the first text is read.
    #[must_use]
    pub fn new(region: Region, patterns: &[Pattern]) -> Self {
        let patterns = patterns.iter().map(Ready::new).collect();
        Self { region, patterns }
    }

    /// What a text says.
    ///
    /// The first 64 kB are read, without the lines that quote (`>`) and without a forwarded
    /// message: those are not the writer's words. Time grows with the length of the text and with
    /// nothing else. At most 32 details and eight names come of one text.
    ///
    /// Dates, times, prices, addresses of machines, bank accounts, payment cards and Finnish and
    /// Swedish personal identity codes are no numbers of these; nothing is kept of them.
    #[must_use]
    pub fn read(&self, text: &str) -> Said {
        let text = Text::read(text);
        let hits = Hits::find(&text);
        let contacts = self.contacts_of(&text, &hits);
        let (names, speaker) = people::read(&text, &hits, !contacts.is_empty());
        Said {
            contacts,
            names,
            speaker,
        }
    }

    /// The contact details of [`read`](Self::read) alone.
    pub(crate) fn contacts(&self, text: &str) -> Vec<(ContactKind, String)> {
        let text = Text::read(text);
        self.contacts_of(&text, &Hits::find(&text))
    }

    fn contacts_of(&self, text: &Text, hits: &Hits) -> Vec<(ContactKind, String)> {
        let mut contacts: Vec<(ContactKind, String)> = Vec::new();
        let mut put = |kind: ContactKind, value: String| {
            let entry = (kind, value);
            if contacts.len() < DETAILS && !contacts.contains(&entry) {
                contacts.push(entry);
            }
        };
        let mut taken = Vec::new();
        email::find(text, hits, &mut taken, |email| {
            put(ContactKind::Email, email)
        });
        let finder = Finder {
            region: self.region,
            patterns: &self.patterns,
            text,
            hits,
        };
        finder.find(&taken, &mut put);
        contacts
    }
}

/// What a text says; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// E-mails first, then phone, customer and order numbers in the order of the text; each once,
    /// in the spelling of [`aspa_crm::normal`].
    pub contacts: Vec<(ContactKind, String)>,
    /// The names told, as they were written.
    pub names: Vec<SaidName>,
    /// For whom it is written. `Themself` only where the text says so and says nothing of another:
    /// to take another's details for the writer's own makes a false link, while the reverse costs a
    /// look.
    pub speaker: Speaker,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.contacts.iter().map(|(kind, _)| kind).collect();
        f.debug_struct("Said")
            .field("contacts", &kinds)
            .field("names", &self.names)
            .field("speaker", &self.speaker)
            .finish()
    }
}

/// A name that a text tells; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SaidName {
    /// As it was written: at most four words of letters, perhaps inflected.
    pub text: String,
    /// Whose it is; unknown where "Thanks, Anna" may sign or address.
    pub role: NameRole,
}

impl fmt::Debug for SaidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaidName")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
