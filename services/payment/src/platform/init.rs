//! The message that begins a payment, and its answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Secret, text};

/// Begins a payment. The fields stand in the order in which the platform lists them, and are hashed in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Init {
    /// INIT.
    #[serde(rename = "LoaiBanTin", deserialize_with = "text")]
    pub kind: String,
    /// The protocol's version.
    #[serde(rename = "PhienBan", deserialize_with = "text")]
    pub version: String,
    /// The partner: us.
    #[serde(rename = "MaDoiTac", deserialize_with = "text")]
    pub partner: String,
    /// What we call the payment: the same is one payment however often it is begun.
    #[serde(rename = "MaThamChieu", deserialize_with = "text")]
    pub reference: String,
    /// How much, in đồng.
    #[serde(rename = "SoTien", deserialize_with = "text")]
    pub amount: String,
    /// PAY.
    #[serde(rename = "LoaiHinhThanhToan", deserialize_with = "text")]
    pub mode: String,
    /// The channel: 1, the web.
    #[serde(rename = "MaKenhThanhToan", deserialize_with = "text")]
    pub channel: String,
    /// The device: 1, a browser.
    #[serde(rename = "MaThietBi", deserialize_with = "text")]
    pub device: String,
    /// The page's language.
    #[serde(rename = "NgonNgu", deserialize_with = "text")]
    pub language: String,
    /// Of which money.
    #[serde(rename = "MaTienTe", deserialize_with = "text")]
    pub currency: String,
    /// PAYMENT: the payer chooses the bank there.
    #[serde(rename = "MaNganHang", deserialize_with = "text")]
    pub bank: String,
    /// What for, unaccented.
    #[serde(rename = "ThongTinGiaoDich", deserialize_with = "text")]
    pub info: String,
    /// When.
    #[serde(rename = "ThoiGianGD", deserialize_with = "text")]
    pub at: String,
    /// The payer's address.
    #[serde(rename = "Ip", deserialize_with = "text")]
    pub ip: String,
    /// What stands on the platform's receipt.
    #[serde(rename = "ThongTinBienLai")]
    pub receipt: Receipt,
    /// The hash.
    #[serde(rename = "MaXacThuc", deserialize_with = "text")]
    pub hash: String,
}

/// What stands on the platform's receipt. It is not hashed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Receipt {
    /// The procedure's code.
    #[serde(rename = "MaTTHC")]
    pub procedure: String,
    /// Its name.
    #[serde(rename = "TenTTHC")]
    pub procedure_name: String,
    /// The public service's code: the procedure's and `.01`.
    #[serde(rename = "MaDVC")]
    pub service: String,
    /// Its name.
    #[serde(rename = "TenDVC")]
    pub service_name: String,
    /// The office's code.
    #[serde(rename = "MaDonVi")]
    pub office: String,
    /// Its name.
    #[serde(rename = "TenDonVi")]
    pub office_name: String,
    /// The dossier's code.
    #[serde(rename = "MaHoSo")]
    pub dossier: String,
    /// The agency's account.
    #[serde(rename = "TKThuHuong")]
    pub account: String,
    /// Whose it is.
    #[serde(rename = "TenTKThuHuong")]
    pub holder: String,
    /// At which bank.
    #[serde(rename = "MaNHThuHuong")]
    pub bank: String,
    /// Who pays.
    #[serde(rename = "HoTenNguoiNop")]
    pub payer: String,
    /// Their identity number: not known to payment, empty.
    #[serde(rename = "SoCMNDNguoiNop")]
    pub payer_number: String,
    /// Their address: not known to payment, empty.
    #[serde(rename = "DiaChiNguoiNop")]
    pub payer_address: String,
    /// What for.
    #[serde(rename = "NoiDungThanhToan")]
    pub purpose: String,
    /// The fee, line by line.
    #[serde(rename = "PhiLePhi")]
    pub parts: Vec<Part>,
    /// What is paid, line by line.
    #[serde(rename = "DSKhoanNop")]
    pub items: Vec<Item>,
}

/// One line of the fee.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Part {
    /// Which kind of fee.
    #[serde(rename = "LoaiPhiLePhi")]
    pub kind: String,
    /// Its code.
    #[serde(rename = "MaPhiLePhi")]
    pub code: String,
    /// Its name.
    #[serde(rename = "TenPhiLePhi")]
    pub name: String,
    /// How much, in đồng.
    #[serde(rename = "SoTien", deserialize_with = "text")]
    pub amount: String,
}

/// One line of what is paid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Item {
    /// What for.
    #[serde(rename = "NoiDung")]
    pub purpose: String,
    /// How much, in đồng.
    #[serde(rename = "SoTien", deserialize_with = "text")]
    pub amount: String,
}

impl Init {
    fn values(&self) -> [&str; 14] {
        [
            &self.kind,
            &self.version,
            &self.partner,
            &self.reference,
            &self.amount,
            &self.mode,
            &self.channel,
            &self.device,
            &self.language,
            &self.currency,
            &self.bank,
            &self.info,
            &self.at,
            &self.ip,
        ]
    }
}

hashed!(Init);

/// The answer: where the payer pays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Opened {
    /// 00 when it went well.
    #[serde(rename = "MaLoi", deserialize_with = "text")]
    pub code: String,
    /// The same in words.
    #[serde(rename = "MoTaLoi", deserialize_with = "text")]
    pub words: String,
    /// The page where the payer pays.
    #[serde(rename = "UrlThanhToan", deserialize_with = "text")]
    pub pay_url: String,
}
