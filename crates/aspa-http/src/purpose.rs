use http::Request;

/// What a request is for: whether it may be sent again, and which share of a quota it is of.
///
/// Adapters put it into the extensions of a request where the method does not tell, such as a search
/// by POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a request changes something or not"
)]
pub enum Purpose {
    /// It changes nothing, and may be sent again.
    Read,
    /// It does something. No layer ever sends it again.
    Effect,
}

impl Purpose {
    /// What a request says of itself; else a safe method (RFC 9110 section 9.2.1) is a read, and
    /// everything else an effect.
    #[must_use]
    pub fn of<T>(request: &Request<T>) -> Self {
        let said = request.extensions().get::<Self>().copied();
        said.unwrap_or_else(|| match request.method().is_safe() {
            true => Self::Read,
            false => Self::Effect,
        })
    }
}

/// Somebody waits for this read, in the extensions of a request: where requests are
/// [throttled](crate::layer::Throttling) it counts into the share that is [kept for
/// effects](crate::Throttle). It may be sent again as any read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a mark")]
pub struct Awaited;

/// Which of the network's rate limits a request counts into, in the extensions of a request: `media`,
/// or a route such as `POST /channels/7/messages`. Without it: the account's whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a name")]
pub struct Bucket(pub String);
