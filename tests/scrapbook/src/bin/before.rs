//! `manage`, with the models as they were at first.

use scrapbook as _;

mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "core",
        index(fields = [city, name], name = "venue_by_city"),
        unique(fields = [name, country], name = "Unique venue name per country"),
    )]
    pub struct Venue {
        pub id: i64,
        #[field(max_length = 100)]
        pub name: String,
        #[field(max_length = 100)]
        pub city: String,
        #[field(max_length = 2, db_default = "de")]
        pub country: String,
        #[field(max_length = 20)]
        pub license: String,
        #[field(db_index)]
        pub started_at: DateTime<Utc>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "core")]
    pub struct Experience {
        pub id: i64,
        #[field(max_length = 200)]
        pub title: String,
        #[field(max_length = 20)]
        pub license: String,
        #[field(on_delete = Cascade, related_name = "experiences")]
        pub venue: ForeignKey<Venue>,
    }
}

orm::manage!();
