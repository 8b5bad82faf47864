//! The one way for a value into XML.

/// The value as character data or within quotes: markup escaped, and without what XML 1.0 forbids (section 2.2) or a
/// reader would not see: control characters, changes of writing direction, noncharacters. A line break is a blank: the
/// paragraphs of a form are its own.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            _ if char.is_control() || is_hidden(char) => {}
            _ => out.push(char),
        }
    }
    out
}

fn is_hidden(char: char) -> bool {
    matches!(char,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || u32::from(char) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_forbids_is_left_out() {
        assert_eq!(
            escape("<a b=\"c\">'&\u{0}\u{1b}\u{7f}\u{fffe}\u{202e}x\n名"),
            "&lt;a b=&quot;c&quot;&gt;&#39;&amp;x 名"
        );
    }

    proptest! {
        #[test]
        fn whatever_a_value_holds_it_is_character_data(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let is_plain = |char: char| char >= ' ' && char != '\u{fffe}' && char != '\u{ffff}';
            prop_assert!(escaped.chars().all(is_plain));
            let bare = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].iter().fold(escaped, |left, one| left.replace(one, ""));
            prop_assert!(!bare.contains('&'));
        }
    }
}
