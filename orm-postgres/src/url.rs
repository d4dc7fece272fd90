//! Connection strings: what libpq knows, read into the driver's settings and ours.

use crate::choices::{SslMode, TargetSessionAttrs};
use crate::hosts;
use crate::tls::Ssl;
use orm_sql::{Error, Result};
use std::time::Duration;
use tokio_postgres::Config;

/// What a connection string says.
#[derive(Clone, Default)]
pub(crate) struct Parsed {
    /// What the driver knows of it.
    pub(crate) config: Config,
    pub(crate) ssl: Ssl,
    pub(crate) attrs: Option<TargetSessionAttrs>,
    pub(crate) balance: Option<bool>,
    pub(crate) connect_timeout: Option<Duration>,
}

impl Parsed {
    /// True where nothing was said.
    pub(crate) fn is_default(&self) -> bool {
        let Parsed { config, ssl, attrs, balance, connect_timeout } = self;
        *config == Config::default()
            && *ssl == Ssl::default()
            && attrs.is_none()
            && balance.is_none()
            && connect_timeout.is_none()
    }
}

/// Parameters that the driver reads.
const DRIVERS: &[&str] = &[
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "sslnegotiation",
    "host",
    "hostaddr",
    "port",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "channel_binding",
];

/// Parameters that are read here.
const OURS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "target_session_attrs",
    "load_balance_hosts",
    "connect_timeout",
    "keepalives_count",
    "fallback_application_name",
];

pub(crate) fn parse(url: &str) -> Result<Parsed> {
    let (rest, pairs) = match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) => split_url(url)?,
        Some((scheme, _)) if is_word(scheme) => {
            return Err(Error::Usage(format!(
                "the database URL has the scheme `{scheme}`; it begins with `postgres://`"
            )));
        }
        _ => (String::new(), split_words(url)?),
    };
    let mut parsed = Parsed::default();
    let mut for_driver = Vec::new();
    let mut fallback_name = None;
    for (name, value) in pairs {
        match name.as_str() {
            "keepalives_count" => for_driver.push(("keepalives_retries".to_owned(), value)),
            "fallback_application_name" => fallback_name = Some(value),
            "connect_timeout" => parsed.connect_timeout = seconds(&value)?,
            known if OURS.contains(&known) => ours(&mut parsed, known, &value)?,
            known if DRIVERS.contains(&known) => for_driver.push((name, value)),
            _ => return Err(unknown(&name)),
        }
    }
    parsed.config = driver(rest, &for_driver)?;
    if let (None, Some(name)) = (parsed.config.get_application_name(), fallback_name) {
        parsed.config.application_name(name);
    }
    Ok(parsed)
}

/// Libpq: 0 is no limit, and less than 2 seconds are 2.
fn seconds(value: &str) -> Result<Option<Duration>> {
    match value.parse::<i64>() {
        Ok(seconds @ 1..) => Ok(Some(Duration::from_secs(seconds.cast_unsigned().max(2)))),
        Ok(_) => Ok(Some(Duration::MAX)),
        Err(_) => Err(invalid("connect_timeout", "a number of seconds")),
    }
}

fn ours(parsed: &mut Parsed, name: &str, value: &str) -> Result<()> {
    match name {
        "sslmode" => parsed.ssl.mode = Some(ssl_mode(value)?),
        "sslrootcert" => parsed.ssl.root_cert = Some(value.into()),
        "sslcert" => parsed.ssl.client_cert = Some(value.into()),
        "sslkey" => parsed.ssl.client_key = Some(value.into()),
        "target_session_attrs" => parsed.attrs = Some(session_attrs(value)?),
        _ => {
            parsed.balance = Some(match value {
                "random" => true,
                "disable" => false,
                _ => return Err(invalid(name, "`disable` or `random`")),
            });
        }
    }
    Ok(())
}

fn ssl_mode(value: &str) -> Result<SslMode> {
    Ok(match value {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => {
            let choices = "`disable`, `prefer`, `require`, `verify-ca` or `verify-full`";
            return Err(invalid("sslmode", choices));
        }
    })
}

