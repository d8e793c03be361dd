//! Remembers what something was made from, so that it is made again only when that has changed.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use local_tools::checkout;

use crate::Res;

/// A number that changes with the name or content of any file at or below `paths` (but for folders named in `without`)
/// and with `also`.
pub fn of(paths: &[PathBuf], without: &[&str], also: &str) -> String {
    let mut hasher = DefaultHasher::new();
    also.hash(&mut hasher);
    for path in paths {
        add(path, without, &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Whether `made` is there and was made from what `stamp` stands for.
pub fn is_fresh(name: &str, made: &Path, stamp: &str) -> bool {
    made.exists() && fs::read_to_string(file_of(name)).is_ok_and(|found| found == stamp)
}

/// Remembers what was made under this name.
pub fn set(name: &str, stamp: &str) -> Res<()> {
    let file = file_of(name);
    let dir = file.parent().unwrap_or(&file);
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&file, stamp))
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

/// Forgets it, before it is made anew.
pub fn clear(name: &str) {
    let _ = fs::remove_file(file_of(name));
}

fn file_of(name: &str) -> PathBuf {
    checkout().join(".local/stamps").join(name)
}

fn add(path: &Path, without: &[&str], hasher: &mut DefaultHasher) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if without.contains(&name.as_ref()) {
        return;
    }
    name.hash(hasher);
    if let Ok(content) = fs::read(path) {
        content.hash(hasher);
        return;
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        add(&entry, without, hasher);
    }
}
