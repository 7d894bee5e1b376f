//! Scripted embeddings: what they are made of, and what is refused.

use toolgate_testkit::models::embedding;

use crate::models_refusals::refuses;

#[test]
fn a_vector_depends_on_its_words_alone_and_has_the_length_one() {
    for text in ["one", "one two three", "", "?!", "größer als größer"] {
        for size in [1, 8, 256] {
            let vector = embedding(text, size);
            let length: f32 = vector.iter().map(|number| number * number).sum();
            assert!(vector.len() == size && (length - 1.0).abs() < 1e-5, "{text}: {vector:?}");
        }
    }
    assert_eq!(embedding("Two, one!", 64), embedding("one TWO", 64));
    assert_ne!(embedding("one two", 64), embedding("one three", 64));
}

#[tokio::test]
async fn what_the_real_ones_refuse_is_refused() {
    refuses(
        "/v1/embeddings",
        r#"{"good": {"model": "m", "input": ["a"], "dimensions": 8, "encoding_format": "base64"}, "refused": [
            ["/model", null, "you must provide a model parameter"],
            ["/input", [], "empty array"],
            ["/input", ["a", ""], "'$.input' is invalid"],
            ["/dimensions", -1, "-1 is less than the minimum of 1 - 'dimensions'"],
            ["/output_dimension", 8, "output_dimension"]
        ]}"#,
    )
    .await;
    refuses(
        "/v1beta/models/m:batchEmbedContents",
        r#"{"good": {"requests": [{"model": "models/m", "content": {"parts": [{"text": "a"}]}, "taskType": "CLUSTERING"}]},
        "refused": [
            ["/requests/0/model", "models/other", "must be that of the batch"],
            ["/requests/0/content/parts/0/text", "", "contents is not specified"],
            ["/requests/0/taskType", "SEARCH", "SEARCH"],
            ["/requests/0/dimensions", 8, "dimensions"]
        ]}"#,
    )
    .await;
    refuses(
        "/v2/embed",
        r#"{"good": {"model": "m", "texts": ["a"], "input_type": "search_query", "truncate": "NONE"}, "refused": [
            ["/input_type", null, "input_type is required"],
            ["/input_type", "query", "input_type must be one of"],
            ["/texts", [], "at most 96"],
            ["/dimensions", 8, "dimensions"]
        ]}"#,
    )
    .await;
    refuses(
        "/api/embed",
        r#"{"good": {"model": "m", "input": "a", "truncate": false}, "refused": [
            ["/input", null, "input is required"],
            ["/texts", ["a"], "texts is not known"]
        ]}"#,
    )
    .await;
}
