//! How well a presence agrees with a record: one level a comparison.

use serde::{Deserialize, Serialize};

/// How many comparisons there are.
pub(crate) const GROUPS: usize = 7;

/// Makes the levels of one comparison: their numbers, words for people and words for models. Other
/// languages have their words for people in `explain/words.rs`.
macro_rules! levels {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $level:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name {
            $($(#[$inner])* $level,)+
            /// Nothing to compare.
            #[default]
            Unseen,
        }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$level,)+];

            pub(crate) const fn text(self) -> &'static str {
                match self {
                    $(Self::$level => $text,)+
                    Self::Unseen => "nothing to compare",
                }
            }
        }
    };
}

levels! {
    /// Display name, user name and told names, taken together: one judgement, since each is made of
    /// the others.
    NameLevel {
        Whole = "the same whole name",
        Spelling = "the same whole name in another spelling",
        Nickname = "a nickname and the family name",
        Typo = "nearly the same whole name",
        Mailed = "the whole name as in the e-mail",
        Across = "the whole name, in parts",
        UserWhole = "the whole name as user name",
        Initial = "given name and an initial",
        UserInitial = "an initial and the family name as user name",
        UserShort = "the name abbreviated as user name",
        Family = "the family name only",
        Given = "the given name only",
        Initials = "initials only",
        Nothing = "no name is shown",
        Words = "words that are not the name",
        GivenWord = "the given name beside another word",
        FamilyWord = "the family name beside another word",
        OtherGiven = "another given name, the same family name",
        OtherFamily = "another family name, the same given name",
        Other = "another name",
        OtherWord = "another given name",
        Company = "the company's name",
        CompanyUser = "the company's name as user name",
        CompanyPart = "a part of the company's name",
        NotCompany = "not the company's name",
    }
}

levels! {
    /// E-mail and phone.
    ContactLevel {
        Both = "the same e-mail and phone",
        Email = "the same e-mail",
        Phone = "the same phone",
        EmailShared = "the same e-mail, which others share",
        PhoneShared = "the same phone, which others share",
        Role = "the same address, which is a role's",
        Public = "the same e-mail or phone, told in public",
        Slip = "nearly the same e-mail or phone, as if mistyped",
        Behalf = "the same e-mail or phone, told for somebody else",
        OtherEmail = "another e-mail",
        OtherPhone = "another phone",
    }
}

levels! {
    /// Customer and order numbers.
    NumberLevel {
        Customer = "the same customer number",
        Order = "the same order number",
        Public = "the same number, told in public",
        Slip = "nearly the same number, as if mistyped",
        Behalf = "the same number, told for somebody else",
        OtherCustomer = "another customer number",
        OtherOrder = "another order number",
    }
}

levels! {
    /// Handles that the CRM knows.
    HandleLevel {
        Id = "known id",
        Here = "known user name",
        Elsewhere = "user name known on another network",
        LocalPart = "user name as in the e-mail",
        NearCopy = "close copy of a known user name",
        AnotherHere = "another user name is known here",
        Figures = "figures as in the e-mail",
    }
}

levels! {
    /// Where the person is.
    PlaceLevel {
        City = "the same city",
        Elsewhere = "another city",
    }
}

levels! {
    /// Web site and employer.
    WorkLevel {
        OwnsSite = "owns the web site",
        CompanySite = "proves the company's web site",
        NamesSite = "names the web site",
        EmployerSite = "names the employer's web site",
        Employer = "names the employer",
        OtherEmployer = "names another employer",
    }
}

levels! {
    /// Signs that it is somebody else.
    CautionLevel {
        Imitation = "calls itself an imitation",
        Shared = "calls itself a family's or group's",
        Staff = "speaks for a company",
        Official = "calls itself official",
        Bot = "reads like a bot",
    }
}

/// How much of the person's name the user name spells, whatever is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UserLevel {
    Whole,
    Part,
    #[default]
    Nothing,
}

/// One author compared with one record.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) name: NameLevel,
    pub(crate) contact: ContactLevel,
    pub(crate) number: NumberLevel,
    pub(crate) handle: HandleLevel,
    pub(crate) place: PlaceLevel,
    pub(crate) work: WorkLevel,
    pub(crate) caution: CautionLevel,
    /// How often somebody else reaches the level by chance, by comparison: a common name often.
    pub(crate) chance: [f32; GROUPS],
}

impl Pattern {
    /// Whether something agrees that a stranger can neither guess nor copy.
    pub(crate) fn is_hard(&self) -> bool {
        self.contact <= ContactLevel::Phone
            || self.number <= NumberLevel::Order
            || self.handle <= HandleLevel::Here
            || self.work <= WorkLevel::CompanySite
    }

    /// The number of each level; the number of levels where nothing was compared.
    pub(crate) fn numbers(&self) -> [usize; GROUPS] {
        [
            self.name as usize,
            self.contact as usize,
            self.number as usize,
            self.handle as usize,
            self.place as usize,
            self.work as usize,
            self.caution as usize,
        ]
    }

    pub(crate) fn texts(&self) -> [&'static str; GROUPS] {
        [
            self.name.text(),
            self.contact.text(),
            self.number.text(),
            self.handle.text(),
            self.place.text(),
            self.work.text(),
            self.caution.text(),
        ]
    }
}
