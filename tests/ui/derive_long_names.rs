use orm::prelude::*;

#[derive(Model)]
pub struct AuthorOfManyBooksThatNobodyHasEverReadFromTheirFirstPageToTheLastOne {
    pub id: i64,
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(column = "a_column_name_that_has_a_few_more_bytes_than_the_server_keeps_of_it")]
    pub title: String,
}

fn main() {}
