//! What fields there are, as the object reference (API 66.0, read November 2026) describes them, with
//! those of our own that an org needs.

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Always,
    AtFirst,
    Never,
}

/// One field: its name, how many characters it takes, who writes it, whether it has to have a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) most: usize,
    pub(super) written: Written,
    pub(super) required: bool,
}

/// One object: its name, how its ids begin, its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) prefix: &'static str,
    pub(super) fields: &'static [Field],
}

const fn field(name: &'static str, most: usize) -> Field {
    Field {
        name,
        most,
        written: Written::Always,
        required: false,
    }
}

const fn required(name: &'static str, most: usize) -> Field {
    Field {
        required: true,
        ..field(name, most)
    }
}

const fn at_first(name: &'static str, required: bool) -> Field {
    Field {
        written: Written::AtFirst,
        required,
        ..field(name, 255)
    }
}

const fn read_only(name: &'static str) -> Field {
    Field {
        written: Written::Never,
        ..field(name, 255)
    }
}

/// The external id, unique.
pub(super) const KEY: &str = "Aspa_Key__c";

pub(super) const OBJECTS: &[Object] = &[
    Object {
        name: "Contact",
        prefix: "003",
        fields: &[
            read_only("Name"),
            field("FirstName", 40),
            required("LastName", 80),
            field("AccountId", 18),
            field("Title", 128),
            field("Email", 80),
            field("Phone", 40),
            field("MobilePhone", 40),
            field("MailingStreet", 255),
            field("MailingPostalCode", 20),
            field("MailingCity", 40),
            field("MailingCountry", 80),
            read_only("MasterRecordId"),
            field(KEY, 32),
        ],
    },
    Object {
        name: "Account",
        prefix: "001",
        fields: &[
            required("Name", 255),
            field("AccountNumber", 40),
            field("Phone", 40),
            field("Website", 255),
            field("BillingStreet", 255),
            field("BillingPostalCode", 20),
            field("BillingCity", 40),
            field("BillingCountry", 80),
            read_only("MasterRecordId"),
            field(KEY, 32),
        ],
    },
    Object {
        name: "Lead",
        prefix: "00Q",
        fields: &[
            read_only("Name"),
            field("FirstName", 40),
            required("LastName", 80),
            required("Company", 255),
            field("Title", 128),
            field("Email", 80),
            field("Phone", 40),
            field("MobilePhone", 40),
            field("Street", 255),
            field("PostalCode", 20),
            field("City", 40),
            field("Country", 80),
            field("Website", 255),
            read_only("IsConverted"),
            read_only("ConvertedContactId"),
            read_only("MasterRecordId"),
            field(KEY, 32),
        ],
    },
    Object {
        name: "Case",
        prefix: "500",
        fields: &[
            field("Subject", 255),
            field("Status", 255),
            field("Origin", 255),
            field("OwnerId", 18),
            field("ContactId", 18),
            field("AccountId", 18),
            field("Aspa_Url__c", 255),
            field(KEY, 32),
        ],
    },
    Object {
        name: "Task",
        prefix: "00T",
        fields: &[
            field("Subject", 255),
            field("Description", 32_000),
            field("Status", 255),
            field("ActivityDate", 10),
            at_first("TaskSubtype", false),
            field("WhoId", 18),
            field("WhatId", 18),
            field(KEY, 32),
        ],
    },
    Object {
        name: "SocialPersona",
        prefix: "0SP",
        fields: &[
            at_first("ParentId", true),
            required("Name", 80),
            required("Provider", 40),
            field("RealName", 255),
            field("ProfileUrl", 255),
            field("ExternalId", 255),
            field("Aspa_Handle__c", 32),
            field(KEY, 32),
        ],
    },
    Object {
        name: "EntitySubscription",
        prefix: "0E8",
        fields: &[at_first("ParentId", true), at_first("SubscriberId", true)],
    },
];

pub(super) fn object(name: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.name == name)
}

impl Object {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
