//! The address that the methods of the builder and the URL make together.

use crate::hosts;
use orm_sql::{Error, Result};
use tokio_postgres::Config;

/// The configuration with the hosts and the port of the builder's methods over those of the URL.
pub(super) fn with_address(
    old: Config,
    hosts: Option<Vec<(String, Option<u16>)>>,
    port: Option<u16>,
) -> Config {
    if hosts.is_none() && port.is_none() {
        return old;
    }
    let mut config = hosts::without_hosts(&old);
    let default = port.or_else(|| old.get_ports().first().copied()).unwrap_or(5432);
    match hosts {
        Some(hosts) => {
            for (host, port) in hosts {
                config.host(host).port(port.unwrap_or(default));
            }
        }
        None => {
            hosts::add_hosts(&mut config, old.get_hosts());
            old.get_hostaddrs().iter().for_each(|address| {
                config.hostaddr(*address);
            });
            config.port(default);
        }
    }
    config
}

pub(super) fn with_user(mut config: Config) -> Result<Config> {
    if config.get_user().is_none() {
        let user = std::env::var("USER").map_err(|_| {
            Error::usage("no user to connect as; name one in the URL or with `user`")
        })?;
        config.user(user);
    }
    Ok(config)
}
