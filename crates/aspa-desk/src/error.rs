use aspa_store::OutboxState;
use aspa_ticket::{PlaybookId, RuleBroken};
use aspa_types::{AccountId, CustomerId, EffectKey, SystemId, TicketId};

/// Why a desk did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] aspa_store::Error),
    /// The channel failed.
    #[error(transparent)]
    Channel(#[from] aspa_channel::Error),
    /// The CRM failed.
    #[error(transparent)]
    Crm(#[from] aspa_crm::Error),
    /// A rule of tickets forbids it.
    #[error(transparent)]
    Rule(#[from] RuleBroken),
    /// A tag cannot be put there.
    #[error(transparent)]
    Tag(#[from] aspa_ticket::tags::TagError),
    /// A rule makes no sense.
    #[error(transparent)]
    BadRule(#[from] aspa_ticket::automation::BadRule),
    /// A rule of asking who somebody is forbids it.
    #[error(transparent)]
    Asking(#[from] aspa_identity::RequestBroken),
    /// The customer of the ticket is not being asked who they are.
    #[error("the customer of ticket {0} is not being asked")]
    NotAsked(TicketId),
    /// A playbook makes no sense, somebody else has revised it, or it cannot be filled in.
    #[error(transparent)]
    Playbook(#[from] aspa_ticket::PlaybookError),
    /// There is no such playbook, or it was retired.
    #[error("there is no playbook {0}")]
    UnknownPlaybook(PlaybookId),
    /// The playbook has no answer for the language, network and audience of the ticket.
    #[error("playbook {0} has no answer for such a ticket")]
    NoAnswerFits(PlaybookId),
    /// The hours in which somebody may be disturbed make no sense.
    #[error(transparent)]
    Hours(#[from] aspa_hours::HoursError),
    /// The promise makes no sense.
    #[error(transparent)]
    Promise(#[from] aspa_sla::Error),
    /// The identity key makes no sense.
    #[error(transparent)]
    IdentityKey(#[from] aspa_identity::WeakKey),
    /// An erased person is remembered by a digest under the identity key, and there is none.
    #[error("an erasure needs an identity key")]
    ErasureWithoutKey,
    /// A handle cannot be made.
    #[error(transparent)]
    Id(#[from] aspa_types::BadId),
    /// An erasure has begun and cannot be gone on with.
    #[error("erasure {0} has not ended")]
    NotErased(String),
    /// A key of credentials is too short.
    #[error("credential key {0} has fewer than 32 bytes")]
    WeakCredentialKey(String),
    /// Credentials are stored encrypted, and there is no key.
    #[error("there is no credential key")]
    NoCredentialKey,
    /// A credential was stored under this key, which the desk has not or which is another, or somebody
    /// changed what was stored.
    #[error("the credential does not open with key {0}")]
    WrongCredentialKey(String),
    /// The operating system gives no random bytes.
    #[error("no random bytes")]
    NoRandomness,
    /// How long things are kept was stored by a later version.
    #[error("the stored retention cannot be read")]
    UnknownRetention,
    /// What an export is written to failed.
    #[error("the export could not be written")]
    Export(#[from] std::io::Error),
    /// Audits are picked by the identity key, and there is none.
    #[error("audits need an identity key")]
    AuditsWithoutKey,
    /// More customers of a CRM are gone at once than a CRM loses: somebody has to look. They stay, until
    /// somebody [allows](crate::Desk::allow_gone) that they go.
    #[error("{gone} of {known} customers of {system} are gone: they stay until somebody allows it")]
    #[non_exhaustive]
    TooManyGone {
        /// The CRM.
        system: SystemId,
        /// How many would be removed.
        gone: u64,
        /// Of how many.
        known: u64,
    },
    /// How far the reading of a CRM is could not be written down.
    #[error("how far a CRM was read cannot be stored")]
    UnreadableCheckpoint,
    /// Two channels for one account, or two webhooks or notifiers of one name, were given to the builder.
    #[error("{0} was given twice")]
    Twice(String),
    /// There is no such effect, or it is not uncertain.
    #[error("there is no uncertain effect {0}")]
    NotUncertain(EffectKey),
    /// There is no such effect.
    #[error("there is no effect {0}")]
    UnknownEffect(EffectKey),
    /// Another effect has this key.
    #[error("another effect has the key {0}")]
    KeyTaken(EffectKey),
    /// As the effect stands, this cannot be done.
    #[error("effect {effect} is {state}")]
    #[non_exhaustive]
    WrongState {
        /// The effect.
        effect: EffectKey,
        /// How it stands.
        state: OutboxState,
    },
    /// Whoever wants to approve or decline has not got the right that it takes.
    #[error("it takes the right {0:?}")]
    MissingRight(String),
    /// Whoever wrote a reply cannot approve it.
    #[error("effect {0} has to be approved by somebody else")]
    OwnReply(EffectKey),
    /// No channel with this account was given to the desk.
    #[error("no channel is connected for account {0}")]
    UnknownAccount(AccountId),
    /// There is no such customer in the replica.
    #[error("there is no customer {} of {}", .0.id, .0.system)]
    UnknownCustomer(CustomerId),
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    UnknownTicket(TicketId),
    /// The ticket has no message that a reply could answer.
    #[error("ticket {0} has no message to reply to")]
    NothingToAnswer(TicketId),
}

impl Error {
    /// Whether somebody else was first: it is to be read again and decided anew.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(e) if e.kind() == aspa_store::ErrorKind::Conflict)
    }
}
