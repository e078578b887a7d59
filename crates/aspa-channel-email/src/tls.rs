//! Whom we trust: the system's certificates, and one of the host's own.

use std::sync::Arc;

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::config::ConfigError;

/// rustls over ring, named here rather than installed for the whole process, which is the host's.
pub(crate) fn trust(pem: Option<&str>) -> Result<Arc<ClientConfig>, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::NoTrust)?;
    let own = pem.map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).collect());
    let own: Result<Vec<_>, _> = own.unwrap_or_else(|| Ok(Vec::new()));
    let own = own.map_err(|_| ConfigError::BadCertificate)?;
    if pem.is_some() && own.is_empty() {
        return Err(ConfigError::BadCertificate);
    }
    let verifier =
        Verifier::new_with_extra_roots(own, provider).map_err(|_| ConfigError::NoTrust)?;
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(builder.with_no_client_auth()))
}

/// The same for SMTP.
pub(crate) fn parameters(host: &str, pem: Option<&str>) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = pem {
        let certificate = Certificate::from_pem(pem.as_bytes());
        builder =
            builder.add_root_certificate(certificate.map_err(|_| ConfigError::BadCertificate)?);
    }
    builder.build_rustls().map_err(|_| ConfigError::NoTrust)
}
