//! A PDF without its author: no information dictionary, no XMP, nothing that programs keep for themselves, and no EXIF in the
//! photos on its pages.

use contracts::Refused;
use lopdf::Object;

use super::jpeg;
use crate::{domain::unreadable, pages_of::open_pdf};

/// Keys that tell about makers and times.
const TAKEN_OUT: [&[u8]; 3] = [b"Metadata", b"PieceInfo", b"LastModified"];

/// The PDF written anew without them.
pub fn bare(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut document = open_pdf(bytes)?;
    if let Some(Object::Reference(info)) = document.trailer.remove(b"Info") {
        document.objects.remove(&info);
    }
    let mut told = Vec::new();
    for object in document.objects.values_mut() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => {
                let is_photo = stream
                    .filters()
                    .is_ok_and(|filters| filters == [b"DCTDecode"]);
                // Which way up a photo lies on a page is the page's matter.
                if is_photo && let Some(photo) = jpeg(&stream.content, false) {
                    stream.set_content(photo);
                }
                &mut stream.dict
            }
            _ => continue,
        };
        let taken = TAKEN_OUT.iter().filter_map(|key| dictionary.remove(key));
        told.extend(taken.filter_map(|value| value.as_reference().ok()));
    }
    for id in told {
        document.objects.remove(&id);
    }
    let mut file = Vec::with_capacity(bytes.len());
    document.save_to(&mut file).map_err(|_| unreadable())?;
    Ok(file)
}
