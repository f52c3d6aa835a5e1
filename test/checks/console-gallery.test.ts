import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#infra/esbuild-options.ts';

const browser = join(root, 'functions/system/console/browser');

/** The frame of all pages, which is around the gallery, and what shows nothing by itself. */
const elsewhere = new Set([
  ...['alarm-bell', 'profile-menu', 'search', 'shell', 'switcher'],
  ...['leave-guard', 'removal-question', 'resource-routes', 'routes', 'session'],
  // Within the confirmation, the conflict and the fields.
  ...['dialog', 'late-part', 'difference-table', 'form-inputs', 'read-only'],
]);

test('each part of the kit is in the gallery', () => {
  const page = readFileSync(join(browser, 'gallery/gallery-page.tsx'), 'utf8');
  const parts = globSync('*.tsx', { cwd: join(browser, 'kit') }).map((file) => file.replace('.tsx', ''));
  expect(parts.length).toBeGreaterThan(20);
  expect(parts.filter((part) => !elsewhere.has(part) && !page.includes(`/kit/${part}.tsx'`))).toEqual([]);
});
