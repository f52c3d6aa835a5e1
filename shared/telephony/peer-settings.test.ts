import { expect, test } from 'vitest';
import { settingsOf } from './peer-settings.ts';

test('what is set for a peer counts, null among it, and its profile and the defaults for all else', () => {
  const peer = { host: 'carrier.example.com', profile: 'generic', expires: 600, outbound_proxy: null } as const;
  expect(settingsOf(peer)).toEqual({ ...settingsOf({}), expires: 600 });
  expect(settingsOf({})).not.toHaveProperty('host');
});
