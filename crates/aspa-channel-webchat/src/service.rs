use serde::Serialize;

/// What visitors are told of the service: opening hours and when to expect an answer, from the promise.
///
/// Plain data that the host, or aspa-web from a desk, makes for each language and time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Service {
    /// Whether somebody is there now.
    pub open: bool,
    /// Opening hours and when to expect an answer. Plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What somebody who has written while nobody is there is told: when it opens again. Plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub away: String,
    /// Whether a call-back is offered: closed, or too much waits.
    pub call_back: bool,
}

impl Service {
    /// Somebody is there; `text` says hours and answer time.
    #[must_use]
    pub fn open(text: impl Into<String>) -> Self {
        Self {
            open: true,
            text: text.into(),
            ..Self::default()
        }
    }

    /// Nobody is there; `away` says when somebody is again. A call-back is offered.
    #[must_use]
    pub fn closed(text: impl Into<String>, away: impl Into<String>) -> Self {
        Self {
            open: false,
            text: text.into(),
            away: away.into(),
            call_back: true,
        }
    }

    /// The same, with a call-back offered or not.
    #[must_use]
    pub fn with_call_back(mut self, call_back: bool) -> Self {
        self.call_back = call_back;
        self
    }
}
