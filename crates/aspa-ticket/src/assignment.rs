//! Who works on what: pure functions over a snapshot of the staff and of what waits.
//!
//! [`assign()`] gives each waiting ticket to somebody who is on shift, has the skills and has room, and
//! says why; [`Queue`] comes to the same without looking at everything again, however much waits.
//! [`gaps()`] tells when the skills of a rota do not suffice, and [`escalate`] whom to tell of a ticket in
//! trouble.
//!
//! ```
//! use aspa_ticket::assignment::{Agent, Policy, Queue, Span, Waiting};
//! use aspa_types::{AgentId, TicketId};
//!
//! let at = |time: &str| format!("2026-11-23T{time}:00Z").parse().unwrap();
//! let day = Span { from: at("08:00"), until: at("16:00") };
//! let liisa = Agent::new(AgentId::new("liisa")?, 1).skilled("language/fi".parse()?).on(day);
//!
//! let mut queue = Queue::new(Policy::default());
//! queue.staff(liisa.free());
//! let mut ticket = Waiting::new(TicketId::new("t-1")?, at("08:30"));
//! ticket.needs = [aspa_ticket::assignment::Need::skill("language/fi".parse()?)].into();
//! queue.wait(ticket);
//! let given = queue.assign(at("08:31"));
//! assert_eq!(given[0].to.as_str(), "liisa");
//! assert_eq!(
//!     given[0].to_string(),
//!     "t-1 to liisa: 1 can do it, 1 on shift, 1 with room"
//! );
//! # Ok::<(), aspa_types::BadId>(())
//! ```

mod escalation;
mod gaps;
mod plan;
mod policy;
mod queue;
mod staff;

pub use escalation::{Case, Told, escalate};
pub use gaps::{Cover, Gap, gaps};
pub use plan::{Assignment, Left, Plan, Snapshot, Staffing, Step, assign};
pub(crate) use policy::is_language;
pub use policy::{Policy, Preference, Route, Waiting};
pub use queue::Queue;
pub use staff::{Agent, Need, Seat, Span};
