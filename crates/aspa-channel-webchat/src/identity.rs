//! Who the host says is logged in.
//!
//! Two forms, both signed with HMAC-SHA256:
//!
//! - **plain**: `USER.EXPIRES.SIGNATURE`, where the signature is over `USER.EXPIRES` in lower-case
//!   hexadecimal and EXPIRES is in Unix seconds. Three lines in any language.
//! - **JWT**: RFC 7519, signed as RFC 7515 with `HS256` of RFC 7518 section 3.2 and nothing else.
//!   `sub` and `exp` are needed; `name`, `email`, `email_verified`, `phone_number` and
//!   `phone_number_verified` (OpenID Connect Core 1.0 section 5.1) are taken, others passed over.

use std::fmt;

use aspa_types::{BadId, Secret, hex};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::seal::{Key, decode, is_signed};

/// The longest identity that is looked at, in bytes.
const LONGEST: usize = 4_096;

/// Why somebody is not who the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It has no known form, or names nobody.
    #[error("not an identity")]
    Shape,
    /// None of the secrets signed it, or by another algorithm.
    #[error("wrong signature")]
    WrongSignature,
    /// It was true once.
    #[error("expired")]
    Expired,
}

/// Somebody the host vouches for.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The host's id of the user.
    pub user: String,
    /// Until when the host says so.
    pub expires: DateTime<Utc>,
    /// What the user is called.
    pub name: Option<String>,
    /// The address, and whether the host has checked it.
    pub email: Option<(String, bool)>,
    /// The number, and whether the host has checked it.
    pub phone: Option<(String, bool)>,
}

/// `Debug` shows until when, and nobody.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// The plain form, as a host's backend makes it.
    ///
    /// # Errors
    ///
    /// [`BadId`] when the user id is none.
    pub fn sign(secret: &Secret, user: &str, expires: DateTime<Utc>) -> Result<String, BadId> {
        BadId::check("user id", user)?;
        let claim = format!("{user}.{}", expires.timestamp());
        let signature = Key::of(secret).sign(claim.as_bytes());
        Ok(format!("{claim}.{}", hex::encode(&signature)))
    }

    /// Checks either form. One that is over at `now` or earlier has expired.
    ///
    /// # Errors
    ///
    /// [`IdentityError`]; the signature is checked before anything else is believed.
    pub fn verify(
        secrets: &[Secret],
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, IdentityError> {
        if text.len() > LONGEST {
            return Err(IdentityError::Shape);
        }
        let mut parts = text.rsplitn(3, '.');
        let (Some(signature), Some(middle), Some(first)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(IdentityError::Shape);
        };
        let is_plain = !middle.is_empty() && middle.bytes().all(|b| b.is_ascii_digit());
        let signed = &text[..text.len() - signature.len() - 1];
        let digest = match is_plain {
            true => hex::decode(signature),
            false => decode(signature),
        };
        let digest = digest.ok_or(IdentityError::WrongSignature)?;
        let keys: Vec<Key> = secrets.iter().map(Key::of).collect();
        if !is_signed(&keys, signed.as_bytes(), &digest) {
            return Err(IdentityError::WrongSignature);
        }
        let identity = match is_plain {
            true => plain(first, middle),
            false => jwt(first, middle),
        }?;
        if identity.expires <= now {
            return Err(IdentityError::Expired);
        }
        Ok(identity)
    }
}

fn plain(user: &str, expires: &str) -> Result<Identity, IdentityError> {
    let seconds = expires.parse().map_err(|_| IdentityError::Shape)?;
    let claims = Claims {
        sub: user.to_owned(),
        exp: seconds,
        ..Claims::default()
    };
    claims.identity()
}

fn jwt(header: &str, claims: &str) -> Result<Identity, IdentityError> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        #[serde(default)]
        crit: Option<serde_json::Value>,
    }
    let json = |text| decode(text).ok_or(IdentityError::Shape);
    let header: Header =
        serde_json::from_slice(&json(header)?).map_err(|_| IdentityError::Shape)?;
    // RFC 7515 section 4.1.11: what is critical and not understood refuses the whole.
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(IdentityError::WrongSignature);
    }
    let claims: Claims =
        serde_json::from_slice(&json(claims)?).map_err(|_| IdentityError::Shape)?;
    claims.identity()
}

