//! Repetition over tuple sizes, over what metadata may say, and of what is a mistake.

/// Calls a macro with type names for tuples of 1 to 16.
macro_rules! tuples {
    ($m:ident) => {
        tuples_to_15!($m);
        $m!(A B C D E F G H I J K L N O P Q);
    };
}

/// Calls a macro with type names for tuples of 1 to 15.
macro_rules! tuples_to_15 {
    ($m:ident) => {
        $m!(A);
        $m!(A B);
        $m!(A B C);
        $m!(A B C D);
        $m!(A B C D E);
        $m!(A B C D E F);
        $m!(A B C D E F G);
        $m!(A B C D E F G H);
        $m!(A B C D E F G H I);
        $m!(A B C D E F G H I J);
        $m!(A B C D E F G H I J K);
        $m!(A B C D E F G H I J K L);
        $m!(A B C D E F G H I J K L N);
        $m!(A B C D E F G H I J K L N O);
        $m!(A B C D E F G H I J K L N O P);
    };
}

/// Calls a macro with two type names for each element of tuples of 1 to 16.
macro_rules! tuples_of_pairs {
    ($m:ident) => {
        $m!(A KA);
        $m!(A KA B KB);
        $m!(A KA B KB C KC);
        $m!(A KA B KB C KC D KD);
        $m!(A KA B KB C KC D KD E KE);
        $m!(A KA B KB C KC D KD E KE F KF);
        $m!(A KA B KB C KC D KD E KE F KF G KG);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL N KN);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL N KN O KO);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL N KN O KO P KP);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL N KN O KO P KP Q KQ);
        $m!(A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ L KL N KN O KO P KP Q KQ S KS);
    };
}

/// Calls a macro with type names for the tuples that keys can be: of 2 to 8.
macro_rules! key_tuples {
    ($m:ident) => {
        $m!(A B);
        $m!(A B C);
        $m!(A B C D);
        $m!(A B C D E);
        $m!(A B C D E F);
        $m!(A B C D E F G);
        $m!(A B C D E F G H);
    };
}

/// Constant methods for what metadata may say, each named like the field that it sets.
macro_rules! says {
    ($of:ty { $($name:ident($($value:ident: $type:ty)?) => $set:expr;)* }) => {
        impl $of {
            $(
                #[doc = concat!("Sets [`", stringify!($name), "`](#structfield.", stringify!($name), ").")]
                #[must_use]
                pub const fn $name(mut self $(, $value: $type)?) -> Self {
                    self.$name = $set;
                    self
                }
            )*
        }
    };
}

/// Traits that nothing implements: bounds of what is a mistake, each with the words for it, either as
/// message, label and note or as attributes.
macro_rules! mistakes {
    ($($name:ident $message:literal $label:literal $(note $note:literal)?;)*) => {
        mistakes! {$(
            #[diagnostic::on_unimplemented(message = $message, label = $label $(, note = $note)?)]
            $name;
        )*}
    };
    ($($(#[$attr:meta])* $name:ident;)*) => {$(
        $(#[$attr])*
        #[doc(hidden)]
        pub trait $name {
            /// Nothing: what a call gives is open, so that the calls around it give no errors.
            type Is;
            /// Cannot be called.
            fn never() -> Self::Is;
        }
    )*};
}
