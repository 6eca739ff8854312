//! A seal whose key stays in a token: SoftHSM's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use contracts::Delivery;

use super::{
    issued,
    signing::{BODY, Keys, authority, keep, pdf, pdfsig},
};

const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";
const TOKEN: &str = "Sông Mây";
const PIN: &str = "135790";
/// Tells the test's second process where its token and keys lie.
const FOLDER: &str = "DELIVERY_TOKEN_FOLDER";

fn run(program: &str, folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let done = Command::new(program)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program}: {said}");
    done.stdout
}

/// A token with an RSA key in it, and the folder of seals that names it.
fn furnish(keys: &Keys) {
    let folder = keys.0.path();
    fs::create_dir(folder.join("tokens")).unwrap();
    let configuration = format!("directories.tokendir = {}/tokens\n", folder.display());
    fs::write(folder.join("softhsm2.conf"), configuration).unwrap();
    let softhsm = |arguments: &[&str]| run("softhsm2-util", folder, arguments);
    softhsm(&[
        "--init-token",
        "--free",
        "--label",
        TOKEN,
        "--pin",
        PIN,
        "--so-pin",
        "24680",
    ]);
    let openssl = |arguments: &[&str]| run("openssl", folder, arguments);
    openssl(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        "key.pem",
    ]);
    let public = openssl(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"]);
    softhsm(&[
        "--import", "key.pem", "--token", TOKEN, "--label", "dau", "--id", "01", "--pin", PIN,
    ]);
    fs::remove_file(folder.join("key.pem")).unwrap();
    let chain = authority().certify(BODY, &public).unwrap();
    fs::write(keys.path("seals/H15.50.05.crt"), chain).unwrap();
    fs::write(keys.path("seals/H15.50.05.pin"), format!("{PIN}\n")).unwrap();
    let address = format!(
        "library = {LIBRARY:?}\ntoken = {TOKEN:?}\nkey = \"dau\"\npin_file = \"H15.50.05.pin\"\nchain = \"H15.50.05.crt\"\n"
    );
    fs::write(keys.path("seals/H15.50.05.token.toml"), address).unwrap();
}

/// The library reads from the environment where its tokens lie. So the test is run again, in a process with another one.
#[test]
fn a_result_is_sealed_by_a_key_that_stays_in_its_token() {
    if let Some(seals) = std::env::var_os(FOLDER) {
        return seal(PathBuf::from(seals));
    }
    let keys = Keys::new();
    furnish(&keys);
    let done = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "token::a_result_is_sealed_by_a_key_that_stays_in_its_token",
            "--nocapture",
        ])
        .env("SOFTHSM2_CONF", keys.path("softhsm2.conf"))
        .env(FOLDER, keys.path("seals"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let ran = done.status.success() && said.contains("1 passed");
    assert!(ran, "{said}{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::main(flavor = "current_thread")]
async fn seal(seals: PathBuf) {
    let keys = Keys::new();
    let mut stage = keys
        .stage(&[
            ("DELIVERY__SEALS", seals.to_str().unwrap()),
            ("DELIVERY__SIGNERS", ""),
        ])
        .await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    assert_eq!(pdfsig(&keep(&keys, &pdf)), [true]);
    let told = stage
        .get(&format!("/delivery/check/{}", paper.check_code), None)
        .await;
    assert_eq!(told.json()["sealed_by"], BODY);
}

#[test]
fn a_token_whose_file_is_wrong_is_refused_without_its_pin() {
    let keys = Keys::new();
    let path = keys.path("seals/H15.50.05.token.toml");
    let toml = include_str!("../../config.toml");
    let seals = format!("seals = {:?}", keys.path("seals").to_str().unwrap());
    let config = toml::from_str(&toml.replacen("seals = \"\"", &seals, 1)).unwrap();
    let refused = || {
        delivery::signing::Signing::open(&config)
            .unwrap_err()
            .to_string()
    };
    fs::write(&path, "token = 1").unwrap();
    assert!(refused().contains("H15.50.05.token.toml"));
    let address = "library = \"/nowhere.so\"\ntoken = \"a\"\nkey = \"b\"\npin_file = \"a.pin\"\nchain = \"a.crt\"\n";
    fs::write(&path, address).unwrap();
    assert!(refused().contains("pin_file"));
    fs::write(keys.path("seals/a.pin"), PIN).unwrap();
    assert!(refused().contains("chain"));
    let chain = authority().issue(BODY).unwrap().chain;
    fs::write(keys.path("seals/a.crt"), chain).unwrap();
    let said = refused();
    assert!(
        said.contains("cannot be loaded") && !said.contains(PIN),
        "{said}"
    );
}
