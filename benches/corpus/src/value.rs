//! Synthetic values of every kind, formed by the rules of those who give them out, and the words people write before
//! them. Everything here is written from the rules, not from the program's validators, which it is to test.
//!
//! No value is anybody's on purpose: numbers are random, names are those of textbooks, streets do not exist, and
//! addresses of mail are below `example`.

use crate::random::Random;
use crate::text::Line;

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 國民身分證統一編號.
    NationalId,
    /// 新式統一證號.
    ResidentId,
    /// 舊式統一證號.
    ResidentIdOld,
    /// 護照號碼.
    Passport,
    /// Second line of a passport's machine-readable zone.
    Mrz,
    /// 健保卡號.
    NhiCard,
    /// Mobile number.
    Mobile,
    /// Fixed line.
    Landline,
    /// Toll-free, Internet and premium numbers.
    ServicePhone,
    /// Payment card.
    Card,
    /// Account at a bank or the post office.
    Account,
    /// International account number.
    Iban,
    /// 統一編號 of a business.
    Ubn,
    /// E-mail address.
    Email,
    /// Date of birth.
    Birth,
    /// Name of a person.
    Name,
    /// Postal address.
    Address,
    /// Number plate.
    Plate,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::NationalId,
        Self::ResidentId,
        Self::ResidentIdOld,
        Self::Passport,
        Self::Mrz,
        Self::NhiCard,
        Self::Mobile,
        Self::Landline,
        Self::ServicePhone,
        Self::Card,
        Self::Account,
        Self::Iban,
        Self::Ubn,
        Self::Email,
        Self::Birth,
        Self::Name,
        Self::Address,
        Self::Plate,
    ];

    /// How often each kind is planted, of the sum of all: identity numbers and telephones are what leaks.
    const WEIGHTS: [u64; 18] = [18, 4, 4, 4, 3, 4, 18, 7, 4, 8, 7, 4, 4, 6, 6, 6, 6, 4];

    /// The id that packs, JSON and the truth write.
    pub fn id(self) -> &'static str {
        match self {
            Self::NationalId => "tw-national-id",
            Self::ResidentId => "tw-resident-id",
            Self::ResidentIdOld => "tw-resident-id-old",
            Self::Passport => "tw-passport",
            Self::Mrz => "mrz",
            Self::NhiCard => "tw-nhi-card",
            Self::Mobile => "tw-mobile",
            Self::Landline => "tw-landline",
            Self::ServicePhone => "tw-service-phone",
            Self::Card => "payment-card",
            Self::Account => "bank-account",
            Self::Iban => "iban",
            Self::Ubn => "tw-ubn",
            Self::Email => "email",
            Self::Birth => "birth-date",
            Self::Name => "person-name",
            Self::Address => "address",
            Self::Plate => "plate",
        }
    }

    /// One of them, by weight.
    pub(crate) fn any(random: &mut Random) -> Self {
        let mut at = random.below(Self::WEIGHTS.iter().sum());
        for (kind, weight) in Self::ALL.into_iter().zip(Self::WEIGHTS) {
            if at < weight {
                return kind;
            }
            at -= weight;
        }
        unreachable!("less than the sum of all weights")
    }

    /// Chinese words before such a value.
    pub(crate) fn labels(self) -> &'static [&'static str] {
        match self {
            Self::NationalId => {
                &["身分證字號", "身分證號", "身分證", "身分證號碼", "身份證字號", "國民身分證統一編號"]
            }
            Self::ResidentId | Self::ResidentIdOld => &["統一證號", "居留證號", "外僑居留證", "居留證"],
            Self::Passport => &["護照號碼", "護照", "中華民國護照"],
            Self::Mrz => &["護照機讀區", "機讀區"],
            Self::NhiCard => &["健保卡號", "健保卡", "健保IC卡號"],
            Self::Mobile => &["手機", "手機號碼", "行動電話", "聯絡電話", "電話"],
            Self::Landline => &["電話", "市話", "公司電話", "聯絡電話", "住家電話", "傳真"],
            Self::ServicePhone => &["客服專線", "免付費電話", "服務專線", "客服電話", "電話"],
            Self::Card => &["信用卡號", "信用卡", "卡號", "信用卡號碼"],
            Self::Account => &["銀行帳號", "匯款帳號", "帳號", "轉帳帳號", "薪轉帳戶"],
            Self::Iban => &["IBAN", "國際銀行帳號"],
            Self::Ubn => &["統一編號", "統編", "公司統編", "買方統編"],
            Self::Email => &["電子郵件", "電子信箱", "信箱", "電郵"],
            Self::Birth => &["生日", "出生日期", "出生年月日"],
            Self::Name => &["姓名", "學生姓名", "中文姓名"],
            Self::Address => &["地址", "戶籍地址", "通訊地址", "住址"],
            Self::Plate => &["車牌", "車牌號碼", "車號"],
        }
    }

    /// English words before such a value.
    pub(crate) fn english(self) -> &'static [&'static str] {
        match self {
            Self::NationalId => &["ID No.", "National ID", "ID number"],
            Self::ResidentId | Self::ResidentIdOld => &["ARC No.", "Resident ID", "ID No."],
            Self::Passport => &["Passport No.", "passport number", "Passport"],
            Self::Mrz => &["MRZ", "passport MRZ"],
            Self::NhiCard => &["NHI card", "NHI No.", "health insurance card"],
            Self::Mobile => &["mobile", "Phone", "Tel", "Mobile No."],
            Self::Landline => &["Tel", "phone", "Office phone", "Fax"],
            Self::ServicePhone => &["hotline", "Toll free", "customer service"],
            Self::Card => &["card no", "Credit card", "Visa", "Card number"],
            Self::Account => &["Account No.", "bank account", "account number"],
            Self::Iban => &["IBAN"],
            Self::Ubn => &["UBN", "GUI No.", "Tax ID"],
            Self::Email => &["E-mail", "Email", "email address"],
            Self::Birth => &["birthday", "date of birth", "DOB:", "Born"],
            // A name is in Chinese, and so is the word before it.
            Self::Name => &["姓名"],
            Self::Address => &["Address", "Home address"],
            Self::Plate => &["plate no", "License plate"],
        }
    }

    /// Names of keys.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::NationalId => &["idno", "id_no", "idNo", "national_id", "personal_id", "id"],
            Self::ResidentId | Self::ResidentIdOld => &["arc_no", "resident_id", "idno", "residentId"],
            Self::Passport => &["passport_no", "passportNo", "passport"],
            Self::Mrz => &["mrz", "mrz2"],
            Self::NhiCard => &["nhi_card_no", "nhi", "nhiCard", "hc_no"],
            Self::Mobile => &["phone", "mobile", "contactPhone", "tel", "cell"],
            Self::Landline => &["tel", "phone", "home_phone", "fax", "officePhone"],
            Self::ServicePhone => &["hotline", "phone", "tel", "customer_service"],
            Self::Card => &["card_no", "cardNumber", "credit_card", "pan"],
            Self::Account => &["bank_account", "accountNo", "acct_no", "payee_account"],
            Self::Iban => &["iban"],
            Self::Ubn => &["ubn", "tax_id", "gui_no", "buyer_ubn"],
            Self::Email => &["email", "user_email", "contactEmail"],
            Self::Birth => &["birthday", "dob", "birthDate", "birth_date"],
            Self::Name => &["姓名"],
            Self::Address => &["address", "home_address", "addr"],
            Self::Plate => &["plate_no", "plateNo", "car_no"],
        }
    }
}

