use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use crate::support::Site;
use crate::{append, mail};

/// A service manager that only listens.
struct Manager {
    socket: UnixDatagram,
    path: String,
}

impl Manager {
    fn new(site: &Site) -> Self {
        let path = site.path("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Self { socket, path: path.display().to_string() }
    }

    fn environment(&self) -> [(&str, &str); 2] {
        [("NOTIFY_SOCKET", &self.path), ("WATCHDOG_USEC", "1000000")]
    }

    /// What is heard within a time, or up to a message that holds `last`.
    fn hear(&self, most: Duration, last: &str) -> Vec<String> {
        let until = Instant::now() + most;
        let mut heard = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left)).expect("a time-out");
            let mut buffer = [0; 4096];
            let Ok(bytes) = self.socket.recv(&mut buffer) else { break };
            heard.push(String::from_utf8_lossy(&buffer[..bytes]).into_owned());
            if !last.is_empty() && heard.last().is_some_and(|said| said.contains(last)) {
                break;
            }
        }
        heard
    }
}

fn count(heard: &[String], what: &str) -> usize {
    heard.iter().filter(|said| said.lines().any(|line| line == what)).count()
}

#[test]
fn the_manager_hears_of_readiness_progress_and_reloading() {
    let site = Site::new("");
    append(&site.log("mail.log"), &mail(1));
    let manager = Manager::new(&site);
    let mut daemon = site.watch(&manager.environment());
    let heard = manager.hear(Duration::from_secs(5), "");
    assert_eq!(count(&heard, "READY=1"), 1, "{heard:?}");
    assert!(count(&heard, "WATCHDOG=1") >= 3, "{heard:?}");
    assert!(
        heard.iter().any(|said| said.contains("STATUS=1 sources configured, 1 read, 0 give nothing")),
        "{heard:?}"
    );
    let pid = rustix::process::Pid::from_child(&daemon.child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("it runs");
    let heard = manager.hear(Duration::from_secs(20), "READY=1");
    let reloading = heard.iter().find(|said| said.contains("RELOADING=1")).expect("it says that it reloads");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert_eq!(count(&heard, "READY=1"), 1, "{heard:?}\n{}", daemon.words());
    daemon.stop();
    assert_eq!(count(&manager.hear(Duration::from_secs(1), "STOPPING"), "STOPPING=1"), 1);
}

/// A timer would go on feeding; progress does not.
#[cfg(feature = "faults")]
#[test]
fn a_thread_that_is_stuck_ends_the_feeding() {
    let site = Site::new("");
    append(&site.log("mail.log"), &mail(1));
    let manager = Manager::new(&site);
    let fault = [("BREACHD_FAULT", "stuck-reader")];
    let environment: Vec<_> = manager.environment().into_iter().chain(fault).collect();
    let mut daemon = site.watch(&environment);
    let line = daemon.wait_for_line("the reader has not got on", Duration::from_secs(20));
    assert!(line.is_some(), "{}", daemon.words());
    manager.hear(Duration::from_millis(100), ""); // what was said before
    let heard = manager.hear(Duration::from_secs(2), "");
    assert_eq!(count(&heard, "WATCHDOG=1"), 0, "{heard:?}");
    assert!(daemon.is_running(), "to end it is the manager's");
}
