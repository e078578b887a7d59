use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use aspa_crm::{
    Capabilities, Crm, Cursor, Customer, Did, Effect, EffectKind, Error, ErrorKind, Field, Lookup,
    Page, Probe, Receipt,
};
use aspa_types::{CustomerId, Landed, SystemId};
use async_trait::async_trait;
use futures_channel::oneshot;

use crate::rows::{self, claim};
use crate::sheet::{Sheet, beside, failed, invalid};
use crate::source::digest;
use crate::wanted::{At, HANDLES, Kept, OURS, Row, Wanted};
use crate::{CsvSource, Malformed, Settings};

/// Customers in a CSV file, with what we know of them in files beside it: of `customers.csv` these are
/// `customers.handles.csv`, `customers.cases.csv` and `customers.activities.csv`.
///
/// Each change writes a whole new file and renames it into its place, so that nobody ever reads half of
/// one. Whoever writes by this connector waits for the others, in other processes too
/// (`customers.csv.lock`); other programs do not, and what one of them saves in the moment between our
/// reading and our renaming is lost. The file is read on a thread of its own, whenever it is asked for.
pub struct CsvCrm {
    files: Arc<Files>,
    capabilities: Capabilities,
}

struct Files {
    path: PathBuf,
    settings: Settings,
    seen: Mutex<CsvSource>,
}

impl fmt::Debug for CsvCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvCrm")
            .field("system", self.system())
            .finish_non_exhaustive()
    }
}

impl CsvCrm {
    /// The customers of this file. Does no IO yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, settings: Settings) -> Self {
        Self {
            capabilities: settings.capabilities(),
            files: Arc::new(Files {
                path: path.into(),
                seen: Mutex::new(CsvSource::empty(settings.mapping.clone(), false)),
                settings,
            }),
        }
    }

    /// The rows that could not be read when the file was last looked at, in the order of lines.
    #[must_use]
    pub fn malformed(&self) -> Vec<Malformed> {
        self.files.seen().malformed().to_vec()
    }

    /// Does work with files on a thread of its own.
    async fn apart<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Files) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let files = Arc::clone(&self.files);
        let (told, answer) = oneshot::channel();
        // Whoever gave up waiting does not want to know.
        let work = move || drop(told.send(work(&files)));
        let thread = thread::Builder::new().name("aspa-crm-csv".to_owned());
        thread.spawn(work).map_err(|e| failed(e, operation))?;
        let ended = || Error::new(ErrorKind::Unavailable, operation).with_landed(Landed::Maybe);
        answer.await.map_err(|_| ended())?
    }
}

#[async_trait]
impl Crm for CsvCrm {
    fn system(&self) -> &SystemId {
        &self.files.settings.mapping.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let cursor = cursor.cloned();
        self.apart("changes", move |files| {
            files.read("changes")?.changed(cursor.as_ref(), limit)
        })
        .await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        let lookup = lookup.clone();
        self.apart("find", move |files| files.read("find")?.found(&lookup))
            .await
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let id = id.clone();
        self.apart("get", move |files| Ok(files.read("get")?.record(&id)))
            .await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        if !self.capabilities.effects.contains_key(&effect.kind.name()) {
            return Err(Error::new(ErrorKind::Unsupported, "perform"));
        }
        let effect = effect.clone();
        self.apart("perform", move |files| files.perform(&effect))
            .await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let effect = effect.clone();
        self.apart("probe", move |files| files.probe(&effect)).await
    }
}

