//! Rules that do something when something happens: conditions over message, author, customer, ticket,
//! promise and time, and actions.
//!
//! **A rule cannot set off another.** All rules look at the same facts, as they were before any of them
//! did anything; each is looked at once, in order. What rules do is done by
//! [`System("rule …")`](crate::Actor::System), and [nothing done by the system](Trigger) sets off
//! rules. So whatever the rules are, it ends. Where two want what excludes the other, the earlier one
//! has it and the later one is [told why not](Conflict).
//!
//! **A rule is about what it names.** One with [`Condition::Happened`] or [`Condition::Clock`] is looked at
//! whenever something happens; one without, only when the customer has written.
//!
//! ```
//! use aspa_ticket::automation::{Action, Condition, Facts, Rule, RuleSet};
//!
//! let late = Rule::new("late", Condition::words(["late", "delay*"]))
//!     .does(Action::Tag { tag: "delivery/late".parse()? });
//! let rules = RuleSet { rules: vec![late] }.compile().unwrap();
//! let mut facts = Facts::at("2026-11-23T08:00:00Z".parse().unwrap());
//! facts.text = Some("My parcel was delayed AGAIN");
//! let run = rules.run(&facts);
//! assert_eq!(run.matched, ["late"]);
//! assert_eq!(run.actions.len(), 1);
//! # Ok::<(), aspa_types::BadId>(())
//! ```

mod condition;
mod dry_run;
mod facts;
mod rule;
mod run;
mod words;

pub use condition::{Condition, Line};
pub use dry_run::{DryRun, dry_run};
pub use facts::{Facts, Local, Trigger};
pub use rule::{Action, BadRule, Rule, RuleSet};
pub use run::{Compiled, Conflict, Explained, Run};
