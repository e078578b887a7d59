mod fixture;
mod landing;
mod looking;
mod matrix;
mod meant;
mod memory;
mod reading;
mod seen;
mod stage;
mod together;
mod trouble;
mod writing;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aspa_crm::EffectName;
use libtest_mimic::Trial;

pub use fixture::{CrmFarSide, CrmFixture};
pub use matrix::crm_matrix;
pub use seen::{crm_rows, crm_values};

use crate::case::{Case, Checked, Verdict, fault, trials, verdict};
use stage::Stage;

type Check = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// The contract of [`Crm`](aspa_crm::Crm), rules 1 to 18, as trials for [`libtest_mimic`], shown as
/// `[name] K3 ties at the border of a page`. What a connector does not claim to do is skipped, and what
/// it refuses is tried.
///
/// `make` is called once for each trial, on that trial's own single-threaded tokio runtime with IO and
/// time enabled, and gives a connector to a system without customers.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use aspa_crm::MemoryCrm;
/// # use aspa_testkit::{CrmFixture, crm_trials, libtest_mimic};
/// fn main() {
///     let trials = crm_trials("memory", async || {
///         let system = aspa_types::SystemId::new("crm").unwrap();
///         let crm = Arc::new(MemoryCrm::new(system, chrono::DateTime::UNIX_EPOCH));
///         CrmFixture::new(crm.clone(), crm)
///     });
///     libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
/// }
/// ```
#[must_use]
pub fn crm_trials(
    name: &str,
    make: impl AsyncFn() -> CrmFixture + Send + Sync + 'static,
) -> Vec<Trial> {
    trials(name, crm_cases(make))
}

/// The same as plain [cases](Case), for whoever wants to look at the outcomes.
#[must_use]
pub fn crm_cases(make: impl AsyncFn() -> CrmFixture + Send + Sync + 'static) -> Vec<Case> {
    let make = Arc::new(make);
    let case = |&(name, check): &(&'static str, Check)| {
        let make = Arc::clone(&make);
        Case::new(name, move || on_runtime(name, &*make, check))
    };
    CASES.iter().map(case).collect()
}

macro_rules! cases {
    ($($name:literal => $check:expr,)*) => {
        &[$(($name, |s| Box::pin($check(s)))),*]
    };
}

