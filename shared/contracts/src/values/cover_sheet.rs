//! The sheet that is laid before papers in a stack, so that a machine knows where they belong.

use crate::DossierId;

/// What a cover sheet's QR code says: which dossier the papers behind it belong to, and for which of its components.
///
/// The code is a link: a telephone that reads it leads the citizen to that paper of their dossier, and anybody else to the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CoverSheet {
    /// The dossier.
    pub dossier: DossierId,
    /// The component; none on a sheet that names the dossier only.
    pub component: Option<String>,
}

const DOSSIERS: &str = "/intake/dossiers/";
const COMPONENT: &str = "/papers#documents.";

impl CoverSheet {
    /// The link of this sheet on the site at `public_url`.
    pub fn link(&self, public_url: &str) -> String {
        let component = self.component.as_deref();
        let component = component.map_or_else(String::new, |id| format!("{COMPONENT}{id}"));
        let site = public_url.trim_end_matches('/');
        format!("{site}{DOSSIERS}{}{component}", self.dossier)
    }

    /// Reads a link of the site at `public_url`; nothing of any other's, or of another kind.
    pub fn parse(public_url: &str, link: &str) -> Option<Self> {
        let path = link.strip_prefix(public_url.trim_end_matches('/'))?;
        let rest = path.strip_prefix(DOSSIERS)?;
        let (dossier, component) = match rest.split_once(COMPONENT) {
            Some((dossier, component)) => (dossier, Some(component)),
            None => (rest, None),
        };
        let is_id = |id: &str| {
            let letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
            (1..=64).contains(&id.len()) && id.bytes().all(letter)
        };
        if component.is_some_and(|id| !is_id(id)) {
            return None;
        }
        let sheet = Self {
            dossier: dossier.parse().ok()?,
            component: component.map(str::to_owned),
        };
        // One dossier has one way to be written.
        (sheet.link(public_url).len() == link.trim_end_matches('/').len()).then_some(sheet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const SITE: &str = "https://motcua.example.vn";

    #[test]
    fn only_this_sites_links_to_a_dossier_are_sheets() {
        let dossier = "0199e3a0-0000-7000-8000-000000000001";
        let link = |rest: &str| format!("{SITE}/intake/dossiers/{rest}");
        let whole = CoverSheet::parse(SITE, &link(dossier)).unwrap();
        assert_eq!(whole.component, None);
        let one = link(&format!("{dossier}/papers#documents.can-cuoc"));
        let one = CoverSheet::parse("https://motcua.example.vn/", &one).unwrap();
        assert_eq!(one.component.as_deref(), Some("can-cuoc"));
        for strange in [
            format!("https://motcua.example.vn.evil.vn/intake/dossiers/{dossier}"),
            format!("http://motcua.example.vn/intake/dossiers/{dossier}"),
            link("0199e3a0"),
            link(&dossier.replace('-', "")),
            link(&format!("{dossier}/papers")),
            link(&format!("{dossier}/papers#documents.")),
            link(&format!("{dossier}/papers#documents.a b")),
            link(&format!("{dossier}/papers#documents.a/b")),
            format!("{SITE}/delivery/check/AB12"),
            // An identity card's code, and a payment's.
            "001190000001|012345678|Nguyễn Thị Ví Dụ|01011990|Nữ|Sông Mây|01012022".to_owned(),
            "00020101021238540010A00000072701240006970436".to_owned(),
            String::new(),
        ] {
            assert_eq!(CoverSheet::parse(SITE, &strange), None, "{strange}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(dossier: u128, component in proptest::option::of("[a-z0-9_-]{1,64}")) {
            let sheet = CoverSheet { dossier: DossierId(Uuid::from_u128(dossier)), component };
            prop_assert_eq!(CoverSheet::parse(SITE, &sheet.link(SITE)), Some(sheet));
        }

        #[test]
        fn whatever_a_code_says_is_read_or_not(text in ".*", rest in "[a-z0-9/#.-]*") {
            let _ = CoverSheet::parse(SITE, &text);
            let _ = CoverSheet::parse(SITE, &format!("{SITE}/intake/dossiers/{rest}"));
        }
    }
}
