//! Half surrogate pairs: `"\ud83d"` is JSON, but no text that Rust can hold.

/// A copy with each half pair as `\ufffd`; None if there is none.
pub fn without_half_pairs(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended = None;
    let mut at = 0;
    while let Some(two) = json.get(at..at + 2) {
        at += match (two, unit(json, at)) {
            // A whole pair.
            (_, Some(0xd800..=0xdbff)) if matches!(unit(json, at + 6), Some(0xdc00..=0xdfff)) => 12,
            (_, Some(0xd800..=0xdfff)) => {
                let copy = mended.get_or_insert_with(|| json.to_vec());
                copy.splice(at + 2..at + 6, *b"fffd");
                6
            }
            // An escaped backslash begins no other escape.
            ([b'\\', _], _) => 2,
            _ => 1,
        };
    }
    mended
}

/// The UTF-16 unit that an escape names.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
