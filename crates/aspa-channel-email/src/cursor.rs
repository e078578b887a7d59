//! Where reading goes on, in each mailbox: what it was called when it was read, and the last UID.

use aspa_channel::Cursor;
use serde::{Deserialize, Serialize};

/// A place in one mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// UIDVALIDITY: another one, and UIDs name other mails.
    #[serde(rename = "v")]
    pub(crate) validity: u32,
    /// The last UID that was read.
    #[serde(rename = "u")]
    pub(crate) last: u32,
}

impl Place {
    /// Where to go on in a mailbox of this UIDVALIDITY: at its start, where that is another one. Mails
    /// that come again bear the same keys.
    pub(crate) fn within(self, validity: u32) -> Self {
        match self.validity == validity {
            true => self,
            false => Self { validity, last: 0 },
        }
    }
}

/// The places in all mailboxes that are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places {
    #[serde(default)]
    pub(crate) inbox: Place,
    #[serde(default)]
    pub(crate) sent: Place,
}

impl Places {
    /// What a cursor says; the start, if it says nothing that is understood.
    pub(crate) fn read(cursor: Option<&Cursor>) -> Self {
        Cursor::read(cursor).unwrap_or_default()
    }

    pub(crate) fn cursor(&self) -> Cursor {
        Cursor::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_uidvalidity_is_read_from_the_start() {
        let place = Place {
            validity: 7,
            last: 44,
        };
        assert_eq!(place.within(7), place);
        assert_eq!(
            place.within(8),
            Place {
                validity: 8,
                last: 0
            }
        );
        let places = Places {
            inbox: place,
            sent: Place::default(),
        };
        assert_eq!(Places::read(Some(&places.cursor())), places);
        assert_eq!(
            Places::read(Some(&Cursor("{\"inbox\":7".to_owned()))),
            Places::default()
        );
    }
}
