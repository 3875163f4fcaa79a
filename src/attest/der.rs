//! DER (X.690) as far as time-stamp tokens need it: tags of one byte, definite lengths in their shortest form, nothing left over.

/// `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// `BOOLEAN`.
pub const BOOLEAN: u8 = 0x01;
/// `OCTET STRING`.
pub const OCTETS: u8 = 0x04;
/// `OBJECT IDENTIFIER`.
pub const OID: u8 = 0x06;
/// `GeneralizedTime`.
pub const TIME: u8 = 0x18;
/// `SEQUENCE`.
pub const SEQUENCE: u8 = 0x30;
/// `SET`.
pub const SET: u8 = 0x31;

/// What can't be read.
pub const WRONG: &str = "it is no DER of the form that RFC 3161 gives";

/// Values that stand one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Der<'a>(&'a [u8]);

/// A value.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Its tag.
    pub tag: u8,
    /// What is in it.
    pub body: &'a [u8],
    /// All of it, with tag and length.
    pub whole: &'a [u8],
}

impl<'a> Der<'a> {
    /// Values from these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value, whatever its tag.
    ///
    /// # Errors
    /// Where there is none, or its length is not in its shortest form or reaches beyond the end.
    pub fn any(&mut self) -> Result<Item<'a>, String> {
        let wrong = || WRONG.to_owned();
        let (&tag, rest) = self.0.split_first().ok_or_else(wrong)?;
        let (&first, mut rest) = rest.split_first().ok_or_else(wrong)?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let (digits, behind) =
                rest.split_at_checked(usize::from(first & 0x7f)).ok_or_else(wrong)?;
            if !(1..=3).contains(&digits.len()) || digits.first() == Some(&0) {
                return Err(wrong());
            }
            length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            rest = behind;
        }
        if tag & 0x1f == 0x1f || (first >= 0x80 && length < 0x80) {
            return Err(wrong());
        }
        let (body, behind) = rest.split_at_checked(length).ok_or_else(wrong)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - behind.len()).ok_or_else(wrong)?;
        self.0 = behind;
        Ok(Item { tag, body, whole })
    }

    /// The next value, which must have this tag.
    ///
    /// # Errors
    /// Where it has another one, or there is none.
    pub fn next(&mut self, tag: u8) -> Result<Item<'a>, String> {
        self.any().and_then(|item| if item.tag == tag { Ok(item) } else { Err(WRONG.to_owned()) })
    }

    /// What is in the next value, which must have this tag.
    ///
    /// # Errors
    /// Where it has another one, or there is none.
    pub fn within(&mut self, tag: u8) -> Result<Self, String> {
        self.next(tag).map(|item| Self(item.body))
    }

    /// The next value where it has this tag.
    ///
    /// # Errors
    /// Where it has this tag and can't be read.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Item<'a>>, String> {
        (self.0.first() == Some(&tag)).then(|| self.next(tag)).transpose()
    }

    /// True where there is nothing more.
    pub fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing more may come.
    ///
    /// # Errors
    /// Where something does.
    pub fn done(&self) -> Result<(), String> {
        if self.is_done() { Ok(()) } else { Err("something follows where nothing may".to_owned()) }
    }
}

/// An object identifier for people: `1.3.6.1`.
pub fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u128> = Vec::new();
    let mut arc: u128 = 0;
    for byte in oid {
        arc = arc << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arc -= first * 40;
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u128::to_string).collect::<Vec<_>>().join(".")
}
