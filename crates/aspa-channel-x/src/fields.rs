//! What is asked for with posts and direct messages, in either version's names.

use crate::config::Names;

/// Everything that a message is made of, as parameters of a query. The ids of references and authors are
/// told by what they expand to.
pub(crate) fn of_posts(names: Names) -> &'static str {
    match names {
        Names::Tweets => {
            "tweet.fields=attachments,author_id,conversation_id,created_at,display_text_range,\
             edit_controls,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,note_tweet,\
             referenced_tweets,withheld\
             &expansions=attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id\
             &user.fields=affiliation,description,entities,location,name,profile_image_url,protected,\
             public_metrics,url,username&media.fields=alt_text,preview_image_url,type,url,variants"
        }
        Names::Posts => {
            "post.fields=attachments,conversation_id,created_at,display_text_range,edit_controls,\
             entities,lang,note_post,withheld\
             &expansions=attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,\
             in_reply_to_user_id,referenced_posts\
             &user.fields=description,entities,location,name,profile_image_url,protected,\
             public_metrics,url,username&media.fields=alt_text,preview_image_url,type,url,variants"
        }
    }
}

/// Just enough to find a post of ours again.
pub(crate) fn of_own_posts(names: Names) -> &'static str {
    match names {
        Names::Tweets => {
            "tweet.fields=author_id,conversation_id,created_at,display_text_range,edit_controls,\
             edit_history_tweet_ids,entities,note_tweet,referenced_tweets"
        }
        Names::Posts => {
            "post.fields=conversation_id,created_at,display_text_range,edit_controls,entities,note_post\
             &expansions=author_id,edit_history_post_ids,referenced_posts"
        }
    }
}

pub(crate) fn of_directs(names: Names) -> &'static str {
    match names {
        Names::Tweets => {
            "dm_event.fields=attachments,created_at,dm_conversation_id,entities,event_type,id,\
             participant_ids,referenced_tweets,sender_id,text\
             &expansions=attachments.media_keys,participant_ids,sender_id\
             &user.fields=description,entities,location,name,profile_image_url,protected,\
             public_metrics,url,username&media.fields=alt_text,preview_image_url,type,url,variants"
        }
        Names::Posts => {
            "dm_event.fields=attachments,created_at,dm_conversation_id,entities,event_type,id,text\
             &expansions=attachments.media_keys,participant_ids,referenced_posts,sender_id\
             &user.fields=description,entities,location,name,profile_image_url,protected,\
             public_metrics,url,username&media.fields=alt_text,preview_image_url,type,url,variants"
        }
    }
}

pub(crate) const OF_USERS: &str = "user.fields=description,entities,location,name,profile_image_url,protected,public_metrics,url,\
     username";
