//! Web Crypto, which the runtime has anyway: P-256 as Rust would be a tenth of the wasm.

use futures_util::{FutureExt, future::LocalBoxFuture};
use worker::{
    js_sys::{Array, Function, JSON, Promise, Reflect, Uint8Array, global},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
};

use crate::edge::Es256;

pub fn es256(signed: Es256) -> LocalBoxFuture<'static, bool> {
    Box::pin(verified(signed).map(|verified| verified.unwrap_or(false)))
}

/// An error: it is not to be trusted.
async fn verified(signed: Es256) -> Result<bool, JsValue> {
    let subtle = Reflect::get(&Reflect::get(&global(), &"crypto".into())?, &"subtle".into())?;
    let call = async |name: &str, arguments: Array| {
        let function: Function = Reflect::get(&subtle, &name.into())?.dyn_into()?;
        JsFuture::from(Promise::resolve(&Reflect::apply(&function, &subtle, &arguments)?)).await
    };
    let key = from_json::json!({"kty": "EC", "crv": "P-256", "x": signed.x, "y": signed.y}).to_string();
    let algorithm = JSON::parse(r#"{"name": "ECDSA", "namedCurve": "P-256", "hash": "SHA-256"}"#)?;
    let usages = Array::of1(&"verify".into());
    let import = Array::of5(&"jwk".into(), &JSON::parse(&key)?, &algorithm, &false.into(), &usages);
    let key = call("importKey", import).await?;
    let [signature, message] = [signed.signature, signed.message].map(|bytes| Uint8Array::from(bytes.as_slice()));
    let verified = call("verify", Array::of4(&algorithm, &key, &signature, &message)).await?;
    Ok(verified.is_truthy())
}
