//! Names of files: what is left of those that people send, and how they stay apart.

use orm_sql::error::{Error, Result};
use uuid::Uuid;

/// What is left of a name: spaces become `_`, and what is no letter, digit, `-`, `_` or `.` goes.
///
/// # Errors
///
/// [`Error::Usage`] where nothing is left.
pub fn valid_name(name: &str) -> Result<String> {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.trim().replace(' ', "_").chars().filter(kept).collect();
    match name.as_str() {
        "" | "." | ".." => Err(Error::usage("an uploaded file has no usable name")),
        _ => Ok(name),
    }
}

/// The last part of a path of any system.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A path as storages take it: relative, without `.`, empty and `..` parts, its last part valid.
pub(crate) fn path(path: &str) -> Result<String> {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if path.starts_with('/') || parts.contains(&"..") {
        let message =
            "`upload_to` leads out of the storage: it must be a relative path without `..`";
        return Err(Error::usage(message));
    }
    let name = valid_name(parts.pop().unwrap_or_default())?;
    parts.push(&name);
    Ok(parts.join("/"))
}

/// Another name for the same file: `photo.jpg` becomes `photo_x7Gh2kQ.jpg`, cut to a length.
pub(crate) fn another(path: &str, longest: Option<usize>) -> Result<String> {
    let (directory, name) = path.rsplit_once('/').map_or((None, path), |(d, n)| (Some(d), n));
    let (root, extension) = split(name);
    let mut root = root.to_owned();
    let directory = directory.map_or_else(String::new, |directory| format!("{directory}/"));
    let random = random();
    let fixed = directory.chars().count() + extension.chars().count() + random.len() + 1;
    if let Some(longest) = longest {
        let room = longest.checked_sub(fixed).filter(|room| *room > 0).ok_or_else(too_long)?;
        root = root.chars().take(room).collect();
    }
    Ok(format!("{directory}{root}_{random}{extension}"))
}

fn too_long() -> Error {
    Error::usage("the name of an uploaded file does not fit its column: give it more `max_length`")
}

/// A name and all of its endings: `a.tar.gz` is `a` and `.tar.gz`.
fn split(name: &str) -> (&str, &str) {
    let hidden = name.len() - name.trim_start_matches('.').len();
    match name[hidden..].find('.') {
        Some(dot) if !name.ends_with('.') => name.split_at(hidden + dot),
        _ => (name, ""),
    }
}

/// Seven letters and digits.
fn random() -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut number = Uuid::new_v4().as_u128();
    let mut letter = || {
        let place = usize::try_from(number % 62).unwrap_or_default();
        number /= 62;
        LETTERS.get(place).copied().map_or('a', char::from)
    };
    (0..7).map(|_| letter()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_valid() {
        assert_eq!(
            valid_name("john's portrait in 2004.jpg").unwrap(),
            "johns_portrait_in_2004.jpg"
        );
        assert_eq!(valid_name(" größe.png ").unwrap(), "größe.png");
        for bad in ["", "..", ".", "///", "?"] {
            assert!(valid_name(bad).is_err(), "{bad}");
        }
        assert_eq!(base("C:\\Users\\me\\a.jpg"), "a.jpg");
        assert_eq!(base("../../etc/passwd"), "passwd");
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(path("a//b/./c d.jpg").unwrap(), "a/b/c_d.jpg");
        for bad in ["/a.jpg", "a/../b.jpg", "..\\b.jpg", "a/..", ""] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_name_keeps_its_endings_and_fits() {
        let name = another("a/b.tar.gz", Some(100)).unwrap();
        assert!(name.starts_with("a/b_") && name.ends_with(".tar.gz"), "{name}");
        assert_eq!(name.len(), "a/b_1234567.tar.gz".len());
        assert_eq!(another("photograph.jpg", Some(14)).unwrap().len(), 14);
        assert!(another("photo.jpg", Some(12)).is_err());
        assert!(another(".hidden", None).unwrap().starts_with(".hidden_"));
        assert_ne!(another("a.b", None).unwrap(), another("a.b", None).unwrap());
    }
}
