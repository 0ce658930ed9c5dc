//! Jobs and policies as they are written on a command line.

use std::str::FromStr;

use crate::{Arrivals, Error, Feedback, High, Job, Policy, Priority};

/// Reads `name:arrival:burst[:priority][:io=EVERY+LASTS][:deadline=TIME]`.
impl FromStr for Job {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::BadJob {
            job: text.to_owned(),
            problem: problem.to_owned(),
        };
        let number = |what: &str, digits: &str| {
            digits.parse::<u64>().map_err(|_| {
                wrong(&format!("{what} is {digits:?}, not a number from 0 to 2^64-1"))
            })
        };
        let mut fields = text.split(':');
        let name = fields.next().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| wrong("it has no name"))?;
        let arrival = fields.next().ok_or_else(|| wrong("its arrival is missing"))?;
        let arrival = number("its arrival", arrival)?;
        let burst = fields.next().ok_or_else(|| wrong("its burst is missing"))?;
        let mut job = Self::new(name, arrival, number("its burst", burst)?);
        for (place, field) in fields.enumerate() {
            job = match field.split_once('=') {
                Some(("deadline", at)) => job.deadline(number("its deadline", at)?),
                Some(("io", io)) => {
                    let (every, lasts) = io
                        .split_once('+')
                        .ok_or_else(|| wrong("its io is written EVERY+LASTS"))?;
                    job.io(
                        number("the time before its io", every)?,
                        number("the time of its io", lasts)?,
                    )
                }
                Some((key, _)) => {
                    return Err(wrong(&format!("{key:?} is neither io nor deadline")));
                }
                None if place == 0 => job.priority(field.parse().map_err(|_| {
                    wrong(&format!("its priority is {field:?}, not a whole number"))
                })?),
                None => return Err(wrong(&format!("{field:?} is one field too many"))),
            };
        }
        Ok(job)
    }
}

/// The policies as they are written: a name, its numbers and its options.
///
/// ```
/// assert!(scheduling::kit::WRITTEN.contains("rr:QUANTUM"));
/// assert!("rr:4:arrivals-last".parse::<scheduling::Policy>().is_ok());
/// ```
pub const WRITTEN: &str = "fcfs, sjf, srtf, hrrn, edf, rr:QUANTUM[:arrivals-last], \
     mlfq:QUANTUM,QUANTUM…[:boost=TIME][:arrivals-last][:alone-stays], \
     priority[:preempt][:large-is-high][:aging=TIME], eevdf:SLICE";

/// Reads a policy as [`WRITTEN`] says.
impl FromStr for Policy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong =
            |problem: String| Error::BadPolicy { policy: text.to_owned(), problem };
        let number = |digits: &str| {
            digits.parse::<u64>().map_err(|_| {
                wrong(format!("{digits:?} is not a number from 0 to 2^64-1"))
            })
        };
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default();
        let mut first = |what: &str| {
            let missing = || wrong(format!("{what} missing; known: {WRITTEN}"));
            words.next().ok_or_else(missing)
        };
        let mut policy = match name {
            "fcfs" => Self::FirstComeFirstServed,
            "sjf" => Self::ShortestJobFirst,
            "srtf" => Self::ShortestRemainingFirst,
            "hrrn" => Self::HighestResponseRatio,
            "edf" => Self::EarliestDeadlineFirst,
            "rr" => Self::round_robin(number(first("its quantum is")?)?),
            "mlfq" => {
                let quanta: Result<Vec<u64>, _> =
                    first("its quanta are")?.split(',').map(number).collect();
                Self::MultilevelFeedback(Feedback::new(quanta?))
            }
            "priority" => Self::Priority(Priority {
                high: High::Small,
                preempt: false,
                aging: None,
            }),
            "eevdf" => Self::Eevdf { slice: number(first("its slice is")?)? },
            _ => {
                return Err(wrong(format!(
                    "there is no such policy; known: {WRITTEN}"
                )));
            }
        };
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match (&mut policy, key) {
                (
                    Self::RoundRobin { arrivals, .. }
                    | Self::MultilevelFeedback(Feedback { arrivals, .. }),
                    "arrivals-last",
                ) => *arrivals = Arrivals::Last,
                (Self::MultilevelFeedback(settings), "alone-stays") => {
                    settings.demote_alone = false;
                }
                (Self::MultilevelFeedback(settings), "boost") => {
                    settings.boost = Some(number(value)?);
                }
                (Self::Priority(settings), "preempt") => settings.preempt = true,
                (Self::Priority(settings), "large-is-high") => {
                    settings.high = High::Large;
                }
                (Self::Priority(settings), "aging") => {
                    settings.aging = Some(number(value)?);
                }
                _ => return Err(wrong(format!("{word:?} is no option of {name}"))),
            }
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_job_is_named_with_its_fault() {
        for (text, problem) in [
            ("", "it has no name"),
            (":0:5", "it has no name"),
            ("a", "its arrival is missing"),
            ("a:x:5", "its arrival is \"x\", not a number from 0 to 2^64-1"),
            ("a:-1:5", "its arrival is \"-1\", not a number from 0 to 2^64-1"),
            ("a:0", "its burst is missing"),
            ("a:0:1.5", "its burst is \"1.5\", not a number from 0 to 2^64-1"),
            ("a:0:5:high", "its priority is \"high\", not a whole number"),
            ("a:0:5:1:2", "\"2\" is one field too many"),
            ("a:0:5:io=2", "its io is written EVERY+LASTS"),
            (
                "a:0:5:io=2+",
                "the time of its io is \"\", not a number from 0 to 2^64-1",
            ),
            ("a:0:5:size=2", "\"size\" is neither io nor deadline"),
        ] {
            let error = text.parse::<Job>().expect_err(text).to_string();
            assert_eq!(error, format!("job {text:?}: {problem}"));
        }
    }

    #[test]
    fn a_policy_is_read_with_its_options() {
        let read = |text: &str| text.parse::<Policy>();
        let last = Arrivals::Last;
        let round_robin = Policy::RoundRobin { quantum: 4, arrivals: last };
        assert_eq!(read("rr:4:arrivals-last"), Ok(round_robin));
        let feedback = Feedback {
            quanta: vec![1, 2],
            boost: Some(50),
            arrivals: last,
            demote_alone: false,
        };
        let text = "mlfq:1,2:alone-stays:boost=50:arrivals-last";
        assert_eq!(read(text), Ok(Policy::MultilevelFeedback(feedback)));
        let settings = Priority { high: High::Large, preempt: true, aging: Some(5) };
        let text = "priority:aging=5:preempt:large-is-high";
        assert_eq!(read(text), Ok(Policy::Priority(settings)));
    }

    #[test]
    fn a_bad_policy_is_named_with_its_fault() {
        for (text, problem) in [
            ("lottery", "there is no such policy; known: fcfs"),
            ("rr", "its quantum is missing; known: fcfs"),
            ("rr:x", "\"x\" is not a number from 0 to 2^64-1"),
            ("mlfq:1,", "\"\" is not a number from 0 to 2^64-1"),
            ("eevdf", "its slice is missing; known: fcfs"),
            ("fcfs:4", "\"4\" is no option of fcfs"),
            ("rr:4:boost=3", "\"boost=3\" is no option of rr"),
        ] {
            let error = text.parse::<Policy>().expect_err(text).to_string();
            let expected = format!("policy {text:?}: {problem}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
