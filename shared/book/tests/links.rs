//! A link that works in the folder of the course works in the book.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;

use book::{Context, prepare};
use serde_json::{Value, json};
use tempfile::TempDir;

const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" viewBox=\"0 0 480 10\">\n<style>\n\
                       .picture { color: black; }\n</style>\n<text>Pull</text>\n</svg>\n";

/// A course with a lesson that has a text, and a book of three chapters.
struct Course(TempDir);

impl Course {
    fn new() -> Self {
        let course = Self(TempDir::new().unwrap());
        course.write("docs/src/live.md", "# Live\n");
        course.write("docs/src/pictures/pull.svg", PICTURE);
        course.write("docs/src/pictures/live.png", "");
        course.write("lessons/01-counter/README.md", "# Counters\n");
        course.write("lessons/01-counter/src/api.rs", "");
        course
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// What becomes of the text of a chapter in `docs/src/concepts`, in a book with this address of the repository.
    fn page(&self, text: &str, repository: Option<&str>) -> Result<String, String> {
        let mut book = book(text);
        let html = repository.map_or(json!({}), |repository| json!({ "git-repository-url": repository }));
        let context = json!({ "root": self.0.path().join("docs"), "config": { "output": { "html": html } } });
        let context: Context = serde_json::from_value(context).unwrap();
        prepare(&context, &mut book).map_err(|error| format!("{error:#}"))?;
        Ok(book.pointer("/items/2/Chapter/content").unwrap().as_str().unwrap().to_owned())
    }

    fn lesson(&self, text: &str) -> String {
        self.write("lessons/01-counter/README.md", text);
        let mut book = book("");
        let context: Context =
            serde_json::from_value(json!({ "root": self.0.path().join("docs"), "config": {} })).unwrap();
        prepare(&context, &mut book).unwrap();
        book.pointer("/items/1/Chapter/sub_items/0/Chapter/content").unwrap().as_str().unwrap().to_owned()
    }
}

fn book(text: &str) -> Value {
    let lesson = chapter("lessons/01-counter.md", "{{#include ../../../lessons/01-counter/README.md}}\n", &[]);
    json!({ "items": [
        chapter("live.md", "# Live\n", &[]),
        chapter("lessons.md", "", &[lesson]),
        chapter("concepts/pull.md", text, &[]),
        { "PartTitle": "Reference" },
    ]})
}

fn chapter(path: &str, content: &str, sub_items: &[Value]) -> Value {
    json!({ "Chapter": { "name": path, "content": content, "source_path": path, "path": path, "sub_items": sub_items } })
}

#[test]
fn a_chapter_is_the_text_of_the_lesson_that_it_includes() {
    assert_eq!(Course::new().lesson("# Counters\n\nThey only go up.\n"), "# Counters\n\nThey only go up.\n");
}

#[test]
fn a_link_to_a_lesson_leads_to_its_chapter() {
    let text =
        "See [lesson 01](../../../lessons/01-counter/README.md#the-idea), [its folder](../../../lessons/01-counter).";
    let page = Course::new().page(text, None).unwrap();
    assert_eq!(page, "See [lesson 01](../lessons/01-counter.md#the-idea), [its folder](../lessons/01-counter.md).");
}

#[test]
fn a_link_of_a_lesson_leads_to_the_page_that_it_names_in_its_own_folder() {
    let page = Course::new().lesson("[How to read it](../../docs/src/live.md), [above](#the-idea).");
    assert_eq!(page, "[How to read it](../live.md), [above](#the-idea).");
}

#[test]
fn a_link_to_a_file_that_is_not_in_the_book_leads_to_the_repository() {
    let text = "[`api.rs`](../../../lessons/01-counter/src/api.rs) in [src](../../../lessons/01-counter/src)";
    let page = Course::new().page(text, Some("https://forge.example/course/")).unwrap();
    let begin = "https://forge.example/course";
    assert_eq!(
        page,
        format!(
            "[`api.rs`]({begin}/blob/HEAD/lessons/01-counter/src/api.rs) in [src]({begin}/tree/HEAD/lessons/01-counter/src)"
        )
    );
}

#[test]
fn its_words_stay_where_nobody_knows_the_repository() {
    let page = Course::new().page("Open [`api.rs`](../../../lessons/01-counter/src/api.rs) now.", None).unwrap();
    assert_eq!(page, "Open `api.rs` now.");
}

#[test]
fn a_link_that_leads_to_no_file_fails_with_the_file_that_has_it() {
    let error = Course::new().page("[nowhere](../nowhere.md)", None).unwrap_err();
    assert_eq!(error, "docs/src/concepts/pull.md: the link `../nowhere.md`: leads to no file");
}

#[test]
fn a_link_that_leads_out_of_the_course_fails() {
    let error = Course::new().page("[out](../../../../secret.txt)", None).unwrap_err();
    assert!(error.ends_with("leads out of the course"), "{error}");
}

#[test]
fn a_drawing_is_put_into_the_page_without_its_own_colours() {
    let page = Course::new().page("![Who asks \"whom\"?](../pictures/pull.svg)\n", None).unwrap();
    assert_eq!(
        page,
        "<figure><svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" aria-label=\"Who asks &quot;whom&quot;?\" \
         viewBox=\"0 0 480 10\">\n<text>Pull</text>\n</svg></figure>\n"
    );
}

#[test]
fn a_drawing_that_markdown_would_break_off_is_refused() {
    let course = Course::new();
    course.write("docs/src/pictures/pull.svg", &PICTURE.replace("<text>", "\n<text>"));
    let error = course.page("![Who asks whom?](../pictures/pull.svg)", None).unwrap_err();
    assert!(error.ends_with("has a blank line"), "{error}");
}

#[test]
fn other_pictures_stay_files() {
    let page = Course::new().page("![The page](../pictures/live.png) [large](../pictures/live.png)", None).unwrap();
    assert_eq!(page, "![The page](../pictures/live.png) [large](../pictures/live.png)");
}

#[test]
fn what_only_looks_like_a_link_stays_as_it_is() {
    let text = "`[a](../nowhere.md)` and\n\n```text\n[b](../nowhere.md)\n```\n\n<https://prometheus.io> [c](https://prometheus.io)\n";
    assert_eq!(Course::new().page(text, None).unwrap(), text);
}
