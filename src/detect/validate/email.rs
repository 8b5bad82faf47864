//! Mailboxes of persons: not those that stand for a role, a machine or a list (RFC 2142; RFC 5321, section 4.5.1 for
//! `postmaster`).

/// Local parts that are nobody. `-` and `_` do not count, so that `no-reply` is `noreply`.
const ROLES: [&[u8]; 40] = [
    b"noreply",
    b"donotreply",
    b"nobody",
    b"postmaster",
    b"mailerdaemon",
    b"hostmaster",
    b"webmaster",
    b"abuse",
    b"noc",
    b"security",
    b"info",
    b"marketing",
    b"sales",
    b"support",
    b"service",
    b"services",
    b"contact",
    b"help",
    b"helpdesk",
    b"admin",
    b"administrator",
    b"root",
    b"daemon",
    b"usenet",
    b"news",
    b"newsletter",
    b"www",
    b"uucp",
    b"ftp",
    b"git",
    b"bounce",
    b"bounces",
    b"listserv",
    b"majordomo",
    b"mailman",
    b"list",
    b"lists",
    b"announce",
    b"notification",
    b"notifications",
];

/// What list managers put at either end of a list's name (Mailman 3, "mailing list addresses").
const LIST_BEGINNINGS: [&[u8]; 3] = [b"owner-", b"bounce-", b"bounces-"];
const LIST_ENDS: [&[u8]; 9] = [
    b"-request",
    b"-owner",
    b"-bounces",
    b"-bounce",
    b"-list",
    b"-subscribe",
    b"-unsubscribe",
    b"-announce",
    b"-noreply",
];

/// Whether a canonical address may be a person's.
pub(super) fn accepts(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|&byte| byte == b'@') else { return false };
    let (local, domain) = (&value[..at], &value[at + 1..]);
    // A subaddress (`bounces+7=x`) belongs to the mailbox before it (RFC 5233).
    let local = local.split(|&byte| byte == b'+').next().unwrap_or(local);
    let is_role = |role: &&[u8]| {
        let mut letters = local.iter().filter(|byte| !matches!(byte, b'-' | b'_' | b'.'));
        role.iter().all(|byte| letters.next() == Some(byte)) && letters.next().is_none()
    };
    let is_list = LIST_BEGINNINGS.iter().any(|begin| local.starts_with(begin))
        || LIST_ENDS.iter().any(|end| local.ends_with(end))
        || domain.starts_with(b"lists.")
        || domain.starts_with(b"list.")
        || domain.starts_with(b"googlegroups.");
    !local.is_empty() && !ROLES.iter().any(is_role) && !is_list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_have_mailboxes_and_roles_have_none() {
        for valid in [
            "wang@example.com.tw",
            "a@b.tw",
            "0912345678@example.tw",
            "wang.support@example.tw",
            "wang+list@example.tw",
        ] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "noreply@a.tw",
            "no-reply@a.tw",
            "Do_Not.Reply@a.tw",
            "postmaster@a.tw",
            "mailer-daemon@a.tw",
            "bounces+7=wang@a.tw",
            "owner-staff@a.tw",
            "staff-request@a.tw",
            "staff@lists.a.tw",
            "staff@list.a.tw",
            "staff@googlegroups.com",
            "@a.tw",
            "a",
        ] {
            assert!(!accepts(invalid.to_ascii_lowercase().as_bytes()), "{invalid}");
        }
    }
}
