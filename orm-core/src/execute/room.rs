//! Room for rows: as many as the statement gave when it was run last.

use orm_sql::exec::Statement;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many rows statements gave, by their numbers. Two that share a place make room for those of the
/// other, and no more comes of it.
static LAST: [AtomicU32; PLACES] = [const { AtomicU32::new(0) }; PLACES];

const PLACES: usize = 1 << 10;

/// So many bytes are made room for beforehand.
const MOST: usize = 1 << 20;

fn place(statement: &Statement) -> Option<&'static AtomicU32> {
    let number = usize::try_from(statement.handle?.number()).ok()?;
    LAST.get(number % PLACES)
}

/// A list with room for the rows of a statement.
#[inline]
pub(super) fn for_rows<O>(statement: &Statement) -> Vec<O> {
    let last = place(statement).map_or(0, |last| last.load(Ordering::Relaxed));
    let last = usize::try_from(last).unwrap_or_default();
    Vec::with_capacity(last.min(MOST / size_of::<O>().max(1)))
}

/// Notes how many there were, and gives back what is far too much.
#[inline]
pub(super) fn note<O>(statement: &Statement, rows: &mut Vec<O>) {
    let Some(last) = place(statement) else { return };
    let now = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    if last.load(Ordering::Relaxed) != now {
        last.store(now, Ordering::Relaxed);
        if rows.capacity() / 4 > rows.len() {
            rows.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orm_sql::exec::Handle;

    #[test]
    fn there_is_room_for_as_many_as_last_time() {
        let statement = Statement { handle: Some(Handle::new()), ..Statement::default() };
        let mut rows: Vec<u64> = for_rows(&statement);
        assert_eq!(rows.capacity(), 0);
        rows.extend(0..500);
        note(&statement, &mut rows);
        let mut rows: Vec<u64> = for_rows(&statement);
        assert_eq!(rows.capacity(), 500);
        // What was far too much is not kept.
        rows.push(1);
        note(&statement, &mut rows);
        assert!(rows.capacity() < 500);
        assert_eq!(for_rows::<u64>(&statement).capacity(), 1);
    }

    #[test]
    fn there_is_a_limit() {
        let statement = Statement { handle: Some(Handle::new()), ..Statement::default() };
        let mut nothing = vec![(); 5_000_000];
        note(&statement, &mut nothing);
        assert!(for_rows::<[u64; 8]>(&statement).capacity() <= MOST / 64);
        // A statement without a number has no last time.
        assert_eq!(for_rows::<u8>(&Statement::default()).capacity(), 0);
    }
}
