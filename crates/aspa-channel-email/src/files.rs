//! Files that go along with what we send.

use std::fmt;

use aspa_channel::{Error, ErrorKind, Media};
use async_trait::async_trait;
use bytes::Bytes;

const SEND: &str = "send";
/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 120;

/// Where the host keeps the files that go along with its answers. A mail holds its files, so they are read
/// whenever it is sent or tried again.
#[async_trait]
pub trait Files: fmt::Debug + Send + Sync + 'static {
    /// The content of a file, as an effect names it, by its `id` or `url`. None: it is not there.
    ///
    /// # Errors
    ///
    /// Where it may be there and cannot be had now. Nothing has been sent then.
    async fn content(&self, file: &Media) -> Result<Option<Bytes>, Error>;
}

/// A file with its content.
#[derive(Clone)]
pub(crate) struct Enclosed {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content: Bytes,
}

/// `Debug` shows how large it is.
impl fmt::Debug for Enclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enclosed")
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Enclosed {
    fn new(file: &Media, content: Bytes) -> Self {
        let plain = |c: &char| !c.is_control() && !matches!(c, '/' | '\\' | '"');
        let name: String = { file.name.iter() }
            .flat_map(|name| name.chars())
            .filter(plain)
            .take(LONGEST_NAME)
            .collect();
        let media_type = file.media_type.clone();
        Self {
            name: match name.trim().trim_matches('.') {
                "" => "file".to_owned(),
                name => name.to_owned(),
            },
            media_type: media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            content,
        }
    }
}

/// The files of an effect, at most so many bytes together.
pub(crate) async fn enclosed(
    files: Option<&dyn Files>,
    media: &[Media],
    most: u64,
) -> Result<Vec<Enclosed>, Error> {
    let refused = |kind: ErrorKind| Error::new(kind, SEND).with("field", "media");
    let mut all = Vec::new();
    let mut bytes = 0_u64;
    for file in media {
        let Some(files) = files else {
            return Err(refused(ErrorKind::Unsupported));
        };
        let Some(content) = files.content(file).await? else {
            let error = refused(ErrorKind::NotFound);
            return Err(error.with_remedy("the file is not there any more: attach it again"));
        };
        bytes = bytes.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
        if bytes > most {
            let error = refused(ErrorKind::Invalid).with("max", most);
            return Err(error.with_remedy("send fewer or smaller files, or in several mails"));
        }
        all.push(Enclosed::new(file, content));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_channel::MediaKind;

    #[test]
    fn names_of_files_are_names_and_nothing_else() {
        for (given, name) in [
            (Some("kettle ä.png"), "kettle ä.png"),
            (Some("../../etc/passwd"), "etcpasswd"),
            (Some("a\r\nBcc: x\"y"), "aBcc: xy"),
            (Some(" .. "), "file"),
            (Some(""), "file"),
            (None, "file"),
        ] {
            let mut media = Media::new(MediaKind::File);
            media.name = given.map(str::to_owned);
            assert_eq!(Enclosed::new(&media, Bytes::new()).name, name);
        }
    }
}
