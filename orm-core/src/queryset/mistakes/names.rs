//! Names that query sets have in other libraries, and those of lists, each with what it is here.

use super::{NotRun, RunBeforeIterating};
use crate::queryset::{BulkCreate, InsertFrom, OnConflict, QuerySet};

mistakes! {
    RunByOtherName
        "query sets are run by `.all(&db)`, `.get(&db)`, `.get_opt(&db)`, `.first(&db)`, `.stream(&db)`, `.count(&db)`, `.exists(&db)`"
        "has another name";
    SelectedByValues
        "columns are selected by `.values(|b| (b.title(), b.pages()))`, and rows are then tuples, or structs by `row!`"
        "has another name"
        note "a row of a model always has all of its columns";
    OrderedByOneCall
        "rows are ordered by `.order_by(|b| (b.title(), b.pages().desc()))`: one call with all of it, the last call counts"
        "has another name"
        note "`.order_by(|_| random())` is any order, `.reverse()` the other direction";
    GroupedByValues
        "groups are made by `.values(|b| b.author()).annotate(|b| b.id().count())`, and a `.filter(…)` on an aggregate is HAVING"
        "has another name";
    JoinedByPaths
        "tables are joined by the paths that closures name: `b.author().name()`; rows are loaded by `.select_related(|b| b.author())` and `.prefetch_related(|b| b.tags())`"
        "has another name";
    ChosenByFilter
        "rows are chosen by `.filter(|b| …)` and `.exclude(|b| …)`"
        "has another name"
        note "`.filter_if(wanted, |b| …)` is for what may be left out";
    CombinedByOperators
        "query sets of one model are joined by `|`, `&` and `^`, and conditions by the same within `.filter(|b| …)`"
        "not a method"
        note "rows of other query sets come by `.union(…)`, `.intersection(…)` and `.difference(…)`";
    FoundByKey
        "a row is found by `.get_by_key(&db, 1)`, or by `.filter(|b| …)` and then `.get(&db)`, `.get_opt(&db)` or `.first(&db)`"
        "has another name";
    CutByLimit
        "a part of the rows is `.limit(20)`, `.offset(40)`, or both as `.slice(40..60)`"
        "has another name";
    WrittenByDrafts
        "rows are written by `draft!(Tag {{ … }}).save(&db)`, `.create(&db, draft)`, `.bulk_create(&db, drafts)`, `.update(&db, |b| …)` and `.delete(&db)`"
        "has another name";
    LockedForUpdate
        "rows are locked by `.select_for_update()`, with `.nowait()`, `.skip_locked()`, `.no_key()`, `.of(…)` after it"
        "has another name";
    GivenAtTheEnd
        "the database is given to what runs the query, `.all(&db)`, and parameters together with their SQL, `.raw(sql, params![1])`"
        "not a method";
    DecidedByConflict
        "what happens to rows that are there already is said by `.on_conflict_ignore()`, or by `.on_conflict(|t| t.name())` and then `.update(|t| t.text())`, `.update_set(…)` or `.ignore()`"
        "has another name";
    AggregatedByClosure
        "aggregates over a query set are `.aggregate(&db, |b| b.pages().sum())`, and those of each row `.annotate(|a| a.books().count())`"
        "has another name";
    LinkedByAdd
        "links are written by `book.tags().add(&db, [&tag])`, `.remove(…)`, `.set(…)` and `.clear(&db)`"
        "has another name";
    ShownBySql
        "the text of a query set is `.sql()?`, and what the server plans `.explain(&db)`"
        "has another name";
    StreamedOneByOne
        "rows come one after another, in bounded memory, by `.stream(&db)`"
        "has another name"
        note "`while let Some(book) = rows.next().await.transpose()? {{ … }}`";
    PagedByTokens
        "pages are `.page(20).after(token).get(&db)`, by position, or `.paginate(20)` and then `.page(&db, 3)`, by number"
        "has another name";
    UnorderedByName
        "an ordering is dropped by `.unordered()`, and turned round by `.reverse()`"
        "has another name";
    RawByRaw
        "SQL of your own in place of a query set is `Book::objects().raw(sql, params![…])`, and in an expression `raw_expr::<i32>(sql, params![…])`"
        "has another name";
    NoneByCondition
        "no rows at all are `.none()`"
        "has another name";
}

