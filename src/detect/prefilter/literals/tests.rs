use super::*;

fn check(literal: &str, edges: Edges, text: &str, at: Option<usize>) {
    let literals = Literals::of([Literal { bytes: literal.as_bytes().to_vec(), edges }]);
    let bytes = text.as_bytes();
    let place = rarest(literal.to_ascii_lowercase().as_bytes());
    let found = (0..bytes.len()).find(|at| literals.stands_at(bytes, *at));
    assert_eq!(found, at.map(|at| at + place), "{literal} in {text}");
}

#[test]
fn a_blank_stands_for_what_parts_words_and_case_for_nothing() {
    for text in ["account no", "ACCOUNT_NO", "accountNo", "account-no", "account\u{3000}no"] {
        check("account no", Edges::Word, text, Some(0));
    }
    check("Account No", Edges::Word, "x account no", Some(2));
    check("account no", Edges::Word, "account is no", None);
    check("戶名", Edges::Any, "x 戶名", Some(2));
    check("=A", Edges::Any, "x=a", Some(1));
    check(" a", Edges::Any, "x-a", Some(1));
    check("", Edges::Any, "x", None);
}

#[test]
fn a_word_ends_where_letters_do_or_a_capital_begins() {
    for (text, at) in
        [("plate", Some(0)), ("carPlate2=", Some(3)), ("my_plate", Some(3)), ("號plate", Some(3))]
    {
        check("plate", Edges::Word, text, at);
    }
    for text in ["template", "TEMPLATE", "plates", "pla te"] {
        check("plate", Edges::Word, text, None);
    }
}

#[test]
fn the_second_half_of_a_character_is_no_letter_that_runs_on() {
    // 車牌 in Big5 ends in 50, which is `P`; behind it stands a plate.
    let find = |literal: &[u8], text: &[u8]| {
        let literals = Literals::of([Literal { bytes: literal.to_vec(), edges: Edges::Word }]);
        (0..text.len()).any(|at| literals.stands_at(text, at))
    };
    assert!(find(b"\xa8\xae\xb5P", b"\xa8\xae\xb5PAYS-8601"));
    assert!(find(b"\xa8\xae\xb5P", b"x\xa8\xae\xb5Pays-8601"));
    assert!(find("車號".as_bytes(), "車號ays-8601".as_bytes()));
    assert!(find("車no".as_bytes(), "車no1".as_bytes()) && !find("車no".as_bytes(), "車noa".as_bytes()));
    assert!(!find(b"plate", b"platea"));
}

#[test]
fn a_word_for_a_name_needs_something_that_may_be_one() {
    check("name", Edges::Name, "\"fullName\": \"王", Some(5));
    check("name", Edges::Name, "filename=王", None);
    check("name", Edges::Name, "name=wang", None);
    check("name", Edges::Name, "name=\n王", None);
}

#[test]
fn a_literal_in_which_another_stands_is_left_out() {
    let words = |edges, words: &[&str]| {
        let literals = words.iter().map(|word| Literal { bytes: word.as_bytes().to_vec(), edges });
        Literals::of(literals)
            .all
            .iter()
            .map(|kept| String::from_utf8(kept.bytes.clone()).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(Edges::Word, &["birth", "birthday", "date of birth", "afterbirth"]),
        ["afterbirth", "birth", "birthday"]
    );
    assert_eq!(words(Edges::Any, &["號", "車號", "車牌", "x"]), ["x", "號", "車牌"]);
    assert_eq!(words(Edges::Name, &["name", "user name", "username"]), ["name", "username"]);
}

#[test]
fn many_literals_are_found_each_by_its_print() {
    let words: Vec<String> = (0..500).map(|nth| format!("/data/{nth:03}/list")).collect();
    let literals = words.iter().map(|word| Literal { bytes: word.as_bytes().to_vec(), edges: Edges::Any });
    let literals = Literals::of(literals);
    for word in &words {
        let text = format!("GET {word}?x=1");
        assert!((0..text.len()).any(|at| literals.stands_at(text.as_bytes(), at)), "{word}");
    }
    assert!(!(0..18).any(|at| literals.stands_at(b"GET /data/500/list", at)));
}
