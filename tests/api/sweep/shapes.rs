//! What a type can stand in: alone, in an `Option`, in lists.

/// The value of a row.
pub fn plain<T: Clone>(edges: &[T], row: usize) -> T {
    edges[row % edges.len()].clone()
}

pub fn optional<T: Clone>(edges: &[T], row: usize) -> Option<T> {
    edges.get(row % (edges.len() + 1)).cloned()
}

pub fn list<T: Clone>(edges: &[T], row: usize) -> Vec<T> {
    match row % 4 {
        0 => Vec::new(),
        1 => edges.to_vec(),
        2 => vec![plain(edges, row)],
        _ => edges.iter().rev().cloned().collect(),
    }
}

pub fn list_of_optional<T: Clone>(edges: &[T], row: usize) -> Vec<Option<T>> {
    match row % 4 {
        0 => Vec::new(),
        1 => edges.iter().cloned().map(Some).chain([None]).collect(),
        2 => vec![None],
        _ => vec![Some(plain(edges, row)), None, Some(plain(edges, row + 1))],
    }
}

pub fn optional_list<T: Clone>(edges: &[T], row: usize) -> Option<Vec<T>> {
    (row % 5 < 4).then(|| list(edges, row))
}

pub fn grid<T: Clone>(edges: &[T], row: usize) -> Vec<Vec<T>> {
    match row % 4 {
        0 => Vec::new(),
        1 => vec![edges.to_vec(), edges.iter().rev().cloned().collect()],
        2 => vec![vec![plain(edges, row)]],
        _ => edges.iter().map(|edge| vec![edge.clone()]).collect(),
    }
}

/// The value without its `Option`.
pub fn always<T: Clone>(value: &T) -> Option<T> {
    Some(value.clone())
}

pub fn where_known<T: Clone>(value: &Option<T>) -> Option<T> {
    value.clone()
}
