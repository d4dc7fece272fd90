//! The scrap book: files and images beside rows, in memory and on a disk.

use crate::support::{Outcome, database, scalar};
use orm::files::object_store::{local::LocalFileSystem, memory::InMemory};
use orm::files::{ObjectStorage, register, register_storage};
use orm::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

mod places {
    use orm::prelude::*;

    fn photo_path(venue: &Venue, name: &str) -> String {
        format!("venues/{}/{name}", venue.slug)
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "places")]
    pub struct Venue {
        pub id: i64,
        #[field(max_length = 20, unique)]
        pub slug: String,
        #[field(
            upload_to = photo_path,
            storage = "media",
            max_length = 60,
            validators(
                file_extension(&["jpg", "png"]),
                file_size(1000),
                content_type(&["image/jpeg", "image/png"]),
            ),
        )]
        pub photo: Option<File>,
        #[field(upload_to = "plans/%Y/", storage = "disk", on_row_delete = keep)]
        pub plan: Option<File>,
    }
}
use places::Venue;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";

/// A directory that is there as long as the tests run; one for each run.
fn disk() -> PathBuf {
    std::env::temp_dir().join(format!("orm-files-{}", std::process::id()))
}

fn storages() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let memory = ObjectStorage::new(Arc::new(InMemory::new()));
        register_storage("media", Arc::new(memory.with_url("https://cdn.example.com/media/")));
        std::fs::create_dir_all(disk()).expect("a directory for files");
        let disk = LocalFileSystem::new_with_prefix(disk()).expect("a store in the directory");
        register("disk", Arc::new(disk));
    });
}

