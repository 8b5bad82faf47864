//! The same facts in any order, any batches and any number of times make the same incidents, and two stores that were told
//! the halves make them when one is told both.

use std::fmt::Write as _;

use breachd::batch::{Batch, Fact};
use breachd::config::{self, Known, Packs, Settings};
use breachd::incident::Rules;
use breachd::store::Store;
use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Random, Site, holds, national_id, seed, size};

/// A day of an organisation whose web server holds ten thousand records: mails, downloads with and without personal data in
/// them, exports; six days before it, so that the day can be compared.
fn day(random: &mut Random) -> Site {
    let sources = [("mail.log", ""), ("access.log", "records_held = 10000"), ("app.log", "")];
    let more = "[inventory]\nfiles = [\"./inventory.csv\"]\n[abnormal]\ntimes = 3\n";
    let site = Site::with(&sources, "transport = \"none\"", more);
    let listed = "path,data_set,records,bytes,special\n/hr/staff-*.xlsx,員工,1284,51200,no\n\
                  /hr/health.pdf,健檢,300,,yes\n/vol/list.csv,志工,80,,no\n";
    std::fs::write(site.path("inventory.csv"), listed).expect("an inventory");
    let (mut mail, mut web, mut app) = (String::new(), String::new(), String::new());
    for nth in 0..10 {
        let (id, actor) = (format!("AB00{nth:02X}"), ["wang", "chen"][nth % 2]);
        let people: Vec<String> = (0..=random.below(3)).map(|_| national_id(random.below(30))).collect();
        write!(
            mail,
            "{nth}m {id} client pc[10.1.2.3], sasl_method=PLAIN, sasl_username={actor}@agency.gov.tw\n\
             {nth}m1s {id} subject 名冊 {}\n{nth}m2s {id} sent out{nth}@example.com\n{nth}m3s {id} removed\n",
            people.join(",")
        )
        .expect("memory");
    }
    for days in 0..7 {
        for nth in 0..if days == 6 { 9 } else { 2 } {
            let id = national_id(100 + random.below(40));
            writeln!(web, "{days}d{nth}m 203.0.113.{days} lin 200 GET /search?id={id}").expect("memory");
        }
    }
    for (nth, path) in ["staff-1.xlsx", "staff-1.xlsx", "staff-2.xlsx", "health.pdf"].iter().enumerate() {
        writeln!(web, "6d1h{nth}m 203.0.113.9 ho 200 GET /hr/{path}").expect("memory");
    }
    web.push_str("6d2h 203.0.113.9 ho 200 GET /vol/list.csv\n6d2h1m 203.0.113.8 su 200 GET /x/roster.xlsx\n");
    for (nth, rows) in [40, 12_000, 25].iter().enumerate() {
        let user = ["hsu", "hsu", "tsai"][nth];
        let time = format!("2026-11-17T0{nth}:00:00Z");
        let line =
            json!({ "time": time, "user": user, "message": "exported", "file": "o.csv", "rows": rows });
        writeln!(app, "{line}").expect("memory");
    }
    for (name, text) in
        [("mail.log", postfix(TUESDAY, &mail)), ("access.log", access(TUESDAY, &web)), ("app.log", app)]
    {
        std::fs::write(site.log(name), text).expect("a log");
    }
    site.ok(&["watch", "--once"]);
    site
}

/// The rules of a site.
fn rules(site: &Site) -> (Settings, Rules) {
    let packs = Packs::shipped().expect("the shipped packs are sound");
    let (policies, formats) = (packs.policy_ids(), packs.formats.names());
    let known = Known { formats: &formats, policies: &policies, needed_roles: &[] };
    let (mut settings, _) = config::load(&site.config, &known).expect("a configuration");
    // The program runs in the site's folder, the test does not.
    settings.inventory = vec![site.path("inventory.csv")];
    let (packs, problems) = packs.with_inventory(&settings);
    assert_eq!(problems, []);
    let rules = config::rules(&settings, &packs);
    (settings, rules)
}

