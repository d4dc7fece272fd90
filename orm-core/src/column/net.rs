//! Addresses (`inet`) and networks (`cidr`).

use super::{Column, NotNull};
use crate::column::Single;
use ipnet::IpNet;
use orm_sql::row::CellError;
use orm_sql::value::{Form, SqlType, SqlValue};
use std::net::IpAddr;

impl Single for IpAddr {}
impl Single for IpNet {}

/// An address by itself. One with a network mask reads as the address.
#[diagnostic::do_not_recommend]
impl Column for IpAddr {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Inet;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        IpNet::read(raw).map(|net| net.addr())
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Net((*self).into())
    }
}

/// A network: PostgreSQL refuses one with bits set after its prefix.
#[diagnostic::do_not_recommend]
impl Column for IpNet {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Cidr;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Form::read(raw)
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
        assert_eq!(IpAddr::decode(&raw).unwrap().to_string(), "10.1.2.0");
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
