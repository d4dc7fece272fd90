//! The functions of the migrations.

use orm::migrate::data::{
    DataStep, case, coalesce, concat, f, greatest, length, lower, q, raw, replace, upper, value,
};
use orm::prelude::*;

#[orm::data_migration]
async fn titles_in_capitals(step: &DataStep<'_>) -> Result<()> {
    let books = step.model("Book")?.objects();
    assert_eq!(books.update(step, [("title", upper(f("title")))]).await?, 3);
    Ok(())
}

#[orm::data_migration]
async fn names_in_small_letters(step: &DataStep<'_>) -> Result<()> {
    let volume = step.model("catalogue.Volume")?;
    assert_eq!(volume.fields(), ["id", "name", "slug", "price", "author", "editor", "tags"]);
    assert!(step.model("catalogue.Book").is_err());
    volume.objects().update(step, [("name", lower(f("name")))]).await?;
    Ok(())
}

#[orm::data_migration]
async fn fill_slugs(step: &DataStep<'_>) -> Result<()> {
    assert!(step.forwards());
    let book = step.model("catalogue.Book")?;
    for mut row in book.objects().filter("slug", "").all(step).await? {
        let slug = row.get::<String>("title")?.to_lowercase().replace(' ', "-");
        row.set("slug", slug)?;
        row.save(step).await?;
    }
    Ok(())
}

#[orm::data_migration(name = "empty_slugs")]
async fn another_name(step: &DataStep<'_>) -> Result<()> {
    assert!(!step.forwards());
    step.model("catalogue.Book")?.objects().update(step, [("slug", "")]).await?;
    Ok(())
}

#[orm::data_migration(name = "twice")]
async fn twice(_: &DataStep<'_>) -> Result<()> {
    Ok(())
}

#[orm::data_migration(name = "twice")]
async fn twice_again(_: &DataStep<'_>) -> Result<()> {
    Ok(())
}

