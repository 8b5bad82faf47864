//! The states of a case, and which decision leads from one to the next.
//!
//! The way of a case in the procedures that the policies cite is: draft, acknowledged, confirmed or dismissed, reported,
//! investigated, corrected, closed. Each step is an act of a person, with who, when and why.

use crate::act::Decision;

/// How far people are with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The program's word, which nobody has answered.
    Draft,
    /// Somebody looks into it.
    Acknowledged,
    /// It is an incident.
    Confirmed,
    /// It is none.
    Dismissed,
    /// The authority was told.
    Reported,
    /// Causes and extent are known.
    Investigated,
    /// What had to be corrected is.
    Corrected,
    /// Everything is done.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Acknowledged,
        Self::Confirmed,
        Self::Reported,
        Self::Investigated,
        Self::Corrected,
        Self::Closed,
        Self::Dismissed,
    ];

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Acknowledged => "acknowledged",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
            Self::Reported => "reported",
            Self::Investigated => "investigated",
            Self::Corrected => "corrected",
            Self::Closed => "closed",
        }
    }

    /// The state with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }

    /// Whether nothing further is told of it.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Dismissed | Self::Closed)
    }

    /// The state after a decision; none where the decision cannot be made in this state.
    pub const fn after(self, decision: Decision) -> Option<Self> {
        match (self, decision) {
            // Words change nothing; and a report may come late: how far people are stays.
            (state, Decision::Note) | (state @ (Self::Investigated | Self::Corrected), Decision::Report) => {
                Some(state)
            }
            (Self::Draft, Decision::Ack) => Some(Self::Acknowledged),
            (Self::Draft | Self::Acknowledged, Decision::Confirm) => Some(Self::Confirmed),
            (Self::Closed | Self::Dismissed, _) => None,
            (_, Decision::Dismiss) => Some(Self::Dismissed),
            (Self::Confirmed | Self::Reported, Decision::Report) => Some(Self::Reported),
            (Self::Confirmed | Self::Reported, Decision::Investigate) => Some(Self::Investigated),
            (Self::Investigated, Decision::Correct) => Some(Self::Corrected),
            (Self::Corrected, Decision::Close) => Some(Self::Closed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_lead_forward_only_and_a_settled_case_takes_notes() {
        use Decision::{Ack, Close, Confirm, Correct, Dismiss, Investigate, Note, Report};
        let decisions = [Ack, Confirm, Dismiss, Note, Report, Investigate, Correct, Close];
        let after = |state: State| decisions.map(|decision| state.after(decision).map_or("-", State::id));
        let rows = [
            (State::Draft, ["acknowledged", "confirmed", "dismissed", "draft", "-", "-", "-", "-"]),
            (State::Acknowledged, ["-", "confirmed", "dismissed", "acknowledged", "-", "-", "-", "-"]),
            (State::Confirmed, ["-", "-", "dismissed", "confirmed", "reported", "investigated", "-", "-"]),
            (State::Reported, ["-", "-", "dismissed", "reported", "reported", "investigated", "-", "-"]),
            (
                State::Investigated,
                ["-", "-", "dismissed", "investigated", "investigated", "-", "corrected", "-"],
            ),
            (State::Corrected, ["-", "-", "dismissed", "corrected", "corrected", "-", "-", "closed"]),
            (State::Closed, ["-", "-", "-", "closed", "-", "-", "-", "-"]),
            (State::Dismissed, ["-", "-", "-", "dismissed", "-", "-", "-", "-"]),
        ];
        for (state, expected) in rows {
            assert_eq!(after(state), expected, "{state:?}");
        }
        assert!(State::ALL.into_iter().all(|state| State::from_id(state.id()) == Some(state)));
    }
}
