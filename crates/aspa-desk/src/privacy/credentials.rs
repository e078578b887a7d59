//! Secrets of accounts, encrypted where they are stored.

use std::fmt;
use std::sync::Arc;

use aspa_store::{AuditAction, AuditEntry, Changes, Document, ErrorKind, Purge, Versioned};
use aspa_types::{AccountId, AgentId, Secret, hex};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::desk::Desk;
use crate::error::Error;

const KIND: &str = "credential";
const PAGE: usize = 100;
/// Fewest bytes of a key.
const SHORTEST: usize = 32;
const NONCE: usize = 24;

/// The keys under which credentials are stored: the newest writes, all of them read.
///
/// XChaCha20-Poly1305 (RFC 8439 with the extended nonce of draft-irtf-cfrg-xchacha-03): a random nonce
/// of 24 bytes for each writing; tenant, account and key are authenticated with it, so that no row can
/// be put in another's place. The cipher's key is SHA-256 of the host's.
#[derive(Clone)]
pub(crate) struct Keys(Vec<(Arc<str>, XChaCha20Poly1305)>);

/// `Debug` shows what keys are called.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(id, _)| id))
            .finish()
    }
}

/// An account's secret, as it is stored now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credential {
    /// The secret.
    pub secret: Secret,
    /// How often it was written: to be handed back to [`Desk::put_credential`].
    pub version: u64,
}

/// What came of writing a credential.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "one of two was first")]
pub enum Rotated {
    /// It was written, and is of this version now.
    Written(u64),
    /// Somebody else was first: this is the one that holds.
    Newer(Credential),
    /// It was removed meanwhile.
    Removed,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    key: Arc<str>,
    nonce: String,
    sealed: String,
}

impl Keys {
    /// Keys by name, the newest first.
    pub(crate) fn new(keys: Vec<(String, Secret)>) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (id, secret) in keys {
            if secret.expose().len() < SHORTEST {
                return Err(Error::WeakCredentialKey(id));
            }
            let mut hash = Sha256::new();
            hash.update(b"aspa credentials\0");
            hash.update(secret.expose().as_bytes());
            all.push((id.into(), XChaCha20Poly1305::new(&hash.finalize())));
        }
        Ok(Self(all))
    }

    fn seal(&self, about: &[&str], secret: &Secret) -> Result<Sealed, Error> {
        let (id, cipher) = self.0.first().ok_or(Error::NoCredentialKey)?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| Error::NoRandomness)?;
        let aad = joined(about, id);
        let payload = Payload {
            msg: secret.expose().as_bytes(),
            aad: &aad,
        };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::WrongCredentialKey(id.to_string()))?;
        Ok(Sealed {
            key: id.clone(),
            nonce: hex::encode(&nonce),
            sealed: hex::encode(&sealed),
        })
    }

    fn open(&self, about: &[&str], sealed: &Sealed) -> Result<Secret, Error> {
        let wrong = || Error::WrongCredentialKey(sealed.key.to_string());
        let known = self.0.iter().find(|(id, _)| *id == sealed.key);
        let (id, cipher) = known.ok_or_else(wrong)?;
        let nonce =
            hex::decode(&sealed.nonce).and_then(|nonce| <[u8; NONCE]>::try_from(nonce).ok());
        let (nonce, text) = (
            nonce.ok_or_else(wrong)?,
            hex::decode(&sealed.sealed).ok_or_else(wrong)?,
        );
        let aad = joined(about, id);
        let payload = Payload {
            msg: &text,
            aad: &aad,
        };
        let secret = cipher.decrypt(&XNonce::from(nonce), payload);
        let secret = String::from_utf8(secret.map_err(|_| wrong())?);
        secret.map(Secret::new).map_err(|_| wrong())
    }
}

