//! The main job, done over HTTP as a citizen and an officer would do it: one scanned document through a whole level-4
//! dossier, from upload to handed-over result.

mod client;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use chassis::{StartError, random};
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// An invented citizen, found in the example register of the civil-status agency.
const CITIZEN_ID: &str = "066190001234";
const CITIZEN_NAME: &str = "Nguyễn Thị Ví Dụ";
const CITIZEN_PHONE: &str = "0912345678";
/// The example citizen's password. Only the story makes this account, and only where somebody runs it.
const CITIZEN_PASSWORD: &str = "vi-du-mot-cua-2026";
const PROCEDURE: &str = "2.000635";
const COPIES: u32 = 2;

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
            .until("the system is ready", async |client| client.ready().await)
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
        self.time_line(&citizen, &dossier, options).await
    }

    async fn citizen(&self) -> Result<String, Trouble> {
        let account = json!({
            "name": CITIZEN_NAME, "citizen_id": CITIZEN_ID, "phone": CITIZEN_PHONE,
            "email": "vi.du@example.vn", "password": CITIZEN_PASSWORD,
        });
        let made = self
            .client
            .post("/identity/accounts", None, &account)
            .await?;
        // The citizen of an earlier story signs in again.
        if made.status != 409 {
            made.expect(201, "registering the citizen")?;
        }
        self.sign_in(CITIZEN_PHONE, CITIZEN_PASSWORD).await
    }

    async fn sign_in(&self, login: &str, password: &str) -> Result<String, Trouble> {
        let session = json!({ "login": login, "password": password });
        let session = self
            .client
            .post("/identity/sessions", None, &session)
            .await?
            .expect(201, "signing in")?;
        text(&session, "token")
    }

    async fn officer(&self, options: &Options) -> Result<String, Trouble> {
        let password = match &options.operator_password {
            Some(password) => password.clone(),
            None => std::fs::read_to_string(&options.operator_password_file)
                .map_err(|error| {
                    let file = options.operator_password_file.display();
                    Trouble::new(format!(
                        "the operator's password (OPERATOR_PASSWORD or the file {file}): {error}"
                    ))
                })?
                .trim()
                .to_owned(),
        };
        let operator = self.sign_in("operator", &password).await?;
        // A new officer each time, with a password that nobody learns.
        let (login, password) = (
            format!("can-bo-{}", hex::encode(random::<4>())),
            hex::encode(random::<16>()),
        );
        let officer = json!({
            "name": "Trần Văn Mẫu", "login": login, "password": password,
            "title": "Chủ tịch", "roles": ["officer", "signer"],
        });
        self.client
            .post("/identity/officers", Some(&operator), &officer)
            .await?
            .expect(201, "making an officer")?;
        self.sign_in(&login, &password).await
    }

    async fn upload(&mut self, citizen: &str, options: &Options) -> Result<String, Trouble> {
        let bytes = std::fs::read(&options.document)
            .map_err(|error| Trouble::new(format!("{}: {error}", options.document.display())))?;
        let size = bytes.len();
        let uploaded = self
            .client
            .upload("/scan/documents", citizen, &options.document, bytes)
            .await?;
        let document = text(&uploaded, "id")?;
        self.step(&format!(
            "uploaded {} ({size} bytes)",
            options.document.display()
        ));
        let path = format!("/scan/documents/{document}");
        let checked = self
            .client
            .until("the document is checked and read", async |client| {
                let document = client
                    .get(&path, Some(citizen))
                    .await?
                    .expect(200, "the document")?;
                Ok(
                    (document["state"] != "stored" && document["state"] != "checking")
                        .then_some(document),
                )
            })
            .await?;
        if checked["state"] != "accepted" {
            return Err(Trouble::new(format!(
                "the document was not accepted: {checked}"
            )));
        }
        self.step(&format!("checked and read: {} letters", checked["letters"]));
        Ok(document)
    }

    async fn file(&mut self, citizen: &str, document: &str) -> Result<String, Trouble> {
        let draft = self
            .client
            .post(
                "/intake/dossiers",
                Some(citizen),
                &json!({ "procedure": PROCEDURE }),
            )
            .await?;
        let dossier = text(&draft.expect(201, "opening a draft")?, "dossier")?;
        let path = format!("/intake/dossiers/{dossier}");
        let filled = json!({
            "form": {
                "loai_giay_to": "khai_sinh", "ho_ten": CITIZEN_NAME, "ngay_sinh": "15/01/1990",
                "quan_he": "ban_than", "so_ban_sao": COPIES.to_string(),
            },
            "documents": { "to-khai": document },
            "delivery": "portal",
        });
        self.client
            .put(&path, Some(citizen), &filled)
            .await?
            .expect(200, "filling the form")?;
        self.step("filled the form");
        let submit = format!("{path}/submit");
        // 409: intake has not heard yet that the document is accepted.
        self.client
            .until("the dossier is submitted", async |client| {
                let answer = client.post(&submit, Some(citizen), &json!({})).await?;
                if answer.status == 409 {
                    Ok(None)
                } else {
                    answer.expect(200, "submitting").map(Some)
                }
            })
            .await?;
        self.step("submitted");
        Ok(dossier)
    }

    async fn receive(&mut self, officer: &str, dossier: &str) -> Result<(), Trouble> {
        let path = format!("/desk/dossiers/{dossier}");
        self.desk_until(officer, &path, "awaiting_reception")
            .await?;
        self.step("assessed by the agency's handler: complete, and what it costs");
        let receive = format!("{path}/receive");
        self.client
            .post(&receive, Some(officer), &json!({}))
            .await?
            .expect(200, "receiving")?;
        let item = self
            .client
            .get(&path, Some(officer))
            .await?
            .expect(200, "the work item")?;
        self.step(&format!(
            "received: {}, due {}",
            text(&item, "code")?,
            text(&item, "due_at")?
        ));
        Ok(())
    }

    async fn desk_until(&self, officer: &str, path: &str, state: &str) -> Result<Value, Trouble> {
        self.client
            .until(&format!("the desk has it {state}"), async |client| {
                let answer = client.get(path, Some(officer)).await?;
                if answer.status == 404 {
                    return Ok(None);
                }
                let item = answer.expect(200, "the work item")?;
                Ok((item["state"] == state).then_some(item))
            })
            .await
    }

    async fn pay(&mut self, citizen: &str, dossier: &str) -> Result<(), Trouble> {
        let path = format!("/payment/dossiers/{dossier}/order");
        let order = self
            .client
            .until("the fee is ordered", async |client| {
                let answer = client.get(&path, Some(citizen)).await?;
                if answer.status == 404 {
                    Ok(None)
                } else {
                    answer.expect(200, "the order").map(Some)
                }
            })
            .await?;
        self.step(&format!("the fee is ordered: {} đồng", order["total"]));
        let id = text(&order, "id").or_else(|_| text(&order, "order"))?;
        let paying = self
            .client
            .post(
                &format!("/payment/orders/{id}/pay"),
                Some(citizen),
                &json!({}),
            )
            .await?;
        let address = text(&paying.expect(201, "beginning to pay")?, "pay_url")?;
        let shown = self.client.pay_at_sandbox_bank(&address).await?;
        self.step(&format!("paid at the sandbox bank; it showed: {shown}"));
        self.client
            .until("the payment is booked", async |client| {
                let order = client
                    .get(&path, Some(citizen))
                    .await?
                    .expect(200, "the order")?;
                Ok((order["state"] == "paid").then_some(()))
            })
            .await?;
        self.step("the bank's signed notice came; the fee is in the ledger");
        Ok(())
    }

    async fn sign_off(&mut self, officer: &str, dossier: &str) -> Result<(), Trouble> {
        let path = format!("/desk/dossiers/{dossier}");
        self.desk_until(officer, &path, "awaiting_sign_off").await?;
        self.step("examined by the agency's handler: grant");
        let sign = format!("{path}/sign-off");
        self.client
            .post(&sign, Some(officer), &json!({}))
            .await?
            .expect(200, "signing off")?;
        self.step("decided and signed off");
        Ok(())
    }

    async fn result(
        &mut self,
        citizen: &str,
        dossier: &str,
        options: &Options,
    ) -> Result<(), Trouble> {
        let path = format!("/delivery/dossiers/{dossier}/result");
        let result = self
            .client
            .until("the result is handed over", async |client| {
                let answer = client.get(&path, Some(citizen)).await?;
                if answer.status == 404 {
                    return Ok(None);
                }
                let result = answer.expect(200, "the result")?;
                Ok((result["state"] == "handed_over").then_some(result))
            })
            .await?;
        let file = format!("/delivery/results/{}/file", text(&result, "result")?);
        let pdf = self.client.download(&file, citizen).await?;
        if !pdf.starts_with(b"%PDF-")
            || hex::encode(Sha256::digest(&pdf)) != text(&result, "sha256")?
        {
            return Err(Trouble::new("the result is not the PDF that was issued"));
        }
        let code = text(&result, "check_code")?;
        let check = self
            .client
            .get(&format!("/delivery/check/{code}"), None)
            .await?
            .expect(200, "the public check")?;
        if check["number"] != result["number"] {
            return Err(Trouble::new(format!(
                "the public check knows another number: {check}"
            )));
        }
        if let Some(folder) = options.result.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Trouble::new(format!("{}: {error}", folder.display())))?;
        }
        std::fs::write(&options.result, &pdf)
            .map_err(|error| Trouble::new(format!("{}: {error}", options.result.display())))?;
        self.step(&format!(
            "result {} issued, handed over, and checked in public by {code}",
            text(&result, "number")?
        ));
        Ok(())
    }

    async fn news(&mut self, citizen: &str, dossier: &str) -> Result<(), Trouble> {
        let count = self
            .client
            .until("the citizen is told of the hand-over", async |client| {
                let inbox = client
                    .get("/notification/messages", Some(citizen))
                    .await?
                    .expect(200, "the inbox")?;
                let list = inbox["messages"]
                    .as_array()
                    .or_else(|| inbox.as_array())
                    .cloned()
                    .unwrap_or_default();
                let about: Vec<_> = list
                    .iter()
                    .filter(|message| message["dossier"] == dossier)
                    .collect();
                let told = about.iter().any(|message| {
                    message["event"]
                        .as_str()
                        .is_some_and(|event| event.contains("handed"))
                });
                Ok(told.then_some(about.len()))
            })
            .await?;
        self.step(&format!(
            "{count} messages about it are in the citizen's inbox"
        ));
        Ok(())
    }

    async fn time_line(
        &mut self,
        citizen: &str,
        dossier: &str,
        options: &Options,
    ) -> Result<(), Trouble> {
        let path = format!("/intake/dossiers/{dossier}");
        let shown = self
            .client
            .until("the portal shows it returned", async |client| {
                let dossier = client
                    .get(&path, Some(citizen))
                    .await?
                    .expect(200, "the dossier")?;
                Ok((dossier["state"] == "returned").then_some(dossier))
            })
            .await?;
        println!("\nThe time line the citizen sees:");
        for entry in shown["time_line"].as_array().into_iter().flatten() {
            println!(
                "  {}  {}",
                entry["at"].as_str().unwrap_or_default(),
                entry["text_vi"].as_str().unwrap_or_default()
            );
        }
        let url = options.url.trim_end_matches('/');
        println!("\nDone in {:.1} s.", self.begun.elapsed().as_secs_f64());
        println!(
            "  portal      {url}/intake/   (telephone {CITIZEN_PHONE}, password {CITIZEN_PASSWORD})"
        );
        println!("  dossier     {url}/intake/dossiers/{dossier}");
        println!("  inbox       {url}/notification/");
        println!("  result      {}", options.result.display());
        println!("  trace       {}", self.client.trace_id());
        Ok(())
    }
}
