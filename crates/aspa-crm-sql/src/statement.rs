use std::fmt;

use crate::Dialect;

/// SQL with its values apart. `Debug` shows the SQL and no value.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Statement {
    /// The text, with `?` for each value.
    pub sql: String,
    /// The values, in order; none is NULL.
    pub values: Vec<Option<String>>,
    /// Whether it has to change a row.
    pub needs_a_row: bool,
}

impl Statement {
    /// This text, without values yet.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            ..Self::default()
        }
    }

    /// With one more value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(Some(value.into()));
        self
    }

    /// With one more value, or NULL.
    #[must_use]
    pub fn or_null(mut self, value: Option<&str>) -> Self {
        self.values.push(value.map(str::to_owned));
        self
    }

    /// It has to change a row, or nothing of its transaction is done.
    #[must_use]
    pub fn needing_a_row(mut self) -> Self {
        self.needs_a_row = true;
        self
    }

    /// With the condition that a column of keys holds this one.
    pub(crate) fn with_key(mut self, dialect: Dialect, column: &str, key: &str) -> Self {
        if dialect == Dialect::MariaDb {
            return self.with_id(dialect, column, key);
        }
        self.add(&format!("{column} = ?"));
        self.value(key)
    }

    /// With the condition that a column of ids, of whatever type, holds this one.
    pub(crate) fn with_id(mut self, dialect: Dialect, column: &str, id: &str) -> Self {
        // To MariaDB 42 equals '42nd', and a letter its capital; but only so does an index serve.
        if dialect == Dialect::MariaDb {
            self.add(&format!("{column} = ? AND "));
            self = self.value(id);
        }
        self.add(&format!("{} = ?", dialect.text(column)));
        self.value(id)
    }

    pub(crate) fn add(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Statement").field(&self.sql).finish()
    }
}

/// The name of a column in quotes, as it stands in a statement (ISO 9075-2, delimited identifier).
pub(crate) fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The name of a table, with its schema where it has one: `billing.customers`.
pub(crate) fn table_name(text: &str) -> String {
    text.split('.').map(name).collect::<Vec<_>>().join(".")
}

/// The name of a column with that of its table. SQLite takes a name alone that no column has for a text.
pub(crate) fn whole_name(table: &str, column: &str) -> String {
    format!("{}.{}", table_name(table), name(column))
}
