//! The life of a parcel that the post office was asked to carry. Pure.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Where a parcel stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The order is on its way to the post office.
    Ordered,
    /// The post office took the order.
    Accepted,
    /// The post office did not take the order.
    Refused,
    /// The post office is asked to take it back.
    Cancelling,
    /// It will not be carried.
    Cancelled,
    /// It is with the citizen.
    Delivered,
    /// It came back.
    Returned,
    /// The post office does not find it.
    Lost,
}

/// What one of the post office's statuses means for a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It goes on.
    OnTheWay,
    /// It is with the citizen.
    Delivered,
    /// It came back.
    Returned,
    /// It is not found.
    Lost,
    /// It will not be carried.
    Cancelled,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Whether the paper is in the post office's hands, or may be.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ordered | Self::Accepted | Self::Cancelling)
    }

    /// Whether it ended without reaching the citizen.
    pub const fn has_failed(self) -> bool {
        matches!(self, Self::Refused | Self::Returned | Self::Lost)
    }

    /// Where news leads, in whatever order it comes: the end that a parcel came to stays, but for what was lost and turns up,
    /// and what was thought cancelled and is carried all the same.
    #[must_use]
    pub const fn hearing(self, news: News) -> Self {
        match (self, news) {
            (Self::Delivered, _) | (_, News::Delivered) => Self::Delivered,
            (Self::Returned, _) | (_, News::Returned) => Self::Returned,
            (Self::Ordered | Self::Refused, News::OnTheWay) => Self::Accepted,
            (Self::Lost, _) | (_, News::Lost) => Self::Lost,
            (Self::Ordered | Self::Accepted | Self::Cancelling, News::Cancelled) => Self::Cancelled,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: [News; 5] = [
        News::OnTheWay,
        News::Delivered,
        News::Returned,
        News::Lost,
        News::Cancelled,
    ];

    #[test]
    fn what_is_delivered_stays_delivered_whatever_is_heard_late() {
        for news in NEWS {
            assert_eq!(State::Delivered.hearing(news), State::Delivered);
        }
        for state in State::VARIANTS {
            assert_eq!(state.hearing(News::Delivered), State::Delivered);
        }
    }

    #[test]
    fn a_parcel_that_the_post_office_speaks_of_is_one_that_it_took() {
        assert_eq!(State::Ordered.hearing(News::OnTheWay), State::Accepted);
        assert_eq!(State::Accepted.hearing(News::OnTheWay), State::Accepted);
        assert_eq!(State::Cancelling.hearing(News::OnTheWay), State::Cancelling);
    }

    #[test]
    fn what_was_lost_may_turn_up_and_what_came_back_is_back() {
        assert_eq!(State::Lost.hearing(News::Returned), State::Returned);
        assert_eq!(State::Lost.hearing(News::OnTheWay), State::Lost);
        assert_eq!(State::Returned.hearing(News::Lost), State::Returned);
        assert_eq!(State::Returned.hearing(News::OnTheWay), State::Returned);
    }

    #[test]
    fn the_order_in_which_news_comes_does_not_change_the_end() {
        for one in NEWS {
            for other in NEWS {
                let (first, second) = (
                    State::Accepted.hearing(one).hearing(other),
                    State::Accepted.hearing(other).hearing(one),
                );
                assert_eq!(first, second, "{one:?}, {other:?}");
            }
        }
    }
}
