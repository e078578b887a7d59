//! Signs by which labels may shift a probability beyond the weights.

use crate::levels::{
    ContactLevel, HandleLevel, NameLevel, NumberLevel, Pattern, PlaceLevel, UserLevel, WorkLevel,
};
use crate::query::Query;
use crate::together::Other;

/// Makes the list of signs: their numbers and names.
macro_rules! signs {
    ($($name:ident = $text:literal,)+) => {
        #[derive(Clone, Copy)]
        #[repr(u16)]
        pub(crate) enum Sign { $($name,)+ }
        /// How many signs there are.
        pub(crate) const COUNT: usize = NAMES.len();
        pub(crate) const NAMES: &[&str] = &[$($text,)+];
    };
}

signs! {
    NameWhole = "name_whole", NameVariant = "name_variant", NameAcross = "name_across", NameUser = "name_user",
    NameInitial = "name_initial", NameUserInitial = "name_user_initial", NamePart = "name_part", NameNothing = "name_nothing", NameOther = "name_other",
    CompanyWhole = "company_whole", CompanyPart = "company_part",
    ContactHard = "contact_hard", ContactShared = "contact_shared", ContactPublic = "contact_public",
    ContactBehalf = "contact_behalf", ContactOther = "contact_other",
    NumberHard = "number_hard", NumberBehalf = "number_behalf", NumberOther = "number_other",
    HandleKnown = "handle_known", HandleElsewhere = "handle_elsewhere", HandleCopy = "handle_copy", HandleOther = "handle_other",
    HandleFigures = "handle_figures",
    PlaceSame = "place_same", PlaceOther = "place_other",
    WorkSite = "work_site", WorkEmployer = "work_employer", WorkOther = "work_other",
    Caution = "caution",
    HardWhole = "hard_and_name_whole", HardPart = "hard_and_name_part", HardNothing = "hard_and_no_name",
    HardOther = "hard_and_other_name",
    SoftPlace = "no_hard_and_place", SoftWork = "no_hard_and_work", SoftBoth = "no_hard_and_place_and_work",
    SoftNone = "no_hard_and_name_only",
    WholePlace = "name_whole_and_place", WholeWork = "name_whole_and_work", WholeOnly = "name_whole_only",
    ChanceRarest = "name_rarest", ChanceRare = "name_rare", ChanceMiddle = "name_middle", ChanceCommon = "name_common", ChanceCommonest = "name_commonest",
    HasBio = "has_bio", HasLocation = "has_location", HasLinks = "has_links", HasTold = "has_told",
    DigitsFew = "digits_one_or_two", DigitsSome = "digits_three_or_four", DigitsMany = "digits_five_or_more",
    UserSpells = "user_name_spells_name", UserPart = "user_name_part_of_name", UserNothing = "user_name_no_name",
    DisplayCapitals = "display_capitals", DisplayMarks = "display_marks",
    AccountsFew = "other_handles_fit_less", AccountsMany = "other_handles_fit", AccountsCopy = "other_handle_nearly_the_same",
    CandidatesFew = "two_or_three_fit", CandidatesMany = "four_or_more_fit",
    ContactSlip = "contact_mistyped", NumberSlip = "number_mistyped",
}

