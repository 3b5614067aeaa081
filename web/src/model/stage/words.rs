//! Words and letters that several parts of the stage use.

use crate::messages as m;

/// One character for each byte, so that what is drawn is as long as what is there: a line feed as `⏎`, other
/// bytes without a shape of their own as `·`.
pub fn letters(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b'\n' => '⏎',
            b' '..=b'~' => char::from(*byte),
            _ => '·',
        })
        .collect()
}

/// Names in a row: `3`, `3 and 7`, `3, 5 and 7`, `3, 4, 5 and 20 more`.
pub(super) fn listed(names: &[String]) -> String {
    const SAID: usize = 4;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        names if names.len() <= SAID => {
            let (last, rest) = names.split_last().expect("it is not empty");
            m::stage_and(rest.join(m::stage_comma()), last)
        }
        names => {
            let named = names[..SAID - 1].join(m::stage_comma());
            m::stage_and_more(named, names.len() - (SAID - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_for_each_byte() {
        assert_eq!(letters(b"Hi, you\n\0\xff"), "Hi, you⏎··");
    }

    #[test]
    fn lists_read_well() {
        let names = |count: usize| (1..=count).map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(listed(&names(1)), "1");
        assert_eq!(listed(&names(2)), "1 and 2");
        assert_eq!(listed(&names(4)), "1, 2, 3 and 4");
        assert_eq!(listed(&names(9)), "1, 2, 3 and 6 more");
    }
}
