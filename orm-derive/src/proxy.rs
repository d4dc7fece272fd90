//! `#[derive(Model)] #[model(proxy = Book)] struct OldBook(Book);`: another model over the rows of the
//! first, with its own ordering, managers and methods.

use crate::attr::index::Item;
use crate::attr::{self, At};
use crate::errors::Errors;
use crate::expand;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Path, Visibility};

/// `#[model(proxy = …)]`; its form is looked at later.
pub fn is_one(input: &DeriveInput) -> bool {
    let attrs = input.attrs.iter().filter(|attribute| attribute.path().is_ident("model"));
    let mut lists = attrs.filter_map(|attribute| attribute.meta.require_list().ok());
    lists.any(|list| {
        let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
        tokens.windows(2).any(|two| match two {
            [TokenTree::Ident(name), TokenTree::Punct(after)] => {
                name == "proxy" && after.as_char() == '='
            }
            _ => false,
        })
    })
}

/// A proxy as the derive understands it.
struct Proxy<'a> {
    own: &'a Ident,
    vis: &'a Visibility,
    /// The model that it is a proxy of.
    first: Path,
    ordering: Vec<Item>,
    managers: Vec<(Ident, syn::Expr)>,
}

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    match describe(input, errors) {
        Some(proxy) => proxy.expand(),
        None => expand::stub(input),
    }
}

fn describe<'a>(input: &'a DeriveInput, errors: &Errors) -> Option<Proxy<'a>> {
    let mut attrs = attr::model::parse(&input.attrs, errors);
    let At { value: first, .. } = attrs.proxy.take()?;
    attrs.only_proxy(errors);
    let name = first.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    let own = &input.ident;
    let held = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
            _ => None,
        },
        _ => None,
    };
    let Some(held) = held.filter(|_| input.generics.params.is_empty()) else {
        let message = format!(
            "a proxy has no fields of its own; it is a newtype of the first model: \
             `pub struct {own}(pub {name});`"
        );
        errors.at(own.span(), message);
        return None;
    };
    if held.ty.to_token_stream().to_string() != first.to_token_stream().to_string() {
        let message = format!("a proxy of `{name}` holds one: `pub struct {own}(pub {name});`");
        errors.push(syn::Error::new_spanned(&held.ty, message));
        return None;
    }
    Some(Proxy {
        own,
        vis: &input.vis,
        first,
        ordering: attrs.ordering,
        managers: attrs.managers.unwrap_or_default(),
    })
}

