//! Whom the header of a mail names.
//!
//! To shows every recipient the address of every other one. People of the organisation know each other's; whoever is
//! outside (a contractor on call, an authority) is told without being shown, as by Bcc.

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};

use super::clean::clean;

/// People whom To names; the envelope has all.
const NAMED_MAX: usize = 20;
/// Names nobody (RFC 5322 3.4: a group without members).
const NOBODY: &str = "undisclosed-recipients:;";

/// Writes From and To. An only recipient is always named. Errors are told in words.
pub(super) fn name(
    message: MessageBuilder,
    from: &str,
    to: &[String],
    own_domains: &[String],
) -> Result<MessageBuilder, String> {
    let mailbox = |address: &str| {
        let mailbox = address.parse::<Mailbox>();
        mailbox.map_err(|error| format!("address `{}` of the configuration: {error}", clean(address)))
    };
    if to.is_empty() {
        return Err("there is no recipient, fill in [roles]".to_owned());
    }
    let sender = mailbox(from)?;
    let all = to.iter().map(|address| mailbox(address)).collect::<Result<Vec<_>, _>>()?;
    let addresses = all.iter().map(|mailbox| mailbox.email.clone()).collect();
    let envelope = Envelope::new(Some(sender.email.clone()), addresses).map_err(|error| error.to_string())?;
    let message = message.from(sender).envelope(envelope);
    let is_named = |address: &str| to.len() == 1 || is_own(address, from, own_domains);
    let named = all.into_iter().zip(to).filter(|(_, address)| is_named(address)).take(NAMED_MAX);
    let mut named = named.map(|(mailbox, _)| mailbox).peekable();
    if named.peek().is_none() {
        let to = HeaderName::new_from_ascii_str("To");
        return Ok(message.raw_header(HeaderValue::new(to, NOBODY.to_owned())));
    }
    Ok(named.fold(message, MessageBuilder::to))
}

/// Whether an address is the organisation's: in the sender's domain, in one of its own, or below one of these.
pub(super) fn is_own(address: &str, from: &str, own_domains: &[String]) -> bool {
    let domain = |address: &str| {
        address.rsplit_once('@').map_or(String::new(), |(_, domain)| domain.to_ascii_lowercase())
    };
    let (of, from) = (domain(address), domain(from));
    let is_within = |own: &str| {
        !own.is_empty() && of.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_within(&from) || own_domains.iter().any(|own| is_within(&own.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use lettre::Message;

    use super::*;

    fn check(to: &[&str], expected: &str) {
        let to: Vec<String> = to.iter().map(|&to| to.to_owned()).collect();
        let domains = ["city.gov.tw".to_owned()];
        let message = name(Message::builder(), "breachd@agency.gov.tw", &to, &domains).expect("addresses");
        let mail = message.body(String::new()).expect("a mail");
        assert_eq!(mail.envelope().to().len(), to.len(), "all are told");
        let mail = String::from_utf8(mail.formatted()).expect("ASCII");
        let line = mail.split("\r\n").find_map(|line| line.strip_prefix("To: "));
        assert_eq!(line, Some(expected), "{mail}");
    }

    #[test]
    fn nobody_outside_is_shown_to_others() {
        check(&["a@agency.gov.tw", "b@hr.city.gov.tw"], "a@agency.gov.tw, b@hr.city.gov.tw");
        check(&["a@agency.gov.tw", "c@vendor.example", "d@xagency.gov.tw"], "a@agency.gov.tw");
        check(&["c@vendor.example", "d@other.example"], NOBODY);
        check(&["c@vendor.example"], "c@vendor.example");
    }

    #[test]
    fn of_many_the_first_are_named() {
        let many: Vec<String> = (0..30).map(|n| format!("u{n}@agency.gov.tw")).collect();
        let message = name(Message::builder(), "breachd@agency.gov.tw", &many, &[]).expect("addresses");
        let mail = message.body(String::new()).expect("a mail");
        assert_eq!(mail.envelope().to().len(), 30);
        let mail = String::from_utf8(mail.formatted()).expect("ASCII");
        assert!(mail.contains("u19@") && !mail.contains("u20@"), "{mail}");
    }
}
