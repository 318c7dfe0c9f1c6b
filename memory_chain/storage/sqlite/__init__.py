"""Quick fallback SQLite store."""
from __future__ import annotations
import base64, hashlib, json, threading, zlib
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
import apsw
from memory_chain.errors import *
from memory_chain.retrieval.lexical import analyze, index_fields
from memory_chain.storage.base import *
from memory_chain.types import *
from memory_chain.utils import to_micros, from_micros
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE message(seq INTEGER PRIMARY KEY, id TEXT UNIQUE, session TEXT, role TEXT, speaker TEXT, text TEXT, at INTEGER, metadata TEXT);
CREATE INDEX message_at ON message(at, seq);
CREATE TABLE turns(seq INTEGER PRIMARY KEY, session TEXT, speaker TEXT, at INTEGER, tokens TEXT, traits INTEGER);
CREATE INDEX turns_by_session ON turns(session, at, seq);
CREATE VIRTUAL TABLE turn_index USING fts5(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE turn_terms USING fts5vocab(turn_index, row);
CREATE TABLE queue(seq INTEGER PRIMARY KEY, tries INT DEFAULT 0, rules INT DEFAULT 0, not_before INT, error TEXT DEFAULT '', raw TEXT DEFAULT '', dead INT DEFAULT 0);
CREATE TABLE lease(name TEXT PRIMARY KEY, owner TEXT, until INT);
CREATE TABLE observation(message_id TEXT PRIMARY KEY, at INT, writer TEXT, payload TEXT);
CREATE TABLE observed(source TEXT, seq INT, ordinal INT, at INT, kind TEXT, payload TEXT, writer TEXT, PRIMARY KEY(source, ordinal)) WITHOUT ROWID;
CREATE INDEX observed_at ON observed(at, seq, ordinal);
CREATE TABLE correction(id TEXT PRIMARY KEY, at INT, payload TEXT, corrected TEXT);
CREATE TABLE attribute(id TEXT PRIMARY KEY, known_from INT, payload TEXT);
CREATE TABLE event(id TEXT PRIMARY KEY, known_from INT, payload TEXT);
CREATE TABLE change(n INTEGER PRIMARY KEY, at INT, item TEXT, previous TEXT, payload TEXT);
CREATE INDEX change_at ON change(at);
CREATE TABLE topic(id INTEGER PRIMARY KEY, key TEXT UNIQUE);
CREATE TABLE topic_message(topic INT, message_id TEXT, seq INT, at INT, label TEXT, attitude TEXT, reason TEXT, subject TEXT, PRIMARY KEY(topic, message_id)) WITHOUT ROWID;
CREATE INDEX tm_m ON topic_message(message_id);
CREATE INDEX tm_att ON topic_message(subject, at) WHERE attitude <> 'neutral';
CREATE VIRTUAL TABLE topic_index USING fts5(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TABLE kept(type TEXT, message_id TEXT, n INT, payload TEXT);
CREATE TABLE vector(model TEXT, message_id TEXT, seq INT, data BLOB, PRIMARY KEY(model, message_id)) WITHOUT ROWID;
CREATE TABLE call(n INTEGER PRIMARY KEY, payload TEXT);
CREATE TABLE forgotten(hash BLOB PRIMARY KEY);
"""
def _iso(o):
    if isinstance(o, datetime): return {"$t": to_micros(o)}
    if isinstance(o, dict): return {k: _iso(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)): return [_iso(v) for v in o]
    return o
def _back(o):
    if isinstance(o, dict):
        if "$t" in o: return from_micros(o["$t"])
        return {k: _back(v) for k, v in o.items()}
    if isinstance(o, list): return [_back(v) for v in o]
    return o
def enc(rec): return json.dumps(_iso(asdict(rec)), ensure_ascii=False)
def _interval(d): return Interval(start=d["start"], end=d["end"], precision=Precision(d["precision"])) if d else None
def _decision(d): return Decision(operation=Operation(d["operation"]), target=d["target"], reason=d["reason"], also=tuple(d["also"])) if d else None
def dec_oattr(d): return ObservedAttribute(**{**d, "polarity": Attitude(d["polarity"]), "trust": Trust(d["trust"]), "decision": _decision(d["decision"])})
def dec_oevent(d): return ObservedEvent(**{**d, "when": _interval(d["when"]), "trust": Trust(d["trust"]), "decision": _decision(d["decision"])})
def dec_obs(s):
    d = _back(json.loads(s))
    return Observation(**{**d, "topics": tuple(d["topics"]), "attitude": Attitude(d["attitude"]), "attributes": tuple(map(dec_oattr, d["attributes"])), "events": tuple(map(dec_oevent, d["events"])), "refused": tuple(d["refused"])})
def _sources(l): return tuple(Source(**x) for x in l)
def dec_attr(s):
    d = _back(json.loads(s)); return Attribute(**{**d, "polarity": Attitude(d["polarity"]), "trust": Trust(d["trust"]), "sources": _sources(d["sources"])})
def dec_event(s):
    d = _back(json.loads(s)); return Event(**{**d, "when": _interval(d["when"]), "trust": Trust(d["trust"]), "sources": _sources(d["sources"])})
def dec_change(s):
    d = _back(json.loads(s)); return Change(**{**d, "operation": Operation(d["operation"])})
def dec_call(s):
    d = _back(json.loads(s)); return ModelCall(**{**d, "message_ids": tuple(d["message_ids"])})
def _h(*p): return hashlib.blake2b("\x1f".join(p).encode("utf-8", "replace"), digest_size=16).digest()
MSG = "seq, id, session, role, speaker, text, at, metadata"
class SQLiteStore:
    def __init__(self, path, *, user_id):
        self.path, self.user_id = Path(path), user_id
        self._lock = threading.RLock(); self._depth = 0
        self._c = apsw.Connection(str(path)); self._c.set_busy_timeout(30000)
        for p in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"): self._c.execute("PRAGMA " + p).fetchall()
        if not self._q("SELECT 1 FROM sqlite_master LIMIT 1"):
            with self.transaction():
                for st in SCHEMA.split(";\n"):
                    if st.strip(): self._c.execute(st)
                self.set_meta("user_id", user_id); self.set_meta("version", "0")
    def _q(self, sql, a=()):
        with self._lock: return self._c.execute(sql, a).fetchall()
    def close(self):
        with self._lock: self._c.close()
    @contextmanager
    def transaction(self):
        with self._lock:
            if self._depth:
                self._depth += 1
                try: yield
                finally: self._depth -= 1
                return
            self._c.execute("BEGIN IMMEDIATE"); self._depth = 1
            try: yield
            except BaseException:
                self._depth = 0; self._c.execute("ROLLBACK"); raise
            self._depth = 0; self._c.execute("COMMIT")
    def version(self): return int(self.get_meta("version") or 0)
    def get_meta(self, key):
        r = self._q("SELECT value FROM meta WHERE key=?", (key,)); return r[0][0] if r else None
    def set_meta(self, key, value):
        if value is None: self._q("DELETE FROM meta WHERE key=?", (key,))
        else: self._q("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))
    def _msg(self, r): return Message(seq=r[0], id=r[1], session_id=r[2], role=Role(r[3]), speaker=r[4], text=r[5], created_at=from_micros(r[6]), metadata=json.loads(r[7]), user_id=self.user_id)
    def add_messages(self, messages, *, queue=True):
        stored, dup, forg = [], 0, 0
        with self.transaction():
            for m in messages:
                if self._q("SELECT 1 FROM forgotten WHERE hash=?", (_h("m", m.id),)): forg += 1; continue
                old = self._q(f"SELECT {MSG} FROM message WHERE id=?", (m.id,))
                if old:
                    o = self._msg(old[0])
                    diff = [n for n, f in (("text","text"),("role","role"),("speaker","speaker"),("session id","session_id"),("time","created_at"),("metadata","metadata")) if getattr(o, f) != getattr(m, f)]
                    if diff: raise ConflictError(m.id, diff)
                    dup += 1; continue
                self._c.execute("INSERT INTO message(id,session,role,speaker,text,at,metadata) VALUES(?,?,?,?,?,?,?)", (m.id, m.session_id, str(m.role), m.speaker, m.text, to_micros(m.created_at), json.dumps(dict(m.metadata))))
                seq = self._c.last_insert_rowid(); f = index_fields(m.text)
                self._c.execute("INSERT INTO turns VALUES(?,?,?,?,?,?)", (seq, m.session_id, m.speaker or str(m.role), to_micros(m.created_at), f.tokens, f.traits))
                self._c.execute("INSERT INTO turn_index(rowid,tokens) VALUES(?,?)", (seq, f.tokens))
                if queue: self._c.execute("INSERT INTO queue(seq) VALUES(?)", (seq,))
                stored.append(replace(m, seq=seq))
        return Added(stored=tuple(stored), duplicates=dup, forgotten=forg)
    def get_messages(self, ids):
        by = {}
        for i in ids:
            r = self._q(f"SELECT {MSG} FROM message WHERE id=?", (i,))
            if r: by[i] = self._msg(r[0])
        return [by.get(i) for i in ids]
    def messages_by_seq(self, seqs):
        return {r[0]: self._msg(r) for r in self._q("SELECT seq, message.id, session, role, speaker, text, at, metadata FROM json_each(?) j CROSS JOIN message ON seq=j.value", (json.dumps(list(seqs)),))} if seqs else {}
    def list_messages(self, *, session_id=None, speaker=None, since=None, until=None, after=None, limit=None, newest_first=False):
        w, a = ["1"], []
        if session_id is not None: w.append("session=?"); a.append(session_id)
        if speaker is not None: w.append("speaker=?"); a.append(speaker)
        if since is not None: w.append("at>=?"); a.append(to_micros(since))
        if until is not None: w.append("at<?"); a.append(to_micros(until))
        if after is not None: w.append("(at,seq)%s(?,?)" % ("<" if newest_first else ">")); a += [to_micros(after[0]), after[1]]
        d = "DESC" if newest_first else ""
        return [self._msg(r) for r in self._q(f"SELECT {MSG} FROM message WHERE {' AND '.join(w)} ORDER BY at {d}, seq {d} LIMIT ?", (*a, -1 if limit is None else limit))]
    def neighbours(self, seqs, *, before, after):
        if not seqs: return {}
        out = {}
        for s, b, a in self._q("""SELECT hit.seq,
          (SELECT group_concat(seq) FROM (SELECT seq FROM turns b WHERE b.session=hit.session AND (b.at,b.seq)<(hit.at,hit.seq) ORDER BY b.at DESC,b.seq DESC LIMIT ?2)),
          (SELECT group_concat(seq) FROM (SELECT seq FROM turns a WHERE a.session=hit.session AND (a.at,a.seq)>(hit.at,hit.seq) ORDER BY a.at,a.seq LIMIT ?3))
          FROM json_each(?1) CROSS JOIN turns hit ON hit.seq=value""", (json.dumps(list(seqs)), before, after)):
            out[s] = [*([int(x) for x in b.split(",")][::-1] if b else []), s, *([int(x) for x in a.split(",")] if a else [])]
        return out
    def turns(self, seqs):
        return {r[0]: Turn._make(r) for r in self._q("SELECT turns.* FROM json_each(?) CROSS JOIN turns ON seq=value", (json.dumps(list(seqs)),))}
    def _match(self, terms): return " OR ".join('"%s"' % t.replace('"', '""') for t in terms)
    def search(self, terms, *, limit, as_of=None):
        if not terms: return []
        if as_of is None: rows = self._q("SELECT rowid, rank FROM turn_index WHERE turn_index MATCH ? ORDER BY rank LIMIT ?", (self._match(terms), limit))
        else: rows = self._q("SELECT turn_index.rowid, rank FROM turn_index JOIN turns ON seq=turn_index.rowid WHERE turn_index MATCH ? AND at<=? ORDER BY rank LIMIT ?", (self._match(terms), to_micros(as_of), limit))
        return [Hit(seq=r[0], score=-r[1]) for r in rows]
    def document_counts(self, terms):
        out = {}
        for t in terms:
            r = self._q("SELECT doc FROM turn_terms WHERE term=?", (t,)); out[t] = r[0][0] if r else 0
        return out
    def messages_with_term(self, term, *, limit):
        return [r[0] for r in self._q("SELECT rowid FROM turn_index WHERE turn_index MATCH ? ORDER BY rowid DESC LIMIT ?", (self._match([term]), limit))]
    def speakers(self): return [tuple(r) for r in self._q("SELECT speaker, role, count(*) FROM message GROUP BY 1,2")]
    def _qi(self, r):
        m = self._msg(r[:8]); t, ru, nb, e, raw, d = r[8:]
        return QueueItem(message=m, tries=t, read_by_rules=bool(ru), not_before=from_micros(nb) if nb else None, error=e, raw=raw, dead=bool(d))
    _QI = f"SELECT message.seq, id, session, role, speaker, text, at, metadata, tries, rules, not_before, error, raw, dead FROM queue JOIN message USING(seq)"
    def waiting(self, *, limit, unread_only=False, ready_at=None):
        w = "dead=0" + (" AND rules=0" if unread_only else ""); a = []
        if ready_at is not None: w += " AND (not_before IS NULL OR not_before<=?)"; a.append(to_micros(ready_at))
        return [self._qi(r) for r in self._q(f"{self._QI} WHERE {w} ORDER BY at, message.seq LIMIT ?", (*a, limit))]
    def troubled(self): return [self._qi(r) for r in self._q(f"{self._QI} WHERE error<>'' OR dead=1 ORDER BY at")]
    def update_queue(self, items):
        with self.transaction():
            for i in items:
                self._c.execute("UPDATE queue SET tries=?,rules=?,not_before=?,error=?,raw=?,dead=? WHERE seq=(SELECT seq FROM message WHERE id=?)", (i.tries, int(i.read_by_rules), to_micros(i.not_before) if i.not_before else None, i.error, i.raw, int(i.dead), i.message.id))
    def enqueue(self, ids, *, read_by_rules=False):
        with self.transaction():
            for i in ids: self._c.execute("INSERT OR REPLACE INTO queue(seq,rules) SELECT seq,? FROM message WHERE id=?", (int(read_by_rules), i))
    def dequeue(self, ids):
        with self.transaction():
            for i in ids: self._c.execute("DELETE FROM queue WHERE seq=(SELECT seq FROM message WHERE id=?)", (i,))
    def lease(self, name, owner, *, now, seconds):
        with self.transaction():
            r = self._q("SELECT owner, until FROM lease WHERE name=?", (name,))
            if r and r[0][0] != owner and r[0][1] > to_micros(now): return False
            self._c.execute("INSERT OR REPLACE INTO lease VALUES(?,?,?)", (name, owner, to_micros(now) + int(seconds * 1e6))); return True
    def release(self, name, owner): self._q("DELETE FROM lease WHERE name=? AND owner=?", (name, owner))
    def _drop_obs(self, i):
        self._c.execute("DELETE FROM observation WHERE message_id=?", (i,)); self._c.execute("DELETE FROM observed WHERE source=?", (i,))
        ts = [r[0] for r in self._q("SELECT topic FROM topic_message WHERE message_id=?", (i,))]
        self._c.execute("DELETE FROM topic_message WHERE message_id=?", (i,))
        for t in ts:
            if not self._q("SELECT 1 FROM topic_message WHERE topic=? LIMIT 1", (t,)):
                self._c.execute("DELETE FROM topic WHERE id=?", (t,)); self._c.execute("DELETE FROM topic_index WHERE rowid=?", (t,))
    def put_observations(self, observations):
        with self.transaction():
            for o in observations:
                m = self._q("SELECT seq, at FROM message WHERE id=?", (o.message_id,))
                if not m: continue
                seq, at = m[0]; self._drop_obs(o.message_id)
                ok = lambda x: not self._q("SELECT 1 FROM forgotten WHERE hash=?", (_h("i", o.message_id, " ".join(sorted(set(analyze(x.text))))),))
                o = replace(o, attributes=tuple(filter(ok, o.attributes)), events=tuple(filter(ok, o.events)))
                self._c.execute("INSERT INTO observation VALUES(?,?,?,?)", (o.message_id, at, o.writer, enc(o)))
                for n, x in enumerate((*o.attributes, *o.events)):
                    self._c.execute("INSERT INTO observed VALUES(?,?,?,?,?,?,?)", (o.message_id, seq, n, at, "attribute" if isinstance(x, ObservedAttribute) else "event", enc(x), o.writer))
                for n, label in enumerate(o.topics):
                    key = " ".join(sorted(set(analyze(label))))
                    if not key: continue
                    r = self._q("SELECT id FROM topic WHERE key=?", (key,))
                    if r: t = r[0][0]
                    else:
                        self._c.execute("INSERT INTO topic(key) VALUES(?)", (key,)); t = self._c.last_insert_rowid()
                        self._c.execute("INSERT INTO topic_index(rowid,tokens) VALUES(?,?)", (t, key))
                    self._c.execute("INSERT OR IGNORE INTO topic_message VALUES(?,?,?,?,?,?,?,?)", (t, o.message_id, seq, at, label, str(o.attitude) if n == 0 else "neutral", o.reason if n == 0 else "", o.subject))
    def get_observations(self, ids):
        return {i: dec_obs(r[0][0]) for i in ids if (r := self._q("SELECT payload FROM observation WHERE message_id=?", (i,)))}
    def counts_by_writer(self): return dict(self._q("SELECT writer, count(*) FROM observation GROUP BY 1"))
    def put_correction(self, c):
        with self.transaction():
            seq = 1 + self._q("SELECT count(*) FROM correction")[0][0]
            kind = "attribute" if isinstance(c.item, ObservedAttribute) else "event"
            self._c.execute("INSERT INTO correction VALUES(?,?,?,?)", (c.id, to_micros(c.at), json.dumps([kind, json.loads(enc(c.item))]), json.dumps(c.corrected_sources)))
            self._c.execute("INSERT INTO observed VALUES(?,?,?,?,?,?,?)", (c.id, 1 << 40 | seq, 0, to_micros(c.at), kind, enc(c.item), "user"))
    def remove_correction(self, i):
        with self.transaction():
            n = self._q("SELECT 1 FROM correction WHERE id=?", (i,))
            self._c.execute("DELETE FROM correction WHERE id=?", (i,)); self._c.execute("DELETE FROM observed WHERE source=?", (i,)) if n else None
            return bool(n)
    def corrections(self):
        out = []
        for i, at, p, c in self._q("SELECT * FROM correction ORDER BY at"):
            k, d = json.loads(p); d = _back(d)
            out.append(Correction(id=i, at=from_micros(at), item=(dec_oattr if k == "attribute" else dec_oevent)(d), corrected_sources=tuple(json.loads(c))))
        return out
    def observed(self, *, since=None):
        cs = {r[0]: tuple(json.loads(r[1])) for r in self._q("SELECT id, corrected FROM correction")}
        return [Observed(source=Source(id=s, said_at=from_micros(at)), seq=q, ordinal=n, item=(dec_oattr if k == "attribute" else dec_oevent)(_back(json.loads(p))), writer=w, corrected_sources=cs.get(s, ()))
                for s, q, n, at, k, p, w in self._q("SELECT source,seq,ordinal,at,kind,payload,writer FROM observed WHERE at>=? ORDER BY at,seq,ordinal", (-(1 << 60) if since is None else to_micros(since),))]
    def attributes(self, *, ids=None):
        return [dec_attr(r[0]) for r in self._q("SELECT payload FROM attribute ORDER BY known_from, id")]
    def events(self, *, ids=None):
        return [dec_event(r[0]) for r in self._q("SELECT payload FROM event ORDER BY known_from, id")]
    def apply(self, d):
        with self.transaction():
            for t, rows, gone in (("attribute", d.attributes, d.removed_attributes), ("event", d.events, d.removed_events)):
                for g in gone: self._c.execute(f"DELETE FROM {t} WHERE id=?", (g,))
                for x in rows: self._c.execute(f"INSERT OR REPLACE INTO {t} VALUES(?,?,?)", (x.id, to_micros(x.known_from), enc(x)))
            if d.history_since is not None: self._c.execute("DELETE FROM change WHERE at>=?", (to_micros(d.history_since),))
            for c in d.changes: self._c.execute("INSERT INTO change(at,item,previous,payload) VALUES(?,?,?,?)", (to_micros(c.at), c.item_id, c.previous_id, enc(c)))
            self.set_meta("version", str(self.version() + 1))
    def changes(self, *, item_id=None, limit=None, until=None):
        w, a = ["1"], []
        if item_id: w.append("(item=? OR previous=?)"); a += [item_id, item_id]
        if until: w.append("at<=?"); a.append(to_micros(until))
        return [dec_change(r[0]) for r in self._q(f"SELECT payload FROM change WHERE {' AND '.join(w)} ORDER BY at, n LIMIT ?", (*a, -1 if limit is None else limit))]
    def _topic(self, t):
        rows = self._q("SELECT label, at, attitude FROM topic_message WHERE topic=? ORDER BY at, seq", (t,))
        att = {}
        for r in rows: att[Attitude(r[2])] = att.get(Attitude(r[2]), 0) + 1
        return TopicRow(id=t, label=rows[0][0], messages=len(rows), last_at=from_micros(rows[-1][1]), attitudes=att)
    def search_topics(self, terms, *, limit):
        if not terms: return []
        return [(self._topic(r[0]), -r[1]) for r in self._q("SELECT rowid, rank FROM topic_index WHERE topic_index MATCH ? ORDER BY rank LIMIT ?", (self._match(terms), limit))]
    def topics(self, *, limit=None, as_of=None):
        a = 1 << 60 if as_of is None else to_micros(as_of); out = {}
        for t, l, at, s in self._q("SELECT topic,label,at,attitude FROM topic_message WHERE at<=? ORDER BY at,seq", (a,)):
            o = out.setdefault(t, [l, 0, at, {}]); o[1] += 1; o[2] = at; o[3][Attitude(s)] = o[3].get(Attitude(s), 0) + 1
        rows = sorted((TopicRow(id=t, label=o[0], messages=o[1], last_at=from_micros(o[2]), attitudes=o[3]) for t, o in out.items()), key=lambda r: (-r.messages, r.label))
        return rows[:limit]
    def topic_messages(self, ids, *, limit):
        return [(t, r[0]) for t in ids for r in self._q("SELECT seq FROM topic_message WHERE topic=? ORDER BY at DESC LIMIT ?", (t, limit))]
    def attitudes(self, *, as_of=None, subject=None, limit=None):
        w, a = ["attitude<>'neutral'"], []
        if as_of: w.append("at<=?"); a.append(to_micros(as_of))
        if subject: w.append("subject=?"); a.append(subject)
        return [TopicAttitude(topic_id=t, label=l, subject=s, evidence=Evidence(message_id=m, at=from_micros(at), attitude=Attitude(x), reason=r)) for t, m, at, l, x, r, s in self._q(f"SELECT topic,message_id,at,label,attitude,reason,subject FROM topic_message WHERE {' AND '.join(w)} ORDER BY at DESC, seq DESC LIMIT ?", (*a, -1 if limit is None else limit))]
    def keep(self, t, m, records):
        with self.transaction():
            self._c.execute("DELETE FROM kept WHERE type=? AND message_id=?", (t, m))
            for n, r in enumerate(records): self._c.execute("INSERT INTO kept VALUES(?,?,?,?)", (t, m, n, json.dumps(r)))
    def kept(self, t, *, as_of=None):
        return [(self._msg(r[:8]), json.loads(r[8])) for r in self._q("SELECT message.seq, id, session, role, speaker, text, at, metadata, payload FROM kept JOIN message ON id=message_id WHERE type=? AND at<=? ORDER BY at, message.seq, n", (t, 1 << 60 if as_of is None else to_micros(as_of)))]
    def put_vectors(self, model, vectors):
        with self.transaction():
            for i, b in vectors.items(): self._c.execute("INSERT OR REPLACE INTO vector SELECT ?, id, seq, ? FROM message WHERE id=?", (model, b, i))
    def vectors(self, model):
        r = self._q("SELECT seq, data FROM vector WHERE model=? ORDER BY seq", (model,)); return [x[0] for x in r], b"".join(x[1] for x in r)
    def vector_state(self, model): return tuple(self._q("SELECT count(*), coalesce(max(seq),0) FROM vector WHERE model=?", (model,))[0])
    def messages_without_vector(self, model, *, limit):
        return [self._msg(r) for r in self._q(f"SELECT {MSG} FROM message WHERE seq NOT IN (SELECT seq FROM vector WHERE model=?) LIMIT ?", (model, limit))]
    def record_call(self, c): self._q("INSERT INTO call(payload) VALUES(?)", (enc(c),))
    def calls(self, *, limit=None): return [dec_call(r[0]) for r in self._q("SELECT payload FROM call ORDER BY n LIMIT ?", (-1 if limit is None else limit,))]
    def forget_messages(self, ids):
        out = {"messages": 0, "observations": 0, "queued": 0, "calls_scrubbed": 0}
        with self.transaction():
            for i in ids:
                r = self._q("SELECT seq FROM message WHERE id=?", (i,))
                if not r: continue
                s = r[0][0]; out["messages"] += 1
                out["queued"] += len(self._q("SELECT 1 FROM queue WHERE seq=?", (s,))); out["observations"] += len(self._q("SELECT 1 FROM observation WHERE message_id=?", (i,)))
                self._drop_obs(i)
                for sql in ("DELETE FROM queue WHERE seq=?", "DELETE FROM turns WHERE seq=?", "DELETE FROM turn_index WHERE rowid=?", "DELETE FROM vector WHERE seq=?", "DELETE FROM message WHERE seq=?"): self._c.execute(sql, (s,))
                self._c.execute("DELETE FROM kept WHERE message_id=?", (i,)); self._c.execute("INSERT OR IGNORE INTO forgotten VALUES(?)", (_h("m", i),))
            gone = set(ids)
            for n, p in self._q("SELECT n, payload FROM call"):
                c = dec_call(p)
                if gone & set(c.message_ids): out["calls_scrubbed"] += 1; self._c.execute("UPDATE call SET payload=? WHERE n=?", (enc(replace(c, detail="", message_ids=tuple(x for x in c.message_ids if x not in gone))), n))
        return out
    def forget_items(self, source_ids, texts):
        with self.transaction():
            for s in source_ids:
                o = self.get_observations([s]).get(s)
                for t in texts: self._c.execute("INSERT OR IGNORE INTO forgotten VALUES(?)", (_h("i", s, " ".join(sorted(set(analyze(t))))),))
                if o: self.put_observations([o])
    def erase_traces(self):
        with self._lock:
            self._c.execute("INSERT INTO turn_index(turn_index) VALUES('delete-all')")
            for s, t in self._q("SELECT seq, tokens FROM turns"): self._c.execute("INSERT INTO turn_index(rowid,tokens) VALUES(?,?)", (s, t))
            self._c.execute("INSERT INTO topic_index(topic_index) VALUES('delete-all')")
            for s, t in self._q("SELECT id, key FROM topic"): self._c.execute("INSERT INTO topic_index(rowid,tokens) VALUES(?,?)", (s, t))
            self._c.execute("VACUUM"); self._q("PRAGMA wal_checkpoint(TRUNCATE)")
    def counts(self):
        g = lambda s: self._q(s)[0][0]
        a, b = self._q("SELECT min(at), max(at) FROM message")[0]
        return Counts(messages=g("SELECT count(*) FROM message"), sessions=g("SELECT count(distinct session) FROM message"), attributes=g("SELECT count(*) FROM attribute"), events=g("SELECT count(*) FROM event"), topics=g("SELECT count(*) FROM topic"), unread=g("SELECT count(*) FROM queue WHERE rules=0 AND dead=0"), waiting=g("SELECT count(*) FROM queue WHERE dead=0"), dead=g("SELECT count(*) FROM queue WHERE dead=1"), first_at=from_micros(a) if a is not None else None, last_at=from_micros(b) if b is not None else None)
    _T = "meta message turns queue observation observed correction attribute event change topic topic_message kept vector call forgotten".split()
    def dump(self):
        for t in self._T:
            cur = self._c.execute(f"SELECT * FROM {t}")
            for row in cur.fetchall():
                if t == "meta" and row[0] in ("user_id",): continue
                yield {"type": t, "row": [{"b": base64.b64encode(x).decode()} if isinstance(x, bytes) else x for x in row]}
    def load(self, records):
        with self.transaction():
            for r in records:
                t = r["type"]
                if t not in self._T: raise ValueError(t)
                row = [base64.b64decode(x["b"]) if isinstance(x, dict) else x for x in r["row"]]
                self._c.execute(f"INSERT OR REPLACE INTO {t} VALUES({','.join('?' * len(row))})", row)
        self.erase_traces()
    def check(self, *, repair=False):
        r = [x[0] for x in self._q("PRAGMA integrity_check")]
        return [] if r == ["ok"] else r
class SQLiteHome:
    def __init__(self, folder): self.folder = Path(folder); self.folder.mkdir(parents=True, exist_ok=True)
    def _p(self, u): return self.folder / (u.encode().hex()[:200] + ".omem")
    def exists(self, u): return self._p(u).exists()
    def open(self, u, *, create):
        if not create and not self.exists(u): raise UnknownUserError(u)
        return SQLiteStore(self._p(u), user_id=u)
    def users(self): return sorted(bytes.fromhex(p.stem).decode() for p in self.folder.glob("*.omem"))
    def remove(self, u):
        for s in ("", "-wal", "-shm"): Path(str(self._p(u)) + s).unlink(missing_ok=True)
