//! Tables of what the scenes cost in Python and in Rust, as `cargo xtask twin --record`
//! has kept it.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::print::summary::Summary;
use crate::print::units::{bytes, nanoseconds, ratio};
use crate::programs::Program;
use crate::twin::figures::{Cost, Figure, Figures};

/// The table of a topic, and beneath it where and how it was measured. Its scenes are
/// linked to their places in the chapter.
pub fn of_topic(figures: &Figures, program: &Program, chapter: &str) -> Result<String> {
    let topic = &program.topic.name;
    let scenes = program.scenes.iter().filter_map(|scene| {
        Some((scene.name.as_str(), figures.of(topic, &scene.name)?))
    });
    let scenes: Vec<_> = scenes.collect();
    ensure!(
        !scenes.is_empty(),
        "nothing has been measured: cargo xtask twin {topic} --record"
    );
    let rows: String =
        scenes.iter().map(|(scene, figure)| row(chapter, scene, figure)).collect();
    Ok(format!(
        "{HEAD}{rows}</tbody></table>\n</div>\n\n{}\n",
        beneath(topic, scenes.iter().map(|(_, figure)| *figure))
    ))
}

const HEAD: &str = "<div class=\"table-wrapper measured\">\n<table>\n<thead>\n\
    <tr><th rowspan=\"2\" scope=\"col\">scene</th>\
    <th colspan=\"3\" scope=\"colgroup\">time</th>\
    <th colspan=\"3\" scope=\"colgroup\">CPU time</th>\
    <th colspan=\"3\" scope=\"colgroup\">memory</th></tr>\n\
    <tr><th>Python</th><th>Rust</th><th>ratio</th>\
    <th>Python</th><th>Rust</th><th>ratio</th>\
    <th>Python</th><th>Rust</th><th>ratio</th></tr>\n</thead><tbody>\n";

fn row(chapter: &str, scene: &str, Figure { measured, .. }: &Figure) -> String {
    let seconds = |seconds: f64| nanoseconds(seconds * 1e9);
    let by = &measured.ratio;
    let chapter = chapter.replace(".md", ".html");
    let mut cells =
        format!("<tr><th scope=\"row\"><a href=\"{chapter}#{scene}\">{scene}</a></th>");
    let mut group =
        |of: &dyn Fn(&Cost) -> Summary, write: &dyn Fn(f64) -> String, by: f64| {
            for cost in [&measured.python, &measured.rust] {
                let Summary { median, least, most } = of(cost);
                // Writing to a string never fails.
                let _ = write!(
                    cells,
                    "<td>{}<br><small>{} – {}</small></td>",
                    write(median),
                    write(least),
                    write(most)
                );
            }
            let _ = write!(cells, "<td>{}</td>", ratio(by));
        };
    group(&|cost| cost.wall_s, &seconds, by.wall);
    group(&|cost| cost.cpu_s, &seconds, by.cpu);
    group(&|cost| cost.peak_bytes, &bytes, by.peak);
    cells + "</tr>\n"
}

/// Where, when and how: a line for each setting in which scenes were measured.
fn beneath<'a>(topic: &str, figures: impl Iterator<Item = &'a Figure>) -> String {
    let mut settings: Vec<String> = figures
        .map(|Figure { setting, measured, .. }| {
            format!("{} rounds, {}", measured.rounds, setting.in_a_line())
        })
        .collect();
    settings.dedup();
    format!(
        "<small>Medians and, beneath them, ranges of {}. Time is that from a program's \
         start to its end; CPU time is that of all its processes; memory is the peak \
         of the largest. `cargo xtask twin {topic}` measures it again.</small>",
        settings.join("; ")
    )
}
