//! Secrets that nobody has to think up: made at the first start and kept beside the database.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use aspa::types::Secret;

use crate::Error;

/// The secrets of one installation.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "all three are needed")]
pub struct Keys {
    /// Signs visitors' tokens.
    pub chat: Secret,
    /// Signs who is logged in; in a host of its own, the shop's backend has it.
    pub identity: Secret,
    /// Lets the agent in.
    pub agent: Secret,
}

impl Keys {
    /// New ones.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self::of(&random(96)?))
    }

    /// Those in a file, which is made with new ones if it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or made.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut text = String::new();
        match File::open(path) {
            Ok(mut file) => drop(file.read_to_string(&mut text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                text = random(96)?;
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
            }
            Err(error) => return Err(error.into()),
        }
        if text.len() != 192 || !text.is_ascii() {
            return Err(format!("{} holds no keys", path.display()).into());
        }
        Ok(Self::of(&text))
    }

    fn of(text: &str) -> Self {
        let part = |n: usize| Secret::new(&text[n * 64..n * 64 + 64]);
        Self {
            chat: part(0),
            identity: part(1),
            agent: part(2),
        }
    }
}

/// So many random bytes, in hexadecimal.
fn random(count: usize) -> Result<String, Error> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|_| "no random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
