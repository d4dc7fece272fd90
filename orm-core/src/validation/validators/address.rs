//! E-mail addresses, URLs, domain names, IP addresses.

use super::text::{TextRule, TextValidator};
use orm_sql::error::ValidationError;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The rule of [`email`].
#[derive(Clone, Debug)]
pub struct Email {
    domains: &'static [&'static str],
}

impl TextRule for Email {
    fn accepts(&self, text: &str) -> bool {
        // RFC 3696: 320 characters at the most.
        let Some((user, domain)) = text.rsplit_once('@') else { return false };
        text.chars().count() <= 320
            && (is_dot_atom(user) || is_quoted(user))
            && (self.domains.contains(&domain) || is_mail_domain(domain))
    }

    fn error(&self) -> ValidationError {
        ValidationError::new("invalid", "Enter a valid email address.")
    }
}

/// An e-mail address, at a domain or at `localhost`.
pub fn email() -> TextValidator<Email> {
    TextValidator::new(Email { domains: &["localhost"] })
}

impl TextValidator<Email> {
    /// Domains that are taken as they are, instead of `localhost`.
    #[must_use]
    pub fn allowlist(mut self, domains: &'static [&'static str]) -> Self {
        self.rule.domains = domains;
        self
    }
}

fn is_dot_atom(user: &str) -> bool {
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || "-!#$%&'*+/=?^_`{}|~".contains(c)
            // What has `I`, `S` or `K` as its other case.
            || matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212a}')
    };
    user.split('.').all(|atom| !atom.is_empty() && atom.chars().all(fits))
}

fn is_quoted(user: &str) -> bool {
    let inside = user.strip_prefix('"').and_then(|user| user.strip_suffix('"'));
    let Some(inside) = inside else { return false };
    let mut bytes = inside.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'\\' => bytes.next().is_some_and(|b| matches!(b, 1..=9 | 0x0b | 0x0c | 0x0e..=0x7f)),
            b'"' | b' ' => false,
            _ => matches!(byte, 1..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x21..=0x7f),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn is_mail_domain(domain: &str) -> bool {
    if is_domain(domain, false) {
        return true;
    }
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    literal.is_some_and(|literal| {
        !literal.is_empty()
            && literal.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.')
            && (is_ipv4(literal) || is_ipv6(literal))
    })
}

/// The rule of [`domain_name`].
#[derive(Clone, Debug)]
pub struct DomainName {
    ascii: bool,
}

impl TextRule for DomainName {
    fn accepts(&self, text: &str) -> bool {
        match self.ascii {
            true => text.len() <= 255 && text.is_ascii() && is_ascii_domain(text),
            false => text.chars().count() <= 255 && is_domain(text, true),
        }
    }

    fn error(&self) -> ValidationError {
        ValidationError::new("invalid", "Enter a valid domain name.")
    }
}

/// A domain name, with a dot at its end or not.
pub fn domain_name() -> TextValidator<DomainName> {
    TextValidator::new(DomainName { ascii: false })
}

impl TextValidator<DomainName> {
    /// Without letters beyond `a` to `z`: Django's `accept_idna=False`.
    #[must_use]
    pub fn ascii(mut self) -> Self {
        self.rule.ascii = true;
        self
    }
}

/// A domain with two labels at least; the last may be followed by a dot.
fn is_domain(text: &str, final_dot: bool) -> bool {
    let text = if final_dot { text.strip_suffix('.').unwrap_or(text) } else { text };
    let Some((rest, last)) = text.rsplit_once('.') else { return false };
    let letter = |c: char| c.is_ascii_alphabetic() || ('\u{a1}'..='\u{ffff}').contains(&c);
    // `K` as the sign of the kelvin and its like are beyond `\u{a1}` anyway.
    let inside = |c: char| letter(c) || c.is_ascii_digit() || c == '-';
    let dash = |label: &str| label.starts_with('-') || label.ends_with('-');
    let label = |label: &str| {
        (1..=63).contains(&label.chars().count()) && !dash(label) && label.chars().all(inside)
    };
    let top = |label: &str| {
        (2..=63).contains(&label.chars().count())
            && !dash(label)
            && label.chars().all(|c| letter(c) || c == '-')
    };
    rest.split('.').all(label) && (top(last) || is_punycode(last))
}

fn is_punycode(label: &str) -> bool {
    let other_case = |c: char| matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212a}');
    let start = label.get(..4).filter(|start| start.eq_ignore_ascii_case("xn--"));
    start.is_some()
        && (5..=63).contains(&label.chars().count())
        && label[4..].chars().all(|c| c.is_ascii_alphanumeric() || other_case(c))
}