/// The signs of one author and one record. `rivals`: how many other people fit about as well;
/// `other`: what other handles say.
pub(crate) fn signs(
    query: &Query,
    pattern: &Pattern,
    user: UserLevel,
    rivals: usize,
    other: Option<Other>,
) -> Vec<u16> {
    let mut found: Vec<u16> = Vec::with_capacity(20);
    let mut add = |sign: Sign| found.push(sign as u16);
    let name = match pattern.name {
        NameLevel::Whole => Some(Sign::NameWhole),
        NameLevel::Spelling | NameLevel::Nickname | NameLevel::Typo | NameLevel::Mailed => {
            Some(Sign::NameVariant)
        }
        NameLevel::Across => Some(Sign::NameAcross),
        NameLevel::UserWhole => Some(Sign::NameUser),
        NameLevel::Initial | NameLevel::UserShort | NameLevel::Initials => Some(Sign::NameInitial),
        NameLevel::UserInitial => Some(Sign::NameUserInitial),
        NameLevel::Family | NameLevel::Given | NameLevel::GivenWord => Some(Sign::NamePart),
        NameLevel::Nothing | NameLevel::Words => Some(Sign::NameNothing),
        NameLevel::FamilyWord
        | NameLevel::OtherGiven
        | NameLevel::OtherFamily
        | NameLevel::Other
        | NameLevel::OtherWord
        | NameLevel::NotCompany => Some(Sign::NameOther),
        NameLevel::Company => Some(Sign::CompanyWhole),
        NameLevel::CompanyUser | NameLevel::CompanyPart => Some(Sign::CompanyPart),
        NameLevel::Unseen => None,
    };
    name.into_iter().for_each(&mut add);
    let contact = match pattern.contact {
        ContactLevel::Both | ContactLevel::Email | ContactLevel::Phone => Some(Sign::ContactHard),
        ContactLevel::EmailShared | ContactLevel::PhoneShared | ContactLevel::Role => {
            Some(Sign::ContactShared)
        }
        ContactLevel::Public => Some(Sign::ContactPublic),
        ContactLevel::Slip => Some(Sign::ContactSlip),
        ContactLevel::Behalf => Some(Sign::ContactBehalf),
        ContactLevel::OtherEmail | ContactLevel::OtherPhone => Some(Sign::ContactOther),
        ContactLevel::Unseen => None,
    };
    contact.into_iter().for_each(&mut add);
    let number = match pattern.number {
        NumberLevel::Customer | NumberLevel::Order | NumberLevel::Public => Some(Sign::NumberHard),
        NumberLevel::Slip => Some(Sign::NumberSlip),
        NumberLevel::Behalf => Some(Sign::NumberBehalf),
        NumberLevel::OtherCustomer | NumberLevel::OtherOrder => Some(Sign::NumberOther),
        NumberLevel::Unseen => None,
    };
    number.into_iter().for_each(&mut add);
    let handle = match pattern.handle {
        HandleLevel::Id | HandleLevel::Here => Some(Sign::HandleKnown),
        HandleLevel::Elsewhere | HandleLevel::LocalPart => Some(Sign::HandleElsewhere),
        HandleLevel::NearCopy => Some(Sign::HandleCopy),
        HandleLevel::AnotherHere => Some(Sign::HandleOther),
        HandleLevel::Figures => Some(Sign::HandleFigures),
        HandleLevel::Unseen => None,
    };
    handle.into_iter().for_each(&mut add);
    let is_placed = pattern.place == PlaceLevel::City;
    match pattern.place {
        PlaceLevel::City => add(Sign::PlaceSame),
        PlaceLevel::Elsewhere => add(Sign::PlaceOther),
        PlaceLevel::Unseen => {}
    }
    let is_employed = matches!(pattern.work, WorkLevel::EmployerSite | WorkLevel::Employer);
    match pattern.work {
        WorkLevel::OwnsSite | WorkLevel::CompanySite | WorkLevel::NamesSite => add(Sign::WorkSite),
        WorkLevel::EmployerSite | WorkLevel::Employer => add(Sign::WorkEmployer),
        WorkLevel::OtherEmployer => add(Sign::WorkOther),
        WorkLevel::Unseen => {}
    }
    if pattern.caution != crate::levels::CautionLevel::Unseen {
        add(Sign::Caution);
    }
    let is_hard = pattern.is_hard();
    match (is_hard, pattern.name) {
        (true, name) if name <= NameLevel::UserWhole || name == NameLevel::Company => {
            add(Sign::HardWhole)
        }
        (true, name) if name <= NameLevel::Initials => add(Sign::HardPart),
        (true, NameLevel::Nothing | NameLevel::Words | NameLevel::Unseen) => add(Sign::HardNothing),
        (true, _) => add(Sign::HardOther),
        (false, _) => add(match (is_placed, is_employed) {
            (true, true) => Sign::SoftBoth,
            (true, false) => Sign::SoftPlace,
            (false, true) => Sign::SoftWork,
            (false, false) => Sign::SoftNone,
        }),
    }
    if !is_hard && pattern.name <= NameLevel::Mailed {
        match (is_placed, is_employed) {
            (_, true) => add(Sign::WholeWork),
            (true, false) => add(Sign::WholePlace),
            (false, false) => add(Sign::WholeOnly),
        }
    }
    add(match pattern.chance[0] {
        chance if chance < 3e-9 => Sign::ChanceRarest,
        chance if chance < 3e-8 => Sign::ChanceRare,
        chance if chance < 1e-6 => Sign::ChanceMiddle,
        chance if chance < 1e-4 => Sign::ChanceCommon,
        _ => Sign::ChanceCommonest,
    });
    match rivals {
        0 => {}
        1..=2 => add(Sign::CandidatesFew),
        _ => add(Sign::CandidatesMany),
    }
    for (is_so, sign) in [
        (
            other.is_some_and(|other| other.bits > -0.7),
            Sign::AccountsFew,
        ),
        (
            other.is_some_and(|other| other.bits <= -0.7),
            Sign::AccountsMany,
        ),
        (other.is_some_and(|other| other.is_copy), Sign::AccountsCopy),
        (query.shape.has_bio, Sign::HasBio),
        (query.shape.has_location, Sign::HasLocation),
        (query.shape.has_links, Sign::HasLinks),
        (!query.told.is_empty(), Sign::HasTold),
        (query.shape.display_capitals, Sign::DisplayCapitals),
        (query.shape.display_marks, Sign::DisplayMarks),
    ] {
        if is_so {
            add(sign);
        }
    }
    match query.shape.digits {
        0 => {}
        1..=2 => add(Sign::DigitsFew),
        3..=4 => add(Sign::DigitsSome),
        _ => add(Sign::DigitsMany),
    }
    add(match user {
        UserLevel::Whole => Sign::UserSpells,
        UserLevel::Part => Sign::UserPart,
        UserLevel::Nothing => Sign::UserNothing,
    });
    found
}
