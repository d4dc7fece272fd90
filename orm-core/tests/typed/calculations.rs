use crate::model::{Author, Book};
use crate::{holds, show};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_core::expr::value;
use rust_decimal::Decimal;

#[test]
fn numbers_meet_in_the_wider_type() {
    let b = Book::paths();
    holds::<i32>(b.pages() + 1);
    holds::<i64>(b.big() + 1);
    holds::<i16>(b.small() + 1);
    holds::<i64>(b.pages() + b.big());
    holds::<i32>(b.small() * b.pages());
    holds::<Decimal>(b.price() * 2);
    holds::<Decimal>(b.price() * 2i64);
    holds::<Decimal>(b.price() * b.pages());
    holds::<Decimal>(b.pages() * b.price());
    holds::<Decimal>(b.pages() * Decimal::ONE);
    holds::<f64>(b.rating() * 2);
    holds::<f64>(b.rating() * 1.5);
    holds::<f64>(b.pages() * 1.5);
    holds::<f64>(b.rating() / b.pages());
    holds::<f32>(b.weight() + 1.5);
    holds::<i32>(b.pages() % 7);
    holds::<i32>(-b.pages());
    holds::<Option<Decimal>>(b.price() - b.discount());
    holds::<Option<Decimal>>(-b.discount());
    holds::<Option<i32>>(Author::paths().books().pages() * 2);
    holds::<bool>((b.price() * 2).gt(5) & (b.pages() + 1).lt(9) & (&b.rating() * 2).gt(1));
    holds::<i32>(value(5) - b.pages());
    holds::<i32>(b.pages().bitand(3).bitor(b.small()).bitxor(1).shift_left(2).shift_right(1));
    assert_eq!(show(&((b.pages() + 1) * b.big())), "((pages + 1) * big)");
    assert_eq!(show(&(value(5) - b.pages())), "(5 - pages)");
    assert_eq!(show(&(-(b.price() / 2))), "(-(price / 2d))");
    assert_eq!(show(&b.pages().bitxor(1).shift_left(2)), "((pages # 1) << 2)");
}

#[test]
fn a_difference_can_be_compared_in_a_filter() {
    let b = Book::paths();
    let p = b.pages();
    assert_eq!(show(&(&p + 1).gt(&p)), "(pages + 1) Gt pages");
    assert_eq!(show(&b.price().gt(b.discount() + 1)), "price Gt (discount + 1d)");
}

#[test]
fn times() {
    let b = Book::paths();
    let day = TimeDelta::days(1);
    holds::<NaiveDateTime>(b.published() + day);
    holds::<DateTime<Utc>>(b.created() - day);
    holds::<DateTime<Utc>>(b.created() + b.lent_for());
    holds::<DateTime<Utc>>(b.lent_for() + b.created());
    holds::<Option<NaiveDateTime>>(b.recorded() + day);
    holds::<Option<TimeDelta>>(b.recorded() - b.recorded());
    holds::<NaiveTime>(b.opens() + day);
    holds::<TimeDelta>(b.lent_for() * 2);
    holds::<TimeDelta>(b.lent_for() / 2 + day);
    holds::<TimeDelta>(b.pages() * b.lent_for());
    holds::<TimeDelta>(b.published() - NaiveDate::MIN);
    assert_eq!(
        show(&(b.published() - b.published()).gt(day)),
        "(interval '1 day' * (published - published)) Gt \
         Interval(Interval { months: 0, days: 1, microseconds: 0 })"
    );
}

#[test]
fn functions_of_numbers() {
    let b = Book::paths();
    holds::<i32>(b.pages().abs());
    holds::<i16>(b.small().sign());
    holds::<Decimal>(b.price().ceil());
    holds::<f64>(b.weight().floor());
    holds::<f64>(b.rating().round());
    holds::<Option<Decimal>>(b.discount().round_to(2));
    holds::<f64>(b.pages().sqrt());
    holds::<Decimal>(b.price().sqrt().ln().exp());
    holds::<f64>(b.pages().power(2));
    holds::<f64>(b.pages().power(1.5));
    holds::<Option<Decimal>>(b.price().power(b.discount()));
    holds::<f64>(b.pages().log(10));
    holds::<f64>(b.price().sin().atan2(1));
    holds::<i32>(b.pages().modulo(3));
    holds::<String>(b.pages().chr());
    holds::<bool>(b.pages().sqrt().gt(2));
    assert_eq!(show(&b.small().sign()), "SIGN(small)::smallint");
    assert_eq!(show(&b.price().log(10)), "LOG(10d, price)");
    assert_eq!(show(&b.price().round_to(2)), "ROUND(price, 2)");
    assert_eq!(show(&b.pages().power(2)), "POWER(pages, 2f64)");
}