fn is_ascii_domain(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut labels = text.split('.');
    let label = |label: &str, shortest: usize| {
        (shortest..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let Some(last) = labels.next_back() else { return false };
    let mut rest = labels.peekable();
    rest.peek().is_some() && rest.all(|text| label(text, 1)) && label(last, 2)
}

/// The rule of [`url`].
#[derive(Clone, Debug)]
pub struct Url {
    schemes: &'static [&'static str],
}

impl TextRule for Url {
    fn accepts(&self, text: &str) -> bool {
        if text.chars().count() > 2048 || text.contains(['\t', '\r', '\n']) {
            return false;
        }
        let Some((scheme, rest)) = text.split_once("://") else { return false };
        self.schemes.contains(&scheme.to_lowercase().as_str())
            && is_scheme(scheme)
            && is_written_well(rest)
            && has_host(rest)
    }

    fn error(&self) -> ValidationError {
        ValidationError::new("invalid", "Enter a valid URL.")
    }
}

/// A URL whose scheme is `http`, `https`, `ftp` or `ftps`.
pub fn url() -> TextValidator<Url> {
    TextValidator::new(Url { schemes: &["http", "https", "ftp", "ftps"] })
}

impl TextValidator<Url> {
    /// Other schemes, in small letters.
    #[must_use]
    pub fn schemes(mut self, schemes: &'static [&'static str]) -> Self {
        self.rule.schemes = schemes;
        self
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))
}

/// What follows `://`: with a user before `@`, or without.
fn is_written_well(rest: &str) -> bool {
    let with_user = rest.split_once('@').filter(|(user, _)| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let fits = |text: &str| !text.contains([':', '/']) && !text.contains(is_space);
        !name.is_empty() && fits(name) && fits(password)
    });
    with_user.is_some_and(|(_, rest)| is_place(rest)) || is_place(rest)
}

/// A host, with a port or not, and what is there.
fn is_place(text: &str) -> bool {
    let (host, after) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, after)) => {
            let fits = |b: u8| b.is_ascii_hexdigit() || b == b':' || b == b'.';
            if address.is_empty() || !address.bytes().all(fits) {
                return false;
            }
            (None, after)
        }
        None => {
            let end = text.find([':', '/', '?', '#']).unwrap_or(text.len());
            (Some(&text[..end]), &text[end..])
        }
    };
    if !host.is_none_or(is_host) {
        return false;
    }
    let after = match after.strip_prefix(':') {
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            if !(1..=5).contains(&end) {
                return false;
            }
            &after[end..]
        }
        None => after,
    };
    after.is_empty() || (after.starts_with(['/', '?', '#']) && !after.contains(is_space))
}

fn is_host(host: &str) -> bool {
    is_loose_ipv4(host) || is_domain(host, true) || host.eq_ignore_ascii_case("localhost")
}

/// Four numbers up to 255, without zeros before them.
fn is_loose_ipv4(host: &str) -> bool {
    let number = |text: &str| {
        let fits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits && (text == "0" || !text.starts_with('0')) && text.parse::<u8>().is_ok()
    };
    host.split('.').count() == 4 && host.split('.').all(number)
}

/// The place on the network has a name that no reader of URLs takes for something else.
fn has_host(rest: &str) -> bool {
    let place = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let opened = place.contains('[');
    if opened != place.contains(']') || place.contains(looks_like_a_separator) {
        return false;
    }
    if opened {
        let inside = place.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
        return inside.is_some_and(|(address, _)| is_ipv6(address));
    }
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (1..=253).contains(&host.chars().count())
}

/// Characters that are written with one of `/?#@:` where Unicode's compatible forms are taken.
fn looks_like_a_separator(c: char) -> bool {
    matches!(
        c,
        '\u{2047}'
            ..='\u{2049}'
                | '\u{2100}'
                | '\u{2101}'
                | '\u{2105}'
                | '\u{2106}'
                | '\u{2a74}'
                | '\u{fe13}'
                | '\u{fe16}'
                | '\u{fe55}'
                | '\u{fe56}'
                | '\u{fe5f}'
                | '\u{fe6b}'
                | '\u{ff03}'
                | '\u{ff0f}'
                | '\u{ff1a}'
                | '\u{ff1f}'
                | '\u{ff20}'
    )
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    if text.chars().count() > 39 {
        return false;
    }
    match text.split_once('%') {
        Some((address, zone)) => {
            !zone.is_empty() && !zone.contains('%') && address.parse::<Ipv6Addr>().is_ok()
        }
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

macro_rules! addresses {
    ($($rule:ident $name:ident $said:literal |$text:ident| $accepts:expr;)*) => {$(
        #[doc = concat!("The rule of [`", stringify!($name), "`].")]
        #[derive(Clone, Debug)]
        pub struct $rule;

        impl TextRule for $rule {
            fn accepts(&self, $text: &str) -> bool {
                $accepts
            }

            fn error(&self) -> ValidationError {
                ValidationError::new("invalid", "Enter a valid %(protocol)s address.")
                    .param("protocol", $said)
            }
        }

        #[doc = concat!("An ", $said, " address.")]
        pub fn $name() -> TextValidator<$rule> {
            TextValidator::new($rule)
        }
    )*};
}
addresses! {
    Ipv4 ipv4 "IPv4" |text| is_ipv4(text);
    Ipv6 ipv6 "IPv6" |text| is_ipv6(text);
    Ipv46 ipv46 "IPv4 or IPv6" |text| is_ipv4(text) || is_ipv6(text);
}