fn session_attrs(value: &str) -> Result<TargetSessionAttrs> {
    Ok(match value {
        "any" => TargetSessionAttrs::Any,
        "read-write" => TargetSessionAttrs::ReadWrite,
        "read-only" => TargetSessionAttrs::ReadOnly,
        "primary" => TargetSessionAttrs::Primary,
        "standby" => TargetSessionAttrs::Standby,
        "prefer-standby" => TargetSessionAttrs::PreferStandby,
        _ => {
            let choices =
                "`any`, `read-write`, `read-only`, `primary`, `standby` or `prefer-standby`";
            return Err(invalid("target_session_attrs", choices));
        }
    })
}

fn invalid(name: &str, choices: &str) -> Error {
    Error::Usage(format!("`{name}` in the database URL is not known to us; it is {choices}"))
}

fn unknown(name: &str) -> Error {
    // A password with unescaped characters can end up as the name of a parameter.
    let what = if is_word(name) {
        format!("the unknown parameter `{name}`")
    } else {
        "an unknown option".to_owned()
    };
    let known: Vec<&str> = DRIVERS.iter().chain(OURS).copied().collect();
    Error::Usage(format!(
        "the database URL cannot be read: it has {what}; the parameters are {}, and everything \
         else about the pool is a method of `Database::builder()`",
        known.join(", ")
    ))
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// The driver's reading of a URL without its parameters, and of the parameters that it knows.
fn driver(url: String, pairs: &[(String, String)]) -> Result<Config> {
    let mut config = url.parse::<Config>().map_err(unreadable)?;
    if pairs.is_empty() {
        return Ok(config);
    }
    let mut words = String::new();
    for (name, value) in pairs {
        let value = value.replace('\\', "\\\\").replace('\'', "\\'");
        words.push_str(&format!("{name}='{value}' "));
    }
    let more = words.parse::<Config>().map_err(unreadable)?;
    merge(&mut config, &more, pairs);
    Ok(config)
}

/// Puts what parameters say over what stands before them.
fn merge(config: &mut Config, more: &Config, pairs: &[(String, String)]) {
    let mut merged = more.clone();
    if let (None, Some(user)) = (more.get_user(), config.get_user()) {
        merged.user(user);
    }
    if let (None, Some(password)) = (more.get_password(), config.get_password()) {
        merged.password(password);
    }
    if let (None, Some(dbname)) = (more.get_dbname(), config.get_dbname()) {
        merged.dbname(dbname);
    }
    if more.get_hosts().is_empty() {
        hosts::add_hosts(&mut merged, config.get_hosts());
    }
    if !pairs.iter().any(|(name, _)| name == "port") {
        config.get_ports().iter().for_each(|port| {
            merged.port(*port);
        });
    }
    *config = merged;
}

fn unreadable(error: tokio_postgres::Error) -> Error {
    let reason = std::error::Error::source(&error).map(ToString::to_string);
    Error::Usage(format!(
        "the database URL cannot be read: {}; it looks like \
         `postgres://user:password@host:5432/database`, with other characters than letters \
         and digits as `%40`",
        reason.as_deref().unwrap_or("it is not a URL")
    ))
}

type Pairs = Vec<(String, String)>;

/// A URL without its parameters, and these.
fn split_url(url: &str) -> Result<(String, Pairs)> {
    check_credentials(url)?;
    let Some((rest, query)) = url.split_once('?') else { return Ok((url.to_owned(), vec![])) };
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else { return Err(unknown(pair)) };
        let (Some(name), Some(value)) = (percent_decoded(name), percent_decoded(value)) else {
            return Err(Error::usage(
                "the database URL cannot be read: a `%` in its parameters is not followed by two \
                 hexadecimal digits",
            ));
        };
        pairs.push((name, value));
    }
    Ok((rest.to_owned(), pairs))
}

/// Refuses a URL whose password may end somewhere else than it seems to: a part of it would be taken
/// for the host, and be shown as such.
fn check_credentials(url: &str) -> Result<()> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, behind) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let misplaced = match authority.matches('@').count() {
        // Without a name, what stands before a colon is a host, and a port behind it.
        0 => behind.contains('@') && authority.contains(':'),
        count => count > 1,
    };
    if misplaced {
        return Err(Error::usage(
            "the database URL cannot be read: it is not clear where its password ends; in a \
             password write `@` as `%40`, `:` as `%3A`, `/` as `%2F`, `?` as `%3F` and `#` as `%23`",
        ));
    }
    Ok(())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Libpq's other form: `host=localhost dbname='my shop'`.
