//! Who takes part: an invented citizen whom the example register knows, and an officer appointed for the test.

use serde_json::{Value, json};

use crate::{phone::Phone, portal::Portal};

/// A citizen, as they fill in the page to register.
pub struct Citizen {
    pub name: &'static str,
    pub number: &'static str,
    pub phone: &'static str,
    pub email: &'static str,
    pub password: &'static str,
}

/// The story's citizen.
pub const CITIZEN: Citizen = Citizen {
    name: "Nguyễn Thị Ví Dụ",
    number: "066190001234",
    phone: "0912345678",
    email: "vi.du@example.vn",
    password: "vi-du-mot-cua-2026",
};

/// An officer who receives and signs, as they sign in.
pub struct Officer {
    pub login: &'static str,
    pub password: &'static str,
}

const OFFICER: Officer = Officer {
    login: "can-bo-mau",
    password: "mau-mot-cua-2026-can-bo",
};

impl Portal<'_> {
    /// Opens the citizen's account without a page.
    pub async fn register(&self) {
        let account = json!({
            "name": CITIZEN.name, "citizen_id": CITIZEN.number, "phone": CITIZEN.phone,
            "email": CITIZEN.email, "password": CITIZEN.password,
        });
        self.make("/identity/accounts", None, &account).await;
    }

    /// The first operator appoints an officer. There is no page for it.
    pub async fn appoint(&self) -> Officer {
        let session = json!({ "login": "operator", "password": self.operator_password() });
        let session = self.make("/identity/sessions", None, &session).await;
        let officer = json!({
            "name": "Trần Văn Mẫu", "login": OFFICER.login, "password": OFFICER.password,
            "title": "Chủ tịch", "roles": ["officer", "signer"],
        });
        let token = session["token"].as_str();
        self.make("/identity/officers", token, &officer).await;
        OFFICER
    }

    /// The first operator's password, as it was written down at the first start.
    pub fn operator_password(&self) -> String {
        let file = self.motcua.operator_password_file();
        let password = std::fs::read_to_string(file).expect("the first operator's password");
        password.trim().to_owned()
    }

    async fn make(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.motcua.url()));
        let request = request.bearer_auth(token.unwrap_or_default()).json(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let told = answer.text().await.expect("a whole answer");
        assert_eq!(status, 201, "{path}: {told}");
        serde_json::from_str(&told).expect("JSON")
    }
}

impl Phone {
    /// Fills in the page to sign in.
    pub async fn sign_in(&self, login: &str, password: &str) {
        self.write("login", login).await;
        self.write("password", password).await;
        self.press("main button.primary").await;
    }
}
