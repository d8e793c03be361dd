//! A set of classes.

/// Which classes a word stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits([u64; 3]);

impl Bits {
    pub fn has(&self, class: u16) -> bool {
        self.0.get(usize::from(class / 64)).is_some_and(|part| part >> (class % 64) & 1 == 1)
    }

    pub fn set(&mut self, class: u16) {
        if let Some(part) = self.0.get_mut(usize::from(class / 64)) {
            *part |= 1 << (class % 64);
        }
    }

    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0_u16..).zip(self.0).flat_map(|(nth, part)| {
            std::iter::successors(Some(part), |left| Some(left & left.wrapping_sub(1)))
                .take_while(|left| *left != 0)
                .map(move |left| nth * 64 + left.trailing_zeros() as u16)
        })
    }

    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }
}
