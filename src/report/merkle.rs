//! The Merkle tree hash of RFC 6962 section 2.1, over the files of a run: one file can be proven to be part of a record
//! without handing over the others.

use sha2::{Digest, Sha256};

/// A node of the tree.
type Hash = [u8; 32];

/// The tree hash of leaves in order. Leaves and inner nodes are told apart by their first byte, so that no file can pass for a
/// part of the tree.
#[must_use]
pub fn root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            // The largest power of two that is smaller than the number of leaves.
            let left = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(left);
            let both = Sha256::new().chain_update([1]).chain_update(root(left));
            both.chain_update(root(right)).finalize().into()
        }
    }
}
