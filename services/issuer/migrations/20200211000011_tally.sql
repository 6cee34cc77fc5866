-- migrate:up

-- How many codes have which color: the sum of all rows of a color. Workers add rows, the timer sums them up.
CREATE TABLE tally (
    color text   NOT NULL,
    codes bigint NOT NULL
);
INSERT INTO tally (color, codes)
SELECT convert_from(event, 'UTF8')::jsonb ->> 'color', count(*) FROM code WHERE event <> '' GROUP BY 1;

-- migrate:down
