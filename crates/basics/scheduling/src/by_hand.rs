//! `run`: the simulator for jobs of one's own.

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command};
use scheduling::kit::WRITTEN;
use scheduling::{Job, Metrics, Policy};
use serde_json::json;
use shared::{Result, line};

const POLICY: &str = "POLICY";
const JOBS: &str = "JOB";
const JSON: &str = "json";

/// The command line: `run --policy rr:4 a:0:5 b:2:3`.
pub fn command() -> Command {
    Command::new("run")
        .about("Schedule jobs of your own, and draw the chart")
        .arg(
            Arg::new(POLICY)
                .long("policy")
                .help(format!("The policy: {WRITTEN}"))
                .default_value("fcfs"),
        )
        .arg(
            Arg::new(JSON)
                .long(JSON)
                .help("Print the slices and the times as JSON")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new(JOBS)
                .help(
                    "The jobs: NAME:ARRIVAL:BURST[:PRIORITY][:io=EVERY+LASTS]\
                     [:deadline=TIME]; for eevdf the priority is the nice value",
                )
                .required(true)
                .num_args(1..),
        )
        .after_help(
            "Example:\n  cargo run -p scheduling -- run --policy rr:4 a:0:5 b:2:3",
        )
}

/// Schedules the jobs.
pub fn run(matches: &ArgMatches) -> Result {
    let policy: &String = matches.get_one(POLICY).context("no policy")?;
    let policy: Policy = policy.parse()?;
    let jobs = matches.get_many::<String>(JOBS).unwrap_or_default();
    let jobs: Vec<Job> = jobs.map(|job| job.parse()).collect::<Result<_, _>>()?;
    let schedule = policy.schedule(&jobs)?;

    if matches.get_flag(JSON) {
        let slices = schedule.slices.iter().map(|slice| {
            json!({
                "job": jobs[slice.job].name,
                "begin": slice.begin,
                "end": slice.end,
                "why": slice.why,
            })
        });
        let waits = schedule.io.iter().map(|wait| {
            json!({
                "job": jobs[wait.job].name,
                "begin": wait.begin,
                "end": wait.end,
            })
        });
        let times = schedule.jobs.iter().map(|job| {
            json!({
                "name": job.name,
                "arrival": job.arrival,
                "burst": job.burst,
                "io": job.io,
                "start": job.start,
                "end": job.end,
                "turnaround": job.turnaround(),
                "waiting": job.waiting(),
                "response": job.response(),
                "deadline": job.deadline,
                "late": job.is_late(),
            })
        });
        let all = json!({
            "policy": policy.to_string(),
            "slices": slices.collect::<Vec<_>>(),
            "io": waits.collect::<Vec<_>>(),
            "jobs": times.collect::<Vec<_>>(),
            "means": {
                "turnaround": schedule.mean(Metrics::turnaround),
                "waiting": schedule.mean(Metrics::waiting),
                "response": schedule.mean(Metrics::response),
            },
            "switches": schedule.switches(),
        });
        line::write(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }

    line::write(&policy.to_string());
    for line in schedule.chart().iter().chain(&schedule.table()) {
        line::write(line);
    }
    for slice in &schedule.slices {
        let name = &jobs[slice.job].name;
        line::write(&format!("{}–{} {name}: {}", slice.begin, slice.end, slice.why));
    }
    Ok(())
}
