//! Characters as a reader sees them: one of thousands of look-alikes becomes one ASCII letter, what cannot be seen is gone.

/// What a character is for whoever reads words in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A lower-case ASCII letter or digit.
    Letter(u8),
    /// A letter of a script that is not read here.
    Foreign,
    /// Apostrophes, straight, curly or typed as a prime: `don't` is `dont`.
    Apostrophe,
    Space,
    Newline,
    /// Any other mark, as ASCII where it has such a form.
    Mark(char),
    /// A pictogram; with the word that it stands for, if it has one.
    Picture(&'static str),
    /// Combining marks, zero-width characters, direction and variation selectors.
    Nothing,
}

/// Pictograms that mean something here; all others only separate.
const PICTURES: &[(char, &str)] = &[
    ('☠', "lol"),
    ('♩', "lyrics"),
    ('♪', "lyrics"),
    ('♫', "lyrics"),
    ('♬', "lyrics"),
    ('⚰', "coffin"),
    ('🎤', "lyrics"),
    ('🎮', "game"),
    ('🎵', "lyrics"),
    ('🎶', "lyrics"),
    ('💀', "lol"),
    ('💊', "pills"),
    ('🔪', "knife"),
    ('🔫', "gun"),
    ('😂', "lol"),
    ('😅', "lol"),
    ('😆', "lol"),
    ('😜', "lol"),
    ('😝', "lol"),
    ('😹', "lol"),
    ('🤡', "lol"),
    ('🤣', "lol"),
    ('🤪', "lol"),
];

