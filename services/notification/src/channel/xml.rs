//! What a provider answers in XML: the text of one element, found by its path. Document types and entities are refused.

use quick_xml::{Reader, events::Event};

/// Deeper than any answer.
const DEEPEST: usize = 32;

/// The text of every element whose path of local names from the root ends in `path` (such as `return/result`), trimmed;
/// `None` for what is no XML. Never panics.
pub fn texts(xml: &str, path: &str) -> Option<Vec<String>> {
    let wanted: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<(String, String)> = Vec::new();
    let (mut found, mut seen) = (Vec::new(), false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() < DEEPEST => {
                let name = String::from_utf8(start.local_name().as_ref().to_vec()).ok()?;
                open.push((name, String::new()));
                seen = true;
            }
            Event::Start(_) | Event::DocType(_) => return None,
            Event::End(_) => {
                let here = open.iter().rev().map(|(name, _)| name.as_str());
                if open.len() >= wanted.len()
                    && wanted.iter().rev().copied().eq(here.take(wanted.len()))
                {
                    found.push(open.last()?.1.trim().to_owned());
                }
                open.pop();
            }
            Event::Text(text) => say(&mut open, &text.decode().ok()?),
            Event::CData(text) => say(&mut open, &text.decode().ok()?),
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().ok()? {
                    Some(letter) => letter,
                    None => match &*reference {
                        b"lt" => '<',
                        b"gt" => '>',
                        b"amp" => '&',
                        b"apos" => '\'',
                        b"quot" => '"',
                        _ => return None,
                    },
                };
                say(&mut open, letter.encode_utf8(&mut [0; 4]));
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            Event::Eof => return (seen && open.is_empty()).then_some(found),
        }
    }
}

fn say(open: &mut [(String, String)], words: &str) {
    if let Some((_, text)) = open.last_mut() {
        text.push_str(words);
    }
}

/// A text as it stands between tags or in an attribute; what XML cannot hold at all is left out.
pub fn escaped(text: &str) -> String {
    let allowed: String = text
        .chars()
        .filter(|letter| {
            matches!(letter, '\t' | '\n' | '\r')
                || !(letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}'))
        })
        .collect();
    quick_xml::escape::escape(allowed).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_element_is_found_by_the_end_of_its_path() {
        let xml = r#"<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Body><r:resp xmlns:r="y"><return><result> 1 </result><message>a &amp; b<![CDATA[<c>]]></message><none/></return></r:resp></s:Body></s:Envelope>"#;
        assert_eq!(texts(xml, "return/result"), Some(vec!["1".into()]));
        assert_eq!(
            texts(xml, "Envelope/Body/resp/return/message"),
            Some(vec!["a & b<c>".into()])
        );
        assert_eq!(texts(xml, "none"), Some(vec![String::new()]));
        assert_eq!(texts(xml, "Body/result"), Some(vec![]));
        for broken in [
            "",
            "no",
            "<a>",
            "<a></b>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        ] {
            assert_eq!(texts(broken, "a"), None, "{broken}");
        }
        assert_eq!(texts(&"<a>".repeat(100_000), "a"), None);
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(text in "[^\\p{Cc}\u{fffe}\u{ffff}]{0,60}") {
            let xml = format!("<a><b>{}</b></a>", escaped(&text));
            prop_assert_eq!(texts(&xml, "a/b"), Some(vec![text.trim().to_owned()]));
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}") {
            let _ = texts(&text, "a/b");
            let _ = texts(&format!("<a>{}</a>", escaped(&text)), "a");
        }
    }
}
