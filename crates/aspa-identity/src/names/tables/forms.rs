//! Forms of given names.

/// By language.
pub(in super::super) const FORMS: &[&str] = &["matti mathias : masa matti"];
