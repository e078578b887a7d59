//! Arabic and Hebrew given names, whose vowels are not written.

/// A name in its own script and its most usual Latin spelling.
pub(in super::super) const NATIVE: &[(&str, &str)] = &[("محمد", "muhammad")];
