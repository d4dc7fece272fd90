//! Where a pool connects to: settings with one host each, made from those with several.

use orm_sql::{Error, Result};
use std::fmt;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// One host to connect to.
#[derive(Clone)]
pub(crate) struct Place {
    /// With this host alone.
    pub(crate) config: Config,
    /// Its name, address, or directory of its socket.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where a pool connects to, for people. It has no password.
#[derive(Clone, Default)]
pub(crate) struct Target {
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// All hosts with their ports.
    pub(crate) hosts: String,
    pub(crate) database: String,
}

impl Target {
    /// What a configuration says about hosts that were made of it.
    pub(crate) fn new(config: &Config, places: &[Place]) -> Self {
        let user = config.get_user().unwrap_or_default().to_owned();
        let first = places.first();
        let hosts: Vec<String> = places.iter().map(ToString::to_string).collect();
        Target {
            host: first.map(|place| place.host.clone()).unwrap_or_default(),
            port: first.map_or(5432, |place| place.port),
            hosts: hosts.join(", "),
            database: config.get_dbname().unwrap_or(&user).to_owned(),
            user,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { user, hosts, database, .. } = self;
        write!(f, "database `{database}` at {hosts} as user `{user}`")
    }
}

pub(crate) fn add_hosts(config: &mut Config, hosts: &[Host]) {
    for host in hosts {
        match host {
            Host::Tcp(host) => config.host(host),
            #[cfg(unix)]
            Host::Unix(path) => config.host_path(path),
        };
    }
}

/// The hosts of a configuration, each by itself. Where it names none, it is `localhost`.
pub(crate) fn places(config: &Config) -> Result<Vec<Place>> {
    let (hosts, addresses, ports) =
        (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len()).max(1);
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err(Error::Usage(format!(
            "there are {} hosts and {} addresses of hosts (`hostaddr`); name one for each",
            hosts.len(),
            addresses.len()
        )));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(Error::Usage(format!(
            "there are {count} hosts and {} ports; name one port, or one for each host",
            ports.len()
        )));
    }
    let plain = without_hosts(config);
    let place = |index: usize| {
        let mut config = plain.clone();
        let host = match (hosts.get(index), addresses.get(index)) {
            (Some(host), _) => {
                add_hosts(&mut config, std::slice::from_ref(host));
                name(host)
            }
            // The address stands for the name, too: certificates are compared with it.
            (None, Some(address)) => {
                config.host(address.to_string());
                address.to_string()
            }
            (None, None) => {
                config.host("localhost");
                "localhost".to_owned()
            }
        };
        if let Some(address) = addresses.get(index) {
            config.hostaddr(*address);
        }
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        config.port(port);
        Place { config, host, port }
    };
    Ok((0..count).map(place).collect())
}

fn name(host: &Host) -> String {
    match host {
        Host::Tcp(host) => host.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}

/// The driver's configuration only ever adds hosts and ports, so another is made.
pub(crate) fn without_hosts(old: &Config) -> Config {
    let mut config = Config::new();
    if let Some(user) = old.get_user() {
        config.user(user);
    }
    if let Some(password) = old.get_password() {
        config.password(password);
    }
    if let Some(dbname) = old.get_dbname() {
        config.dbname(dbname);
    }
    if let Some(options) = old.get_options() {
        config.options(options);
    }
    if let Some(name) = old.get_application_name() {
        config.application_name(name);
    }
    if let Some(timeout) = old.get_tcp_user_timeout() {
        config.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = old.get_keepalives_interval() {
        config.keepalives_interval(interval);
    }
    if let Some(retries) = old.get_keepalives_retries() {
        config.keepalives_retries(retries);
    }
    config
        .ssl_negotiation(old.get_ssl_negotiation())
        .keepalives(old.get_keepalives())
        .keepalives_idle(old.get_keepalives_idle())
        .channel_binding(old.get_channel_binding());
    config
}
