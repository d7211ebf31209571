-- Residence lines taken apart. `lines` has `line` and `unit_line` beside whatever else; names that begin with a
-- colon are patterns and words of `address.py`. Streets repeat, so a street's text is parsed once, however many
-- live there: number and unit are cut off line by line, the rest is joined back by `street_text`.
WITH cleaned AS (
    SELECT *,
        CASE WHEN regexp_matches(line, :unclean) THEN :clean_line ELSE line END AS clean_line,
        CASE WHEN regexp_matches(unit_line, :unclean) THEN :clean_unit ELSE unit_line END AS clean_unit
    FROM :lines
),
turned AS ( -- a unit before the number goes behind the street
    SELECT * EXCLUDE (clean_line),
        CASE
            WHEN regexp_matches(clean_line, '^[0-9]+[A-Z]? ') AND NOT regexp_matches(clean_line, :floor_first)
                THEN clean_line
            ELSE regexp_replace(clean_line, :unit_first, '\2 \1')
        END AS clean_line
    FROM cleaned
),
numbered AS (
    SELECT *, regexp_extract(clean_line, :number, ['number', 'fraction', 'rest']) AS numbered FROM turned
),
cut AS (
    SELECT *,
        CASE WHEN regexp_matches(numbered.rest, :has_unit) THEN
            regexp_extract(numbered.rest, :unit, ['street', 'type', 'id', 'type2', 'id2', 'alone', 'floor'])
        END AS found,
        regexp_extract(clean_unit, :own_unit, ['floor', 'type', 'id', 'id2']) AS own
    FROM numbered
),
kept AS ( -- LOT RD and BAY FRONT RD are streets, not units
    SELECT * EXCLUDE (found),
        CASE WHEN found.id = '' OR found.id NOT IN (SELECT word FROM :street_words) THEN found END AS found
    FROM cut
),
texted AS (
    SELECT *, coalesce(nullif(found.street, ''), nullif(numbered.rest, '')) AS whole_street FROM kept
),
lettered AS ( -- in 12 A MILL RD the letter belongs to the number, but A ST is a street
    SELECT *,
        CASE
            WHEN substr(whole_street, 2, 1) = ' ' AND numbered.number <= ':' AND right(numbered.number, 1) <= '9'
                THEN regexp_extract(whole_street, :letter, 1)
            ELSE ''
        END AS letter
    FROM texted
),
lined AS (
    SELECT * EXCLUDE (whole_street),
        CASE WHEN letter <> '' THEN substr(whole_street, 3) ELSE whole_street END AS street_text
    FROM lettered
),
parsed AS (
    SELECT street_text,
        regexp_extract(street_text, :road, ['before', 'system', 'kind', 'number', 'after']) AS road,
        regexp_extract(street_text, :street, ['before', 'name', 'type', 'after']) AS street
    FROM (SELECT DISTINCT street_text FROM lined WHERE street_text IS NOT NULL)
),
named AS (
    SELECT street_text,
        road.number <> '' AND (road.system <> '' OR road.kind <> '') AS is_road,
        CASE WHEN is_road THEN road.before ELSE street.before END AS before,
        CASE WHEN is_road THEN '' ELSE street.type END AS type,
        CASE WHEN is_road THEN road.after ELSE street.after END AS after,
        CASE
            WHEN NOT is_road THEN :plain_name
            WHEN road.system IN ('US', 'U S') THEN 'US HWY ' || road.number
            WHEN road.system IN ('INTERSTATE', 'I') THEN 'I ' || road.number
            WHEN road.system IN ('COUNTY', 'CO', 'CNTY', 'CR') THEN 'COUNTY RD ' || road.number
            WHEN road.system IN ('TOWNSHIP', 'TWP') THEN 'TOWNSHIP RD ' || road.number
            WHEN road.system = 'FM' OR road.kind = 'FARM TO MARKET' THEN 'FM ' || road.number
            WHEN road.system IN ('STATE', 'ST', 'SR', 'SH') THEN 'STATE HWY ' || road.number
            WHEN road.kind IN ('ROUTE', 'RTE', 'RT') THEN 'RTE ' || road.number
            ELSE 'HWY ' || road.number
        END AS name
    FROM parsed
),
spelt AS (
    SELECT
        street_text,
        -- S LN is a lane named South
        CASE WHEN bare.short IS NULL THEN before_word.short END AS pre_direction,
        CASE WHEN bare.short IS NULL THEN coalesce(ordinal.short, name) ELSE before_word.short END AS street,
        coalesce(type_word.short, bare.short) AS street_type,
        after_word.short AS post_direction,
        is_road
            OR (coalesce(type_word.short, bare.short) IS NOT NULL OR pre_direction IS NOT NULL AND name <= '9Z')
            AND len(string_split(name, ' ')) <= 3
            AND NOT regexp_matches(name, :stray) AS sure
    FROM named
    LEFT JOIN :words AS before_word ON before_word.kind = 'direction' AND before_word.word = before
    LEFT JOIN :words AS after_word ON after_word.kind = 'direction' AND after_word.word = after
    LEFT JOIN :words AS type_word ON type_word.kind = 'type' AND type_word.word = type
    LEFT JOIN :words AS ordinal ON ordinal.kind = 'ordinal' AND ordinal.word = name
    LEFT JOIN :words AS bare ON bare.kind = 'type' AND bare.word = name AND before <> '' AND type = ''
),
whole AS (
    SELECT lined.*, spelt.* EXCLUDE (street_text),
        regexp_extract(clean_line, :rural, ['route', 'box']) AS rural,
        regexp_extract(clean_line, :po_box, 1) AS po_box,
        regexp_extract(clean_line, :military, ['kind', 'number', 'box']) AS military
    FROM lined
    LEFT JOIN spelt USING (street_text)
),
formed AS (
    SELECT *,
        CASE
            WHEN clean_line IS NULL THEN NULL
            WHEN po_box <> '' THEN 'po_box'
            WHEN rural.route <> '' THEN 'rural_route'
            WHEN military.number <> '' THEN 'military'
            WHEN street IS NOT NULL THEN 'street'
            ELSE 'unread'
        END AS form,
        CASE
            WHEN found IS NULL THEN own
            ELSE {
                'floor': found.floor, 'type': coalesce(nullif(found.type, ''), found.alone), 'id': found.id, 'id2': found.id2
            }
        END AS said
    FROM whole
)
SELECT
    formed.* EXCLUDE (:steps),
    form AS kind,
    CASE WHEN form = 'street' THEN replace(numbered.number, ' ', '') || letter END AS number,
    CASE WHEN form = 'street' THEN nullif(numbered.fraction, '') END AS fraction,
    CASE WHEN form = 'street' THEN formed.pre_direction END AS pre_direction,
    CASE form
        WHEN 'street' THEN formed.street
        WHEN 'po_box' THEN 'PO BOX'
        WHEN 'rural_route' THEN 'RR ' || rural.route
        WHEN 'military' THEN military.kind || ' ' || military.number
        ELSE clean_line
    END AS street,
    CASE WHEN form = 'street' THEN formed.street_type END AS street_type,
    CASE WHEN form = 'street' THEN formed.post_direction END AS post_direction,
    CASE
        WHEN form IN ('po_box', 'rural_route', 'military') THEN 'BOX'
        WHEN form = 'street' AND said.floor <> '' THEN 'FL'
        WHEN form = 'street' THEN unit_word.short
    END AS unit_type,
    CASE form
        WHEN 'po_box' THEN po_box
        WHEN 'rural_route' THEN nullif(rural.box, '')
        WHEN 'military' THEN nullif(military.box, '')
        WHEN 'street' THEN coalesce(
            nullif(regexp_extract(said.floor, '^[0-9]+'), ''), nullif(trim(said.id || ' ' || said.id2), ''), unit_word.short)
    END AS unit,
    form IS NOT NULL AND form <> 'unread' AND (form <> 'street' OR sure) AS sure
FROM formed
LEFT JOIN :words AS unit_word ON unit_word.kind = 'unit' AND unit_word.word = nullif(said.type, '')
