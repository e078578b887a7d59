//! The book's chapter shows this connector's code as it is.

const CODE: &str = include_str!("../src/lib.rs");

#[test]
fn every_fragment_of_the_chapter_is_in_the_code() {
    let chapter = include_str!("../../../docs/src/write-a-connector.md");
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("");
    let code = squeezed(&[CODE, include_str!("kit.rs")].join("\n"));
    let fragments: Vec<&str> = chapter.split("```rust,ignore\n").skip(1).collect();
    assert!(fragments.len() > 8, "only {} fragments", fragments.len());
    for fragment in fragments {
        let fragment = fragment.split("```").next().unwrap();
        assert!(
            code.contains(&squeezed(fragment)),
            "not in the code:\n{fragment}"
        );
    }
}

#[test]
fn it_is_as_short_as_the_chapter_says() {
    let lines = CODE.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 150, "{lines} lines");
}
