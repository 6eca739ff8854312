//! Fees: the sums that the law's tables give.

use contracts::Channel;
use procedure::{Description, Form};
use proptest::prelude::*;

use crate::{answers, changed, described, extract, filed, valid};

fn copies(pages: u32, copies: u32) -> (std::sync::Arc<Description>, Form) {
    let description = described("2.000815");
    let form = answers(&[
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("ten_giay_to", "Bằng tốt nghiệp"),
        ("so_trang", &pages.to_string()),
        ("so_ban", &copies.to_string()),
    ]);
    let form = valid(&description, &form);
    (description, form)
}

fn total(description: &Description, form: &Form) -> i64 {
    description
        .fee(form, filed(Channel::Counter))
        .expect("a price")
        .total
        .dong()
}

#[test]
fn an_extract_costs_eight_thousand_a_copy() {
    let description = described("2.000635");
    let quote = description
        .fee(&valid(&description, &extract(&[])), filed(Channel::Online))
        .expect("a price");
    assert_eq!(description.copies(&valid(&description, &extract(&[]))), 2);
    let [line] = quote.lines.as_slice() else {
        panic!("one line")
    };
    assert_eq!(
        (line.label.as_str(), line.quantity),
        ("Phí cấp bản sao trích lục hộ tịch", 2)
    );
    assert_eq!(
        (line.unit.dong(), line.amount.dong(), quote.total.dong()),
        (8_000, 16_000, 16_000)
    );
}

#[test]
fn a_certified_copy_costs_less_from_the_third_page_and_at_most_two_hundred_thousand() {
    let expected = [
        (1, 1, 2_000),
        (2, 1, 4_000),
        (3, 1, 5_000),
        (10, 1, 12_000),
        (10, 3, 36_000),
        (198, 1, 200_000),
    ];
    for (pages, number, dong) in expected {
        let (description, form) = copies(pages, number);
        assert_eq!(
            total(&description, &form),
            dong,
            "{pages} pages, {number} copies"
        );
    }
    let (description, form) = copies(1000, 2);
    assert_eq!(
        total(&description, &form),
        400_000,
        "the cap is for one copy"
    );
}

#[test]
fn a_line_says_what_was_counted() {
    let (description, form) = copies(10, 3);
    let quote = description
        .fee(&form, filed(Channel::Counter))
        .expect("a price");
    assert_eq!(
        quote.lines[0].label,
        "Phí chứng thực bản sao từ bản chính (10 trang)"
    );
    assert_eq!(
        (quote.lines[0].quantity, quote.lines[0].unit.dong()),
        (3, 12_000)
    );
}

#[test]
fn a_channel_may_have_a_price_of_its_own() {
    let by_channel = changed(
        "2.000635",
        "          quantity: so_ban_sao",
        "          quantity: so_ban_sao\n          channels: [counter]\n        - { label: { vi: a, en: a }, unit: 4000, channels: [online] }",
    );
    let description = Description::from_yaml(&by_channel).expect("a description");
    let form = valid(&description, &extract(&[]));
    let total = |channel| {
        description
            .fee(&form, filed(channel))
            .expect("a price")
            .total
            .dong()
    };
    assert_eq!(
        (
            total(Channel::Counter),
            total(Channel::Online),
            total(Channel::Post)
        ),
        (16_000, 4_000, 0)
    );
}

proptest! {
    #[test]
    fn lines_add_up_and_more_never_costs_less(pages in 1..1000_u32, number in 1..100_u32) {
        let (description, form) = copies(pages, number);
        let quote = description
        .fee(&form, filed(Channel::Counter))
        .expect("a price");
        for line in &quote.lines {
            prop_assert_eq!(line.unit.times(line.quantity), Ok(line.amount));
        }
        let sum: i64 = quote.lines.iter().map(|line| line.amount.dong()).sum();
        prop_assert_eq!(sum, quote.total.dong());
        let (description, more) = copies(pages + 1, number);
        prop_assert!(total(&description, &more) >= quote.total.dong());
    }
}
