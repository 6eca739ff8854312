//! Five forms as offices hand them out, filled in with people who do not exist.

mod business;
mod civil_status;
mod residence;

use super::{
    chance::Chance,
    people::{Address, Day},
    sheet::{Block, Look, Sheet, bold},
};

/// Draws and fills in a form.
pub type Form = fn(&mut Chance, Look) -> Sheet;

/// Every form, by what it is called in files.
pub const ALL: [(&str, Form); 5] = [
    ("to-khai-trich-luc", civil_status::extract),
    ("to-khai-khai-sinh", civil_status::birth),
    ("xac-nhan-cu-tru", residence::letter),
    ("phieu-ho-gia-dinh", residence::household),
    ("de-nghi-ho-kinh-doanh", business::household_business),
];

const MOTTO: [&str; 2] = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
];

fn motto() -> Block {
    Block::Title {
        lines: vec![bold(MOTTO[0]), bold(MOTTO[1])],
    }
}

fn title(lines: &[&str]) -> Block {
    Block::Title {
        lines: lines.iter().map(|text| bold(text)).collect(),
    }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph { text: text.into() }
}

fn gap(points: f32) -> Block {
    Block::Gap { points }
}

fn stamp(chance: &mut Chance) -> Option<f32> {
    chance.coin().then(|| chance.between(-25.0, 25.0))
}

/// Where and when something was written.
fn written(chance: &mut Chance, address: &Address) -> String {
    let day = Day::within(chance, 2026, 2026);
    format!("{}, {}", address.commune_name(), day.spoken())
}

/// A card's day and place of issue.
fn issued(chance: &mut Chance) -> String {
    let day = Day::within(chance, 2021, 2025);
    let by = chance.pick(&["Cục Cảnh sát QLHC về TTXH", "Bộ Công an"]);
    format!("{by}, {}", day.slashed())
}

/// The first lines of a form, for files that are not about reading.
pub fn short(chance: &mut Chance, look: Look) -> Sheet {
    let mut sheet = civil_status::extract(chance, look);
    sheet.blocks.truncate(9);
    sheet
}
