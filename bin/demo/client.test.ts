import { expect, test } from 'vitest';
import { localCloud } from './client.ts';

const local = { AwsEndpointUrl: 'http://127.0.0.1:4566', AccessKeyId: 'a', SecretAccessKey: 'b', Region: 'eu-west-1' };
const stacks = (api: string) => ({
  'Trunkline-local-api': { ApiUrl: api },
  'Trunkline-local-data': { CdrQueueUrl: 'http://127.0.0.1:4566/queues/cdr-ingest' },
});
const read = (outputs: object) => () => localCloud(JSON.stringify(outputs));

test('a cloud of this machine is used', () => {
  expect(read({ ...stacks('http://localhost:3000'), Local: local })()).toMatchObject({ api: 'http://localhost:3000' });
});

test.each([
  ['a deployment', stacks('https://api.example.com')],
  ['a local cloud with a public URL', { ...stacks('https://api.example.com'), Local: local }],
  ['a local cloud that others reach', { ...stacks('http://192.0.2.10:3000'), Local: local }],
  ['outputs of nothing', { Local: local }],
])('%s is not', (_name, outputs) => {
  expect(read(outputs)).toThrow(/deployment|loopback|no API/);
});