impl Proxy<'_> {
    /// ```text
    /// pub struct OldBookFields<R, K>(BookFields<R, K>);
    /// const _: () = { impl Model for OldBook { type First = Book; … } … };
    /// ```
    fn expand(&self) -> TokenStream {
        let Proxy { own, vis, first, .. } = self;
        let paths = format_ident!("{own}Fields", span = own.span());
        let first_paths = self.first_paths();
        let doc = format!("The fields of [`{own}`], as the closures of its queries see them.");
        let (model, conversions) = (self.model(&paths), self.conversions());
        let (managers, drafts) = (self.managers(), self.drafts());
        let accessors = quote! {
            impl<__R, __K> __orm::Accessors for #paths<__R, __K> {
                type Model = #own;
                fn at(path: __orm::PathBuf) -> Self {
                    #paths(__orm::Accessors::at(path))
                }
                fn path(&self) -> &__orm::PathBuf {
                    __orm::Accessors::path(&self.0)
                }
            }
            impl<__R, __K> ::core::ops::Deref for #paths<__R, __K> {
                type Target = #first_paths<__R, __K>;
                fn deref(&self) -> &Self::Target {
                    &self.0
                }
            }
        };
        let elements = quote!(__orm::elements!(#own, <#first as __orm::Model>::Pk););
        quote! {
            #[doc = #doc]
            #vis struct #paths<R, K>(#first_paths<R, K>);
            #[allow(clippy::all, missing_docs, unused_qualifications, unreachable_pub)]
            #[allow(private_bounds, private_interfaces, dead_code)]
            const _: () = {
                use ::orm::private as __orm;
                impl __orm::Single for #own {}
                impl __orm::KindOf<#own> for #own {}
                #elements
                #model
                #accessors
                #conversions
                #managers
                #drafts
            };
        }
    }

    /// `people::BookFields`
    fn first_paths(&self) -> Path {
        let mut fields = self.first.clone();
        if let Some(last) = fields.segments.last_mut() {
            last.ident = format_ident!("{}Fields", last.ident, span = last.ident.span());
        }
        fields
    }

    /// Everything but the type is that of the first model.
    fn model(&self, paths: &Ident) -> TokenStream {
        let (own, first) = (self.own, &self.first);
        let itself = quote!(<#first as __orm::Model>);
        let (rows, (base, default)) = (rows_of_first(first), self.queries());
        quote! {
            #[diagnostic::do_not_recommend]
            impl __orm::Model for #own {
                type Fields<R: __orm::Model, K: __orm::Cardinality> = #paths<R, K>;
                type Pk = #itself::Pk;
                type First = #itself::First;
                const FIELDS: &'static [__orm::FieldMeta] = #itself::FIELDS;
                type DraftFields = #itself::DraftFields;
                type Required = #itself::Required;
                fn draft_fields() -> Self::DraftFields {
                    #itself::draft_fields()
                }
                fn meta() -> &'static __orm::ModelMeta {
                    #itself::meta()
                }
                fn pk(&self) -> Self::Pk {
                    #itself::pk(&self.0)
                }
                fn held(&self, place: usize) -> __orm::InRow<'_> {
                    #itself::held(&self.0, place)
                }
                fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                    ::core::result::Result::map(#itself::decode(reader), #own)
                }
                fn clean_row(&mut self, errors: &mut __orm::Errors) {
                    #itself::clean_row(&mut self.0, errors)
                }
                #rows
                #base
                #default
            }
        }
    }

    /// The query of all rows, and that of the default manager.
    fn queries(&self) -> (TokenStream, TokenStream) {
        let (own, first) = (self.own, &self.first);
        let items = self.ordering.iter().map(|item| {
            let path = &item.path;
            let direction = Ident::new(if item.desc { "desc" } else { "asc" }, item.span());
            quote!(__m #(.#path())* .#direction())
        });
        let items: Vec<_> = items.collect();
        let by_default = (!items.is_empty())
            .then(|| quote!(.by_default(|| __orm::ordering::<#own, _>(|__m| (#(#items,)*)))));
        let base = quote! {
            fn base_query() -> __orm::Query {
                <#first as __orm::Model>::base_query() #by_default
            }
        };
        let default = match self.managers.first() {
            Some((_, manager)) => quote!(__orm::Manager::<Self>::queryset(&#manager).into()),
            None => quote!(<#first as __orm::Model>::default_query() #by_default),
        };
        (base, quote!(fn default_query() -> __orm::Query { #default }))
    }

    /// A row of one is a row of the other.
    fn conversions(&self) -> TokenStream {
        let (own, first) = (self.own, &self.first);
        quote! {
            impl ::core::ops::Deref for #own {
                type Target = #first;
                fn deref(&self) -> &#first {
                    &self.0
                }
            }
            impl ::core::ops::DerefMut for #own {
                fn deref_mut(&mut self) -> &mut #first {
                    &mut self.0
                }
            }
            impl ::core::convert::From<#first> for #own {
                fn from(row: #first) -> Self {
                    #own(row)
                }
            }
            impl ::core::convert::From<#own> for #first {
                fn from(row: #own) -> Self {
                    row.0
                }
            }
        }
    }

    fn managers(&self) -> TokenStream {
        let (own, vis) = (self.own, self.vis);
        let managers = self.managers.iter().map(|(name, manager)| {
            let doc = format!("The rows of the manager `{name}`.");
            quote! {
                #[doc = #doc]
                #vis fn #name() -> __orm::QuerySet<#own> {
                    __orm::Manager::<#own>::queryset(&#manager)
                }
            }
        });
        let managers: TokenStream = managers.collect();
        if managers.is_empty() { managers } else { quote!(impl #own { #managers }) }
    }

    /// What drafts need is what those of the first model need.
    fn drafts(&self) -> TokenStream {
        let (own, first) = (self.own, &self.first);
        quote! {
            impl<__G> __orm::Requires<__G> for #own where #first: __orm::Requires<__G> {}
            #[diagnostic::do_not_recommend]
            impl __orm::HasLatest for #own where for<'__a> #first: __orm::HasLatest {}
        }
    }
}

/// The row of the first model, and those that it extends.
fn rows_of_first(first: &Path) -> TokenStream {
    let itself = quote!(<#first as __orm::Model>);
    let any = quote!((dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync));
    let (model, option) = (quote!(&'static __orm::ModelMeta), quote!(::core::option::Option));
    quote! {
        fn part(&self, model: #model) -> #option<&#any> {
            #itself::part(&self.0, model)
        }
        fn part_mut(&mut self, model: #model) -> #option<&mut #any> {
            #itself::part_mut(&mut self.0, model)
        }
        fn first_row(&self) -> &#any {
            #itself::first_row(&self.0)
        }
        fn first_row_mut(&mut self) -> &mut #any {
            #itself::first_row_mut(&mut self.0)
        }
    }
}
