import * as fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { attachment, linksFromEnvironment } from './links.ts';

const links = linksFromEnvironment({ AWS_REGION: 'eu-north-1', BUCKET_FILES: 'acme-files' });
const now = new Date('2026-11-21T12:00:00.700Z');
const object = { bucket: 'files', key: 'org_1001/files/file_1/1' } as const;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  return () => vi.unstubAllEnvs();
});

test('an upload is signed with its type, its exact length, and on condition that nothing is there', async () => {
  const { method, url, headers, expires_at } = await links.uploadTo({ ...object, type: 'audio/wav', size: 1_024 }, now);
  expect({ method, headers, expires_at }).toEqual({
    method: 'PUT',
    headers: { 'Content-Type': 'audio/wav', 'Content-Length': '1024', 'If-None-Match': '*' },
    expires_at: '2026-11-21T12:15:00.000Z',
  });
  const { origin, pathname, searchParams } = new URL(url);
  expect([origin, pathname]).toEqual(['https://acme-files.s3.eu-north-1.amazonaws.com', '/org_1001/files/file_1/1']);
  expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;if-none-match');
  expect(searchParams.get('X-Amz-Expires')).toBe('900');
});

test('links name an address of their own where the endpoint has one that only this machine reaches', async () => {
  const local = { AWS_REGION: 'us-east-1', BUCKET_FILES: 'files', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
  const originWith = async (more: Record<string, string>) =>
    new URL((await linksFromEnvironment({ ...local, ...more }).to(object, now)).url).origin;
  expect(await originWith({})).toBe('http://127.0.0.1:4566');
  expect(await originWith({ LINK_ENDPOINT_URL: 'http://192.0.2.10:4567' })).toBe('http://192.0.2.10:4567');
});

test('a download is saved under its name', async () => {
  const { url } = await links.downloadOf({ ...object, name: 'Welcome "1".wav' }, now);
  expect(new URL(url).searchParams.get('response-content-disposition')).toBe(
    'attachment; filename="Welcome _1_.wav"; filename*=UTF-8\'\'Welcome%20%221%22.wav',
  );
  expect((await links.downloadOf({ ...object, name: 'another' }, now)).url).not.toBe(url);
});

test('a name is given in ASCII and as it is', () => {
  expect(attachment("Grüße 'Nr. 1'.wav")).toBe(
    "attachment; filename=\"Gr__e 'Nr. 1'.wav\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%27Nr.%201%27.wav",
  );
});

test('no name ends the header, its quotes or its parameter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      expect(attachment(name)).toMatch(/^attachment; filename="[^"\\\r\n\0]*"; filename\*=UTF-8''[A-Za-z0-9.!~_%-]*$/);
    }),
  );
});
