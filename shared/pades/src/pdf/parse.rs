//! Reads one value after another out of bytes.

use std::ops::Range;

use super::{Dict, Malformed, Object, Reference};

/// How deeply arrays and dictionaries may be nested.
const DEPTH: usize = 48;
/// Values that one object may be made of.
const VALUES: usize = 1 << 19;

/// A place in bytes, and what is read from there.
pub struct Parser<'a> {
    bytes: &'a [u8],
    pub at: usize,
    depth: usize,
    values: usize,
    /// Where the outermost dictionary's `Contents` lies, delimiters included: what a signature's byte range must leave out.
    pub contents: Option<Range<usize>>,
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            depth: 0,
            values: 0,
            contents: None,
        }
    }

    fn fails<T>(&self, rule: &'static str) -> Result<T, Malformed> {
        Err(Malformed::Syntax { at: self.at, rule })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                while self
                    .peek()
                    .is_some_and(|byte| byte != b'\n' && byte != b'\r')
                {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    /// Takes a keyword, which must not run on into a longer word.
    pub fn keyword(&mut self, word: &'static str) -> bool {
        let after = self.at + word.len();
        let ends = self.bytes.get(after).is_none_or(|&byte| !is_regular(byte));
        let there = self.rest().starts_with(word.as_bytes()) && ends;
        if there {
            self.at = after;
        }
        there
    }

    pub fn expect(&mut self, word: &'static str, rule: &'static str) -> Result<(), Malformed> {
        self.skip_space();
        if self.keyword(word) {
            Ok(())
        } else {
            self.fails(rule)
        }
    }

    /// A whole number without a sign.
    pub fn unsigned(&mut self) -> Result<u64, Malformed> {
        self.skip_space();
        let digits = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > 18 {
            return self.fails("a number was expected");
        }
        let value = self.rest()[..digits]
            .iter()
            .fold(0u64, |value, byte| value * 10 + u64::from(byte - b'0'));
        self.at += digits;
        Ok(value)
    }

    pub fn object(&mut self) -> Result<Object, Malformed> {
        self.values += 1;
        if self.values > VALUES {
            return Err(Malformed::TooLarge("an object"));
        }
        self.skip_space();
        match self.peek() {
            None => self.fails("the bytes end where a value was expected"),
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal().map(Object::String),
            Some(b'<') if self.rest().starts_with(b"<<") => self.nested(Self::dict),
            Some(b'<') => self.hexadecimal().map(Object::String),
            Some(b'[') => self.nested(Self::array),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number(),
            _ if self.keyword("true") => Ok(Object::Bool(true)),
            _ if self.keyword("false") => Ok(Object::Bool(false)),
            _ if self.keyword("null") => Ok(Object::Null),
            _ => self.fails("no value begins like this"),
        }
    }

    fn nested(
        &mut self,
        read: impl Fn(&mut Self) -> Result<Object, Malformed>,
    ) -> Result<Object, Malformed> {
        if self.depth == DEPTH {
            return Err(Malformed::TooLarge("the nesting"));
        }
        self.depth += 1;
        let object = read(self);
        self.depth -= 1;
        object
    }

    fn array(&mut self) -> Result<Object, Malformed> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Object::Array(items));
            }
            items.push(self.object()?);
        }
    }

    fn dict(&mut self) -> Result<Object, Malformed> {
        self.at += 2;
        let mut entries: Vec<(Vec<u8>, Object)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        loop {
            self.skip_space();
            if self.rest().starts_with(b">>") {
                self.at += 2;
                return Ok(Object::Dict(Dict(entries)));
            }
            if self.peek() != Some(b'/') {
                return self.fails("a dictionary's key is a name");
            }
            let key = self.name()?;
            if !known.insert(key.clone()) {
                return self.fails("a key stands twice in a dictionary");
            }
            self.skip_space();
            let begin = self.at;
            let value = self.object()?;
            if self.depth == 1 && key == b"Contents" {
                self.contents = Some(begin..self.at);
            }
            entries.push((key, value));
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, Malformed> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|&byte| is_regular(byte)) {
            self.at += 1;
            if byte != b'#' {
                name.push(byte);
                continue;
            }
            match self.rest() {
                [high, low, ..] => match (digit(*high), digit(*low)) {
                    (Some(high), Some(low)) => name.push(high << 4 | low),
                    _ => return self.fails("a name's # is followed by two hexadecimal digits"),
                },
                _ => return self.fails("a name ends in its escape"),
            }
            self.at += 2;
        }
        Ok(name)
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Malformed> {
        self.at += 1;
        let mut out = Vec::new();
        let mut half = None;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match (digit(byte), half) {
                (Some(value), None) => half = Some(value),
                (Some(value), Some(high)) => {
                    out.push(high << 4 | value);
                    half = None;
                }
                (None, _) if byte == b'>' => {
                    out.extend(half.map(|high| high << 4));
                    return Ok(out);
                }
                (None, _) if is_space(byte) => {}
                (None, _) => return self.fails("a string has another than hexadecimal digits"),
            }
        }
        self.fails("a string has no end")
    }

    fn literal(&mut self) -> Result<Vec<u8>, Malformed> {
        self.at += 1;
        let mut out = Vec::new();
        let mut open = 1usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(out);
                    }
                }
                b'\\' => {
                    self.escape(&mut out)?;
                    continue;
                }
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    out.push(b'\n');
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        self.fails("a string has no end")
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Malformed> {
        let Some(byte) = self.peek() else {
            return self.fails("a string has no end");
        };
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(next @ b'0'..=b'7') = self.peek() {
                        value = value * 8 + u32::from(next - b'0');
                        self.at += 1;
                    }
                }
                out.push((value & 0xff) as u8);
            }
            other => out.push(other),
        }
        Ok(())
    }

    /// A number, or the first of the three words of a reference.
    fn number(&mut self) -> Result<Object, Malformed> {
        let length = self
            .rest()
            .iter()
            .take_while(|&&byte| is_regular(byte))
            .count();
        let text = &self.rest()[..length];
        let digits = text
            .strip_prefix(b"-")
            .or(text.strip_prefix(b"+"))
            .unwrap_or(text);
        let points = digits.split(|&byte| byte == b'.').count() - 1;
        let only = digits
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if !only || points > 1 || digits.len() == points {
            return self.fails("this is no number");
        }
        self.at += length;
        if points == 1 {
            return Ok(Object::Real(text.to_vec()));
        }
        let Some(value) = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
        else {
            return self.fails("a number is out of range");
        };
        Ok(self.reference(value).unwrap_or(Object::Integer(value)))
    }

    fn reference(&mut self, number: i64) -> Option<Object> {
        let back = self.at;
        let found = (|| {
            let number = u32::try_from(number).ok()?;
            if !self.peek().is_some_and(is_space) {
                return None;
            }
            let generation = u16::try_from(self.unsigned().ok()?).ok()?;
            if !self.peek().is_some_and(is_space) {
                return None;
            }
            self.skip_space();
            self.keyword("R")
                .then_some(Object::Reference(Reference(number, generation)))
        })();
        if found.is_none() {
            self.at = back;
        }
        found
    }
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

pub fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
