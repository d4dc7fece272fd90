//! `#[derive(Subclasses)]`: an enum of a model's rows, by the models that extend it.

use crate::errors::Errors;
use crate::model::types;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Type, Variant};

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let Data::Enum(data) = &input.data else {
        let message = "`#[derive(Subclasses)]` needs an enum with a variant for each model: \
                       `enum Content { Thread(Thread), Post(Post), Plain(Entry) }`";
        errors.at(input.ident.span(), message);
        return TokenStream::new();
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "an enum of models cannot have parameters";
        errors.push(syn::Error::new_spanned(parameter, message));
        return TokenStream::new();
    }
    let variants: Vec<(&Variant, &Type)> = data
        .variants
        .iter()
        .filter_map(|variant| Some((variant, model_of(variant, errors)?)))
        .collect();
    if variants.len() < data.variants.len() {
        return TokenStream::new();
    }
    implement(input, &variants)
}

/// The model whose rows a variant holds, in a box or not.
fn model_of<'a>(variant: &'a Variant, errors: &Errors) -> Option<&'a Type> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let ty = &fields.unnamed.first()?.ty;
            let inside = types::argument(ty, "Box").and_then(|inside| inside.first().copied());
            Some(inside.unwrap_or(ty))
        }
        _ => {
            let message = format!(
                "`{0}` holds the row of a model, and nothing else: `{0}(Model)`",
                variant.ident
            );
            errors.at(variant.ident.span(), message);
            None
        }
    }
}

/// ```text
/// impl Single for Content {}
/// impl<B: Model> WithModel<B> for Content where Thread: KindOf<B>, … {}
/// impl<B: Model> Subclasses<B> for Content where Thread: KindOf<B>, … {
///     const KINDS: &'static [Kind<Self>] = &[Kind::new::<Thread>(|row| Content::Thread(row.into())), …];
/// }
/// ```
fn implement(input: &DeriveInput, variants: &[(&Variant, &Type)]) -> TokenStream {
    let own = &input.ident;
    let bounds = variants.iter().map(|(_, ty)| quote!(#ty: ::orm::private::KindOf<__B>));
    let bounds: Vec<TokenStream> = bounds.collect();
    let kinds = variants.iter().map(|(variant, ty)| {
        let variant = &variant.ident;
        quote!(::orm::private::Kind::new::<#ty>(|reader| {
            let row = <#ty as ::orm::private::Model>::decode(reader)?;
            ::core::result::Result::Ok(#own::#variant(::core::convert::Into::into(row)))
        }))
    });
    quote! {
        impl ::orm::private::Single for #own {}
        #[diagnostic::do_not_recommend]
        impl<__B: ::orm::private::Model> ::orm::private::WithModel<__B> for #own
        where
            #(#bounds),*
        {
        }
        impl<__B: ::orm::private::Model> ::orm::private::Subclasses<__B> for #own
        where
            #(#bounds),*
        {
            const KINDS: &'static [::orm::private::Kind<Self>] = &[#(#kinds),*];
        }
    }
}
