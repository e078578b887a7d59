use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use tokio::fs;
use tokio::io::AsyncWriteExt;

/// Where files that visitors upload are kept: a folder, or an object store of the host.
///
/// Ids are made by the server: 22 of `A-Z`, `a-z`, `0-9`, `_` and `-`. Who may read a file is decided
/// before it is asked for.
#[async_trait]
pub trait FileStore: std::fmt::Debug + Send + Sync + 'static {
    /// Keeps a file, durably, under an id that is new.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    async fn put(&self, id: &str, content: Bytes) -> io::Result<()>;

    /// The file; none where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    async fn get(&self, id: &str) -> io::Result<Option<Bytes>>;

    /// Forgets a file; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    async fn remove(&self, id: &str) -> io::Result<()>;
}

/// Files in a folder of this machine, readable by this user only where the system knows of that.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Keeps files in this folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_path_buf();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    fn path(&self, id: &str) -> io::Result<PathBuf> {
        match is_id(id) {
            true => Ok(self.0.join(id)),
            false => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }
}

#[async_trait]
impl FileStore for Folder {
    async fn put(&self, id: &str, content: Bytes) -> io::Result<()> {
        let path = self.path(id)?;
        let mut file = fs::File::create_new(path).await?;
        file.write_all(&content).await?;
        file.sync_all().await
    }

    async fn get(&self, id: &str) -> io::Result<Option<Bytes>> {
        match fs::read(self.path(id)?).await {
            Ok(content) => Ok(Some(content.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn remove(&self, id: &str) -> io::Result<()> {
        match fs::remove_file(self.path(id)?).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether it has the form of an id. Nothing else becomes part of a path.
pub(crate) fn is_id(id: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    id.len() == 22 && id.bytes().all(word)
}

/// A new id.
pub(crate) fn new_id(random: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}
