//! Making one connection: which host, with which password, encrypted or not.

use crate::choices::{SslMode, TargetSessionAttrs};
use crate::error::DriverError;
use crate::hosts::{Place, Target};
use crate::tls::Tls;
use crate::wire::Line;
use orm_sql::exec::BoxFuture;
use orm_sql::sql::catalogue;
use orm_sql::{Error, Result};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::{Config, config};

/// Gives the password for each new connection.
pub(crate) type PasswordProvider =
    Arc<dyn Fn() -> BoxFuture<'static, Result<String>> + Send + Sync>;

/// What makes the connections of a pool.
pub(crate) struct Connector {
    pub(crate) places: Vec<Place>,
    pub(crate) ssl_mode: SslMode,
    pub(crate) attrs: TargetSessionAttrs,
    /// Whether the hosts are tried in another order each time.
    pub(crate) balance: bool,
    pub(crate) password: Option<PasswordProvider>,
    pub(crate) tls: Tls,
    pub(crate) target: Target,
    /// How long one host may take.
    pub(crate) limit: Duration,
    /// Whether the sockets are the driver's alone.
    pub(crate) driver_only: bool,
}

impl Connector {
    /// A connection to the first host that will do. Nobody drives it yet.
    pub(crate) async fn open(&self) -> Result<Line> {
        let password = self.password().await?;
        let mut reasons = Vec::new();
        for wanted in passes(self.attrs) {
            reasons.clear();
            for place in self.order() {
                match self.open_in_time(place, password.as_deref(), *wanted).await {
                    Ok(opened) => return Ok(opened),
                    Err(reason) => reasons.push((place, reason)),
                }
            }
        }
        Err(self.refused(reasons))
    }

    async fn password(&self) -> Result<Option<String>> {
        let Some(provider) = &self.password else { return Ok(None) };
        match tokio::time::timeout(self.limit, provider()).await {
            Ok(Ok(password)) => Ok(Some(password)),
            Ok(Err(error)) => Err(Error::connection(
                format!("cannot connect to {}: there is no password", self.target),
                Some(Box::new(error)),
            )),
            Err(_) => Err(self.failed(&format!("no password within {:?}", self.limit))),
        }
    }

    fn order(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> = self.places.iter().collect();
        if self.balance {
            shuffle(&mut places);
        }
        places
    }

    async fn open_in_time(
        &self,
        place: &Place,
        password: Option<&str>,
        wanted: TargetSessionAttrs,
    ) -> Result<Line, Reason> {
        let mut config = place.config.clone();
        if let Some(password) = password {
            config.password(password);
        }
        if self.balance {
            config.load_balance_hosts(config::LoadBalanceHosts::Random);
        }
        let limit = self.limit;
        match tokio::time::timeout(limit, self.open_one(&mut config, wanted)).await {
            Ok(result) => result,
            Err(_) => Err(Reason::text(format!("no answer within {limit:?}"))),
        }
    }

    async fn open_one(
        &self,
        config: &mut Config,
        wanted: TargetSessionAttrs,
    ) -> Result<Line, Reason> {
        let is_socket = !matches!(config.get_hosts().first(), Some(config::Host::Tcp(_)) | None);
        config.ssl_mode(match self.ssl_mode {
            // The server encrypts no sockets of the file system.
            _ if is_socket => config::SslMode::Disable,
            SslMode::Disable => config::SslMode::Disable,
            SslMode::Prefer => config::SslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => config::SslMode::Require,
        });
        let opened = match Line::open(config, self.tls.clone(), self.driver_only).await {
            Err(error) if self.ssl_mode == SslMode::Prefer && is_about_tls(&error) => {
                config.ssl_mode(config::SslMode::Disable);
                Line::open(config, self.tls.clone(), self.driver_only).await
            }
            other => other,
        };
        let mut line = opened?;
        if wanted != TargetSessionAttrs::Any {
            let session = Session::ask(&mut line).await?;
            session.check(wanted).map_err(Reason::text)?;
        }
        Ok(line)
    }

