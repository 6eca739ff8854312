//! Parts of one size, each in memory of exactly that size.

use bytes::{Buf, Bytes, BytesMut};

/// Gathers what comes in pieces of any size.
#[derive(Debug)]
pub struct Gather {
    part: BytesMut,
    size: usize,
}

impl Gather {
    /// Gathers parts of `size` bytes.
    pub fn parts_of(size: usize) -> Self {
        Self {
            part: BytesMut::new(),
            size,
        }
    }

    /// Bytes that are gathered and not given yet.
    pub fn len(&self) -> usize {
        self.part.len()
    }

    /// Whether nothing is gathered.
    pub fn is_empty(&self) -> bool {
        self.part.is_empty()
    }

    /// Takes of `piece` what there is room for. Gives a full part once more has come: so the last one, full or not, is what
    /// [`Gather::rest`] gives.
    pub fn take(&mut self, piece: &mut Bytes) -> Option<Bytes> {
        if piece.is_empty() {
            return None;
        }
        let full = (self.part.len() == self.size).then(|| self.rest());
        if self.part.is_empty() {
            // All of it at once: growing bit by bit would take twice as much for a moment.
            self.part = BytesMut::with_capacity(self.size);
        }
        let room = (self.size - self.part.len()).min(piece.len());
        self.part.extend_from_slice(&piece[..room]);
        piece.advance(room);
        full
    }

    /// What is gathered.
    pub fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.part).freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_of_one_size_but_for_the_last_and_nothing_is_lost() {
        for length in [0, 1, 9, 10, 11, 20, 35] {
            let whole: Vec<u8> = (0..length).collect();
            let mut gather = Gather::parts_of(10);
            let mut parts = Vec::new();
            for piece in whole.chunks(7) {
                let mut piece = Bytes::copy_from_slice(piece);
                while !piece.is_empty() {
                    parts.extend(gather.take(&mut piece));
                }
            }
            assert!(parts.iter().all(|part| part.len() == 10));
            let rest = gather.rest();
            assert_eq!(rest.is_empty(), length == 0);
            parts.push(rest);
            assert_eq!(parts.concat(), whole);
        }
    }
}
