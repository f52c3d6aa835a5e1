import { expect, test } from 'vitest';
import { keySetHandler } from '#functions/accounts/jwks/handler.ts';
import { beginArchive, beginRevision, noManifest } from '#archive/archive.ts';
import { putFiles } from '#archive/files.ts';
import { putPart, replacePart } from '#archive/parts.ts';
import { sealArchive } from '#archive/seal.ts';
import { archiveSigner } from '#signing/archive-signer.ts';
import { addOrganization } from '../support/accounts.fixture.ts';
import { manualClock, testDependencies } from '../support/dependencies.fixture.ts';
import { memoryObjects } from '../support/objects.fixture.ts';
import { call } from '../support/requests.fixture.ts';
import { memorySecrets } from '../support/secrets.fixture.ts';
import { startStore } from '../support/store.fixture.ts';
import { verifyByThePage } from './archive-page.fixture.ts';

/** What shared/archive/README.md says is enough to verify what the platform writes. */

test('a verifier that is written from the page accepts archives of the first second of their key', async () => {
  const { store, stop } = await startStore();
  await addOrganization(store, 1000);
  // The key is made with the first signature, at the same instant; the archive began shortly before.
  const [clock, secrets] = [manualClock('2026-11-23T13:00:00.900Z'), memorySecrets()];
  const objects = memoryObjects();
  const sealing = { signer: archiveSigner(store, secrets), lock: null, now: clock.now() };
  const options = {
    range: { start: '2026-01-01T00:00:00.000Z', end: '2026-02-01T00:00:00.000Z' },
    storage: { lock: null, storageClass: 'STANDARD' },
  } as const;
  const begin = (archive_id: string, of: string) =>
    beginArchive({ archive_id, org_id: 1001, class: of, policy_id: null, created_at: '2026-11-23T13:00:00.700Z' });

  const lines = await putPart(objects, begin('arch_1', 'sms'), ['{"n":1}', '{"n":"\u2028"}'], options);
  const first = await sealArchive(objects, await putPart(objects, lines, ['{"n":3}'], options), noManifest, sealing);
  const records = (async function* () {
    const body = (async function* () {
      yield Buffer.from('RIFF');
    })();
    yield { name: 'rec_1', extension: 'wav', body, record: '{"id":"rec_1"}' } as const;
  })();
  const withFiles = await putFiles(objects, begin('arch_2', 'recordings'), records, options);
  const second = await sealArchive(objects, withFiles, first.sha256, sealing);
  const revision = beginRevision(first.manifest, { reason: 'erasure', created_at: '2026-11-23T13:00:00.800Z' });
  const [part] = first.manifest.parts;
  if (part === undefined) throw new Error('the archive has parts');
  const replaced = await replacePart(objects, revision, part, { lines: ['{"n":1}'], storage: options.storage });
  const third = await sealArchive(objects, replaced, second.sha256, sealing);
  // What a revision replaces may be gone.
  objects.kept.delete(part.key);

  const published = await call(
    keySetHandler(testDependencies(store, { clock, secrets })),
    'GET /.well-known/archive-keys.json',
  );
  const keys = JSON.stringify(published.body);
  expect(verifyByThePage(objects.kept, keys)).toEqual([first.sha256, second.sha256, third.sha256]);

  for (const key of objects.kept.keys()) {
    const changed = new Map(objects.kept);
    const bytes = Buffer.from(objects.kept.get(key) ?? '');
    changed.set(key, bytes.fill(bytes.at(-2) === 65 ? 66 : 65, bytes.length - 2));
    expect(() => verifyByThePage(changed, keys), key).toThrow();
  }
  await stop();
});
