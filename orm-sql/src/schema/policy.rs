//! Row level security: which rows of a table a session sees.

use super::{Change, ColumnType, RawSql, TableName};
use crate::ident::Ident;
use crate::schema::AlterTable;

/// The setting that says whose rows a session sees, as text.
pub const TENANT: &str = "orm.tenant";

/// The setting that is `on` where a session sees the rows of all tenants.
pub const ALL_TENANTS: &str = "orm.all_tenants";

/// The policy that migrations make. Policies have their names within a table, so it is the same for all
/// of them.
pub const POLICY: &str = "orm_tenant";

/// What the database itself asks of the rows of a table that belong to tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLevelSecurity {
    /// The condition of the policy [`POLICY`]: of rows that are seen, and of those that are written.
    pub using: RawSql,
    /// `ENABLE ROW LEVEL SECURITY`: without it nobody asks for policies.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: the owner of the table is asked as well.
    pub forced: bool,
}

impl RowLevelSecurity {
    /// The rows of the session's tenant, by the column that says whose a row is. Where the session says
    /// nothing, there are none.
    ///
    /// ```
    /// use orm_sql::schema::{ColumnType, RowLevelSecurity, TableName};
    /// use orm_sql::value::SqlType;
    ///
    /// let security = RowLevelSecurity::of("org", &ColumnType::Plain(SqlType::Int8));
    /// let sql: Vec<String> =
    ///     security.creation(&TableName::new("note")).map(|change| change.sql()).collect();
    /// assert_eq!(
    ///     sql,
    ///     [
    ///         "ALTER TABLE \"note\"\n    ENABLE ROW LEVEL SECURITY,\n    FORCE ROW LEVEL SECURITY",
    ///         "CREATE POLICY \"orm_tenant\" ON \"note\" USING (\
    ///          \"org\" = nullif(current_setting('orm.tenant', true), '')::bigint \
    ///          OR current_setting('orm.all_tenants', true) = 'on')",
    ///     ]
    /// );
    /// ```
    pub fn of(column: &str, column_type: &ColumnType) -> Self {
        let (column, cast) = (Ident::new(column), cast(column_type));
        let using = format!(
            "{column} = nullif(current_setting('{TENANT}', true), ''){cast} \
             OR current_setting('{ALL_TENANTS}', true) = 'on'"
        );
        RowLevelSecurity { using: RawSql::new(using), enabled: true, forced: true }
    }

    /// What makes it for a table that has none.
    pub fn creation(&self, table: &TableName) -> impl Iterator<Item = Change> + use<> {
        let mut alters = Vec::new();
        if self.enabled {
            alters.push(AlterTable::RowLevelSecurity(true));
        }
        if self.forced {
            alters.push(AlterTable::ForceRowLevelSecurity(true));
        }
        let alter =
            (!alters.is_empty()).then(|| Change::AlterTable { table: table.clone(), alters });
        alter.into_iter().chain([self.policy(table)])
    }

    /// What makes the policy.
    pub fn policy(&self, table: &TableName) -> Change {
        let (table, using) = (table.clone(), self.using.clone());
        Change::CreatePolicy { table, name: POLICY.to_owned(), using }
    }
}

/// How the text of the setting becomes a value of a column. What has a length is compared whole: a cast
/// to it would cut off what is too long, and make it the name of another tenant.
fn cast(column_type: &ColumnType) -> String {
    let name = match column_type {
        ColumnType::Varchar(_) => return String::new(),
        ColumnType::Numeric { .. } => "numeric".to_owned(),
        other => other.to_string(),
    };
    let bare = name.split_once('(').map_or(&*name, |(bare, _)| bare.trim_end());
    match bare {
        "text" | "varchar" | "char" | "bpchar" | "character" | "character varying" => String::new(),
        bare => format!("::{bare}"),
    }
}

#[cfg(test)]
mod tests {
    use super::cast;
    use crate::schema::ColumnType;

    #[test]
    fn a_text_is_not_cut_off() {
        let of = |name: &str| cast(&ColumnType::parse(name));
        assert_eq!([of("varchar(3)"), of("character(3)"), of("text")], ["", "", ""]);
        assert_eq!(of("numeric(4,1)"), "::numeric");
        assert_eq!([of("uuid"), of("integer"), of("citext")], ["::uuid", "::integer", "::citext"]);
    }
}
