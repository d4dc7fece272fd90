//! `dec!(9.99)`: a `Decimal` that is known when the program is compiled.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Lit, Token};

/// How many digits can follow the point.
const MOST_PLACES: usize = 28;

/// A number as it was written.
pub struct Decimal {
    negative: bool,
    digits: u128,
    places: usize,
}

impl Parse for Decimal {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let negative = input.parse::<Option<Token![-]>>()?.is_some();
        let number: Lit = input.parse()?;
        let text = match &number {
            Lit::Int(int) if int.suffix().is_empty() => int.base10_digits().to_owned(),
            Lit::Float(float) if float.suffix().is_empty() => float.base10_digits().to_owned(),
            _ => return Err(syn::Error::new(number.span(), "expected a number such as `9.99`")),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{fraction}").parse::<u128>().ok();
        let places = fraction.len();
        match digits.filter(|digits| *digits < 1 << 96 && places <= MOST_PLACES) {
            Some(digits) => Ok(Decimal { negative, digits, places }),
            None => {
                let message = "a `Decimal` has at most 28 digits, written without an exponent";
                Err(syn::Error::new(number.span(), message))
            }
        }
    }
}

impl Decimal {
    /// ```text
    /// Decimal::from_parts(999, 0, 0, false, 2)
    /// ```
    pub fn expand(&self) -> TokenStream {
        let part = |at: u32| Literal::u128_unsuffixed((self.digits >> (32 * at)) & 0xffff_ffff);
        let (low, middle, high) = (part(0), part(1), part(2));
        let (negative, places) = (self.negative, Literal::usize_unsuffixed(self.places));
        quote!(::orm::Decimal::from_parts(#low, #middle, #high, #negative, #places))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn parsed(text: &str) -> Option<(bool, u128, usize)> {
        let decimal = syn::parse_str::<Decimal>(text).ok()?;
        Some((decimal.negative, decimal.digits, decimal.places))
    }

    #[test]
    fn numbers_are_kept_as_they_were_written() {
        assert_eq!(parsed("9.99"), Some((false, 999, 2)));
        assert_eq!(parsed("-4.50"), Some((true, 450, 2)));
        assert_eq!(parsed("1_000"), Some((false, 1000, 0)));
        assert_eq!(parsed("0.0000000000000000000000000001"), Some((false, 1, 28)));
        for wrong in ["1e3", "1.0f64", "\"1\"", "99999999999999999999999999999999", "x"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
