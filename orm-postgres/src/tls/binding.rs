//! Channel binding: the hash of the server's certificate that SCRAM ties a login to (RFC 5929).

use ring::digest::{self, Algorithm};

/// The hash of a certificate, by the algorithm that it is signed with; `None` where the standard
/// names no hash for that.
pub(crate) fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let algorithm = hash_of(signature_algorithm(certificate)?)?;
    Some(digest::digest(algorithm, certificate).as_ref().to_vec())
}

fn hash_of(algorithm: &[u8]) -> Option<&'static Algorithm> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
    if algorithm == [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] {
        return Some(&digest::SHA256); // ECDSA with SHA-1, which the standard replaces
    }
    let (last, family) = algorithm.split_last()?;
    match (family, *last) {
        // With MD5 and SHA-1 as well.
        (RSA, 4 | 5 | 11) | (ECDSA, 2) => Some(&digest::SHA256),
        (RSA, 12) | (ECDSA, 3) => Some(&digest::SHA384),
        (RSA, 13) | (ECDSA, 4) => Some(&digest::SHA512),
        _ => None,
    }
}

/// The object identifier in `SEQUENCE { body, SEQUENCE { identifier, … }, … }`.
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const IDENTIFIER: u8 = 0x06;
    let (inside, _) = element(certificate, SEQUENCE)?;
    let (_, after_body) = element(inside, SEQUENCE)?;
    let (algorithm, _) = element(after_body, SEQUENCE)?;
    Some(element(algorithm, IDENTIFIER)?.0)
}

/// The content of a DER element, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (digits, after) = rest.split_at_checked(length & 0x7f)?;
        rest = after;
        length = digits
            .iter()
            .try_fold(0_usize, |n, digit| n.checked_mul(256)?.checked_add(usize::from(*digit)))?;
    }
    (*found == tag).then_some(())?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate as far as it is looked at.
    fn signed_with(identifier: &[u8]) -> Vec<u8> {
        let sequence = |content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[0x30, length], content].concat()
        };
        let length = u8::try_from(identifier.len()).unwrap();
        let algorithm = sequence(&[&[0x06, length], identifier].concat());
        sequence(&[sequence(&[1, 2, 3]), algorithm].concat())
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let rsa = |last| signed_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last]);
        for (certificate, length) in [
            (rsa(5), Some(32)),
            (rsa(11), Some(32)),
            (rsa(12), Some(48)),
            (rsa(13), Some(64)),
            (rsa(10), None),
            (signed_with(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]), Some(48)),
            (signed_with(&[0x2b, 0x65, 0x70]), None), // Ed25519
        ] {
            assert_eq!(server_end_point(&certificate).map(|hash| hash.len()), length);
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_hash() {
        let whole = signed_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 11]);
        for cut in 0..whole.len() {
            assert_eq!(server_end_point(&whole[..cut]), None, "{cut}");
        }
        assert_eq!(server_end_point(&[0x30, 0xff]), None);
        assert_eq!(
            server_end_point(&[0x30, 0x89, 255, 255, 255, 255, 255, 255, 255, 255, 255]),
            None
        );
    }
}
