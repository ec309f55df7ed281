//! Which sentences of a text promise something.

use instructor::promises::text::{is_demand, is_promise, of_readme, sentences};

#[test]
fn a_sentence_that_promises_or_warns_is_a_promise() {
    for sentence in [
        "A scrape must not wait.",
        "The thread has to end with the app.",
        "It never prints a password.",
        "A 0 would be a lie, and so would the last value.",
        "Don't call `reset()`: it would lose the counts.",
        "It deletes the group and nothing else.",
        "Take it off however the request ends",
    ] {
        assert!(is_promise(sentence), "{sentence}");
    }
}

#[test]
fn a_sentence_that_decides_or_demands_is_a_demand() {
    for sentence in ["So all scrapes share a few connections.", "Set `f64::NAN`.", "It does not wait for locks."] {
        assert!(is_demand(sentence), "{sentence}");
    }
    for sentence in ["`Set` is a word.", "Something else is so.", "Use what?", "So:"] {
        assert!(!is_demand(sentence), "{sentence}");
    }
}

#[test]
fn an_explanation_or_a_question_is_no_promise() {
    for sentence in [
        "A gauge is a state.",
        "Why must nobody see it?",
        "The mustard is out of stock.",
        "The name is `must_never`.",
        "It is neverending.",
    ] {
        assert!(!is_promise(sentence), "{sentence}");
    }
}

#[test]
fn a_text_is_split_where_sentences_end() {
    let text = "Use 0.3 for it. It says \"no.\" Then `a. B` and \"c\", ... and so on! 26 hours, not 24. `x` is last.";
    let wanted = [
        "Use 0.3 for it.",
        "It says \"no.\"",
        "Then `a. B` and \"c\", ... and so on!",
        "26 hours, not 24.",
        "`x` is last.",
    ];
    assert_eq!(sentences(text), wanted);
}

#[test]
fn promises_are_found_in_text_tables_and_warnings() {
    let readme = "# A lesson\n\nThe story never ends.\n\n## The idea\n\n**Bold.** It must\nbe so. It is nice. Give it a name.\n\n\
        | metric | value |\n|---|---|\n| `a_total` | all |\n| words | many |\n\n\
        ## The steps\n\n| step | what |\n|---|---|\n| 1 | Count it. |\n| 2 | Nothing to write. |\n\n\
        ## What goes wrong in practice\n\n- **Too late.** It is over.\n- **Never set**, or lost. It must be there.\n\n\
        ## Ask Prometheus\n\nIt must be up.\n";
    let wanted = [
        "It must be so.",
        "Give it a name.",
        "`a_total` | all",
        "1 | Count it.",
        "Too late.",
        "Never set",
        "It must be there.",
    ];
    assert_eq!(of_readme(readme), wanted);
}
