BEGIN TRANSACTION;
CREATE TABLE document_values (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (field, value, document_id)
    ) WITHOUT ROWID;
INSERT INTO "document_values" VALUES('a','themes','transport');
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
    );
INSERT INTO "documents" VALUES('a','/s','a.md','','5b238eff5544c94aca9f47361285ca1a6c074e06a5453876e707271ab1995b84',0,'publication','fr',NULL,NULL,NULL,'{"title": "a", "kind": "publication", "audience": "public", "language": "fr", "themes": ["transport"]}','le tram de Strasbourg

il va à Kehl');
INSERT INTO "documents" VALUES('b','/s','b.md','','61eec980fa4a6d23127950b9bdb84c205d4179f9df48bb427d2de2036a0cabd8',0,'publication','fr',NULL,NULL,NULL,'{"title": "b", "kind": "publication", "audience": "public", "language": "fr"}','un hôpital pour deux pays');
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "facts" VALUES('analysis','terms-1');
INSERT INTO "facts" VALUES('embedder','hash');
INSERT INTO "facts" VALUES('generation','4');
INSERT INTO "facts" VALUES('lineage','0d8c89e6268b4c2da6c75ed2a4feac48');
INSERT INTO "facts" VALUES('splitter','by section');
CREATE TABLE files (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('/s','a.md',1,1,'x','a');
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
INSERT INTO "passages" VALUES(1,'a',0,0,21,'fr','a',X'5FDF0F1972F785FAE4ACE608FF6ECB4D');
INSERT INTO "passages" VALUES(2,'a',1,23,35,'fr','a',X'AAE5A5D41223281AB1E5D2DAB002B61C');
INSERT INTO "passages" VALUES(3,'b',0,0,25,'fr','b',X'F38BD2E2BAC87C5141584C915F086F3F');
CREATE TABLE removed_rows (generation INTEGER NOT NULL, row INTEGER NOT NULL);
INSERT INTO "removed_rows" VALUES(4,4);
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
INSERT INTO "sections" VALUES('a',0,'p. 1','','fr',0,21);
INSERT INTO "sections" VALUES('a',1,'p. 2','','fr',23,35);
INSERT INTO "sections" VALUES('b',0,'p. 1','','fr',0,25);
CREATE TABLE token_codes (embedded BLOB PRIMARY KEY, codes BLOB NOT NULL);
CREATE TABLE vectors (embedded BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO "vectors" VALUES(X'5FDF0F1972F785FAE4ACE608FF6ECB4D',X'96B52C3F59870B3ED969673D8B6C063F08CD593EC659233ED465D63EF6BC153D');
INSERT INTO "vectors" VALUES(X'AAE5A5D41223281AB1E5D2DAB002B61C',X'5382423E7608DD3EA6A0F33EF90C5C3D5382C23E2A4CCE3EB4B2EF3EE53F193E');
INSERT INTO "vectors" VALUES(X'F38BD2E2BAC87C5141584C915F086F3F',X'CF6D1B3F66A5A13EF8A1043E4840033F36512B3ED4A8BE3E54B6493EF30D5D3E');
CREATE INDEX document_values_by_document ON document_values (document_id);
CREATE INDEX passages_by_document ON passages (document_id);
CREATE INDEX removed_rows_by_generation ON removed_rows (generation);
CREATE INDEX files_by_document ON files (document_id);
CREATE INDEX passages_by_text ON passages (embedded);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('passages',4);
COMMIT;
PRAGMA user_version = 1;
