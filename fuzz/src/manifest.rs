//! Files of a declaration, which anybody may hand in.

use vault_manifest::text::{Format, parse, to_json, to_toml};

/// The first byte chooses the form, the rest is the file. What is taken keeps
/// every rule and says the same in both forms.
pub fn manifest(data: &[u8]) {
    let Some((choice, file)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { Format::Toml } else { Format::Json };
    let app = (choice & 2 != 0).then_some("given");
    match parse(file, format, app) {
        Ok(manifest) => {
            assert_eq!(manifest.check(), Ok(()));
            assert!(app.is_none_or(|app| app == manifest.app));
            assert_eq!(parse(to_toml(&manifest).as_bytes(), Format::Toml, app).as_ref(), Ok(&manifest));
            assert_eq!(parse(to_json(&manifest).as_bytes(), Format::Json, app).as_ref(), Ok(&manifest));
        }
        Err(error) => {
            if let Some(place) = error.place {
                let lines = 1 + file.iter().filter(|byte| **byte == b'\n').count();
                assert!((1..=lines).contains(&place.line) && place.column >= 1);
            }
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let toml = "app = \"a\"\ndescription = \"\"\"d\"\"\"\n[[secrets]]\nname = 'k'\ndescription = \"\\u0041\"\n\
                required = true\nwrite_mode = \"both\"\nmax_bytes = 0x10\nscope = \"app\"\nenv_fallback = \"X\"\n\
                rotation_hint_days = 1_0\nreveal = true\nkeep_versions = 3\ninstances = true\nexpires_after_days = 9\n";
    let list = r#"[{"name": "k", "description": "\u0041\n", "required": true, "write_mode": "user", "max_bytes": 1,
                   "scope": "app", "env_fallback": null, "rotation_hint_days": 30}]"#;
    let ours = format!(r#"{{"app": "a", "description": "d", "secrets": {list}}}"#);
    let imperal = format!(r#"{{"app_id": "given", "tools": [{{"x": [1.5e3, null, false]}}], "secrets": {list}}}"#);
    let deep = format!("{}a = 1{}", "a.a.a.a.a.a = { ".repeat(6), "}".repeat(6));
    [("\0", toml), ("\x01", &ours), ("\x03", list), ("\x03", &imperal), ("\0", &deep)]
        .iter()
        .map(|(choice, file)| format!("{choice}{file}").into_bytes())
        .collect()
}
