-- The list that a team looks at most: what one person, or nobody, has under a tag, in the order of lists.
CREATE INDEX ticket_tags_assignee ON ticket_tags (tenant, tag, assignee, active, place, id, category, number);