pub fn see(c: char) -> Seen {
    match c {
        'a'..='z' | '0'..='9' => Seen::Letter(c as u8),
        'A'..='Z' => Seen::Letter(c.to_ascii_lowercase() as u8),
        '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => Seen::Newline,
        '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | '′' | '＇' => Seen::Apostrophe,
        '“' | '”' | '„' | '«' | '»' | '″' | '「' | '」' => Seen::Mark('"'),
        '…' | '。' | '．' => Seen::Mark('.'),
        '–' | '—' | '―' | '‐' | '‑' | '−' => Seen::Mark('-'),
        '、' | '，' => Seen::Mark(','),
        ' '..='~' if c != ' ' => Seen::Mark(c),
        _ if is_invisible(c) => Seen::Nothing,
        _ if c.is_whitespace() || c.is_control() => Seen::Space,
        _ => match look_alike(c) {
            Some(letter) if letter.is_ascii_alphanumeric() => Seen::Letter(letter),
            Some(mark) => Seen::Mark(mark as char),
            None if c.is_alphanumeric() => Seen::Foreign,
            None => Seen::Picture(PICTURES.iter().find(|(picture, _)| *picture == c).map_or("", |(_, word)| word)),
        },
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}'
        | '\u{E}'..='\u{1F}'
        | '\u{7F}'
        | '\u{AD}'
        | '\u{300}'..='\u{36F}'
        | '\u{483}'..='\u{489}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FE20}'..='\u{FE2F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{1F3FB}'..='\u{1F3FF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

fn look_alike(c: char) -> Option<u8> {
    let at = BLOCKS.partition_point(|(first, _)| *first <= c as u32).checked_sub(1)?;
    let (first, letters) = BLOCKS.get(at)?;
    letters.as_bytes().get((c as u32 - first) as usize).copied().filter(|letter| *letter != b' ')
}

/// Runs of code points with the ASCII that each looks like; a space is "like nothing here".
/// Compatibility forms (full width, circled, mathematical), letters with marks, and Greek, Cyrillic, Cherokee, Armenian
/// and phonetic letters that are read as Latin ones.
#[rustfmt::skip]
const BLOCKS: &[(u32, &str)] = &[
    (0xA3, "l y"),
    (0xAA, "a"),
    (0xB2, "23"),
    (0xB9, "1o"),
    (0xC0, "aaaaaa ceeeeiiii nooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuypyaaaaaaccccccccddddeeeeeeeeeegggg"),
    (0x120, "gggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnn noooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"),
    (0x180, "bbbb   cc ddd"),
    (0x191, "ffg   ikkl  nnooo  pp  s  ttttuu vyyzz"),
    (0x1BD, "s p"),
    (0x1C4, "dddlllnnnaaiioouuuuuuuuuueaaaa  ggggkkoqoo  jdddgg  nnaa  ooaaaaeeeeiiiioooorrrruuuusstt  hhnd  z"),
    (0x225, "zaaeeooooooooyylnt   accltsz  bu eejj qrryyaa bocddee ee   gggy hh iiilll m mnnno   r  rrr rrss   t"),
    (0x288, "tuuvawyyzz"),
    (0x299, "b  hjklq"),
    (0x2B0, "h jr   wy"),
    (0x2E1, "lsx"),
    (0x391, "ab  ezh ik mn o p  ty x"),
    (0x3AC, "aeni abyde noika v onpcotu x w  ouw"),
    (0x3F2, "cj"),
    (0x405, "si j"),
    (0x410, "a b  e"),
    (0x41A, "k mho pcty x"),
    (0x430, "a br e  u k mhonpcty x"),
    (0x44C, "b"),
    (0x451, "e   siij"),
    (0x461, "w"),
    (0x475, "v"),
    (0x491, "r f"),
    (0x49B, "k k   k"),
    (0x4AF, "y y"),
    (0x4BB, "h e  l"),
    (0x4CF, "l a a   e e"),
    (0x4E7, "o o"),
    (0x4F1, "y"),
    (0x501, "d"),
    (0x50C, "gg"),
    (0x51B, "q w"),
    (0x570, "h n d"),
    (0x57D, "uys g  po"),
    (0xE3F, "b"),
    (0x13A0, "d t  i"),
    (0x13AA, "aje"),
    (0x13B3, "w   m   h yn g  z"),
    (0x13D2, "r"),
    (0x13D9, "vs   lc  p   k"),
    (0x13F4, "b"),
    (0x1D00, "a   cd e  jklmno"),
    (0x1D18, "p  tu   vwz"),
    (0x1D2C, "a b de ghijklmn o prtuwa   bde   g km o   ptu  v"),
    (0x1D62, "iruv"),
    (0x1D6C, "bdfmnprrstz"),
    (0x1D7B, "i pu bdfgklmnprs vxza de   i  u  c   f"),
    (0x1DBB, "z"),
    (0x1E00, "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr"),
    (0x1E60, "ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyas"),
    (0x1EA0, "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"),
    (0x1EFE, "yy"),
    (0x2070, "0i  456789"),
    (0x207F, "n0123456789"),
    (0x2090, "aeox hklmnpst"),
    (0x20A3, "f mn  w  ekt  pgasc"),
    (0x2102, "c"),
    (0x210A, "ghhhh iill n   pqrrr"),
    (0x2124, "z   z kabc eef mo"),
    (0x2139, "i"),
    (0x2145, "ddeij"),
    (0x2160, "i   v"),
    (0x2169, "x  lcdmi   v"),
    (0x2179, "x  lcdm"),
    (0x2202, "d"),
    (0x2211, "e"),
    (0x2460, "123456789"),
    (0x2474, "123456789"),
    (0x2488, "123456789"),
    (0x249C, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0"),
    (0x2C60, "lllprathhkkzz m  vwwv   e o jvsz"),
    (0xA730, "fs"),
    (0xA740, "kkkkkk  lloooo  ppppppqqqqrr  vv"),
    (0xA78E, "l nnccchbbff"),
    (0xA7A0, "ggkknnrrssh  l"),
    (0xA7B2, "j"),
    (0xA7B8, "uu"),
    (0xA7C4, "cszddss"),
    (0xA7F2, "cfq"),
    (0xA7FE, "i"),
    (0xFF01, "!\"#$%&'()*+,-./0123456789:; =>?@abcdefghijklmnopqrstuvwxyz[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"),
    (0x1D400, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefg ijklmnopqr"),
    (0x1D460, "stuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyza cd  g  jk  nopq stuvwxyzabcd f hij"),
    (0x1D4C0, "klmn pqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzab defg  jklmnopq stuvwxy ab"),
    (0x1D520, "cdefghijklmnopqrstuvwxyzab defg ijklm o   stuvwxy abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst"),
    (0x1D580, "uvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"),
    (0x1D5E0, "mnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcd"),
    (0x1D640, "efghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv"),
    (0x1D6A0, "wxyz"),
    (0x1D7CE, "01234567890123456789012345678901234567890123456789"),
    (0x1F100, "00123456789"),
    (0x1F110, "abcdefghijklmnopqrstuvwxyzscr   abcdefghijklmnopqrstuvwxyz"),
    (0x1F150, "abcdefghijklmnopqrstuvwxyz"),
    (0x1F170, "abcdefghijklmnopqrstuvwxyz"),
    (0x1F1E6, "abcdefghijklmnopqrstuvwxyz"),
];