/// A value, as it is compared and as somebody wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) canonical: String,
    pub(crate) written: String,
}

impl Value {
    fn plain(canonical: String) -> Self {
        Self { written: canonical.clone(), canonical }
    }

    fn spelt(canonical: String, written: String) -> Self {
        Self { canonical, written }
    }

    /// A value of this kind.
    pub(crate) fn new(kind: Kind, random: &mut Random) -> Self {
        match kind {
            Kind::NationalId => lower_at_times(identity(random, b"12"), random),
            Kind::ResidentId => lower_at_times(identity(random, b"89"), random),
            Kind::ResidentIdOld => Self::plain(identity_old(random)),
            Kind::Passport => {
                let series = random.pick(&["30", "31", "35", "36", "13"]);
                Self::plain(format!("{series}{}", digits(random, 7)))
            }
            Kind::Mrz => zone(random),
            Kind::NhiCard => {
                let canonical = format!("0000{}", digits(random, 8));
                let written =
                    if random.one_in(4) { groups(&canonical, &[4, 4, 4], " ") } else { canonical.clone() };
                Self::spelt(canonical, written)
            }
            Kind::Mobile => mobile(random),
            Kind::Landline => landline(random),
            Kind::ServicePhone => service(random),
            Kind::Card => card(random),
            Kind::Account => account(random),
            Kind::Iban => iban(random),
            Kind::Ubn => Self::plain(ubn(random)),
            Kind::Email => email(random),
            Kind::Birth => birth(random),
            Kind::Name => Self::plain(name(random)),
            Kind::Address => address(random),
            Kind::Plate => plate(random),
        }
    }
}

