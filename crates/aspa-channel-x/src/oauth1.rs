//! Requests signed by OAuth 1.0a with HMAC-SHA1 (RFC 5849 section 3).

use std::fmt;
use std::fmt::Write as _;

use aspa_http::layer::{Layer, Next};
use aspa_http::{BodyStream, HttpError, HttpErrorKind};
use aspa_types::Secret;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use serde::Deserialize;
use sha1::Sha1;

use crate::api::ENCODED;

/// The four keys of an app and an account (OAuth 1.0a). They do not expire.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OAuth1Keys {
    /// The app's consumer key ("API key").
    pub consumer_key: String,
    /// The app's consumer secret ("API key secret").
    pub consumer_secret: Secret,
    /// The account's access token.
    pub token: String,
    /// The account's token secret.
    pub token_secret: Secret,
}

impl OAuth1Keys {
    /// Of an app and an account.
    #[must_use]
    pub fn new(
        consumer_key: impl Into<String>,
        consumer_secret: Secret,
        token: impl Into<String>,
        token_secret: Secret,
    ) -> Self {
        Self {
            consumer_key: consumer_key.into(),
            consumer_secret,
            token: token.into(),
            token_secret,
        }
    }

    /// The value of the `authorization` header (section 3.5.1).
    pub(crate) fn header(&self, request: &Request<Bytes>, timestamp: i64, nonce: &str) -> String {
        let timestamp = timestamp.to_string();
        let fields = [
            ("oauth_consumer_key", self.consumer_key.as_str()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_token", &self.token),
        ];
        let base = base_string(request, &fields);
        let key = format!(
            "{}&{}",
            encoded(self.consumer_secret.expose()),
            encoded(self.token_secret.expose())
        );
        let signature = signature(&key, &base);
        let mut header = "OAuth ".to_owned();
        for (name, value) in fields.into_iter().chain([("oauth_signature", &*signature)]) {
            let comma = if header.len() > 6 { ", " } else { "" };
            // Writing to a String does not fail.
            let _ = write!(header, "{comma}{name}=\"{}\"", encoded(value));
        }
        header
    }
}

/// `Debug` shows nothing.
impl fmt::Debug for OAuth1Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth1Keys").finish_non_exhaustive()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[expect(
    clippy::expect_used,
    reason = "RFC 2104 section 2: an HMAC takes keys of any length"
)]
fn signature(key: &str, base: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("any length is a key");
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What is signed (section 3.4.1): method, address without query, and every parameter in order. A body
/// counts only where it is a form.
fn base_string(request: &Request<Bytes>, fields: &[(&str, &str)]) -> String {
    let uri = request.uri();
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let form = std::str::from_utf8(request.body()).unwrap_or_default();
    let sources = [
        uri.query().unwrap_or_default(),
        if is_form { form } else { "" },
    ];
    // In a form a plus is a blank (section 3.4.1.3.1).
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = sources.into_iter().flat_map(|source| source.split('&'));
    let pairs = pairs.filter(|pair| !pair.is_empty());
    let mut parameters: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(name)), encoded(&decoded(value)))
        })
        .chain(
            fields
                .iter()
                .map(|(name, value)| (encoded(name), encoded(value))),
        )
        .collect();
    parameters.sort_unstable();
    let parameters: Vec<String> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let scheme = uri.scheme_str().unwrap_or("https").to_ascii_lowercase();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = host.to_ascii_lowercase();
    let port = if scheme == "http" { ":80" } else { ":443" };
    let host = host.strip_suffix(port).unwrap_or(&host);
    let address = format!("{scheme}://{host}{}", uri.path());
    format!(
        "{}&{}&{}",
        request.method(),
        encoded(&address),
        encoded(&parameters.join("&"))
    )
}

/// Signs each request.
pub(crate) struct Signing {
    pub(crate) keys: OAuth1Keys,
    pub(crate) clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").finish_non_exhaustive()
    }
}

#[async_trait]
impl Layer for Signing {
    async fn call(
        &self,
        mut request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        if !request.headers().contains_key(AUTHORIZATION) {
            let mut random = [0_u8; 18];
            let unsent = |_| HttpError::new(HttpErrorKind::Invalid);
            getrandom::fill(&mut random).map_err(unsent)?;
            let nonce = URL_SAFE_NO_PAD.encode(random);
            let header = self
                .keys
                .header(&request, (self.clock)().timestamp(), &nonce);
            let unusable = |_| HttpError::new(HttpErrorKind::Invalid);
            let mut value = HeaderValue::try_from(header).map_err(unusable)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        next.run(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    /// The request of RFC 5849 section 3.4.1.1.
    fn of_the_rfc() -> Request<Bytes> {
        let mut request = Request::new(Bytes::from_static(b"c2&a3=2+q"));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
            .parse()
            .unwrap();
        request.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        request
    }

    #[test]
    fn the_base_string_is_that_of_the_rfc() {
        let fields = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        // Section 3.4.1.1, without the line breaks.
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5\
            %3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a\
            %26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
        assert_eq!(base_string(&of_the_rfc(), &fields), expected);
    }

    #[test]
    fn the_signature_is_that_of_the_rfc() {
        // Section 1.2, "GET /photos" and its keys; the base string by section 3.4.1.
        let keys = OAuth1Keys::new(
            "dpf43f3p2l4k3l03",
            Secret::new("kd94hf93k423kf44"),
            "nnch734d00sl2jdk",
            Secret::new("pfkkdhi9sl3r4s00"),
        );
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = "http://photos.example.net/photos?file=vacation.jpg&size=original"
            .parse()
            .unwrap();
        let header = keys.header(&request, 137_131_202, "chapoH");
        assert!(
            header.contains("oauth_signature=\"MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D\""),
            "{header}"
        );
    }

    #[test]
    fn json_is_not_signed_and_usual_ports_are_left_out() {
        let of = |uri: &str, body: &'static str| {
            let mut request = Request::new(Bytes::from_static(body.as_bytes()));
            *request.uri_mut() = uri.parse().unwrap();
            base_string(&request, &[])
        };
        assert_eq!(
            of("https://api.x.com/2/tweets", "{\"a\":1}"),
            of("https://API.x.com:443/2/tweets", "")
        );
        assert_ne!(
            of("https://api.x.com/2/tweets", ""),
            of("https://api.x.com:8443/2/tweets", "")
        );
    }
}
