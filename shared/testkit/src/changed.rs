//! The catalogue with one word of it changed.

use std::{fs, path::Path};

use tempfile::TempDir;

/// A copy of the catalogue in which `from` is `to` in one file, for `CATALOGUE_DIR`.
pub fn changed_catalogue(file: &str, from: &str, to: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(Path::new(&crate::catalogue_dir()), folder.path());
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).expect("a file of the catalogue");
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(&path, text.replacen(from, to, 1)).expect("the changed file");
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder of the catalogue") {
        let path = entry.expect("an entry of it").path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            fs::create_dir_all(&to).expect("a folder");
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}
