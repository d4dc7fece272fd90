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
        /// Limits that hold for the transaction, in milliseconds.
        limits: &'a [(Limit, u64)],
    },
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
    /// Sets what holds for the statements that follow, for the session or for the transaction.
    Within {
        /// Where unqualified names are looked up; `None` leaves that as it is.
        path: Option<Place<'a>>,
        /// What row level security compares with, empty for nothing; `None` leaves it as it is.
        tenant: Option<&'a str>,
        /// Whether it shows the rows of all tenants, `on` or empty; `None` leaves it as it is.
        all_tenants: Option<&'static str>,
        /// For the transaction.
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
    /// let limits = &[(Limit::Lock, 500)];
    /// let begin = Session::Begin { isolation, read_only: true, deferrable: false, limits };
    /// assert_eq!(
    ///     begin.sql(),
    ///     "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SET LOCAL lock_timeout = 500"
    /// );
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
            Session::Begin { isolation, read_only, deferrable, limits } => {
                self.begin(*isolation, *read_only, *deferrable, limits);
            }
            Session::Commit => self.raw("COMMIT"),
            Session::CommitIfSound => self.raw("SELECT 1; COMMIT"),
            Session::Rollback => self.raw(ROLLBACK),
            Session::InBlock => {
                self.raw("SAVEPOINT orm_in_block; RELEASE SAVEPOINT orm_in_block");
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
            Session::Within { path, tenant, all_tenants, local } => {
                self.within(*path, *local);
                let before = if path.is_some() { "; SELECT " } else { "SELECT " };
                self.secured(before, *tenant, *all_tenants, *local);
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

    fn begin(
        &mut self,
        isolation: Option<IsolationLevel>,
        read_only: bool,
        deferrable: bool,
        limits: &[(Limit, u64)],
    ) {
        self.raw(BEGIN);
        self.raw(match isolation {
            None => "",
            Some(IsolationLevel::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
            Some(IsolationLevel::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
            Some(IsolationLevel::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        });
        self.raw(if read_only { " READ ONLY" } else { "" });
        self.raw(if deferrable { " DEFERRABLE" } else { "" });
        for (limit, milliseconds) in limits {
            self.raw(match limit {
                Limit::Statement => "; SET LOCAL statement_timeout = ",
                Limit::Lock => "; SET LOCAL lock_timeout = ",
                Limit::Idle => "; SET LOCAL idle_in_transaction_session_timeout = ",
            });
            self.number(*milliseconds);
        }
    }

    fn within(&mut self, path: Option<Place<'_>>, local: bool) {
        let end = if local { ", true)" } else { ", false)" };
        match path {
            None => {}
            Some(Place::Schema(name, behind)) => {
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
            Some(Place::Own(Some(path))) => {
                self.raw("SELECT set_config('search_path', ");
                self.text(path);
                self.raw(end);
            }
            Some(Place::Own(None)) if local => self.raw("SET LOCAL search_path TO DEFAULT"),
            Some(Place::Own(None)) => self.raw("SET search_path TO DEFAULT"),
        }
    }

    /// What row level security compares with, in one statement.
    fn secured(
        &mut self,
        before: &'static str,
        tenant: Option<&str>,
        all_tenants: Option<&str>,
        local: bool,
    ) {
        let settings = [(TENANT, tenant), (ALL_TENANTS, all_tenants)];
        let settings = settings.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (place, (name, value)) in settings.enumerate() {
            self.raw(if place == 0 { before } else { ", " });
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
    /// The text that changes a session from other settings to these; `None` where nothing is to be
    /// changed. What it was set to before may not be known.
    ///
    /// Behind the schema stand those of the pool: `behind`, or `public`.
    pub fn sql(
        &self,
        from: Option<&Settings>,
        behind: Option<&str>,
        local: bool,
    ) -> Option<String> {
        let same_schema = from.is_some_and(|from| from.schema == self.schema);
        let path = (!same_schema).then(|| match &self.schema {
            Some(name) => Place::Schema(Ident::new(name), behind),
            None => Place::Own(behind),
        });
        let (tenant, all) = Secured::said(self.tenant.as_ref());
        let known = from.map(|from| Secured::said(from.tenant.as_ref()));
        let tenant = Some(tenant).filter(|tenant| known.is_none_or(|(known, _)| known != *tenant));
        let all_tenants = Some(all).filter(|all| known.is_none_or(|(_, known)| known != *all));
        let is_other = path.is_some() || tenant.is_some() || all_tenants.is_some();
        is_other.then(|| Session::Within { path, tenant, all_tenants, local }.sql())
    }
}
