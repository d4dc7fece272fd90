//! `#[field(validators(…))]`: ready-made validators by name, and functions of the user's own.

use super::at;
use crate::model::Column;
use crate::model::validators::READY;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Type};

/// ```text
/// || {
///     static VALIDATORS: LazyLock<Vec<FieldValidator>> = LazyLock::new(|| vec![
///         FieldValidator::new::<String, _>(validators::email()),
///         FieldValidator::own::<String, _>(|__v| my_check(__v)),
///     ]);
///     &*VALIDATORS
/// }
/// ```
pub fn list(column: &Column) -> TokenStream {
    let validators = column.validators.iter().map(|expr| validator(expr, &column.inner));
    quote!(|| {
        static __VALIDATORS: ::std::sync::LazyLock<::std::vec::Vec<__orm::FieldValidator>> =
            ::std::sync::LazyLock::new(|| ::std::vec![#(#validators),*]);
        &*__VALIDATORS
    })
}

fn validator(expr: &Expr, ty: &Type) -> TokenStream {
    let span = at(expr.span());
    if let Some(ready) = ready(expr) {
        return quote_spanned!(span=> __orm::FieldValidator::new::<#ty, _>(#ready));
    }
    match expr {
        Expr::Path(path) if !is_type(&path.path) => {
            quote_spanned!(span=> __orm::FieldValidator::own::<#ty, _>(|__v| #expr(__v)))
        }
        Expr::Struct(_) | Expr::Path(_) => {
            quote_spanned!(span=> __orm::FieldValidator::new::<#ty, _>(#expr))
        }
        Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if is_type(&path.path)) => {
            quote_spanned!(span=> __orm::FieldValidator::new::<#ty, _>(#expr))
        }
        _ => quote_spanned!(span=> __orm::FieldValidator::own::<#ty, _>(#expr)),
    }
}

/// A ready-made validator with its path; none where the expression begins with something else.
fn ready(expr: &Expr) -> Option<TokenStream> {
    match expr {
        Expr::Path(_) => {
            let function = function(expr)?;
            Some(quote!(#function()))
        }
        Expr::Call(call) => {
            let function = function(&call.func)?;
            // `items(email)`: a validator inside of another one.
            let arguments = call.args.iter().map(|argument| match ready(argument) {
                Some(ready) => ready,
                None => quote!(#argument),
            });
            Some(quote!(#function(#(#arguments),*)))
        }
        Expr::MethodCall(call) => {
            let receiver = ready(&call.receiver)?;
            let (method, arguments) = (&call.method, &call.args);
            Some(quote!(#receiver.#method(#arguments)))
        }
        _ => None,
    }
}

fn function(expr: &Expr) -> Option<TokenStream> {
    let Expr::Path(path) = expr else { return None };
    let name: &Ident = path.path.get_ident()?;
    READY.contains(&name.to_string().as_str()).then(|| {
        let name = Ident::new(&name.to_string(), at(name.span()));
        quote!(__orm::validators::#name)
    })
}

/// A path whose last name begins with a capital letter.
fn is_type(path: &Path) -> bool {
    let last = path.segments.last().map(|segment| segment.ident.to_string());
    last.is_some_and(|name| name.starts_with(char::is_uppercase))
}
