//! Replies to mails: whose token it is, and whether it still holds. What it is good for is `Act::Reply`, nothing else.

use super::control::Answer;
use crate::alert::{Ticket, Tokens};
use crate::config::Settings;
use crate::store;

/// Addresses of one mail that are tried.
const ADDRESSES_MAX: usize = 32;

/// The ticket among these addresses of a mail, or the answer that there is none. Only who is still told of cases may
/// answer.
pub fn ticket(
    tokens: &Tokens,
    settings: &Settings,
    addresses: &[String],
    now: i64,
) -> Result<Ticket, Answer> {
    let known = |address: &String| tokens.read(address, settings.roles.everybody().map(String::as_str));
    let unanswered = |is_ours, why: &str| Answer::Unanswered { is_ours, why: why.to_owned() };
    let ticket = addresses.iter().take(ADDRESSES_MAX).find_map(known);
    let ticket = ticket.ok_or_else(|| unanswered(false, "no token of ours is in its addresses: dropped"))?;
    if ticket.until < now { Err(unanswered(true, store::LATE)) } else { Ok(ticket) }
}
