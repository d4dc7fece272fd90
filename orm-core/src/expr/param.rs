//! Parameters of SQL of the user's own.

use crate::column::Column;
use crate::ir::Node;
use orm_sql::value::{SqlType, SqlValue};

/// A parameter of raw SQL; made by `params!`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param(pub(crate) SqlValue, pub(crate) SqlType);

impl Param {
    /// A value with the type that its Rust type has.
    pub fn new<T: IntoParam>(value: T) -> Self {
        value.into_param()
    }

    /// Parameters as nodes.
    pub(crate) fn nodes(params: Vec<Param>) -> Vec<Node> {
        params.into_iter().map(|Param(value, ty)| Node::Value(value, ty)).collect()
    }
}

/// What `params!` takes: values of column types, and text in all its forms.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter",
    label = "expected a value of a column type"
)]
pub trait IntoParam {
    /// The value with its type.
    fn into_param(self) -> Param;
}

#[diagnostic::do_not_recommend]
impl<T: Column> IntoParam for T {
    fn into_param(self) -> Param {
        Param(self.into_value(), T::SQL_TYPE)
    }
}

macro_rules! texts {
    ($([$($generics:tt)*] $text:ty, |$v:ident| $owned:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> IntoParam for $text {
            fn into_param(self) -> Param {
                let $v = self;
                Param::new($owned)
            }
        }
    )*};
}
texts! {
    [] &String, |text| text.clone();
    [] &str, |text| text.to_owned();
    [] Option<&str>, |text| text.map(str::to_owned);
    [] Vec<&str>, |texts| owned(&texts);
    [] &[&str], |texts| owned(texts);
    [const N: usize] [&str; N], |texts| owned(&texts);
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(str::to_owned).collect()
}

/// The parameters of raw SQL, for `$1`, `$2`, ….
///
/// ```
/// let name = String::from("x");
/// let params = orm_core::params![name, 5, Some(2.5)];
/// assert_eq!(params.len(), 3);
/// ```
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        ::std::vec::Vec::<$crate::expr::Param>::from([$($crate::expr::Param::new($value)),*])
    };
}
