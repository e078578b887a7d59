//! Media that go along with a post.

use aspa_channel::{Error, ErrorKind, Media};
use serde_json::Value;

use crate::channel::MastodonChannel;

const OPERATION: &str = "perform";

impl MastodonChannel {
    /// The ids of media on the server.
    pub(crate) async fn attach(&self, media: &[Media]) -> Result<Vec<Value>, Error> {
        let mut ids = Vec::new();
        for piece in media {
            match &piece.id {
                Some(id) => ids.push(id.as_str().into()),
                None => {
                    return Err(Error::new(ErrorKind::Invalid, OPERATION)
                        .with("field", "media")
                        .with_remedy("upload it first and give its id"));
                }
            }
        }
        Ok(ids)
    }
}
