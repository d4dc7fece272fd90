//! Every type as a key: children find their parents, and parents their children, whichever two values
//! of the table are beside each other.

use super::models::edges;
use super::table::{self, types};
use crate::support::Outcome;
use chrono::TimeDelta;
use orm::column::{CiText, HStore, Inet, Interval, Ltree, Multirange, TsVector};
use orm::prelude::*;
use std::net::IpAddr;

/// So many pairs have each value of a type beside the next.
const PAIRS: usize = 13;

macro_rules! keys {
    ($($name:ident $back:literal $related:ident: $t:ty = $edges:expr;)*) => {
        #[derive(Model, Clone, Debug)]
        #[model(app = "sweep_keys", ordering = [id])]
        pub struct Parent {
            pub id: i64,
            $(#[field(unique)] pub $name: $t,)*
        }

        #[derive(Model, Clone, Debug)]
        #[model(app = "sweep_keys", ordering = [id])]
        pub struct Child {
            pub id: i64,
            $(
                #[field(on_delete = Cascade, to_field = $name, related_name = $back)]
                pub $name: ForeignKey<Parent, $t>,
            )*
        }

        fn parent(row: usize) -> orm::DynDraft<Parent> {
            let mut parent = Parent::dyn_draft();
            $(parent = parent.set(stringify!($name), nth(edges::$name(), row));)*
            parent
        }

        fn child(row: usize) -> orm::DynDraft<Child> {
            let mut child = Child::dyn_draft();
            $(child = child.set(stringify!($name), nth(edges::$name(), row));)*
            child
        }

        async fn prefetches(db: &Database, pair: usize) -> Outcome {
            $({
                let at = format!("{} from the value at {pair}", stringify!($name));
                let rows = Parent::objects().prefetch_related(|p| p.$related()).all(db).await;
                let rows = rows.map_err(|e| format!("{at}: {e:?}"))?;
                let found: Vec<(i64, Vec<i64>)> = rows
                    .iter()
                    .map(|(parent, children)| (parent.id, children.iter().map(|c| c.id).collect()))
                    .collect();
                assert_eq!(found, [(1, vec![1, 3]), (2, vec![2])], "{at}");
                let rows = Child::objects().prefetch_related(|c| c.$name()).all(db).await;
                let rows = rows.map_err(|e| format!("{at}: {e:?}"))?;
                let found: Vec<(i64, i64)> = rows.iter().map(|(c, p)| (c.id, p.id)).collect();
                assert_eq!(found, [(1, 1), (2, 2), (3, 1)], "{at}");
                let joined = Child::objects().filter(|c| c.$name().id().eq(1)).count(db).await?;
                assert_eq!(joined, 2, "{at}");
            })*
            Ok(())
        }
    };
}
types!(keys!());

fn nth<T: Clone>(edges: Vec<T>, row: usize) -> T {
    edges[row % edges.len()].clone()
}

#[tokio::test]
async fn prefetch_by_keys_of_every_type() -> Outcome {
    let t = orm_testkit::TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(Parent, Child)>(db).await?;
    for pair in 0..PAIRS {
        db.batch_execute("TRUNCATE sweep_keys_parent, sweep_keys_child RESTART IDENTITY").await?;
        for row in [pair, pair + 1] {
            parent(row).save(db).await?;
        }
        for row in [pair, pair + 1, pair] {
            child(row).save(db).await?;
        }
        prefetches(db, pair).await?;
    }
    Ok(())
}
