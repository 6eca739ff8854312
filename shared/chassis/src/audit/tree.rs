//! A Merkle tree over a log's entries (RFC 6962, section 2.1), of which only the right edge is kept: enough to add leaves and
//! to say the root, 32 bytes a level.

use sha2::{Digest, Sha256};

/// A node of the tree, or a leaf.
pub type Hash = [u8; 32];

/// The hash of an entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0])
        .chain_update(entry)
        .finalize()
        .into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let hash = Sha256::new_with_prefix([1])
        .chain_update(left)
        .chain_update(right);
    hash.finalize().into()
}

/// The right edge of a tree: the roots of its full subtrees, the largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree with `size` leaves. `None`: a tree of that size has another number of peaks.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = peaks.len() == usize::try_from(size.count_ones()).ok()?;
        fits.then_some(Self { size, peaks })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its full subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut grown = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                grown = node(&left, &grown);
            }
        }
        self.peaks.push(grown);
        self.size += 1;
    }

    /// The root; of an empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else {
            return Sha256::digest([]).into();
        };
        peaks.fold(*smallest, |right, left| node(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight entries of the Certificate Transparency project's own tests, and the roots of the trees of the first one, two, … eight.
    const ENTRIES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let mut edge = Edge::default();
        for (entry, root) in ENTRIES.iter().zip(ROOTS) {
            edge.push(leaf(&hex::decode(entry).unwrap()));
            assert_eq!(hex::encode(edge.root()), root);
        }
        assert_eq!(edge.size(), 8);
    }

    #[test]
    fn an_edge_that_was_kept_goes_on_as_the_tree_would_have() {
        let (mut whole, mut kept) = (Edge::default(), Edge::default());
        for n in 0_u32..100 {
            let leaf = leaf(&n.to_be_bytes());
            whole.push(leaf);
            kept.push(leaf);
            kept = Edge::new(kept.size(), kept.peaks().to_vec()).unwrap();
            assert_eq!(kept.root(), whole.root());
        }
        assert_eq!(Edge::new(3, whole.peaks()[..1].to_vec()), None);
    }

    #[test]
    fn an_empty_tree_is_the_hash_of_nothing() {
        let root = hex::encode(Edge::default().root());
        assert_eq!(
            root,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
