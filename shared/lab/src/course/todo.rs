//! The TODO comments of a starter: all that it has beside the solution of the lesson before it.

/// A text without its TODO comments: blocks that begin with `// TODO`. A blank line that set one off goes with it.
pub fn strip(text: &str) -> String {
    let mut kept = String::new();
    let mut in_block = false;
    let mut has_gap = false;
    for line in text.split_inclusive('\n') {
        in_block = belongs(line, in_block);
        let is_blank = line.trim().is_empty();
        if in_block {
            has_gap = kept.is_empty() || kept.ends_with("\n\n");
        } else if !(is_blank && has_gap) {
            kept.push_str(line);
            has_gap = false;
        }
    }
    kept
}

/// The TODO comments of a text, one block after the other.
pub fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut in_block = false;
    for line in text.split_inclusive('\n') {
        let was_in_block = in_block;
        in_block = belongs(line, in_block);
        match blocks.last_mut() {
            Some(block) if in_block && was_in_block => block.push_str(line),
            _ if in_block => blocks.push(line.to_owned()),
            _ => {}
        }
    }
    blocks
}

/// Two changes of one place, of which the first only adds TODO comments around it: the other change, with them.
pub fn settle(commented: &str, base: &str, changed: &str) -> Option<String> {
    // Comments at a place where the other adds something, too, come after that.
    let (before, after) = if base.is_empty() { ("", commented) } else { commented.split_once(base)? };
    let has_nothing_else = [before, after].iter().all(|part| strip(part).trim().is_empty());
    has_nothing_else.then(|| format!("{before}{changed}{after}"))
}

fn belongs(line: &str, in_block: bool) -> bool {
    let line = line.trim();
    line.starts_with("// TODO") || (in_block && (line == "//" || line.starts_with("// ")))
}
