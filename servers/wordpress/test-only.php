<?php
// A must-use plugin for the tests: comments may follow each other at once unless the option
// aspa_keep_flood is set.

add_action('init', function () {
    if (!get_option('aspa_keep_flood')) {
        remove_all_filters('wp_is_comment_flood');
        add_filter('comment_flood_filter', '__return_false');
    }
});
