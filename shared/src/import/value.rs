//! The arguments of a call as strace writes them: numbers, flags, strings, lists, structures.
//!
//! The grammar is that of strace(1) from 4.x to 6.x. Whatever does not fit it becomes a [`Value::Raw`]: an
//! argument that is not understood never makes a line unreadable.

/// How deep lists and structures may lie in each other before the rest is taken as it is written: strace never
/// comes near, and a hostile line does not exhaust the stack.
const DEPTH_MAX: u32 = 32;

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A number, and what strace says in angle brackets behind it (`-y`): `5<TCP:[…]>`.
    Number(i64, Option<&'a [u8]>),
    /// A string; true if more bytes followed that were not written.
    Text(Vec<u8>, bool),
    /// `[…]`, the items divided by commas or spaces.
    List(Vec<Self>),
    /// `{name=…, …}`.
    Struct(Vec<Self>),
    /// `name=…`.
    Named(&'a [u8], Box<Self>),
    /// `name(…)`, such as `htons(80)`.
    Function(&'a [u8], Vec<Self>),
    /// `… => …`: what went in and what came out.
    Became(Box<Self>, Box<Self>),
    /// Flags, names, and all else, as it was written.
    Raw(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The number, if it is one.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number, _) => Some(*number),
            Self::Became(before, _) => before.number(),
            Self::Named(_, value) => value.number(),
            _ => None,
        }
    }

    /// What it became, or itself.
    pub(super) fn after(&self) -> &Self {
        match self {
            Self::Became(_, after) => after,
            Self::Named(_, value) => value.after(),
            other => other,
        }
    }

    /// The bytes of a string, and whether there were more.
    pub(super) fn text(&self) -> Option<(&[u8], bool)> {
        match self {
            Self::Text(bytes, more) => Some((bytes, *more)),
            _ => None,
        }
    }

    /// What was written, where it was taken as it stands.
    pub(super) fn raw(&self) -> Option<&'a [u8]> {
        match self {
            Self::Raw(raw) => Some(raw),
            Self::Named(_, value) => value.raw(),
            _ => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Named(_, value) => value.items(),
            _ => &[],
        }
    }

    /// The field of that name in a structure.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let fields = match self {
            Self::Struct(fields) => fields,
            Self::Became(_, after) => return after.field(name).or_else(|| self.before().field(name)),
            _ => return None,
        };
        fields.iter().find_map(|field| match field {
            Self::Named(known, value) if *known == name.as_bytes() => Some(&**value),
            _ => None,
        })
    }

    fn before(&self) -> &Self {
        match self {
            Self::Became(before, _) => before,
            other => other,
        }
    }

    /// Whether the flag is among those that were written, joined by `|`.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.raw().is_some_and(|raw| raw.split(|byte| *byte == b'|').any(|word| word == flag.as_bytes()))
    }
}

/// Reads arguments, divided by commas, up to the closing parenthesis or the end. Returns them and how many bytes
/// they took, without the parenthesis.
pub(super) fn arguments(text: &[u8]) -> (Vec<Value<'_>>, usize) {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let values = reader.sequence(b')');
    (values, reader.at)
}

