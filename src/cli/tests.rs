//! What may be written, and what is refused.

use clap::CommandFactory;

use super::*;

fn read(line: &str) -> Result<Cli, i32> {
    Cli::try_parse_from(line.split(' ')).map_err(|error| error.exit_code())
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn global_options_stand_before_and_after_the_command() {
    for line in ["breachd -c x.toml -v incident list", "breachd incident list -v -c x.toml"] {
        let cli = read(line).expect("valid");
        assert_eq!(cli.global.config_path(), Path::new("x.toml"), "{line}");
        assert_eq!(cli.global.verbose, 1, "{line}");
    }
    let cli = read("breachd --lang zh-TW watch --once --color never").expect("valid");
    assert_eq!((cli.global.lang, cli.global.color), (Some(Lang::ZhTw), Color::Never));
    assert_eq!(cli.global.config_path(), Path::new(CONFIG_DEFAULT));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_help_with_0() {
    for line in [
        "breachd",
        "breachd mail",
        "breachd scan",
        "breachd replay a --since yesterday",
        "breachd replay a --network ten",
        "breachd replay a --timezone Mars",
        "breachd replay a --threads 0",
        "breachd scan a --threads many",
        "breachd watch -q -v",
        "breachd incident show",
    ] {
        assert_eq!(read(line).err(), Some(2), "{line}");
    }
    for line in ["breachd --help", "breachd help replay", "breachd --version"] {
        assert_eq!(read(line).err(), Some(0), "{line}");
    }
}

#[test]
fn replay_takes_several_domains_and_networks() {
    let line =
        "breachd replay --domain x.tw,y.tw --domain z.tw --network 10.0.0.0/8,::1 --since 115/11/21 a b";
    let Command::Replay(replay) = read(line).expect("valid").command else { panic!("replay") };
    assert_eq!(replay.paths.len(), 2);
    assert_eq!(replay.domains, ["x.tw", "y.tw", "z.tw"]);
    assert_eq!(replay.networks.len(), 2);
}

#[test]
fn the_standard_input_is_a_path() {
    let Command::Scan(scan) = read("breachd scan --json --count -").expect("valid").command else {
        panic!("scan")
    };
    assert_eq!(scan.paths, [PathBuf::from("-")]);
}

#[test]
fn long_help_names_every_exit_code() {
    let help = Cli::command().render_long_help().to_string();
    for code in ["  0  ", "  1  ", "  2  ", "  3  ", "  4  ", " 78  ", "130  "] {
        assert!(help.contains(code), "{code}");
    }
}

#[test]
fn colours_heed_the_terminal_and_no_color() {
    assert!(Color::Auto.enabled(true, None));
    assert!(Color::Auto.enabled(true, Some(OsStr::new(""))));
    assert!(!Color::Auto.enabled(true, Some(OsStr::new("1"))));
    assert!(!Color::Auto.enabled(false, None));
    assert!(Color::Always.enabled(false, Some(OsStr::new("1"))));
}

#[test]
fn the_environment_chooses_the_language() {
    assert_eq!(Lang::from_environment([None, Some(""), Some("zh_TW.UTF-8")]), Lang::ZhTw);
    assert_eq!(Lang::from_environment([Some("C"), None, Some("zh_TW.UTF-8")]), Lang::En);
    assert_eq!(Lang::from_environment([None; 3]), Lang::En);
}
