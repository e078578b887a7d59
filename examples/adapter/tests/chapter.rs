//! The book's chapter shows this adapter's code as it is.

#[test]
fn every_fragment_of_the_chapter_is_in_the_code() {
    let chapter = include_str!("../../../docs/src/write-an-adapter.md");
    let code = [include_str!("../src/lib.rs"), include_str!("contract.rs")].join("\n");
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("");
    let code = squeezed(&code);
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
    let lines = include_str!("../src/lib.rs").lines().count();
    assert!(lines <= 300, "{lines} lines");
}
