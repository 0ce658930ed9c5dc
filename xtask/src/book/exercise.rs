//! "Break it": the breaks of a scene that teach something, each as an exercise: the
//! change first, folded, and then what happens.

use anyhow::{Context as _, Result, bail};
use shared::SceneDescription;

use super::markdown::{fenced, read};
use super::place::Place;
use crate::breaks::catalog::{self, Break, Expected};
use crate::breaks::change::Change;
use crate::programs::Program;

/// The breaks of a scene that have a lesson, in the order of `breaks.toml`.
pub fn breaks(
    place: &Place<'_>,
    program: &Program,
    scene: &SceneDescription,
) -> Result<String> {
    let workspace = place.shelf.workspace;
    let topic = &program.topic;
    let breaks = catalog::read(workspace, &topic.name, &topic.folder)?;
    let mut exercises = String::new();
    for one in breaks.iter().filter(|one| one.scene == scene.name) {
        let Some(lesson) = &one.lesson else { continue };
        let text = read(&workspace.root.join(&one.file))?;
        let change = Change::of(&text, &one.find, &one.replace)
            .with_context(|| format!("the break {}", one.title()))?;
        exercises += &exercise(one, &change, lesson);
    }
    if exercises.is_empty() {
        bail!("no break of {} has a lesson", scene.name);
    }
    Ok(exercises)
}

fn exercise(one: &Break, change: &Change, lesson: &str) -> String {
    let diff = fenced("diff", &change.diff());
    let file = one.file.display();
    let happens = match &one.expected {
        Expected::Broken(claims) => {
            let claims: Vec<String> =
                claims.iter().map(|claim| format!("✗ {claim}")).collect();
            fenced("text", &claims.join("\n"))
        }
        Expected::Refused(code) => {
            let link = format!("https://doc.rust-lang.org/error_codes/{code}.html");
            format!("The compiler refuses it: [error {code}]({link}).\n")
        }
        Expected::Late => "The scene does not end.\n".to_owned(),
    };
    let command = format!("cargo xtask break {} --show", one.title());
    let command = fenced("sh", &command);
    format!(
        "<details class=\"break\">\n<summary>Break it: {about}</summary>\n\n\
         <figure>\n<figcaption><code>{file}</code></figcaption>\n\n{diff}\n\
         </figure>\n\n<details>\n\
         <summary>Which claim goes red, or what happens instead?</summary>\n\n\
         {happens}\n{lesson}\n\n{command}\n</details>\n\n</details>\n\n",
        about = one.about,
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_change_comes_first_and_the_answer_is_folded() {
        let one = Break {
            topic: "queue".into(),
            scene: "apples".into(),
            name: "no-join".into(),
            about: "The producer does not wait.".into(),
            file: PathBuf::from("src/lib.rs"),
            find: "join();".into(),
            replace: String::new(),
            expected: Expected::Broken(vec!["{n} apples are eaten".into()]),
            plays: 1,
            lesson: Some("The producer ends first.".into()),
        };
        let change = Change::of("a\njoin();\nb\n", &one.find, "").expect("once");
        let shown = exercise(&one, &change, "The producer ends first.");
        let places = [
            "Break it: The producer does not wait.",
            "src/lib.rs",
            "```diff\n  a\n- join();\n  b\n```",
            "<summary>Which claim",
            "✗ {n} apples are eaten",
            "The producer ends first.",
            "cargo xtask break queue/apples/no-join --show",
        ]
        .map(|part| shown.find(part).unwrap_or_else(|| panic!("{part}\n{shown}")));
        assert!(places.is_sorted(), "{shown}");
    }
}