fn digits(random: &mut Random, count: usize) -> String {
    let mut line = Vec::with_capacity(count);
    line.digits(random, count);
    line.into_iter().map(char::from).collect()
}

/// Digits in groups of these sizes.
fn groups(digits: &str, sizes: &[usize], between: &str) -> String {
    let (mut parts, mut rest) = (Vec::with_capacity(sizes.len()), digits);
    for &size in sizes {
        let (part, tail) = rest.split_at(size);
        parts.push(part);
        rest = tail;
    }
    debug_assert!(rest.is_empty(), "the groups hold all digits");
    parts.join(between)
}

/// What the letters of identity numbers stand for, from A: in the order in which the counties were given theirs.
const LETTER_CODES: [u32; 26] =
    [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33];

fn with_check_digit(mut number: String, second: u32) -> String {
    let first = LETTER_CODES[usize::from(number.as_bytes()[0] - b'A')];
    let rest = number.bytes().skip(2).zip([7, 6, 5, 4, 3, 2, 1]);
    let sum = first / 10 + first % 10 * 9 + second * 8;
    let sum = rest.fold(sum, |sum, (digit, weight)| sum + u32::from(digit - b'0') * weight);
    number.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
    number
}

/// Letter, sex, seven digits, and one that makes the weighted sum end in zero.
fn identity(random: &mut Random, second: &[u8]) -> String {
    let letter = char::from(b'A' + random.below(26) as u8);
    let sex = random.byte(second);
    let number = format!("{letter}{}{}", char::from(sex), digits(random, 7));
    with_check_digit(number, u32::from(sex - b'0'))
}

/// Two letters, of which the second counts as the last digit of its code.
fn identity_old(random: &mut Random) -> String {
    let letter = char::from(b'A' + random.below(26) as u8);
    let second = random.below(4) as u8;
    let number = format!("{letter}{}{}", char::from(b'A' + second), digits(random, 7));
    with_check_digit(number, u32::from(second))
}

fn lower_at_times(canonical: String, random: &mut Random) -> Value {
    let written = if random.one_in(30) { canonical.to_ascii_lowercase() } else { canonical.clone() };
    Value::spelt(canonical, written)
}

/// Forty-four characters, of which five are check digits (weights 7, 3, 1).
fn zone(random: &mut Random) -> Value {
    fn check(text: &str) -> char {
        let value = |byte: u8| match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => 0,
        };
        let sum: u32 = text.bytes().enumerate().map(|(at, byte)| value(byte) * [7, 3, 1][at % 3]).sum();
        char::from(b'0' + (sum % 10) as u8)
    }
    let checked = |text: String| {
        let digit = check(&text);
        text + &digit.to_string()
    };
    let passport = format!("3{}", digits(random, 8));
    let number = checked(passport.clone());
    let (month, day) = (random.within(1, 12), random.within(1, 28));
    let birth = checked(format!("{:02}{month:02}{day:02}", random.within(40, 99)));
    let (month, day) = (random.within(1, 12), random.within(1, 28));
    let expiry = checked(format!("{:02}{month:02}{day:02}", random.within(27, 36)));
    let sex = char::from(random.byte(b"MF"));
    let own = random.percent(70).then(|| identity(random, b"12"));
    let optional = checked(format!("{:<<14}", own.clone().unwrap_or_default()));
    let last = check(&format!("{number}{birth}{expiry}{optional}"));
    Value::spelt(own.unwrap_or(passport), format!("{number}TWN{birth}{sex}{expiry}{optional}{last}"))
}

