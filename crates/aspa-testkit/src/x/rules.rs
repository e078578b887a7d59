//! What each request may ask for, by the OpenAPI documents of X (2.159 and 2.167), and what it costs of
//! which limit.

/// A kind of request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// What counts its requests.
    pub(super) bucket: &'static str,
    /// How many a user may send in 15 minutes.
    pub(super) limit: u32,
    /// The names of its parameters.
    pub(super) parameters: &'static [&'static str],
    /// The least and the most of a page.
    pub(super) page: (usize, usize),
}

const LIST: &[&str] = &[
    "max_results",
    "pagination_token",
    "since_id",
    "until_id",
    "start_time",
    "end_time",
    "tweet.fields",
    "post.fields",
    "expansions",
    "user.fields",
    "media.fields",
    "exclude",
    "query",
    "next_token",
    "sort_order",
];
const ONE: &[&str] = &[
    "tweet.fields",
    "post.fields",
    "expansions",
    "user.fields",
    "media.fields",
];
const DIRECTS: &[&str] = &[
    "max_results",
    "pagination_token",
    "event_types",
    "dm_event.fields",
    "expansions",
    "user.fields",
    "media.fields",
    "tweet.fields",
    "post.fields",
];

const fn rule(
    bucket: &'static str,
    limit: u32,
    parameters: &'static [&'static str],
    page: (usize, usize),
) -> Rule {
    Rule {
        bucket,
        limit,
        parameters,
        page,
    }
}

pub(super) const MENTIONS: Rule = rule("mentions", 300, LIST, (5, 100));
pub(super) const TIMELINE: Rule = rule("timeline", 900, LIST, (5, 100));
pub(super) const SEARCH: Rule = rule("search", 300, LIST, (10, 100));
pub(super) const POST: Rule = rule("post", 900, ONE, (0, 0));
pub(super) const USER: Rule = rule("user", 900, ONE, (0, 0));
pub(super) const DIRECT_LIST: Rule = rule("dm_events", 15, DIRECTS, (1, 100));
pub(super) const DIRECT: Rule = rule("dm_event", 15, DIRECTS, (0, 0));
pub(super) const WRITE: Rule = rule("posts", 100, &[], (0, 0));
pub(super) const DELETE: Rule = rule("delete", 50, &[], (0, 0));
pub(super) const HIDE: Rule = rule("hidden", 50, &[], (0, 0));
pub(super) const LIKE: Rule = rule("likes", 50, &[], (0, 0));
pub(super) const MEDIA: Rule = rule("media", 500, &[], (0, 0));
pub(super) const DIRECT_WRITE: Rule = rule("dm", 15, &[], (0, 0));
