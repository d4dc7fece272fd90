//! Files in stores of the crate `object_store`: `cargo test --features files --test files`.

#[path = "seeds/s1_files.rs"]
mod s1_files;
#[allow(dead_code, unused_macros)]
mod support;

/// What an API's clients send must not choose among the files of the store.
#[test]
fn json_brings_uploads_and_no_names() {
    use orm::File;

    #[derive(Debug, serde::Deserialize)]
    struct Form {
        #[serde(default)]
        photo: Option<File>,
    }
    let read = |json: &str| serde_json::from_str::<Form>(json);
    for json in [r#"{"photo": "others/secret.pdf"}"#, r#"{"photo": ""}"#, r#"{"photo": 5}"#] {
        let error = read(json).expect_err("a name").to_string();
        assert!(error.contains("an upload, with `name` and `content`"), "{error}");
        assert!(error.contains("by_name") && !error.contains("secret"), "{error}");
    }
    assert!(read("{}").expect("none").photo.is_none());
    assert!(read(r#"{"photo": null}"#).expect("none").photo.is_none());
    let upload = read(r#"{"photo": {"name": "../a.txt", "content": [104, 105]}}"#);
    let upload = upload.expect("an upload").photo.expect("a file");
    assert_eq!((upload.name(), upload.is_stored()), ("a.txt", false));

    #[derive(Debug, serde::Deserialize, serde::Serialize)]
    struct Dump {
        #[serde(with = "orm::files::by_name")]
        photo: File,
    }
    let dump: Dump = serde_json::from_str(r#"{"photo": "a/b.txt"}"#).expect("a name");
    assert_eq!((dump.photo.name(), dump.photo.is_stored()), ("a/b.txt", true));
    assert_eq!(serde_json::to_string(&dump).expect("JSON"), r#"{"photo":"a/b.txt"}"#);
}
