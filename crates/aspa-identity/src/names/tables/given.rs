//! Given names.

use super::Bands;

/// By language.
pub(in super::super) const GIVEN: &[Bands] = &[&[(0.01, "matti mari marja jani jari mikko")]];
