//! A small hash table for what is looked up for every word.

/// Keys are spread well already or hashes themselves; 0 is no key.
pub struct Table<V> {
    slots: Vec<(u64, V)>,
    len: usize,
}

/// By the spelling of a word.
pub fn hash(bytes: &[u8]) -> u64 {
    relay_wire::fnv1a(bytes.iter().copied())
}

impl<V: Copy + Default> Table<V> {
    /// Room for half as many entries as there are `slots`, a power of two.
    pub fn new(slots: usize) -> Self {
        Self { slots: vec![(0, V::default()); slots.next_power_of_two()], len: 0 }
    }

    /// Where a key is, or would be.
    fn place(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        while self.slots.get(at).is_some_and(|(other, _)| *other != key && *other != 0) {
            at = (at + 1) & mask;
        }
        at
    }

    pub fn get(&self, key: u64) -> Option<V> {
        self.slots.get(self.place(key)).filter(|(other, _)| *other == key && key != 0).map(|(_, value)| *value)
    }

    pub fn insert(&mut self, key: u64, value: V) {
        if self.len * 2 >= self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            *self = Self::new(old.len() * 2);
            old.into_iter().filter(|(key, _)| *key != 0).for_each(|(key, value)| self.insert(key, value));
        }
        let at = self.place(key);
        if let Some(slot) = self.slots.get_mut(at) {
            self.len += usize::from(slot.0 == 0);
            *slot = (key, value);
        }
    }
}
