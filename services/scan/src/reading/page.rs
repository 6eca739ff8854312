//! One page: made right, read, both ways up where need be, its codes and zone too, shown small, and kept for the archive.

use std::{io, path::Path};

use contracts::Refused;
use image::RgbImage;
use tokio::task::spawn_blocking;

mod strip;

use super::Reader;
use crate::{
    archive::{Picture, Sheet},
    child::Error as Child,
    domain::{Code, Page, Preview, Source, Weight, Word, Zone, unreadable},
    page::{self, Survey, preview},
    picture::{self, Grey},
    tesseract,
};

impl Reader {
    /// Reads a page that was made right; both ways up where it is not certain which is, and keeps the better reading.
    pub(super) async fn page(
        &self,
        folder: &Path,
        made: Made,
        paper: Paper,
    ) -> Result<Read, Child> {
        let read = async |grey: Grey| {
            tesseract::read(
                &self.surroundings,
                folder,
                grey,
                &self.language,
                self.page_time,
            )
            .await
        };
        let Made {
            mut survey,
            mut straight,
            grey,
            mut codes,
        } = made;
        let turned = grey.turned();
        let mut page = read(grey).await?;
        if page.source == Source::Ocr && !survey.is_settled_by(page.confidence) {
            let other = read(turned).await?;
            if sense(&other) > sense(&page) {
                page = other;
                survey = survey.turned();
                for code in &mut codes {
                    code.place = code.place.turned();
                }
                straight = spawn_blocking(move || image::imageops::rotate180(&straight))
                    .await
                    .map_err(|error| Child::Io("image", io::Error::other(error)))?;
            }
        }
        page.codes = codes;
        if let Some(place) = strip::place(&page, straight.dimensions()) {
            let cut = strip::cut(&straight, place);
            let said = tesseract::zone(&self.surroundings, folder, cut, self.page_time).await?;
            page.zone = Zone::find(&said, place);
        }
        // What was read well is not illegible, whatever it looks like.
        for flaw in &mut survey.flaws {
            if flaw.weight == Weight::Unusable && is_legible(&page) {
                flaw.weight = Weight::Advice;
            }
        }
        let (flaws, scale) = (survey.flaws.clone(), survey.scale());
        let shown = spawn_blocking(move || {
            let picture = Picture::of(&straight, scale, paper.room);
            (preview(&straight, &flaws), picture)
        })
        .await;
        let (preview, picture) = shown.unwrap_or((Preview(Vec::new()), None));
        page.preview = preview;
        page.lie = Some(survey.lie);
        page.flaws = survey.flaws;
        let sheet = picture.map(|picture| paper.sheet(picture, page.words.clone()));
        Ok((page, sheet))
    }
}

/// A page that was read, and what the archive keeps of it.
pub(super) type Read = (Page, Option<Sheet>);

/// What the archive makes of the paper a page is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// Its longer side, in points.
    pub longer: f32,
    /// Bytes there are for it.
    pub room: usize,
}

impl Paper {
    fn sheet(self, picture: Picture, words: Vec<Word>) -> Sheet {
        Sheet {
            picture,
            longer: self.longer,
            words,
        }
    }
}

/// A page whose text the file carried, and with it where its words stand.
pub(super) async fn born_digital(
    text: String,
    words: Vec<Word>,
    drawn: Result<picture::Picture, Refused>,
    codes: Vec<Code>,
    paper: Paper,
) -> Read {
    let shown = match drawn {
        Ok(drawn) => {
            let show = move || {
                let picture = Picture::of(&drawn.0, 1.0, paper.room);
                (preview(&drawn.0, &[]), picture)
            };
            spawn_blocking(show).await.ok()
        }
        // A page whose text is known is no worse for not being shown.
        Err(_) => None,
    };
    let (preview, picture) = shown.unwrap_or((Preview(Vec::new()), None));
    let page = Page {
        text,
        words: words.clone(),
        codes,
        preview,
        ..Page::of(Source::Embedded)
    };
    (page, picture.map(|picture| paper.sheet(picture, words)))
}

/// A page made right for reading.
pub(super) struct Made {
    survey: Survey,
    straight: RgbImage,
    grey: Grey,
    codes: Vec<Code>,
}

impl Made {
    fn of(picture: picture::Picture, mut codes: Vec<Code>) -> Self {
        let survey = page::survey(&picture.0);
        for code in &mut codes {
            code.place = survey.straightened(code.place, picture.0.dimensions());
        }
        let straight = survey.straighten(picture.0);
        let grey = Grey(page::for_reading(&straight));
        Self {
            survey,
            straight,
            grey,
            codes,
        }
    }
}

/// Makes a page right, off the async threads. What comes here are pixels that a worker has decoded, and no stranger's bytes.
pub(super) async fn made_right(
    picture: picture::Picture,
    codes: Vec<Code>,
) -> Result<Made, Refused> {
    spawn_blocking(move || Made::of(picture, codes))
        .await
        .map_err(|_| unreadable())
}

/// How much sense a reading makes: letters, by how sure their reader is of them.
fn sense(page: &Page) -> f32 {
    let letters = u16::try_from(page.letters()).unwrap_or(u16::MAX);
    let sure = page.confidence.unwrap_or(0.0) / 100.0;
    f32::from(letters) * sure * sure
}

/// Whether a page's text is good enough to work with.
fn is_legible(page: &Page) -> bool {
    page.letters() >= 40 && page.confidence.is_some_and(|mean| mean >= 75.0)
}
