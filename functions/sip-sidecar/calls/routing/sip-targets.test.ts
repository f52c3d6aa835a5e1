import { expect, test } from 'vitest';
import { gatewayOf, peerOf, trunkOf } from '#test/support/resources.fixture.ts';
import { gatewayTarget, trunkTarget } from './sip-targets.ts';

test.each([
  ['sign', true],
  ['off', false],
  [undefined, false],
] as const)('a call over a gateway with stir %s is signed: %s', (stir, isSigned) => {
  const gateway = gatewayOf(stir === undefined ? {} : { stir });
  const targets = [
    gatewayTarget({ ...gateway, peer: peerOf() }, '+4612345'),
    trunkTarget(trunkOf(), '+4612345', { ...gateway, peer: null }),
  ];
  expect(targets.map((target) => target?.isSigned)).toEqual([isSigned, isSigned]);
});

test('a call over a trunk without a gateway is not signed', () => {
  expect(trunkTarget(trunkOf(), '+4612345')?.isSigned).toBe(false);
});

test.each(['none', 'prefer', 'require'] as const)(
  'SRTP with a trunk or gateway is as its settings say: %s',
  (media_encryption) => {
    const gateway = gatewayOf();
    const targets = [
      gatewayTarget({ ...gateway, peer: peerOf({ media_encryption }) }, '+4612345'),
      trunkTarget({ ...trunkOf(), media_encryption }, '+4612345'),
      trunkTarget({ ...trunkOf(), media_encryption }, '+4612345', { ...gateway, peer: null }),
    ];
    expect(targets.map((target) => target?.encryption)).toEqual([media_encryption, media_encryption, media_encryption]);
  },
);
