//! The built pages: where their links lead, and what they would fetch from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use html5gum::{Token, Tokenizer};
use percent_encoding::percent_decode_str;

use super::files::files;
use crate::book::markdown::FAULT;

/// What a browser fetches by itself when it shows a page, by element and attribute.
const FETCHED: [(&str, &str); 10] = [
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("image", "href"),
    ("use", "href"),
    ("iframe", "src"),
    ("object", "data"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
];

/// What a page says of itself.
#[derive(Debug, Default)]
struct Page {
    ids: BTreeSet<String>,
    /// Where its links lead, and what it fetches.
    links: BTreeSet<String>,
    fetched: BTreeSet<String>,
    /// The directives that could not be expanded.
    faults: Vec<String>,
}

/// What is wrong with the pages in this folder, a line each.
pub fn faults(folder: &Path) -> Result<Vec<String>> {
    let (mut pages, mut faults) = (BTreeMap::new(), Vec::new());
    for path in files(folder)? {
        let text = || {
            fs::read_to_string(folder.join(&path))
                .with_context(|| format!("cannot read {}", path.display()))
        };
        match path.extension().and_then(|it| it.to_str()) {
            Some("html") => drop(pages.insert(path.clone(), Page::of(&text()?))),
            Some("css") => faults.extend(outside(&path, urls(&text()?))),
            _ => {}
        }
    }
    for (path, page) in &pages {
        // index.html is the first chapter once more.
        if path != Path::new("index.html") {
            faults.extend(page.faults.iter().cloned());
        }
        faults.extend(outside(path, page.fetched.iter().map(String::as_str)));
        let inside =
            page.links.iter().chain(&page.fetched).filter(|link| !is_outside(link));
        let dead = inside.filter(|link| !leads_somewhere(folder, &pages, path, link));
        faults.extend(
            dead.map(|link| format!("{}: {link} leads nowhere", path.display())),
        );
    }
    Ok(faults)
}

impl Page {
    fn of(html: &str) -> Self {
        let (mut page, mut in_fault) = (Self::default(), false);
        for Ok(token) in Tokenizer::new(html) {
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    for (attribute, value) in &tag.attributes {
                        let (attribute, value) = (text(attribute), text(value));
                        match (name.as_str(), attribute.as_str()) {
                            (_, "id") => drop(page.ids.insert(value)),
                            ("a", "href") => drop(page.links.insert(value)),
                            (_, "class") if value == FAULT => {
                                in_fault = true;
                                page.faults.push(String::new());
                            }
                            it if FETCHED.contains(&it) => {
                                page.fetched.insert(value);
                            }
                            _ => {}
                        }
                    }
                }
                Token::EndTag(tag) if text(&tag.name) == "p" => in_fault = false,
                Token::String(string) if in_fault => {
                    page.faults
                        .last_mut()
                        .into_iter()
                        .for_each(|fault| *fault += &text(&string));
                }
                _ => {}
            }
        }
        page
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The files that a stylesheet fetches.
fn urls(css: &str) -> impl Iterator<Item = &str> {
    let imports =
        css.split("@import").skip(1).filter_map(|rest| rest.split(';').next());
    let urls = css
        .split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .chain(imports);
    urls.map(|url| {
        url.trim_matches(|letter: char| {
            letter.is_whitespace() || "'\"".contains(letter)
        })
    })
}

fn outside<'a>(path: &Path, fetched: impl Iterator<Item = &'a str>) -> Vec<String> {
    let outside = fetched.filter(|url| is_outside(url) && !url.starts_with("data:"));
    outside.map(|url| format!("{} would fetch {url}", path.display())).collect()
}

/// Whether it has a scheme or a host of its own.
fn is_outside(url: &str) -> bool {
    let scheme = url.split(['/', '?', '#']).next().unwrap_or_default();
    url.starts_with("//") || scheme.contains(':')
}

/// Whether a link of a page leads to a file of the book, and to a place in it.
fn leads_somewhere(
    folder: &Path,
    pages: &BTreeMap<PathBuf, Page>,
    from: &Path,
    link: &str,
) -> bool {
    let (path, place) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    let target = if path.is_empty() {
        Some(from.to_owned())
    } else {
        resolve(from, &decoded(path))
    };
    let Some(target) = target else { return false };
    match pages.get(&target) {
        Some(page) => place.is_empty() || page.ids.contains(&decoded(place)),
        None => place.is_empty() && folder.join(&target).is_file(),
    }
}

/// The path in the book to which a relative one leads from a page; nothing if it leads
/// out of the book.
fn resolve(from: &Path, path: &str) -> Option<PathBuf> {
    let mut target = from.parent()?.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => target.push(name),
            Component::ParentDir => target.pop().then_some(())?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(if target.as_os_str().is_empty() || path.ends_with('/') {
        target.join("index.html")
    } else {
        target
    })
}

/// `%E4%BF%A1` is 信.
fn decoded(url: &str) -> String {
    percent_decode_str(url).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("written");
        }
        faults(folder.path()).expect("the folder can be read")
    }

    #[test]
    fn a_link_leads_to_a_page_and_to_a_place_in_it() {
        let b = (
            "c/b.html",
            "<h2 id=信>x</h2><a href='../a.html?x#one'></a><a href='#%E4%BF%A1'></a>",
        );
        let a = |link: &str| {
            format!("<p id=one><a href='{link}'>x</a><a href='https://x.y/#z'></a>")
        };
        for good in [
            "c/b.html",
            "./c/b.html#%E4%BF%A1",
            "c/b.html#信",
            "#one",
            "a.html",
            "mailto:x@y",
        ] {
            assert_eq!(of(&[("a.html", &a(good)), b]), [""; 0], "{good}");
        }
        for dead in ["c/d.html", "c/b.html#two", "#two", "../a.html", "/a.html", "c/"] {
            assert_eq!(
                of(&[("a.html", &a(dead)), b]),
                [format!("a.html: {dead} leads nowhere")],
                "{dead}"
            );
        }
    }

    #[test]
    fn what_a_page_fetches_is_there_and_not_elsewhere() {
        let css = (
            "a.css",
            "a { b: url(\"c.woff\"); d: url(data:x) \
             } @font-face { src: url('https://x.y/z') }",
        );
        assert_eq!(of(&[css]), ["a.css would fetch https://x.y/z"]);
        assert_eq!(
            of(&[("a.css", "@import '//x.y/z';")]),
            ["a.css would fetch //x.y/z"]
        );
        let html = "<script src=//x.y/z.js></script><img src=a.png>\
                    <link rel=stylesheet href=a.css>";
        let faults = of(&[("a.css", ""), ("a.html", html)]);
        assert_eq!(
            faults,
            ["a.html would fetch //x.y/z.js", "a.html: a.png leads nowhere"]
        );
    }

    #[test]
    fn a_directive_that_could_not_be_expanded_is_told_once() {
        let page = "<p>x</p><p class=\"fault\">a.md:1: &lt;b</p><p>y</p>";
        assert_eq!(of(&[("a.html", page), ("index.html", page)]), ["a.md:1: <b"]);
    }
}
