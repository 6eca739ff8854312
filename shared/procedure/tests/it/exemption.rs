//! Exemptions: how much less, whose proof, and what a file may not say.

use contracts::Channel;
use procedure::{
    Quote,
    description::{Less, Percent},
};
use proptest::prelude::*;

use crate::{
    described, extract, filed,
    tariff::{certificate, tariff, with},
    valid,
};

#[test]
fn who_is_exempt_pays_nothing_and_is_told_why() {
    let marital = described("1.004873");
    let fee = |group| {
        let form = certificate(&marital, group);
        marital.fee(&form, filed(Channel::Online)).expect("a price")
    };
    assert_eq!(fee("khong").total.dong(), 10_000);
    assert_eq!(fee("khong").lines[0].reduction, None);
    let Quote { lines, total } = fee("ho_ngheo");
    assert!(total.is_zero());
    let [line] = lines.as_slice() else {
        panic!("the line stays")
    };
    assert_eq!((line.full().dong(), line.amount.dong()), (10_000, 0));
    let reason = line.reduction.as_ref().map(|it| it.reason.as_str());
    assert_eq!(reason, Some("Hộ nghèo"));
}

#[test]
fn who_is_exempt_hands_in_the_proof() {
    let marital = described("1.004873");
    let missing = |group| marital.missing_documents(&certificate(&marital, group), &[]);
    assert_eq!(
        missing("ho_ngheo")[1..],
        ["Thiếu giấy tờ: Giấy tờ chứng minh thuộc hộ nghèo."]
    );
    assert_eq!(missing("khong").len(), 1);
    for code in ["1.004873", "2.000635"] {
        let description = described(code);
        let tariffs = description.fee.tariffs.iter();
        let exemptions: Vec<_> = tariffs.flat_map(|tariff| &tariff.exemptions).collect();
        assert_eq!(exemptions.len(), 3, "{code}");
        for exemption in exemptions {
            assert!(description.component(&exemption.proof).is_some());
        }
    }
}

/// An exemption from `lines` for poor households.
fn exemption(id: &str, group: &str, less: &str, lines: &str) -> String {
    format!(
        "        - {{ id: {id}, who: {{ vi: {id}, en: a }}, when: {{ field: dien_mien, is: [{group}] }}, less: {less}, lines: [{lines}], proof: giay-ho-ngheo }}\n"
    )
}

/// Two lines of 8.000 and 5.001 đồng, and these exemptions.
fn exempt(exemptions: &str) -> Result<Quote, String> {
    let list = format!("      exemptions:\n{exemptions}");
    let lines = "        - { id: dang-ky, label: { vi: Lệ phí, en: Fee }, unit: 5001 }\n";
    let one = tariff("2025-07-01", 4_000, &list);
    let description = with(&[one + lines])?;
    let form = valid(&description, &extract(&[("dien_mien", "ho_ngheo")]));
    let quote = description.fee(&form, filed(Channel::Online));
    Ok(quote.expect("a price"))
}

/// Of each line what is owed, and what was taken off and why.
fn reductions(quote: &Quote) -> Vec<(i64, Option<(i64, &str)>)> {
    let lines = quote.lines.iter();
    lines
        .map(|line| {
            let off = line.reduction.as_ref();
            let off = off.map(|off| (off.by.dong(), off.reason.as_str()));
            let owed = line.amount.dong();
            let full = line.unit.dong() * i64::from(line.quantity);
            assert_eq!(owed + off.map_or(0, |(by, _)| by), full);
            (owed, off)
        })
        .collect()
}

#[test]
fn a_share_is_rounded_for_the_citizen_and_a_sum_takes_no_more_than_the_line() {
    let half = exempt(&exemption("nua", "ho_ngheo", "{ percent: 50 }", "")).expect("a quote");
    assert_eq!(
        reductions(&half),
        [(4_000, Some((4_000, "nua"))), (2_500, Some((2_501, "nua")))]
    );
    assert_eq!(half.total.dong(), 6_500);
    let sum = exempt(&exemption("bot", "ho_ngheo", "{ amount: 6000 }", "")).expect("a quote");
    assert_eq!(
        reductions(&sum),
        [(2_000, Some((6_000, "bot"))), (0, Some((5_001, "bot")))]
    );
}

