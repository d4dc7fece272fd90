//! The task that closes free connections that are too old, and keeps some ready.

use super::Objects;
use super::free::Free;
use crate::connection::State;
use crate::shared::{Limits, Shared};
use crate::wire::Manager;
use deadpool::managed::{self, Timeouts};
use std::sync::Arc;
use std::time::Duration;

type Pool = managed::Pool<Manager<Arc<State>>>;
type WeakPool = managed::WeakPool<Manager<Arc<State>>>;

/// Starts the task where a limit needs it. It ends with the pool.
pub(super) fn spawn(objects: &Objects, free: Option<&Arc<Free>>, shared: &Arc<Shared>) {
    let Objects::Ours(pool) = objects else { return };
    let Limits { max_lifetime, idle_timeout, min_idle, .. } = shared.limits;
    let shortest = [max_lifetime, idle_timeout].into_iter().flatten().min();
    if shortest.is_none() && min_idle == 0 {
        return;
    }
    let most = if min_idle > 0 { Duration::from_secs(1) } else { Duration::from_secs(30) };
    let every = shortest.map_or(most, |limit| limit / 4).clamp(Duration::from_millis(10), most);
    tokio::spawn(keep(pool.weak(), free.cloned(), shared.clone(), every));
}

async fn keep(pool: WeakPool, free: Option<Arc<Free>>, shared: Arc<Shared>, every: Duration) {
    loop {
        {
            let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return };
            if let Some(free) = &free {
                free.pass_on_all();
            }
            close_old(&pool, shared.limits);
            fill(&pool, shared.limits.min_idle).await;
        }
        tokio::time::sleep(every).await;
    }
}

fn close_old(pool: &Pool, limits: Limits) {
    let mut free = pool.status().available;
    let closed = pool.retain(|member, metrics| {
        let state = &member.known;
        let is_old = limits.max_lifetime.is_some_and(|limit| metrics.age() >= limit);
        let goes = is_old
            || state.is_retired()
            || member.driven.wire().is_closed()
            || (free > limits.min_idle && state.is_too_old(metrics.age()));
        if goes {
            free = free.saturating_sub(1);
        }
        !goes
    });
    drop(closed);
}

/// Makes connections until so many are free. Those that are there are held meanwhile, which is
/// what has the pool make others.
async fn fill(pool: &Pool, min_idle: usize) {
    let status = pool.status();
    if status.available >= min_idle || status.waiting > 0 {
        return;
    }
    let no_wait = Timeouts { wait: Some(Duration::ZERO), ..pool.timeouts() };
    let room = status.max_size.saturating_sub(status.size);
    let mut held = Vec::new();
    for _ in 0..min_idle.min(status.available + room) {
        match pool.timeout_get(&no_wait).await {
            Ok(object) => held.push(object),
            // The next call tells its user why.
            Err(_) => return,
        }
    }
}
