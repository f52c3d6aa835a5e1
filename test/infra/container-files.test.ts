import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '#infra/esbuild-options.ts';

/** The files for Docker: checked by a linter, and built where an engine runs. */

const folder = join(root, 'infra/container');
const text = (name: string): string => readFileSync(join(root, name), 'utf8');
const dockerfiles = [
  'infra/container/Dockerfile',
  'functions/sip-sidecar/Dockerfile',
  'functions/media-relay/Dockerfile',
];

test.each(dockerfiles)('%s is well-formed', (name) => {
  expect(validate(text(name)).map(({ message }) => message)).toEqual([]);
});

test('a planted mistake in a Dockerfile is found', () => {
  expect(validate('FROM node:24\nRUNN npm ci\nCMD ["npm", "start"]\nCMD npm start\n')).not.toEqual([]);
});

test('the container runs the two commands of the README', () => {
  const lines = text('infra/container/Dockerfile').split('\n');
  expect(lines).toContain('RUN npm ci');
  expect(lines).toContain('CMD ["npm", "start"]');
});

test('the composition builds the Dockerfile from the root, and keeps the data directory', () => {
  const { services, volumes } = parse(text('infra/container/compose.yaml')) as {
    readonly services: Readonly<Record<string, { readonly build: Record<string, string>; readonly volumes: string[] }>>;
    readonly volumes: Readonly<Record<string, null>>;
  };
  const { build = {}, volumes: mounted = [] } = services['trunkline'] ?? {};
  expect(join(folder, build['context'] ?? '')).toBe(root.replace(/\/$/, ''));
  expect(existsSync(join(root, build['dockerfile'] ?? ''))).toBe(true);
  expect(mounted.map((each) => each.split(':')[0])).toEqual(Object.keys(volumes));
  expect(text('infra/container/Dockerfile')).toContain(`ENV DATA_DIR=${mounted[0]?.split(':')[1]}\n`);
});

/** Docker, if its engine runs: neither `.ci/run` nor most machines of developers have one. */
const engines = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0 ? ['docker'] : [];

test.each(engines)('%s builds the image', { timeout: 900_000 }, (engine) => {
  const built = spawnSync(engine, ['build', '-q', '-f', 'infra/container/Dockerfile', '.'], { cwd: root });
  expect({ status: built.status, errors: built.stderr.toString() }).toEqual({ status: 0, errors: '' });
});
