//! Codes that name a dossier, a procedure, an organisation.

use super::{Refused, digits, text_value};

text_value! {
    /// The code a citizen knows a dossier by: `{agency}-{yymmdd}-{sequence}`, e.g. `H15.50.05.13-261008-0975`.
    ///
    /// Codes of other systems (eight-digit dates, six-digit sequences) are taken as they are; ours have four digits.
    DossierCode, dossier_code, "^[A-Z0-9.]{3,30}-[0-9]{6,8}-[0-9]{4,8}$", "H15.50.05.13-261008-0975"
}

impl DossierCode {
    /// The agency that gave the code: `H15.50.05.13` of `H15.50.05.13-261008-0975`.
    pub fn agency(&self) -> &str {
        let mut parts = self.as_str().rsplitn(3, '-');
        parts.nth(2).unwrap_or_default()
    }
}

text_value! {
    /// A procedure's national code, e.g. `2.000635`.
    ProcedureCode, procedure_code, "^[0-9]\\.[0-9]{6}$", "2.000635"
}

text_value! {
    /// An agency's identifier under Decision 20/2020/QĐ-TTg, root first, e.g. `H15.50.05.13`.
    OrganisationCode, organisation_code, "^[A-Z0-9]+(\\.[A-Z0-9]+)*$", "H15.50.05.13"
}

impl OrganisationCode {
    /// Whether `other` is this body or belongs to it: a code has the codes of the bodies above at its root.
    pub fn includes(&self, other: &Self) -> bool {
        let below = other.as_str().strip_prefix(self.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn dossier_code(text: &str) -> Result<String, Refused> {
    let code = text.trim().to_ascii_uppercase();
    let mut parts = code.rsplitn(3, '-');
    let well_formed = match (parts.next(), parts.next(), parts.next()) {
        (Some(sequence), Some(date), Some(agency)) => {
            digits(sequence)
                && (4..=8).contains(&sequence.len())
                && digits(date)
                && (date.len() == 6 || date.len() == 8)
                && (3..=30).contains(&agency.len())
                && agency
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.')
        }
        _ => false,
    };
    if well_formed {
        Ok(code)
    } else {
        Err(Refused::new(
            "Mã hồ sơ có dạng H15.50.05.13-261008-0975",
            "A dossier code looks like H15.50.05.13-261008-0975",
        ))
    }
}

fn procedure_code(text: &str) -> Result<String, Refused> {
    let code = text.trim();
    match code.split_once('.') {
        Some((group, number))
            if group.len() == 1 && number.len() == 6 && digits(group) && digits(number) =>
        {
            Ok(code.to_owned())
        }
        _ => Err(Refused::new(
            "Mã thủ tục có dạng 2.000635",
            "A procedure code looks like 2.000635",
        )),
    }
}

fn organisation_code(text: &str) -> Result<String, Refused> {
    let code = text.trim();
    let part = |part: &str| {
        (1..=4).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    if code.split('.').all(part) {
        Ok(code.to_owned())
    } else {
        Err(Refused::new(
            "Mã cơ quan có dạng H15.50.05.13",
            "An organisation code looks like H15.50.05.13",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_includes_itself_and_what_belongs_to_it() {
        let code = |text: &str| text.parse::<OrganisationCode>().expect("a code");
        let ward = code("H15.50.05");
        for (other, included) in [
            ("H15.50.05", true),
            ("H15.50.05.13", true),
            ("H15.50", false),
            ("H15.50.051", false),
            ("H15.50.06.13", false),
        ] {
            assert_eq!(ward.includes(&code(other)), included, "{other}");
        }
    }

    #[test]
    fn both_shapes_of_dossier_code_are_read() {
        for code in [
            "H15.50.05.13-261008-0975",
            "000.A0.01.H26-210212-9090",
            "G09.20-20260609-0092637",
        ] {
            assert_eq!(
                code.parse::<DossierCode>().map(String::from).as_deref(),
                Ok(code)
            );
        }
        let code: DossierCode = "000.A0.01.H26-210212-9090".parse().expect("a code");
        assert_eq!(code.agency(), "000.A0.01.H26");
        for code in [
            "",
            "H15",
            "H15-2610-0001",
            "h15.50-26100a-0001",
            "H15.50-261008-1",
        ] {
            assert!(code.parse::<DossierCode>().is_err(), "{code}");
        }
    }
}
