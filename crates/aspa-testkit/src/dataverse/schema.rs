//! What tables and columns there are, as the table reference (Web API 9.2, read November 2026) describes
//! them, with those of our own that an organisation needs. Lengths of accounts, leads and cases are from
//! memory.

/// Who may write a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Always,
    AtFirst,
    Never,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of so many characters (UTF-16 code units).
    Text(usize),
    Choice(&'static [i64]),
    Number,
    Truth,
    Time,
    /// The id of the row itself, a GUID.
    Id,
    /// A row, bound by one of these navigation properties, each to one table.
    Lookup {
        to: &'static [(&'static str, &'static str)],
        /// Whether its row goes with the one that it names.
        cascade: bool,
    },
}

/// One column: its logical name, what it holds, who writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) written: Written,
}

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in addresses.
    pub(super) set: &'static str,
    /// Its logical name.
    pub(super) name: &'static str,
    /// The column of its ids.
    pub(super) id: &'static str,
    pub(super) columns: &'static [Column],
    /// Its states, each with the status reasons that belong to it, the usual one first.
    pub(super) states: &'static [(i64, &'static [i64])],
    /// Whether its changes are tracked.
    pub(super) tracked: bool,
    /// Whether rows of it can be changed.
    pub(super) updated: bool,
}

const fn column(name: &'static str, kind: Kind, written: Written) -> Column {
    Column {
        name,
        kind,
        written,
    }
}

const fn text(name: &'static str, most: usize) -> Column {
    column(name, Kind::Text(most), Written::Always)
}

const fn bound(
    name: &'static str,
    to: &'static [(&'static str, &'static str)],
    cascade: bool,
) -> Column {
    column(name, Kind::Lookup { to, cascade }, Written::Always)
}

const fn read_only(name: &'static str, kind: Kind) -> Column {
    column(name, kind, Written::Never)
}

/// The alternate key of every table that has it as a column.
pub(super) const KEY: &str = "aspa_key";

/// The columns that every table has.
const COMMON: &[Column] = &[
    read_only("createdon", Kind::Time),
    read_only("modifiedon", Kind::Time),
    read_only("versionnumber", Kind::Number),
    bound("ownerid", &[("ownerid", "systemusers")], false),
];

/// The columns of every table that has states.
const STATE: &[Column] = &[
    column("statecode", Kind::Number, Written::Always),
    column("statuscode", Kind::Number, Written::Always),
];

const TWO_STATES: &[(i64, &[i64])] = &[(0, &[1]), (1, &[2])];

const CUSTOMER: &[(&str, &str)] = &[
    ("customerid_contact", "contacts"),
    ("customerid_account", "accounts"),
];

