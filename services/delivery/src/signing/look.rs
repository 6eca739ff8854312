//! What signatures show in the room that a paper leaves for them: who signed and when, the hand in blue, and the seal in red to
//! the left and over about a third of it (Decree 30/2020/NĐ-CP).

use std::sync::{Arc, OnceLock};

use ::paper::Place;
use chrono::{DateTime, Utc};
use pades::{Appearance, Area, Font, Layer, Picture, Rect};

use super::keys::Key;

/// Widest that a signature is drawn, in points.
const WIDEST: f64 = 190.0;
/// The share of a signature's height that its words take below a picture.
const WORDS: f64 = 0.38;
/// Size of words in points, at most.
const SIZE: f64 = 9.0;
/// A seal's side, in heights of the room: 26 mm beside the house's 20.
const SIDE: f64 = 1.3;
/// The part of a seal that stands left of the signature.
const OUTSIDE: f64 = 2.0 / 3.0;
/// Ink of words.
const INK: [u8; 3] = [30, 30, 30];

/// The room for a signature on a paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    page: usize,
    /// Where the signature stands: in the middle of the room.
    hand: Rect,
    /// Where the seal stands.
    seal: Rect,
}

impl Room {
    /// Divides what a paper leaves free.
    pub fn new(place: Place) -> Self {
        let width = place.width.min(WIDEST);
        let hand = Rect {
            x: place.x + (place.width - width) / 2.0,
            y: place.y,
            width,
            height: place.height,
        };
        let side = place.height * SIDE;
        let seal = Rect {
            x: (hand.x - side * OUTSIDE).max(0.0),
            y: place.y - (side - place.height) / 2.0,
            width: side,
            height: side,
        };
        Self {
            page: place.page,
            hand,
            seal,
        }
    }

    /// The officer's: their hand where there is a picture of it, their name, and when they signed.
    pub fn signature(self, key: &Key, name: &str, at: DateTime<Utc>) -> Option<Appearance> {
        let whole = within(self.hand);
        let mut layers = Vec::new();
        let words_at = match &key.picture {
            Some(picture) => {
                let height = whole.height * WORDS;
                layers.push(shown(
                    picture,
                    Rect {
                        y: height,
                        height: whole.height - height,
                        ..whole
                    },
                ));
                Rect { height, ..whole }
            }
            None => whole,
        };
        layers.extend(words(name, at, self.clear_of_seal(words_at)));
        self.appearance(self.hand, layers)
    }

    /// The body's beside an officer's signature: its picture, or nothing that is seen.
    pub fn seal(self, key: &Key) -> Option<Appearance> {
        let picture = key.picture.as_ref()?;
        self.appearance(self.seal, vec![shown(picture, within(self.seal))])
    }

    /// The body's where no officer's stands beside it: its picture, its name, and when it was set.
    pub fn seal_alone(self, key: &Key, name: &str, at: DateTime<Utc>) -> Option<Appearance> {
        let Some(picture) = &key.picture else {
            return self.signature(key, name, at);
        };
        let area = Rect {
            width: self.hand.x + self.hand.width - self.seal.x,
            ..self.seal
        };
        let beside = Rect {
            x: self.seal.width,
            y: 0.0,
            width: area.width - self.seal.width,
            height: area.height / 2.0,
        };
        let mut layers = vec![shown(
            picture,
            Rect {
                width: self.seal.width,
                ..within(area)
            },
        )];
        layers.extend(words(name, at, beside));
        self.appearance(area, layers)
    }

    /// The part of the signature that no seal covers.
    fn clear_of_seal(self, words: Rect) -> Rect {
        let covered = self.seal.x + self.seal.width - self.hand.x;
        let left = covered.clamp(0.0, words.width / 2.0);
        Rect {
            x: words.x + left,
            width: words.width - left,
            ..words
        }
    }

    fn appearance(self, area: Rect, layers: Vec<Layer>) -> Option<Appearance> {
        (!layers.is_empty()).then_some(Appearance {
            page: self.page,
            area: Area::At(area),
            layers,
        })
    }
}

/// The same rectangle seen from its own corner.
const fn within(rect: Rect) -> Rect {
    Rect {
        x: 0.0,
        y: 0.0,
        width: rect.width,
        height: rect.height,
    }
}

fn shown(picture: &Arc<Picture>, at: Rect) -> Layer {
    Layer::Picture {
        picture: picture.clone(),
        at,
    }
}

fn words(name: &str, at: DateTime<Utc>, place: Rect) -> Option<Layer> {
    Some(Layer::Text {
        lines: vec![pades::signed_by(name), pades::signing_time(at)],
        font: face()?,
        size: SIZE,
        colour: INK,
        at: place,
    })
}

/// The face that papers are set in, read once.
fn face() -> Option<Arc<Font>> {
    static FACE: OnceLock<Option<Arc<Font>>> = OnceLock::new();
    let read = || Some(Arc::new(Font::new(::paper::font()?).ok()?));
    FACE.get_or_init(read).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(width: f64) -> Room {
        Room::new(Place {
            page: 1,
            x: 300.0,
            y: 200.0,
            width,
            height: 56.0,
        })
    }

    #[test]
    fn the_seal_stands_left_of_the_signature_and_over_it_by_a_third_of_itself() {
        for width in [100.0, 240.0] {
            let Room { hand, seal, .. } = room(width);
            let over = seal.x + seal.width - hand.x;
            assert!((over - seal.width / 3.0).abs() < 0.01, "{over}");
            assert!(seal.y < hand.y && seal.y + seal.height > hand.y + hand.height);
            assert!(hand.width <= WIDEST && hand.x >= 300.0);
        }
    }

    #[test]
    fn there_is_a_face_for_words() {
        assert!(face().is_some());
    }
}
