//! What a trace tells: who lived when, what each did, and what passed between them.

use std::collections::HashMap;

use shared::trace::{Kind, Record};

/// The story of one run. Times are nanoseconds since it began.
#[derive(Debug, Default)]
pub struct Story {
    /// Processes in the order of their starts, each followed by its coroutines and
    /// threads in the order of theirs.
    pub lanes: Vec<Lane>,
    /// What passed from one lane to another, in the order of time.
    pub links: Vec<Link>,
    /// The lines of the run, in the order of time.
    pub steps: Vec<Step>,
    /// When the last thing happened.
    pub end: i64,
    /// How many nanoseconds a second of the notes lasted, if the scene asked for that
    /// at all.
    pub note_second: Option<f64>,
    /// How many nanoseconds stand for a step, if steps are what counts.
    pub step: Option<i64>,
}

/// A process, a thread or a coroutine.
#[derive(Debug, Clone)]
pub struct Lane {
    pub name: String,
    pub who: Who,
    /// 0 is a process; what runs within it stands indented below it.
    pub level: usize,
    pub begin: i64,
    /// Until when it lived, as far as is known.
    pub end: i64,
    /// How it ended, as far as the trace tells.
    pub ending: Option<Ending>,
    /// In the order of time.
    pub marks: Vec<Mark>,
    pub bars: Vec<Bar>,
}

impl Lane {
    /// A lane of which nothing is known yet but that it is there.
    pub fn born(name: String, who: Who, at: i64) -> Self {
        Self {
            name,
            who,
            level: 0,
            begin: at,
            end: at,
            ending: None,
            marks: Vec::new(),
            bars: Vec::new(),
        }
    }
}

/// Who a lane is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    Process(i32),
    Thread(i32, i32),
    Coroutine(i32, String),
}

/// How a lane ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// `ended well`, `killed by SIGTERM`.
    pub how: String,
    /// When its parent took note of it: until then a process that has left is a zombie.
    pub reaped: Option<i64>,
}

impl Ending {
    pub fn is_good(&self) -> bool {
        matches!(self.how.as_str(), "ended well" | "ended")
    }
}

/// Something that happened at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub at: i64,
    pub sign: Sign,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Line,
    Claim,
    Broken,
    Signal,
}

/// A line of the run: what a lane said or claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub at: i64,
    /// The number of the lane.
    pub lane: usize,
    pub sign: Sign,
    pub text: String,
    /// The place in the source that printed it.
    pub file: String,
    pub line: u32,
}

/// Something that lasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub from: i64,
    pub to: i64,
    pub dress: Dress,
    pub text: String,
    /// How many other bars it lies in.
    pub depth: usize,
    pub open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    Work,
    Wait,
    Sleep,
}

/// Something that passed from one lane to another, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub at: i64,
    pub from: usize,
    pub to: usize,
    pub is_birth: bool,
}

impl Story {
    /// Puts the records together, in whatever order they come.
    pub fn of(records: &[Record]) -> Self {
        let mut records: Vec<&Record> = records.iter().collect();
        records.sort_by_key(|record| record.ns);
        let Some(first) = records.first() else { return Self::default() };
        let mut teller = Teller { begin: first.ns, ..Teller::default() };
        for record in &records {
            teller.tell(record);
        }
        teller.end()
    }

    /// How many marks of that kind there are.
    pub fn count(&self, sign: Sign) -> usize {
        self.lanes
            .iter()
            .flat_map(|lane| &lane.marks)
            .filter(|mark| mark.sign == sign)
            .count()
    }
}

#[derive(Default)]
struct Teller {
    begin: i64,
    lanes: Vec<Lane>,
    /// The thread that first ran a coroutine, by the coroutine's lane.
    runs_on: HashMap<usize, i32>,
    by_who: HashMap<Who, usize>,
    links: Vec<Link>,
    steps: Vec<Step>,
    end: i64,
    note_second: Option<f64>,
}

