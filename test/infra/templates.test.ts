import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { synthesizer } from './templates.fixture.ts';

/**
 * The resources of all stacks, one line each with a hash of its properties. A change of names, routes, policies or
 * settings changes a line; a change of texts or code does not. To update: `npx vitest run --project unit
 * test/infra/templates.test.ts -u`.
 */

/** Properties with texts for people, or the hash of an asset. */
const unstable = new Set([
  'Description',
  'AlarmDescription',
  'DashboardBody',
  'Metadata',
  'Code',
  'S3Key',
  'ImageUri',
  'Image',
]);
/** CDK names the version of a function by a hash of its code. */
const versionName = /CurrentVersion[0-9A-F]{8}[0-9a-f]+/g;

const stable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(stable);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => !unstable.has(name));
  return Object.fromEntries(
    fields.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, of]) => [name, stable(of)]),
  );
};

const hashOf = (resource: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(stable(resource)).replaceAll(versionName, 'CurrentVersion'))
    .digest('hex')
    .slice(0, 12);

const { synthesize, remove } = synthesizer();
afterAll(remove);

test('the templates declare the resources of the snapshot', async () => {
  const lines = [...synthesize()].flatMap(([part, { Resources }]) =>
    Object.entries(Resources).map(
      ([id, resource]) =>
        `Trunkline-test-${part} ${id.replaceAll(versionName, 'CurrentVersion')} ${resource.Type} ${hashOf(resource)}`,
    ),
  );
  await expect(`${lines.toSorted().join('\n')}\n`).toMatchFileSnapshot('templates.txt');
});
