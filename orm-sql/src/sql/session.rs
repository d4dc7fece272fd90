//! Writing what is said to a connection beside queries: transactions, savepoints, cursors,
//! channels.

use super::Writer;
use crate::exec::transaction::IsolationLevel;
use crate::exec::{Secured, Settings};
use crate::ident::Ident;
use crate::schema::{ALL_TENANTS, TENANT};

/// Begins a transaction with the server's defaults, for connections that must not wait for a text.
pub const BEGIN: &str = "BEGIN";

/// Begins a transaction all of whose statements see the same state of the tables.
pub const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

/// Keeps what the transaction did.
pub const COMMIT: &str = "COMMIT";

/// Undoes what the transaction did.
pub const ROLLBACK: &str = "ROLLBACK";

/// Fail outside of a transaction, and do nothing in one.
pub const IN_BLOCK: [&str; 2] = ["SAVEPOINT orm_in_block", "RELEASE SAVEPOINT orm_in_block"];

/// What is said to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session<'a> {
    /// Begins a transaction.
    Begin {
        /// Another isolation level than the server's default.
        isolation: Option<IsolationLevel>,
        /// Refuses writes.
        read_only: bool,
        /// Waits until it can run without the risk of a serialization failure.
        deferrable: bool,
    },
    /// A limit that holds for the transaction, in milliseconds.
    Limit(Limit, u64),
    /// Keeps what the transaction did.
    Commit,
    /// The same, with an error where the transaction has failed: COMMIT itself would roll it back
    /// and not say so.
    CommitIfSound,
    /// Undoes what the transaction did.
    Rollback,
    /// Fails outside of a transaction, and does nothing in one.
    InBlock,
    /// Opens a savepoint, by its number.
    Savepoint(u32),
    /// Keeps what was done since a savepoint.
    Release(u32),
    /// Undoes what was done since a savepoint, which is gone then.
    Undo(u32),
    /// Opens a cursor, by its number, over the rows of a statement that is written already.
    Declare(u32, &'a str),
    /// Reads so many rows of a cursor.
    Fetch(u32, u64),
    /// Closes a cursor.
    Close(u32),
    /// Says where unqualified names are looked up in the statements that follow.
    Path {
        /// Where.
        place: Place<'a>,
        /// For the transaction only.
        local: bool,
    },
    /// Says which rows the policies of row level security show to the statements that follow.
    Secured {
        /// What they compare with, empty for nothing; `None` leaves it as it is.
        tenant: Option<&'a str>,
        /// Whether they show the rows of all tenants, `on` or empty; `None` leaves it as it is.
        all_tenants: Option<&'static str>,
        /// For the transaction only.
        local: bool,
    },
    /// Listens to channels.
    Listen(&'a [String]),
    /// Listens to a channel no more.
    Unlisten(&'a str),
}

/// Where unqualified names are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a schema and, where that is there, in a path behind it, or in `public`. Where it is not
    /// there, nothing is found.
    Schema(Ident<'a>, Option<&'a str>),
    /// In the path of the pool, or in what the server says for the user.
    Own(Option<&'a str>),
}

/// A limit of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// How long a statement may take.
    Statement,
    /// How long a statement may wait for a lock.
    Lock,
    /// How long there may be nothing to do between two statements.
    Idle,
}

impl Session<'_> {
    /// The text.
    ///
    /// ```
    /// use orm_sql::exec::transaction::IsolationLevel;
    /// use orm_sql::sql::{Limit, Session};
    ///
    /// let isolation = Some(IsolationLevel::Serializable);
    /// let begin = Session::Begin { isolation, read_only: true, deferrable: false };
    /// assert_eq!(begin.sql(), "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY");
    /// assert_eq!(Session::Limit(Limit::Lock, 500).sql(), "SET LOCAL lock_timeout = 500");
    /// assert_eq!(Session::Unlisten("a\"b").sql(), "UNLISTEN \"a\"\"b\"");
    /// ```
    pub fn sql(&self) -> String {
        let mut writer = Writer::new(&[], Vec::new());
        writer.session(self);
        writer.finish().0
    }
}

