//! The page's files: in a release build they lie in the executable, in a debug build they are read from
//! `dist`, where Trunk puts them.

use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest as _, Sha256};

use super::guard::InlineScripts;

/// What Trunk built. Nothing, if the page was not built before this executable was.
#[derive(Embed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

/// The file that is the page.
const INDEX: &str = "index.html";

/// Shown instead of a page that was not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Loopscope</title>\
    <h1>The page was not built</h1>\
    <p>This <code>loopscope</code> was compiled without its page. Run <code>cargo xtask run</code> in the \
    project's folder: it builds the page, puts it into the executable and starts it.</p></html>\n";

/// Answers with the file that the path names.
pub(super) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, "The page's files can only be read.\n").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    match Dist::get(path) {
        Some(file) => answer(path, &file, &headers),
        None if path == INDEX => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
        None => (StatusCode::NOT_FOUND, format!("There is no /{path} here.\n")).into_response(),
    }
}

fn answer(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", BASE64_STANDARD.encode(file.metadata.sha256_hash()));
    let fresh = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = match fresh {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => file.data.to_vec().into_response(),
    };
    let headers = response.headers_mut();
    if let (Ok(kind), Ok(tag)) =
        (HeaderValue::from_str(file.metadata.mimetype()), HeaderValue::from_str(&tag))
    {
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::ETAG, tag);
    }
    // Kept, but asked about each time: a page of one build must never meet a module of another.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if path.ends_with(".html") {
        response.extensions_mut().insert(InlineScripts(inline_scripts(&String::from_utf8_lossy(&file.data))));
    }
    response
}

/// The SHA-256 hashes, in Base64, of the scripts that stand in an HTML text that Trunk wrote.
fn inline_scripts(html: &str) -> Vec<String> {
    let mut hashes = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, after)) = after.split_once('>') else { break };
        let Some((script, after)) = after.split_once("</script>") else { break };
        if !attributes.contains("src=") {
            hashes.push(BASE64_STANDARD.encode(Sha256::digest(script)));
        }
        rest = after;
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_others_are_not() {
        let html = "<head><script src=\"/a.js\"></script><script type=\"module\">let a = 1;</script></head>\
                    <script>let b = 2;</script>";
        let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
        assert_eq!(inline_scripts(html), [hash("let a = 1;"), hash("let b = 2;")]);
        assert_eq!(inline_scripts("<p>no scripts"), Vec::<String>::new());
    }
}
