//! The rules about accounts, as sentences.

use super::*;

fn password(text: &str) -> Result<Password, Refused> {
    text.parse()
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_791_432_000, 0).unwrap()
}

fn tries(wrong: u32) -> Tries {
    Tries {
        wrong,
        last: noon(),
    }
}

#[test]
fn a_login_is_a_citizen_id_a_phone_number_or_an_officers_login() {
    let citizen_id = Login::CitizenId("066190001234".parse().unwrap());
    assert_eq!(Login::read(" 066 190 001 234 "), Some(citizen_id));
    let phone = Some(Login::Phone("+84912345678".parse().unwrap()));
    for text in [
        "0912345678",
        "0912 345 678",
        "+84 912 345 678",
        "84912345678",
        "０912345678",
    ] {
        assert_eq!(Login::read(text), phone, "{text}");
    }
    let officer = Some(Login::Officer("vi.du".parse().unwrap()));
    for text in ["vi.du", "Vi.Du", "  VI.DU "] {
        assert_eq!(Login::read(text), officer, "{text}");
    }
    for text in ["", "12345", "vi", "ví dụ", "' OR 1=1", "0212345678"] {
        assert_eq!(Login::read(text), None, "{text}");
    }
}

#[test]
fn a_password_has_8_to_128_characters_however_many_bytes_they_take() {
    assert!(password("bảy ký t").is_ok());
    assert!(password("bảy ký").is_err());
    assert!(password(&"ữ!".repeat(64)).is_ok());
    assert!(password(&"ữ!".repeat(65)).is_err());
}

#[test]
fn a_password_that_everybody_chooses_is_refused_whatever_its_capitals() {
    for text in [
        "12345678",
        "Password1",
        "matkhau123",
        "MATKHAU123",
        "aaaaaaaaaa",
        "AaAaAaAaAa",
        "iloveyou",
        "anhyeuem",
    ] {
        assert!(password(text).is_err(), "{text}");
    }
    assert!(password("con trâu đi trước cái cày").is_ok());
}

#[test]
fn every_common_password_is_long_enough_to_be_worth_listing() {
    for line in include_str!("../common_passwords.txt").lines() {
        assert!(
            line.chars().count() >= 8 && line == line.to_lowercase(),
            "{line}"
        );
    }
}

#[test]
fn a_password_is_not_one_of_the_persons_logins_in_any_spelling() {
    let own = [
        Login::Phone("0912345678".parse().unwrap()),
        Login::Officer("nguyen.vi.du".parse().unwrap()),
    ];
    for text in ["0912345678", "+84912345678", "0912.345.678", "Nguyen.Vi.Du"] {
        assert!(password(text).unwrap().not_a_login(&own).is_err(), "{text}");
    }
    assert!(password("0987654322").unwrap().not_a_login(&own).is_ok());
}

#[test]
fn the_same_letters_typed_on_two_keyboards_are_one_password() {
    assert_eq!(
        Password::normalised("mật khẩu"),
        Password::normalised("ma\u{323}\u{302}t kha\u{302}\u{309}u")
    );
}

#[test]
fn a_password_is_not_shown_when_debugged() {
    assert_eq!(
        format!("{:?}", password("con trâu đi trước")),
        "Ok(Password)"
    );
}

#[test]
fn four_wrong_passwords_cost_no_wait_and_the_fifth_a_minute() {
    assert_eq!(tries(4).wait(noon()), None);
    assert_eq!(tries(5).wait(noon()), Some(TimeDelta::minutes(1)));
    assert_eq!(
        tries(5).wait(noon() + TimeDelta::seconds(59)),
        Some(TimeDelta::seconds(1))
    );
    assert_eq!(tries(5).wait(noon() + TimeDelta::minutes(1)), None);
}

#[test]
fn the_wait_doubles_up_to_an_hour_and_never_beyond() {
    let minutes: Vec<i64> = (5..14)
        .filter_map(|wrong| tries(wrong).wait(noon()))
        .map(|wait| wait.num_minutes())
        .collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(tries(u32::MAX).wait(noon()), Some(Tries::LONGEST));
    assert_eq!(tries(u32::MAX).wait(noon() + Tries::LONGEST), None);
}

#[test]
fn wrong_passwords_are_forgotten_after_a_quiet_day() {
    assert_eq!(Tries::one_more(None, noon()).wrong, 1);
    assert_eq!(
        Tries::one_more(Some(tries(7)), noon() + TimeDelta::hours(23)).wrong,
        8
    );
    assert_eq!(
        Tries::one_more(Some(tries(7)), noon() + TimeDelta::hours(24)).wrong,
        1
    );
    assert_eq!(
        Tries::one_more(Some(tries(u32::MAX)), noon()).wrong,
        u32::MAX
    );
}

#[test]
fn signing_in_leads_to_this_site_only() {
    for own in [
        "/intake/",
        "/desk/dossiers?state=open&page=2",
        "/payment/orders/1/page",
        "/",
    ] {
        assert_eq!(own_path(own), own);
    }
    let elsewhere = [
        "",
        "intake/",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " /intake/",
        "/intake/\r\nset-cookie: a=b",
        "/ví-dụ",
    ];
    for back in elsewhere {
        assert_eq!(own_path(back), "/intake/", "{back:?}");
    }
    assert_eq!(own_path(&format!("/{}", "a".repeat(2_000))), "/intake/");
}

#[test]
fn an_email_address_has_a_name_and_a_domain() {
    for text in [
        "vi.du@example.vn",
        " vi.du@example.vn ",
        "a+b@mail.example.com",
    ] {
        assert!(text.parse::<Email>().is_ok(), "{text}");
    }
    for text in [
        "",
        "vi.du",
        "@example.vn",
        "a@b",
        "a@b@c.vn",
        "a b@c.vn",
        "<a@b.vn>",
        "a@b..vn",
        "a@b.vn\r\nBcc: c@d.vn",
    ] {
        assert!(text.parse::<Email>().is_err(), "{text}");
    }
}
