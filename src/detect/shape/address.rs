//! Postal addresses of three levels and more: 縣市, 鄉鎮市區, 路街 or 村里, and a house number (內政部, 道路命名及門牌編釘).

use super::super::text::{Folded, is_han};
use super::{Form, Shaped};

/// The counties and cities, with 台 for 臺, and those that were merged in 2010 and 2014.
const COUNTIES: [&str; 27] = [
    "台北市",
    "新北市",
    "桃園市",
    "台中市",
    "台南市",
    "高雄市",
    "基隆市",
    "新竹市",
    "嘉義市",
    "新竹縣",
    "苗栗縣",
    "彰化縣",
    "南投縣",
    "雲林縣",
    "嘉義縣",
    "屏東縣",
    "宜蘭縣",
    "花蓮縣",
    "台東縣",
    "澎湖縣",
    "金門縣",
    "連江縣",
    "台北縣",
    "桃園縣",
    "台中縣",
    "台南縣",
    "高雄縣",
];

/// Longest names, in characters without the last.
const DISTRICT_CHARS_MAX: usize = 3;
const VILLAGE_CHARS_MAX: usize = 4;
const ROAD_CHARS_MAX: usize = 9;

/// Longest number, in characters.
const NUMBER_CHARS_MAX: usize = 5;

/// The address that begins at `at`.
pub(super) fn at(folded: &Folded<'_>, at: usize) -> Option<Shaped> {
    if !matches!(folded.char_at(at + 2)?, '縣' | '市') {
        return None;
    }
    let chars = folded.chars();
    let name = chars.get(at..at + 3)?;
    if !COUNTIES.iter().any(|known| known.chars().eq(name.iter().map(|&c| plain(c)))) {
        return None;
    }
    let text = Text { chars };
    let after = text.blank(at + 3);
    let districts = text.names(after, DISTRICT_CHARS_MAX, &['鄉', '鎮', '市', '區']);
    let end = districts.into_iter().find_map(|district| text.street(text.blank(district)))?;
    let canonical = chars[at..end].iter().filter(|&&c| c != ' ').map(|&c| plain(c)).collect();
    Some(Shaped { range: at..end, canonical, form: Form::Bare })
}

/// One way of writing.
fn plain(c: char) -> char {
    if c == '臺' { '台' } else { c }
}

/// The characters, and how parts of an address are read from them: each takes a place and returns the next.
struct Text<'t> {
    chars: &'t [char],
}

impl Text<'_> {
    /// What follows the district: 村里 and 鄰 may be left out before a road, the road after a village.
    fn street(&self, at: usize) -> Option<usize> {
        let villages = self.names(at, VILLAGE_CHARS_MAX, &['村', '里']);
        let after_village =
            villages.into_iter().map(|at| self.blank(self.counted(at, &['鄰']).unwrap_or(at)));
        let starts: Vec<usize> = after_village.chain([at]).collect();
        let on_road = |&at: &usize| {
            let roads = self.names(at, ROAD_CHARS_MAX, &['路', '街', '道']);
            roads.into_iter().rev().find_map(|road| self.house(road))
        };
        let bare = |&at: &usize| self.house(at);
        starts.iter().find_map(on_road).or_else(|| starts[..starts.len() - 1].iter().find_map(bare))
    }

    /// 段, 巷, 弄, which may be left out, 號, and 樓 and 室 if they are there.
    fn house(&self, at: usize) -> Option<usize> {
        let mut at = self.blank(at);
        for unit in ['段', '巷', '弄'] {
            at = self.blank(self.counted(at, &[unit]).unwrap_or(at));
        }
        let mut end = self.counted(at, &['號'])?;
        end = self.part_of(end);
        let floor = self.blank(end + usize::from(matches!(self.chars.get(end), Some(',' | '、'))));
        if let Some(at) = self.counted(floor, &['樓', 'F', 'f']) {
            end = self.part_of(at);
        }
        Some(self.counted(self.blank(end), &['室']).unwrap_or(end))
    }

    /// A number with its unit: `12號`, `12之3號`, `12-3號`, `十二號`.
    fn counted(&self, at: usize, units: &[char]) -> Option<usize> {
        let mut end = self.number(at)?;
        if matches!(self.chars.get(end), Some('之' | '-')) {
            end = self.number(end + 1)?;
        }
        end = self.blank(end);
        self.chars.get(end).is_some_and(|c| units.contains(c)).then_some(end + 1)
    }

    /// `之3` after a house or a floor.
    fn part_of(&self, at: usize) -> usize {
        let joined = matches!(self.chars.get(at), Some('之' | '-'));
        joined.then(|| self.number(at + 1)).flatten().unwrap_or(at)
    }

    fn number(&self, at: usize) -> Option<usize> {
        let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(c);
        let rest = self.chars.get(at..)?.iter().take(NUMBER_CHARS_MAX + 1);
        let len = rest.take_while(|&&c| is_number(c)).count();
        (1..=NUMBER_CHARS_MAX).contains(&len).then_some(at + len)
    }

    /// The places after every name that begins at `at` and ends with one of `ends`, the shortest first.
    fn names(&self, at: usize, chars_max: usize, ends: &[char]) -> Vec<usize> {
        let rest = self.chars.get(at..).unwrap_or_default().iter().take(chars_max + 1);
        let run = rest.take_while(|&&c| is_han(c)).count();
        (1..run).filter(|&len| ends.contains(&self.chars[at + len])).map(|len| at + len + 1).collect()
    }

    fn blank(&self, at: usize) -> usize {
        at + usize::from(self.chars.get(at) == Some(&' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let found = at(&Folded::new(text), 0).map(|shaped| shaped.canonical);
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn an_address_reaches_from_county_to_house() {
        check("臺北市中正區重慶南路一段122號，", Some("台北市中正區重慶南路一段122號"));
        check(
            "高雄市前鎮區一心一路２５巷３弄１２之３號５樓之１號",
            Some("高雄市前鎮區一心一路25巷3弄12之3號5樓之1"),
        );
        check("雲林縣虎尾鎮平和里3鄰文化路64號5樓", Some("雲林縣虎尾鎮平和里3鄰文化路64號5樓"));
        check("新竹市 東區 光復路二段 101 號", Some("新竹市東區光復路二段101號"));
        check("屏東縣三地門鄉三地村12號", Some("屏東縣三地門鄉三地村12號"));
        check("台北市信義區市民大道六段12-3號7F", Some("台北市信義區市民大道六段12-3號7F"));
        check("臺東縣臺東市中山路276號", Some("台東縣台東市中山路276號"));
    }

    #[test]
    fn places_without_a_house_are_none() {
        for none in [
            "台北市中正區",
            "台北市中正區重慶南路一段",
            "台北市重慶南路122號",
            "中正區重慶南路122號",
            "大同市中正區重慶南路122號",
            "台北市公車12號",
        ] {
            check(none, None);
        }
    }
}
