import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { newExampleTenant } from '#test/authorization/example-tenants.ts';
import { connect } from '../cloud.ts';
import { httpApi } from '../http-api.ts';

/** A public generator makes a client from `/openapi.json` alone, and the client works. */

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const tool = (name: string): string => join(root, 'node_modules/.bin', name);

mkdirSync(join(root, 'dist'), { recursive: true });
// Inside the project, so that the program finds its library.
const folder = mkdtempSync(join(root, 'dist/generated-client-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Logs in, creates a trunk and lists it. An undeclared value must not type-check. */
const program = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

const [baseUrl = '', client_id = '', client_secret = ''] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl, headers: { accept: 'application/json' } });

const logIn = await api.POST('/auth/{entity}', {
  params: { path: { entity: 'service' } },
  body: { client_id, client_secret },
});
if (logIn.data === undefined) throw new Error(JSON.stringify(logIn.error));
if (logIn.data.status === 'pending' || !('access_token' in logIn.data.data)) throw new Error('no access token');
const headers = { authorization: 'Bearer ' + logIn.data.data.access_token };

const params = { path: { id: 'new' } };
const host = 'sip.example.com';
const made = await api.PUT('/siptrunk/{id}', { headers, params, body: { name: 'Generated', type: 'carrier', host } });
if (made.data === undefined) throw new Error(JSON.stringify(made.error));
const trunk: components['schemas']['SipTrunk'] = made.data.data;
const { id } = trunk;

const { data: list } = await api.GET('/siptrunk', { headers, params: { query: { limit: 5, type: 'carrier' } } });
const missing = await api.GET('/siptrunk/{id}', { headers, params: { path: { id: 'trunk_missing' } } });
// @ts-expect-error: no such type of trunk
void (() => api.PUT('/siptrunk/{id}', { headers, params, body: { name: 'x', type: 'banana', host } }));

const listed = list?.data.some((each) => each.id === id);
console.log(JSON.stringify({ listed, total: list?.total, missing: missing.response.status }));
`;

test.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)(
  'a client of openapi-typescript type-checks, logs in, and creates and lists a trunk',
  async () => {
    const cloud = connect();
    const api = httpApi(cloud);
    const { people } = api;
    const { organization } = await newExampleTenant(api);
    const { client_id: id, client_secret: secret } = await people.employed(organization, 'admin');
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify((await cloud.api('/openapi.json')).body));
    writeFileSync(join(folder, 'program.ts'), program);
    await run(tool('openapi-typescript'), [join(folder, 'openapi.json'), '-o', join(folder, 'schema.d.ts')]);
    await run(tool('tsc'), [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--target',
      'es2024',
      '--module',
      'nodenext',
      '--allowImportingTsExtensions',
      '--types',
      'node',
      join(folder, 'program.ts'),
    ]).catch((error: unknown) => expect.fail((error as { stdout: string }).stdout));
    const { stdout } = await run(process.execPath, [
      join(folder, 'program.ts'),
      cloud.outputs.ApiUrl.replace(/\/$/, ''),
      id,
      secret,
    ]);
    expect(JSON.parse(stdout)).toEqual({ listed: true, total: 1, missing: 404 });
  },
);
