//! What happens in Messenger, one event a delivery.

use super::{check, direct};

#[test]
fn every_kind_of_event_in_messenger() {
    let plain = "in messenger:70 by messenger/70";
    for (name, list, item, expected) in [
        (
            "a text",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","text":"Hei"}}"#,
            &[&*format!(
                "inbound direct m_1 {plain} at 10:33:16.500 : \"Hei\""
            )][..],
        ),
        (
            "an answer",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_2","text":"Joo","reply_to":{"mid":"m_1"}}}"#,
            &[&*format!(
                "inbound direct m_2 {plain} answers m_1 at 10:33:16.500 : \"Joo\""
            )],
        ),
        (
            "numbers for ids",
            "messaging",
            r#"{"sender":{"id":18446744073709551999},"recipient":{"id":1001},"timestamp":"1794565996500","message":{"mid":"m_3","text":"x"}}"#,
            &[
                "inbound direct m_3 in messenger:18446744073709551999 by messenger/18446744073709551999 at 10:33:16.500 : \"x\"",
            ],
        ),
        (
            "a time in seconds",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996,"message":{"mid":"m_4","text":"x"}}"#,
            &[&*format!("inbound direct m_4 {plain} at 10:33:16 : \"x\"")],
        ),
        (
            "no time",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"message":{"mid":"m_5","text":"x"}}"#,
            &[&*format!(
                "inbound direct m_5 {plain} at 10:33:20.123 : \"x\""
            )],
        ),
        (
            "every attachment",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_6","attachments":[{"type":"image","payload":{"url":"https://cdn.example/i"}},{"type":"video","payload":{"url":"https://cdn.example/v"}},{"type":"audio","payload":{"url":"https://cdn.example/a"}},{"type":"file","payload":{"url":"https://cdn.example/f"}},{"type":"location","title":"Here","payload":{"coordinates":{"lat":60.5,"long":24.25}}},{"type":"fallback","title":"News","url":"https://news.example","payload":null},{"type":"template","payload":{"template_type":"generic"}},{"type":"ig_reel","payload":{"url":"x"}},7]}}"#,
            &[&*format!(
                "inbound direct m_6 {plain} at 10:33:16.500 : <image https://cdn.example/i> <video https://cdn.example/v> <audio https://cdn.example/a> <file https://cdn.example/f> <at 60.5 24.25> <unknown \"fallback\"> <unknown \"template\"> <unknown \"ig_reel\"> <unknown null>"
            )],
        ),
        (
            "a sticker both ways",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_7","attachments":[{"type":"image","payload":{"url":"https://cdn.example/s","sticker_id":369239263222822}},{"type":"sticker","payload":{"url":"https://cdn.example/s","sticker_id":"369239263222822"}}]}}"#,
            &[&*format!(
                "inbound direct m_7 {plain} at 10:33:16.500 : <sticker 369239263222822>"
            )],
        ),
        (
            "a sticker",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_8","attachments":[{"type":"sticker","payload":{"sticker_id":5}}]}}"#,
            &[&*format!(
                "inbound direct m_8 {plain} at 10:33:16.500 : <sticker 5>"
            )],
        ),
        (
            "a quick reply",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_9","text":"Kyllä","quick_reply":{"payload":"YES"}}}"#,
            &[&*format!(
                "inbound direct m_9 {plain} at 10:33:16.500 with quick_reply : \"Kyllä\""
            )],
        ),
        (
            "what apps are not given",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_10","is_unsupported":true}}"#,
            &[&*format!(
                "inbound direct m_10 {plain} at 10:33:16.500 : <unreadable>"
            )],
        ),
        (
            "by an advertisement",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_11","text":"Hei","referral":{"source":"ADS","type":"OPEN_THREAD","ad_id":6000000000000001234,"ads_context_data":{"ad_title":"Takki"}}}}"#,
            &[&*format!(
                "inbound direct m_11 {plain} campaign 6000000000000001234 at 10:33:16.500 with referral : \"Hei\""
            )],
        ),
        (
            "an echo of ours",
            "messaging",
            r#"{TO70,"message":{"mid":"m_12","text":"Hei!","is_echo":true,"app_id":500,"metadata":"aspa:e-abc"}}"#,
            &[
                "outbound direct m_12 in messenger:70 by messenger/1001 to 70 effect e-abc at 10:33:16.500 with app_id : \"Hei!\"",
            ],
        ),
        (
            "an echo of a colleague's",
            "messaging",
            r#"{TO70,"message":{"mid":"m_13","text":"Hei!","is_echo":true,"metadata":"other"}}"#,
            &[
                "outbound direct m_13 in messenger:70 by messenger/1001 to 70 at 10:33:16.500 : \"Hei!\"",
            ],
        ),
        (
            "metadata of a customer",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_14","text":"x","metadata":"aspa:e-abc"}}"#,
            &[&*format!(
                "inbound direct m_14 {plain} at 10:33:16.500 : \"x\""
            )],
        ),
        (
            "taken back",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","is_deleted":true}}"#,
            &["deleted m_1 by 70 at 10:33:16.500"],
        ),
        (
            "an edit",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"Hei!","num_edit":1}}"#,
            &[&*format!("inbound direct m_1 rev 1 {plain} : \"Hei!\"")],
        ),
        (
            "an edit counted in a text",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"Hei!!","num_edit":"2"}}"#,
            &[&*format!("inbound direct m_1 rev 2 {plain} : \"Hei!!\"")],
        ),
        (
            "an edit that is not counted",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"a"}}"#,
            &[&*format!(
                "inbound direct m_1 rev 1794565996233 {plain} : \"a\""
            )],
        ),
        (
            "a postback",
            "messaging",
            r#"{FROM70,"postback":{"mid":"m_15","title":"Aloita","payload":"START"}}"#,
            &[&*format!(
                "inbound direct m_15 {plain} at 10:33:16.500 with postback : \"Aloita\""
            )],
        ),
        (
            "a postback by a link",
            "messaging",
            r#"{FROM70,"postback":{"title":"Aloita","payload":"START","referral":{"ref":"spring","source":"SHORTLINK","type":"OPEN_THREAD"}}}"#,
            &[&*format!(
                "inbound direct postback-d-0qjtdbd4z17mgjj2 {plain} at 10:33:16.500 with postback,referral : \"Aloita\""
            )],
        ),
        (
            "a reaction",
            "messaging",
            r#"{FROM70,"reaction":{"mid":"m_12","action":"react","reaction":"love","emoji":"\u2764\ufe0f"}}"#,
            &["+❤️ m_12 by messenger/70 at 10:33:16.500"],
        ),
        (
            "a reaction taken back",
            "messaging",
            r#"{FROM70,"reaction":{"mid":"m_12","action":"unreact"}}"#,
            &["- m_12 by messenger/70 at 10:33:16.500"],
        ),
        (
            "a reaction of the page",
            "messaging",
            r#"{TO70,"reaction":{"mid":"m_1","action":"react","reaction":"like"}}"#,
            &["+like m_1 by messenger/1001 at 10:33:16.500"],
        ),
        (
            "delivered",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"delivery":{"mids":["m_12","m_13"],"watermark":1794565997000}}"#,
            &[
                "delivered m_12 at 10:33:20.123",
                "delivered m_13 at 10:33:20.123",
            ],
        ),
        (
            "delivered up to then",
            "messaging",
            r#"{FROM70,"delivery":{"watermark":1794565996400}}"#,
            &["delivered messenger:70 by 70 until 10:33:16.400 at 10:33:16.500"],
        ),
        (
            "read up to then",
            "messaging",
            r#"{FROM70,"read":{"watermark":1794565996400}}"#,
            &["read messenger:70 by 70 until 10:33:16.400 at 10:33:16.500"],
        ),
        (
            "read, of one message",
            "messaging",
            r#"{FROM70,"read":{"mid":"m_12"}}"#,
            &["read m_12 at 10:33:16.500"],
        ),
        (
            "a referral",
            "messaging",
            r#"{FROM70,"referral":{"ref":"spring","source":"SHORTLINK","type":"OPEN_THREAD"}}"#,
            &["met messenger/70 with referral at 10:33:16.500"],
        ),
        (
            "an opt-in",
            "messaging",
            r#"{FROM70,"optin":{"type":"notification_messages","payload":"x"}}"#,
            &["met messenger/70 with optin at 10:33:16.500"],
        ),
        (
            "an account joined",
            "messaging",
            r#"{FROM70,"account_linking":{"status":"linked","authorization_code":"x"}}"#,
            &["met messenger/70 with account_linking at 10:33:16.500"],
        ),
        (
            "blocked",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy-enforcement":{"action":"block","reason":"spam"}}"#,
            &["account revoked remedy true at 10:33:16.500"],
        ),
        (
            "warned",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy_enforcement":{"action":"warning"}}"#,
            &["account degraded remedy true at 10:33:16.500"],
        ),
        (
            "let in again",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy-enforcement":{"action":"unblock"}}"#,
            &["account live remedy false at 10:33:16.500"],
        ),
        (
            "passed to us",
            "messaging",
            r#"{FROM70,"pass_thread_control":{"new_owner_app_id":500,"previous_owner_app_id":263902037430900}}"#,
            &["pass_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "passed to another",
            "standby",
            r#"{FROM70,"pass_thread_control":{"new_owner_app_id":"600"}}"#,
            &["pass_thread_control messenger:70 ours false at 10:33:16.500 standby"],
        ),
        (
            "taken back by us",
            "messaging",
            r#"{FROM70,"take_thread_control":{"previous_owner_app_id":"600","new_owner_app_id":500,"metadata":"x"}}"#,
            &["take_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "taken from us",
            "messaging",
            r#"{FROM70,"take_thread_control":{"previous_owner_app_id":"500"}}"#,
            &["take_thread_control messenger:70 ours false at 10:33:16.500"],
        ),
        (
            "asked for",
            "messaging",
            r#"{FROM70,"request_thread_control":{"requested_owner_app_id":"600"}}"#,
            &["request_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "a text while another app answers",
            "standby",
            r#"{FROM70,"message":{"mid":"m_16","text":"Hei"}}"#,
            &[&*format!(
                "inbound direct m_16 {plain} at 10:33:16.500 with standby : \"Hei\""
            )],
        ),
        (
            "read while another app answers",
            "standby",
            r#"{FROM70,"read":{"watermark":1794565996400}}"#,
            &["read messenger:70 by 70 until 10:33:16.400 at 10:33:16.500 standby"],
        ),
        (
            "delivered, with some of the ids missing",
            "messaging",
            r#"{FROM70,"delivery":{"mids":["m_12",null,"",7],"watermark":1794565996400,"seq":37}}"#,
            &[
                "delivered m_12 at 10:33:16.500",
                "delivered 7 at 10:33:16.500",
            ],
        ),
        (
            "delivered, with no ids after all",
            "messaging",
            r#"{FROM70,"delivery":{"mids":[],"watermark":"1794565996"}}"#,
            &["delivered messenger:70 by 70 until 10:33:16 at 10:33:16.500"],
        ),
        (
            "an edit whose text is not told",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":null,"num_edit":3}}"#,
            &[&*format!("inbound direct m_1 rev 3 {plain} : <unreadable>")],
        ),
        (
            "a message with yes and no as numbers",
            "messaging",
            r#"{TO70,"message":{"mid":"m_20","text":"Hei!","is_echo":1,"is_deleted":0,"app_id":"500","attachments":null,"quick_reply":null,"reply_to":{"mid":"m_1","is_self_reply":false}}}"#,
            &[
                "outbound direct m_20 in messenger:70 by messenger/1001 to 70 answers m_1 at 10:33:16.500 with app_id : \"Hei!\"",
            ],
        ),
        (
            "half an emoji",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_21","text":"Hei \ude4f"}}"#,
            &[&*format!(
                "inbound direct m_21 {plain} at 10:33:16.500 : \"Hei \u{fffd}\""
            )],
        ),
        (
            "what Messenger says of old in seconds",
            "messaging",
            r#"{"sender":{"id":70},"recipient":{"id":1001},"timestamp":1794565996,"read":{"watermark":1794565996,"seq":1}}"#,
            &["read messenger:70 by 70 until 10:33:16 at 10:33:16"],
        ),
        (
            "an opt-in of somebody who has no id yet",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"optin":{"ref":"x","user_ref":"u"}}"#,
            &["unknown: nobody but the page is named at 10:33:16.500"],
        ),
        (
            "a message without an id",
            "messaging",
            r#"{FROM70,"message":{"text":"x"}}"#,
            &["unknown: mid is missing at 10:33:16.500"],
        ),
        (
            "a message of nobody",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}"#,
            &["unknown: nobody but the page is named at 10:33:16.500"],
        ),
        (
            "a kind of tomorrow",
            "messaging",
            r#"{FROM70,"hologram":{"mid":"m_1"}}"#,
            &["unknown: a kind that is not known at 10:33:16.500"],
        ),
        (
            "a text that is a list",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","text":[]}}"#,
            &["unknown: a field of message is of another kind at 10:33:16.500"],
        ),
    ] {
        check(name, &direct(list, item), expected);
    }
}
