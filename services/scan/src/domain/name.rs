//! File names as strangers send them, made safe to keep and to hand out again.

use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::MediaType;

/// Longest stem kept, in characters.
const LONGEST: usize = 100;

/// A file name without folders, control characters or a false ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Makes a name of what the sender wrote, with the ending of what the file really is.
    pub fn of(sent: Option<&str>, kind: MediaType) -> Self {
        let last = sent
            .unwrap_or_default()
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default();
        let clean: String = last
            .nfc()
            .map(|c| if harmless(c) { c } else { ' ' })
            .collect();
        let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        let stem = match words.rsplit_once('.') {
            Some((stem, ending)) if is_ending(ending) => stem,
            _ => &words,
        };
        let stem: String = stem
            .trim_matches(['.', ' '])
            .chars()
            .take(LONGEST)
            .collect();
        let stem = stem.trim_end_matches(['.', ' ']);
        let stem = if stem.is_empty() { "giay-to" } else { stem };
        Self(format!("{stem}.{}", kind.ending()))
    }

    /// A name that was made by [`FileName::of`] and kept.
    pub const fn kept(name: String) -> Self {
        Self(name)
    }

    /// The name as it is kept and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The header value that makes a browser save the file under this name (RFC 6266): plain ASCII for the old ones,
    /// UTF-8 for the rest.
    pub fn content_disposition(&self) -> String {
        let mut plain = String::new();
        for c in procedure::unaccented(&self.0) {
            plain.push(match c {
                ' '..='~' if !matches!(c, '"' | '\\' | '%') => c,
                _ => '_',
            });
        }
        let mut full = String::new();
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
                full.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(full, "%{byte:02X}");
            }
        }
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
    }
}

/// Whether the part behind the last dot is an ending and not part of a title such as `Mẫu 01.2026`.
fn is_ending(part: &str) -> bool {
    (1..=5).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && part.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Letters, digits and plain punctuation; no control, no direction marks, nothing that a file system or a header minds.
fn harmless(c: char) -> bool {
    c.is_alphanumeric()
        || is_combining_mark(c)
        || matches!(
            c,
            ' ' | '.' | ',' | '-' | '_' | '(' | ')' | '+' | '=' | '&' | '@' | '!' | '\''
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(sent: &str) -> String {
        FileName::of(Some(sent), MediaType::Jpeg).0
    }

    #[test]
    fn the_ending_tells_what_the_file_is() {
        assert_eq!(named("tờ khai.PDF"), "tờ khai.jpg");
        assert_eq!(named("anh"), "anh.jpg");
        assert_eq!(named("Mẫu 01.2026"), "Mẫu 01.2026.jpg");
        assert_eq!(named("virus.exe.jpg"), "virus.exe.jpg");
    }

    #[test]
    fn folders_and_tricks_are_dropped() {
        assert_eq!(named("../../etc/passwd"), "passwd.jpg");
        assert_eq!(named("C:\\Users\\Dụ\\khai sinh.jpeg"), "khai sinh.jpg");
        assert_eq!(named("a\r\nSet-Cookie: x\".jpg"), "a Set-Cookie x.jpg");
        assert_eq!(named("gpj\u{202E}exe.jpg"), "gpj exe.jpg");
        assert_eq!(named("..."), "giay-to.jpg");
        assert_eq!(FileName::of(None, MediaType::Pdf).as_str(), "giay-to.pdf");
    }

    #[test]
    fn a_download_keeps_its_vietnamese_name() {
        insta::assert_snapshot!(
            FileName::of(Some("Đơn của Dụ.pdf"), MediaType::Pdf).content_disposition(),
            @r#"attachment; filename="Don cua Du.pdf"; filename*=UTF-8''%C4%90%C6%A1n%20c%E1%BB%A7a%20D%E1%BB%A5.pdf"#
        );
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_safe_one(sent in any::<String>()) {
            let name = FileName::of(Some(&sent), MediaType::Png);
            prop_assert!(name.as_str().rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && ending == "png"));
            prop_assert!(name.as_str().chars().count() <= LONGEST + 4);
            prop_assert!(!name.as_str().starts_with('.'));
            prop_assert!(!name.as_str().contains(['/', '\\', '"', '\n', '\r', '\0']));
            prop_assert_eq!(FileName::of(Some(name.as_str()), MediaType::Png), name.clone());
            prop_assert!(name.content_disposition().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