fn mobile(random: &mut Random) -> Value {
    let rest = digits(random, 8);
    let (a, b, c) = (&rest[..2], &rest[2..5], &rest[5..]);
    let written = match random.below(12) {
        0..=3 => format!("09{rest}"),
        4 | 5 => format!("09{a}-{b}-{c}"),
        6 => format!("09{a}-{b}{c}"),
        7 => format!("09{a} {b} {c}"),
        8 => format!("+8869{rest}"),
        9 => format!("+886-9{a}-{b}-{c}"),
        10 => format!("+886 9{a} {b} {c}"),
        _ => format!("(09{a}){b}{c}"),
    };
    Value::spelt(format!("09{rest}"), written)
}

/// Area code, digits of the subscriber, and the digits these begin with.
const AREAS: [(&str, usize, &str); 14] = [
    ("02", 8, "2345678"),
    ("03", 7, "2345689"),
    ("037", 6, "23456789"),
    ("04", 8, "234"),
    ("04", 7, "78"),
    ("049", 7, "23456789"),
    ("05", 7, "234567"),
    ("06", 7, "2345679"),
    ("07", 7, "23456789"),
    ("08", 7, "478"),
    ("082", 6, "2345789"),
    ("0826", 5, "6"),
    ("0836", 5, "23456789"),
    ("089", 6, "23456789"),
];

fn landline(random: &mut Random) -> Value {
    // Half of all lines are in Taipei and Taichung.
    let (area, len, firsts) = match random.below(4) {
        0 => AREAS[0],
        1 => AREAS[3],
        _ => AREAS[random.below(14) as usize],
    };
    // 03 7… and 04 9… are Miaoli and Nantou, 08 2… and 08 9… the islands and Taitung: these rows have no such firsts.
    let first = char::from(random.byte(firsts.as_bytes()));
    let rest = format!("{first}{}", digits(random, len - 1));
    // The five digits of Matsu and Wuqiu are written together.
    let (head, tail) = rest.split_at(if len > 5 { len - 4 } else { 0 });
    let rest_grouped = if len > 5 { format!("{head}-{tail}") } else { rest.clone() };
    let written = match random.below(10) {
        0 | 1 => format!("{area}{rest}"),
        2 => format!("{area}-{rest}"),
        8 => format!("{area} {}", rest_grouped.replace('-', " ")),
        9 => format!("({area}) {rest_grouped}"),
        3 => format!("{area}-{rest_grouped}"),
        4 => format!("({area}){rest}"),
        5 => format!("({area}){rest_grouped}"),
        6 => format!("+886-{}-{rest_grouped}", &area[1..]),
        _ => format!("{area}-{rest}#{}", random.within(10, 9999)),
    };
    Value::spelt(format!("{area}{rest}"), written)
}

fn service(random: &mut Random) -> Value {
    if random.one_in(4) {
        let rest = digits(random, 8);
        let canonical = format!("070{rest}");
        let (head, tail) = rest.split_at(4);
        let written = if random.one_in(2) { format!("070-{head}-{tail}") } else { canonical.clone() };
        return Value::spelt(canonical, written);
    }
    let code = random.pick(&["0800", "0800", "0809", "0204"]);
    let rest = digits(random, 6);
    let (head, tail) = rest.split_at(3);
    let written = match random.below(3) {
        0 => format!("{code}{rest}"),
        1 => format!("{code}-{head}-{tail}"),
        _ => format!("{code}-{rest}"),
    };
    Value::spelt(format!("{code}{rest}"), written)
}

/// Beginnings of the numbers of issuers, and their lengths.
const ISSUERS: [(&str, usize); 13] = [
    ("4", 16),
    ("4", 16),
    ("4", 16),
    ("51", 16),
    ("54", 16),
    ("55", 16),
    ("2225", 16),
    ("3528", 16),
    ("3589", 16),
    ("6212", 16),
    ("6011", 16),
    ("34", 15),
    ("37", 15),
];

fn card(random: &mut Random) -> Value {
    let (issuer, len) = ISSUERS[random.below(13) as usize];
    let mut number = format!("{issuer}{}", digits(random, len - issuer.len() - 1));
    // Luhn: from the right, every second digit counts twice, without its tens.
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            if at % 2 == 1 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    number.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
    let sizes: &[usize] = if len == 15 { &[4, 6, 5] } else { &[4, 4, 4, 4] };
    let written = match random.below(4) {
        0 => groups(&number, sizes, " "),
        1 => groups(&number, sizes, "-"),
        _ => number.clone(),
    };
    Value::spelt(number, written)
}

