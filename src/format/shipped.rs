//! The formats that are part of the program: `patterns/formats/NAME.toml`.

macro_rules! shipped {
    ($($name:literal,)*) => {
        &[$((
            concat!("patterns/formats/", $name, ".toml"),
            include_str!(concat!("../../patterns/formats/", $name, ".toml")),
        ),)*]
    };
}

/// Path and text of each.
pub(super) const SHIPPED: &[(&str, &str)] = shipped![
    "amavis",
    "caddy",
    "cef",
    "confluence",
    "csv",
    "exchange",
    "exim",
    "haproxy",
    "iis",
    "json",
    "key-value",
    "leef",
    "logfmt",
    "nextcloud",
    "nginx-json",
    "openssh-sftp",
    "postgresql-csv",
    "postgresql-json",
    "postgresql-stderr",
    "proftpd",
    "proftpd-system",
    "pure-ftpd",
    "samba",
    "vsftpd",
    "xferlog",
];
