-- migrate:up

-- How many people of each prefecture have each color now. Whoever was counted before this table is of no known area, until
-- their color changes: then their area's number is short by one, and the sum over all areas is right.
CREATE TABLE residents (
    area  text   NOT NULL,
    color text   NOT NULL,
    n     bigint NOT NULL,
    PRIMARY KEY (area, color)
) WITH (fillfactor = 50);
INSERT INTO residents (area, color, n) SELECT '', color, n FROM people;

-- migrate:down
