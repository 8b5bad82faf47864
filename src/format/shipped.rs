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
    "apache-error",
    "caddy",
    "cef",
    "confluence",
    "csv",
    "exchange",
    "exim",
    "haproxy",
    "iis",
    "iis-advanced",
    "json",
    "key-value",
    "leef",
    "logfmt",
    "nextcloud",
    "nginx-error",
    "nginx-json",
    "nginx-proxy-manager",
    "opensmtpd",
    "opensmtpd-debug",
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
