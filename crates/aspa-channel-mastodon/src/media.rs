//! Media that go along with a post.

use std::fmt;

use aspa_channel::{Error, ErrorKind, Landed, Media};
use aspa_http::Bucket;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::api::{MEDIA, accepted, encoded};
use crate::channel::MastodonChannel;
use crate::json;
use crate::status;

const OPERATION: &str = "perform";
const UPLOAD: &str = "upload";

/// A file for a post.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// What it holds.
    pub content: Bytes,
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// What the file is called.
    pub name: String,
    /// What it shows, for those who do not see it.
    pub description: Option<String>,
}

impl Upload {
    /// A file without a name of its own.
    #[must_use]
    pub fn new(media_type: impl Into<String>, content: Bytes) -> Self {
        Self {
            content,
            media_type: media_type.into(),
            name: "file".to_owned(),
            description: None,
        }
    }

    /// The same, with what it shows, for those who do not see it.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// `Debug` shows neither what it holds nor what it is called.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("media_type", &self.media_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl MastodonChannel {
    /// Puts a file on the server: `POST /api/v2/media` (methods/media, since 3.1.3, read 2026-11-22). What
    /// comes back goes along with a reply. It can be sent at once: a reply whose files the server has not
    /// made ready is tried again later. The server drops what no post has after a day or so.
    ///
    /// # Errors
    ///
    /// `Invalid` for an empty file, or one of a type or size that the server says it does not take, before
    /// any request; else as the server refuses it. What may have been uploaded can be uploaded again: a file
    /// without a post is seen by nobody.
    pub async fn upload(&self, file: &Upload) -> Result<Media, Error> {
        self.check_file(file)?;
        let (boundary, body) = form(file);
        let path = "/api/v2/media";
        let mut request = self.api.request(Method::POST, path, body, UPLOAD)?;
        let form = format!("multipart/form-data; boundary={boundary}");
        let form = HeaderValue::try_from(form).map_err(|_| invalid("media_type"))?;
        request.headers_mut().insert(CONTENT_TYPE, form);
        request.extensions_mut().insert(Bucket(MEDIA.to_owned()));
        let response = self.api.change(request, UPLOAD).await?;
        let made = accepted(UPLOAD, &response)?;
        let mut media = status::media(&made);
        if media.id.is_none() {
            return Err(Error::new(ErrorKind::Protocol, UPLOAD).with_landed(Landed::Maybe));
        }
        media.media_type = Some(file.media_type.clone());
        media.bytes = u64::try_from(file.content.len()).ok();
        media.description.clone_from(&file.description);
        Ok(media)
    }

    fn check_file(&self, file: &Upload) -> Result<(), Error> {
        let server = &self.server;
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
        if !file.media_type.contains('/') || !file.media_type.chars().all(plain) {
            return Err(invalid("media_type"));
        }
        let types = &server.media_types;
        if !types.is_empty() && !types.contains(&file.media_type) {
            return Err(invalid("media_type").with_remedy("send a file of a type it takes"));
        }
        let most = match file.media_type.starts_with("image/") {
            true => server.max_image_bytes,
            false => server.max_video_bytes,
        };
        let length = u64::try_from(file.content.len()).unwrap_or(u64::MAX);
        if length == 0 || most.is_some_and(|most| length > most) {
            let most = most.unwrap_or(u64::MAX);
            let error = invalid("content").with("bytes", length).with("max", most);
            return Err(error.with_remedy("send a smaller file"));
        }
        Ok(())
    }

    /// The ids of media on the server, once they are ready: `GET /api/v1/media/:id` (methods/media, read
    /// 2026-11-22), where an address says that one is. snac has them ready at once, and no such request
    /// (2.75).
    pub(crate) async fn attach(&self, media: &[Media]) -> Result<Vec<Value>, Error> {
        let mut ids = Vec::new();
        for piece in media {
            let id = piece.id.as_deref().ok_or_else(|| {
                Error::new(ErrorKind::Invalid, OPERATION)
                    .with("field", "media")
                    .with_remedy("upload it first and give its id")
            })?;
            if piece.url.is_none() && !self.server.is_snac() {
                self.is_ready(id).await?;
            }
            ids.push(id.into());
        }
        Ok(ids)
    }

    async fn is_ready(&self, id: &str) -> Result<(), Error> {
        let path = format!("/api/v1/media/{}", encoded(id));
        let Some(there) = self.api.get(&path, OPERATION).await? else {
            return Err(Error::new(ErrorKind::NotFound, OPERATION)
                .with("field", "media")
                .with_remedy("upload it again"));
        };
        match json::text(&there, "url") {
            Some(_) => Ok(()),
            // 206: the server is still at it.
            None => Err(Error::new(ErrorKind::Unavailable, OPERATION).with("field", "media")),
        }
    }
}

fn invalid(field: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, UPLOAD).with("field", field)
}

/// A file and its description as a form (RFC 7578), with a boundary that is not within.
fn form(file: &Upload) -> (String, Bytes) {
    let description = file.description.as_deref().unwrap_or_default();
    let is_within = |boundary: &str| {
        let wanted = boundary.as_bytes();
        let mut content = file.content.windows(wanted.len());
        description.contains(boundary) || content.any(|piece| piece == wanted)
    };
    let mut boundary = "aspa-form".to_owned();
    let mut number = 0_u32;
    while is_within(&boundary) {
        number += 1;
        boundary = format!("aspa-form-{number}");
    }
    let mut body = Vec::with_capacity(file.content.len() + description.len() + 512);
    let mut head = |name: &str, rest: &str, content: &[u8]| {
        let text = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n"
        );
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    if !description.is_empty() {
        head("description", "", description.as_bytes());
    }
    let rest = format!(
        "; filename=\"{}\"\r\nContent-Type: {}",
        in_quotes(&file.name),
        file.media_type
    );
    head("file", &rest, &file.content);
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, body.into())
}

/// A name as it stands between quotes in a form (html.spec.whatwg.org, "multipart/form-data", read
/// 2026-11-22).
fn in_quotes(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '"' => quoted.push_str("%22"),
            '\r' => quoted.push_str("%0D"),
            '\n' => quoted.push_str("%0A"),
            c => quoted.push(c),
        }
    }
    quoted
}
