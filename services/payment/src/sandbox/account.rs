//! How the pretend bank carries a transfer out: what it books, in its own words, and when it tells of it. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::Vnd;
use serde::Deserialize;

use crate::{
    statement::{Direction, Draft, Line, Wrong},
    vietqr::Transfer,
};

/// Whose account the money comes from.
const PAYER: &str = "NGUYEN VAN THU NGHIEM";
/// Said at most this often.
pub const TRIES: u32 = 8;

/// What the payer presses, bad days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The transfer goes through and is told at once.
    Pay,
    /// The payer changes the amount: a thousand đồng less.
    TooLittle,
    /// The payer changes the amount: a thousand đồng more.
    TooMuch,
    /// The payer deletes the purpose.
    PurposeLost,
    /// The payer transfers a second time.
    PaidTwice,
    /// The bank tells of the same line twice at once.
    ToldTwice,
    /// The bank tells half a minute later.
    Late,
    /// The bank does not tell; it stands in the statement only.
    Silent,
    /// The bank takes the money back after a minute.
    Reversed,
}

/// One booked movement in the pretend bank's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The bank's number.
    pub number: i64,
    /// The line as it stands in the statement.
    pub line: Line,
    /// When it is booked.
    pub booked_at: DateTime<Utc>,
}

/// What the bank tells the agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// When.
    pub due: DateTime<Utc>,
    /// The lines, by number.
    pub numbers: Vec<i64>,
    /// How often at once.
    pub copies: u8,
}

/// A transfer that is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// What is booked.
    pub booked: Vec<Booked>,
    /// What is told.
    pub tellings: Vec<Telling>,
}

/// Carries a transfer out; `first` is the bank's next number. `amount` is what the code asks for.
pub fn carry_out(
    transfer: &Transfer,
    amount: Vnd,
    choice: Choice,
    first: i64,
    now: DateTime<Utc>,
) -> Result<Carried, Wrong> {
    let thousand = |dong: i64| Vnd::new(amount.dong() + dong).unwrap_or(amount);
    let amount = match choice {
        Choice::TooLittle => thousand(-1_000),
        Choice::TooMuch => thousand(1_000),
        _ => amount,
    };
    let purpose = match (&transfer.purpose, choice) {
        (Some(purpose), Choice::Pay | Choice::Silent) => purpose.as_str().to_owned(),
        // Some banks hand a purpose on in small letters and without its spaces.
        (Some(purpose), choice) if choice != Choice::PurposeLost => {
            purpose.as_str().to_lowercase().replace(' ', "")
        }
        _ => "CHUYEN TIEN".to_owned(),
    };
    let book = |number: i64, direction, of: i64, at: DateTime<Utc>| {
        let back = direction == Direction::Debit;
        let line = Line::new(&Draft {
            reference: &format!("SB{number}"),
            booked_on: calendar::date(at),
            direction,
            amount,
            remitter: PAYER,
            purpose: &if back {
                format!("HOAN TRA GD {of}")
            } else {
                format!("IBFT {number}.{purpose}.CT tu 0123456789")
            },
            end_to_end: &format!("E2E{of}"),
            reversal: back,
        })?;
        Ok::<_, Wrong>(Booked {
            number,
            line,
            booked_at: at,
        })
    };
    let mut booked = vec![book(first, Direction::Credit, first, now)?];
    let tell = |due, numbers, copies| Telling {
        due,
        numbers,
        copies,
    };
    let mut tellings = vec![tell(now, vec![first], 1)];
    match choice {
        Choice::PaidTwice => {
            booked.push(book(first + 1, Direction::Credit, first + 1, now)?);
            tellings[0].numbers.push(first + 1);
        }
        Choice::ToldTwice => tellings[0].copies = 2,
        Choice::Late => tellings[0].due = now + TimeDelta::seconds(30),
        Choice::Silent => tellings.clear(),
        Choice::Reversed => {
            let later = now + TimeDelta::minutes(1);
            booked.push(book(first + 1, Direction::Debit, first, later)?);
            tellings.push(tell(later, vec![first + 1], 1));
        }
        Choice::Pay | Choice::TooLittle | Choice::TooMuch | Choice::PurposeLost => {}
    }
    Ok(Carried { booked, tellings })
}

/// When lines are told again after `tries`; `None` once the agency has them (200) or the bank gives up.
pub fn again(status: u16, tries: u32) -> Option<TimeDelta> {
    (status != 200 && tries < TRIES).then(|| TimeDelta::seconds(5 << tries.min(8)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vietqr::{Beneficiary, Purpose, Service};

    fn carried(choice: Choice) -> Vec<String> {
        let transfer = Transfer {
            to: Beneficiary::new("970436", "0011001234567", Service::Account).unwrap(),
            amount: None,
            purpose: Some(Purpose::read("MC1 LE PHI").unwrap()),
            name: None,
        };
        let now = "2026-10-08T02:15:00Z".parse().unwrap();
        let amount = Vnd::new(16_000).unwrap();
        let carried = carry_out(&transfer, amount, choice, 7, now).unwrap();
        let booked = carried.booked.iter().map(|booked| {
            let line = &booked.line;
            let sign = if line.direction == Direction::Credit {
                '+'
            } else {
                '-'
            };
            format!(
                "{sign}{} {} [{}]",
                line.amount.dong(),
                line.purpose,
                line.end_to_end
            )
        });
        let told = carried.tellings.iter().map(|telling| {
            let late = (telling.due - now).num_seconds();
            format!("{:?} x{} after {late} s", telling.numbers, telling.copies)
        });
        booked.chain(told).collect()
    }

    #[test]
    fn the_bank_books_and_tells_as_the_day_is() {
        let usual = "+16000 IBFT 7.MC1 LE PHI.CT tu 0123456789 [E2E7]";
        let changed = "+16000 IBFT 7.mc1lephi.CT tu 0123456789 [E2E7]";
        let told = "[7] x1 after 0 s";
        assert_eq!(carried(Choice::Pay), [usual, told]);
        assert_eq!(carried(Choice::Silent), [usual]);
        assert_eq!(
            carried(Choice::TooLittle)[0],
            changed.replace("16000", "15000")
        );
        assert_eq!(
            carried(Choice::TooMuch)[0],
            changed.replace("16000", "17000")
        );
        assert_eq!(
            carried(Choice::PurposeLost),
            ["+16000 IBFT 7.CHUYEN TIEN.CT tu 0123456789 [E2E7]", told]
        );
        assert_eq!(carried(Choice::ToldTwice), [changed, "[7] x2 after 0 s"]);
        assert_eq!(carried(Choice::Late), [changed, "[7] x1 after 30 s"]);
        let second = changed.replace("IBFT 7", "IBFT 8").replace("E2E7", "E2E8");
        assert_eq!(
            carried(Choice::PaidTwice),
            [changed, &second, "[7, 8] x1 after 0 s"]
        );
        assert_eq!(
            carried(Choice::Reversed),
            [
                changed,
                "-16000 HOAN TRA GD 7 [E2E7]",
                told,
                "[8] x1 after 60 s"
            ]
        );
    }

    #[test]
    fn lines_are_told_again_until_the_agency_has_them() {
        assert_eq!(again(200, 1), None);
        assert_eq!(again(503, 1), Some(TimeDelta::seconds(10)));
        assert_eq!(again(0, TRIES), None);
    }
}
