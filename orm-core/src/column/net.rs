//! Addresses (`inet`) and networks (`cidr`).

use super::{Column, NotNull};
use crate::column::Single;
use ipnet::IpNet;
use orm_sql::row::CellError;
use orm_sql::value::{Form, SqlType, SqlValue};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::str::FromStr;

impl Single for IpAddr {}
impl Single for IpNet {}
impl Single for Inet {}

/// An address with the mask of its network, as a column of type `inet` can hold it:
/// `10.1.2.3/24`. An address alone is an `IpAddr`; a network alone, of type `cidr`, an `IpNet`.
///
/// ```
/// use orm_core::column::Inet;
///
/// let host: Inet = "10.1.2.3/24".parse().unwrap();
/// assert_eq!(host.addr().to_string(), "10.1.2.3");
/// assert_eq!(host.network().to_string(), "10.1.2.0");
/// assert_eq!(host.to_string(), "10.1.2.3/24");
/// assert_eq!("10.1.2.3".parse::<Inet>().unwrap().prefix_len(), 32);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inet(pub IpNet);

impl Deref for Inet {
    type Target = IpNet;
    fn deref(&self) -> &IpNet {
        &self.0
    }
}

impl From<IpNet> for Inet {
    fn from(address: IpNet) -> Self {
        Inet(address)
    }
}

impl From<IpAddr> for Inet {
    fn from(address: IpAddr) -> Self {
        Inet(address.into())
    }
}

impl FromStr for Inet {
    type Err = ipnet::AddrParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => text.parse().map(Inet),
        }
    }
}

impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address by itself.
#[diagnostic::do_not_recommend]
impl Column for IpAddr {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Inet;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let net = IpNet::read(raw)?;
        match net.prefix_len() == net.max_prefix_len() {
            true => Ok(net.addr()),
            false => Err("the address has the mask of a network, which an `IpAddr` cannot hold: \
                          give the field an `orm::column::Inet`, or an `IpNet` where it is of type \
                          `cidr`"
                .into()),
        }
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Net((*self).into())
    }
}

#[diagnostic::do_not_recommend]
impl Column for Inet {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Inet;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Form::read(raw).map(Inet)
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Net(self.0)
    }
}

/// A network, without bits set after its prefix.
#[diagnostic::do_not_recommend]
impl Column for IpNet {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Cidr;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let net = IpNet::read(raw)?;
        match net.trunc() == net {
            true => Ok(net),
            false => Err("the address is one in a network, and no network, which an `IpNet` is \
                          sent as: give the field an `orm::column::Inet`"
                .into()),
        }
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Net(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read() {
        let raw = [2, 24, 1, 4, 10, 1, 2, 0];
        assert_eq!(IpNet::decode(&raw).unwrap().to_string(), "10.1.2.0/24");
        assert!(IpAddr::decode(&raw).is_err());
        assert_eq!(Inet::decode(&raw).unwrap().to_string(), "10.1.2.0/24");
        assert!(IpNet::decode(&[2, 16, 0, 4, 10, 1, 2, 0]).is_err());
        assert_eq!(IpAddr::decode(&[2, 32, 0, 4, 10, 1, 2, 3]).unwrap().to_string(), "10.1.2.3");
        let mut raw = vec![3, 128, 0, 16];
        raw.extend([0; 15]);
        raw.push(1);
        assert_eq!(IpAddr::decode(&raw).unwrap().to_string(), "::1");
        assert!(IpAddr::decode(&raw[..7]).is_err());
        assert!(IpNet::decode(&[2, 99, 1, 4, 1, 1, 1, 1]).is_err());
    }

    #[test]
    fn an_address_travels_with_its_full_prefix() {
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(address.to_value(), SqlValue::Net("10.0.0.1/32".parse().unwrap()));
    }
}
