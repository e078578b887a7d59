use std::fmt::Display;
use std::time::Duration;

/// The first wait after a failure; it doubles with each.
const FIRST: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST: Duration = Duration::from_secs(5);

/// How a loop goes on when something fails: later and later, and with a word only when something has
/// changed.
#[derive(Debug)]
pub(crate) struct Pace {
    name: &'static str,
    failures: u32,
    said: Option<String>,
}

impl Pace {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            failures: 0,
            said: None,
        }
    }

    /// It went wrong: returns how long to wait.
    pub(crate) fn failed(&mut self, error: &impl Display) -> Duration {
        let (work, error) = (self.name, error.to_string());
        if self.said.as_ref() == Some(&error) {
            tracing::debug!(work, error, "fails still");
        } else {
            tracing::warn!(work, error, "fails, and is tried again");
            self.said = Some(error);
        }
        let wait = FIRST * 2_u32.saturating_pow(self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        wait.min(LONGEST)
    }

    /// It went well.
    pub(crate) fn went_well(&mut self) {
        if self.said.take().is_some() {
            let (work, failures) = (self.name, self.failures);
            tracing::info!(work, failures, "goes on");
        }
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_an_end() {
        let mut pace = Pace::new("inbox");
        let waits: Vec<_> = (0..40).map(|_| pace.failed(&"away")).collect();
        assert_eq!(waits[0], FIRST);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[39], LONGEST);
        pace.went_well();
        assert_eq!(pace.failed(&"away"), FIRST);
    }
}
