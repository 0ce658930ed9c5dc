//! The topics of the workspace, found through cargo.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;

/// The workspace, and the topics in it.
#[derive(Debug)]
pub struct Workspace {
    /// The workspace's folder.
    pub root: PathBuf,
    /// The folder in which cargo builds.
    pub target: PathBuf,
    /// The folder whose members are topics.
    pub crates: PathBuf,
    /// The names of all packages in the workspace.
    pub packages: Vec<String>,
    /// The folders of all packages in the workspace.
    pub folders: Vec<PathBuf>,
    /// The topics, by name.
    pub topics: Vec<Topic>,
}

/// A topic's crate.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name, which is its package's.
    pub name: String,
    /// The folder between the topics' folder and its own: `threads`. Empty if there is
    /// none.
    pub group: String,
    /// Its own folder.
    pub folder: PathBuf,
}

/// A request for something that is not there; the runner's exit code is then 2.
#[derive(Debug)]
pub struct Unknown(pub String);

/// How much alike two names are, from 0 to 1, where one may be meant for the other.
const ALIKE: f64 = 0.8;

impl Unknown {
    /// `no scene aples in shop`, where ` in shop` is the place: with the known name
    /// that is nearest, or with all of them where none is near.
    pub fn of(what: &str, name: &str, place: &str, known: &[&str]) -> Self {
        let alike = |known: &str| strsim::jaro_winkler(name, known);
        let nearest =
            known.iter().max_by(|one, other| alike(one).total_cmp(&alike(other)));
        Self(match nearest.filter(|nearest| alike(nearest) >= ALIKE) {
            Some(nearest) => {
                format!("no {what} {name}{place}; did you mean {nearest}?")
            }
            None => {
                format!("no {what} {name}{place}; there are: {}", known.join(", "))
            }
        })
    }
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unknown {}

/// The topics asked for, and of each the scenes; no scene means all.
pub type Asked = BTreeMap<String, Vec<String>>;

impl Workspace {
    /// Finds the workspace around the current folder; its topics are the members below
    /// `crates`.
    pub fn find(crates: &Path) -> Result<Self> {
        let metadata =
            MetadataCommand::new().no_deps().exec().context("cargo metadata")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let target = metadata.target_directory.clone().into_std_path_buf();
        let crates = root.join(crates);
        let (mut packages, mut folders, mut topics) =
            (Vec::new(), Vec::new(), Vec::new());
        for package in metadata.workspace_packages() {
            packages.push(package.name.to_string());
            let Some(folder) = package.manifest_path.parent() else { continue };
            folders.push(folder.as_std_path().to_owned());
            let Ok(below) = folder.as_std_path().strip_prefix(&crates) else {
                continue;
            };
            let group =
                below.parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
            let name = package.name.to_string();
            topics.push(Topic { name, group, folder: folder.as_std_path().to_owned() });
        }
        topics.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { root, target, crates, packages, folders, topics })
    }

    /// Reads `TOPIC` and `TOPIC/SCENE`; without any, all topics are meant.
    pub fn asked(&self, wanted: &[String]) -> Result<Asked> {
        let mut asked = Asked::new();
        for one in wanted {
            let (topic, scene) = one
                .split_once('/')
                .map_or((one.as_str(), None), |(it, scene)| (it, Some(scene)));
            if !self.topics.iter().any(|it| it.name == topic) {
                let known: Vec<&str> =
                    self.topics.iter().map(|it| it.name.as_str()).collect();
                return Err(Unknown::of("topic", topic, "", &known).into());
            }
            let scenes = asked.get(topic).cloned();
            let scenes = match (scenes, scene) {
                // The whole topic, now or before, includes each of its scenes.
                (_, None) => Vec::new(),
                (Some(scenes), Some(_)) if scenes.is_empty() => scenes,
                (scenes, Some(scene)) => {
                    let mut scenes = scenes.unwrap_or_default();
                    scenes.push(scene.to_owned());
                    scenes
                }
            };
            asked.insert(topic.to_owned(), scenes);
        }
        if wanted.is_empty() {
            asked.extend(
                self.topics.iter().map(|topic| (topic.name.clone(), Vec::new())),
            );
        }
        Ok(asked)
    }

    /// A path as a reader of the workspace writes it: relative to its folder.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let topic = |name: &str| Topic {
            name: name.into(),
            group: String::new(),
            folder: PathBuf::new(),
        };
        Workspace {
            root: PathBuf::from("/workspace"),
            target: PathBuf::from("/workspace/target"),
            crates: PathBuf::from("/workspace/crates"),
            packages: Vec::new(),
            folders: Vec::new(),
            topics: vec![topic("apples"), topic("pears")],
        }
    }

    fn asked(wanted: &[&str]) -> Result<Vec<(String, Vec<String>)>> {
        let wanted: Vec<String> = wanted.iter().map(|&it| it.to_owned()).collect();
        Ok(workspace().asked(&wanted)?.into_iter().collect())
    }

    #[test]
    fn a_topic_means_all_its_scenes() {
        let all = |name: &str| (name.to_owned(), vec![]);
        assert_eq!(asked(&[]).expect("all"), [all("apples"), all("pears")]);
        assert_eq!(asked(&["pears"]).expect("one"), [all("pears")]);
        assert_eq!(asked(&["pears/eat", "pears"]).expect("the whole"), [all("pears")]);
        assert_eq!(asked(&["pears", "pears/eat"]).expect("the whole"), [all("pears")]);
        let some = ("pears".to_owned(), vec!["eat".to_owned(), "grow".to_owned()]);
        assert_eq!(asked(&["pears/eat", "pears/grow"]).expect("two scenes"), [some]);
    }

    #[test]
    fn an_unknown_topic_is_an_error_that_lists_the_known_ones() {
        let error = asked(&["plums/eat"]).expect_err("no plums");
        assert_eq!(error.to_string(), "no topic plums; there are: apples, pears");
        assert!(error.is::<Unknown>());
        let error = asked(&["aples"]).expect_err("a letter is missing");
        assert_eq!(error.to_string(), "no topic aples; did you mean apples?");
    }
}
