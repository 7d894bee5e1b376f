//! The JSON-Schema-Test-Suite (drafts 2020-12 and 7) through the schema check that tools' arguments go through, where it is at
//! hand: in the folder `json-schema-test-suite` of `TOOLGATE_VECTORS`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Schema;

/// Where schemas of the suite refer to over the network. Nothing is fetched here, so a schema that does is to be refused:
/// those of these files, and no other.
const NETWORK: &str = "http://localhost:1234/";
const REFERRING: [&str; 3] = ["dynamicRef.json", "refRemote.json", "vocabulary.json"];

#[derive(Default)]
struct Tally {
    right: usize,
    total: usize,
    refused: usize,
    misses: Vec<String>,
}

impl Tally {
    fn file(&mut self, path: &Path, dialect: &str) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let groups: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for group in groups {
            let mut schema = group["schema"].clone();
            // The suite's schemas of older drafts do not say which they are of.
            if let Some(members) = schema.as_object_mut() {
                members.entry("$schema").or_insert_with(|| dialect.into());
            }
            let schema = Schema::of_value(&schema);
            for test in group["tests"].as_array().unwrap() {
                self.total += 1;
                match &schema {
                    Ok(schema) if schema.check(&test["data"]).is_ok() == (test["valid"] == true) => {
                        self.right += 1
                    }
                    Err(reason) if reason.contains(NETWORK) && REFERRING.contains(&name.as_str()) => {
                        self.refused += 1
                    }
                    found => {
                        let (group, test) = (&group["description"], &test["description"]);
                        self.misses.push(format!("{name}: {group}: {test}: {found:?}"));
                    }
                }
            }
        }
    }
}

#[test]
fn the_test_suite_comes_out_as_it_says() {
    let vectors = std::env::var_os("TOOLGATE_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    let drafts = [
        ("draft2020-12", "https://json-schema.org/draft/2020-12/schema"),
        ("draft7", "http://json-schema.org/draft-07/schema#"),
    ];
    for (draft, dialect) in drafts {
        let folder = vectors.join("json-schema-test-suite/tests").join(draft);
        let Ok(files) = std::fs::read_dir(&folder) else {
            println!("{draft}: no vectors at {}; set TOOLGATE_VECTORS to their folder", folder.display());
            continue;
        };
        let mut tally = Tally::default();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().filter(|path| path.is_file()).for_each(|path| tally.file(path, dialect));
        let Tally { right, total, refused, misses } = tally;
        println!(
            "{draft}: {right} of {total} as the verdict says; {refused} refer to the network and are refused"
        );
        misses.iter().for_each(|miss| println!("  missed: {miss}"));
        assert!(misses.is_empty(), "{} of {draft} are wrong", misses.len());
    }
}
