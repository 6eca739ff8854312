//! What a paper says of itself in its QR code, signed: anybody can check it with the published keys, without a line to the agency.
//! Whether the paper still counts, only the check on line can say.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use ::paper::Block;

use super::paper::Paper;

/// The type of the JWS that holds a statement.
pub const TYPE: &str = "paper";

/// The statement. Its names are short, since each letter makes the code's squares smaller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The code of the body that issued it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// Number and symbol.
    #[serde(rename = "num")]
    pub number: String,
    /// What it is called.
    #[serde(rename = "doc")]
    pub title: String,
    /// Whom it is for.
    #[serde(rename = "sub")]
    pub holder: String,
    /// The day in Vietnam that it bears.
    #[serde(rename = "day")]
    pub issued_on: NaiveDate,
    /// The first half of the SHA-256 of what it says ([`words`]), 32 digits of lower hex.
    #[serde(rename = "sha")]
    pub words: String,
}

/// The hash of what a paper says: of each line of its body as printed, ended by a line feed, a label and its value with a colon
/// and a blank between them, in UTF-8.
pub fn words(paper: &Paper) -> String {
    let body = match paper {
        Paper::Result(result) => &result.body,
        Paper::Notice(notice) => &notice.body,
    };
    let mut hasher = Sha256::new();
    let mut line = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    };
    for block in body {
        match block {
            Block::Heading { text } | Block::Paragraph { text } => line(text),
            Block::Fields { fields } => {
                for field in fields {
                    line(&format!("{}: {}", field.label, field.value));
                }
            }
            Block::Table { columns, rows } => {
                line(&columns.join(" | "));
                for row in rows {
                    line(&row.join(" | "));
                }
            }
        }
    }
    hex::encode(&hasher.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::paper::{Check, Field, Letterhead, ResultPaper, Signer};

    fn paper(body: Vec<Block>) -> Paper {
        Paper::Result(ResultPaper {
            head: Letterhead {
                parent: None,
                agency: "Ủy ban nhân dân xã Sông Mây".into(),
                number: None,
                place: "Sông Mây".into(),
                issued_at: chrono::DateTime::UNIX_EPOCH,
            },
            title: "Trích lục".into(),
            subtitle: None,
            dossier_code: "H15".into(),
            body,
            recipients: vec![],
            signer: Signer {
                on_behalf: None,
                title: "Chủ tịch".into(),
                name: "Trần Văn Mẫu".into(),
            },
            check: Check {
                url: "https://mot-cua.example.vn".into(),
                code: "7K3M-Q2XV-9TRP".into(),
                proof: None,
            },
            layout: None,
        })
    }

    fn field(label: &str, value: &str) -> Block {
        Block::Fields {
            fields: vec![Field {
                label: label.into(),
                value: value.into(),
            }],
        }
    }

    #[test]
    fn the_hash_is_of_the_lines_as_printed() {
        let name = || field("Họ, chữ đệm, tên", "Nguyễn Thị Ví Dụ");
        let of = |lines: &str| hex::encode(&Sha256::digest(lines)[..16]);
        assert_eq!(
            words(&paper(vec![name(), field("Năm sinh", "1990")])),
            of("Họ, chữ đệm, tên: Nguyễn Thị Ví Dụ\nNăm sinh: 1990\n")
        );
        assert_ne!(
            words(&paper(vec![name(), field("Năm sinh", "1991")])),
            words(&paper(vec![name(), field("Năm sinh", "1990")]))
        );
    }
}
