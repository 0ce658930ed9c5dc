//! Imports never form a circle between the modules of a crate.
//!
//! A module is a file. It imports another if it names an item that the other defines,
//! by `use` or by a path; a re-export is followed to the definition. Neither the `mod`
//! line that declares a file nor a re-export is an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Item, UseTree, Visibility};
use tests::root;

use crate::tree::{none, sources};

#[test]
fn imports_never_form_a_circle() {
    let mut faults = Vec::new();
    let mut imports = 0;
    for source in sources(&["rs"]) {
        let is_root =
            source.path.ends_with("src/lib.rs") || source.path.ends_with("src/main.rs");
        if is_root {
            let krate = Crate::read(&root().join(&source.path));
            let graph = krate.imports();
            imports += graph.values().map(BTreeSet::len).sum::<usize>();
            faults.extend(circles(&graph));
        }
    }
    assert!(imports > 100, "only {imports} imports are found");
    none(&faults, "imports form no circle");
}

#[test]
fn a_circle_is_found_and_a_re_export_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
    };
    write("lib.rs", "mod a; mod b; mod error; pub use error::Error;");
    write("error.rs", "pub struct Error;");
    write("a.rs", "use crate::{b, Error}; pub fn f() -> Error { b::g() }");
    write("b.rs", "use crate::Error; pub fn g() -> Error { Error }");
    let graph = || Crate::read(&folder.path().join("lib.rs")).imports();
    let names = |graph: &Graph| -> Vec<String> {
        let name =
            |file: &Path| file.file_stem().unwrap().to_string_lossy().into_owned();
        let edges =
            graph.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
        edges.map(|(from, to)| format!("{} {}", name(from), name(to))).collect()
    };
    assert_eq!(names(&graph()), ["a b", "a error", "b error"]);
    assert_eq!(circles(&graph()), [""; 0]);

    write("b.rs", "use crate::Error; pub fn g() -> Error { say!(crate::a::f()) }");
    let found = circles(&graph());
    assert!(found.len() == 1 && found[0].contains("a.rs"), "{found:?}");
}

type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;
type Name = Vec<String>;

/// The modules of a crate, by their paths from its root.
struct Crate(BTreeMap<Name, Module>);

#[derive(Default)]
struct Module {
    file: PathBuf,
    items: BTreeSet<String>,
    /// Local names and the paths that they stand for; `*` for each glob.
    uses: Vec<(String, Name)>,
    /// The paths that the module names, re-exports apart.
    paths: Vec<Name>,
}

impl Crate {
    fn read(file: &Path) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.read_file(Vec::new(), file, file.parent().unwrap());
        modules
    }

    /// Reads the module `name` from its file, whose submodules lie in `folder`.
    fn read_file(&mut self, name: Name, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let parsed = syn::parse_file(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_items(name, file, folder, parsed.items);
    }

    fn read_items(&mut self, name: Name, file: &Path, folder: &Path, items: Vec<Item>) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            if is_test(&item) {
                continue;
            }
            match item {
                Item::Use(it) => {
                    let before = module.uses.len();
                    flatten(&it.tree, Vec::new(), &mut module.uses);
                    if matches!(it.vis, Visibility::Inherited) {
                        let paths = module.uses[before..].iter().map(|it| it.1.clone());
                        module.paths.extend(paths);
                    }
                }
                Item::Mod(it) => {
                    let child = it.ident.unraw().to_string();
                    let mut path = name.clone();
                    path.push(child.clone());
                    let folder = folder.join(&child);
                    if let Some((_, items)) = it.content {
                        self.read_items(path, file, &folder, items);
                    } else {
                        let flat = folder.with_extension("rs");
                        let nested = folder.join("mod.rs");
                        let file = if flat.exists() { flat } else { nested };
                        self.read_file(path, &file, &folder);
                    }
                }
                item => {
                    module.items.extend(name_of(&item));
                    collect(item.to_token_stream(), &mut module.paths);
                }
            }
        }
        self.0.insert(name, module);
    }

    fn imports(&self) -> Graph {
        let mut graph = Graph::new();
        for (name, module) in &self.0 {
            for path in &module.paths {
                if let Some(file) = self.definition(name, path, 0)
                    && file != module.file
                {
                    graph.entry(module.file.clone()).or_default().insert(file);
                }
            }
        }
        graph
    }

    /// The file that defines the item that `path` means in the module `name`; none for
    /// what another crate defines, or for a module itself.
    fn definition(
        &self,
        name: &[String],
        path: &[String],
        depth: usize,
    ) -> Option<PathBuf> {
        if depth > 16 {
            return None;
        }
        let (first, mut rest) = path.split_first()?;
        let mut at: Name = match first.as_str() {
            "crate" => Vec::new(),
            "self" => name.to_owned(),
            "super" => name[..name.len().checked_sub(1)?].to_owned(),
            _ => {
                rest = path;
                name.to_owned()
            }
        };
        while let Some((next, behind)) = rest.split_first() {
            let mut child = at.clone();
            child.push(next.clone());
            let module = &self.0[&at];
            if next == "super" {
                at.pop();
            } else if self.0.contains_key(&child) {
                at = child;
            } else if module.items.contains(next) {
                return Some(module.file.clone());
            } else {
                // A local name stands for another path; a glob may bring it.
                let named = module.uses.iter().find(|(local, _)| local == next);
                if let Some((_, target)) = named {
                    let whole: Name = target.iter().chain(behind).cloned().collect();
                    // `use a::b;` in the module itself is an import of its own.
                    let is_same = target.first() == Some(next) && target.len() == 1;
                    return (!is_same)
                        .then(|| self.definition(&at, &whole, depth + 1))
                        .flatten();
                }
                return module.uses.iter().filter(|(local, _)| local == "*").find_map(
                    |(_, target)| {
                        let whole: Name = target.iter().chain(rest).cloned().collect();
                        self.definition(&at, &whole, depth + 1)
                    },
                );
            }
            rest = behind;
        }
        None
    }
}

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        _ => return false,
    };
    attributes.iter().any(|it| {
        let text = it.to_token_stream().to_string().replace(' ', "");
        text.starts_with("#[cfg(test") || text.starts_with("#[cfg(all(test")
    })
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(it) => it.ident.to_string(),
        Item::Enum(it) => it.ident.to_string(),
        Item::Fn(it) => it.sig.ident.to_string(),
        Item::Macro(it) => it.ident.as_ref()?.to_string(),
        Item::Static(it) => it.ident.to_string(),
        Item::Struct(it) => it.ident.to_string(),
        Item::Trait(it) => it.ident.to_string(),
        Item::Type(it) => it.ident.to_string(),
        Item::Union(it) => it.ident.to_string(),
        _ => return None,
    })
}

