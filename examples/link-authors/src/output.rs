//! The result, whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use aspa_types::HandleKey;
use tempfile::{Builder, NamedTempFile};

use crate::input::Author;
use crate::link::Row;

/// Where the result goes.
#[derive(Debug)]
pub(crate) enum Output {
    /// Standard output, or something that is no file: a pipe, a device.
    Stream(PathBuf),
    /// A file, under another name until it is whole.
    File(NamedTempFile, PathBuf),
}

impl Output {
    /// Makes sure that there is a place to write to.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let is_stream = fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir());
        if path == Path::new("-") || is_stream {
            return Ok(Self::Stream(path.to_owned()));
        }
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "is a directory",
            ));
        }
        // Where a link leads, so that the link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let mut builder = Builder::new();
        builder.prefix(".link-authors-").suffix(".partial");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
        Ok(Self::File(file, path))
    }

    /// Writes all rows.
    pub(crate) fn write(self, authors: &[(HandleKey, Author)], rows: &[Row]) -> io::Result<()> {
        match self {
            Self::File(mut file, path) => {
                rows_to(BufWriter::new(file.as_file_mut()), authors, rows)?;
                file.persist(path).map_err(|error| error.error)?;
                Ok(())
            }
            Self::Stream(path) if path == Path::new("-") => {
                // A reader that went away is no failure.
                match rows_to(BufWriter::new(io::stdout().lock()), authors, rows) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    done => done,
                }
            }
            Self::Stream(path) => {
                let stream = fs::OpenOptions::new().write(true).open(path)?;
                rows_to(BufWriter::new(stream), authors, rows)
            }
        }
    }
}

fn rows_to(out: impl Write, authors: &[(HandleKey, Author)], rows: &[Row]) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(["author_id", "crm_id", "prob", "decision"])?;
    for ((_, author), row) in authors.iter().zip(rows) {
        let prob = probability(row);
        out.write_record([author.author_id.trim(), &row.crm_id, &prob, row.decision])?;
    }
    out.flush()
}

/// Nine digits, and never quite 0 or 1 where there is a candidate.
fn probability(row: &Row) -> String {
    match row.crm_id.is_empty() {
        true => "0".to_owned(),
        false => format!("{:.9}", row.prob.clamp(1e-9, 1.0 - 1e-9)),
    }
}

#[cfg(test)]
mod tests {
    use super::probability;
    use crate::link::Row;

    #[test]
    fn a_probability_is_never_certain() {
        let written = |crm_id: &str, prob: f64| {
            probability(&Row {
                crm_id: crm_id.to_owned(),
                prob,
                decision: "none",
            })
        };
        assert_eq!(written("7", 1.0), "0.999999999");
        assert_eq!(written("7", 0.0), "0.000000001");
        assert_eq!(written("7", 0.123_456_789_4), "0.123456789");
        assert_eq!(written("", 0.0), "0");
    }
}
