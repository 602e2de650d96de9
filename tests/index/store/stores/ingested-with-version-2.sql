BEGIN TRANSACTION;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO facts VALUES('generation','6');
INSERT INTO facts VALUES('lineage','0d8c89e6268b4c2da6c75ed2a4feac48');
INSERT INTO facts VALUES('splitter','recursive/1 size=200 overlap=30');
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
INSERT INTO documents VALUES('copie/long','documents','copie/long.md','89537118ac8abdc687453e65563a14d7feda4300890c47dc6583862635688877','bfb9c4dbea32c7bde7656ca791154b8198d2799f0b337519749e50b2bac36c6d',0,'publication','de',NULL,NULL,NULL,'{"title": "Une note", "kind": "publication", "audience": "public", "language": "de"}','mot0 mot1 mot2 mot3 mot4 mot5 mot6 mot7 mot8 mot9 mot10 mot11 mot12 mot13 mot14 mot15 mot16 mot17 mot18 mot19 mot20 mot21 mot22 mot23 mot24 mot25 mot26 mot27 mot28 mot29 mot30 mot31 mot32 mot33 mot34 mot35 mot36 mot37 mot38 mot39 mot40 mot41 mot42 mot43 mot44 mot45 mot46 mot47 mot48 mot49 mot50 mot51 mot52 mot53 mot54 mot55 mot56 mot57 mot58 mot59 mot60 mot61 mot62 mot63 mot64 mot65 mot66 mot67 mot68 mot69 mot70 mot71 mot72 mot73 mot74 mot75 mot76 mot77 mot78 mot79 mot80 mot81 mot82 mot83 mot84 mot85 mot86 mot87 mot88 mot89 mot90 mot91 mot92 mot93 mot94 mot95 mot96 mot97 mot98 mot99','2026-11-28T21:49:15.050382+00:00');
INSERT INTO documents VALUES('interne','documents','interne.md','a15d01af1f7b2d3f3081b77fdf33c4cf00e0632f621401a087ce0e03bc183dfd','ac8a81bd9ee93484aa674425072f4bf54d976db2ed3d7c07a0fb4ed9439c5621',2,'publication','fr',NULL,NULL,NULL,'{"title": "Interne", "kind": "publication", "audience": "staff", "language": "fr"}','Un compte rendu.','2026-11-28T21:49:15.052613+00:00');
INSERT INTO documents VALUES('tram','documents','tram.md','bb1e5cc297fc50b5a864f203928afd58ce3b0f63b9d89cadba103a005c19120a','798dde95237967fbe616f7dbdad2892bd9d417d5abfa058bd2a0a063e443758b',0,'publication','de',NULL,NULL,NULL,'{"title": "Tram", "kind": "publication", "audience": "public", "language": "de"}','Le tram va à Kehl.','2026-11-28T21:49:15.054054+00:00');
CREATE TABLE document_values (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (field, value, document_id)
    ) WITHOUT ROWID;
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
INSERT INTO sections VALUES('copie/long',0,'Une note','','de',0,589);
INSERT INTO sections VALUES('interne',0,'Interne','','fr',0,16);
INSERT INTO sections VALUES('tram',0,'Tram','','de',0,18);
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
INSERT INTO passages VALUES(1,'copie/long',0,0,589,'de','Une note',X'317f574b8a6a9c137f210df0c320ed44');
INSERT INTO passages VALUES(2,'interne',0,0,16,'fr','Interne',X'3c2c5615d046fc326503df9171c28884');
INSERT INTO passages VALUES(4,'tram',0,0,18,'de','Tram',X'66bbbfe9980c5fb2f3dfe95c83562c1a');
CREATE TABLE vectors (embedded BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO vectors VALUES(X'317f574b8a6a9c137f210df0c320ed44',X'db119cbe3dc7c73d70a521be21c9013e499ddf3d671581bde57a793dba139a3e415bb33d12bb46bd3889043ec2528dbe5c226dbea566af3e516e11bd8eae12bec79d1cbdbd0e1b3ebfcc6dbdd1e656be6377c7beaaba5dbc62d666be7acf1bbde1c502bd2d0788bcca5e1bbeaa5334bd094a613e9bf0c9bd6416443d6bdf973e',2318951524);
INSERT INTO vectors VALUES(X'3c2c5615d046fc326503df9171c28884',X'644d143e3a1b623c355b73bdd8eca0be38dcf93d169cf33de87733bc07e5473df97efc3dc8431e3eea70713e9310333ed55a8b3d262a5bbd5e8c67be18dd203d9ee2ac3d42f3e53de2b083be053d6d3d80493d3e57af0fbe6b17303e351172befa83f33eae239d3e2cde94be421d403d4074ef3beb5dde3c4ca170bd04660f3e',3865706574);
INSERT INTO vectors VALUES(X'66bbbfe9980c5fb2f3dfe95c83562c1a',X'19811e3e1781cb3de539003e009a8dbb54007a3c57d79a3eeb81913e381abdbd2aa149beac724b3de0030ebe12788d3e462d6f3e85953b3eebe74dbe30ba643e44f4e6bd2d83a6be3ebd293e541590bedf994bbdf78d5a3dc4d94abd05968ebe113db33d1c758c3d83e814be0770e33da698263ebe6cf33c60d5103e123866be',1205002853);
CREATE TABLE token_codes (embedded BLOB PRIMARY KEY, codes BLOB NOT NULL, checksum INTEGER NOT NULL DEFAULT 0);
CREATE TABLE removed_rows (generation INTEGER NOT NULL, row INTEGER NOT NULL);
INSERT INTO removed_rows VALUES(6,3);
CREATE TABLE files (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
INSERT INTO files VALUES('documents','copie/long.md',635,1600000589000000000,'89537118ac8abdc687453e65563a14d7feda4300890c47dc6583862635688877:215cc8e6de477ce2:text=public-a4ec9ef181f4b2a2','copie/long');
INSERT INTO files VALUES('documents','interne.md',16,1600000016000000000,'a15d01af1f7b2d3f3081b77fdf33c4cf00e0632f621401a087ce0e03bc183dfd:215cc8e6de477ce2:audience-unsaid:text=','interne');
INSERT INTO files VALUES('documents','long.md',635,1600000589000000000,'89537118ac8abdc687453e65563a14d7feda4300890c47dc6583862635688877:215cc8e6de477ce2:text=public-a4ec9ef181f4b2a2:same','copie/long');
INSERT INTO files VALUES('documents','tram.md',47,1600000018000000000,'bb1e5cc297fc50b5a864f203928afd58ce3b0f63b9d89cadba103a005c19120a:215cc8e6de477ce2:text=','tram');
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
