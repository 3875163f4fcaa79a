//! Orders and names that follow from a seed: another seed gives others, the same one the same again. No chance, no secret.

/// A sequence of numbers that follows from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// The sequence of a seed, for a purpose: two purposes with one seed have nothing in common.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mix = |at: u64, byte: &u8| (at ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(purpose.as_bytes().iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    /// A number below `n`; 0 where `n` is.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let n = n as u64;
        usize::try_from((z ^ (z >> 31)).checked_rem(n).unwrap_or(0)).unwrap_or(0)
    }

    /// Shuffles.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }

    /// A word that is harmless in a path, a URL and a user's name: 1 to 24 letters and digits.
    pub fn word(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let length = 1 + self.below(24);
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }
}