/// The length of what stands in angle brackets at the beginning of the text, with them; `None` if none does.
/// Inside, `->` is an arrow, brackets nest (`</dev/null<char 1:3>>`), and quotes hide what they hold.
pub(super) fn bracketed(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'<') || matches!(text.get(1), Some(b'<' | b' ' | b'=')) {
        return None;
    }
    let (mut depth, mut quoted) = (0u32, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' if text[at - 1] != b'\\' => quoted = !quoted,
            _ if quoted => {}
            b'<' => depth += 1,
            b'>' if text[at - 1] == b'-' => {}
            b'>' if depth == 1 => return Some(at + 1),
            b'>' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The text without C's escapes.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut bytes = Vec::new();
    while let Some(byte) = reader.peek() {
        reader.at += 1;
        match byte {
            b'\\' => bytes.extend(reader.escape()),
            other => bytes.push(other),
        }
    }
    bytes
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        if self.text[self.at..].starts_with(b"/*") {
            let end = find(&self.text[self.at..], b"*/").map_or(self.text.len(), |end| self.at + end + 2);
            self.at = end;
            self.skip_spaces();
        }
    }

    /// Values up to this closing letter, which is left where it is.
    fn sequence(&mut self, close: u8) -> Vec<Value<'a>> {
        let mut values = Vec::new();
        loop {
            self.skip_spaces();
            match self.peek() {
                None => return values,
                Some(byte) if byte == close => return values,
                Some(b',') => self.at += 1,
                Some(_) => {
                    let start = self.at;
                    values.push(self.value(close));
                    if self.at == start {
                        // A closing letter of another kind: a line that is broken, or cut.
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn value(&mut self, close: u8) -> Value<'a> {
        let value = self.single(close);
        self.skip_spaces();
        if !self.text[self.at..].starts_with(b"=>") {
            return value;
        }
        self.at += 2;
        self.skip_spaces();
        let after = self.single(close);
        Value::Became(Box::new(value), Box::new(after))
    }

    fn single(&mut self, close: u8) -> Value<'a> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Some(self.string()),
            Some(b'[') => self.nested(b']').map(Value::List),
            Some(b'{') => self.nested(b'}').map(Value::Struct),
            Some(byte) if byte.is_ascii_digit() || byte == b'-' => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.word(close),
            _ => None,
        };
        match value {
            Some(value) if self.ends(close) => value,
            _ => {
                self.at = start;
                self.raw(close)
            }
        }
    }

    /// Whether an item ends here.
    fn ends(&self, close: u8) -> bool {
        let rest = &self.text[self.at..];
        let behind = rest.trim_ascii_start();
        match behind.first() {
            None | Some(b',') => true,
            // Items of a list may be divided by spaces.
            Some(_) if close == b']' && behind.len() < rest.len() => !behind.starts_with(b"&&"),
            Some(byte) if *byte == close => true,
            Some(_) if behind.len() == rest.len() => false,
            Some(_) => [&b"=>"[..], b"/*", b"<"].iter().any(|mark| behind.starts_with(mark)),
        }
    }

    fn nested(&mut self, close: u8) -> Option<Vec<Value<'a>>> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        self.at += 1;
        let values = self.sequence(close);
        self.depth -= 1;
        // A list that the line's end has cut is one all the same.
        self.at += usize::from(self.peek() == Some(close));
        Some(values)
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let rest = &self.text[self.at..];
        let (number, length) = leading_number(rest)?;
        self.at += length;
        let Some(length) = bracketed(&self.text[self.at..]) else { return Some(Value::Number(number, None)) };
        let label = &self.text[self.at + 1..self.at + length - 1];
        self.at += length;
        if self.text[self.at..].starts_with(b"(deleted)") {
            self.at += b"(deleted)".len();
        }
        Some(Value::Number(number, Some(label)))
    }

    /// A name: with `=` and a value behind it, with arguments, or alone.
    fn word(&mut self, close: u8) -> Option<Value<'a>> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') {
            self.at += 1;
        }
        let name = &self.text[start..self.at];
        match self.peek() {
            Some(b'=') if !matches!(self.text.get(self.at + 1), Some(b'=' | b'>')) => {
                self.at += 1;
                self.skip_spaces();
                let value = self.value(close);
                Some(Value::Named(name, Box::new(value)))
            }
            Some(b'(') => {
                let values = self.nested(b')')?;
                Some(Value::Function(name, values))
            }
            // `AT_FDCWD</home>` among them.
            _ => None,
        }
    }

    /// What is not understood, up to the end of the item.
    fn raw(&mut self, close: u8) -> Value<'a> {
        let start = self.at;
        let mut open: Vec<u8> = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'<' => {
                    if let Some(length) = bracketed(&self.text[self.at..]) {
                        self.at += length;
                        continue;
                    }
                }
                b'(' => open.push(b')'),
                b'[' => open.push(b']'),
                b'{' => open.push(b'}'),
                _ if open.last() == Some(&byte) => {
                    open.pop();
                }
                b',' if open.is_empty() => break,
                b' ' if open.is_empty() && close == b']' && self.ends(close) => break,
                b' ' if open.is_empty() && self.text[self.at..].starts_with(b" => ") => break,
                _ if open.is_empty() && byte == close => break,
                _ => {}
            }
            self.at += 1;
        }
        Value::Raw(self.text[start..self.at].trim_ascii_end())
    }

    /// A string with C's escapes, and the three dots that may follow it.
    fn string(&mut self) -> Value<'a> {
        self.at += 1;
        let mut bytes = Vec::new();
        let mut closed = false;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => {
                    closed = true;
                    break;
                }
                b'\\' => bytes.extend(self.escape()),
                other => bytes.push(other),
            }
        }
        let more = self.text[self.at..].starts_with(b"...");
        self.at += if more { 3 } else { 0 };
        Value::Text(bytes, more || !closed)
    }

    fn escape(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        let digits = |reader: &mut Self, radix: u32, most: usize| {
            let rest = &reader.text[reader.at..];
            let count = rest.iter().take(most).take_while(|byte| (**byte as char).is_digit(radix)).count();
            let value = rest[..count].iter().fold(0u32, |value, byte| {
                value * radix + (*byte as char).to_digit(radix).unwrap_or_default()
            });
            reader.at += count;
            Some(value as u8)
        };
        match byte {
            b'n' => Some(b'\n'),
            b't' => Some(b'\t'),
            b'r' => Some(b'\r'),
            b'v' => Some(0x0b),
            b'f' => Some(0x0c),
            b'a' => Some(0x07),
            b'b' => Some(0x08),
            b'e' => Some(0x1b),
            b'x' => digits(self, 16, 2),
            b'0'..=b'7' => {
                self.at -= 1;
                digits(self, 8, 3)
            }
            other => Some(other),
        }
    }
}

/// The whole number at the beginning of a text, decimal, octal or hexadecimal, and its length. What is too large
/// for 64 bits with a sign wraps, as pointers do.
pub(super) fn leading_number(text: &[u8]) -> Option<(i64, usize)> {
    let negative = text.first() == Some(&b'-');
    let digits = &text[usize::from(negative)..];
    let (radix, skipped) = match digits {
        [b'0', b'x', ..] => (16, 2),
        [b'0', b'0'..=b'7', ..] => (8, 1),
        _ => (10, 0),
    };
    let digits = &digits[skipped..];
    let count = digits.iter().take_while(|byte| (**byte as char).is_digit(radix)).count();
    if count == 0 {
        return None;
    }
    let value = digits[..count].iter().fold(0i64, |value, byte| {
        value
            .wrapping_mul(radix.into())
            .wrapping_add((*byte as char).to_digit(radix).unwrap_or_default().into())
    });
    let value = if negative { value.wrapping_neg() } else { value };
    Some((value, usize::from(negative) + skipped + count))
}

/// Where one text lies in another.
pub(super) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests;