/// What a row is about, each part with its length before it.
fn joined(about: &[&str], key: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in about.iter().chain([&key]) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

impl Desk {
    /// An account's secret, if one is stored.
    ///
    /// # Errors
    ///
    /// [`Error::WrongCredentialKey`] when it was stored under a key that the desk has not, or somebody
    /// changed the row; and when the store fails.
    pub async fn credential(&self, account: &AccountId) -> Result<Option<Credential>, Error> {
        let row = self
            .store()
            .privacy()
            .document(KIND, account.as_str())
            .await?;
        row.map(|row| self.opened(account, &row)).transpose()
    }

    /// Writes an account's secret in the place of the version that was read; 0: none was. Of several
    /// workers that renew a token at once one writes, and the others are given what it wrote.
    ///
    /// # Errors
    ///
    /// Without [keys](crate::DeskBuilder::credential_keys), and when the store fails.
    pub async fn put_credential(
        &self,
        account: &AccountId,
        secret: &Secret,
        version: u64,
        by: Option<&AgentId>,
    ) -> Result<Rotated, Error> {
        let mut changes = Changes::default();
        let value = self.sealed(account, secret)?;
        changes.documents.push(Versioned { value, version });
        let what = AuditAction::CredentialChanged;
        let entry = AuditEntry::new(self.now(), by.cloned(), what).what(account.as_str());
        changes.audit.push(entry);
        match self.store().commit(changes).await {
            Ok(_) => Ok(Rotated::Written(version + 1)),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                let now = self.credential(account).await?;
                Ok(now.map_or(Rotated::Removed, Rotated::Newer))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an account's secret.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn remove_credential(
        &self,
        account: &AccountId,
        by: Option<&AgentId>,
    ) -> Result<(), Error> {
        let mut changes = Changes::default();
        let key = (KIND.into(), account.as_str().into());
        changes.purged.push(Purge::Document(Versioned::new(key)));
        let what = AuditAction::CredentialChanged;
        let entry = AuditEntry::new(self.now(), by.cloned(), what).what(account.as_str());
        changes.audit.push(entry);
        self.store().commit(changes).await?;
        self.store().privacy().scrub().await?;
        Ok(())
    }

    /// Stores every secret of this tenant anew under the newest key, so that the older ones can be given
    /// up. Safe beside workers that renew tokens. Returns how many were.
    ///
    /// # Errors
    ///
    /// As [`credential`](Self::credential); those before stay under the newest key.
    pub async fn rekey_credentials(&self) -> Result<usize, Error> {
        let newest = self.parts.credential_keys.0.first();
        let newest = newest
            .map(|(id, _)| id.clone())
            .ok_or(Error::NoCredentialKey)?;
        let (store, mut after, mut count) = (self.store(), None, 0);
        loop {
            let page = store
                .privacy()
                .documents(KIND, after.as_deref(), PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(count);
            };
            after = Some(last.value.key.clone());
            for row in page {
                let account = AccountId::new(row.value.key.clone())?;
                let sealed = serde_json::from_value::<Sealed>(row.value.body.clone());
                if sealed.is_ok_and(|sealed| sealed.key == newest) {
                    continue;
                }
                let secret = self.opened(&account, &row)?.secret;
                let mut changes = Changes::default();
                let (value, version) = (self.sealed(&account, &secret)?, row.version);
                changes.documents.push(Versioned { value, version });
                match store.commit(changes).await {
                    Ok(_) => count += 1,
                    // Renewed meanwhile, under the newest key.
                    Err(error) if error.kind() == ErrorKind::Conflict => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    fn sealed(&self, account: &AccountId, secret: &Secret) -> Result<Document, Error> {
        let about = [self.tenant.as_ref(), account.as_str()];
        let sealed = self.parts.credential_keys.seal(&about, secret)?;
        Ok(Document::new(
            KIND,
            account.as_str(),
            serde_json::json!(sealed),
        ))
    }

    fn opened(&self, account: &AccountId, row: &Versioned<Document>) -> Result<Credential, Error> {
        let sealed = serde_json::from_value::<Sealed>(row.value.body.clone());
        let sealed = sealed.map_err(|_| Error::WrongCredentialKey("?".to_owned()))?;
        let about = [self.tenant.as_ref(), account.as_str()];
        Ok(Credential {
            secret: self.parts.credential_keys.open(&about, &sealed)?,
            version: row.version,
        })
    }
}
