//! Files that lie beside the wasm in the Worker's bundle, because they change without the code and need no compiling.

/// The weights of the crisis screen's layer, as `screen/layer.rs` reads them.
#[cfg(not(target_arch = "wasm32"))]
pub fn screen_weights() -> Vec<u8> {
    include_bytes!("features/crisis/screen/weights.bin").to_vec()
}

/// The same: `cargo xtask wasm` puts the file beside `index.js`, which imports it before anything else. Without it the
/// Worker does not start.
#[cfg(target_arch = "wasm32")]
pub fn screen_weights() -> Vec<u8> {
    use worker::js_sys::{Reflect, Uint8Array, global};
    let file = Reflect::get(&global(), &"screenWeights".into()).unwrap_or_default();
    Uint8Array::new(&file).to_vec()
}