fn split_words(text: &str) -> Result<Pairs> {
    let wrong = || {
        Error::usage(
            "the database URL cannot be read: it looks like \
             `postgres://user:password@host:5432/database`, or `host=… user=… dbname=…`",
        )
    };
    let mut pairs = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        rest.next_if_eq(&'=').ok_or_else(wrong)?;
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = rest.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        while let Some(c) = rest.next_if(|c| if quoted { *c != '\'' } else { !c.is_whitespace() }) {
            value.push(if c == '\\' { rest.next().ok_or_else(wrong)? } else { c });
        }
        if quoted && rest.next().is_none() {
            return Err(wrong());
        }
        pairs.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::Host;

    #[test]
    fn both_forms_say_the_same() {
        let urls = [
            "postgres://ann:s%40x@a:1,b:2/shop?sslmode=verify-full&sslrootcert=%2Fca.pem\
             &target_session_attrs=prefer-standby&load_balance_hosts=random&connect_timeout=7\
             &keepalives_idle=30&application_name=till",
            "user=ann password='s@x' host=a,b port=1,2 dbname=shop sslmode=verify-full \
             sslrootcert=/ca.pem target_session_attrs=prefer-standby load_balance_hosts=random \
             connect_timeout = 7 keepalives_idle=30 application_name=till",
        ];
        for url in urls {
            let parsed = parse(url).unwrap();
            let config = &parsed.config;
            let tcp = |name: &str| Host::Tcp(name.to_owned());
            assert_eq!(config.get_hosts(), [tcp("a"), tcp("b")], "{url}");
            assert_eq!(config.get_ports(), [1, 2], "{url}");
            assert_eq!((config.get_user(), config.get_dbname()), (Some("ann"), Some("shop")));
            assert_eq!(config.get_password(), Some(&b"s@x"[..]));
            assert_eq!(config.get_keepalives_idle(), Duration::from_secs(30));
            assert_eq!(config.get_application_name(), Some("till"));
            assert_eq!(parsed.ssl.mode, Some(SslMode::VerifyFull));
            assert_eq!(parsed.ssl.root_cert.as_deref(), Some(std::path::Path::new("/ca.pem")));
            assert_eq!(parsed.attrs, Some(TargetSessionAttrs::PreferStandby));
            assert_eq!(parsed.balance, Some(true));
            assert_eq!(parsed.connect_timeout, Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn quotes_and_backslashes_survive_the_way_to_the_driver() {
        let parsed = parse(r"host=a user=b password='it\'s \\ \'x' dbname='my shop'").unwrap();
        assert_eq!(parsed.config.get_password(), Some(&br"it's \ 'x"[..]));
        assert_eq!(parsed.config.get_dbname(), Some("my shop"));
    }

    #[test]
    fn no_part_of_a_password_is_shown() {
        for url in [
            "postgres://ann:pa@secret@host/shop",
            "postgres://ann:pa@secret:5432@host:5432/shop",
            "postgres://ann:pa/secret@host/shop",
            "postgres://ann:12/secret@host/shop",
            "postgres://ann:pa?secret@host/shop",
            "postgres://ann:12?secret=1@host/shop",
            "postgres://ann:pa#secret@host/shop",
            "postgres://ann:pa:secret@host/shop?port=secret",
            "postgres://ann@pa@secret/shop",
        ] {
            let Err(error) = parse(url) else { panic!("{url} was read") };
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
        for url in [
            "postgres://host/shop?application_name=a@b",
            "postgres://ann@host/a@b",
            "postgres://ann:se%40cret@host/shop?application_name=a@b",
            "postgres://[::1]:5432/shop",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn unknown_parameters_and_values_are_named() {
        for (url, part) in [
            ("postgres://a@b/c?colour=red", "parameter `colour`"),
            ("postgres://a@b/c?sslmode=allow", "`sslmode`"),
            ("postgres://a@b/c?target_session_attrs=first", "`target_session_attrs`"),
            ("postgres://a@b/c?load_balance_hosts=yes", "`load_balance_hosts`"),
            ("postgres://a@b/c?connect_timeout=soon", "`connect_timeout`"),
            ("host=a colour=red", "parameter `colour`"),
            ("host", "host=…"),
            ("host=a password='x", "host=…"),
            ("postgres://a@b/c?dbname=%zz", "hexadecimal"),
        ] {
            let Err(error) = parse(url) else { panic!("{url} was read") };
            assert!(error.to_string().contains(part), "{url}: {error}");
        }
    }
}
