//! Family names.

use super::Bands;

/// By language.
pub(in super::super) const FAMILY: &[Bands] = &[&[(0.004, "virtanen korhonen hansen hanson")]];
