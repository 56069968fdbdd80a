//! What the documents show is what is read.

use vault_manifest::text::{Format, parse, to_toml};

#[test]
fn the_manifest_of_the_document_is_one() {
    let document = include_str!("../../docs/SECRETS.md");
    let manifests: Vec<_> = document.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(manifests.len(), 1);
    let manifest = parse(manifests[0].as_bytes(), Format::Toml, None).unwrap();
    assert_eq!((manifest.app.as_str(), manifest.secrets.len()), ("spotify", 4));
    // Every member that can be written is explained in the table.
    let whole = vault_manifest::Spec {
        rotation_hint_days: Some(1),
        expires_after_days: Some(1),
        env_fallback: Some("X".into()),
        reveal: true,
        keep_versions: 3,
        instances: true,
        ..vault_manifest::Spec::new("k", "d")
    };
    let text = to_toml(&vault_manifest::Manifest { secrets: vec![whole], ..manifest });
    let members = text.split("[[secrets]]").nth(1).unwrap().lines().filter_map(|line| line.split(" = ").next());
    for member in members.filter(|member| !member.is_empty()) {
        assert!(document.contains(&format!("\n| `{member}` |")), "{member} is not in the table");
    }
}
