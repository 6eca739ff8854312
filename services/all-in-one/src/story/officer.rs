//! What the officer does in the story: receives the dossier at the desk and signs the decision off.

use chassis::random;
use serde_json::json;

use super::{
    Options, Telling,
    client::{Client, Trouble, moment, text},
};

impl Telling {
    /// Makes an officer as the operator does, and signs in.
    pub(super) async fn officer(&self, options: &Options) -> Result<Client, Trouble> {
        let operator = self
            .sign_in("operator", &operator_password(options)?)
            .await?;
        // A new officer each time, with a password that nobody learns.
        let (login, password) = (
            format!("can-bo-{}", hex::encode(random::<4>())),
            hex::encode(random::<16>()),
        );
        let officer = json!({
            "name": "Trần Văn Mẫu", "login": login, "password": password,
            "title": "Chủ tịch", "roles": ["officer", "signer"],
        });
        let made = operator.post("/identity/officers", &officer).await?;
        made.expect(201, "making an officer")?;
        self.sign_in(&login, &password).await
    }

    pub(super) async fn receive(&mut self, officer: &Client, dossier: &str) -> Result<(), Trouble> {
        let path = format!("/desk/dossiers/{dossier}");
        let assessed = "the desk has it awaiting reception";
        officer
            .until_found(assessed, &path, |item| {
                item["state"] == "awaiting_reception"
            })
            .await?;
        self.step("assessed by the agency's handler: complete, and what it costs");
        let received = officer.post(&format!("{path}/receive"), &json!({})).await?;
        received.expect(200, "receiving")?;
        let item = officer.get(&path).await?.expect(200, "the work item")?;
        let (code, due) = (text(&item, "code")?, moment(&item, "due_at")?);
        self.step(&format!("received: {code}, due {due}"));
        Ok(())
    }

    pub(super) async fn sign_off(
        &mut self,
        officer: &Client,
        dossier: &str,
    ) -> Result<(), Trouble> {
        let path = format!("/desk/dossiers/{dossier}");
        let examined = "the desk has it awaiting sign-off";
        officer
            .until_found(examined, &path, |item| item["state"] == "awaiting_sign_off")
            .await?;
        self.step("examined by the agency's handler: grant");
        let signed = officer
            .post(&format!("{path}/sign-off"), &json!({}))
            .await?;
        signed.expect(200, "signing off")?;
        self.step("decided and signed off");
        Ok(())
    }
}

fn operator_password(options: &Options) -> Result<String, Trouble> {
    if let Some(password) = &options.operator_password {
        return Ok(password.clone());
    }
    let read = std::fs::read_to_string(&options.operator_password_file);
    let password = read.map_err(|error| {
        let file = options.operator_password_file.display();
        Trouble::new(format!(
            "the operator's password (OPERATOR_PASSWORD or the file {file}): {error}"
        ))
    })?;
    Ok(password.trim().to_owned())
}
