//! Whether a query selects what the fields of a view are.

use crate::column::Column;
use crate::expr::NullFits;

/// A row that has a value for each of some fields, whose types are the list `L`: `(A, (B, ()))`.
#[diagnostic::on_unimplemented(
    message = "the query of a view selects what its model has, and this one selects `{Self}`",
    label = "expected a value for each field, in their order",
    note = "`values(|b| (b.author().id(), b.pages().sum()))` selects two columns; the fields are `{L}`"
)]
pub trait ViewRow<L> {}

/// A value that can stand in a field of `F`.
#[diagnostic::on_unimplemented(
    message = "the query of a view selects `{Self}` for a field of `{F}`",
    label = "the types are not the same",
    note = "`.cast::<…>()` makes an expression another type, and `coalesce((…, 0))` one that is never NULL"
)]
pub trait ViewValue<F> {}

#[diagnostic::do_not_recommend]
impl<T: Column, F: Column<Inner = T::Inner>> ViewValue<F> for T where (F::Null, T::Null): NullFits {}

#[diagnostic::do_not_recommend]
impl<T: ViewValue<F>, F> ViewRow<(F, ())> for T {}

macro_rules! list {
    () => { () };
    ($first:ident $($rest:ident)*) => { ($first, list!($($rest)*)) };
}

macro_rules! view_rows {
    ($($($value:ident $field:ident),+;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($value: ViewValue<$field>, $field),+> ViewRow<list!($($field)+)> for ($($value,)+) {}
    )*};
}
view_rows! {
    A Fa, B Fb;
    A Fa, B Fb, C Fc;
    A Fa, B Fb, C Fc, D Fd;
    A Fa, B Fb, C Fc, D Fd, E Fe;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk, L Fl;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk, L Fl, M Fm;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk, L Fl, M Fm, N Fn;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk, L Fl, M Fm, N Fn, O Fo;
    A Fa, B Fb, C Fc, D Fd, E Fe, F Ff, G Fg, H Fh, I Fi, J Fj, K Fk, L Fl, M Fm, N Fn, O Fo, P Fp;
}