macro_rules! named_otherwise {
    ($($mistake:ident $what:ty: $($name:ident($($arg:ident),*))*;)*) => {
        /// What one may look for at a query set. They take `&mut self`, so that methods of the same
        /// name that users give to query sets come first.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::wrong_self_convention, clippy::should_implement_trait)]
        pub trait QuerySetMistakes<M>: Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <$what as $mistake>::Is
            where
                $what: $mistake,
            {
                <$what>::never()
            }
        )*)*}
        impl<M, O, S> QuerySetMistakes<M> for QuerySet<M, O, S> {}
    };
}
named_otherwise! {
    RunBeforeIterating NotRun<M>: iter() into_iter() map(A) enumerate() for_each(A) collect() len()
        is_empty() unwrap() iter_mut() fold(A, B) any(A) to_vec() rev() chunks(A) push(A);
    RunByOtherName (M,): load(A) load_iter(A) get_result(A) get_results(A) one(A) one_or_none(A)
        fetch(A) fetch_all(A) fetch_one(A) fetch_optional(A) fetch_many(A) execute(A) exec(A) run(A)
        all_async(A) query(A) scalar(A) find_one(A) find_all(A) find_many(A) to_list(A) iterator(A)
        first_or_none(A) get_one(A) get_all(A) is_exists(A) has_any(A) try_get(A) single(A)
        single_or_none(A) first_or_default(A) last_or_none(A) fetch_first(A) get_first(A) size(A)
        total_count(A) count_all(A) num_items(A) to_vec_async(A) aget(A) afirst(A) alast(A) acount(A)
        aexists(A) alist(A) get_async(A) first_async(A);
    SelectedByValues (M,): only(A) defer(A) values_list(A) select(A) select_only() select_as(A)
        column(A) columns(A) pluck(A) flat() into_tuple() into_model() as_select() project(A)
        extra(A) alias(A) returning(A) fields(A) value(A) select_columns(A) select_column(A) map_to(A);
    OrderedByOneCall (M,): order(A) then_order_by(A) then_by(A) order_by_asc(A) order_by_desc(A)
        order_desc(A) order_asc(A) sort(A) sort_by(A) sort_by_key(A) add_order_by(A) order_by_raw(A)
        order_random() shuffle();
    GroupedByValues (M,): group_by(A) having(A) group(A) count_by(A);
    JoinedByPaths (M,): inner_join(A) left_outer_join(A) outer_join(A) right_join(A)
        find_also_related(A) find_with_related(A) include(A) includes(A) preload(A) eager_load(A)
        joinedload(A) load_with(A) fetch_related(A) with_related(A) join_related(A) join(A) with(A)
        prefetch(A) relations(A) full_join(A) cross_join(A) selectinload(A) expand(A);
    ChosenByFilter (M,): where_(A) filter_by(A) and_where(A) or_where(A) find_by(A) where_eq(A)
        complex_filter(A) filter_map(A) apply_if(A) filter_all(A) conditional(A) filter_not(A)
        where_not(A) exclude_if(A, B) filter_opt(A) maybe_filter(A) when(A, B) where_in(A, B)
        where_raw(A) and_filter_if(A, B);
    CombinedByOperators (M,): or(A) and(A) not() xor(A) or_filter(A) and_filter(A)
        intersect(A) except(A) minus(A) merge(A) chain(A)
        extend(A);
    FoundByKey (M,): find(A) find_by_id(A) by_id(A) by_pk(A) find_by_pk(A) get_or_none(A)
        get_by_id(A, B) get_by_pk(A, B) get_or_404(A) get_object_or_404(A) find_or_create(A, B)
        first_or_create(A, B);
    CutByLimit (M,): take(A) skip(A) top(A) limit_offset(A, B);
    WrittenByDrafts (M,): insert(A, B) insert_many(A, B) insert_all(A, B) create_many(A, B)
        create_all(A, B) update_all(A, B) update_many(A, B) delete_all(A) delete_many(A)
        destroy_all(A) save(A) upsert(A, B) bulk_insert(A, B) bulk_delete(A) truncate(A)
        acreate(A, B) aupdate(A, B) adelete(A) abulk_create(A, B) bulk_save(A, B) update_or_insert(A, B);
    LockedForUpdate (M,): for_update() for_share() lock() with_for_update() lock_exclusive()
        for_no_key_update();
    GivenAtTheEnd (M,): using(A) bind(A) with_connection(A) with_db(A) on_db(A) params(A);
    AggregatedByClosure (M,): sum(A, B) avg(A, B) average(A, B) min(A, B) max(A, B) with_count(A)
        count_distinct(A, B);
    LinkedByAdd (M,): append(A, B) link(A, B) attach(A, B) sync(A, B) detach(A, B) unlink(A, B)
        associate(A, B) discard(A, B);
    ShownBySql (M,): to_sql() as_sql() debug_query() print_sql() dump_sql() to_string() raw_sql();
    StreamedOneByOne (M,): in_batches(A) batch(A) chunk(A) find_each(A) each(A) find_in_batches(A)
        aiterator(A) stream_all(A);
    PagedByTokens (M,): cursor(A) cursor_by(A) cursor_paginate(A) keyset(A) seek(A) paginator(A) per_page(A)
        page_after(A) page_size(A) get_page(A);
    UnorderedByName (M,): clear_ordering() reset_order() unorder() no_order() remove_order()
        reverse_order() reversed();
    RawByRaw (M,): from_sql(A) from_raw_sql(A) find_by_sql(A) from_statement(A) sql_query(A)
        find_by_statement(A);
    NoneByCondition (M,): empty() no_rows();
}

/// What one may look for at rows that are to be inserted.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait BulkCreateMistakes<M>: Sized {
    fn ignore_conflicts(&mut self) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
    fn update_conflicts<A>(&mut self, _: A) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
    fn do_nothing(&mut self) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
    fn do_update(&mut self) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
    fn set<A>(&mut self, _: A) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
    fn on_conflict_do_nothing(&mut self) -> <(M,) as DecidedByConflict>::Is
    where
        (M,): DecidedByConflict,
    {
        <(M,)>::never()
    }
}
impl<M> BulkCreateMistakes<M> for BulkCreate<'_, M> {}
impl<M, I> BulkCreateMistakes<M> for OnConflict<'_, M, I> {}
impl<M> BulkCreateMistakes<M> for InsertFrom<'_, M> {}
