//! Who begins with the template gets this connector under a name of their own.

const FILES: [(&str, &str); 3] = [
    (
        include_str!("../../connector-template/src/lib.rs"),
        include_str!("../src/lib.rs"),
    ),
    (
        include_str!("../../connector-template/tests/kit.rs"),
        include_str!("kit.rs"),
    ),
    (
        include_str!("../../connector-template/tests/server/mod.rs"),
        include_str!("server/mod.rs"),
    ),
];

#[test]
fn the_template_is_this_connector_but_for_names() {
    for (template, own) in FILES {
        let filled = template
            .replace("{{crm}}", "Kortti")
            .replace("{{crate_name}}", "connector")
            .replace("{{project-name}}", "connector");
        assert!(
            filled == own,
            "write the change into the template too:\n{filled}"
        );
        // Whoever fills it in reads these as marks of their own.
        assert!(!filled.contains("{{") && !filled.contains("{%"));
    }
}
