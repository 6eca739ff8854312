//! What is known of a person: identification number, telephone, name.

use unicode_normalization::UnicodeNormalization;

use super::{Refused, digits, text_value};

text_value! {
    /// A personal identification number (số định danh cá nhân): twelve digits.
    CitizenId, citizen_id, "^[0-9]{12}$", "066090001234"
}

text_value! {
    /// A Vietnamese mobile number in E.164 form, e.g. `+84912345678`; `0912 345 678` is read as the same.
    PhoneNumber, phone_number, "^\\+84[35789][0-9]{8}$", "+84912345678"
}

text_value! {
    /// A person's full name as one NFC string, 1 to 100 letters.
    PersonName, person_name, "^.{1,100}$", "Nguyễn Thị Ví Dụ"
}

fn citizen_id(text: &str) -> Result<String, Refused> {
    let id: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if id.len() != 12 || !digits(&id) {
        return Err(Refused::new(
            "Số định danh cá nhân gồm đúng 12 chữ số",
            "A personal identification number has exactly 12 digits",
        ));
    }
    Ok(id)
}

fn phone_number(text: &str) -> Result<String, Refused> {
    let compact: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')'))
        .collect();
    let national = compact
        .strip_prefix("+84")
        .or_else(|| compact.strip_prefix('0'))
        .or_else(|| compact.strip_prefix("84").filter(|rest| rest.len() == 9));
    match national {
        Some(number)
            if number.len() == 9
                && digits(number)
                && matches!(number.as_bytes()[0], b'3' | b'5' | b'7' | b'8' | b'9') =>
        {
            Ok(format!("+84{number}"))
        }
        _ => Err(Refused::new(
            "Số điện thoại di động gồm 10 chữ số, bắt đầu bằng 03, 05, 07, 08 hoặc 09",
            "A mobile number has 10 digits and begins with 03, 05, 07, 08 or 09",
        )),
    }
}

fn person_name(text: &str) -> Result<String, Refused> {
    let name: String = text
        .nfc()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let allowed = |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',');
    let letter = name.chars().any(char::is_alphabetic);
    if !letter || name.chars().count() > 100 || !name.chars().all(allowed) {
        return Err(Refused::new(
            "Họ tên gồm 1 đến 100 chữ cái, không có chữ số hay ký hiệu",
            "A name has 1 to 100 letters, without digits or symbols",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_form() {
        for text in [
            "0912345678",
            "0912 345 678",
            "+84912345678",
            "84912345678",
            "0912.345.678",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>().map(String::from).as_deref(),
                Ok("+84912345678"),
                "{text}"
            );
        }
        for text in [
            "",
            "0212345678",
            "091234567",
            "09123456789",
            "abc",
            "+85912345678",
        ] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_normalised_and_has_no_digits() {
        assert_eq!(
            "  Nguyê\u{303}n   Thị Ví Dụ "
                .parse::<PersonName>()
                .map(String::from)
                .as_deref(),
            Ok("Nguyễn Thị Ví Dụ")
        );
        for text in ["", "   ", "A1", "<script>", "-", ". ."] {
            assert!(text.parse::<PersonName>().is_err(), "{text}");
        }
    }
}
