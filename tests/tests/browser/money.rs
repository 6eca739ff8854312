//! What an officer does with money in a day: the till, the bank's statement, refunds, and whether everything agrees.

use crate::phone::Phone;

/// Goes through every page of the counter's and the accountant's, and does on each what it is for.
pub async fn a_day_at_the_counter(desk: &Phone) {
    desk.press_words("Thu phí").await;
    desk.press_words("Quỹ tại quầy").await;
    desk.sees("Bạn chưa mở quỹ").await;
    desk.write("opened_with", "200.000").await;
    desk.press("main button.primary").await;
    desk.sees("200.000 đồng").await;
    desk.write("cash", "199.000").await;
    desk.write("note", "Trả nhầm tiền thừa").await;
    desk.press("main button.primary").await;
    desk.sees("thiếu 1.000 đồng").await;
    desk.sees("Chờ người khác nhận").await;
    desk.press_words("Thu phí").await;
    desk.press_words("Hoàn tiền").await;
    desk.sees("Không còn khoản nào").await;
    desk.press_words("Thu phí").await;
    desk.press_words("Sao kê ngân hàng").await;
    desk.sees("Không có giao dịch nào đang chờ").await;
    desk.press_words("Thu phí").await;
    desk.press_words("Đối chiếu").await;
    desk.press_words("Đối chiếu ngay").await;
    desk.reload_until("main details").await;
    desk.sees("Quỹ thừa hoặc thiếu khi kiểm: −1.000 đồng").await;
    desk.sees("Sổ cân và khớp với chứng từ").await;
}
