//! The rows of the verdict table, one by one.

use super::*;

#[test]
fn identity_numbers_follow_their_row_of_the_table() {
    use Kind::TwNationalId as Id;
    use Verdict::{Likely, Possible, Rejected};
    check("A123456789", NOTHING, &[(Id, Possible, "no context")]);
    check("A123456789", CONTENT, &[(Id, Likely, "content field")]);
    check("A123456789", FieldContext { known: false, key: "idNo" }, &[(Id, Likely, "field name")]);
    check("A123456788", CONTENT, &[(Id, Rejected, "checksum")]);
    check("a123456789", CONTENT, &[(Id, Possible, "lower case")]);
    check("身分證 a123456789", NOTHING, &[(Id, Likely, "lower case, keyword")]);
    check("order A123456789 shipped", CONTENT, &[(Id, Possible, "counter-word nearer")]);
    check("order 5, ID card A123456789", NOTHING, &[(Id, Likely, "keyword")]);
    check("order_id=A123456789&x=id+card", NOTHING, &[(Id, Possible, "counter-word nearer")]);
    let three = [(Id, Likely, "3 of the kind"); 3];
    check("A123456789 B202810446 C182455340", NOTHING, &three);
    let same = [(Id, Possible, "no context"); 3];
    check("A123456789 A123456789 A123456789", NOTHING, &same);
    let far = format!("身分證{}A123456789", "，".repeat(41));
    check(&far, NOTHING, &[(Id, Possible, "no context")]);
    check(&far.replacen('，', "", 1), NOTHING, &[(Id, Likely, "keyword")]);
}

#[test]
fn mobile_numbers_follow_their_row_of_the_table() {
    use Kind::TwMobile as Mobile;
    use Verdict::{Likely, Possible, Rejected};
    check("0912345678", NOTHING, &[(Mobile, Possible, "no context")]);
    check("0912345678", CONTENT, &[(Mobile, Likely, "content field")]);
    check("0912-345-678", NOTHING, &[(Mobile, Likely, "separators")]);
    check("tel=+886912345678", NOTHING, &[(Mobile, Likely, "field name, keyword")]);
    check("mx postfix/qmgr[1]: 0912345678: removed", NOTHING, &[(Mobile, Rejected, "opaque id: queue id")]);
    check("0.0912345678 10.0912345678.1 -0912345678 %0912345678", CONTENT, &[]);
}

#[test]
fn cards_follow_their_row_of_the_table() {
    use Kind::PaymentCard as Card;
    use Verdict::{Likely, Possible, Rejected};
    check("4111111111111111", CONTENT, &[(Card, Possible, "no context")]);
    check("4111 1111 1111 1111", NOTHING, &[(Card, Likely, "grouping")]);
    check("4111 1111 1111 1112", NOTHING, &[(Card, Rejected, "checksum")]);
    check("30348222853894", FieldContext { known: true, key: "pan" }, &[(Card, Possible, "no context")]);
    check("卡號 30348222853894", NOTHING, &[(Card, Likely, "keyword")]);
    let two = [(Card, Likely, "2 of the kind"); 2];
    check("4111111111111111 5555555555554444", NOTHING, &two);
    check("健保卡號 4111111111111111", NOTHING, &[(Card, Possible, "counter-word nearer")]);
    check("4111111111111111-2 +4111111111111111 4111111111111111/12", CONTENT, &[]);
}

#[test]
fn fixed_lines_and_services_follow_their_row_of_the_table() {
    use Kind::{TwLandline as Line, TwServicePhone as Service};
    use Verdict::{Likely, Possible};
    check("02-2713-8546", CONTENT, &[(Line, Possible, "no context")]);
    check("電話 02-2713-8546#12", NOTHING, &[(Line, Likely, "keyword")]);
    check("0227138546", FieldContext { known: false, key: "phone" }, &[(Line, Likely, "field name")]);
    check("訂單 0227138546，請來電話", NOTHING, &[(Line, Possible, "counter-word nearer")]);
    check("0800-123-456", CONTENT, &[(Service, Possible, "no context")]);
    check("客服 0800-123-456", NOTHING, &[(Service, Likely, "keyword")]);
    check(
        "電話 02-2713-8546, 0912-345-678",
        NOTHING,
        &[(Line, Likely, "keyword"), (Kind::TwMobile, Likely, "keyword, separators")],
    );
}

