//! `dbshell`: psql for the database.

use crate::Result;
use crate::args::Dbshell;
use crate::context::Context;
use percent_encoding::percent_decode_str;
use std::process::{Command, ExitCode};

pub fn run(context: &Context, args: &Dbshell) -> Result<ExitCode> {
    let mut psql = Command::new("psql");
    let (address, password) = without_password(context.url()?);
    // By the environment, where others do not see it.
    if let Some(password) = password {
        psql.env("PGPASSWORD", password);
    }
    let status = psql.arg("--dbname").arg(address).args(&args.args).status();
    let status = status.map_err(|error| format!("`psql` cannot be started: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// A URL without the password in it, and that.
fn without_password(url: &str) -> (String, Option<String>) {
    let parts = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (user, host) = authority.rsplit_once('@')?;
        let (user, password) = user.split_once(':')?;
        let password = percent_decode_str(password).decode_utf8().ok()?.into_owned();
        Some((format!("{scheme}://{user}@{host}{path}"), Some(password)))
    };
    parts().unwrap_or_else(|| (url.to_owned(), None))
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_in_the_address() {
        let parts = |url| {
            let (address, password) = without_password(url);
            (address, password.unwrap_or_default())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            parts("postgres://ann:s%40x@db.example:5433/shop?sslmode=require"),
            pair("postgres://ann@db.example:5433/shop?sslmode=require", "s@x")
        );
        let without = "postgres://ann@db.example/a:b@c";
        assert_eq!(parts(without), pair(without, ""));
        assert_eq!(parts("host=db dbname=shop"), pair("host=db dbname=shop", ""));
    }
}
