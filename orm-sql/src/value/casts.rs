//! Which types PostgreSQL converts into which.

use super::SqlType as T;

impl T {
    /// False where the server has no conversion between two types that it has by itself. Of types that
    /// are known by their names only it is not known.
    #[doc(hidden)]
    pub fn casts_to(self, to: T) -> bool {
        match (self, to) {
            (from, to) if from == to => true,
            // All types have a text, and are read from it.
            (T::Text | T::Named(_), _) | (_, T::Text | T::Named(_)) => true,
            (T::Array(from), T::Array(to)) => from.leaf().casts_to(to.leaf()),
            (from, to) if from.is_number() && to.is_number() => true,
            (T::Bool, T::Int4) | (T::Int4, T::Bool) => true,
            (T::Date, T::Timestamp | T::TimestampTz) => true,
            (T::Timestamp, T::Date | T::Time | T::TimestampTz) => true,
            (T::TimestampTz, T::Date | T::Time | T::Timestamp) => true,
            (T::Time, T::Interval) | (T::Interval, T::Time) => true,
            (T::Inet, T::Cidr) | (T::Cidr, T::Inet) => true,
            (T::HStore, T::Jsonb) | (T::Array(_), T::HStore) => true,
            (T::Jsonb, to) => to.is_number() || to == T::Bool,
            // Newer servers have some, of whole numbers.
            (T::Bytea, to) | (to, T::Bytea) => to.is_number(),
            _ => false,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, T::Int2 | T::Int4 | T::Int8 | T::Float4 | T::Float8 | T::Numeric)
    }
}

#[cfg(test)]
mod tests {
    use super::T;

    #[test]
    fn some_types_are_not_converted() {
        assert!(T::Int2.casts_to(T::Numeric) && T::Uuid.casts_to(T::Text));
        assert!(T::TimestampTz.casts_to(T::Date) && T::Named("mood").casts_to(T::Int4));
        assert!(T::Array(&T::Int4).casts_to(T::Array(&T::Array(&T::Int8))));
        assert!(!T::Interval.casts_to(T::Int4) && !T::Bool.casts_to(T::Int8));
        assert!(!T::Date.casts_to(T::Time) && !T::Array(&T::Int4).casts_to(T::Int4));
        assert!(!T::Array(&T::Date).casts_to(T::Array(&T::Time)) && !T::Uuid.casts_to(T::Bytea));
    }
}