impl Teller {
    fn tell(&mut self, record: &Record) {
        let at = record.ns - self.begin;
        self.end = self.end.max(at);
        let who = match (record.coroutine, record.tid == record.pid) {
            (true, _) => Who::Coroutine(record.pid, record.lane.clone()),
            (false, true) => Who::Process(record.pid),
            (false, false) => Who::Thread(record.pid, record.tid),
        };
        let lane = self.lane(who, &record.lane, at);
        if record.coroutine {
            self.runs_on.entry(lane).or_insert(record.tid);
        }
        if !matches!(record.kind, Kind::Death { .. }) {
            self.close_sleep(lane, at);
            self.lanes[lane].end = at;
        }
        match &record.kind {
            Kind::Say { text, file, line: number } => {
                let (text, file) = (text.clone(), file.clone());
                let sign = Sign::Line;
                self.step(Step { at, lane, sign, text, file, line: *number });
            }
            Kind::Claim { held, text, file, line: number, .. } => {
                let (text, file) = (text.clone(), file.clone());
                let sign = if *held { Sign::Claim } else { Sign::Broken };
                self.step(Step { at, lane, sign, text, file, line: *number });
            }
            Kind::Sleep { ns } => {
                self.open(lane, at, Dress::Sleep, "");
                if let Some(bar) = self.lanes[lane].bars.last_mut() {
                    bar.to = at.saturating_add_unsigned(*ns);
                }
            }
            Kind::Begin { text } => self.open(lane, at, Dress::Work, text),
            Kind::Wait { text } => self.open(lane, at, Dress::Wait, text),
            Kind::End { text } => self.close(lane, at, text),
            Kind::Pace { seconds } => self.note_second = Some(seconds * 1e9),
            Kind::Birth { name, parent } => self.birth(lane, at, name, *parent),
            Kind::Exit { how } => {
                self.lanes[lane].ending =
                    Some(Ending { how: how.clone(), reaped: None });
            }
            Kind::Death { name, pid, how } => self.death(at, name, *pid, how),
            Kind::Signal { signal, to, pid } => {
                let to = self.lane(Who::Process(*pid), to, at);
                self.signal(signal, lane, to, at);
            }
        }
    }

    fn step(&mut self, step: Step) {
        self.mark(step.lane, step.at, step.sign, &step.text);
        self.steps.push(step);
    }

    fn mark(&mut self, lane: usize, at: i64, sign: Sign, text: &str) {
        self.lanes[lane].marks.push(Mark { at, sign, text: text.to_owned() });
    }

    /// The number of a lane, which is new at its first event.
    fn lane(&mut self, who: Who, name: &str, at: i64) -> usize {
        *self.by_who.entry(who.clone()).or_insert_with(|| {
            self.lanes.push(Lane::born(name.to_owned(), who, at));
            self.lanes.len() - 1
        })
    }

    fn open(&mut self, lane: usize, at: i64, dress: Dress, text: &str) {
        let bars = &mut self.lanes[lane].bars;
        let depth = bars.iter().filter(|bar| bar.open).count();
        bars.push(Bar {
            from: at,
            to: at,
            dress,
            text: text.to_owned(),
            depth,
            open: true,
        });
    }

    /// Ends the innermost span of that text. A guard may be dropped elsewhere than
    /// where it was made, so if this lane has none, the span is looked for in the
    /// others.
    fn close(&mut self, lane: usize, at: i64, text: &str) {
        let fits =
            |bar: &&mut Bar| bar.open && bar.dress != Dress::Sleep && bar.text == text;
        let others = (0..self.lanes.len()).filter(|&other| other != lane);
        for lane in std::iter::once(lane).chain(others) {
            if let Some(bar) = self.lanes[lane].bars.iter_mut().rev().find(fits) {
                (bar.to, bar.open) = (at, false);
                return;
            }
        }
    }

    /// A lane that does something no longer sleeps.
    fn close_sleep(&mut self, lane: usize, at: i64) {
        for bar in self.lanes[lane]
            .bars
            .iter_mut()
            .filter(|bar| bar.open && bar.dress == Dress::Sleep)
        {
            (bar.to, bar.open) = (bar.to.min(at), false);
        }
    }

    fn birth(&mut self, lane: usize, at: i64, name: &str, parent: Option<i32>) {
        name.clone_into(&mut self.lanes[lane].name);
        let parent = parent.and_then(|parent| self.by_who.get(&Who::Process(parent)));
        if let Some(&from) = parent {
            self.links.push(Link { at, from, to: lane, is_birth: true });
        }
    }

