//! The code blocks of a text in Markdown.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A code block.
#[derive(Debug)]
pub struct Block {
    /// The language that it is marked with, such as `promql`; empty where it is with none.
    pub language: String,
    /// What stands in it.
    pub content: String,
}

/// All blocks of a text, in their order.
pub fn all(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                block = Some(Block { language: language(kind), content: String::new() });
            }
            Event::Text(line) => block.iter_mut().for_each(|block| block.content.push_str(&line)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

fn language(kind: CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(language) => language.into_string(),
        CodeBlockKind::Indented => String::new(),
    }
}

/// What stands in the blocks that are marked with a language, such as `promql`.
pub fn of(text: &str, language: &str) -> Vec<String> {
    let blocks = all(text).into_iter().filter(|block| block.language == language);
    blocks.map(|block| block.content).collect()
}
