//! Names that databases and transactions have in other libraries.

use orm_sql::exec::Executor;

mistakes! {
    #[diagnostic::on_unimplemented(
        message = "a transaction is `db.transaction(async |tx| {{ …; Ok(()) }})`, or `db.begin()` and `tx.commit()`; within one, the same is a savepoint",
        label = "has another name"
    )]
    TransactionsByClosure;

    #[diagnostic::on_unimplemented(
        message = "SQL of your own is run by `db.execute(sql, params![…])`, and read by `db.query_as::<(i64, String)>(sql, params![…])` or `Book::objects().raw(sql, params![…])`",
        label = "has another name"
    )]
    SqlByExecute;

    #[diagnostic::on_unimplemented(
        message = "a `Database` is the pool itself: give `&db` to what runs a query, `.all(&db)`",
        label = "has another name"
    )]
    ThePoolItself;
}

macro_rules! not_of_executors {
    ($($mistake:ident: $($name:ident($($arg:ident),*))*;)*) => {
        /// What one may look for at a database. They take `&mut self`, so that methods of the same name
        /// that users give to it come first.
        #[doc(hidden)]
        #[allow(missing_docs)]
        pub trait ExecutorMistakes: Executor + Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(Self,) as $mistake>::Is
            where
                (Self,): $mistake,
            {
                <(Self,)>::never()
            }
        )*)*}
        impl<E: Executor> ExecutorMistakes for E {}
    };
}
not_of_executors! {
    TransactionsByClosure: atomic(A) savepoint() begin_transaction() start_transaction()
        run_in_transaction(A) with_transaction(A) in_transaction_async(A) tx();
    ThePoolItself: pool() acquire() conn() connection() get_conn() get_connection() session() cursor();
    SqlByExecute: query(A, B) query_one(A, B) query_all(A) fetch_all(A) fetch_one(A) raw(A, B)
        prepare(A) simple_query(A) query_as_one(A, B) execute_sql(A) sql_query(A) execute_raw(A, B)
        query_opt(A, B) fetch_optional(A) query_scalar(A, B) fetch(A);
}