/// Banks whose accounts have these lengths; the branch that the numbers begin with is made up.
const BANKS: [(&str, usize); 10] = [
    ("004", 12),
    ("005", 12),
    ("006", 13),
    ("008", 12),
    ("013", 12),
    ("700", 14),
    ("808", 13),
    ("812", 14),
    ("822", 12),
    ("009", 14),
];

fn account(random: &mut Random) -> Value {
    let (bank, len) = BANKS[random.below(10) as usize];
    if random.one_in(8) {
        let (office, own) = (format!("000{}", digits(random, 4)), format!("0{}", digits(random, 6)));
        let written = match random.below(3) {
            0 => format!("{office}-{own}"),
            1 => format!("{office} {own}"),
            _ => format!("{}-{} {}-{}", &office[..6], &office[6..], &own[..6], &own[6..]),
        };
        return Value::spelt(format!("{office}{own}"), format!("局號 {written}"));
    }
    // Branches begin with two digits above zero, so that no account reads like a number abroad or a telephone.
    let branch = random.within(110, 399);
    let number = format!("{branch}{}", digits(random, len - 3));
    let written = match random.below(6) {
        0 => groups(&number, &[3, 3, len - 6], "-"),
        1 if len == 12 => groups(&number, &[4, 4, 4], " "),
        2 => format!("({bank}){number}"),
        3 => format!("{bank}-{number}"),
        _ => number.clone(),
    };
    Value::spelt(number, written)
}

/// Countries, the letters their accounts begin with, and the digits after these.
const COUNTRIES: [(&str, usize, usize); 6] =
    [("DE", 0, 18), ("GB", 4, 14), ("NL", 4, 10), ("BE", 0, 12), ("ES", 0, 20), ("AT", 0, 16)];

fn iban(random: &mut Random) -> Value {
    let (country, letters, count) = COUNTRIES[random.below(6) as usize];
    let bank: String = (0..letters).map(|_| char::from(b'A' + random.below(26) as u8)).collect();
    let account = format!("{bank}{}", digits(random, count));
    // Country and 00 behind the account, letters as two digits each, and 98 less the remainder (ISO 7064).
    let remainder = format!("{account}{country}00").bytes().fold(0, |sum, byte| {
        let value = if byte.is_ascii_digit() { u32::from(byte - b'0') } else { u32::from(byte - b'A') + 10 };
        (sum * if value > 9 { 100 } else { 10 } + value) % 97
    });
    let number = format!("{country}{:02}{account}", 98 - remainder);
    let written = if random.one_in(2) {
        let parts: Vec<&str> =
            (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
        parts.join(" ")
    } else {
        number.clone()
    };
    Value::spelt(number, written)
}

/// Eight digits with weights 1, 2, 1, 2, 1, 2, 4, 1; the sum of the digits of all products is a multiple of five.
fn ubn(random: &mut Random) -> String {
    loop {
        let number = digits(random, 8);
        let sum: u32 = number
            .bytes()
            .zip([1, 2, 1, 2, 1, 2, 4, 1])
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .map(|product| product / 10 + product % 10)
            .sum();
        // A seventh digit of 7 makes 28, of which 10 may count as one or as none.
        if sum.is_multiple_of(5) || number.as_bytes()[6] == b'7' && (sum + 1).is_multiple_of(5) {
            return number;
        }
    }
}

/// Romanised surnames and given names of people who do not exist.
pub(crate) const SURNAMES: [&str; 20] = [
    "wang", "chen", "lin", "huang", "chang", "lee", "wu", "liu", "tsai", "yang", "hsu", "cheng", "hsieh",
    "kuo", "hung", "chiu", "tseng", "liao", "lai", "chou",
];
pub(crate) const GIVEN: [&str; 16] = [
    "xm", "yi", "meiling", "zhiming", "jh", "ann", "david", "peggy", "wl", "hsin", "yuting", "chiahao",
    "kevin", "sm", "amy", "bo",
];

fn email(random: &mut Random) -> Value {
    let (surname, given) = (random.pick(&SURNAMES), random.pick(&GIVEN));
    let domain =
        random.pick(&["example.com", "example.org", "example.net", "mail.example.com.tw", "example.edu.tw"]);
    let local = match random.below(4) {
        0 => format!("{surname}.{given}"),
        1 => format!("{surname}_{given}{}", random.below(100)),
        2 => format!("{given}.{surname}{}", random.below(1000)),
        _ => format!("{surname}{}", random.below(10_000)),
    };
    Value::plain(format!("{local}@{domain}"))
}

fn birth(random: &mut Random) -> Value {
    let (year, month, day) = (random.within(1940, 2012), random.within(1, 12), random.within(1, 28));
    let republic = year - 1911;
    let written = match random.below(8) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{year}/{month:02}/{day:02}"),
        2 => format!("{year}{month:02}{day:02}"),
        3 => format!("{republic:03}{month:02}{day:02}"),
        4 => format!("{republic}/{month:02}/{day:02}"),
        5 => format!("民國{republic}年{month}月{day}日"),
        6 => format!("{republic}年{month}月{day}日"),
        _ => format!("{republic:03}.{month:02}.{day:02}"),
    };
    Value::spelt(format!("{year:04}{month:02}{day:02}"), written)
}