    /// The error of a connection that was not made.
    fn refused(&self, mut reasons: Vec<(&Place, Reason)>) -> Error {
        if reasons.len() == 1
            && let Some((_, reason)) = reasons.pop()
        {
            return Error::connection(format!("cannot connect to {}", self.target), Some(reason.0));
        }
        let reasons = reasons.iter().map(|(place, reason)| format!("{place}: {}", reason.0));
        self.failed(&reasons.collect::<Vec<_>>().join("; "))
    }

    fn failed(&self, reason: &str) -> Error {
        Error::connection(format!("cannot connect to {}: {reason}", self.target), None)
    }
}

/// What is asked of the hosts, one pass over them after the other.
fn passes(attrs: TargetSessionAttrs) -> &'static [TargetSessionAttrs] {
    use TargetSessionAttrs as T;
    match attrs {
        T::Any => &[T::Any],
        T::ReadWrite => &[T::ReadWrite],
        T::ReadOnly => &[T::ReadOnly],
        T::Primary => &[T::Primary],
        T::Standby => &[T::Standby],
        T::PreferStandby => &[T::Standby, T::Any],
    }
}

/// The driver does not say it in another way.
fn is_about_tls(error: &DriverError) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

/// Why one host was not taken.
struct Reason(Box<dyn std::error::Error + Send + Sync>);

impl Reason {
    fn text(text: String) -> Self {
        Reason(text.into())
    }
}

impl From<DriverError> for Reason {
    fn from(error: DriverError) -> Self {
        let kind = error.to_string();
        Reason(error.into_source().unwrap_or_else(|| kind.into()))
    }
}

/// What a session is good for.
struct Session {
    standby: bool,
    read_only: bool,
}

impl Session {
    async fn ask(line: &mut Line) -> Result<Session, DriverError> {
        // As text, so that poolers and proxies of all kinds let it pass.
        let row = line.row(catalogue::STANDBY_OR_READ_ONLY).await?;
        let says = |index: usize, word: &str| {
            row.get(index).is_some_and(|cell| cell.as_deref() == Some(word))
        };
        Ok(Session { standby: says(0, "t"), read_only: says(1, "on") })
    }

    fn check(&self, wanted: TargetSessionAttrs) -> Result<(), String> {
        use TargetSessionAttrs as T;
        let writes = !self.standby && !self.read_only;
        let problem = match wanted {
            T::ReadWrite if !writes => "its sessions are read only",
            T::ReadOnly if writes => "its sessions can write",
            T::Primary if self.standby => "it is a standby",
            T::Standby if !self.standby => "it is not a standby",
            _ => return Ok(()),
        };
        Err(format!("{problem}, and `target_session_attrs` asks for another"))
    }
}

/// By the randomness that the standard library has for its maps.
fn shuffle<T>(items: &mut [T]) {
    let random = RandomState::new();
    for last in (1..items.len()).rev() {
        let remainder = random.hash_one(last) % (last as u64 + 1);
        // It is at most `last`.
        items.swap(last, usize::try_from(remainder).unwrap_or(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_order_of_hosts_comes_up() {
        let orders: HashSet<[u8; 3]> = (0..500)
            .map(|_| {
                let mut hosts = [1, 2, 3];
                shuffle(&mut hosts);
                hosts
            })
            .collect();
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn sessions_are_checked_as_libpq_does() {
        use TargetSessionAttrs as T;
        let primary = Session { standby: false, read_only: false };
        let frozen = Session { standby: false, read_only: true };
        let standby = Session { standby: true, read_only: true };
        for (wanted, fits) in [
            (T::Any, [true, true, true]),
            (T::ReadWrite, [true, false, false]),
            (T::ReadOnly, [false, true, true]),
            (T::Primary, [true, true, false]),
            (T::Standby, [false, false, true]),
        ] {
            let found = [&primary, &frozen, &standby].map(|s| s.check(wanted).is_ok());
            assert_eq!(found, fits, "{wanted:?}");
        }
    }
}