const TABLES: &[Table] = &[
    Table {
        set: "contacts",
        name: "contact",
        id: "contactid",
        columns: &[
            text("firstname", 50),
            text("lastname", 50),
            read_only("fullname", Kind::Text(160)),
            text("jobtitle", 100),
            text("emailaddress1", 100),
            text("emailaddress2", 100),
            text("emailaddress3", 100),
            text("telephone1", 50),
            text("mobilephone", 50),
            text("websiteurl", 200),
            text("description", 2000),
            text("employeeid", 50),
            text("externaluseridentifier", 50),
            text("address1_line1", 250),
            text("address1_postalcode", 20),
            text("address1_city", 80),
            text("address1_country", 80),
            bound(
                "parentcustomerid",
                &[
                    ("parentcustomerid_account", "accounts"),
                    ("parentcustomerid_contact", "contacts"),
                ],
                false,
            ),
            bound(
                "originatingleadid",
                &[("originatingleadid", "leads")],
                false,
            ),
            read_only("merged", Kind::Truth),
            read_only(
                "masterid",
                Kind::Lookup {
                    to: &[("masterid", "contacts")],
                    cascade: false,
                },
            ),
            text(KEY, 100),
        ],
        states: TWO_STATES,
        tracked: true,
        updated: true,
    },
    Table {
        set: "accounts",
        name: "account",
        id: "accountid",
        columns: &[
            text("name", 160),
            text("accountnumber", 20),
            text("emailaddress1", 100),
            text("telephone1", 50),
            text("websiteurl", 200),
            text("description", 2000),
            text("address1_line1", 250),
            text("address1_postalcode", 20),
            text("address1_city", 80),
            text("address1_country", 80),
            read_only("merged", Kind::Truth),
            read_only(
                "masterid",
                Kind::Lookup {
                    to: &[("masterid", "accounts")],
                    cascade: false,
                },
            ),
            text(KEY, 100),
        ],
        states: TWO_STATES,
        tracked: true,
        updated: true,
    },
    Table {
        set: "leads",
        name: "lead",
        id: "leadid",
        columns: &[
            text("subject", 300),
            text("firstname", 50),
            text("lastname", 50),
            read_only("fullname", Kind::Text(160)),
            text("companyname", 100),
            text("jobtitle", 100),
            text("emailaddress1", 100),
            text("telephone1", 50),
            text("mobilephone", 20),
            text("websiteurl", 200),
            text("description", 2000),
            text("address1_line1", 250),
            text("address1_postalcode", 20),
            text("address1_city", 80),
            text("address1_country", 80),
            bound("parentcontactid", &[("parentcontactid", "contacts")], false),
            read_only("merged", Kind::Truth),
            read_only(
                "masterid",
                Kind::Lookup {
                    to: &[("masterid", "leads")],
                    cascade: false,
                },
            ),
            text(KEY, 100),
        ],
        states: &[(0, &[1, 2]), (1, &[3]), (2, &[4, 5, 6, 7])],
        tracked: true,
        updated: true,
    },
    Table {
        set: "socialprofiles",
        name: "socialprofile",
        id: "socialprofileid",
        columns: &[
            text("profilename", 100),
            text("profilefullname", 160),
            text("profilelink", 100),
            text("uniqueprofileid", 100),
            column("community", Kind::Choice(&[0, 1, 2]), Written::AtFirst),
            column("blocked", Kind::Truth, Written::Always),
            column("influencescore", Kind::Number, Written::Always),
            bound("customerid", CUSTOMER, true),
            text("aspa_handle", 100),
            text("aspa_network", 100),
            text(KEY, 100),
        ],
        states: TWO_STATES,
        tracked: true,
        updated: true,
    },
    Table {
        set: "incidents",
        name: "incident",
        id: "incidentid",
        columns: &[
            text("title", 200),
            text("description", 2000),
            read_only("ticketnumber", Kind::Text(100)),
            column(
                "caseorigincode",
                Kind::Choice(&[1, 2, 3, 2483, 3986, 700_610_000]),
                Written::Always,
            ),
            column("prioritycode", Kind::Choice(&[1, 2, 3]), Written::Always),
            bound("customerid", CUSTOMER, true),
            bound(
                "primarycontactid",
                &[("primarycontactid", "contacts")],
                false,
            ),
            text("aspa_url", 255),
            text(KEY, 100),
        ],
        states: &[(0, &[1, 2, 3, 4]), (1, &[5, 1000]), (2, &[6, 2000])],
        tracked: true,
        updated: true,
    },
    Table {
        set: "tasks",
        name: "task",
        id: "activityid",
        columns: &[
            text("subject", 200),
            text("description", 2000),
            column("scheduledstart", Kind::Time, Written::Always),
            column("scheduledend", Kind::Time, Written::Always),
            column("actualstart", Kind::Time, Written::Always),
            column("actualend", Kind::Time, Written::Always),
            column("prioritycode", Kind::Choice(&[0, 1, 2]), Written::Always),
            bound(
                "regardingobjectid",
                &[
                    ("regardingobjectid_contact_task", "contacts"),
                    ("regardingobjectid_account_task", "accounts"),
                    ("regardingobjectid_lead_task", "leads"),
                    ("regardingobjectid_incident_task", "incidents"),
                ],
                true,
            ),
            text("aspa_url", 255),
            text(KEY, 100),
        ],
        states: &[(0, &[2, 3, 4, 7]), (1, &[5]), (2, &[6])],
        tracked: true,
        updated: true,
    },
    Table {
        set: "socialactivities",
        name: "socialactivity",
        id: "activityid",
        columns: &[
            text("subject", 200),
            text("description", 2000),
            text("posturl", 200),
            text("postid", 160),
            text("threadid", 160),
            column("postedon", Kind::Time, Written::Always),
            column("community", Kind::Choice(&[0, 1, 2]), Written::Always),
            column("postmessagetype", Kind::Choice(&[0, 1]), Written::Always),
            bound(
                "postauthor",
                &[
                    ("postauthor_contact", "contacts"),
                    ("postauthor_account", "accounts"),
                ],
                false,
            ),
            bound(
                "regardingobjectid",
                &[
                    ("regardingobjectid_contact_socialactivity", "contacts"),
                    ("regardingobjectid_account_socialactivity", "accounts"),
                    ("regardingobjectid_lead_socialactivity", "leads"),
                    ("regardingobjectid_incident_socialactivity", "incidents"),
                ],
                true,
            ),
            text(KEY, 100),
        ],
        states: &[(0, &[4]), (1, &[1, 2, 3]), (2, &[5])],
        tracked: true,
        updated: true,
    },
    Table {
        set: "postfollows",
        name: "postfollow",
        id: "postfollowid",
        columns: &[bound(
            "regardingobjectid",
            &[
                ("regardingobjectid_contact", "contacts"),
                ("regardingobjectid_account", "accounts"),
            ],
            true,
        )],
        states: &[],
        tracked: false,
        updated: false,
    },
    Table {
        set: "systemusers",
        name: "systemuser",
        id: "systemuserid",
        columns: &[
            text("domainname", 1024),
            text("internalemailaddress", 100),
            text("fullname", 200),
        ],
        states: &[],
        tracked: false,
        updated: false,
    },
];

pub(super) fn table(set: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.set == set)
}

impl Table {
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let state = if self.states.is_empty() { &[] } else { STATE };
        self.columns.iter().chain(state).chain(COMMON)
    }

    /// The column that is read under this name.
    pub(super) fn read_as(&self, name: &str) -> Option<Column> {
        let ids = column(self.id, Kind::Id, Written::AtFirst);
        let mut columns = self.columns().copied().chain([ids]);
        columns.find(|column| column.read_as() == name)
    }

    /// Whether rows can be named by our key.
    pub(super) fn has_key(&self) -> bool {
        self.columns.iter().any(|column| column.name == KEY)
    }
}

impl Column {
    /// The name under which it is read.
    pub(super) fn read_as(&self) -> String {
        match self.kind {
            Kind::Lookup { .. } => format!("_{}_value", self.name),
            _ => self.name.to_owned(),
        }
    }
}
