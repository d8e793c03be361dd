//! Encrypts what members wrote before it touches the disk: AES-256-GCM, with keys from the environment.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest, hmac,
};

/// What the derived key is for, so that the seed signs nothing by accident.
const PURPOSE: &[u8] = b"gateway-relay spool v1";

/// All keys of the spool: the first one encrypts, each one decrypts.
#[derive(Clone)]
pub struct Keys(Arc<[Key]>);

struct Key {
    /// First bytes of the key's SHA-256: names the key without telling it.
    id: [u8; 4],
    key: RandomizedNonceKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

/// The key that is used when none is configured.
pub fn derived(signing_seed: &[u8; 32]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, signing_seed), PURPOSE);
    let mut key = [0; 32];
    key.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    key
}

impl Keys {
    pub fn new(keys: &[[u8; 32]]) -> Self {
        let keys = keys.iter().filter_map(|bytes| {
            let mut id = [0; 4];
            id.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
            Some(Key { id, key: RandomizedNonceKey::new(&AES_256_GCM, bytes).ok()? })
        });
        Self(keys.collect())
    }

    /// `key id || nonce || ciphertext || tag`; bound to `context`, so that it opens nowhere else. None without a key.
    pub fn seal(&self, context: &[u8], text: &str) -> Option<Vec<u8>> {
        let key = self.0.first()?;
        let mut sealed = text.as_bytes().to_vec();
        let nonce = key.key.seal_in_place_append_tag(Aad::from(context), &mut sealed).ok()?;
        Some([&key.id, nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// None if no key opens it, or it was changed.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<String> {
        let (id, rest) = sealed.split_first_chunk::<4>()?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>()?;
        let key = self.0.iter().find(|key| key.id == *id)?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = key.key.open_in_place(nonce, Aad::from(context), &mut text).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_with_its_key_and_only_where_it_belongs() {
        let keys = Keys::new(&[[1; 32]]);
        let sealed = keys.seal(b"event a", "I am not well").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"well"));
        assert_eq!(keys.open(b"event a", &sealed).as_deref(), Some("I am not well"));
        assert_eq!(keys.open(b"event b", &sealed), None);
        assert_eq!(Keys::new(&[[2; 32]]).open(b"event a", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open(b"event a", &changed), None, "byte {at}");
        }
        assert_eq!(keys.open(b"event a", &sealed[..10]), None);
    }

    #[test]
    fn an_older_key_still_opens_what_it_sealed() {
        let sealed = Keys::new(&[[1; 32]]).seal(b"e", "text").unwrap();
        let rotated = Keys::new(&[[2; 32], [1; 32]]);
        assert_eq!(rotated.open(b"e", &sealed).as_deref(), Some("text"));
        let anew = rotated.seal(b"e", "text").unwrap();
        assert_eq!(Keys::new(&[[1; 32]]).open(b"e", &anew), None, "the first key seals");
    }

    #[test]
    fn the_derived_key_is_the_same_after_every_start_and_not_the_seed() {
        assert_eq!(derived(&[7; 32]), derived(&[7; 32]));
        assert_ne!(derived(&[7; 32]), derived(&[8; 32]));
        assert_ne!(derived(&[7; 32]), [7; 32]);
    }
}
