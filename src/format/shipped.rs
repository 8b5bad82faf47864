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
    "exchange",
    "exim",
    "nextcloud",
    "openssh-sftp",
    "proftpd",
    "proftpd-system",
    "pure-ftpd",
    "samba",
    "vsftpd",
    "xferlog",
];
