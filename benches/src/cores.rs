//! Client and server on cores of their own, or both on one: the system would move them about, and a
//! round trip between two cores takes several times as long as on one.

use crate::Result;
use orm::RawQuery;
use orm_testkit::TestDatabase;
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Who runs where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cores {
    /// As the system likes.
    #[default]
    Free,
    /// The client on one core, the server on another.
    Apart,
    /// Both on one.
    One,
}

impl Cores {
    /// By the word after `--cores`.
    ///
    /// # Errors
    ///
    /// For another word.
    pub fn parse(word: &str) -> Result<Cores> {
        match word {
            "free" => Ok(Cores::Free),
            "apart" => Ok(Cores::Apart),
            "one" => Ok(Cores::One),
            _ => Err(format!("`--cores` is one of free, apart and one, not `{word}`").into()),
        }
    }

    /// Binds this thread, and those that it starts from now on. The server comes later, by [`bind`].
    ///
    /// [`bind`]: Self::bind
    ///
    /// # Errors
    ///
    /// Where there are too few cores, or the system refuses.
    pub fn bind_client(self) -> Result<()> {
        match self.places()? {
            Some((client, _)) => Ok(sched_setaffinity(None, &client)?),
            None => Ok(()),
        }
    }

    /// Binds the server with all its processes; connections made from now on inherit that. It is free
    /// again when the value is dropped, since others may use it, too.
    ///
    /// # Errors
    ///
    /// Where the server is not on this machine, or belongs to somebody else.
    pub async fn bind(self, database: &TestDatabase, all: &CpuSet) -> Result<Option<Bound>> {
        let Some((_, server)) = self.places_among(all)? else { return Ok(None) };
        let backend: Vec<(i32,)> =
            database.query_as("SELECT pg_backend_pid()", orm::params![]).await?;
        let (backend,) = backend.first().copied().ok_or("the server does not say who it is")?;
        let bound = Bound { postmaster: parent(backend)?, all: *all };
        bound.set(&server)?;
        Ok(Some(bound))
    }

    fn places(self) -> Result<Option<(CpuSet, CpuSet)>> {
        self.places_among(&sched_getaffinity(None)?)
    }

    /// The cores of client and server.
    fn places_among(self, all: &CpuSet) -> Result<Option<(CpuSet, CpuSet)>> {
        let mut there = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let mut next = || there.next().ok_or("there are too few cores for this");
        let of = |core: usize| {
            let mut set = CpuSet::new();
            set.set(core);
            set
        };
        Ok(match self {
            Cores::Free => None,
            Cores::One => {
                let core = of(next()?);
                Some((core, core))
            }
            Cores::Apart => Some((of(next()?), of(next()?))),
        })
    }
}

/// The cores that this program may use.
///
/// # Errors
///
/// The system's.
pub fn all() -> Result<CpuSet> {
    Ok(sched_getaffinity(None)?)
}

/// Gives this thread, and those that it starts from now on, these cores.
///
/// # Errors
///
/// The system's.
pub fn free(all: &CpuSet) -> Result<()> {
    Ok(sched_setaffinity(None, all)?)
}

/// A server that is bound to a core, until this is dropped.
#[derive(Debug)]
pub struct Bound {
    postmaster: i32,
    all: CpuSet,
}

impl Bound {
    fn set(&self, cores: &CpuSet) -> Result<()> {
        let mut processes = vec![self.postmaster];
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if parent(pid).is_ok_and(|parent| parent == self.postmaster) {
                processes.push(pid);
            }
        }
        for process in processes {
            match sched_setaffinity(Pid::from_raw(process), cores) {
                // It has ended meanwhile.
                Err(Errno::SRCH) if process != self.postmaster => {}
                other => other?,
            }
        }
        Ok(())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Err(error) = self.set(&self.all) {
            eprintln!("the server stays on its core: {error}");
        }
    }
}

/// Who started a process. Its name, which may contain anything, stands in parentheses before that.
fn parent(pid: i32) -> Result<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit_once(") ").ok_or("no name in /proc/…/stat")?.1;
    Ok(after.split(' ').nth(1).ok_or("no parent in /proc/…/stat")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::{Cores, all, parent};

    #[test]
    fn client_and_server_are_apart_or_together() {
        let mut two = rustix::thread::CpuSet::new();
        two.set(3);
        two.set(5);
        let places = |cores: Cores| cores.places_among(&two).unwrap();
        let (client, server) = places(Cores::Apart).unwrap();
        assert!(client.is_set(3) && !client.is_set(5) && server.is_set(5) && !server.is_set(3));
        let (client, server) = places(Cores::One).unwrap();
        assert!(client.is_set(3) && server.is_set(3) && server.count() == 1);
        assert!(places(Cores::Free).is_none());
        two.unset(5);
        assert!(Cores::Apart.places_among(&two).is_err());
        assert!(all().unwrap().count() > 0);
    }

    #[test]
    fn the_parent_is_who_started_it() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(parent(own).unwrap(), std::os::unix::process::parent_id() as i32);
    }
}
