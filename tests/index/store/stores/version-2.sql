BEGIN TRANSACTION;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO facts VALUES('analysis','terms-1');
INSERT INTO facts VALUES('embedder','hash');
INSERT INTO facts VALUES('generation','4');
INSERT INTO facts VALUES('lineage','0d8c89e6268b4c2da6c75ed2a4feac48');
INSERT INTO facts VALUES('splitter','by section');
CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        original TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        audience INTEGER NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        published TEXT,
        valid_from TEXT,
        valid_to TEXT,
        metadata TEXT NOT NULL,
        text TEXT NOT NULL
    , since TEXT NOT NULL DEFAULT '');
INSERT INTO documents VALUES('a','/s','a.md','','5b238eff5544c94aca9f47361285ca1a6c074e06a5453876e707271ab1995b84',0,'publication','fr',NULL,NULL,NULL,'{"title": "a", "kind": "publication", "audience": "public", "language": "fr", "themes": ["transport"]}',replace('le tram de Strasbourg\n\nil va à Kehl','\n',char(10)),'2026-11-28T21:49:12.408510+00:00');
INSERT INTO documents VALUES('b','/s','b.md','','61eec980fa4a6d23127950b9bdb84c205d4179f9df48bb427d2de2036a0cabd8',0,'publication','fr',NULL,NULL,NULL,'{"title": "b", "kind": "publication", "audience": "public", "language": "fr"}','un hôpital pour deux pays','2026-11-28T21:49:12.412028+00:00');
CREATE TABLE document_values (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (field, value, document_id)
    ) WITHOUT ROWID;
INSERT INTO document_values VALUES('a','themes','transport');
CREATE TABLE sections (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        label TEXT NOT NULL,
        heading TEXT NOT NULL,
        language TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (document_id, position)
    ) WITHOUT ROWID;
INSERT INTO sections VALUES('a',0,'p. 1','','fr',0,21);
INSERT INTO sections VALUES('a',1,'p. 2','','fr',23,35);
INSERT INTO sections VALUES('b',0,'p. 1','','fr',0,25);
CREATE TABLE passages (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        section INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        language TEXT NOT NULL,
        context TEXT NOT NULL,
        embedded BLOB NOT NULL
    );
INSERT INTO passages VALUES(1,'a',0,0,21,'fr','a',X'5fdf0f1972f785fae4ace608ff6ecb4d');
INSERT INTO passages VALUES(2,'a',1,23,35,'fr','a',X'aae5a5d41223281ab1e5d2dab002b61c');
INSERT INTO passages VALUES(3,'b',0,0,25,'fr','b',X'f38bd2e2bac87c5141584c915f086f3f');
CREATE TABLE vectors (embedded BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO vectors VALUES(X'5fdf0f1972f785fae4ace608ff6ecb4d',X'191bacbe862515be35fc3e3e2f5b6b3dd735d73d6a11253e6bc9033edde998bdd73932be8bc9553ec79829be8c52f33d096f5f3e43158d3ee9d4043df3d6513cefac643e043e87be4244d83d23b66dbe051930be910197be1fe138bda82d213ee513583d7c1ef93d6416963e9c7c073d460b1b3ee07680be47ce2fbdf6eab6bd',445755000);
INSERT INTO vectors VALUES(X'aae5a5d41223281ab1e5d2dab002b61c',X'012b9fbdec45053ec782993d951022bd3d7c84bee45c233e37a3533e5e01c13dd49e21bdb70b4e3e7ec1dc3df4e2b33dbb74fcbd7385b23df322be3c307905be2a239dbbc04bef3d9623963e8ed001bf1cfb663c3e64f3bdc2d218bdfb49e3bd7e086fbdb86e8f3deee2bebe6198f63d835ec93dbd4efcbd0b2ddcbd5150c0be',3814045306);
INSERT INTO vectors VALUES(X'f38bd2e2bac87c5141584c915f086f3f',X'8ede95bdf53546be5c8ed4bddab5773d7ce06cbe18ae02bef65e923ddef08cbb462c29bec132163e6a72503e441b953e8f75893eee5f023a952eadbe46dd3a3db749e9bc4b8e473eaae50abe365825bda3175abe81de88bed0f7b83bad67a5bdda7cd13d079803bea0cddc3cf9c71ebecc90243ec3d7f83db0da0a3dbdc0f43e',2999838134);
CREATE TABLE token_codes (embedded BLOB PRIMARY KEY, codes BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0);
CREATE TABLE removed_rows (generation INTEGER NOT NULL, row INTEGER NOT NULL);
INSERT INTO removed_rows VALUES(4,4);
CREATE TABLE files (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
INSERT INTO files VALUES('/s','a.md',1,1,'x','a');
CREATE TABLE versions (
        document_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        audience INTEGER NOT NULL,
        metadata TEXT NOT NULL,
        original TEXT NOT NULL,
        path TEXT NOT NULL,
        characters INTEGER NOT NULL,
        sections TEXT NOT NULL,
        text BLOB NOT NULL,
        PRIMARY KEY (document_id, number)
    );
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('passages',4);
CREATE INDEX document_values_by_document ON document_values (document_id);
CREATE INDEX passages_by_document ON passages (document_id);
CREATE INDEX removed_rows_by_generation ON removed_rows (generation);
CREATE INDEX files_by_document ON files (document_id);
CREATE INDEX passages_by_text ON passages (embedded);
COMMIT;
PRAGMA user_version = 2;
