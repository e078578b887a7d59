//! A server that answers anything. Fuzz targets of other adapters include this file by its path.

use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_http::{HttpClient, HttpError};
use bytes::Bytes;

/// Answers in turn what stands between zero bytes, and begins again.
#[derive(Debug)]
pub(crate) struct Says {
    answers: Vec<Bytes>,
    turn: AtomicUsize,
}

impl Says {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let answers = bytes.split(|b| *b == 0).map(Bytes::copy_from_slice);
        Self {
            answers: answers.collect(),
            turn: AtomicUsize::new(0),
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for Says {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers[turn % self.answers.len()].clone();
        Ok(http::Response::new(answer))
    }
}