impl Writer<'_> {
    fn session(&mut self, session: &Session<'_>) {
        match session {
            Session::Begin { isolation, read_only, deferrable } => {
                self.begin(*isolation, *read_only, *deferrable);
            }
            Session::Limit(limit, milliseconds) => self.limited(*limit, *milliseconds),
            Session::Commit => self.raw("COMMIT"),
            Session::CommitIfSound => self.raw("SELECT 1; COMMIT"),
            Session::Rollback => self.raw(ROLLBACK),
            Session::InBlock => {
                self.sql.push_str(&IN_BLOCK.join("; "));
            }
            Session::Savepoint(number) => self.numbered("SAVEPOINT orm_savepoint_", *number),
            Session::Release(number) => self.numbered("RELEASE SAVEPOINT orm_savepoint_", *number),
            Session::Undo(number) => {
                self.numbered("ROLLBACK TO SAVEPOINT orm_savepoint_", *number);
                self.numbered("; RELEASE SAVEPOINT orm_savepoint_", *number);
            }
            Session::Declare(number, sql) => {
                self.numbered("DECLARE orm_cursor_", *number);
                self.raw(" NO SCROLL CURSOR FOR ");
                self.sql.push_str(sql);
            }
            Session::Fetch(number, rows) => {
                self.raw("FETCH ");
                self.number(*rows);
                self.numbered(" FROM orm_cursor_", *number);
            }
            Session::Close(number) => self.numbered("CLOSE orm_cursor_", *number),
            Session::Path { place, local } => self.path(*place, *local),
            Session::Secured { tenant, all_tenants, local } => {
                self.secured(*tenant, *all_tenants, *local);
            }
            Session::Listen(channels) => {
                for (place, channel) in channels.iter().enumerate() {
                    self.raw(if place == 0 { "LISTEN " } else { "; LISTEN " });
                    self.ident(Ident::new(channel));
                }
            }
            Session::Unlisten(channel) => {
                self.raw("UNLISTEN ");
                self.ident(Ident::new(channel));
            }
        }
    }

    fn begin(&mut self, isolation: Option<IsolationLevel>, read_only: bool, deferrable: bool) {
        self.raw(BEGIN);
        self.raw(match isolation {
            None => "",
            Some(IsolationLevel::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
            Some(IsolationLevel::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
            Some(IsolationLevel::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        });
        self.raw(if read_only { " READ ONLY" } else { "" });
        self.raw(if deferrable { " DEFERRABLE" } else { "" });
    }

    fn limited(&mut self, limit: Limit, milliseconds: u64) {
        self.raw(match limit {
            Limit::Statement => "SET LOCAL statement_timeout = ",
            Limit::Lock => "SET LOCAL lock_timeout = ",
            Limit::Idle => "SET LOCAL idle_in_transaction_session_timeout = ",
        });
        self.number(milliseconds);
    }

    fn path(&mut self, place: Place<'_>, local: bool) {
        let end = if local { ", true)" } else { ", false)" };
        match place {
            Place::Schema(name, behind) => {
                // A schema that does not exist is passed over by the server: what stands behind it
                // must not take its place.
                self.raw("SELECT set_config('search_path', CASE WHEN to_regnamespace(");
                self.text(&name.to_string());
                self.raw(") IS NULL THEN ");
                self.text(&name.to_string());
                self.raw(" ELSE ");
                self.text(&format!("{name}, {}", behind.unwrap_or("public")));
                self.raw(" END");
                self.raw(end);
            }
            Place::Own(Some(path)) => {
                self.raw("SELECT set_config('search_path', ");
                self.text(path);
                self.raw(end);
            }
            Place::Own(None) if local => self.raw("SET LOCAL search_path TO DEFAULT"),
            Place::Own(None) => self.raw("SET search_path TO DEFAULT"),
        }
    }

    /// What row level security compares with, in one statement.
    fn secured(&mut self, tenant: Option<&str>, all_tenants: Option<&str>, local: bool) {
        let settings = [(TENANT, tenant), (ALL_TENANTS, all_tenants)];
        let settings = settings.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (place, (name, value)) in settings.enumerate() {
            self.raw(if place == 0 { "SELECT " } else { ", " });
            self.raw("set_config(");
            self.text(name);
            self.raw(", ");
            self.text(value);
            self.raw(if local { ", true)" } else { ", false)" });
        }
    }

    fn numbered(&mut self, text: &'static str, number: u32) {
        self.raw(text);
        self.number(u64::from(number));
    }
}

impl Settings {
    /// The commands that change a session from other settings to these; none where nothing is to be
    /// changed. What it was set to before may not be known.
    ///
    /// Behind the schema stand those of the pool: `behind`, or `public`.
    pub fn changes(
        &self,
        from: Option<&Settings>,
        behind: Option<&str>,
        local: bool,
    ) -> impl Iterator<Item = String> {
        let same_schema = from.is_some_and(|from| from.schema == self.schema);
        let path = (!same_schema).then(|| {
            let place = match &self.schema {
                Some(name) => Place::Schema(Ident::new(name), behind),
                None => Place::Own(behind),
            };
            Session::Path { place, local }.sql()
        });
        let (tenant, all) = Secured::said(self.tenant.as_ref());
        let known = from.map(|from| Secured::said(from.tenant.as_ref()));
        let tenant = Some(tenant).filter(|tenant| known.is_none_or(|(known, _)| known != *tenant));
        let all_tenants = Some(all).filter(|all| known.is_none_or(|(_, known)| known != *all));
        let secured = (tenant.is_some() || all_tenants.is_some())
            .then(|| Session::Secured { tenant, all_tenants, local }.sql());
        path.into_iter().chain(secured)
    }
}
