//! Every decoder of untrusted bytes, given what the fuzz targets once found and what is like it (`docs/fuzzing.md`).

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    any::Any,
    collections::BTreeSet,
    fs,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
};

use journeys::{decoders::TARGETS, motcua::root};

/// Bytes of an input, as `scripts/fuzz` has it.
const LARGEST: usize = 4096;
/// Bytes of all together: a corpus is kept in the repository for ever.
const IN_ALL: usize = 1024 * 1024;

fn fuzz() -> PathBuf {
    root().join("tests/fuzz")
}

/// What lies in a folder, by name and path.
fn entries(folder: &str) -> Vec<(String, PathBuf)> {
    let read = fs::read_dir(fuzz().join(folder)).expect("a folder of tests/fuzz");
    let mut entries: Vec<_> = read
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect();
    entries.sort();
    entries
}

/// The inputs kept for a target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = entries(&format!("corpus/{target}")).into_iter();
    let read = |(name, path)| (name, fs::read(path).expect("an input"));
    entries.map(read).collect()
}

#[test]
fn every_target_has_its_program_and_a_corpus_and_nothing_else_has() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(targets.len(), TARGETS.len(), "a name stands for one target");
    let corpora: BTreeSet<String> = entries("corpus")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(corpora, targets, "tests/fuzz/corpus");
    let programs = entries("fuzz_targets").into_iter();
    let programs = programs.map(|(file, _)| file.trim_end_matches(".rs").to_owned());
    assert_eq!(
        programs.collect::<BTreeSet<_>>(),
        targets,
        "tests/fuzz/fuzz_targets"
    );
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("its Cargo.toml");
    let listed = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"))
        .map(|file| file.trim_end_matches(".rs\"").to_owned());
    assert_eq!(
        listed.collect::<BTreeSet<_>>(),
        targets,
        "tests/fuzz/Cargo.toml"
    );
}

#[test]
fn a_corpus_is_small_and_has_more_than_one_input() {
    let mut bytes = 0;
    for (target, _) in TARGETS {
        let inputs = inputs(target);
        assert!(inputs.len() >= 2, "{target}: a valid and a nasty one");
        for (name, input) in &inputs {
            assert!(
                input.len() <= LARGEST,
                "{target}/{name}: {} bytes",
                input.len()
            );
        }
        bytes += inputs.iter().map(|(_, input)| input.len()).sum::<usize>();
    }
    assert!(bytes <= IN_ALL, "{bytes} bytes");
}

#[test]
fn every_decoder_keeps_its_promises_for_its_corpus() {
    chassis::install_cryptography();
    let mut broken = Vec::new();
    for (target, take) in TARGETS {
        for (name, input) in inputs(target) {
            if let Err(panicked) = panic::catch_unwind(AssertUnwindSafe(|| take(&input))) {
                broken.push(format!("{target}/{name}: {}", words(&*panicked)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn words(panicked: &(dyn Any + Send)) -> &str {
    let text = panicked.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panicked.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked without a word")
}
