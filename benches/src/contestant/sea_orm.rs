//! SeaORM, over sqlx, by its entities.

use super::sea_orm_entities::{account, author, book, comment, entry, post};
use super::{Contestant, Digest, Seen};
use crate::Result;
use crate::data;
use crate::scenario::Task;
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, Database, DatabaseConnection, DbErr,
    EntityTrait, LoaderTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Select, Set, Unchanged,
};

/// A pool.
pub struct SeaOrm {
    db: DatabaseConnection,
}

type Found<T> = std::result::Result<T, DbErr>;

/// Users with their posts, and those with their comments.
type Prefetched = Vec<(account::Model, Vec<(post::Model, Vec<comment::Model>)>)>;

impl SeaOrm {
    /// Connects. The pool would ping before each statement, which would be a second round trip. It
    /// does so after each: of two connections, the other one needs not wait for that.
    pub async fn connect(url: &str) -> Result<SeaOrm> {
        let mut options = ConnectOptions::new(url);
        options
            .min_connections(2)
            .max_connections(2)
            .test_before_acquire(false)
            .sqlx_logging(false);
        Ok(SeaOrm { db: Database::connect(options).await? })
    }

    async fn get(&self, id: i64) -> Found<book::Model> {
        book::Entity::find_by_id(id).require_one(&self.db).await
    }

    fn first_books(last: i64) -> Select<book::Entity> {
        let books = book::Entity::find().filter(book::Column::Id.lte(last));
        books.order_by_asc(book::Column::Id)
    }

    async fn books(&self, last: i64) -> Found<Vec<book::Model>> {
        Self::first_books(last).all(&self.db).await
    }

    async fn medium(&self, limit: i64) -> Found<Vec<book::Model>> {
        book::Entity::find()
            .filter(book::Column::Id.lte(super::medium_last(limit)))
            .filter(book::Column::Pages.gte(60))
            .filter(book::Column::Published.is_not_null())
            .order_by_desc(book::Column::Pages)
            .order_by_asc(book::Column::Id)
            .limit(limit.unsigned_abs())
            .all(&self.db)
            .await
    }

    async fn aggregate(&self, last: i64) -> Found<Vec<(i64, (i64, Option<i64>))>> {
        let comments = comment::Entity::find().select_only();
        let columns = comments
            .column(comment::Column::PostId)
            .column_as(comment::Column::Id.count(), "count")
            .column_as(comment::Column::Id.max(), "last");
        let groups = columns.filter(comment::Column::PostId.lte(last));
        let groups = groups.group_by(comment::Column::PostId);
        let rows: Vec<(i64, i64, Option<i64>)> = groups.into_tuple().all(&self.db).await?;
        Ok(rows.into_iter().map(|(post, count, last)| (post, (count, last))).collect())
    }

    async fn joined(&self, last: i64) -> Found<Vec<(book::Model, author::Model)>> {
        Self::first_books(last).find_both_related(author::Entity).all(&self.db).await
    }

    /// By its loader, a statement for each relation.
    async fn prefetched(&self) -> Found<Prefetched> {
        let accounts = account::Entity::find().order_by_asc(account::Column::Id);
        let accounts = accounts.all(&self.db).await?;
        let posts = post::Entity::find().order_by_asc(post::Column::Id);
        let posts = accounts.load_many(posts, &self.db).await?;
        let numbers: Vec<usize> = posts.iter().map(Vec::len).collect();
        let posts: Vec<post::Model> = posts.into_iter().flatten().collect();
        let comments = comment::Entity::find().order_by_asc(comment::Column::Id);
        let comments = posts.load_many(comments, &self.db).await?;
        let mut posts = posts.into_iter().zip(comments);
        let own = |(account, number)| (account, posts.by_ref().take(number).collect());
        Ok(accounts.into_iter().zip(numbers).map(own).collect())
    }

    async fn stream(&self, last: i64) -> Found<Digest> {
        let mut rows = Self::first_books(last).stream(&self.db).await?;
        let mut digest = Digest::default();
        while let Some(book) = rows.try_next().await? {
            book.seen(&mut digest);
        }
        Ok(digest)
    }

    async fn insert_one(&self) -> Found<entry::Model> {
        new(&data::entries(1)[0]).insert(&self.db).await
    }

    async fn insert(&self, count: usize) -> Found<Vec<entry::Model>> {
        let rows = data::entries(count).iter().map(new);
        entry::Entity::insert_many(rows).exec_with_returning(&self.db).await
    }

    /// It has no update of many rows but this: they are inserted, and are there.
    async fn bulk_update(&self, count: usize) -> Found<u64> {
        let rows = data::changed(count).iter().map(|changed| entry::ActiveModel {
            id: Unchanged(changed.id),
            title: Set(changed.title.clone()),
            pages: Set(changed.pages),
            published: Set(changed.published),
            number: Set(changed.number),
        });
        let mut conflict = OnConflict::column(entry::Column::Id);
        conflict.update_columns([entry::Column::Title, entry::Column::Pages]);
        let upsert = entry::Entity::insert_many(rows).on_conflict(conflict);
        upsert.exec_without_returning(&self.db).await
    }

    async fn calculate(&self, last: i64) -> Found<u64> {
        let more = Expr::col(entry::Column::Pages).add(1);
        let entries = entry::Entity::update_many().col_expr(entry::Column::Pages, more);
        let update = entries.filter(entry::Column::Id.lte(last)).exec(&self.db).await?;
        Ok(update.rows_affected)
    }

    async fn answer(&self, task: &Task) -> Result<Digest> {
        Ok(match task {
            Task::Get(id) => Digest::of([&self.get(*id).await?]),
            Task::Books(last) => Digest::of(&self.books(*last).await?),
            Task::Joined(last) => Digest::of(&self.joined(*last).await?),
            Task::Medium(limit) => Digest::of(&self.medium(*limit).await?),
            Task::Aggregate(last) => Digest::of(&self.aggregate(*last).await?),
            Task::Prefetched => Digest::of(&self.prefetched().await?),
            Task::Stream(last) => self.stream(*last).await?,
            Task::Insert(1) => Digest::of([&self.insert_one().await?]),
            Task::Insert(count) => Digest::of(&self.insert(*count).await?),
            Task::BulkUpdate(count) => Digest::rows(self.bulk_update(*count).await?),
            Task::Calculate(last) => Digest::rows(self.calculate(*last).await?),
            Task::CopyIn(_) => return Err("it has no COPY".into()),
        })
    }
}

fn new(new: &data::NewEntry) -> entry::ActiveModel {
    entry::ActiveModel {
        id: NotSet,
        title: Set(new.title.clone()),
        pages: Set(new.pages),
        published: Set(new.published),
        number: Set(new.number),
    }
}

impl Contestant for SeaOrm {
    fn name(&self) -> &'static str {
        "sea-orm"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        if matches!(task, Task::CopyIn(_)) {
            return None;
        }
        Some(Box::pin(self.answer(task)))
    }
}