impl Files {
    fn seen(&self) -> MutexGuard<'_, CsvSource> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as it is now.
    fn read(&self, operation: &'static str) -> Result<MutexGuard<'_, CsvSource>, Error> {
        let mut seen = self.seen();
        let file = fs::read(&self.path).map_err(|error| failed(error, operation))?;
        if file.iter().all(u8::is_ascii_whitespace) {
            // Somebody is just writing it: nobody has lost all customers.
            return Err(Error::new(ErrorKind::Unavailable, operation));
        }
        let handles = self.sheet(&HANDLES)?;
        let columns = ["customer_id", "aspa_key", "handle"];
        let linked: Vec<[String; 3]> = handles.columns(columns)?;
        let mut all = file.clone();
        for cell in linked.iter().flatten() {
            all.push(0);
            all.extend(cell.as_bytes());
        }
        if seen.is_newest(&all) {
            return Ok(seen);
        }
        let changed = fs::metadata(&self.path).and_then(|file| file.modified());
        let changed = changed.map_err(|error| failed(error, operation))?.into();
        let mapping = &self.settings.mapping;
        let mut rows = rows::csv(mapping, &file, changed)?;
        for [customer, key, handle] in linked {
            if let Some(row) = rows.records.get_mut(&customer) {
                let place = format!("handles/{key}");
                let claim = claim(mapping, &Field::Handle, &handle, place, changed);
                row.claims.push(claim);
            }
        }
        for row in rows.records.values_mut() {
            let mut text = row.kind.to_string();
            for claim in &row.claims {
                text.push_str(&format!("\0{}\0{}", claim.field, claim.value));
            }
            let version = digest(text.as_bytes()).into();
            row.extra.insert("version".to_owned(), version);
        }
        seen.take(&all, rows);
        Ok(seen)
    }

    /// One of the files, to be changed.
    fn sheet(&self, kept: &Kept) -> Result<Sheet, Error> {
        let delimiter = self.settings.mapping.delimiter;
        match kept.ending {
            None => Sheet::read(self.path.clone(), &[], delimiter),
            Some(ending) => Sheet::read(self.path.with_extension(ending), kept.headings, None),
        }
    }

    fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let lock = File::create(beside(&self.path, "lock"));
        // Held until it is dropped at the end.
        let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
        let _lock = lock.map_err(|error| failed(error, "perform"))?;
        let wanted = Wanted::of(effect, &self.settings)?;
        if let Some(customer) = wanted.customer {
            let current = self.version(customer)?;
            let current = current.ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))?;
            let stale = |expect: &String| *expect != current;
            if matches!(&effect.kind, EffectKind::Patch { expect: Some(expect), .. } if stale(expect))
            {
                let current = Some(current);
                return Err(Error::new(ErrorKind::Conflict { current }, "perform"));
            }
        }
        if let EffectKind::Erase { customer } = &effect.kind {
            for kept in &OURS {
                let mut sheet = self.sheet(kept)?;
                let of = [(sheet.place("customer_id")?, &*customer.id)];
                sheet.remove(&of);
                // What is gone before something fails stays so.
                sheet.save().map_err(|e| e.with_landed(Landed::Maybe))?;
            }
        }
        let mut sheet = self.sheet(&wanted.file)?;
        let key = self.cells(&sheet, &wanted.key)?;
        let cells = self.cells(&sheet, &wanted.cells)?;
        let did = match (wanted.row, sheet.has(&key)) {
            (Row::Gone, _) => sheet.remove(&key),
            (Row::New, true) | (Row::Old, false) => Did::Nothing,
            _ => sheet.put(&key, &cells),
        };
        if did != Did::Nothing {
            let erases = matches!(effect.kind, EffectKind::Erase { .. });
            let landed = if erases { Landed::Maybe } else { Landed::No };
            sheet.save().map_err(|error| error.with_landed(landed))?;
        }
        let did = match (&effect.kind, did) {
            (EffectKind::Redact { .. }, Did::Changed) => Did::Removed,
            _ => did,
        };
        let receipt = Receipt::new(effect.key.clone(), did);
        let receipt = match (wanted.customer, &effect.kind) {
            // It landed, whatever reading it now brings.
            (Some(customer), _) => receipt.at_version(self.version(customer).unwrap_or_default()),
            (None, EffectKind::Create(new)) => {
                let id = CustomerId::new(effect.system.clone(), new.key.as_str()).ok();
                let version = id.and_then(|id| self.version(&id).unwrap_or_default());
                receipt.at_version(version)
            }
            _ => receipt,
        };
        Ok(receipt.on(wanted.record.0, wanted.record.1))
    }

    fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let wanted = Wanted::of(effect, &self.settings)?;
        let sheet = self.sheet(&wanted.file)?;
        let mut row = self.cells(&sheet, &wanted.key)?;
        if wanted.row != Row::New {
            row.extend(self.cells(&sheet, &wanted.cells)?);
        }
        let receipt = Receipt::new(effect.key.clone(), Did::Changed);
        Ok(match sheet.has(&row) == (wanted.row != Row::Gone) {
            true => Probe::Found(receipt.on(wanted.record.0, wanted.record.1)),
            false => Probe::Absent,
        })
    }

    fn version(&self, id: &CustomerId) -> Result<Option<String>, Error> {
        let row = self.read("perform")?.record(id);
        Ok(row.and_then(|row| row.version().map(str::to_owned)))
    }

    /// The places of cells in a file.
    fn cells<'a>(
        &self,
        sheet: &Sheet,
        cells: &'a [(At<'_>, Cow<'_, str>)],
    ) -> Result<Vec<(usize, &'a str)>, Error> {
        let (mapping, headings) = (&self.settings.mapping, sheet.headings());
        let mut placed = Vec::new();
        for (at, text) in cells {
            let place = match at {
                At::Named(heading) => Some(sheet.place(heading)?),
                At::Id => Some(mapping.id_of(&headings).ok_or_else(|| invalid("id"))?),
                At::Kind => mapping.kind_of(&headings),
                At::Holding(field) => {
                    let columns = mapping.columns_of(&headings);
                    let mut holding = columns.iter().filter(|(_, column)| column.field == **field);
                    // Of a value that would be read as several, or in no column, nothing is written.
                    let fits = |split: &str| !text.contains(|c| split.contains(c));
                    let column = holding.next().filter(|(_, column)| fits(&column.split));
                    Some(column.ok_or_else(|| invalid(field.as_str()))?.0)
                }
            };
            placed.extend(place.map(|place| (place, &**text)));
        }
        Ok(placed)
    }
}
