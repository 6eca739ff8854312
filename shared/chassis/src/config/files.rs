//! Values from files: `NAME_FILE` names a file that holds the value of `NAME`, as container platforms mount secrets.

use std::{
    fs::File,
    io::{self, Read},
};

use super::{Error, Variables};

/// What a variable's name ends in when its value stands in a file.
const SUFFIX: &str = "_FILE";
/// The most bytes of a value.
const MOST: u64 = 65_536;

/// The variables, with those that name files replaced by what the files hold, a line's end at the end aside. `own` says which
/// names are keys as they stand, whatever they end in. A name given both ways, and a file that cannot be read or is no text
/// of at most 64 KiB, are refused; what a file holds is never repeated.
pub(super) fn filled_in(
    part: &str,
    variables: Variables,
    own: impl Fn(&str) -> bool,
) -> Result<Variables, Error> {
    let named = |name: &str| -> Option<String> {
        let plain = name.strip_suffix(SUFFIX)?;
        (!own(name) && !plain.is_empty()).then(|| plain.to_owned())
    };
    let mut filled = Variables::new();
    for (name, value) in &variables {
        let Some(plain) = named(name) else {
            filled.entry(name.clone()).or_insert_with(|| value.clone());
            continue;
        };
        if value.is_empty() {
            continue;
        }
        if variables.get(&plain).is_some_and(|given| !given.is_empty()) {
            let both = format!("{plain} and {name} are both set: keep one");
            return Err(Error::new(part, both));
        }
        let held = read(value).map_err(|error| Error::new(part, format!("{name}: {error}")))?;
        filled.insert(plain, held);
    }
    Ok(filled)
}

/// The text of a small regular file: no device or pipe is waited for.
fn read(path: &str) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    let read = File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if read as u64 > MOST {
        return Err(io::Error::other("it holds more than 64 KiB"));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pairs: &[(&str, &str)]) -> Result<Variables, String> {
        let variables = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        filled_in("a part", variables.collect(), |name| {
            name == "PASSWORD_FILE"
        })
        .map_err(|error| error.to_string())
    }

    fn file(text: impl AsRef<[u8]>) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        (folder, path.to_string_lossy().into_owned())
    }

    #[test]
    fn a_file_holds_the_value_without_the_line_s_end() {
        let (_folder, path) = file("  s3cret \r\n");
        let filled = filled(&[
            ("A__KEY_FILE", &path),
            ("A__KEY", ""),
            ("B", "b"),
            ("PASSWORD_FILE", "/somewhere"),
            ("C_FILE", ""),
        ])
        .unwrap();
        let all: Vec<_> = filled
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                ("A__KEY", "  s3cret "),
                ("B", "b"),
                ("PASSWORD_FILE", "/somewhere")
            ]
        );
    }

    #[test]
    fn a_value_given_twice_or_a_file_that_is_none_is_refused_by_name() {
        let (_folder, path) = file("s3cret");
        let both = filled(&[("KEY", "other"), ("KEY_FILE", &path)]).unwrap_err();
        assert!(both.contains("KEY and KEY_FILE are both set"), "{both}");
        let (_large, large) = file("s3cret ".repeat(10_000));
        let (_bytes, bytes) = file([0x73, 0xff]);
        let gone = format!("{path}.gone");
        for (path, why) in [
            (gone.as_str(), "No such file"),
            ("/", "no regular file"),
            (&large, "more than 64 KiB"),
            (&bytes, "UTF-8"),
        ] {
            let refused = filled(&[("KEY_FILE", path)]).unwrap_err();
            assert!(refused.contains("KEY_FILE"), "{refused}");
            assert!(refused.contains(why), "{refused}");
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }
}