#[test]
fn numbers_without_check_digits_are_nothing_without_a_word() {
    use Kind::{BankAccount as Account, TwNhiCard as Nhi, TwPassport as Passport, TwUbn as Ubn};
    use Verdict::{Likely, Rejected};
    for text in ["001234567890", "312345678", "04595257", "0001234 0123456", "1647725122229"] {
        check(text, CONTENT, &[]);
    }
    check("護照號碼 312345678", NOTHING, &[(Passport, Likely, "keyword")]);
    check("健保卡號 0000 1234 5678", NOTHING, &[(Nhi, Likely, "keyword")]);
    check("統編 04595257", NOTHING, &[(Ubn, Likely, "keyword")]);
    check("統編 04595258", NOTHING, &[(Ubn, Rejected, "checksum")]);
    check("護照另附，電話 312345678", NOTHING, &[(Passport, Rejected, "counter-word nearer")]);
    check("帳號 001-234-567890", NOTHING, &[(Account, Likely, "keyword")]);
    check("(822)001234567890", NOTHING, &[(Account, Likely, "bank code")]);
    check("822-001234567890", NOTHING, &[(Account, Likely, "bank code")]);
    check("局號 0001234 帳號 0123456", NOTHING, &[(Account, Likely, "keyword")]);
}

#[test]
fn check_digits_alone_make_zones_and_international_accounts() {
    use Verdict::{Likely, Rejected};
    let zone = "3088906738TWN6104173F2605281M253291476<<<<90";
    check(zone, NOTHING, &[(Kind::Mrz, Likely, "check digits")]);
    check(&zone.replace("90", "91"), CONTENT, &[(Kind::Mrz, Rejected, "checksum")]);
    let engine = Engine::shipped().unwrap();
    assert!(engine.find(zone, NOTHING)[0].value.is("M253291476"));
    let foreign = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    assert!(engine.find(foreign, NOTHING)[0].value.is("L898902C3"));
    check("GB82 WEST 1234 5698 7654 32", NOTHING, &[(Kind::Iban, Likely, "check digits")]);
    check("GB82WEST12345698765433", CONTENT, &[(Kind::Iban, Rejected, "checksum")]);
}

#[test]
fn one_place_is_one_finding_of_the_surer_kind() {
    use Kind::{BankAccount as Account, PaymentCard as Card, TwMobile as Mobile, TwNhiCard as Nhi};
    for (text, kinds) in [
        ("帳號 4111111111111111", vec![Account]),
        ("信用卡帳號 4111111111111111", vec![Card]),
        ("帳號 4111 1111 1111 1111", vec![Card]),
        ("帳號：0912345678", vec![Account]),
        ("手機：0912345678 帳號：001234567890", vec![Mobile, Account]),
        ("帳號 001234567890 健保卡號 000012345678", vec![Account, Nhi]),
        ("健保卡號 000012345678，帳號 001234567890", vec![Nhi, Account]),
        ("匯款帳號 (822)4111111111111111", vec![Account]),
        ("帳號 886227138546 傳真", vec![Account]),
    ] {
        for context in [NOTHING, CONTENT] {
            assert_eq!(likely(&Engine::shipped().unwrap().find(text, context)), kinds, "{text}");
        }
    }
}

#[test]
fn one_subscriber_is_one_value_however_it_is_written() {
    let engine = Engine::shipped().unwrap();
    for text in ["0826-62075", "082-662075", "+886-826-62075", "00886 (0)82 662075", "(0826)62075轉12"] {
        let text = format!("電話 {text}");
        assert!(engine.find(&text, NOTHING).iter().all(|found| found.value.is("082662075")), "{text}");
        assert_eq!(likely(&engine.find(&text, NOTHING)), [Kind::TwLandline], "{text}");
    }
}

#[test]
fn the_boundaries_of_cards_are_those_of_the_contract() {
    let engine = Engine::shipped().unwrap();
    let card = "4111111111111111";
    for text in [
        format!("card_no_{card}_x"),
        format!("/信用卡/{card}/a"),
        format!("card no {card}.pdf"),
        format!("card no {card}."),
    ] {
        assert_eq!(likely(&engine.find(&text, NOTHING)), [Kind::PaymentCard], "{text}");
    }
    for joint in ['.', '-', '_', '/'] {
        for text in [
            format!("card no {card}{joint}2"),
            format!("card no 2{joint}{card}"),
            format!("card no =-{card}"),
        ] {
            assert_eq!(likely(&engine.find(&text, NOTHING)), [], "{text}");
        }
    }
}
