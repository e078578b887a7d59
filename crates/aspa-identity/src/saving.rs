//! A linker as a stream of bytes, and back.

use std::io::{self, Read, Write};
use std::sync::PoisonError;

use crate::card::Card;
use crate::state::State;
use crate::store::{Index, Keyed, LoadError, Reader, Records, Table, Writer};
use crate::{Linker, Settings, names};

const MAGIC: [u8; 12] = *b"aspa-linker\n";
/// Counts up when the form of what follows changes, or what a key or a record is made of.
const FORM: u16 = 3;

/// The form and the rules by which names were spelled, since other rules find nothing.
fn version() -> u32 {
    u32::from(FORM) << 16 | (names::RULES & 0xffff)
}

impl Linker {
    /// Writes the customers out, so that the next start need not read them from the CRM again. Give
    /// a buffered writer no more than an unbuffered one: writes are 64 KiB.
    ///
    /// Questions are answered meanwhile; [`put`](Self::put) and [`remove`](Self::remove) wait until
    /// it is done. The [rates](Self::rates) are not part of it. Whoever reads the stream learns
    /// names, places and ids, so keep it as the CRM's own data are kept. E-mails, phones and
    /// numbers stand in it as keyed hashes, and the key does not stand in it: a linker made by
    /// [`new`](Self::new) cannot be loaded again, one made by [`with_key`](Self::with_key) can.
    ///
    /// # Errors
    /// What `out` says.
    pub fn save(&self, mut out: impl Write) -> io::Result<()> {
        let _nobody_writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.read();
        out.write_all(&MAGIC)?;
        out.write_all(&version().to_le_bytes())?;
        let mut out = Writer::new(out, &state.keyed);
        // A frame of its own: if it proves itself, the key is right.
        out.bytes(region(self.settings()).as_bytes())?;
        out.flush()?;
        state.save(&mut out)?;
        out.finish()
    }

    /// Reads what [`save`](Self::save) wrote under this key.
    ///
    /// Every byte is checked before it is used; what cannot be what was saved is an error. Memory
    /// grows with what is read and not with what the stream claims.
    ///
    /// # Errors
    /// [`LoadError`] says what to do about it.
    pub fn load(settings: Settings, key: [u8; 16], mut from: impl Read) -> Result<Self, LoadError> {
        let mut head = [0; MAGIC.len() + 4];
        from.read_exact(&mut head)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => LoadError::NotALinker,
                _ => LoadError::Io(error),
            })?;
        let (magic, form) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(LoadError::NotALinker);
        }
        let found = form
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | u32::from(*byte));
        if found != version() {
            return Err(LoadError::Version {
                found,
                known: version(),
            });
        }
        let keyed = Keyed::new(key);
        let mut from = Reader::new(from, &keyed);
        let region = region(&settings);
        let mut saved = Vec::new();
        from.bytes(region.len(), &mut saved)?;
        if saved != region.as_bytes() {
            return Err(LoadError::Region);
        }
        let state = State::load(&mut from, &keyed)?;
        from.finish()?;
        Ok(Self::of(settings, state))
    }
}

/// Two letters: phones without a country code were read as this country's.
fn region(settings: &Settings) -> String {
    let text = serde_json::to_string(&settings.region).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

impl State {
    fn save(&self, out: &mut Writer<'_, impl Write>) -> io::Result<()> {
        let spelling = &self.spelling;
        spelling.names.save(out)?;
        spelling.cities.save(out)?;
        spelling.companies.save(out)?;
        spelling.networks.save(out)?;
        spelling.user_names.save(out)?;
        self.records.save(out)?;
        self.index.save(out)
    }

    fn load(from: &mut Reader<'_, impl Read>, keyed: &Keyed) -> Result<Self, LoadError> {
        let mut state = Self::new(keyed.key());
        let spelling = &mut state.spelling;
        spelling.names = Table::load(from, keyed.clone())?;
        spelling.cities = Table::load(from, keyed.clone())?.sieved();
        spelling.companies = Table::load(from, keyed.clone())?.sieved();
        spelling.networks = Table::load(from, keyed.clone())?;
        spelling.user_names = Table::load(from, keyed.clone())?;
        (0..state.spelling.names.end()).for_each(|name| state.learn(name));
        let spelling = &state.spelling;
        let is_sound = |words: &[u32]| Card::is_sound(words, spelling);
        state.records = Records::load(from, keyed.clone(), is_sound)?;
        state.index = Index::load(from, state.records.end())?;
        Ok(state)
    }
}
