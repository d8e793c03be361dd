//! The id of a button: whatever is read can be written, and reads the same again.
#![no_main]

use community_os::discord::custom_id::CustomId;
use libfuzzer_sys::fuzz_target;

fn written(id: &CustomId) -> Option<String> {
    let arguments: Vec<&dyn ToString> = id.arguments.iter().map(|one| one as &dyn ToString).collect();
    CustomId::write(&id.action, &arguments).ok()
}

fuzz_target!(|text: &str| {
    let Some(id) = CustomId::read(text) else { return };
    // Refused only for its length.
    let Some(again) = written(&id) else {
        assert!(text.len() > 33, "{text:?} is short and cannot be written");
        return;
    };
    assert!(again.chars().count() <= 100);
    assert_eq!(CustomId::read(&again), Some(id), "{text:?} became {again:?}");
    // What needs no escape is written as it was.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'%') {
        assert_eq!(text, again);
    }
});