/// The local names that a `use` brings, with what they stand for.
fn flatten(tree: &UseTree, mut before: Name, uses: &mut Vec<(String, Name)>) {
    match tree {
        UseTree::Path(it) => {
            before.push(it.ident.to_string());
            flatten(&it.tree, before, uses);
        }
        UseTree::Name(it) if it.ident == "self" => {
            uses.push((before.last().cloned().unwrap_or_default(), before));
        }
        UseTree::Name(it) => {
            before.push(it.ident.to_string());
            uses.push((it.ident.to_string(), before));
        }
        UseTree::Rename(it) => {
            before.push(it.ident.to_string());
            uses.push((it.rename.to_string(), before));
        }
        UseTree::Glob(_) => uses.push(("*".to_owned(), before)),
        UseTree::Group(it) => {
            it.items.iter().for_each(|tree| flatten(tree, before.clone(), uses));
        }
    }
}

/// All paths of two or more parts, also those within the arguments of macros.
fn collect(tokens: TokenStream, paths: &mut Vec<Name>) {
    let (mut path, mut colons) = (Name::new(), 0);
    for token in tokens {
        match token {
            TokenTree::Ident(it) if colons == 2 || path.is_empty() => {
                path.push(it.to_string());
                colons = 0;
                continue;
            }
            TokenTree::Punct(it) if it.as_char() == ':' && !path.is_empty() => {
                colons += 1;
                continue;
            }
            TokenTree::Group(it) => {
                flush(&mut path, paths);
                collect(it.stream(), paths);
            }
            TokenTree::Ident(it) => {
                flush(&mut path, paths);
                path.push(it.to_string());
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => flush(&mut path, paths),
        }
        colons = 0;
    }
    flush(&mut path, paths);
}

fn flush(path: &mut Name, paths: &mut Vec<Name>) {
    let whole = std::mem::take(path);
    if whole.len() > 1 {
        paths.push(whole);
    }
}

/// The circles of the graph: for each file that can reach itself, the shortest way.
fn circles(graph: &Graph) -> Vec<String> {
    let mut found = BTreeMap::new();
    for start in graph.keys() {
        if let Some(way) = way_back(graph, start) {
            let files: BTreeSet<_> = way.iter().cloned().collect();
            let show = |file: &PathBuf| {
                file.strip_prefix(root()).unwrap_or(file).display().to_string()
            };
            found.entry(files).or_insert_with(|| {
                way.iter().map(show).collect::<Vec<_>>().join(" → ")
            });
        }
    }
    found.into_values().collect()
}

fn way_back(graph: &Graph, start: &PathBuf) -> Option<Vec<PathBuf>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in
                way.last().and_then(|last| graph.get(last)).into_iter().flatten()
            {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    let mut way = way.clone();
                    way.push(next.clone());
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}