/// What `incident show --core` prints of every incident that opens, after these batches.
fn cores(key_id: &str, batches: impl IntoIterator<Item = Batch>, rules: &Rules) -> Value {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(dir.path(), key_id).expect("a store");
    for batch in batches {
        store.apply(&batch, rules, 0, false).expect("facts never conflict");
    }
    json!(store.cores().expect("a store"))
}

fn told(store: &Store) -> Vec<Batch> {
    let mut batches = Vec::new();
    store
        .told(|batch| {
            batches.push(batch);
            Ok(())
        })
        .expect("a store");
    batches
}

/// One incident after the other as the program shows it.
fn shown(site: &Site) -> Value {
    let listed = site.json(&["incident", "list", "--json"])["incidents"].clone();
    let show = |row: &Value| site.json(&["incident", "show", row["id"].as_str().expect("an id"), "--core"]);
    listed.as_array().expect("a list").iter().map(show).collect()
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

#[test]
fn any_order_split_and_repetition_of_a_day_gives_the_same_core() {
    let mut random = Random(seed(7));
    let site = day(&mut random);
    let (settings, rules) = rules(&site);
    let expected = shown(&site);
    let told = told(&Store::read(&settings.state_dir).expect("the store of the site"));
    let text = expected.to_string();
    for part in ["員工", "第十五條第六款", "12000", "\"special\":300", "檔名疑為個資檔案"] {
        assert!(text.contains(part), "{part} is part of the day: {expected:#}");
    }
    let key_id = told[0].key_id.clone();
    let clocks = told.iter().flat_map(|batch| batch.clocks.clone()).collect::<Vec<_>>();
    let facts: Vec<Fact> = told.into_iter().flat_map(|batch| batch.facts).collect();
    for round in 0..size("BREACHD_SHUFFLES", 200) {
        let mut facts = facts.clone();
        let again: Vec<Fact> =
            (0..random.below(facts.len())).map(|_| facts[random.below(facts.len())].clone()).collect();
        facts.extend(again);
        shuffle(&mut facts, &mut random);
        let parts = 1 + random.below(6);
        let mut batches: Vec<Batch> = facts
            .chunks(facts.len().div_ceil(parts))
            .map(|facts| Batch { facts: facts.to_vec(), ..Batch::new(&key_id) })
            .collect();
        let at = random.below(batches.len() + 1);
        batches.insert(at, Batch { clocks: clocks.clone(), ..Batch::new(&key_id) });
        let found = cores(&key_id, batches, &rules);
        assert_eq!(holds(&found, &expected, "incidents").err(), None, "round {round}, {parts} parts");
        assert_eq!(found, expected, "round {round}");
    }
}

#[test]
fn two_stores_that_were_told_the_halves_come_to_what_one_was_told_makes() {
    let mut random = Random(seed(8));
    let site = day(&mut random);
    let (settings, rules) = rules(&site);
    let expected = shown(&site);
    let all = told(&Store::read(&settings.state_dir).expect("the store of the site"));
    let key_id = all[0].key_id.clone();
    let clocks = all.iter().flat_map(|batch| batch.clocks.clone()).collect::<Vec<_>>();
    let mut facts: Vec<Fact> = all.into_iter().flat_map(|batch| batch.facts).collect();
    for round in 0..size("BREACHD_MERGES", 10) {
        shuffle(&mut facts, &mut random);
        let half = random.below(facts.len());
        // Some lines were read by both, as a mail server's log and its copy on a log server are.
        let both = random.below(1 + facts.len() - half);
        let halves = [&facts[..half + both], &facts[half..]];
        let folders = halves.map(|_| tempfile::tempdir().expect("a folder"));
        let mut stores = folders.each_ref().map(|dir| Store::open(dir.path(), &key_id).expect("a store"));
        for (store, facts) in stores.iter_mut().zip(halves) {
            let batch = Batch { facts: facts.to_vec(), clocks: clocks.clone(), ..Batch::new(&key_id) };
            store.apply(&batch, &rules, 0, false).expect("facts never conflict");
        }
        let [one, mut other] = stores;
        for batch in told(&one) {
            other.apply(&batch, &rules, 0, false).expect("facts of another store never conflict");
        }
        assert_eq!(json!(other.cores().expect("a store")), expected, "round {round}");
    }
}
