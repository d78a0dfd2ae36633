-- SPDX-License-Identifier: Apache-2.0
-- The index of a workspace. Everything here can be rebuilt from the files beside it, but for ratings and the bin.

CREATE TABLE image (
  id           INTEGER PRIMARY KEY,
  path         TEXT    NOT NULL UNIQUE,            -- relative to the workspace, forward slashes
  created      REAL    NOT NULL,                   -- s since 1970
  prompt       TEXT    NOT NULL DEFAULT '',
  negative     TEXT    NOT NULL DEFAULT '',
  options_json TEXT    NOT NULL DEFAULT '{}',      -- GenerateOptions as used
  seed         INTEGER NOT NULL DEFAULT 0,
  width        INTEGER NOT NULL,                   -- px
  height       INTEGER NOT NULL,
  model        TEXT    NOT NULL DEFAULT '',
  rating       INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
  deleted      INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))
) STRICT;
CREATE INDEX image_by_time ON image (deleted, created DESC, id DESC);
CREATE INDEX image_by_model ON image (model);

CREATE TABLE run (
  folder      TEXT PRIMARY KEY,                    -- as RunStatus.folder
  id          TEXT NOT NULL,
  name        TEXT NOT NULL,
  state       TEXT NOT NULL,                       -- run_state_name
  step        INTEGER NOT NULL,
  total_steps INTEGER NOT NULL,
  created     REAL NOT NULL,                       -- s since 1970
  changed     REAL NOT NULL,
  status_json TEXT NOT NULL                        -- RunStatus, complete
) STRICT;
CREATE INDEX run_by_time ON run (created DESC);