#[test]
fn an_exemption_may_concern_one_line_and_the_largest_of_several_counts() {
    let both = exemption("nua", "ho_ngheo", "{ percent: 50 }", "")
        + &exemption("dang-ky", "ho_ngheo", "free", "dang-ky")
        + &exemption("khac", "khuyet_tat", "free", "").replace("giay-ho-ngheo", "giay-khuyet-tat");
    let quote = exempt(&both).expect("a quote");
    assert_eq!(
        reductions(&quote),
        [(4_000, Some((4_000, "nua"))), (0, Some((5_001, "dang-ky")))]
    );
}

#[test]
fn an_exemption_that_makes_no_sense_is_refused_by_its_key() {
    let refused = |exemptions: &str| exempt(exemptions).expect_err("refused");
    let one = exemption("nua", "ho_ngheo", "free", "");
    let key = "fee.tariffs[0].exemptions[0]";
    assert_eq!(
        refused(&exemption("nua", "khuyet_tat", "free", "")),
        format!(
            "{key}.proof: giay-ho-ngheo is not required of everybody whom the exemption concerns"
        )
    );
    assert_eq!(
        refused(&one.replace("is: [ho_ngheo]", "not: [khong]")),
        format!(
            "{key}.proof: giay-ho-ngheo is not required of everybody whom the exemption concerns"
        )
    );
    assert_eq!(
        refused(&one.replace("giay-ho-ngheo", "giay-khac")),
        format!("{key}.proof: there is no paper giay-khac under documents")
    );
    assert_eq!(
        refused(&one.replace("giay-ho-ngheo", "giay-to-quan-he")),
        format!(
            "{key}.proof: giay-to-quan-he is not required of everybody whom the exemption concerns"
        )
    );
    assert_eq!(
        refused(&exemption("nua", "ho_ngheo", "free", "khac")),
        format!("{key}.lines: there is no line khac")
    );
    assert_eq!(
        refused(&(one.clone() + &one)),
        "fee.tariffs[0].exemptions[1]: a second exemption nua"
    );
    for nonsense in [
        "{ percent: 0 }",
        "{ percent: 100 }",
        "{ percent: 5, amount: 5 }",
        "some",
    ] {
        let told = refused(&exemption("nua", "ho_ngheo", nonsense, ""));
        assert!(told.contains("less is `free`"), "{nonsense}: {told}");
    }
}

proptest! {
    #[test]
    fn a_reduction_never_exceeds_its_line_and_lines_add_up(
        unit in 0..2_000_000_u32, copies in 1..=20_u32, percent in 1..=99_u8, amount in 0..3_000_000_u32,
    ) {
        let list = "      exemptions:\n".to_owned()
            + &exemption("phan", "ho_ngheo", &format!("{{ percent: {percent} }}"), "ban-sao")
            + &exemption("bot", "ho_ngheo", &format!("{{ amount: {amount} }}"), "");
        let description = with(&[tariff("2025-07-01", unit, &list)]).expect("a description");
        let costs = |copies: u32, group: &str| {
            let form = extract(&[("so_ban_sao", &copies.to_string()), ("dien_mien", group)]);
            description.fee(&valid(&description, &form), filed(Channel::Online)).expect("a price")
        };
        let quote = costs(copies, "ho_ngheo");
        let sum: i64 = quote.lines.iter().map(|line| line.amount.dong()).sum();
        prop_assert_eq!(sum, quote.total.dong());
        for line in &quote.lines {
            prop_assert_eq!(line.unit.times(line.quantity), Ok(line.full()));
            if let Some(reduction) = &line.reduction {
                prop_assert!(!reduction.by.is_zero() && reduction.by <= line.full());
            }
        }
        prop_assert!(quote.total <= costs(copies, "khong").total, "a reduction makes nothing dearer");
        if copies < 20 {
            prop_assert!(costs(copies + 1, "ho_ngheo").total >= quote.total, "more never costs less");
        }
    }

    #[test]
    fn what_is_left_of_a_share_is_whole_and_no_more_than_the_share(full in 0..=9_000_000_000_000_i64, percent in 1..=99_u8) {
        let full = contracts::Vnd::new(full).expect("an amount");
        let less = Less::Percent(Percent::try_from(percent).expect("a percentage"));
        let by = less.of(full).expect("a reduction");
        let left = i128::from(full.minus(by).expect("no more than there is").dong());
        let exact = i128::from(full.dong()) * i128::from(100 - percent);
        prop_assert!(left * 100 <= exact && exact < (left + 1) * 100);
    }
}
