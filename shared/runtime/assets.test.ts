import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { assetsIn } from './assets.ts';

const parent = mkdtempSync(join(tmpdir(), 'trunkline-assets-'));
const folder = join(parent, 'assets');
mkdirSync(folder);
writeFileSync(join(folder, 'page-0A1B2C3D.js.gz'), 'script');
writeFileSync(join(folder, 'page-ZZZZZZZZ.css.gz'), 'style');
writeFileSync(join(folder, 'paths.json.gz'), gzipSync('[1]'));
writeFileSync(join(parent, 'secret.gz'), 'secret');

afterAll(() => rmSync(parent, { recursive: true }));

describe('the files beside a bundle', () => {
  test('are found by the name of their source', () => {
    expect(assetsIn(folder).nameOf('page.js')).toBe('page-0A1B2C3D.js');
    expect(assetsIn(folder).nameOf('page.css')).toBe('page-ZZZZZZZZ.css');
  });

  test('are read by their own name', () => {
    expect(assetsIn(folder).read('page-0A1B2C3D.js')?.toString()).toBe('script');
  });

  test.each(['page.js', '../secret', 'page-0A1B2C3D.js.gz', '', '.', 'constructor'])('are none under %j', (name) => {
    expect(assetsIn(folder).read(name)).toBeUndefined();
  });

  test('are texts and values, parsed once', () => {
    const assets = assetsIn(folder);
    expect(assets.text('paths.json')).toBe('[1]');
    expect(assets.json('paths.json')).toEqual([1]);
    expect(assets.json('paths.json')).toBe(assets.json('paths.json'));
  });

  test('may be missing until one is read', () => {
    const none = assetsIn(join(parent, 'nowhere'));
    expect(none.read('page.js')).toBeUndefined();
    expect(() => none.nameOf('page.js')).toThrow('nowhere has no file of page.js');
    expect(() => none.text('page.js')).toThrow('nowhere has no file of page.js');
    expect(() => none.json('page.js')).toThrow('nowhere has no file of page.js');
  });
});
