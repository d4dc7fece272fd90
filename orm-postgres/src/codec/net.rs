//! `inet` and `cidr`.

use super::Encoded;
use bytes::{BufMut, BytesMut};
use ipnet::IpNet;
use postgres_types::IsNull;
use std::net::IpAddr;

/// The server's own numbers for the families, whatever the system calls them.
const IPV4: u8 = 2;
const IPV6: u8 = 3;

/// Family, bits of the mask, whether it is a `cidr`, length, address.
pub(super) fn encode(net: IpNet, cidr: bool, out: &mut BytesMut) -> Encoded {
    // A `cidr` with bits to the right of its mask is no network; cut, as the server's cast does.
    let address = if cidr { net.network() } else { net.addr() };
    let family = if address.is_ipv4() { IPV4 } else { IPV6 };
    out.put_slice(&[family, net.prefix_len(), u8::from(cidr)]);
    match address {
        IpAddr::V4(v4) => {
            out.put_u8(4);
            out.put_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            out.put_u8(16);
            out.put_slice(&v6.octets());
        }
    }
    Ok(IsNull::No)
}
