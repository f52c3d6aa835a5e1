import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { LocalCloudError } from '#infra/local/templates/resource.ts';
import { spaceIn, startTrouble } from './run.ts';

const enough = 2 ** 30;
const failure = (code: string, path?: string): Error => Object.assign(new Error(code), { code, ...(path && { path }) });

describe('the trouble of a start', () => {
  test('is a full disk, whatever failed by it', () => {
    const sentence = 'The disk of /data is full: free some space, or set DATA_DIR to a folder of another disk.';
    expect(startTrouble(failure('ENOSPC'), '/data', enough)).toBe(sentence);
    expect(startTrouble(failure('EDQUOT'), '/data', undefined)).toBe(sentence);
    expect(startTrouble(new LocalCloudError('The service media-relay does not start.'), '/data', 4096)).toBe(sentence);
  });

  test('names the path that may not be written', () => {
    expect(startTrouble(failure('EROFS', '/app/node_modules/.cache'), '/data', enough)).toBe(
      '/app/node_modules/.cache cannot be written (EROFS): start as its owner, or make it writable.',
    );
  });

  test('is the sentence of the local cloud', () => {
    expect(startTrouble(new LocalCloudError('Port 80 is in use.'), '/data', enough)).toBe('Port 80 is in use.');
  });

  test('is not known for a defect', () => {
    expect(startTrouble(new TypeError('x is not a function'), '/data', enough)).toBeUndefined();
    expect(startTrouble('text', '/data', undefined)).toBeUndefined();
  });
});

test('the space of a folder that does not exist is not known', () => {
  expect(spaceIn('/nowhere/at/all')).toBeUndefined();
  expect(spaceIn(tmpdir())).toBeGreaterThan(0);
});