    fn death(&mut self, at: i64, name: &str, pid: i32, how: &str) {
        let lane = self.lane(Who::Process(pid), name, at);
        let lane = &mut self.lanes[lane];
        if lane.ending.is_none() {
            lane.end = at;
        }
        lane.ending = Some(Ending { how: how.to_owned(), reaped: Some(at) });
    }

    fn signal(&mut self, signal: &str, from: usize, to: usize, at: i64) {
        let text = format!("{signal} from {}", self.lanes[from].name);
        self.mark(to, at, Sign::Signal, &text);
        if from != to {
            self.links.push(Link { at, from, to, is_birth: false });
        }
    }

    /// Closes what is open, and puts the lanes in order.
    fn end(mut self) -> Story {
        for lane in &mut self.lanes {
            let ended = lane.ending.is_some();
            for bar in lane.bars.iter_mut().filter(|bar| bar.open) {
                // A sleep goes on to its end, unless death comes first; a span that
                // never ended does so with its lane.
                bar.to = match (bar.dress, ended) {
                    (Dress::Sleep, false) => bar.to,
                    (Dress::Sleep, true) => bar.to.min(lane.end),
                    _ => lane.end,
                };
                bar.to = bar.to.max(bar.from);
                lane.end = lane.end.max(bar.to);
            }
            self.end = self.end.max(lane.end);
        }
        let order = self.order();
        let mut place = vec![0; order.len()];
        for (new, &(old, level)) in order.iter().enumerate() {
            place[old] = new;
            self.lanes[old].level = level;
        }
        for link in &mut self.links {
            (link.from, link.to) = (place[link.from], place[link.to]);
        }
        for step in &mut self.steps {
            step.lane = place[step.lane];
        }
        let lanes = order.iter().map(|&(old, _)| self.lanes[old].clone()).collect();
        let Self { links, steps, end, note_second, .. } = self;
        Story { lanes, links, steps, end, note_second, step: None }
    }

    /// The numbers of the lanes and their levels, in the order in which they stand in
    /// the picture.
    ///
    /// A lane's first event comes when the scheduler lets it, but the kernel has
    /// numbered processes and threads in the order in which they were started, only
    /// that it begins anew after its last number.
    fn order(&self) -> Vec<(usize, usize)> {
        let first = self.lanes.first().map_or(0, |lane| lane.who.pid());
        let mut pids: Vec<i32> = self.lanes.iter().map(|lane| lane.who.pid()).collect();
        pids.sort_unstable_by_key(|&pid| (pid < first, pid));
        pids.dedup();
        let mut order = Vec::new();
        for pid in pids {
            order.extend(self.by_who.get(&Who::Process(pid)).map(|&lane| (lane, 0)));
            let numbered = self.lanes.iter().enumerate();
            let mut inside: Vec<_> =
                numbered.filter(|(_, lane)| lane.who.pid() == pid).collect();
            inside.sort_by_key(|(_, lane)| match lane.who {
                Who::Thread(_, tid) => (tid < pid, tid),
                Who::Process(_) | Who::Coroutine(..) => (false, 0),
            });
            for (number, lane) in inside {
                let home = self.runs_on.get(&number).copied();
                match (&lane.who, home) {
                    (Who::Thread(_, tid), _) => {
                        order.push((number, 1));
                        let guests =
                            self.runs_on.iter().filter(|(_, home)| **home == *tid);
                        let mut guests: Vec<usize> =
                            guests.map(|(&guest, _)| guest).collect();
                        guests.sort_unstable();
                        order.extend(guests.into_iter().map(|guest| (guest, 2)));
                    }
                    (Who::Coroutine(pid, _), Some(tid))
                        if !self.by_who.contains_key(&Who::Thread(*pid, tid)) =>
                    {
                        order.push((number, 1));
                    }
                    _ => {}
                }
            }
        }
        order
    }
}

impl Who {
    pub fn pid(&self) -> i32 {
        match self {
            Self::Process(pid) | Self::Thread(pid, _) | Self::Coroutine(pid, _) => *pid,
        }
    }
}
