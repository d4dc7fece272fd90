//! Addresses (`inet`) and networks (`cidr`).

use super::Problem;
use super::form::Form;
use bytes::{BufMut, BytesMut};
use ipnet::IpNet;
use std::net::IpAddr;

/// The server's own numbers for the families, whatever the system calls them.
const IPV4: u8 = 2;
const IPV6: u8 = 3;

impl Form for IpNet {
    const READS: Option<&'static str> = Some("an address (10.0.0.1) or a network (10.0.0.0/8)");

    /// Family, prefix, whether it is a network, length, address.
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let (address, prefix): (IpAddr, u8) = match raw {
            [IPV4, prefix, _, 4, address @ ..] => (<[u8; 4]>::try_from(address)?.into(), *prefix),
            [IPV6, prefix, _, 16, address @ ..] => (<[u8; 16]>::try_from(address)?.into(), *prefix),
            _ => return Err("neither an address nor a network".into()),
        };
        Ok(IpNet::new(address, prefix)?)
    }

    /// The server asks by itself whether it is a network, where it must be.
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        match self.addr() {
            IpAddr::V4(v4) => {
                out.put_slice(&[IPV4, self.prefix_len(), 0, 4]);
                out.put_slice(&v4.octets());
            }
            IpAddr::V6(v6) => {
                out.put_slice(&[IPV6, self.prefix_len(), 0, 16]);
                out.put_slice(&v6.octets());
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    }
}