#[orm::data_migration]
async fn lookups(step: &DataStep<'_>) -> Result<()> {
    let (book, author) = (step.model("Book")?, step.model("Author")?);
    let titles = |set: orm::migrate::data::HistoricalSet| async move {
        let rows = set.order_by(["id"]).values(["title", "author__name"]).all(step).await?;
        rows.iter().map(|row| row.get::<String>("title")).collect::<Result<Vec<_>>>()
    };
    let all = || book.objects();
    let (dispossessed, wizard, ficciones) =
        ("The Dispossessed", "A Wizard of Earthsea", "Ficciones");
    assert_eq!(
        titles(all().filter("author__name__icontains", "le guin")).await?,
        [dispossessed, wizard]
    );
    assert_eq!(titles(all().exclude("author__name__startswith", "Ursula")).await?, [ficciones]);
    assert_eq!(titles(all().filter("price__isnull", true)).await?, [wizard]);
    assert_eq!(titles(all().filter("price", None::<Decimal>)).await?, [wizard]);
    assert_eq!(titles(all().filter("price__gt", 7)).await?, [dispossessed]);
    assert_eq!(titles(all().filter("price__gt", "7.25")).await?, [dispossessed]);
    assert_eq!(titles(all().filter("pages__in", [183, 174])).await?, [wizard, ficciones]);
    assert_eq!(titles(all().filter("title__in", ["Ficciones", "x"])).await?, [ficciones]);
    assert_eq!(titles(all().filter("pages__range", [180, 400])).await?, [dispossessed, wizard]);
    assert_eq!(titles(all().filter("editor__isnull", false)).await?, [dispossessed]);
    assert_eq!(titles(all().filter("author__born__lt", "1900-01-01")).await?, [ficciones]);
    assert_eq!(titles(all().filter("title__iregex", "^f.c")).await?, [ficciones]);
    assert_eq!(titles(all().filter("pages__contains", "8")).await?, [dispossessed, wizard]);
    assert_eq!(titles(all().filter("author_id", 3)).await?, [ficciones]);
    assert_eq!(titles(all().filter("pk", 2)).await?, [wizard]);
    let condition = q("pages__lt", 180) | (q("pages__gt", 200) & !q("price__isnull", true));
    assert_eq!(titles(all().filter_by(condition)).await?, [dispossessed, ficciones]);
    let longer = f("pages") * 2;
    assert_eq!(titles(all().filter("pages__lt", longer)).await?.len(), 3);
    assert_eq!(titles(all().filter("pages__gte", length(f("title")) + 371)).await?, [dispossessed]);

    // Rows and queries in place of keys; relations backwards, by the model's name.
    let borges = author.objects().filter("name__contains", "Borges").get(step).await?;
    assert_eq!(borges.get::<Option<NaiveDate>>("born")?, NaiveDate::from_ymd_opt(1899, 8, 24));
    assert_eq!(titles(all().filter("author", &borges)).await?, [ficciones]);
    assert_eq!(titles(all().filter("author__ne", 1)).await?, [ficciones]);
    let old = author.objects().filter("born__lt", "1900-01-01");
    assert_eq!(titles(all().filter("author__in", &old)).await?, [ficciones]);
    let names = author.objects().filter("book_editor__title", dispossessed);
    assert_eq!(names.get(step).await?.get::<String>("name")?, "Jorge Luis Borges");
    assert_eq!(author.objects().filter("book_author__isnull", true).count(step).await?, 1);
    assert!(author.objects().filter("name", "Nobody").exists(step).await?);
    assert!(!author.objects().filter("name", "Somebody").exists(step).await?);

    let last = all().order_by(["-pages", "title"]).first(step).await?.unwrap();
    assert_eq!(
        (last.get::<String>("title")?, last.get::<i64>("pages")?),
        (dispossessed.into(), 387)
    );
    let rows = all().order_by(["author__name", "-title"]).values(["id", "author__name", "author"]);
    let rows = rows.limit(1).all(step).await?;
    assert_eq!(rows[0].get::<String>("author__name")?, "Jorge Luis Borges");
    assert_eq!((rows[0].get::<i64>("id")?, rows[0].get::<i64>("author")?), (3, 3));
    assert_eq!(all().values(["author"]).distinct().all(step).await?.len(), 2);
    assert!(matches!(all().get(step).await, Err(Error::MultipleObjectsReturned { .. })));
    assert!(matches!(all().filter("pk", 9).get(step).await, Err(Error::DoesNotExist { .. })));
    let stock = step.model("Stock")?;
    let row = stock.objects().filter("branch", 1).filter("shelf", "b").get(step).await?;
    assert_eq!(row.get::<i64>("copies")?, 3);
    Ok(())
}

#[orm::data_migration]
async fn updates(step: &DataStep<'_>) -> Result<()> {
    let book = step.model("Book")?;
    let slug = replace(lower(f("title")), " ", "-");
    assert_eq!(book.objects().update(step, [("slug", slug), ("pages", f("pages") * 2)]).await?, 3);
    let kind = case([(q("pages__gt", 500), "long: ")], "short: ");
    book.objects().update(step, [("slug", concat([kind, f("slug")]))]).await?;
    let price = coalesce([f("price") * 2 + 1, value(1)]);
    book.objects().update(step, [("price", price)]).await?;
    book.objects().filter("editor", None::<i64>).update(step, [("editor", 1)]).await?;
    book.objects().update(step, [("price", greatest([f("price"), raw("$1").param(1)]))]).await?;
    Ok(())
}

