//! The task that closes free connections that are too old, and keeps some ready.

use crate::pool::{Limits, Manager, NO_WAIT, Pool};
use deadpool::managed::{self, WeakPool};
use std::time::Duration;

/// Starts the task where a limit needs it. It ends with the pool.
pub(crate) fn spawn(pool: &Pool, limits: Limits) {
    let Limits { max_lifetime, idle_timeout, min_idle, .. } = limits;
    let shortest = [max_lifetime, idle_timeout].into_iter().flatten().min();
    if shortest.is_none() && min_idle == 0 {
        return;
    }
    let most = if min_idle > 0 { Duration::from_secs(1) } else { Duration::from_secs(30) };
    let every = shortest.map_or(most, |limit| limit / 4).clamp(Duration::from_millis(10), most);
    tokio::spawn(keep(pool.weak(), limits, every));
}

async fn keep(pool: WeakPool<Manager>, limits: Limits, every: Duration) {
    loop {
        {
            let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return };
            close_old(&pool, &limits);
            fill(&pool, limits.min_idle).await;
        }
        tokio::time::sleep(every).await;
    }
}

fn close_old(pool: &managed::Pool<Manager>, limits: &Limits) {
    let mut free = pool.status().available;
    let closed = pool.retain(|connection, metrics| {
        let is_old = limits.max_lifetime.is_some_and(|limit| metrics.age() >= limit);
        let goes = is_old
            || connection.is_of_no_use()
            || (free > limits.min_idle && limits.are_over(connection, &metrics));
        if goes {
            free = free.saturating_sub(1);
        }
        !goes
    });
    drop(closed);
}

/// Makes connections until so many are free. Those that are there are held meanwhile, which is
/// what has the pool make others.
async fn fill(pool: &managed::Pool<Manager>, min_idle: usize) {
    let status = pool.status();
    if status.available >= min_idle || status.waiting > 0 {
        return;
    }
    let room = status.max_size.saturating_sub(status.size);
    let mut held = Vec::new();
    for _ in 0..min_idle.min(status.available + room) {
        match pool.timeout_get(&NO_WAIT).await {
            Ok(object) => held.push(object),
            // The next call tells its user why.
            Err(_) => return,
        }
    }
}
