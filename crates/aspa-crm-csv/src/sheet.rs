use std::fs::{self, File};
use std::io::{ErrorKind as Io, Write};
use std::path::{Path, PathBuf};

use aspa_crm::{Did, Error, ErrorKind};

use crate::rows::delimiter_of;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A CSV file to be changed: rows and columns that are not ours stay as they are.
pub(crate) struct Sheet {
    path: PathBuf,
    bom: bool,
    delimiter: u8,
    line_end: csv::Terminator,
    heading: Vec<Vec<u8>>,
    rows: Vec<Vec<Vec<u8>>>,
}

impl Sheet {
    /// Reads a file; one that is not there has these headings and no row.
    pub(crate) fn read(
        path: PathBuf,
        usual: &[&str],
        delimiter: Option<char>,
    ) -> Result<Self, Error> {
        let (file, is_new) = match fs::read(&path) {
            Err(error) if error.kind() == Io::NotFound && !usual.is_empty() => {
                (usual.join(",").into_bytes(), true)
            }
            read => (read.map_err(|error| failed(error, "perform"))?, false),
        };
        let bytes = file.strip_prefix(BOM).unwrap_or(&file);
        let delimiter = match delimiter {
            Some(c) if !is_new => c as u8,
            _ => delimiter_of(bytes),
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let parted = reader.byte_records().map(|record| {
            let record = record.map_err(|_| invalid("row"))?;
            Ok(record.iter().map(<[u8]>::to_vec).collect())
        });
        let mut rows = parted.collect::<Result<Vec<Vec<Vec<u8>>>, Error>>()?;
        if rows.is_empty() {
            // A file without its heading is one that somebody is just writing.
            return Err(Error::new(ErrorKind::Unavailable, "perform"));
        }
        Ok(Self {
            bom: file.len() > bytes.len(),
            delimiter,
            line_end: match bytes.windows(2).any(|two| two == b"\r\n") {
                true => csv::Terminator::CRLF,
                false => csv::Terminator::Any(b'\n'),
            },
            heading: rows.remove(0),
            rows,
            path,
        })
    }

    pub(crate) fn headings(&self) -> Vec<String> {
        let text = |cell: &Vec<u8>| String::from_utf8_lossy(cell).trim().to_owned();
        self.heading.iter().map(text).collect()
    }

    /// Whether a row has these cells, leaving out the space around them.
    fn is(row: &[Vec<u8>], cells: &[(usize, &str)]) -> bool {
        let holds = |(place, cell): &(usize, &str)| {
            row.get(*place)
                .is_some_and(|own| own.trim_ascii() == cell.as_bytes())
        };
        cells.iter().all(holds)
    }

    pub(crate) fn has(&self, cells: &[(usize, &str)]) -> bool {
        self.rows.iter().any(|row| Self::is(row, cells))
    }

    /// Sets cells of the first row with this key, or of a new row; what it holds beside stays.
    pub(crate) fn put(&mut self, key: &[(usize, &str)], cells: &[(usize, &str)]) -> Did {
        let width = self.heading.len();
        let fits = |row: &Vec<Vec<u8>>| row.len() == width && Self::is(row, key);
        let place = self.rows.iter().position(fits);
        let mut row = match place {
            Some(place) => self.rows[place].clone(),
            None => vec![Vec::new(); width],
        };
        for (place, cell) in key.iter().chain(cells) {
            if let Some(own) = row.get_mut(*place) {
                *own = cell.as_bytes().to_vec();
            }
        }
        match place {
            Some(place) if self.rows[place] == row => return Did::Nothing,
            Some(place) => self.rows[place] = row,
            None => self.rows.push(row),
        }
        match place {
            Some(_) => Did::Changed,
            None => Did::Created,
        }
    }

    /// Takes away every row with these cells.
    pub(crate) fn remove(&mut self, cells: &[(usize, &str)]) -> Did {
        let before = self.rows.len();
        self.rows.retain(|row| !Self::is(row, cells));
        match self.rows.len() < before {
            true => Did::Removed,
            false => Did::Nothing,
        }
    }

    /// Where the column with this heading is.
    pub(crate) fn place(&self, heading: &str) -> Result<usize, Error> {
        let mut headings = self.headings().into_iter();
        let place = headings.position(|one| one == heading);
        place.ok_or_else(|| invalid(heading))
    }

    /// These cells of every row.
    pub(crate) fn columns<const N: usize>(
        &self,
        headings: [&str; N],
    ) -> Result<Vec<[String; N]>, Error> {
        let places = headings.iter().map(|heading| self.place(heading));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let cells = |row: &Vec<Vec<u8>>| {
            std::array::from_fn(|column| {
                let cell = row.get(places[column]).map(Vec::as_slice);
                String::from_utf8_lossy(cell.unwrap_or_default()).into_owned()
            })
        };
        Ok(self.rows.iter().map(cells).collect())
    }

    /// Writes the file beside the old one and puts it in its place in one step.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(self.line_end)
            .flexible(true)
            .from_writer(if self.bom { BOM.to_vec() } else { Vec::new() });
        let written = writer.write_record(&self.heading).and_then(|()| {
            let mut rows = self.rows.iter();
            rows.try_for_each(|row| writer.write_record(row))
        });
        written.map_err(|_| invalid("row"))?;
        let bytes = writer.into_inner().map_err(|_| invalid("row"))?;
        replace(&self.path, &bytes).map_err(|error| failed(error, "perform"))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = beside(path, "new");
    let mut file = File::create(&new)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

/// `customers.csv` and `lock` make `customers.csv.lock`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

pub(crate) fn failed(error: std::io::Error, operation: &'static str) -> Error {
    let kind = match error.kind() {
        Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::Forbidden,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, operation).caused_by(error)
}

pub(crate) fn invalid(field: &str) -> Error {
    let field = field.to_owned();
    Error::new(ErrorKind::Invalid { field }, "perform")
}