const CASES: &[(&str, Check)] = cases! {
    "K1 capabilities are the same each time" => reading::steady,
    "K1 capabilities are plain data" => reading::plain_data,
    "K2 everything comes from the start" => reading::everything,
    "K2 nothing comes of an empty system" => reading::of_nothing,
    "K2 values come as they were written" => reading::as_written,
    "K3 every cursor goes on without a gap" => reading::every_cursor,
    "K3 ties at the border of a page" => reading::ties,
    "K3 edits during a walk" => reading::edited_during_a_walk,
    "K3 new ones during a walk" => reading::made_during_a_walk,
    "K3 a cursor outlives the process" => reading::outlives,
    "K3 an expired cursor is told" => reading::expired,
    "K3 what is no cursor is told" => reading::no_cursor,
    "K3 a late commit is not lost" => reading::late,
    "K3 a late commit during a long walk is not lost" => reading::late_in_a_walk,
    "K4 the same cursor brings no less" => reading::same_cursor,
    "K4 of edits in a row the last one counts" => reading::last_counts,
    "K5 with nothing new a page is empty and done" => reading::nothing_new,
    "K5 an empty page loses nothing after it" => reading::after_nothing,
    "K6 pages are bounded" => reading::bounded,
    "K7 a delete is told" => reading::deleted,
    "K7 a merger is told" => reading::merged,
    "K7 deleted and made again is there" => reading::made_again,
    "K8 an e-mail is found however it is written" => looking::email,
    "K8 a phone number is found however it is written" => looking::phone,
    "K8 every holder is found, in order" => looking::every_holder,
    "K8 nothing is found for nobody" => looking::nobody,
    "K8 signs with a meaning mean nothing" => looking::signs,
    "K8 a part is not the whole" => looking::parts,
    "K8 what cannot be looked up is refused" => looking::refused,
    "K9 what is there is got" => looking::got,
    "K9 what is not there is none" => looking::not_there,
    "K9 another system's is none" => looking::foreign,
    "K10 link_handle is as claimed" => |s| writing::claimed(s, EffectName::LinkHandle),
    "K10 unlink_handle is as claimed" => |s| writing::claimed(s, EffectName::UnlinkHandle),
    "K10 create is as claimed" => |s| writing::claimed(s, EffectName::Create),
    "K10 patch is as claimed" => |s| writing::claimed(s, EffectName::Patch),
    "K10 upsert_case is as claimed" => |s| writing::claimed(s, EffectName::UpsertCase),
    "K10 add_activity is as claimed" => |s| writing::claimed(s, EffectName::AddActivity),
    "K10 follow is as claimed" => |s| writing::claimed(s, EffectName::Follow),
    "K10 erase is as claimed" => |s| writing::claimed(s, EffectName::Erase),
    "K10 redact is as claimed" => |s| writing::claimed(s, EffectName::Redact),
    "K10 unknown effects are refused" => writing::unknown,
    "K10 a patch sends what it names and nothing else" => writing::nothing_else,
    "K10 what is written is what was meant" => meant::as_meant,
    "K10 a case turns with its ticket" => meant::case_turned,
    "K10 what is written reads back whole" => writing::whole,
    "K10 a text over the limit is refused" => writing::over_the_limit,
    "K10 handles in any script" => writing::scripts,
    "K10 receipts name their effect" => writing::receipts,
    "K11 twice makes one" => writing::twice,
    "K11 twice at the same time makes one" => writing::twice_at_once,
    "K11 two are two" => writing::two,
    "K11 who follows twice follows once, and can leave" => meant::followed,
    "K11 a merger doubles no handle" => meant::merged_with_handle,
    "K12 a change by somebody else is a conflict" => writing::conflict,
    "K12 the version of the receipt is good for the next one" => writing::next_version,
    "K12 of many at the same time one wins" => writing::races,
    "K13 a patch never makes a record" => writing::patch_makes_none,
    "K13 what is not there is taken away without a word" => writing::away_twice,
    "K14 without a connection nothing landed" => landing::no_connection,
    "K14 lost before it was done is open" => landing::lost_before,
    "K14 done and lost is open" => landing::lost_after,
    "K14 throttled, with the wait" => landing::throttled,
    "K14 the day's quota, with its end" => landing::quota,
    "K14 expired credentials are told" => landing::expired,
    "K14 a reading that fails loses nothing" => landing::reading_fails,
    "K15 what landed is never absent" => landing::never_absent,
    "K15 what was never performed is never found" => landing::never_found,
    "K15 a change of a case that was never made is never found" => meant::turn_not_found,
    "K15 another process finds what landed" => landing::by_another,
    "K16 what was written comes back with its version" => landing::echo,
    "K16 who is erased does not come back" => landing::erased,
    "K17 nothing personal in Debug and errors" => trouble::secrets,
    "K18 a reading given up loses nothing" => trouble::readings_given_up,
    "K18 an effect given up makes one" => trouble::effects_given_up,
    "K18 calls side by side" => trouble::side_by_side,
    "Kx read by the library, nothing is lost" => together::read,
    "Kx of edits at random none is lost or stale" => together::edited,
    "Kx a page that fails is repeated alone" => together::failed_pages,
    "Kx written by the library, nothing is doubled" => together::written,
};

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn on_runtime(name: &'static str, make: &impl AsyncFn() -> CrmFixture, check: Check) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Verdict::Failed(format!("{name}: no runtime: {error}")),
    };
    let checked = runtime.block_on(async {
        let stage = Stage::new(make().await);
        let checked = tokio::time::timeout(PATIENCE, check(&stage)).await;
        checked.unwrap_or_else(|_| {
            let cause = "a lock held across an await, or a cursor that goes round in circles";
            fault(format!("an end within {PATIENCE:?}"), "none", cause)
        })
    });
    verdict(name, checked)
}
