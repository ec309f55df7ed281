//! Which file of a crate imports from which.
//!
//! An import is whatever names something of another file: a `use`, or a path in the code. `mod name;` is none, since it
//! says where a file is, and takes nothing from it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, Macro, UseTree, Visibility};

/// The files of a library, and what each imports from.
#[derive(Debug)]
pub struct Imports {
    files: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Imports {
    /// Reads the library in this folder, from its `lib.rs` on. Files are named by their path in there.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or is no Rust.
    pub fn of(folder: &Path) -> Result<Self> {
        let modules = Modules::of(folder)?;
        let imports = modules.files.iter().map(|(path, module)| (path.clone(), modules.imports(path, module)));
        Ok(Self { files: imports.collect() })
    }

    /// The files that can be reached from each other: each such circle once, in the order of their names.
    pub fn circles(&self) -> BTreeSet<Vec<&Path>> {
        let reached: BTreeMap<_, _> = self.files.keys().map(|file| (file.as_path(), self.reached_from(file))).collect();
        let circle = |file: &Path| {
            let members = reached[file].iter().copied().filter(|other| reached[other].contains(file));
            members.collect::<Vec<_>>()
        };
        self.files.keys().map(|file| circle(file)).filter(|circle| !circle.is_empty()).collect()
    }

    fn reached_from<'a>(&'a self, file: &'a Path) -> BTreeSet<&'a Path> {
        let mut reached = BTreeSet::new();
        let mut open = VecDeque::from([file]);
        while let Some(file) = open.pop_front() {
            let next = self.files.get(file).into_iter().flatten().map(PathBuf::as_path);
            open.extend(next.filter(|next| reached.insert(*next)));
        }
        reached
    }

    /// Each import: the file in which it stands, and the file that it is from.
    pub fn pairs(&self) -> impl Iterator<Item = (&Path, &Path)> {
        let pairs = self.files.iter().flat_map(|(file, imports)| imports.iter().map(move |import| (file, import)));
        pairs.map(|(file, import)| (file.as_path(), import.as_path()))
    }

    /// Imports that run upwards, and rooms that are on no floor. The floors are given from the top down, each with its
    /// rooms. A room is a file of the topmost folder, with the folder of the same name.
    pub fn upward(&self, floors: &[Vec<String>]) -> Vec<String> {
        let floor = |file: &Path| floors.iter().position(|rooms| rooms.contains(&room(file)));
        let upward = self.pairs().filter(|(file, import)| floor(file) > floor(import));
        let homeless = self.files.keys().filter(|file| floor(file).is_none());
        let upward = upward.map(|(file, import)| format!("{} imports from {}", file.display(), import.display()));
        upward.chain(homeless.map(|file| format!("{} is on no floor", file.display()))).collect()
    }
}

/// The name of a file's topmost module, such as `judge` of `judge/hints.rs`.
fn room(file: &Path) -> String {
    let first = file.components().next().map(|first| PathBuf::from(first.as_os_str()));
    first.as_deref().and_then(Path::file_stem).unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of a module, from the root of its crate.
type Name = Vec<String>;

/// The modules of a library.
#[derive(Default)]
struct Modules {
    files: BTreeMap<PathBuf, Module>,
    /// The file of each module, be it the whole of it or a part.
    homes: BTreeMap<Name, PathBuf>,
}

/// A module that has a file for itself.
struct Module {
    name: Name,
    syntax: syn::File,
}

impl Modules {
    fn of(folder: &Path) -> Result<Self> {
        let mut modules = Self::default();
        modules.read(folder, "lib.rs".into(), Name::new())?;
        Ok(modules)
    }

    fn read(&mut self, folder: &Path, path: PathBuf, name: Name) -> Result<()> {
        let text = std::fs::read_to_string(folder.join(&path)).with_context(|| path.display().to_string())?;
        let syntax = syn::parse_file(&text).with_context(|| path.display().to_string())?;
        self.declare(folder, &path, &name, &syntax.items)?;
        self.files.insert(path, Module { name, syntax });
        Ok(())
    }

    /// Takes note of a module, and reads those that it declares.
    fn declare(&mut self, folder: &Path, home: &Path, name: &Name, items: &[Item]) -> Result<()> {
        self.homes.insert(name.clone(), home.to_owned());
        for item in items {
            let Item::Mod(declared) = item else { continue };
            let child: Name = name.iter().cloned().chain([declared.ident.to_string()]).collect();
            match &declared.content {
                Some((_, items)) => self.declare(folder, home, &child, items)?,
                None => {
                    let path = PathBuf::from_iter(&child).with_extension("rs");
                    ensure!(
                        folder.join(&path).is_file(),
                        "{} declares {}, which is not there",
                        home.display(),
                        path.display()
                    );
                    self.read(folder, path, child)?;
                }
            }
        }
        Ok(())
    }

    fn imports(&self, path: &Path, module: &Module) -> BTreeSet<PathBuf> {
        let mut paths = Paths { module: module.name.clone(), found: Vec::new() };
        paths.visit_file(&module.syntax);
        let homes = paths.found.iter().filter_map(|(from, path)| self.home(from, path));
        homes.filter(|home| *home != path).map(Path::to_owned).collect()
    }

    /// The file that a path leads to, if it is one of this crate.
    fn home(&self, from: &Name, path: &[String]) -> Option<&Path> {
        let mut name = from.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => name.clear(),
            "self" | "super" => {}
            child if self.homes.contains_key(&joined(from, child)) => name.push(child.to_owned()),
            _ => return None,
        }
        if rest[0] != "super" {
            rest = &rest[1..];
        }
        for segment in rest {
            if segment == "super" {
                name.pop()?;
            } else if self.homes.contains_key(&joined(&name, segment)) {
                name.push(segment.clone());
            } else {
                break;
            }
        }
        self.homes.get(&name).map(PathBuf::as_path)
    }
}

fn joined(name: &Name, child: &str) -> Name {
    name.iter().cloned().chain([child.to_owned()]).collect()
}

/// The paths in a file, each with the module in which it stands.
struct Paths {
    module: Name,
    found: Vec<(Name, Vec<String>)>,
}

impl Paths {
    /// A word alone is the name of something that the file has.
    fn find(&mut self, path: Vec<String>) {
        if path.len() > 1 {
            self.found.push((self.module.clone(), path));
        }
    }

    fn find_used(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.find_used(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.find(with(name.ident.to_string())),
            UseTree::Rename(name) => self.find(with(name.ident.to_string())),
            UseTree::Glob(_) => self.find(before.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.find_used(tree, before)),
        }
    }

    /// What a macro is given need not be Rust, so that only its words are known.
    fn find_in_tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut goes_on = false;
        for token in tokens {
            let is_colon = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ':');
            if !goes_on && !is_colon {
                self.find(std::mem::take(&mut path));
            }
            match token {
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => self.find_in_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            goes_on = is_colon;
        }
        self.find(path);
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.find_used(&item.tree, &[]);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // `pub(super)` says who may know something, and takes nothing.
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.find(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.find_in_tokens(called.tokens.clone());
    }
}
