//! `migrations!()`: the files of a folder as a part of the program.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::fs;
use std::path::Path;
use syn::LitStr;

/// ```text
/// Embedded::new("…/migrations", &[("library/0001_initial.toml", include_str!("…"))])
/// ```
pub fn expand(path: Option<&LitStr>) -> syn::Result<TokenStream> {
    let span = path.map_or_else(Span::call_site, LitStr::span);
    let package = std::env::var("CARGO_MANIFEST_DIR")
        .map_err(|_| syn::Error::new(span, "this is not built by cargo"))?;
    let folder = path.map_or_else(|| "migrations".to_owned(), LitStr::value);
    let folder = Path::new(&package).join(folder);
    let mut files = Vec::new();
    collect(&folder, "", &mut files)
        .map_err(|error| syn::Error::new(span, format!("{}: {error}", folder.display())))?;
    let files = files.iter().map(|(within, path)| quote!((#within, include_str!(#path))));
    let folder = folder.to_string_lossy();
    if files.len() == 0 {
        // Nothing is there that would change; `makemigrations` touches this when it writes the first one.
        let manifest = Path::new(&package).join("Cargo.toml");
        let manifest = manifest.to_string_lossy();
        return Ok(quote!({
            const _: &[u8] = include_bytes!(#manifest);
            ::orm::migrate::Embedded::new(#folder, &[])
        }));
    }
    Ok(quote!(::orm::migrate::Embedded::new(#folder, &[#(#files),*])))
}

/// The files beneath a folder: their paths within it, and as they are. `include_str!` of them has the
/// program built again when they change; `head` and `apps` change with every file that comes.
fn collect(folder: &Path, within: &str, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        let (Some(name), Some(text)) =
            (path.file_name().and_then(|name| name.to_str()), path.to_str())
        else {
            continue;
        };
        let within = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        let belongs = matches!(name, "head" | "apps");
        if path.is_dir() {
            collect(&path, &within, files)?;
        } else if belongs || name.ends_with(".toml") || name.ends_with(".sql") {
            files.push((within, text.to_owned()));
        }
    }
    Ok(())
}
