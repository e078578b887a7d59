//! The CRM in memory keeps the contract, with each kind of precondition and key.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use aspa_crm::{Crm, Deletes, Idempotency, MemoryCrm, Performs, Precondition};
use aspa_testkit::{CrmFixture, crm_trials, libtest_mimic};
use aspa_types::SystemId;
use chrono::DateTime;

fn main() {
    use Idempotency::{LookFirst, NaturalKey};
    use Precondition::{None, Strong, Weak};
    let kinds = [
        ("strong", Strong, NaturalKey, Deletes::InFeed),
        ("weak", Weak, LookFirst, Deletes::Horizon { days: 15 }),
        ("none", None, LookFirst, Deletes::ScanOnly),
    ];
    let mut trials = Vec::new();
    for (name, precondition, idempotency, deletes) in kinds {
        trials.extend(crm_trials(name, async move || {
            let system = SystemId::new("crm").unwrap();
            let crm = MemoryCrm::new(system, DateTime::UNIX_EPOCH)
                .performing(Performs::new(precondition, idempotency))
                .with_deletes(deletes);
            let crm = Arc::new(crm);
            let other = crm.clone();
            CrmFixture::new(crm.clone(), crm).with_again(move || other.clone() as Arc<dyn Crm>)
        }));
    }
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}