#[derive(Default, Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    phone_number: Option<String>,
    #[serde(default)]
    phone_number_verified: bool,
}

impl Claims {
    fn identity(self) -> Result<Identity, IdentityError> {
        BadId::check("user id", &self.sub).map_err(|_| IdentityError::Shape)?;
        let expires = DateTime::from_timestamp(self.exp, 0).ok_or(IdentityError::Shape)?;
        let short = |text: &String| (1..=320).contains(&text.len());
        let with = |verified| move |text| (text, verified);
        Ok(Identity {
            user: self.sub,
            expires,
            name: self.name.filter(short),
            email: self.email.filter(short).map(with(self.email_verified)),
            phone: self
                .phone_number
                .filter(short)
                .map(with(self.phone_number_verified)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::encode;

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn secret(name: &str) -> Secret {
        Secret::new(format!("{name}-0123456789abcdef"))
    }

    fn token(header: &str, claims: &str, by: &Secret) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let digest = Key::of(by).sign(signed.as_bytes());
        format!("{signed}.{}", encode(&digest))
    }

    fn verify(text: &str) -> Result<Identity, IdentityError> {
        Identity::verify(&[secret("new"), secret("old")], text, now())
    }

    #[test]
    fn a_host_says_who_is_logged_in_in_either_form_and_with_either_secret() {
        let later = now() + chrono::TimeDelta::minutes(5);
        for by in ["new", "old"] {
            for user in ["u-42", "first.last@shop.example", "ä 7"] {
                let text = Identity::sign(&secret(by), user, later).unwrap();
                let identity = verify(&text).unwrap();
                assert_eq!((identity.user.as_str(), identity.expires), (user, later));
            }
        }
        let claims = format!(
            r#"{{"sub":"u-42","exp":{},"name":"Matti","email":"m@x.example","email_verified":true,
                "phone_number":"+358401234567","aud":"chat"}}"#,
            later.timestamp()
        );
        let text = token(r#"{"alg":"HS256","typ":"JWT"}"#, &claims, &secret("old"));
        let identity = verify(&text).unwrap();
        assert_eq!(identity.user, "u-42");
        assert_eq!(identity.email, Some(("m@x.example".to_owned(), true)));
        assert_eq!(identity.phone, Some(("+358401234567".to_owned(), false)));
    }

    #[test]
    fn what_is_not_signed_right_or_over_is_nobody() {
        let at = now().timestamp();
        let over = Identity::sign(&secret("new"), "u-42", now()).unwrap();
        assert_eq!(verify(&over), Err(IdentityError::Expired));
        let theirs = Identity::sign(&secret("their"), "u-42", now()).unwrap();
        assert_eq!(verify(&theirs), Err(IdentityError::WrongSignature));
        let later = now() + chrono::TimeDelta::hours(1);
        let good = Identity::sign(&secret("new"), "u-42", later).unwrap();
        let other = good.replacen("u-42", "u-43", 1);
        assert_eq!(verify(&other), Err(IdentityError::WrongSignature));
        assert_eq!(
            verify(&good[..good.len() - 2]),
            Err(IdentityError::WrongSignature)
        );
        let claims = format!(r#"{{"sub":"u-42","exp":{}}}"#, at + 9);
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"HS256","crit":["x"]}"#,
        ] {
            let text = token(header, &claims, &secret("new"));
            assert_eq!(
                verify(&text),
                Err(IdentityError::WrongSignature),
                "{header}"
            );
        }
        let no_one = token(
            r#"{"alg":"HS256"}"#,
            r#"{"sub":"","exp":99}"#,
            &secret("new"),
        );
        assert_eq!(verify(&no_one), Err(IdentityError::Shape));
        let for_ever = token(r#"{"alg":"HS256"}"#, r#"{"sub":"u"}"#, &secret("new"));
        assert_eq!(verify(&for_ever), Err(IdentityError::Shape));
        for text in ["", ".", "..", "a.b", "a.1.", "a.1.zz", "a.b.c"] {
            assert!(verify(text).is_err(), "{text}");
        }
    }
}
