import { expect, test } from 'vitest';
import { at, stored } from './connector.fixture.ts';
import { loggedFields, presentConnector, ShownConnector } from './presented-connector.ts';

const last = {
  id: stored.id,
  settings_version: stored.settings_version,
  result: { ok: true, latency_ms: 12, stage: 'query', error: null, tested_at: at },
  sealed_token: 'sealed-2',
} as const;

test('secrets are shown by their mask alone', () => {
  const shown = presentConnector(stored, last, 1_001);
  expect(ShownConnector.strict().parse(shown)).toMatchObject({
    organization_id: 'org_1001',
    token: '********',
    password: null,
    status: 'ok',
    last_test: last.result,
  });
  expect(JSON.stringify([shown, loggedFields(stored)])).not.toContain('sealed');
});
