//! `cargo xtask keys`: a fresh pair of keys between relay and Worker.

use std::{fs::File, io::Read};

use ed25519_dalek::SigningKey;

use crate::Res;

pub fn run() -> Res<()> {
    let seed = fresh_seed()?;
    println!("# for .env: the relay signs with the seed, the Worker checks with the public key");
    println!("RELAY_SIGNING_SEED={}", hex::encode(seed));
    println!("RELAY_PUBLIC_KEY={}", public_key(&seed));
    Ok(())
}

fn fresh_seed() -> Res<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut seed))
        .map_err(|error| format!("/dev/urandom cannot be read: {error}"))?;
    Ok(seed)
}

/// In hex, as the variables have it.
pub fn public_key(seed: &[u8; 32]) -> String {
    hex::encode(SigningKey::from_bytes(seed).verifying_key().as_bytes())
}
