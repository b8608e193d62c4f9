//! The writing verbs as Lua, so that each is one atomic step of the server.
//!
//! A record is the string `VERSION EXPIRES LABELS\nVALUE`, its labels in hexadecimal without anything
//! between them. Beside it stand its key in the index of its kind and in those of its labels (sorted
//! sets by key: `scan`), and in the index of expiries (a sorted set by time: `sweep`). Versions come from one counter, so none is ever used again. What strangers fill is weighed.
//!
//! The verbs on one record have KEYS record, index, expiries, versions, the prefix of its labels'
//! indexes, and for the kinds of strangers their weight; ARGV begin with now, place, key.

use ::redis::Script;

const HEAD: &str = r"
local function live(raw)
  if not raw then return nil end
  local version, expires = string.match(raw, '^(%d+) (%d+)')
  if not version or tonumber(expires) <= tonumber(ARGV[1]) then return nil end
  return version
end
local function weight(raw) return raw and 256 + #raw or 0 end
local function weigh(old, new)
  if KEYS[6] then redis.call('INCRBY', KEYS[6], weight(new) - weight(old)) end
end
local function unlabel(raw)
  local labels = raw and string.match(raw, '^%d+ %d+ (%x+)\n') or ''
  for label in string.gmatch(labels, string.rep('%x', 64)) do
    redis.call('ZREM', KEYS[5] .. label, ARGV[3])
  end
end
local function label(labels, lifetime)
  for label in string.gmatch(labels, string.rep('%x', 64)) do
    redis.call('ZADD', KEYS[5] .. label, 0, ARGV[3])
    -- The index lives as long as the last of its records does.
    if redis.call('PTTL', KEYS[5] .. label) < tonumber(lifetime) then
      redis.call('PEXPIRE', KEYS[5] .. label, lifetime)
    end
  end
end
local function write(old, expires, lifetime, value, labels)
  local version = string.format('%.0f', redis.call('INCR', KEYS[4]))
  local raw = version .. ' ' .. expires .. ' ' .. labels .. '\n' .. value
  redis.call('SET', KEYS[1], raw, 'PX', lifetime)
  redis.call('ZADD', KEYS[2], 0, ARGV[3])
  redis.call('ZADD', KEYS[3], expires, ARGV[2])
  unlabel(old)
  label(labels, lifetime)
  weigh(old, raw)
end
";

/// ARGV … expires, lifetime, value, labels, only-if-absent, most records, most weight of strangers.
/// 1 written, 0 a live record stands there, -1 no room.
const PUT: &str = r"
local old = redis.call('GET', KEYS[1])
if ARGV[8] == '1' and live(old) then return 0 end
if not old and redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[9]) then return -1 end
if KEYS[6] then
  local filled = tonumber(redis.call('GET', KEYS[6]) or 0) - weight(old)
  if filled + weight(ARGV[6]) > tonumber(ARGV[10]) then return -1 end
end
write(old, ARGV[4], ARGV[5], ARGV[6], ARGV[7])
return 1
";

/// The record, if it lived.
const TAKE: &str = r"
local raw = redis.call('GET', KEYS[1])
if not raw then return nil end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[3])
redis.call('ZREM', KEYS[3], ARGV[2])
unlabel(raw)
weigh(raw, nil)
if live(raw) then return raw end
return nil
";

/// ARGV … version, expires, lifetime, value, labels. 1 if it was swapped. Never refused for want of room:
/// tombstones and revocations are written this way.
const REPLACE: &str = r"
local old = redis.call('GET', KEYS[1])
if live(old) ~= ARGV[4] then return 0 end
write(old, ARGV[5], ARGV[6], ARGV[7], ARGV[8])
return 1
";

/// KEYS expiries, a place's prefix, an index's prefix, a label's prefix, weight. ARGV now, budget, numbers of the
/// kinds of strangers… How many were forgotten.
const SWEEP: &str = r"
local strangers, left = {}, 0
for at = 3, #ARGV do
  strangers[tonumber(ARGV[at])] = true
  left = left + redis.call('ZCARD', KEYS[3] .. ARGV[at])
end
-- What the server itself forgot was never taken off the scales.
if left == 0 then redis.call('DEL', KEYS[5]) end
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, place in ipairs(dead) do
  local kind, key = string.byte(place), string.sub(place, 2)
  if strangers[kind] then
    local length = redis.call('STRLEN', KEYS[2] .. place)
    if length > 0 then redis.call('DECRBY', KEYS[5], 256 + length) end
  end
  local head = redis.call('GETRANGE', KEYS[2] .. place, 0, 511)
  local labels = string.match(head, '^%d+ %d+ (%x+)\n') or ''
  for label in string.gmatch(labels, string.rep('%x', 64)) do
    redis.call('ZREM', KEYS[4] .. kind .. ':' .. label, key)
  end
  redis.call('DEL', KEYS[2] .. place)
  redis.call('ZREM', KEYS[3] .. kind, key)
  redis.call('ZREM', KEYS[1], place)
end
return #dead
";

/// Every script, with its hash made once.
pub(super) struct Scripts {
    pub(super) put: Script,
    pub(super) take: Script,
    pub(super) replace: Script,
    pub(super) sweep: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let with_head = |body: &str| Script::new(&format!("{HEAD}{body}"));
        Self {
            put: with_head(PUT),
            take: with_head(TAKE),
            replace: with_head(REPLACE),
            sweep: Script::new(SWEEP),
        }
    }
}
