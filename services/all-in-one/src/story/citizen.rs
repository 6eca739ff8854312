//! What the citizen does in the story: uploads, fills and files, pays, fetches the result, reads the news.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Options, PROCEDURE, Telling,
    client::{Client, Trouble, moment, text},
};

/// An invented citizen, found in the example register of the civil-status agency.
const ID: &str = "066190001234";
const NAME: &str = "Nguyễn Thị Ví Dụ";
pub(super) const PHONE: &str = "0912345678";
/// The example citizen's password. Only the story makes this account, and only where somebody runs it.
pub(super) const PASSWORD: &str = "vi-du-mot-cua-2026";
const COPIES: u32 = 2;

impl Telling {
    /// Registers the citizen and signs in.
    pub(super) async fn citizen(&self) -> Result<Client, Trouble> {
        let account = json!({
            "name": NAME, "citizen_id": ID, "phone": PHONE, "email": "vi.du@example.vn", "password": PASSWORD,
        });
        let made = self.client.post("/identity/accounts", &account).await?;
        // The citizen of an earlier story signs in again.
        if made.status != 409 {
            made.expect(201, "registering the citizen")?;
        }
        self.sign_in(PHONE, PASSWORD).await
    }

    pub(super) async fn upload(
        &mut self,
        citizen: &Client,
        options: &Options,
    ) -> Result<String, Trouble> {
        let file = options.document.display();
        let bytes = std::fs::read(&options.document)
            .map_err(|error| Trouble::new(format!("{file}: {error}")))?;
        let size = bytes.len();
        let uploaded = citizen
            .upload("/scan/documents", &options.document, bytes)
            .await?;
        let document = text(&uploaded, "id")?;
        self.step(&format!("uploaded {file} ({size} bytes)"));
        let checked = citizen
            .until_found(
                "the document is checked and read",
                &format!("/scan/documents/{document}"),
                |document| document["state"] != "stored" && document["state"] != "checking",
            )
            .await?;
        if checked["state"] != "accepted" {
            return Err(Trouble::new(format!(
                "the document was not accepted: {checked}"
            )));
        }
        self.step(&format!("checked and read: {} letters", checked["letters"]));
        Ok(document)
    }

    pub(super) async fn file(
        &mut self,
        citizen: &Client,
        document: &str,
    ) -> Result<String, Trouble> {
        let chosen = json!({ "procedure": PROCEDURE });
        let draft = citizen.post("/intake/dossiers", &chosen).await?;
        let dossier = text(&draft.expect(201, "opening a draft")?, "dossier")?;
        let path = format!("/intake/dossiers/{dossier}");
        let filled = json!({
            "form": {
                "loai_giay_to": "khai_sinh", "ho_ten": NAME, "ngay_sinh": "15/01/1990",
                "quan_he": "ban_than", "so_ban_sao": COPIES.to_string(),
            },
            "documents": { "to-khai": document },
            "delivery": "portal",
        });
        let filled = citizen.put(&path, &filled).await?;
        filled.expect(200, "filling the form")?;
        self.step("filled the form");
        let submit = format!("{path}/submit");
        // 409: intake has not heard yet that the document is accepted.
        citizen
            .until("the dossier is submitted", async |citizen| {
                let answer = citizen.post(&submit, &json!({})).await?;
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

    pub(super) async fn pay(&mut self, citizen: &Client, dossier: &str) -> Result<(), Trouble> {
        let path = format!("/payment/dossiers/{dossier}/order");
        let order = citizen
            .until_found("the fee is ordered", &path, |_| true)
            .await?;
        self.step(&format!("the fee is ordered: {} đồng", order["total"]));
        let pay = format!("/payment/orders/{}/pay", text(&order, "order")?);
        let paying = citizen.post(&pay, &json!({})).await?;
        let address = text(&paying.expect(201, "beginning to pay")?, "pay_url")?;
        let shown = citizen.pay_at_sandbox_bank(&address).await?;
        self.step(&format!("paid at the sandbox bank; it showed: {shown}"));
        citizen
            .until_found("the payment is booked", &path, |order| {
                order["state"] == "paid"
            })
            .await?;
        self.step("the bank's signed notice came; the fee is in the ledger");
        Ok(())
    }

    pub(super) async fn result(
        &mut self,
        citizen: &Client,
        dossier: &str,
        options: &Options,
    ) -> Result<(), Trouble> {
        let path = format!("/delivery/dossiers/{dossier}/result");
        let result = citizen
            .until_found("the result is handed over", &path, |result| {
                result["state"] == "handed_over"
            })
            .await?;
        let file = format!("/delivery/results/{}/file", text(&result, "result")?);
        let pdf = citizen.download(&file).await?;
        if !pdf.starts_with(b"%PDF-")
            || hex::encode(Sha256::digest(&pdf)) != text(&result, "sha256")?
        {
            return Err(Trouble::new("the result is not the PDF that was issued"));
        }
        let code = text(&result, "check_code")?;
        let check = self.client.get(&format!("/delivery/check/{code}")).await?;
        let check = check.expect(200, "the public check")?;
        if check["number"] != result["number"] {
            return Err(Trouble::new(format!(
                "the public check knows another number: {check}"
            )));
        }
        keep(&pdf, options)?;
        self.step(&format!(
            "result {} issued, handed over, and checked in public by {code}",
            text(&result, "number")?
        ));
        Ok(())
    }

    pub(super) async fn news(&mut self, citizen: &Client, dossier: &str) -> Result<(), Trouble> {
        let about = |inbox: &Value| {
            let all = inbox["messages"].as_array().into_iter().flatten();
            all.filter(|message| message["dossier"] == dossier)
                .map(|message| message["event"].as_str().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let inbox = citizen
            .until_found(
                "the citizen is told of the hand-over",
                "/notification/messages",
                |inbox| about(inbox).iter().any(|event| event.contains("handed")),
            )
            .await?;
        self.step(&format!(
            "{} messages about it are in the citizen's inbox",
            about(&inbox).len()
        ));
        Ok(())
    }

    /// Waits for the end and prints the time line.
    pub(super) async fn time_line(
        &mut self,
        citizen: &Client,
        dossier: &str,
    ) -> Result<(), Trouble> {
        let path = format!("/intake/dossiers/{dossier}");
        let shown = citizen
            .until_found("the portal shows it returned", &path, |dossier| {
                dossier["state"] == "returned"
            })
            .await?;
        println!("\nThe time line the citizen sees:");
        for entry in shown["time_line"].as_array().into_iter().flatten() {
            println!(
                "  {}  {}",
                moment(entry, "at")?,
                entry["text_vi"].as_str().unwrap_or_default()
            );
        }
        Ok(())
    }
}

fn keep(pdf: &[u8], options: &Options) -> Result<(), Trouble> {
    let written = match options.result.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| std::fs::write(&options.result, pdf))
        .map_err(|error| Trouble::new(format!("{}: {error}", options.result.display())))
}
