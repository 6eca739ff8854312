//! Keys that stay in a token: SoftHSM's.

use std::path::{Path, PathBuf};
use std::process::Command;

use pades::signer::TokenAddress;
use pades::{Error, Signer};

use crate::{documents, judges, keys, request};

const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";
const TOKEN: &str = "Bản Mây";
const PIN: &str = "135790";
/// Tells a test's second process where its token lies.
const FOLDER: &str = "PADES_TOKEN_FOLDER";

fn softhsm(folder: &Path, arguments: &[&str]) {
    let output = Command::new("softhsm2-util")
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A token with a key of each kind, and beside it certificates for them.
fn furnish(folder: &Path) {
    std::fs::create_dir(folder.join("tokens")).unwrap();
    let configuration = format!("directories.tokendir = {}/tokens\n", folder.display());
    std::fs::write(folder.join("softhsm2.conf"), configuration).unwrap();
    softhsm(
        folder,
        &[
            "--init-token",
            "--free",
            "--label",
            TOKEN,
            "--pin",
            PIN,
            "--so-pin",
            "24680",
        ],
    );
    for (label, how, id) in [
        ("rsa", keys::RSA, "01"),
        ("p256", keys::P256, "02"),
        ("p384", keys::P384, "03"),
    ] {
        let made = keys::made(how, "Hoàng Đình Khuê");
        let path = folder.join("key.pem");
        std::fs::write(&path, &made.key).unwrap();
        let file = path.to_string_lossy();
        softhsm(
            folder,
            &[
                "--import", &file, "--token", TOKEN, "--label", label, "--id", id, "--pin", PIN,
            ],
        );
        std::fs::remove_file(&path).unwrap();
        std::fs::write(folder.join(label), made.chain).unwrap();
        std::fs::write(
            folder.join("root"),
            crate::authority().root().to_pem().unwrap(),
        )
        .unwrap();
    }
}

/// The library reads from the environment where its tokens lie. So the test is run again, in a process with another one.
#[track_caller]
fn with_token(test: &str, body: impl Fn(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("token::{test}"), "--nocapture"])
        .env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"))
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let ran = output.status.success() && said.contains("1 passed");
    assert!(ran, "{said}{}", String::from_utf8_lossy(&output.stderr));
}

fn address<'a>(key: &'a str, pin: &'a str) -> TokenAddress<'a> {
    TokenAddress {
        library: Path::new(LIBRARY),
        token: TOKEN,
        key,
        pin,
    }
}

fn chain(folder: &Path, label: &str) -> String {
    std::fs::read_to_string(folder.join(label)).unwrap()
}

#[test]
fn a_key_in_a_token_signs() {
    with_token("a_key_in_a_token_signs", |folder| {
        let anchor = pades::Certificate::from_pem(&chain(folder, "root"))
            .unwrap()
            .remove(0);
        let mut paths: Vec<PathBuf> = Vec::new();
        for label in ["rsa", "p256", "p384"] {
            let signer = Signer::from_token(&address(label, PIN), &chain(folder, label)).unwrap();
            let document = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
            let path = judges::keep(&format!("token-{label}"), &document);
            assert_eq!(judges::pdfsig(&path), (vec![true], true));
            let grounds = pades::Grounds {
                anchors: vec![anchor.clone()],
                ..Default::default()
            };
            let found = pades::verify(&document, &grounds, crate::signing_time()).unwrap();
            assert!(pades::all_valid(&found), "{found:#?}");
            paths.push(path);
        }
        let verdicts = judges::pyhanko_by(&paths, &anchor, crate::signing_time());
        assert_eq!(verdicts, vec!["valid: ChuKy1 B-B"; 3]);
    });
}

#[test]
fn a_token_says_what_is_wrong() {
    with_token("a_token_says_what_is_wrong", |folder| {
        let chain = |label| chain(folder, label);
        let refused = Signer::from_token(&address("rsa", "000000"), &chain("rsa")).unwrap_err();
        assert!(matches!(refused, Error::WrongPassword), "{refused:?}");
        let refused = Signer::from_token(&address("none", PIN), &chain("rsa")).unwrap_err();
        assert!(matches!(refused, Error::Token(_)), "{refused:?}");
        let refused = Signer::from_token(&address("rsa", PIN), &chain("p256")).unwrap_err();
        assert!(matches!(refused, Error::KeyMismatch), "{refused:?}");
        let refused = Signer::from_token(&address("rsa", PIN), "").unwrap_err();
        assert!(matches!(refused, Error::EmptyChain), "{refused:?}");
        let mut elsewhere = address("rsa", PIN);
        elsewhere.token = "Bản Khác";
        let refused = Signer::from_token(&elsewhere, &chain("rsa")).unwrap_err();
        assert!(matches!(refused, Error::Token(_)), "{refused:?}");
        elsewhere.library = Path::new("/nowhere.so");
        let refused = Signer::from_token(&elsewhere, &chain("rsa")).unwrap_err();
        assert!(matches!(refused, Error::Token(_)), "{refused:?}");
        assert!(!format!("{:?}", address("rsa", PIN)).contains(PIN));
    });
}
