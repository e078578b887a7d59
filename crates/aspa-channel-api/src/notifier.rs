use std::fmt;
use std::sync::Arc;

use aspa_channel::{Error, ErrorKind, Notification, Notifier, Status};
use aspa_http::HttpClient;
use aspa_types::Secret;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::json;

use crate::answer::refusal;
use crate::config::{ConfigError, address, check_secret};
use crate::signature::sign;

const OPERATION: &str = "notify";

/// Posts what colleagues are told to a webhook of the host's: signed JSON, as the crate's page describes
/// it. The delivery's id is the notification's, so that one that comes twice is known.
pub struct ApiNotifier {
    url: Uri,
    secret: Secret,
    http: Arc<dyn HttpClient>,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for ApiNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiNotifier")
            .field("url", &self.url.host())
            .finish_non_exhaustive()
    }
}

impl ApiNotifier {
    /// Posts to `url`, which is https, or http on this machine, through `http`; signed with `secret`, of
    /// 16 bytes or more, at the time that `clock` tells.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming what is wrong.
    pub fn new(
        url: &str,
        secret: Secret,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        check_secret(&secret)?;
        Ok(Self {
            url: address(url, false)?,
            secret,
            http,
            clock: Box::new(clock),
        })
    }

    fn request(&self, told: &Notification) -> Result<Request<Bytes>, Error> {
        let body = json!({ "notification": {
            "id": told.id,
            "at": told.at,
            "to": told.to,
            "subject": told.subject,
            "text": told.text,
            "data": told.data,
        } });
        let body = Bytes::from(body.to_string());
        let headers = sign(&self.secret, (self.clock)(), &told.id, &body)
            .map_err(|e| Error::new(ErrorKind::Invalid, OPERATION).with_source(e))?;
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = headers;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        Ok(request)
    }
}

#[async_trait]
impl Notifier for ApiNotifier {
    async fn notify(&self, notification: &Notification) -> Result<(), Error> {
        let sent = self.http.send(self.request(notification)?).await;
        let response = sent.map_err(|error| Error::unanswered(OPERATION, error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let error = refusal(OPERATION, &response, (self.clock)());
        // A webhook that is not there may only be between two versions of the host.
        Err(match response.status() {
            StatusCode::NOT_FOUND => error.with_status(Status::Persistent),
            _ => error,
        })
    }
}