#[orm::data_migration]
async fn rows(step: &DataStep<'_>) -> Result<()> {
    let (book, author, tag) = (step.model("Book")?, step.model("Author")?, step.model("Tag")?);
    let jane =
        author.draft().set("name", "Jane Austen").set("born", "1775-12-16").create(step).await?;
    assert_eq!(jane.get::<i64>("id")?, 4);
    let titles = ["Emma", "Persuasion", "Sanditon"];
    let drafts = titles.map(|title| book.draft().set("title", title).set("author", &jane));
    let books = book.bulk_create(step, drafts).await?;
    assert_eq!(books[1].get::<String>("title")?, "Persuasion");
    assert_eq!(books[1].get::<i32>("pages")?, 0, "what the database fills in");
    let novel = tag.draft().set("name", "novel").create(step).await?;
    for book in &books {
        book.add(step, "tags", [&novel]).await?;
        book.add(step, "tags", [&novel]).await?;
    }
    assert_eq!(tag.objects().filter("book__title", "Emma").count(step).await?, 1);
    assert_eq!(books[2].remove(step, "tags", [&novel]).await?, 1);
    let gone = books[2].delete(step).await?;
    assert_eq!(gone.total, 1);

    let mut row = book.objects().filter("pk", 1).get(step).await?;
    row.set("title", "The Dispossessed, again")?;
    row.set("editor", &jane)?;
    row.save(step).await?;
    // The author goes with his books, and his name with what he edited.
    let gone = author.objects().filter("name__contains", "Borges").delete(step).await?;
    assert_eq!(gone.total, 2, "{gone:?}");

    let stock = step.model("Stock")?;
    let mut rows = stock.objects().all(step).await?;
    for row in &mut rows {
        let copies = row.get::<i64>("copies")?;
        row.set("copies", copies * 10)?;
    }
    assert_eq!(stock.bulk_update(step, &rows, ["copies"]).await?, 3);
    stock.draft().set("branch", 7).set("shelf", "z").create(step).await?;
    Ok(())
}

#[orm::data_migration]
async fn batches(step: &DataStep<'_>) -> Result<()> {
    let stock = step.model("Stock")?;
    let mut batches = step.in_batches(stock.objects(), 2).await?;
    while let Some(mut batch) = batches.next().await? {
        for row in &mut batch.rows {
            let copies = row.get::<i64>("copies")?;
            row.set("copies", copies * 10)?;
        }
        stock.bulk_update(&batch, &batch.rows, ["copies"]).await?;
    }
    let written = step.update_in_batches(stock.objects(), 2, [("copies", f("copies") + 1)]).await?;
    assert_eq!(written, 3);
    Ok(())
}

macro_rules! mistakes {
    ($($name:ident |$step:ident| $what:expr;)*) => {$(
        #[orm::data_migration]
        async fn $name($step: &DataStep<'_>) -> Result<()> {
            $what.map(drop)
        }
    )*};
}
mistakes! {
    no_such_field |step| {
        step.model("Book")?.objects().filter("author__age", 1).all(step).await
    };
    no_such_model |step| step.model("Shop");
    no_such_lookup |step| {
        step.model("Book")?.objects().filter("title__near", "x").update(step, [("pages", 1)]).await
    };
    wrong_value |step| step.model("Book")?.objects().update(step, [("pages", "many")]).await;
    null_value |step| {
        step.model("Book")?.draft().set("title", None::<String>).create(step).await
    };
    wrong_type |step| {
        step.model("Book")?.objects().filter("pk", 1).get(step).await?.get::<i32>("title")
    };
    missing_value |step| step.model("Book")?.draft().set("author", 1).create(step).await;
    protected |step| {
        step.model("Stock")?.objects().update(step, [("book", 1)]).await?;
        step.model("Book")?.objects().delete(step).await
    };
    wrong_rows |step| {
        let row = step.model("Book")?.objects().filter("pk", 1).get(step).await?;
        let author = step.model("Author")?.objects().filter("pk", 1).get(step).await?;
        row.add(step, "tags", [&author]).await
    };
    ordered_batches |step| {
        let books = step.model("Book")?.objects().order_by(["title"]);
        step.update_in_batches(books, 10, [("pages", 1)]).await
    };
}
