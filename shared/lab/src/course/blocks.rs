//! The code blocks of a text in Markdown.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// What stands in the blocks that are marked with a language, such as `promql`.
pub fn of(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(marked))) if &*marked == language => {
                block = Some(String::new());
            }
            Event::Text(line) => block.iter_mut().for_each(|block| block.push_str(&line)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}
