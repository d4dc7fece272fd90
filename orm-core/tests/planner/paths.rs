//! The relations of paths, which are kept, and the longer ones, which are not.

use crate::library::*;
use orm_core::ir::*;

fn steps(n: usize, relation: &'static Relation) -> Steps {
    (0..n).map(|_| Step::Forward(relation)).collect()
}

#[test]
fn the_same_relations_have_one_number() {
    let one = steps(3, &PARENT);
    let elsewhere = std::thread::spawn(|| steps(3, &PARENT)).join().unwrap();
    assert!(one.number().is_some());
    assert_eq!((one.number(), &one), (elsewhere.number(), &elsewhere));
    // Whichever was made first, and whatever it was made of.
    let mut longer = steps(5, &PARENT);
    longer.truncate(3);
    assert_eq!(longer.number(), one.number());
    assert_eq!(Steps::default().number(), Some(0));

    let [to, from] = [Step::Forward(&PARENT), Step::Reverse(&PARENT)].map(|step| one.then(step));
    let all = [
        &one,
        &to,
        &from,
        &steps(2, &PARENT),
        &steps(3, &MENTOR),
        &one.then(Step::Output(0, publisher())),
    ];
    for (place, a) in all.iter().enumerate() {
        for b in &all[place + 1..] {
            assert_ne!(a, b);
            assert_ne!(a.number(), b.number());
        }
    }
}

#[test]
fn what_users_may_make_any_number_of_is_not_kept() {
    let long = steps(40, &PARENT);
    assert_eq!((long.len(), long.number()), (40, None));
    assert_eq!(long, steps(40, &PARENT));
    assert_ne!(long, steps(41, &PARENT));
    let place = |n| Steps::default().then(Step::Output(n, publisher()));
    assert_eq!((place(1), place(1).number()), (place(1), None));
    assert_ne!(place(1), place(2));
}

/// Statements are remembered by numbers of paths, or by what they consist of.
#[test]
fn paths_of_any_length_have_statements_of_their_own() {
    let sql = |n: usize| {
        let publishers = rows(publisher())
            .filter(|p| (0..n).fold(p, |path, _| path.to(&PARENT)).field("name").eq(text("x")));
        orm_core::query::select(&publishers.0).unwrap().sql.to_string()
    };
    let joins = |n: usize| sql(n).matches(" JOIN ").count();
    for n in (0..20).chain(0..20) {
        assert_eq!(joins(n), n);
    }
}
