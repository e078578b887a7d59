use std::fmt;

use aspa_channel::{Media, MediaKind};
use serde::{Deserialize, Serialize};

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BadFile {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Its first bytes are those of no type that is taken.
    #[error("not a picture, PDF or plain text")]
    Type,
}

/// A file that a visitor uploaded: what the server found out about it, and the visitor's name for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredFile {
    /// Where it is kept.
    pub id: String,
    /// What the visitor calls it. Never part of a path.
    pub name: String,
    /// Its media type, by its content.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// `Debug` shows type and size, no name.
impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile")
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl StoredFile {
    /// A file with this content, kept under `id`. Of the name the last part is kept, at most 120
    /// characters, none of them a control character.
    ///
    /// # Errors
    ///
    /// [`BadFile`] where the content is empty or of a type that is not taken.
    pub fn new(id: impl Into<String>, name: &str, content: &[u8]) -> Result<Self, BadFile> {
        let media_type = sniff(content)?;
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept = last.chars().filter(|c| !is_hidden(*c)).take(120);
        let mut name: String = kept.collect();
        if name.trim().is_empty() || name.trim_matches('.').is_empty() {
            name = "file".to_owned();
        }
        Ok(Self {
            id: id.into(),
            name,
            media_type: media_type.to_owned(),
            bytes: content.len() as u64,
        })
    }

    /// What a message holds of it.
    #[must_use]
    pub fn media(&self) -> Media {
        let kind = match self.media_type.starts_with("image/") {
            true => MediaKind::Image,
            false => MediaKind::File,
        };
        let mut media = Media::new(kind);
        media.id = Some(self.id.clone());
        media.media_type = Some(self.media_type.clone());
        media.bytes = Some(self.bytes);
        media.name = Some(self.name.clone());
        media
    }
}

/// Whether a character shows nothing or turns the direction of writing, so that `gpj.exe` could look
/// like a picture (Unicode Standard Annex 9, section 2).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The media type of a file by its first bytes, of the few types that are taken: PNG, JPEG, GIF, WebP,
/// PDF and plain UTF-8 text. What a visitor or a name says is not asked. SVG and HTML, which run
/// scripts, are text at best and never served as anything a browser shows.
///
/// # Errors
///
/// [`BadFile`].
pub fn sniff(content: &[u8]) -> Result<&'static str, BadFile> {
    let begins = |with: &[u8]| content.starts_with(with);
    if content.is_empty() {
        return Err(BadFile::Empty);
    }
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Ok("image/png");
    }
    if begins(b"\xff\xd8\xff") {
        return Ok("image/jpeg");
    }
    if begins(b"GIF87a") || begins(b"GIF89a") {
        return Ok("image/gif");
    }
    if begins(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Ok("image/webp");
    }
    if begins(b"%PDF-") {
        return Ok("application/pdf");
    }
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    match std::str::from_utf8(content) {
        Ok(text) if text.chars().all(plain) => Ok("text/plain"),
        _ => Err(BadFile::Type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_holds() {
        for (content, is) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Ok("image/png")),
            (b"\xff\xd8\xff\xe0", Ok("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Ok("image/webp")),
            (b"%PDF-1.7", Ok("application/pdf")),
            ("hyvää päivää\n".as_bytes(), Ok("text/plain")),
            (b"<script>alert(1)</script>", Ok("text/plain")),
            (b"MZ\x90\0", Err(BadFile::Type)),
            (b"PK\x03\x04", Err(BadFile::Type)),
            (b"", Err(BadFile::Empty)),
        ] {
            assert_eq!(sniff(content), is, "{content:?}");
        }
    }

    #[test]
    fn names_are_names_only() {
        for (given, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\kuitti ä.png", "kuitti ä.png"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("evil\u{202e}gnp.exe", "evilgnp.exe"),
            ("..", "file"),
            ("", "file"),
        ] {
            let file = StoredFile::new("1", given, b"x").unwrap();
            assert_eq!(file.name, kept);
        }
    }
}
