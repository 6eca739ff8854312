//! What the agency's bank and the officer who reads its statements do in a town.

use chassis::auth::Role;
use payment::transfer::webhook::Secret;
use serde_json::{Value, json};

use super::{Town, answer, order};

pub const ACCOUNT: &str = "0011001234567";

pub fn bank_secret() -> Secret {
    Secret::try_from("MOTCUA0TEST0BANK0SECRET0NOT0REAL").unwrap()
}

/// Money that came on the day of the story.
pub fn came(reference: &str, amount: i64, purpose: &str) -> Value {
    json!({ "reference": reference, "booked_on": "2026-10-08", "direction": "credit", "amount": amount, "purpose": purpose })
}

impl Town {
    /// What the payer is told to write.
    pub async fn purpose(&self) -> String {
        let path = format!("/payment/orders/{}/transfer", order());
        let (status, body) = self.post(Role::Citizen, &path, Value::Null).await;
        assert_eq!(status, 200, "{body}");
        body["purpose"].as_str().unwrap().to_owned()
    }

    /// The bank says lines of the agency's account, signed now.
    pub async fn bank_says(&self, lines: &[Value]) -> (u16, Value) {
        let body = json!({ "account": ACCOUNT, "lines": lines }).to_string();
        let headers = bank_secret().sign(self.clock.now(), body.as_bytes());
        self.said_with(&headers, body).await
    }

    /// Somebody says something with these headers.
    pub async fn said_with(&self, headers: &[(&str, String)], body: String) -> (u16, Value) {
        let mut request = self
            .browser
            .post(format!("{}/payment/bank/lines", self.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        answer(request.body(body)).await
    }

    /// Goes with an order's code to the pretend bank and presses a button there.
    pub async fn transfers(&mut self, choice: &str) {
        let path = format!("/payment/orders/{}/transfer", order());
        let (_, body) = self.post(Role::Citizen, &path, Value::Null).await;
        let payload = body["payload"].as_str().unwrap().to_owned();
        let form = [("payload", payload.as_str()), ("choice", choice)];
        let there = self.submit("/payment/sandbox/transfer", &form).await;
        assert_eq!(there, "/payment/sandbox/account");
        self.settle().await;
    }

    fn sends(&self, role: Role, path: &str, file: &str) -> reqwest::RequestBuilder {
        let part = reqwest::multipart::Part::bytes(file.as_bytes().to_vec()).file_name("sao-ke");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = self.browser.post(format!("{}{path}", self.url));
        request.bearer_auth(self.role_of(role)).multipart(form)
    }

    fn import(&self, role: Role, file: &str) -> reqwest::RequestBuilder {
        self.sends(role, "/payment/bank/statements", file)
    }

    /// An officer imports the gateway's settlement file.
    pub async fn gateway_file(&mut self, file: &str) -> (u16, Value) {
        let path = "/payment/gateways/vnpay/files";
        let taken = answer(self.sends(Role::Officer, path, file)).await;
        self.settle().await;
        taken
    }

    /// Somebody imports a statement.
    pub async fn imports(&self, role: Role, file: &str) -> (u16, Value) {
        answer(self.import(role, file)).await
    }

    /// The page that the officer's browser shows after an import.
    pub async fn import_page(&self, file: &str) -> String {
        let request = self
            .import(Role::Officer, file)
            .header("accept", "text/html");
        request.send().await.unwrap().text().await.unwrap()
    }

    /// A page as an officer's browser shows it.
    pub async fn officers_page(&self, path: &str) -> String {
        let request = self.browser.get(format!("{}{path}", self.url));
        let request = request.bearer_auth(self.role_of(Role::Officer));
        let response = request.header("accept", "text/html").send().await.unwrap();
        response.text().await.unwrap()
    }

    /// An officer sends a page's form; gives the status.
    pub async fn officer_submits(&self, path: &str, form: &[(&str, &str)]) -> u16 {
        let request = self.browser.post(format!("{}{path}", self.url));
        let request = request.bearer_auth(self.role_of(Role::Officer));
        request.form(form).send().await.unwrap().status().as_u16()
    }

    /// What waits for an officer: each line's reference and why.
    pub async fn waits(&self) -> Vec<String> {
        let (status, body) = self.get(Role::Officer, "/payment/bank/lines").await;
        assert_eq!(status, 200);
        let lines = body.as_array().unwrap().iter();
        let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        lines
            .map(|line| format!("{} {}", text(line, "reference"), text(line, "found")))
            .collect()
    }

    /// The ids of the lines that wait.
    pub async fn waiting_ids(&self) -> Vec<String> {
        let (_, body) = self.get(Role::Officer, "/payment/bank/lines").await;
        let lines = body.as_array().unwrap().iter();
        lines
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// An officer gives lines to an order.
    pub async fn allocates(&self, lines: &[String], order: &str) -> (u16, Value) {
        let body = json!({ "lines": lines, "order": order, "reason": "Người nộp gọi điện báo" });
        self.post(Role::Officer, "/payment/bank/allocations", body)
            .await
    }
}
