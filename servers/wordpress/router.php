<?php
// Lets PHP's own server show readable addresses: a file if there is one, else WordPress.

$path = $_SERVER['DOCUMENT_ROOT'] . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_dir($path)) {
    $path = rtrim($path, '/') . '/index.php';
}
if (is_file($path) && substr($path, -4) !== '.php') {
    return false;
}
if (!is_file($path)) {
    $path = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
    $_SERVER['SCRIPT_NAME'] = '/index.php';
}
$_SERVER['SCRIPT_FILENAME'] = $path;
chdir(dirname($path));
require $path;
return true;
