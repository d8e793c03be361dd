//! `json!`, as serde_json has it, but each field is one call, and nothing panics.

use serde::Serialize;
use serde_json::{Map, Value};

/// JSON written down. A key is a literal, a name, or a `&str` in parentheses.
#[macro_export]
macro_rules! json {
    (@fields $object:ident) => {};
    (@fields $object:ident $key:tt : null $(, $($rest:tt)*)?) => {
        $crate::put_json(&mut $object, $key, $crate::Value::Null);
        $crate::json!(@fields $object $($($rest)*)?)
    };
    (@fields $object:ident $key:tt : {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::put_json(&mut $object, $key, $crate::json!({$($inner)*}));
        $crate::json!(@fields $object $($($rest)*)?)
    };
    (@fields $object:ident $key:tt : [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::put_json(&mut $object, $key, $crate::json!([$($inner)*]));
        $crate::json!(@fields $object $($($rest)*)?)
    };
    (@fields $object:ident $key:tt : $value:expr $(, $($rest:tt)*)?) => {
        $crate::put(&mut $object, $key, &$value);
        $crate::json!(@fields $object $($($rest)*)?)
    };
    (@items $list:ident) => {};
    (@items $list:ident null $(, $($rest:tt)*)?) => {
        $crate::add_json(&mut $list, $crate::Value::Null);
        $crate::json!(@items $list $($($rest)*)?)
    };
    (@items $list:ident {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::add_json(&mut $list, $crate::json!({$($inner)*}));
        $crate::json!(@items $list $($($rest)*)?)
    };
    (@items $list:ident [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::add_json(&mut $list, $crate::json!([$($inner)*]));
        $crate::json!(@items $list $($($rest)*)?)
    };
    (@items $list:ident $value:expr $(, $($rest:tt)*)?) => {
        $crate::add_json(&mut $list, $crate::written(&$value));
        $crate::json!(@items $list $($($rest)*)?)
    };
    (null) => { $crate::Value::Null };
    ([]) => { $crate::Value::Array(::std::vec::Vec::new()) };
    ([ $($inner:tt)+ ]) => {{
        let mut list = ::std::vec::Vec::new();
        $crate::json!(@items list $($inner)+);
        $crate::Value::Array(list)
    }};
    ({}) => { $crate::Value::Object($crate::Map::new()) };
    ({ $($inner:tt)+ }) => {{
        let mut object = $crate::Map::new();
        $crate::json!(@fields object $($inner)+);
        $crate::Value::Object(object)
    }};
    ($value:expr) => { $crate::written(&$value) };
}

/// Anything as JSON. What cannot be (a map whose keys are no strings) is null.
#[inline(never)]
pub fn written<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// For the macro: one field of an object.
#[inline(never)]
pub fn put<T: Serialize + ?Sized>(object: &mut Map<String, Value>, key: &str, value: &T) {
    put_json(object, key, written(value));
}

/// For the macro: one field that is JSON already.
#[inline(never)]
pub fn put_json(object: &mut Map<String, Value>, key: &str, value: Value) {
    object.insert(key.to_owned(), value);
}

/// For the macro: one item of a list.
#[inline(never)]
pub fn add_json(list: &mut Vec<Value>, value: Value) {
    list.push(value);
}