fn name(random: &mut Random) -> String {
    let surname =
        random.pick(&["王", "陳", "林", "黃", "張", "李", "吳", "劉", "蔡", "楊", "許", "鄭", "謝", "歐陽"]);
    let middle = random.pick(&["小", "大", "阿", "一", "甲", "乙"]);
    let last = random.pick(&["明", "華", "美", "安", "丙", "丁", "英", "強"]);
    format!("{surname}{middle}{last}")
}

/// Real counties and districts, so that an address reads like one.
const PLACES: [&str; 12] = [
    "臺北市中正區",
    "台北市大安區",
    "新北市板橋區",
    "桃園市中壢區",
    "新竹市東區",
    "臺中市西屯區",
    "彰化縣員林市",
    "雲林縣虎尾鎮",
    "臺南市永康區",
    "高雄市前鎮區",
    "花蓮縣吉安鄉",
    "屏東縣潮州鎮",
];

fn address(random: &mut Random) -> Value {
    let place = random.pick(&PLACES);
    let street = random.pick(&["範例路", "測試街", "示範路二段", "虛構路", "樣本街", "假設路一段"]);
    let house = random.within(1, 399);
    let written = match random.below(4) {
        0 => format!("{place}{street}{house}號"),
        1 => format!("{place}{street}{house}號{}樓", random.within(2, 19)),
        2 => format!("{place}{street}{}巷{house}號", random.within(1, 99)),
        _ => format!(
            "{place}{street}{}巷{}弄{house}號{}樓之{}",
            random.within(1, 99),
            random.within(1, 30),
            random.within(2, 9),
            random.within(1, 9)
        ),
    };
    Value::spelt(written.replace('臺', "台"), written)
}

fn plate(random: &mut Random) -> Value {
    let letters = |random: &mut Random, count: usize| -> String {
        (0..count).map(|_| char::from(random.byte(b"ABCDEFGHJKLMNPQRSTUVWXYZ"))).collect()
    };
    let numbers = |random: &mut Random, count: usize| -> String {
        (0..count).map(|_| char::from(random.byte(b"012356789"))).collect()
    };
    let (front, back) = match random.below(4) {
        0 => (letters(random, 2), numbers(random, 4)),
        1 => (numbers(random, 4), letters(random, 2)),
        _ => (letters(random, 3), numbers(random, 4)),
    };
    Value::spelt(format!("{front}{back}"), format!("{front}-{back}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(with_check_digit("A12345678".to_owned(), 1), "A123456789");
        assert_eq!(with_check_digit("A87359913".to_owned(), 8), "A873599135");
        assert_eq!(with_check_digit("CC6344844".to_owned(), 2), "CC63448443");
    }

    #[test]
    fn every_kind_can_be_formed_a_thousand_times() {
        let mut random = Random::new(7);
        for kind in Kind::ALL {
            for _ in 0..1000 {
                let value = Value::new(kind, &mut random);
                assert!(!value.canonical.is_empty() && !value.written.is_empty(), "{}", kind.id());
            }
        }
    }
}
