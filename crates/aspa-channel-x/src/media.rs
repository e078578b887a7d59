//! Images that go along with posts and direct messages: `POST /2/media/upload` and `POST /2/media/metadata`
//! (OpenAPI 2.159). Films and moving images, which take several requests and time, are not sent.

use std::fmt;

use aspa_channel::{Error, ErrorKind, Landed, Media, MediaKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::api::MEDIA;
use crate::channel::XChannel;
use crate::json;

const UPLOAD: &str = "upload";
const PERFORM: &str = "perform";
/// The largest image, in bytes (docs.x.com, "Media best practices"; from memory, not verified).
pub(crate) const MOST_BYTES: u64 = 5 << 20;
/// The types of images that are taken in one request (OpenAPI 2.159, `MediaUploadRequestOneShot`).
pub(crate) const TYPES: [&str; 6] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/bmp",
    "image/pjpeg",
    "image/tiff",
];
/// The longest text that says what an image shows, in characters (OpenAPI 2.167, `alt_text`).
const LONGEST_DESCRIPTION: usize = 1_000;

/// An image for a post or a direct message.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// What it holds.
    pub content: Bytes,
    /// Its media type: `image/jpeg`, `image/png`, `image/webp`, `image/bmp`, `image/pjpeg` or `image/tiff`.
    pub media_type: String,
    /// What it shows, for those who do not see it; at most 1,000 characters.
    pub description: Option<String>,
    /// Whether it is for a direct message. X takes one for the other as little as the other way round.
    pub direct: bool,
}

impl Image {
    /// An image for a post.
    #[must_use]
    pub fn new(media_type: impl Into<String>, content: Bytes) -> Self {
        Self {
            content,
            media_type: media_type.into(),
            description: None,
            direct: false,
        }
    }

    /// The same, for a direct message.
    #[must_use]
    pub fn for_direct_message(mut self) -> Self {
        self.direct = true;
        self
    }

    /// The same, with what it shows, for those who do not see it.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// `Debug` shows neither what it holds nor what it shows.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("media_type", &self.media_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl XChannel {
    /// Puts an image on X. What comes back goes along with a reply or a direct message; X drops what none has
    /// after a day. It takes the scope `media.write`.
    ///
    /// # Errors
    ///
    /// `Invalid` for an empty or too large image, one of another type, or too long a description, before any
    /// request; else as X refuses it. What may have been uploaded can be uploaded again: an image without a
    /// post is seen by nobody.
    pub async fn upload(&self, image: &Image) -> Result<Media, Error> {
        check(image)?;
        let category = match image.direct {
            true => "dm_image",
            false => "tweet_image",
        };
        // X sees the type itself; its document 2.167 has no name for it.
        let content = STANDARD.encode(&image.content);
        let body = json!({ "media": content, "media_category": category });
        let price = self.api.prices().change;
        let made = self
            .api
            .change(Method::POST, "/2/media/upload", Some(&body), MEDIA, price)
            .await?;
        let id = json::id(&made["data"], "id").filter(|id| json::is_id(id));
        let id = id.ok_or_else(|| {
            let error = Error::new(ErrorKind::Protocol, UPLOAD).with_landed(Landed::Maybe);
            error.with("field", "id")
        })?;
        if let Some(description) = image.description.as_deref() {
            let text = json!({ "text": description });
            let body = json!({ "id": id, "metadata": { "alt_text": text } });
            let path = "/2/media/metadata";
            self.api
                .change(Method::POST, path, Some(&body), MEDIA, price)
                .await?;
        }
        let mut media = Media::new(MediaKind::Image);
        media.id = Some(id.into_owned());
        media.media_type = Some(image.media_type.clone());
        media.bytes = u64::try_from(image.content.len()).ok();
        media.description.clone_from(&image.description);
        Ok(media)
    }
}

fn check(image: &Image) -> Result<(), Error> {
    let invalid = |field: &'static str| Error::new(ErrorKind::Invalid, UPLOAD).with("field", field);
    if !TYPES.contains(&image.media_type.as_str()) {
        return Err(invalid("media_type").with_remedy("send a JPEG, PNG or WebP image"));
    }
    let length = u64::try_from(image.content.len()).unwrap_or(u64::MAX);
    if length == 0 || length > MOST_BYTES {
        let error = invalid("content").with("bytes", length);
        return Err(error
            .with("max", MOST_BYTES)
            .with_remedy("send a smaller image"));
    }
    let description = image.description.as_deref().unwrap_or_default();
    match description.chars().count() <= LONGEST_DESCRIPTION {
        true => Ok(()),
        false => Err(invalid("description").with("max", LONGEST_DESCRIPTION)),
    }
}

/// The ids of media that are on X.
pub(crate) fn ids(media: &[Media]) -> Result<Vec<Value>, Error> {
    let id = |piece: &Media| {
        let id = piece.id.as_deref().filter(|id| json::is_id(id));
        id.map(Value::from).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, PERFORM)
                .with("field", "media")
                .with_remedy("upload it first and give its id")
        })
    };
    media.iter().map(id).collect()
}
