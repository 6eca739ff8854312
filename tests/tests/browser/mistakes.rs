//! A citizen's mistakes are named beside the field, and nothing that was typed is lost.

use serde::Deserialize;

use crate::{chromium::PHONE, people::CITIZEN, phone::Phone, portal::at_the_portal};

/// A field as it comes back.
#[derive(Debug, Deserialize)]
struct Field {
    value: String,
    /// Whether it is marked for those who do not see the colour.
    invalid: bool,
    /// The error in the same box, when it is seen there.
    beside: Option<String>,
    /// What a screen reader says after its name.
    described: String,
}

const FIELD: &str = r"
    const field = document.getElementsByName(arguments[0])[0];
    const error = field.closest('.field').querySelector('.error');
    const ids = (field.getAttribute('aria-describedby') || '').split(' ').filter(id => id);
    return {
        value: field.value, invalid: field.getAttribute('aria-invalid') === 'true',
        beside: error && error.checkVisibility() ? error.innerText.trim() : null,
        described: ids.map(id => document.getElementById(id).textContent).join(' '),
    };";

impl Phone {
    async fn field(&self, name: &str) -> Field {
        self.ask(FIELD, vec![name.into()]).await
    }
}

#[tokio::test]
async fn a_wrong_answer_is_named_beside_its_field_and_kept() {
    at_the_portal("mistakes", async |portal| {
        portal.register().await;
        let citizen = portal.phone("citizen", PHONE, None).await;
        citizen
            .open("/identity/sign-in?back=/intake/procedures/2.000635")
            .await;
        citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
        citizen.press_words("Nộp hồ sơ trực tuyến").await;
        let wrong = [
            ("form.ngay_sinh", "31/02/1990"),
            ("form.so_ban_sao", "hai mươi mốt"),
        ];
        let right = [
            ("form.ho_ten", CITIZEN.name),
            ("form.ly_do", "Nhập học cho con"),
        ];
        for (name, text) in wrong.into_iter().chain(right) {
            citizen.write(name, text).await;
        }
        citizen.choose("form.loai_giay_to", "khai_sinh").await;
        citizen.press_words("Lưu và tiếp tục").await;

        for (name, text) in wrong {
            let field = citizen.field(name).await;
            let error = field.beside.as_deref().unwrap_or_default();
            assert_eq!(field.value, text, "what was typed is kept");
            assert!(field.invalid && !error.is_empty(), "{name}: {field:?}");
            assert!(field.described.contains(error), "{name}: {field:?}");
        }
        for (name, text) in right {
            let field = citizen.field(name).await;
            assert_eq!((field.value.as_str(), field.beside), (text, None), "{name}");
        }
        let unanswered = citizen.field("form.quan_he").await;
        assert!(unanswered.beside.is_some(), "{unanswered:?}");
        assert!(citizen.has("[value=khai_sinh]:checked").await);
        // The summary leads to each field.
        citizen.has("[role=alert] a[href='#form.ngay_sinh']").await;
    })
    .await;
}
