-- How rare a word is decides how a search is done: of ten thousand words it is known, not of one
-- thousand.
ALTER TABLE @.texts ALTER COLUMN words SET STATISTICS 1000;
