PRAGMA foreign_keys=OFF;
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
    , since TEXT NOT NULL DEFAULT '');
INSERT INTO "documents" VALUES('a','/s','a.md','','5b238eff5544c94aca9f47361285ca1a6c074e06a5453876e707271ab1995b84',0,'publication','fr',NULL,NULL,NULL,'{"title": "a", "kind": "publication", "audience": "public", "language": "fr", "themes": ["transport"]}','le tram de Strasbourg

il va à Kehl','2026-11-28T21:49:12.408510+00:00');
INSERT INTO "documents" VALUES('b','/s','b.md','','61eec980fa4a6d23127950b9bdb84c205d4179f9df48bb427d2de2036a0cabd8',0,'publication','fr',NULL,NULL,NULL,'{"title": "b", "kind": "publication", "audience": "public", "language": "fr"}','un hôpital pour deux pays','2026-11-28T21:49:12.412028+00:00');
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "facts" VALUES('analysis','terms-1');
INSERT INTO "facts" VALUES('embedder','hash');
INSERT INTO "facts" VALUES('generation','4');
INSERT INTO "facts" VALUES('lineage','0d8c89e6268b4c2da6c75ed2a4feac48');
INSERT INTO "facts" VALUES('splitter','by section');
CREATE TABLE "files" (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        choices TEXT NOT NULL,
        text_key TEXT NOT NULL,
        is_duplicate INTEGER NOT NULL,
        lacks_audience INTEGER NOT NULL,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('/s','a.md',1,1,'x','a','','',0,0);
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
CREATE TABLE token_codes (embedded BLOB PRIMARY KEY, codes BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0);
CREATE TABLE vectors (embedded BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO "vectors" VALUES(X'5FDF0F1972F785FAE4ACE608FF6ECB4D',X'191BACBE862515BE35FC3E3E2F5B6B3DD735D73D6A11253E6BC9033EDDE998BDD73932BE8BC9553EC79829BE8C52F33D096F5F3E43158D3EE9D4043DF3D6513CEFAC643E043E87BE4244D83D23B66DBE051930BE910197BE1FE138BDA82D213EE513583D7C1EF93D6416963E9C7C073D460B1B3EE07680BE47CE2FBDF6EAB6BD',445755000);
INSERT INTO "vectors" VALUES(X'AAE5A5D41223281AB1E5D2DAB002B61C',X'012B9FBDEC45053EC782993D951022BD3D7C84BEE45C233E37A3533E5E01C13DD49E21BDB70B4E3E7EC1DC3DF4E2B33DBB74FCBD7385B23DF322BE3C307905BE2A239DBBC04BEF3D9623963E8ED001BF1CFB663C3E64F3BDC2D218BDFB49E3BD7E086FBDB86E8F3DEEE2BEBE6198F63D835EC93DBD4EFCBD0B2DDCBD5150C0BE',3814045306);
INSERT INTO "vectors" VALUES(X'F38BD2E2BAC87C5141584C915F086F3F',X'8EDE95BDF53546BE5C8ED4BDDAB5773D7CE06CBE18AE02BEF65E923DDEF08CBB462C29BEC132163E6A72503E441B953E8F75893EEE5F023A952EADBE46DD3A3DB749E9BC4B8E473EAAE50ABE365825BDA3175ABE81DE88BED0F7B83BAD67A5BDDA7CD13D079803BEA0CDDC3CF9C71EBECC90243EC3D7F83DB0DA0A3DBDC0F43E',2999838134);
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
CREATE INDEX document_values_by_document ON document_values (document_id);
CREATE INDEX passages_by_document ON passages (document_id);
CREATE INDEX removed_rows_by_generation ON removed_rows (generation);
CREATE INDEX passages_by_text ON passages (embedded);
CREATE INDEX files_by_document ON files (document_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('passages',4);
COMMIT;
PRAGMA user_version=3;
