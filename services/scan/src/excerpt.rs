//! Pages of a PDF as a PDF of their own: what is on them is not touched. Called in a worker only.

use contracts::Refused;
use lopdf::Document;

use crate::domain::unreadable;

/// Pages `first` to `last` (from 1) of a PDF.
pub fn excerpt(file: &[u8], first: u32, last: u32) -> Result<Vec<u8>, Refused> {
    let mut document = Document::load_mem(file).map_err(|_| unreadable())?;
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    if first > last || !pages.contains(&first) || !pages.contains(&last) {
        return Err(unreadable());
    }
    let others: Vec<u32> = pages
        .into_iter()
        .filter(|page| !(first..=last).contains(page))
        .collect();
    // What leads to places in the document leads nowhere in a part of it.
    if let Ok(catalog) = document.catalog_mut() {
        for key in ["Outlines", "Dests", "Names", "PageLabels", "StructTreeRoot"] {
            catalog.remove(key.as_bytes());
        }
    }
    document.delete_pages(&others);
    document.prune_objects();
    let mut written = Vec::new();
    document.save_to(&mut written).map_err(|_| unreadable())?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_pages_of_a_stack_are_a_file_of_their_own() {
        let file = include_bytes!("../../../examples/to-khai-trich-luc.pdf");
        let pages = |file: &[u8]| Document::load_mem(file).unwrap().get_pages().len();
        assert_eq!(pages(file), 2);
        for (first, last) in [(1, 1), (2, 2), (1, 2)] {
            let part = excerpt(file, first, last).unwrap();
            assert_eq!(pages(&part), usize::from(first != last) + 1);
        }
        let text = |number: u32| {
            let part = excerpt(file, number, number).unwrap();
            Document::load_mem(&part)
                .unwrap()
                .extract_text(&[1])
                .unwrap()
        };
        let whole = Document::load_mem(file).unwrap();
        assert_eq!(text(2), whole.extract_text(&[2]).unwrap());
        for (first, last) in [(0, 1), (1, 3), (3, 3), (2, 1)] {
            assert!(excerpt(file, first, last).is_err());
        }
        assert!(excerpt(b"%PDF-1.7", 1, 1).is_err());
    }
}
