//! Those who judge signatures beside us.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use pades::Certificate;

use crate::{authority, grounds, signing_time};

/// Leaves a document for a person to look at.
pub fn keep(name: &str, pdf: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("signed");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, pdf).unwrap();
    path
}

/// What Poppler says: the signatures, each with whether it is valid, and whether the last one covers all.
pub fn pdfsig(path: &Path) -> (Vec<bool>, bool) {
    let output = Command::new("pdfsig")
        .arg("-nocert")
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut signatures = Vec::new();
    let mut total = false;
    for line in text.lines().map(str::trim) {
        match line {
            "- Total document signed" => total = true,
            "- Not total document signed" => total = false,
            _ => {}
        }
        if let Some(verdict) = line.strip_prefix("- Signature Validation: ") {
            signatures.push(verdict == "Signature is Valid.");
        }
    }
    (signatures, total)
}

/// What pyHanko says of each document, a line each.
pub fn pyhanko_by(paths: &[PathBuf], anchor: &Certificate, moment: DateTime<Utc>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("anchor.pem");
    std::fs::write(&pem, anchor.to_pem().unwrap()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = Command::new(root.join("scripts/pyhanko")).output().unwrap();
    assert!(
        found.status.success(),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    let python = String::from_utf8(found.stdout).unwrap();
    let output = Command::new(python.trim())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/judge.py"))
        .arg(pem)
        .arg(moment.to_rfc3339())
        .args(paths)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_once('\t').unwrap().1.to_owned())
        .collect();
    assert_eq!(
        lines.len(),
        paths.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    lines
}

pub fn pyhanko(paths: &[PathBuf]) -> Vec<String> {
    pyhanko_by(paths, authority().root(), signing_time())
}

/// All three find every signature valid. `levels` is what pyHanko says about them.
#[track_caller]
pub fn valid(name: &str, pdf: &[u8], levels: &str) {
    let path = keep(name, pdf);
    let count = levels.split(',').count();
    let (signatures, total) = pdfsig(&path);
    assert_eq!(
        signatures,
        vec![true; count],
        "pdfsig of {}",
        path.display()
    );
    // Validation data come after the last signature, and pdfsig does not look at what they are.
    assert!(
        total || levels.contains("B-LT"),
        "pdfsig of {}",
        path.display()
    );
    assert_eq!(pyhanko(&[path]), [format!("valid: {levels}")]);
    let found = pades::verify(pdf, &grounds(), signing_time()).unwrap();
    assert_eq!(found.len(), count);
    assert!(pades::all_valid(&found), "{found:#?}");
}

/// Nothing about the file breaks the format, as far as qpdf sees.
#[track_caller]
pub fn well_formed(pdf: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new("qpdf")
        .arg("--check")
        .arg(path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
