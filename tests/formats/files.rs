//! Files fetched from servers.

use super::cases::check;

#[test]
fn vsftpd() {
    check("vsftpd", "vsftpd.log", "vsftpd");
}
