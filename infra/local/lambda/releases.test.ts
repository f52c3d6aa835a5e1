import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { esbuildOptions, root } from '#infra/esbuild-options.ts';
import { assemblyFolderOf, bundlesFor } from '#test/infra/app.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { readAssembly } from '../templates/assembly.ts';
import { startLambdas, type Lambdas } from './lambda.ts';

/** Ten functions, deployed by the product's stacks, whose code runs the product's pipeline. */
const contracts = Array.from({ length: 10 }, (_, at) =>
  resource(`toys-${at}`, {
    area: 'telephony',
    format: 'standard',
    endpoints: [
      endpoint(`GET /toys-${at}` as const, {
        summary: 'Toys',
        scope: 'public',
        rate: 'none',
        answers: { 200: z.object({ version: z.string() }) },
        errors: [],
        effects: [],
      }),
    ],
  }),
);
const functionName = (name: string): string => `trunkline-test-${name}`;
const names = contracts.map(({ name }) => functionName(name));

/** How code answers. */
const codes = {
  works: `ok({ version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? '' })`,
  // A defect, which the pipeline answers with 500.
  fails: `(() => { throw new TypeError('no such field'); })()`,
  exits: `process.exit(3)`,
  // What a rule throws is no defect of the code.
  rejects: `(() => { throw new AppError('UNAVAILABLE', 'The phone is off'); })()`,
} as const;
type Code = keyof typeof codes;

const handler = (code: Code): string => `
import * as z from 'zod';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { AppError } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
const name = process.env.AWS_LAMBDA_FUNCTION_NAME?.replace('trunkline-test-', '') ?? '';
const toys = endpoint(\`GET /\${name}\`, { summary: 'Toys', scope: 'public', rate: 'none',
  answers: { 200: z.object({ version: z.string() }) }, errors: [], effects: [] });
export const handler = serve(
  resource(name, { area: 'telephony', format: 'standard', endpoints: [toys] }),
  { [toys.route]: async () => ${codes[code]} },
);
`;

const bundled = new Map<Code, string>();
const apps: ReturnType<typeof bundlesFor>[] = [];

/** Synthesizes a release. @param codeOf of each function */
function synthesize(release: string, codeOf: (at: number) => Code): string {
  const app = bundlesFor(contracts);
  apps.push(app);
  for (const [at, { name }] of contracts.entries())
    writeFileSync(
      join(app.bundles, name, 'index.mjs'),
      // Two releases of the same code are two assets.
      `${bundled.get(codeOf(at))}\n// ${apps.length}`,
    );
  return assemblyFolderOf(contracts, app, { release });
}

beforeAll(async () => {
  const { entryPoints, ...options } = esbuildOptions('lambda', [], root);
  for (const code of Object.keys(codes) as Code[]) {
    const { outputFiles } = await build({
      ...options,
      stdin: { contents: handler(code), resolveDir: root, loader: 'ts' },
      write: false,
    });
    bundled.set(code, outputFiles[0]?.text ?? '');
  }
});

const running: Lambdas[] = [];
afterAll(async () => {
  await Promise.all(running.map((lambdas) => lambdas.close(0)));
  for (const { remove } of apps) remove();
});

/** The functions of an assembly. Of ten requests to an alias, the first goes to the new version of a canary. */
function start(folder: string): Lambdas {
  let request = 0;
  const lambdas = startLambdas({
    ...readAssembly(folder),
    variablesOf: () => ({ PUBLIC_URL: 'https://api.test', TABLE_NAME: 'none' }),
    logFolder: join(folder, 'logs'),
    random: () => (request++ % 10) / 10,
  });
  running.push(lambdas);
  return lambdas;
}

const ask = async (lambdas: Lambdas, name: string): Promise<{ status: number | undefined; version: string }> => {
  const request = eventOf(`GET /${name.slice(15)}`, { headers: { accept: 'application/json' } });
  const { payload } = await lambdas.invoke(`${name}:live`, JSON.stringify(request));
  const { statusCode: status, body = '{}' } = JSON.parse(payload) as { statusCode?: number; body?: string };
  const { data } = JSON.parse(body) as { data?: { version?: string } };
  return { status, version: data?.version ?? '' };
};

/** Releases an assembly while each function gets ten requests a minute. */
const releaseUnderRequests = (lambdas: Lambdas, folder: string, asked: readonly string[] = names) =>
  lambdas.release(
    (versionOf) => readAssembly(folder, versionOf),
    async () => {
      for (const name of asked) for (let request = 0; request < 10; request += 1) await ask(lambdas, name);
    },
  );

test('a 500 in a new version of each of ten functions moves its requests back, by an alarm that names it', async () => {
  const lambdas = start(synthesize('canary', () => 'works'));
  const outcomes = await releaseUnderRequests(
    lambdas,
    synthesize('canary', () => 'fails'),
  );
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(names.map((name) => [name, { version: '2', status: 'Stopped', alarm: `${name}-version-2` }])),
  );
  for (const name of names) expect(await ask(lambdas, name)).toEqual({ status: 200, version: '1' });
});

test('only the function that fails is moved back; the others have their new version', async () => {
  const lambdas = start(synthesize('linear', () => 'works'));
  const next = synthesize('linear', (at) => (at === 3 ? 'exits' : 'works'));
  const outcomes = await releaseUnderRequests(lambdas, next, names.slice(2, 4));
  expect(outcomes.get(names[3] ?? '')).toEqual({ version: '2', status: 'Stopped', alarm: `${names[3]}-version-2` });
  expect([...outcomes.values()].filter(({ status }) => status === 'Succeeded')).toHaveLength(9);
  expect((await ask(lambdas, names[2] ?? '')).version).toBe('2');
  expect((await ask(lambdas, names[3] ?? '')).version).toBe('1');
});

test('failures of the old version, and rejections by rules of the new one, move no requests back', async () => {
  const [first = ''] = names;
  const lambdas = start(synthesize('canary', () => 'fails'));
  const repair = await releaseUnderRequests(
    lambdas,
    synthesize('canary', () => 'rejects'),
    [first],
  );
  expect(repair.get(first)).toEqual({ version: '2', status: 'Succeeded' });
  expect((await ask(lambdas, first)).status).toBe(503);
});
