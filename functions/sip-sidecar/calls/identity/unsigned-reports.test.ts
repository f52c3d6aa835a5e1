import { expect, test } from 'vitest';
import { recording } from './reports.fixture.ts';
import { unsignedReports } from './unsigned-reports.ts';

test.each([
  ['no_certificate', 'the organization has no certificate that can be used'],
  ['failed', 'the certificate could not be read'],
] as const)('a call that goes unsigned is an event of its gateway with the reason %s', (reason, text) => {
  const { context, events } = recording();
  unsignedReports(context, (error) => expect.fail(String(error)))(1_001, 'gw_1', reason);
  expect(events).toEqual([
    {
      ...{ organization: 1_001, type: 'gateway.unsigned', entity: { type: 'gateway', id: 'gw_1' } },
      description: `Calls over gateway gw_1 are not signed: ${text}`,
      data: { reason },
    },
  ]);
});
