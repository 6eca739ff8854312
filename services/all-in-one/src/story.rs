//! The main job, done over HTTP as a citizen and an officer would do it: one scanned document through a whole level-4
//! dossier, from upload to handed-over result.

mod citizen;
mod client;
mod officer;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use chassis::StartError;
use clap::Args;
use serde_json::json;

use client::{Client, Trouble, text};

/// Where and with what.
#[derive(Args)]
pub struct Options {
    /// Where the system is.
    #[arg(long, default_value = "http://localhost:8080")]
    url: String,
    /// The scanned document.
    #[arg(long, default_value = "examples/to-khai-trich-luc.jpg")]
    document: PathBuf,
    /// The first operator's password; the story makes an officer with it.
    #[arg(long, env = "OPERATOR_PASSWORD", hide_env_values = true)]
    operator_password: Option<String>,
    /// A file with that password, as identity writes it at its first start.
    #[arg(long, default_value = "data/operator-password")]
    operator_password_file: PathBuf,
    /// Where the result is kept.
    #[arg(long, default_value = "data/story-result.pdf")]
    result: PathBuf,
    /// Seconds that any one step may take.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

const PROCEDURE: &str = "2.000635";

/// Tells the story once.
pub async fn run(options: Options) -> Result<(), StartError> {
    chassis::install_cryptography();
    let mut telling = Telling {
        client: Client::new(&options.url, Duration::from_secs(options.patience))?,
        begun: Instant::now(),
        since: Instant::now(),
    };
    match telling.tell(&options).await {
        Ok(()) => Ok(()),
        Err(trouble) => Err(StartError::new(format!("the story stopped: {trouble}"))),
    }
}

struct Telling {
    client: Client,
    begun: Instant,
    since: Instant,
}

impl Telling {
    /// Prints a finished step with how long it took.
    fn step(&mut self, what: &str) {
        println!("  {:>7.2} s  {what}", self.since.elapsed().as_secs_f64());
        self.since = Instant::now();
    }

    async fn tell(&mut self, options: &Options) -> Result<(), Trouble> {
        println!(
            "A dossier of procedure {PROCEDURE} (copy of a civil-status extract, level 4) at {}",
            options.url
        );
        self.client
            .until("the system is ready", Client::ready)
            .await?;
        self.step("the system is ready");
        let (citizen, officer) = (self.citizen().await?, self.officer(options).await?);
        self.step("a citizen and an officer are signed in");
        let document = self.upload(&citizen, options).await?;
        let dossier = self.file(&citizen, &document).await?;
        self.receive(&officer, &dossier).await?;
        self.pay(&citizen, &dossier).await?;
        self.sign_off(&officer, &dossier).await?;
        self.result(&citizen, &dossier, options).await?;
        self.news(&citizen, &dossier).await?;
        self.time_line(&citizen, &dossier).await?;
        self.leave_word(&dossier, options);
        Ok(())
    }

    async fn sign_in(&self, login: &str, password: &str) -> Result<Client, Trouble> {
        let session = json!({ "login": login, "password": password });
        let session = self.client.post("/identity/sessions", &session).await?;
        let token = text(&session.expect(201, "signing in")?, "token")?;
        Ok(self.client.signed_in(token))
    }

    /// Says where everything can be looked at.
    fn leave_word(&self, dossier: &str, options: &Options) {
        let url = options.url.trim_end_matches('/');
        let (phone, password) = (citizen::PHONE, citizen::PASSWORD);
        println!("\nDone in {:.1} s.", self.begun.elapsed().as_secs_f64());
        println!("  portal      {url}/intake/   (telephone {phone}, password {password})");
        println!("  dossier     {url}/intake/dossiers/{dossier}");
        println!("  inbox       {url}/notification/");
        println!("  result      {}", options.result.display());
        println!("  trace       {}", self.client.trace_id());
    }
}
