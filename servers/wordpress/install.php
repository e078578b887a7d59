<?php
// Makes the site, its accounts and their application passwords, and writes them as shell variables.
//
//     php install.php DIRECTORY URL TIME_ZONE FILE
//
// A second run changes nothing.

[, $root, $url, $zone, $file] = $argv;
$parts = parse_url($url);
$_SERVER['HTTP_HOST'] = $parts['host'] . ':' . $parts['port'];
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', !file_exists($file));
require $root . '/wp-load.php';
if (file_exists($file)) {
    exit(0);
}
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
if (!is_blog_installed()) {
    wp_install('Aurinkokauppa', 'admin', 'admin@aurinko.example', true, '', wp_generate_password());
}

// What decides whose comments wait: whoever writes for the first time, and whoever links too much.
$options = [
    'permalink_structure' => '/%postname%/',
    'timezone_string' => $zone,
    'default_comment_status' => 'open',
    'comment_registration' => 0,
    'comment_moderation' => 0,
    'comment_previously_approved' => 1,
    'comment_max_links' => 2,
    'thread_comments' => 1,
    'thread_comments_depth' => 5,
    'disallowed_keys' => 'halpakasino',
    'aspa_events_secret' => 'a-secret-of-this-test-only',
];
foreach ($options as $name => $value) {
    update_option($name, $value);
}
global $wp_rewrite;
$wp_rewrite->init();
flush_rewrite_rules(false);

$lines = ["ASPA_WORDPRESS_URL='$url'"];
foreach (['admin' => 'administrator', 'support' => 'editor', 'liisa' => 'subscriber'] as $login => $role) {
    $id = username_exists($login);
    if (!$id) {
        $id = wp_insert_user([
            'user_login' => $login,
            'user_pass' => wp_generate_password(),
            'user_email' => "$login@aurinko.example",
            'display_name' => ucfirst($login),
            'role' => $role,
        ]);
    }
    [$password] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'test']);
    $lines[] = 'ASPA_WORDPRESS_' . strtoupper($login) . "='$login:$password'";
}
file_put_contents($file, implode("\n", $lines) . "\n");
