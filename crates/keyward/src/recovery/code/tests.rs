use proptest::prelude::*;

use super::*;

fn seed(code: &RecoveryCode) -> &[u8] {
    code.seed.0.as_slice()
}

fn refusal(text: &str) -> Option<&'static str> {
    match RecoveryCode::parse(text) {
        Ok(_) => None,
        Err(Error::Invalid(Invalid::RecoveryCode(what))) => Some(what),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn six_groups_of_five_are_read_as_they_are_written() {
    let code = RecoveryCode::generate().unwrap();
    let groups: Vec<&str> = code.expose().split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [5; 6]);
    assert_eq!(seed(&RecoveryCode::parse(code.expose()).unwrap()), seed(&code));
    assert_ne!(seed(&RecoveryCode::generate().unwrap()), seed(&code));
}

#[test]
fn reading_is_forgiving() {
    // 0 and 1 in the first places.
    let code = RecoveryCode::from_seed([
        0, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 1, 2, 3, 4, 5, 6,
    ]);
    let text = code.expose();
    assert!(text.starts_with("01234-56789-"), "{text}");
    let forms = [
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " \u{2013}\u{a0}\n"),
        format!("\t {text}\r\n"),
        text.replace('0', "o").replace('1', "I"),
        text.replace('0', "O").replace('1', "l"),
    ];
    for form in forms {
        assert_eq!(seed(&RecoveryCode::parse(form).unwrap()), seed(&code));
    }
}

#[test]
fn what_is_wrong_is_told() {
    let text = RecoveryCode::from_seed([7; SEED_LEN]).expose().to_owned();
    assert_eq!(refusal(""), Some("characters are missing"));
    assert_eq!(refusal(&text[1..]), Some("characters are missing"));
    assert_eq!(refusal(&format!("{text}0")), Some("it has too many characters"));
    assert_eq!(
        refusal(&text.replacen(&text[..1], "U", 1)),
        Some("it has a character that no code has")
    );
    assert_eq!(
        refusal(&text.replacen('-', "\u{661}", 1)),
        Some("it has a character that no code has")
    );
    let swapped = format!("{}{}", &text[6..12], [&text[..6], &text[12..]].concat());
    assert_eq!(refusal(&swapped), Some("there is a typo in it"));
}

#[test]
fn every_single_typo_in_a_code_is_told() {
    let text = RecoveryCode::from_seed([0x5a; SEED_LEN]).expose().to_owned();
    for place in (0..text.len()).filter(|place| text.as_bytes()[*place] != b'-') {
        for symbol in ALPHABET {
            let mut typo = text.clone().into_bytes();
            typo[place] = *symbol;
            let typo = String::from_utf8(typo).unwrap();
            let expected = (typo != text).then_some("there is a typo in it");
            assert_eq!(refusal(&typo), expected, "{typo}");
        }
    }
}

proptest! {
    #[test]
    fn every_code_is_read_as_it_is_written(bits: [u8; SEED_LEN]) {
        let code = RecoveryCode::from_seed(bits);
        let read = RecoveryCode::parse(code.expose()).unwrap();
        prop_assert_eq!(seed(&read), bits);
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String) {
        let _ = RecoveryCode::parse(text);
    }
}