/// Waits for what nobody waits for: the removal of a file after a rollback.
async fn is_gone(file: &File) -> bool {
    for _ in 0..200 {
        if !file.exists().await.expect("the storage answers") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn s1_10_names_come_from_the_row_and_do_not_clobber() -> Outcome {
    storages();
    let db = database!("seeds_s1_10": Venue);
    let photo = || File::upload(JPEG, "C:\\photos\\front door.jpg");
    let venue = draft!(Venue { slug: "opera", photo: photo() }).save(&db).await?;
    let first = venue.photo.clone().expect("a photo");
    assert_eq!((first.name(), first.is_stored()), ("venues/opera/front_door.jpg", true));
    assert_eq!((first.bytes().await?.as_ref(), first.size().await?), (JPEG, 12));
    assert!(first.exists().await?);
    assert_eq!(first.url()?, "https://cdn.example.com/media/venues/opera/front_door.jpg");
    // The column is the name, and nothing of the function is in the schema.
    let column = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute \
                  WHERE attrelid = 'places_venue'::regclass AND attname = 'photo'";
    assert_eq!(scalar::<String>(&db, column).await?, "character varying(60)");
    let stored = "SELECT photo::text FROM places_venue";
    assert_eq!(scalar::<String>(&db, stored).await?, first.name());
    let sql = create_tables_sql::<(Venue,)>()?.join(";");
    assert!(!sql.contains("photo_path"), "{sql}");

    // The row as it is read knows its storage; so does one with the same path, without clobbering.
    let read = Venue::objects().get(&db).await?;
    assert_eq!(read.photo.as_ref().expect("a photo").bytes().await?, JPEG);
    let same = |n: u8| {
        let mut row = venue.clone();
        row.photo = Some(File::upload(vec![n], "front door.jpg"));
        row
    };
    let mut second = same(2);
    second.save(&db).await?;
    let name = second.photo.as_ref().expect("a photo").name().to_owned();
    assert!(name.starts_with("venues/opera/front_door_") && name.ends_with(".jpg"), "{name}");
    assert_eq!(name.len(), first.name().len() + 8);
    // It took the first one's place, which is gone.
    assert!(is_gone(&first).await);

    // Twenty at once, with one name: each has a name, and the content, of its own.
    let saves: Vec<_> = (0..20u8)
        .map(|n| {
            let db = Database::clone(&db);
            let plan = File::upload(vec![n; 3], "plan.tar.gz");
            let draft = draft!(Venue { slug: format!("s{n}"), plan });
            tokio::spawn(async move { draft.save(&db).await })
        })
        .collect();
    let mut venues: Vec<Venue> = Vec::new();
    for save in saves {
        venues.push(save.await??);
    }
    let names: BTreeSet<String> =
        venues.iter().map(|venue| venue.plan.as_ref().expect("a plan").name().to_owned()).collect();
    assert_eq!(names.len(), 20, "{names:?}");
    for (n, venue) in (0..20u8).zip(&venues) {
        let plan = venue.plan.as_ref().expect("a plan");
        assert_eq!(plan.bytes().await?, vec![n; 3]);
        assert!(plan.name().ends_with(".tar.gz") && plan.name().starts_with("plans/2"), "{plan}");
        assert!(disk().join(plan.name()).is_file());
    }
    Ok(())
}

#[tokio::test]
async fn s1_10_files_follow_their_rows_and_transactions() -> Outcome {
    storages();
    let db = database!("seeds_s1_10": Venue);
    let photo = |n: u8| File::upload(vec![n], "p.jpg");
    let mut venue =
        draft!(Venue { slug: "hall", photo: photo(1), plan: photo(9) }).save(&db).await?;
    let (first, plan) = (venue.photo.clone().expect("one"), venue.plan.clone().expect("one"));

    // Rolled back: the new file goes, the old one stays.
    let mut new = None;
    let failed: Result<()> = db
        .transaction(async |tx| {
            let mut row = venue.clone();
            row.photo = Some(photo(2));
            row.save(tx).await?;
            new = row.photo.clone();
            assert!(new.as_ref().expect("a name").exists().await?);
            assert!(first.exists().await?, "the old one goes after the commit");
            Err(Error::other("changed my mind"))
        })
        .await;
    assert!(failed.is_err());
    assert!(is_gone(new.as_ref().expect("a name")).await);
    assert_eq!(first.bytes().await?, vec![1]);

    // Committed: the other way round.
    db.transaction(async |tx| {
        venue.photo = Some(photo(3));
        venue.save(tx).await?;
        assert!(first.exists().await?);
        Ok(())
    })
    .await?;
    let third = venue.photo.clone().expect("one");
    assert!(third.exists().await? && is_gone(&first).await);

    // Saving what has not changed leaves it alone; so does saving another field.
    venue.save(&db).await?;
    venue.slug = "hall2".into();
    venue.save_fields(&db, |v| v.slug()).await?;
    assert_eq!(venue.photo.as_ref().expect("one").bytes().await?, vec![3]);

    // A row that is refused leaves nothing behind.
    let count = std::fs::read_dir(disk().join(parent(plan.name())))?.count();
    let refused = draft!(Venue { slug: "hall2", plan: File::upload(vec![4], "refused.jpg") });
    let refused = refused.save(&db).await.expect_err("the slug is taken");
    assert!(matches!(refused, Error::Unique(_)), "{refused:?}");
    for _ in 0..200 {
        if std::fs::read_dir(disk().join(parent(plan.name())))?.count() <= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let left = std::fs::read_dir(disk().join(parent(plan.name())))?;
    let left: Vec<_> = left.map(|entry| entry.map(|entry| entry.file_name())).collect();
    assert!(!format!("{left:?}").contains("refused"), "{left:?}");

    // What the row lets go of is removed, unless the field keeps it; and so when the row goes.
    venue.photo = None;
    venue.save(&db).await?;
    assert!(is_gone(&third).await);
    venue.photo = Some(photo(5));
    venue.save(&db).await?;
    let last = venue.photo.clone().expect("one");
    assert!(last.exists().await?);
    venue.delete(&db).await?;
    assert!(is_gone(&last).await);
    assert!(plan.exists().await?, "`on_row_delete = keep`");
    Ok(())
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

#[tokio::test]
async fn s1_10_bad_names_and_ways_around_are_refused() -> Outcome {
    storages();
    let db = database!("seeds_s1_10": Venue);
    // The name of a client is a name, and no path.
    let venue = draft!(Venue { slug: "safe", photo: File::upload(JPEG, "../../etc/passwd") });
    let venue = venue.save(&db).await?;
    assert_eq!(venue.photo.expect("one").name(), "venues/safe/passwd");
    // A row whose function leads outside of the storage.
    let out = draft!(Venue { slug: "..", photo: File::upload(JPEG, "a.jpg") }).save(&db).await;
    assert!(matches!(out, Err(Error::Usage(_))), "{out:?}");
    let unnamed = draft!(Venue { slug: "u", photo: File::upload(JPEG, "???") }).save(&db).await;
    assert!(matches!(unnamed, Err(Error::Usage(_))), "{unnamed:?}");
    // A name that is too long for the column is cut.
    let long = draft!(Venue { slug: "long", photo: File::upload(JPEG, "x".repeat(90) + ".jpg") });
    let long = long.save(&db).await?.photo.expect("one");
    assert_eq!(long.name().len(), 60);
    assert!(long.name().ends_with(".jpg"));
    // Where no file can be stored on the way, a new content is refused, and never lost in silence.
    let many = [draft!(Venue { slug: "m", photo: File::upload(JPEG, "a.jpg") })];
    assert!(Venue::objects().bulk_create(&db, many).await.is_err());
    let set = Venue::objects().update(&db, |v| v.photo().set(File::upload(JPEG, "a.jpg"))).await;
    assert!(set.is_err());
    assert_eq!(Venue::objects().filter(|v| v.slug().eq("m")).count(&db).await?, 0);
    // Lookups are those of the name.
    let found = Venue::objects().filter(|v| v.photo().endswith("/passwd")).count(&db).await?;
    assert_eq!(found, 1);
    Ok(())
}

#[test]
fn s1_17_files_are_validated_before_they_are_stored() {
    let codes = |file: File| {
        let Err(error) = draft!(Venue { slug: "x", photo: file }).full_clean() else {
            return Vec::new();
        };
        let errors = error.validation().expect("an error of validation");
        errors.codes("photo").into_iter().map(str::to_owned).collect()
    };
    assert!(codes(File::upload(JPEG, "a.JPG")).is_empty());
    assert_eq!(codes(File::upload(JPEG, "a.exe")), ["invalid_extension"]);
    let large = [JPEG, &[0; 1000]].concat();
    assert_eq!(codes(File::upload(large, "a.jpg")), ["file_size"]);
    assert_eq!(codes(File::upload(b"<script>".as_slice(), "a.jpg")), ["content_type"]);
    assert_eq!(codes(File::stored("old.gif")), ["invalid_extension"]);
    assert_eq!(codes(File::stored("")), ["blank"]);
}

#[tokio::test]
async fn a_file_that_another_row_names_stays() -> Outcome {
    storages();
    let db = database!("seeds_s1_10": Venue);
    let first = draft!(Venue { slug: "one", photo: File::upload(JPEG, "a.jpg") }).save(&db).await?;
    let photo = first.photo.clone().expect("one");
    let twin = |slug: &str| draft!(Venue { slug: slug, photo: File::stored(photo.name()) });
    let (second, mut third) = (twin("two").save(&db).await?, twin("three").save(&db).await?);
    first.delete(&db).await?;
    third.photo = Some(File::upload(JPEG, "b.jpg"));
    third.save(&db).await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(photo.exists().await?, "`two` names it");
    // By one statement for both, none is left that names it.
    twin("four").save(&db).await?;
    let gone = Venue::objects().filter(|v| v.slug().in_(["two", "four"])).delete(&db).await?;
    assert_eq!(gone.total, 2);
    assert!(is_gone(&photo).await);
    assert!(third.photo.expect("one").exists().await?);
    drop(second);
    Ok(())
}

#[tokio::test]
async fn text_from_outside_does_not_choose_among_the_stored_files() -> Outcome {
    storages();
    let db = database!("seeds_s1_10": Venue);
    let owner = draft!(Venue { slug: "own", photo: File::upload(JPEG, "a.jpg") }).save(&db).await?;
    let photo = owner.photo.clone().expect("one");
    let draft = || Venue::dyn_draft().set("slug", "thief");
    for refused in [
        draft().set("photo", photo.name()),
        draft().set("photo", json!(photo.name())),
        draft().set("photo", photo.name().to_owned()),
        draft().set("photo", Some(photo.name().to_owned())),
    ] {
        let error = refused.check().expect_err("a name is no file");
        assert!(error.to_string().contains("File::upload"), "{error}");
        assert!(refused.save(&db).await.is_err());
    }
    // One says so, or gives a content, or nothing.
    let stored = draft().set("photo", File::stored(photo.name())).save(&db).await?;
    assert_eq!(stored.photo, owner.photo);
    let none = Venue::dyn_draft().set("slug", "none").set("photo", json!(null)).save(&db).await?;
    assert_eq!(none.photo, None);
    let upload = Venue::dyn_draft().set("slug", "new").set("photo", File::upload(JPEG, "n.jpg"));
    assert!(upload.save(&db).await?.photo.expect("one").exists().await?);
    Ok(())
}
