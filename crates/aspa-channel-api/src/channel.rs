use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Effect, EffectName, Error, ErrorKind, Idempotency,
    Landed, Probe, Receipt, Support, TextUnit,
};
use aspa_http::HttpClient;
use aspa_types::{AccountId, DeliveryId, EffectKey, Network, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::json;

use crate::answer::{is_an_answer, object, receipt, refusal};
use crate::config::{ChannelConfig, ConfigError, check_secret};
use crate::signature::sign;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Posts effects to the host's callback: signed JSON, as the crate's page describes it.
///
/// It only writes: what happens on the host's side comes through an [`ApiWebhook`](crate::ApiWebhook),
/// so `poll` and `fetch` are `Unsupported`.
pub struct ApiChannel {
    account: AccountId,
    network: Network,
    callback: Uri,
    secret: Secret,
    capabilities: Capabilities,
    http: Arc<dyn HttpClient>,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for ApiChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiChannel")
            .field("account", &self.account)
            .field("network", &self.network)
            .field("callback", &self.callback.host())
            .finish_non_exhaustive()
    }
}

impl ApiChannel {
    /// A channel that posts through `http` and signs with the time that `clock` tells.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the field at fault.
    pub fn new(
        config: ChannelConfig,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        check_secret(&config.secret)?;
        let callback = config.callback()?;
        // The day on which the protocol's limits were fixed.
        let checked = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default();
        let mut capabilities = Capabilities::new(checked, "the protocol of aspa-channel-api")
            .with_text(config.max_text, TextUnit::Scalars)
            .with_idempotency(Idempotency::Native);
        capabilities.media = config.media;
        for effect in config.effects {
            if let EffectName::Other(_) = effect {
                return Err(ConfigError::UnknownEffect(effect));
            }
            capabilities = capabilities.with(effect, Support::Full);
        }
        Ok(Self {
            account: config.account,
            network: config.network,
            callback,
            secret: config.secret,
            capabilities,
            http,
            clock: Box::new(clock),
        })
    }

    fn signed(
        &self,
        operation: &'static str,
        mut request: Request<Bytes>,
        delivery: &DeliveryId,
        content: &[u8],
    ) -> Result<Request<Bytes>, Error> {
        let headers = sign(&self.secret, (self.clock)(), delivery, content)
            .map_err(|e| Error::new(ErrorKind::Invalid, operation).with_source(e))?;
        request.headers_mut().extend(headers);
        Ok(request)
    }

    fn order(&self, effect: &Effect) -> Result<Request<Bytes>, Error> {
        const OPERATION: &str = "perform";
        let invalid = |field| Error::new(ErrorKind::Invalid, OPERATION).with("field", field);
        let body = serde_json::to_vec(&json!({ "effect": effect }));
        let body = Bytes::from(body.map_err(|_| invalid("effect"))?);
        let mut request = Request::new(body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.callback.clone();
        let key = HeaderValue::from_bytes(effect.key.as_str().as_bytes());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        request
            .headers_mut()
            .insert(IDEMPOTENCY_KEY, key.map_err(|_| invalid("key"))?);
        // The same effect is the same delivery, so that a host that knows only those is safe too.
        let delivery = DeliveryId::derive(&["effect", effect.key.as_str()]);
        self.signed(OPERATION, request, &delivery, &body)
    }

    fn question(&self, key: &EffectKey) -> Result<Request<Bytes>, Error> {
        const OPERATION: &str = "probe";
        let query = self.callback.query().map(|query| format!("{query}&"));
        let path = format!(
            "{}?{}effect={}",
            self.callback.path(),
            query.unwrap_or_default(),
            encoded(key.as_str()),
        );
        let mut parts = self.callback.clone().into_parts();
        let invalid = || Error::new(ErrorKind::Invalid, OPERATION).with("field", "key");
        parts.path_and_query = Some(path.parse().map_err(|_| invalid())?);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| invalid())?;
        let delivery = DeliveryId::derive(&["probe", key.as_str()]);
        self.signed(OPERATION, request, &delivery, key.as_str().as_bytes())
    }

    fn refused(&self, operation: &'static str, response: &Response<Bytes>) -> Error {
        refusal(operation, response, (self.clock)())
    }
}

#[async_trait]
impl Channel for ApiChannel {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        if effect.account() != &self.account {
            return Err(Error::new(ErrorKind::Invalid, "perform").with("field", "account"));
        }
        let sent = self.http.send(self.order(effect)?).await;
        let response = sent.map_err(|error| Error::unanswered("perform", error))?;
        let answer = object(&response);
        let is_repeat = response.status() == StatusCode::CONFLICT
            && answer
                .as_ref()
                .is_some_and(|answer| answer.get("id").is_some());
        if response.status().is_success() && !is_an_answer(&response) {
            let status = response.status().as_u16();
            return Err(Error::new(ErrorKind::Protocol, "perform")
                .with_landed(Landed::Maybe)
                .with("status", status)
                .with_remedy("see that callback_url leads to the host and not to a page"));
        }
        if response.status().is_success() || is_repeat {
            return Ok(receipt(effect, answer.as_ref()));
        }
        Err(self.refused("perform", &response))
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let asked = self.http.send(self.question(&effect.key)?).await;
        // A question changes nothing, so it can always be asked again.
        let harmless = |error: Error| error.with_landed(Landed::No);
        let response = asked.map_err(|error| harmless(Error::unanswered("probe", error)))?;
        // A status alone may come from a router or a page for everything; the key echoed does not.
        let answer = object(&response).filter(|answer| answer["effect"] == effect.key.as_str());
        match (response.status().as_u16(), answer) {
            (200, Some(answer)) => Ok(Probe::Found(receipt(effect, Some(&answer)))),
            (404, Some(_)) => Ok(Probe::Absent),
            (401 | 403 | 408 | 429 | 500 | 502..=599, _) => {
                Err(harmless(self.refused("probe", &response)))
            }
            _ => Ok(Probe::CannotTell),
        }
    }
}

/// A text as it stands in a query (RFC 3986 section 2.3: what is not unreserved is encoded).
fn encoded(text: &str) -> String {
    let mut query = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            for nibble in [byte >> 4, byte & 15] {
                query.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
    query
}
