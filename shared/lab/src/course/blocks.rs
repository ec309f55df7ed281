//! The code blocks of a text in Markdown.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A code block that is marked with a language.
#[derive(Debug)]
pub struct Block {
    /// The language, such as `promql`; empty where the mark has none.
    pub language: String,
    /// What stands in it.
    pub content: String,
}

/// All blocks of a text that are marked, in their order.
pub fn all(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(marked))) => {
                block = Some(Block { language: marked.into_string(), content: String::new() });
            }
            Event::Text(line) => block.iter_mut().for_each(|block| block.content.push_str(&line)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

/// What stands in the blocks that are marked with a language, such as `promql`.
pub fn of(text: &str, language: &str) -> Vec<String> {
    let blocks = all(text).into_iter().filter(|block| block.language == language);
    blocks.map(|block| block.content).collect()
}
