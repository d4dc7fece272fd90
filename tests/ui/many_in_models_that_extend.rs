//! What is wrong in the definition of models that extend others.
#![allow(unused)]

mod library {
    use orm::prelude::*;

    #[derive(Model, Debug)]
    pub struct Place {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Debug)]
    #[model(primary_key = [a, b])]
    pub struct Pair {
        pub a: i64,
        pub b: i64,
    }
}

mod the_row_is_not_there {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[model(extends = Place)]
    pub struct Bar {
        pub id: i64,
        pub stools: i32,
    }
}

mod a_name_twice {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[model(extends = Place)]
    pub struct Pub {
        pub place: Place,
        pub name: String,
    }
}

mod a_column_of_another_table {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[model(extends = Place, unique(fields = [name, beer]))]
    pub struct Tap {
        pub place: Place,
        pub beer: String,
    }
}

mod a_key_of_several_columns {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Model, Debug)]
    #[model(extends = Pair)]
    pub struct Triple {
        pub pair: Pair,
        pub c: i64,
    }
}

mod more_than_a_row {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Subclasses)]
    pub enum Kind {
        Place(Place, i32),
    }
}

mod no_enum {
    use super::library::*;
    use orm::prelude::*;

    #[derive(Subclasses)]
    pub struct Kind {
        place: Place,
    }
}

fn main() {}
