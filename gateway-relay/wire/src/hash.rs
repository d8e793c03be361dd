//! FNV-1a with 64 bits: a short name for bytes, the same on every machine. Not for anything that somebody may want to forge.

/// Source: draft-eastlake-fnv, "FNV-1a".
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
