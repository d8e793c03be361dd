//! Encrypts what is kept of members' words in Upstash: AES-256-GCM, the first key seals, every key opens.

use std::fmt;

use ::subtle::ConstantTimeEq;
use aes_gcm::{
    Aes256Gcm, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Before what is sealed, so that another way can follow.
const VERSION: u8 = 1;
/// Recommended for GCM. Source: NIST SP 800-38D, 8.2. Random, which is safe for 2^32 messages of one key.
const NONCE_LENGTH: usize = 12;

/// HMAC-SHA256. Source: RFC 2104.
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    let hashed: [u8; 32];
    let key = match key.len() {
        0..=BLOCK => key,
        _ => {
            hashed = Sha256::digest(key).into();
            &hashed
        }
    };
    block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte = *of_key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

/// Whether two byte strings are the same, in a time that does not tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[derive(Clone)]
pub struct Seal(Vec<Aes256Gcm>);

impl Seal {
    /// `keys`: 64 hex digits each, with commas between them, the newest first. None if that is not what it is.
    pub fn read(keys: &str) -> Option<Self> {
        let keys: Vec<Aes256Gcm> = keys
            .split(',')
            .map(|key| {
                let bytes: [u8; 32] = hex::decode(key.trim()).ok()?.try_into().ok()?;
                Some(Aes256Gcm::new(&Key::<Aes256Gcm>::from(bytes)))
            })
            .collect::<Option<_>>()?;
        Some(Self(keys)).filter(|seal| !seal.0.is_empty())
    }

    /// `place` is where it is kept: what was sealed for one place does not open at another.
    pub fn seal(&self, place: &str, text: &str) -> Result<String> {
        let cipher = self.0.first().ok_or_else(|| Error::bug("a seal without a key"))?;
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|error| Error::bug(format!("no random numbers: {error}")))?;
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Error::bug("it could not be sealed"))?;
        Ok(BASE64.encode([&[VERSION], &nonce[..], &sealed].concat()))
    }

    /// None for what was sealed elsewhere, with a key that is gone, or changed since.
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = BASE64.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (nonce, sealed) = rest.split_at_checked(NONCE_LENGTH)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().ok()?;
        let nonce = Nonce::from(nonce);
        let opened = self
            .0
            .iter()
            .find_map(|cipher| cipher.decrypt(&nonce, Payload { msg: sealed, aad: place.as_bytes() }).ok());
        String::from_utf8(opened?).ok()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    #[test]
    fn the_code_is_that_of_the_standard() {
        // Source: RFC 4231, test cases 2 and 6.
        let code = |key: &[u8], message: &[u8]| hex::encode(hmac(key, message));
        let short = code(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(short, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = code(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn an_old_key_still_opens_and_a_new_one_seals() {
        let old = Seal::read(&key('a')).unwrap();
        let both = Seal::read(&format!("{}, {}", key('b'), key('a'))).unwrap();
        let sealed = old.seal("here", "words").unwrap();
        assert_eq!(both.open("here", &sealed).as_deref(), Some("words"));
        assert_eq!(old.open("here", &both.seal("here", "words").unwrap()), None);
    }

    #[test]
    fn what_is_moved_or_changed_does_not_open() {
        let seal = Seal::read(&key('a')).unwrap();
        let sealed = seal.seal("here", "words").unwrap();
        assert_ne!(seal.seal("here", "words").unwrap(), sealed, "never twice the same");
        assert_eq!(seal.open("there", &sealed), None);
        let mut bytes = BASE64.decode(&sealed).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(seal.open("here", &BASE64.encode(&bytes)), None);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["", "abc", &key('a')[1..], &format!("{},", key('a')), &key('g')] {
            assert!(Seal::read(wrong).is_none(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_was_sealed_opens_again(text in ".*", place in ".*") {
            let seal = Seal::read(&key('a')).unwrap();
            prop_assert_eq!(seal.open(&place, &seal.seal(&place, &text).unwrap()), Some(text));
        }

        #[test]
        fn nothing_makes_it_panic(sealed in ".*") {
            let _ = Seal::read(&key('a')).unwrap().open("here", &sealed);
        }
    }
}
