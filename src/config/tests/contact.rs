//! Mistakes about who is told, and how.

use super::*;

#[test]
fn mail_in_clear_goes_to_loopback_only() {
    check(
        "[mail]\nhost = \"relay.agency.gov.tw\"\ntls = \"none\"",
        r#"
error: mail to `relay.agency.gov.tw` would cross the network in clear
 --> b.toml:2:8
  |
2 | host = "relay.agency.gov.tw"
  |        ^^^^^^^^^^^^^^^^^^^^^ tls = "none" is for localhost only: write "starttls" or "implicit"
"#,
    );
    for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1"] {
        let relay = settings(&format!("[mail]\nhost = \"{host}\"\n{LEAST}")).mail.relay;
        assert_eq!((relay.host.as_str(), relay.tls), (host, Tls::None));
    }
}

#[test]
fn a_relay_elsewhere_has_tls_where_nothing_is_said_and_so_has_the_second() {
    let mail = settings(&format!(
        "[mail]\nhost = \"relay.agency.gov.tw\"\nuser = \"breachd\"\nsecond = {{ host = \"192.0.2.1\", port = 465, \
         tls = \"implicit\" }}\nlast_resort = \"/bin/page\"\ntimeout = \"5s\"\n{LEAST}"
    ))
    .mail;
    assert_eq!(
        (mail.relay.tls, mail.relay.port, mail.relay.user.as_deref()),
        (Tls::StartTls, 25, Some("breachd"))
    );
    let second = mail.second.expect("a second relay");
    assert_eq!((second.host.as_str(), second.port, second.tls), ("192.0.2.1", 465, Tls::Implicit));
    assert_eq!((mail.timeout_us, mail.last_resort), (5_000_000, Some("/bin/page".into())));
}

#[test]
fn a_password_belongs_to_a_user_and_is_no_setting() {
    check(
        "[mail]\npassword_file = \"/etc/x\"\npassword = \"secret\"",
        r#"
error: a password without a user
 --> b.toml:2:17
  |
2 | password_file = "/etc/x"
  |                 ^^^^^^^^ add: user = "breachd"

error: unknown key `password`
 --> b.toml:3:1
  |
3 | password = "secret"
  | ^^^^^^^^ did you mean `password_file`?
"#,
    );
}

#[test]
fn a_port_out_of_range_is_refused() {
    check(
        "[mail]\nport = 65536",
        r"
error: 65536 is not a port
 --> b.toml:2:8
  |
2 | port = 65536
  |        ^^^^^ write a number from 1 to 65535
",
    );
}

#[test]
fn a_mailbox_that_could_write_a_header_is_refused() {
    check(
        "[roles]\ndpo = [\"a@b.tw\\nBcc: x@y.tw\", \"DPO <a@b.tw>\"]",
        r#"
error: `a@b.tw
       Bcc: x@y.tw` is not a mailbox
 --> b.toml:2:8
  |
2 | dpo = ["a@b.tw\nBcc: x@y.tw", "DPO <a@b.tw>"]
  |        ^^^^^^^^^^^^^^^^^^^^^ write only the address: name@agency.gov.tw

error: `DPO <a@b.tw>` is not a mailbox
 --> b.toml:2:31
  |
2 | dpo = ["a@b.tw\nBcc: x@y.tw", "DPO <a@b.tw>"]
  |                               ^^^^^^^^^^^^^^ write only the address: name@agency.gov.tw
"#,
    );
}

#[test]
fn a_unit_that_bears_no_such_name_is_a_warning() {
    let source = "[[source]]\npath = \"/a\"\nowner_unit = \"人事處\"\n";
    check(
        &format!("{source}[roles.unit.\"人事室\"]\ndpo = [\"a@b.tw\"]"),
        r#"
warning: no [roles.unit."人事處"]
 --> b.toml:3:14
  |
3 | owner_unit = "人事處"
  |              ^^^^^^^^ did you mean `人事室`?
"#,
    );
}

#[test]
fn a_role_without_mailbox_names_every_clause_that_demands_it() {
    let roles = [needed("ciso", "6.3.1.1"), needed("ciso", "6.4"), needed("dpo", "6.3"), {
        NeededRole { policy: "taipei-nco-112".into(), ..needed("other", "not active, so not demanded") }
    }];
    let text = format!("{LEAST}[roles]\ndpo = [\"a@b.tw\"]\n[org]\ndomains = [\"b.tw\"]\n");
    let report = interpret_for_test(&[("b.toml", &text)], &roles).expect_err("ciso is missing");
    let expected = r#"
error: no mailbox for role `ciso`, demanded by 6.3.1.1; 6.4
 --> b.toml:3:1
  |
3 | [roles]
  | ^^^^^^^ add: ciso = ["name@agency.gov.tw"]

1 error; read 1 file: b.toml
"#;
    assert_eq!(report.render(false).trim_end(), expected.trim_matches('\n'));
}

#[test]
fn a_role_that_the_unit_of_every_source_has_is_not_missing() {
    let text = "[[source]]\npath = \"/a\"\nowner_unit = \"u\"\n[roles.unit.u]\nciso = [\"a@b.tw\"]\n";
    assert!(interpret_for_test(&[("b.toml", text)], &[needed("ciso", "6.3")]).is_ok());
    let text = format!("{text}{LEAST}");
    assert!(interpret_for_test(&[("b.toml", &text)], &[needed("ciso", "6.3")]).is_err());
}

#[test]
fn a_role_that_only_a_policy_knows_may_be_filled() {
    let text = format!("{LEAST}[roles]\npress-officer = [\"a@b.tw\"]\n");
    assert!(interpret_for_test(&[("b.toml", &text)], &[needed("press-officer", "9")]).is_ok());
    assert!(interpret_for_test(&[("b.toml", &text)], &[]).is_err());
}
