//! The states of a case, and which decision leads from one to the next.
//!
//! The way of a case in the procedures that the policies cite is: draft, acknowledged, confirmed or dismissed, reported,
//! investigated, corrected, closed. Each step is an act of a person; those that nothing asks for yet are not here, and
//! a further one is a row of [`after`].

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
    /// Everything is done.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Draft, Self::Acknowledged, Self::Confirmed, Self::Dismissed, Self::Closed];

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Acknowledged => "acknowledged",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
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
            (state, Decision::Note) => Some(state),
            (Self::Draft, Decision::Ack) => Some(Self::Acknowledged),
            (Self::Draft | Self::Acknowledged, Decision::Confirm) => Some(Self::Confirmed),
            (Self::Draft | Self::Acknowledged | Self::Confirmed, Decision::Dismiss) => Some(Self::Dismissed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_lead_forward_only_and_a_settled_case_takes_notes() {
        let decisions = [Decision::Ack, Decision::Confirm, Decision::Dismiss, Decision::Note];
        let after = |state: State| decisions.map(|decision| state.after(decision).map_or("-", State::id));
        assert_eq!(after(State::Draft), ["acknowledged", "confirmed", "dismissed", "draft"]);
        assert_eq!(after(State::Acknowledged), ["-", "confirmed", "dismissed", "acknowledged"]);
        assert_eq!(after(State::Confirmed), ["-", "-", "dismissed", "confirmed"]);
        assert_eq!(after(State::Dismissed), ["-", "-", "-", "dismissed"]);
        assert_eq!(after(State::Closed), ["-", "-", "-", "closed"]);
        assert!(State::ALL.into_iter().all(|state| State::from_id(state.id()) == Some(state)));
    }
}
