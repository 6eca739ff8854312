//! Chance that comes out the same every time: a corpus is named by its seed.

/// SplitMix64. Twelve lines of our own, because the generators of crates may change their sequence between versions, and
/// then the same seed would no longer make the same pages.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A sequence of its own for each seed and name, so that one more page does not change all the others.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        let mut chance = Self(hash ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        chance.bits();
        chance
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, without, 1.
    pub fn unit(&mut self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits, as many as an f32 has")]
        let bits = (self.bits() >> 40) as f32;
        bits / 16_777_216.0
    }

    /// Between two numbers.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Between two numbers, on either side of nought.
    pub fn either_side(&mut self, low: f32, high: f32) -> f32 {
        let size = self.between(low, high);
        if self.coin() { size } else { -size }
    }

    /// From `low` to `high`, both included.
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.bits() % span).unwrap_or_default()
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.bits() >> 63 == 1
    }

    /// One of several.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        let at = usize::try_from(self.bits() % from.len().max(1) as u64).unwrap_or_default();
        from[at]
    }

    /// So many decimal digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.bits() % 10).unwrap_or_default()))
            .collect()
    }

    /// A sum of four: close enough to a bell curve of mean 0 and deviation 1 for sensor noise.
    pub fn bell(&mut self) -> f32 {
        let bits = self.bits();
        #[expect(clippy::cast_precision_loss, reason = "16 bits each")]
        let sum: f32 = (0..4)
            .map(|part| ((bits >> (part * 16)) & 0xFFFF) as f32)
            .sum();
        (sum / 65_536.0 - 2.0) * 1.732
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        let mut chance = Chance::new(1, "page");
        let first: Vec<u64> = (0..3).map(|_| chance.bits() % 1000).collect();
        let mut again = Chance::new(1, "page");
        assert_eq!(
            first,
            (0..3).map(|_| again.bits() % 1000).collect::<Vec<_>>()
        );
        assert_ne!(Chance::new(2, "page").bits(), Chance::new(1, "page").bits());
        assert_ne!(Chance::new(1, "page").bits(), Chance::new(1, "pag").bits());
        // SplitMix64's published test vector for the seed 1234567.
        assert_eq!(Chance(1_234_567).bits(), 6_457_827_717_110_365_317);
    }

    #[test]
    fn the_bell_is_centred_and_as_wide_as_it_says() {
        let mut chance = Chance::new(3, "bell");
        let many: Vec<f32> = (0..20_000).map(|_| chance.bell()).collect();
        #[expect(clippy::cast_precision_loss, reason = "20,000")]
        let count = many.len() as f32;
        let mean = many.iter().sum::<f32>() / count;
        let spread = (many.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count).sqrt();
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((spread - 1.0).abs() < 0.03, "{spread}");
    }
}
