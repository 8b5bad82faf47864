use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Act {
    /// Lines, the last of them in two writes if `split`.
    Append {
        lines: usize,
        split: bool,
    },
    /// Finishes the line and renames, shifting all the siblings.
    Rotate,
    /// Finishes the line, copies the file and empties it.
    CopyTruncate,
    /// Compresses the newest plain sibling.
    Compress,
    Rescan,
    Read(usize),
    /// Stops without having committed the last chunks.
    Restart {
        lost: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..60usize, any::<bool>()).prop_map(|(lines, split)| Act::Append { lines, split }),
        2 => Just(Act::Rotate),
        2 => Just(Act::Compress),
        3 => Just(Act::Rescan),
        3 => (1..9usize).prop_map(Act::Read),
        2 => (0..6usize).prop_map(|lost| Act::Restart { lost }),
    ]
}

struct World {
    site: Site,
    tail: Tail,
    quiet: Duration,
    uncommitted: Vec<Chunk>,
    committed: String,
    written: u32,
    is_split: bool,
}

impl World {
    fn new(quiet: Duration) -> Self {
        let site = Site::new(Start::All);
        let tail = site.tail().quiet(quiet);
        Self {
            site,
            tail,
            quiet,
            uncommitted: Vec::new(),
            committed: String::new(),
            written: 0,
            is_split: false,
        }
    }

    fn finish_line(&mut self) {
        if std::mem::take(&mut self.is_split) {
            self.site.append("a.log", "written later\n");
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Append { lines, split } => {
                self.finish_line();
                for _ in 0..lines {
                    self.site.append("a.log", &format!("line {:06} of a log\n", self.written));
                    self.written += 1;
                }
                if split {
                    self.site.append("a.log", &format!("line {:06} ", self.written));
                    self.written += 1;
                    self.is_split = true;
                }
            }
            Act::Rotate => self.rotate(false),
            Act::CopyTruncate => self.rotate(true),
            Act::Compress => {
                let plain = (1..40).find(|n| self.site.path(&format!("a.log.{n}")).exists());
                if let Some(n) = plain {
                    self.site.compress(&format!("a.log.{n}"));
                }
            }
            Act::Rescan => {
                self.tail.rescan();
            }
            Act::Read(chunks) => {
                for _ in 0..chunks {
                    let Some(chunk) = self.tail.read(300, false).unwrap() else { break };
                    self.uncommitted.push(chunk);
                }
            }
            Act::Restart { lost } => {
                self.uncommitted.truncate(self.uncommitted.len().saturating_sub(lost));
                self.commit();
                self.tail = self.site.tail().quiet(self.quiet);
            }
        }
    }

    fn rotate(&mut self, by_copy: bool) {
        self.finish_line();
        if !self.site.path("a.log").exists() {
            return;
        }
        for n in (1..40).rev() {
            for end in ["", ".gz"] {
                let name = format!("a.log.{n}{end}");
                if self.site.path(&name).exists() {
                    self.site.rename(&name, &format!("a.log.{}{end}", n + 1));
                }
            }
        }
        if by_copy {
            fs::copy(self.site.path("a.log"), self.site.path("a.log.1")).unwrap();
            self.site.write("a.log", "");
        } else {
            self.site.rename("a.log", "a.log.1");
            self.site.append("a.log", "");
        }
    }

    fn commit(&mut self) {
        for chunk in std::mem::take(&mut self.uncommitted) {
            self.site.commit(&chunk);
            self.committed += std::str::from_utf8(&chunk.bytes).unwrap();
        }
    }

    fn end(mut self) -> (Vec<String>, u32) {
        self.finish_line();
        for _ in 0..2 {
            self.act(Act::Rescan);
            self.act(Act::Read(usize::MAX));
        }
        self.commit();
        (self.committed.lines().map(|line| line[5..11].to_owned()).collect(), self.written)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_line_is_committed_exactly_once(acts in prop::collection::vec(act(), 1..40), is_hasty in any::<bool>()) {
        let mut world = World::new(if is_hasty { Duration::ZERO } else { QUIET });
        for act in acts {
            world.act(act);
        }
        let (mut lines, written) = world.end();
        lines.sort();
        let expected: Vec<_> = (0..written).map(|n| format!("{n:06}")).collect();
        prop_assert_eq!(lines, expected);
    }

    #[test]
    fn no_line_is_lost_when_files_are_copied_and_truncated_too(
        acts in prop::collection::vec(prop_oneof![4 => act(), 1 => Just(Act::CopyTruncate)], 1..40),
        is_hasty in any::<bool>(),
    ) {
        let mut world = World::new(if is_hasty { Duration::ZERO } else { QUIET });
        for act in acts {
            world.act(act);
        }
        let (mut lines, written) = world.end();
        lines.sort();
        lines.dedup();
        let expected: Vec<_> = (0..written).map(|n| format!("{n:06}")).collect();
        prop_assert_eq!(lines, expected);
    }
}
